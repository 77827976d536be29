"""The preferences, as one frozen value with defaults; unknown or broken stored values fall back and are named."""

# ruff: noqa: I002 - text in place of a type would be compiled for every field, at every start

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from levdesk.domain.severity import Severity

if TYPE_CHECKING:
    from levdesk.domain.problems import Problem


class ThemeChoice(StrEnum):
    """Which palette to use."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class GainLossColours(StrEnum):
    """Which pair of colours marks gain and loss."""

    GREEN_RED = "green_red"
    BLUE_ORANGE = "blue_orange"


class RowDensity(StrEnum):
    """Row height of the tables."""

    NORMAL = "normal"
    COMPACT = "compact"


class Settings(NamedTuple):
    """Preferences of this data directory.

    Attributes:
        theme, gain_loss, density: looks.
        hide_amounts: show dots instead of amounts of money.
        group_by: "underlying", "venue" or "" for none.
        show_closed: also list holdings with no units left.
        poll_s: seconds between two price requests to a venue.
        venue_urls: replaced scheme and host per venue name, as (name, url) pairs.
        venues_off: venues that are not asked, by short name.
        close_to_tray, minimise_to_tray: where there is a tray, a closed or minimised window goes on in it.
        start_at_login: the window opens when the person logs in to the computer.
        import_mappings: the person's own column mappings, as JSON texts (`intake.mappings`).
    """

    theme: ThemeChoice = ThemeChoice.SYSTEM
    gain_loss: GainLossColours = GainLossColours.GREEN_RED
    density: RowDensity = RowDensity.NORMAL
    hide_amounts: bool = False
    group_by: str = "underlying"
    show_closed: bool = False
    poll_s: float = 5.0
    venue_urls: tuple[tuple[str, str], ...] = ()
    venues_off: tuple[str, ...] = ()
    close_to_tray: bool = False
    minimise_to_tray: bool = False
    start_at_login: bool = False
    import_mappings: tuple[str, ...] = ()


POLL_RANGE_S: Final = (1.0, 3600.0)


def encode_settings(settings: Settings) -> dict[str, object]:
    """Preferences as JSON-able values by name; those at their default are None, so that a default may change later."""
    return {
        name: None if value == Settings._field_defaults[name] else _plain(value)
        for name, value in zip(Settings._fields, settings, strict=True)
    }


def decode_settings(values: Mapping[str, object]) -> "tuple[Settings, tuple[Problem, ...]]":
    """Preferences from stored values; what is broken falls back to its default and is named."""
    good: dict[str, Any] = {}
    problems = []
    for name in Settings._fields:
        value = values.get(name)
        if value is None:
            continue
        try:
            good[name] = _READERS[name](value)
        except (ValueError, TypeError):
            from levdesk.domain.problems import Problem  # late: preferences are read before the first paint

            problems.append(
                Problem(
                    severity=Severity.WARNING,
                    code="setting_invalid",
                    message=f"The stored setting “{name}” cannot be read; the default is used.",
                    source="settings",
                )
            )
    return Settings(**good), tuple(problems)


def _plain(value: object) -> object:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [list(part) if isinstance(part, tuple) else part for part in value]
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _group(value: object) -> str:
    if value not in {"underlying", "venue", ""}:
        raise ValueError
    return str(value)


def _poll(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    low, high = POLL_RANGE_S
    if not low <= value <= high:
        raise ValueError
    return float(value)


def _urls(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list):
        raise TypeError
    pairs = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise ValueError
        pairs.append((pair[0], pair[1]))
    return tuple(pairs)


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise ValueError
    return tuple(value)


_READERS: Final[Mapping[str, Callable[[Any], object]]] = {
    "theme": ThemeChoice,
    "gain_loss": GainLossColours,
    "density": RowDensity,
    "hide_amounts": _flag,
    "group_by": _group,
    "show_closed": _flag,
    "poll_s": _poll,
    "venue_urls": _urls,
    "venues_off": _names,
    "close_to_tray": _flag,
    "minimise_to_tray": _flag,
    "start_at_login": _flag,
    "import_mappings": _names,
}
