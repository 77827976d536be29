"""What a person may type about the safety of the books: backups, restoring, the portable export, history and bin."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SAFETY_COMMANDS: Final = ("restore", "salvage", "import-portable", "history", "bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyArguments:
    """Arguments as typed.

    Attributes:
        list_backups: of `backup`: name the copies there are instead of making one.
        portable: of `export`: everything, as a zip of tables.
        act: of `history`: the act whose rows are told, None for the acts themselves.
        search: of `history`: words that must occur.
        limit: of `history`: at most so many.
        as_csv: of `history`: for a spreadsheet.
    """

    list_backups: bool = False
    portable: bool = False
    act: int | None = None
    search: str = ""
    limit: int = 1000
    as_csv: bool = False


def take_safety_arguments(given: dict[str, Any]) -> SafetyArguments | None:
    """Move what belongs to these commands out of parsed arguments; None for any other command."""
    if given.get("command") not in (*SAFETY_COMMANDS, "backup", "export"):
        return None
    names = [part.name for part in fields(SafetyArguments)]
    return SafetyArguments(**{name: given.pop(name) for name in names if name in given})


def add_safety_commands(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Teach a parser the commands; `command` makes a sub-parser from a name and a help text."""
    restore = command("restore", "put a backup in the database's place; what stands there is kept aside")
    restore.add_argument("file", type=Path, metavar="FILE", help="the backup, see `levdesk backup --list`")
    _add_json(restore, "print the outcome as JSON")
    salvage = command("salvage", "read what can be read of a damaged database into a new one; the old is kept aside")
    _add_json(salvage, "print the outcome as JSON")
    portable = command("import-portable", "take in everything from a portable export; what stands there is kept aside")
    portable.add_argument("file", type=Path, metavar="FILE", help="the zip that `levdesk export --portable` wrote")
    portable.add_argument("--dry-run", action="store_true", help="check the file and write nothing")
    _add_json(portable, "print the outcome as JSON")
    history = command("history", "print what was changed, when, and by which act")
    history.add_argument("--act", type=int, metavar="NUMBER", help="the rows that one act changed")
    history.add_argument("--search", default="", metavar="WORDS", help="only entries with all of these words")
    history.add_argument("--limit", type=int, default=1000, metavar="N", help="at most so many, newest first")
    history.add_argument("--csv", dest="as_csv", action="store_true", help="print CSV for a spreadsheet")
    _add_json(history, "print JSON")
    deleted = command("bin", "print what was deleted in the last 30 days; the window brings it back")
    _add_json(deleted, "print JSON")


def add_backup_options(parser: argparse.ArgumentParser) -> None:
    """What `backup` can do besides."""
    parser.add_argument("--list", dest="list_backups", action="store_true", help="name the backups there are")
    _add_json(parser, "print JSON")


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """What `export` can do besides."""
    text = "write everything, not only transactions, as a zip of documented tables"
    parser.add_argument("--portable", action="store_true", help=text)


def _add_json(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--json", dest="as_json", action="store_true", help=text)
