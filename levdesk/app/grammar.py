"""The grammar of the command line: every command and option, with its help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from levdesk import __version__
from levdesk.app.alerts_line import add_alert_commands, take_alerts_arguments
from levdesk.app.command_line import WINDOW, Options
from levdesk.app.safety_line import (
    add_backup_options,
    add_export_options,
    add_safety_commands,
    take_safety_arguments,
)
from levdesk.app.statement_line import add_statement_command, take_statement_arguments
from levdesk.app.study_line import add_study_commands, take_study_arguments
from levdesk.domain.errors import SettingInvalid
from levdesk.services.venue_urls import check_base_url

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_arguments(arguments: Sequence[str]) -> Options:
    """Understand any call; ends the program with exit code 2 and the usage when it cannot.

    Raises:
        SettingInvalid: a venue URL that is not NAME=http(s)://HOST.
    """
    given = vars(_parser().parse_args(list(arguments)))
    given["venue_urls"] = tuple(parse_venue_url(text) for text in given.pop("venue_url", ()))
    given["command"] = given.get("command") or WINDOW
    given["study"] = take_study_arguments(given)
    given["alerts"] = take_alerts_arguments(given)
    given["safety"] = take_safety_arguments(given)
    given["statement"] = take_statement_arguments(given)
    return Options(**given)


def parse_venue_url(text: str) -> tuple[str, str]:
    """Read NAME=URL, where URL gives scheme and host (and port) only.

    Raises:
        SettingInvalid: when it is not that.
    """
    name, separator, url = text.partition("=")
    hint = "Write it as NAME=URL, for example gate=http://127.0.0.1:9000"
    if not separator or not name.strip():
        raise SettingInvalid(f"“{text}” does not say which venue it is for.", hint=hint)
    return name.strip().lower(), check_base_url(url, hint=hint)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="levdesk",
        description="See, per holding and in money, what leveraged tokens do. Without a command the window opens.",
        epilog="Exit codes: 0 done, 1 failed, 2 the input or the call was wrong; watch --once: 3 firing.",
    )
    parser.add_argument("--version", action="version", version=f"LevDesk {__version__}")
    _add_common(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands without a window")
    common = argparse.ArgumentParser(add_help=False)
    _add_common(common)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[common])

    imported = command("import", "add the transactions of a CSV file, all rows or none")
    imported.add_argument("file", type=Path, metavar="FILE", help="the CSV file")
    imported.add_argument("--portfolio", default="", metavar="NAME", help="portfolio to add to (default: the first)")
    imported.add_argument("--dry-run", action="store_true", help="check the file and write nothing")
    imported.add_argument("--allow-duplicates", action="store_true", help="import rows that are already there again")
    imported.add_argument("--json", dest="as_json", action="store_true", help="print the outcome as JSON")

    exported = command("export", "write all transactions as CSV, in the form that import reads")
    exported.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the file to write (default: print)")
    exported.add_argument("--portfolio", default="", metavar="NAME", help="only this portfolio")
    add_export_options(exported)

    report = command("report", "print what is held and what it is worth")
    report.add_argument("--json", dest="as_json", action="store_true", help="print JSON, decimals as strings")
    report.add_argument("--refresh", action="store_true", help="fetch prices and NAV first")
    report.add_argument("--portfolio", default="", metavar="NAME", help="only this portfolio (default: all)")

    backup = command("backup", "make a verified copy of the database")
    backup.add_argument("file", type=Path, nargs="?", metavar="FILE", help="where to (default: the backups folder)")
    add_backup_options(backup)
    add_safety_commands(command)
    add_statement_command(command)
    command("check", "look for damage in the database and for impossible transactions")
    command("doctor", "print versions, paths and settings that help to find a fault")
    add_alert_commands(command, common)
    add_study_commands(command)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    absent = argparse.SUPPRESS
    parser.add_argument("--data-dir", type=Path, default=absent, metavar="DIR", help="keep everything in this folder")
    parser.add_argument("--demo", action="store_true", default=absent, help="use a simulated market, no network")
    parser.add_argument("--offline", action="store_true", default=absent, help="use no network at all")
    parser.add_argument(
        "--venue-url",
        action="append",
        default=absent,
        metavar="NAME=URL",
        help="reach a venue at another scheme and host; may be repeated",
    )
