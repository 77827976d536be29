"""The transaction file: its columns, its times, and how a note is kept from acting as a formula.

A spreadsheet runs a cell that begins with = + - @, a tab or a return. Only notes are free text, so only they are
guarded: an apostrophe goes in front, also in front of a note that begins with apostrophes and such a sign, so that
reading takes exactly one away again and gives back the note as it was. Numbers and times are never touched.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

COLUMNS: Final = ("time", "type", "venue", "symbol", "quantity", "price", "fee", "fee_currency", "note")
NEEDED: Final = ("time", "type", "venue", "symbol", "quantity", "price")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?[ ]?(Z|[+-]\d\d(:?\d\d)?)?)?"
    r"|\d{8}(T\d{4}(\d\d([.,]\d+)?)?(Z|[+-]\d\d(\d\d)?)?)?",
    re.ASCII,
)
_ACTS_AS_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")


def guard_note(note: str) -> str:
    """A note that no spreadsheet runs; `unguard_note` gives back the original."""
    return f"'{note}" if _ACTS_AS_FORMULA.match(note) else note


def unguard_note(note: str) -> str:
    """The note that `guard_note` was given."""
    return note[1:] if _GUARDED.match(note) else note


def time_text(time_ms: int) -> str:
    """A moment as ISO 8601 in UTC, with milliseconds only where there are some."""
    moment = (_EPOCH + timedelta(milliseconds=time_ms)).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='milliseconds' if time_ms % 1000 else 'seconds')}Z"


def parse_time(text: str) -> int:
    """Milliseconds UTC of an ISO 8601 date or time; without a zone it is UTC, finer than a millisecond is cut off.

    Raises:
        ValueError: with a plain reason.
    """
    stripped = text.strip().upper()
    if not stripped:
        raise ValueError("is missing")
    if not _TIME.fullmatch(stripped):
        raise ValueError(f"“{stripped[:40]}” is not a time like 2026-05-03T12:00:00Z")
    try:
        moment = datetime.fromisoformat(stripped.replace(" ", "T", 1).replace(" ", ""))
    except ValueError:
        raise ValueError(f"“{stripped[:40]}” is not a date and time that exists") from None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND
