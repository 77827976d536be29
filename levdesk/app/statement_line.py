"""What a person may type after `statement`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from levdesk.domain.errors import SettingInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

STATEMENT: Final = "statement"
_EPOCH: Final = date(1970, 1, 1)
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementArguments:
    """Arguments of `statement`.

    Attributes:
        from_ms: first moment, 00:00 UTC of the first day.
        to_ms: first moment after the last day.
        pdf, csv: files to write, or None; without both the CSV is printed.
    """

    from_ms: int
    to_ms: int
    pdf: Path | None = None
    csv: Path | None = None


def add_statement_command(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = command(STATEMENT, "print or write what a period came to: holdings, trades, result, attribution, fees")
    parser.add_argument("--from", dest="first_day", required=True, metavar="DATE", help="first day, e.g. 2026-01-01")
    parser.add_argument("--to", dest="last_day", default="", metavar="DATE", help="last day (default: today), UTC")
    parser.add_argument("--pdf", type=Path, metavar="FILE", help="write a PDF")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write CSV")
    parser.add_argument("--portfolio", default="", metavar="NAME", help="only this portfolio (default: all)")


def take_statement_arguments(given: dict[str, Any]) -> StatementArguments | None:
    """Take the command's own arguments out of what was parsed; None for another command.

    Raises:
        SettingInvalid: a day that is none.
    """
    first, last = given.pop("first_day", ""), given.pop("last_day", "")
    pdf, csv = given.pop("pdf", None), given.pop("csv", None)
    if given.get("command") != STATEMENT:
        return None
    end_ms = day_ms(last) if last else (datetime.now(UTC).date() - _EPOCH).days * _DAY_MS
    return StatementArguments(from_ms=day_ms(first), to_ms=end_ms + _DAY_MS, pdf=pdf, csv=csv)


def day_ms(text: str) -> int:
    """00:00 UTC of a day such as 2026-01-31.

    Raises:
        SettingInvalid: it is none.
    """
    try:
        return ((date.fromisoformat(text.strip()) - _EPOCH) // timedelta(days=1)) * _DAY_MS
    except ValueError:
        raise SettingInvalid(f"“{text[:40]}” is not a day.", hint="Write it as 2026-01-31.") from None
