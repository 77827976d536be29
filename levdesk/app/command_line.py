"""What a person may type after `levdesk`, as one frozen value."""

# ruff: noqa: I002 - text in place of a type would be compiled for every field, at every start

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from levdesk.app.alerts_line import AlertsArguments
    from levdesk.app.safety_line import SafetyArguments
    from levdesk.app.statement_line import StatementArguments
    from levdesk.app.study_line import StudyArguments

WINDOW = "window"


class Options(NamedTuple):
    """The call, understood.

    Attributes:
        command: "window" or the name of a command without a window.
        data_dir: directory the person named, or None for the usual place.
        demo, offline: simulated market; no network at all.
        venue_urls: replaced scheme and host per venue, as (name, url) pairs.
        file: file to import or to back up to.
        portfolio: name of the portfolio meant, or "".
        as_json, refresh, dry_run, allow_duplicates: switches of the commands.
        study: arguments of a study command, None for the others.
        alerts: arguments of `watch` and `alerts`, None for the others.
        statement: arguments of `statement`, None for the others.
        safety: arguments of the commands that care for the books, None for the others.
    """

    command: str = WINDOW
    data_dir: Path | None = None
    demo: bool = False
    offline: bool = False
    venue_urls: tuple[tuple[str, str], ...] = ()
    file: Path | None = None
    portfolio: str = ""
    as_json: bool = False
    refresh: bool = False
    dry_run: bool = False
    allow_duplicates: bool = False
    study: "StudyArguments | None" = None
    alerts: "AlertsArguments | None" = None
    safety: "SafetyArguments | None" = None
    statement: "StatementArguments | None" = None


def parse_command_line(arguments: Sequence[str]) -> Options:
    """Understand the call; ends the program with exit code 2 and the usage when it cannot.

    Raises:
        SettingInvalid: a venue URL that is not NAME=http(s)://HOST.
    """
    plain = _plain_window(arguments)
    if plain is not None:
        return plain
    from levdesk.app.grammar import read_arguments  # late: most starts are plain

    return read_arguments(arguments)


def _plain_window(arguments: Sequence[str]) -> Options | None:
    """A call that opens the window, with its commonest options spelled out; None for any other, right or wrong.

    Making a parser for all commands takes 8 ms, which each start of the window would wait for.
    """
    given: dict[str, Any] = {}
    waiting = iter(arguments)
    for argument in waiting:
        name, is_joined, value = argument.partition("=")
        if argument in {"--demo", "--offline"}:
            given[argument.removeprefix("--")] = True
        elif name == "--data-dir":
            folder = value if is_joined else next(waiting, "-")
            if folder.startswith("-"):
                return None
            given["data_dir"] = Path(folder)
        else:
            return None
    return Options(**given)
