"""The preferences, as one frozen value with defaults; unknown or broken stored values fall back and are named."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Preferences of this data directory.

    Attributes:
        theme, gain_loss, density: looks.
        hide_amounts: show dots instead of amounts of money.
        group_by: "underlying", "venue" or "" for none.
        show_closed: also list holdings with no units left.
        poll_s: seconds between two price requests to a venue.
        venue_urls: replaced scheme and host per venue name, as (name, url) pairs.
    """

    theme: ThemeChoice = ThemeChoice.SYSTEM
    gain_loss: GainLossColours = GainLossColours.GREEN_RED
    density: RowDensity = RowDensity.NORMAL
    hide_amounts: bool = False
    group_by: str = "underlying"
    show_closed: bool = False
    poll_s: float = 5.0
    venue_urls: tuple[tuple[str, str], ...] = ()
