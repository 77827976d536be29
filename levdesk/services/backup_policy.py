"""When a copy of the ledger is made, and which of the older copies may go. Nothing here touches a file.

All copies of the last two days are kept, then one of each of 12 days, of 10 weeks and of 9
months. What a person copied by hand is never counted and never goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

DAY_MS: Final = 86_400_000
ALL_OF_DAYS: Final = 2
DAILY: Final = 12
WEEKLY: Final = 10
MONTHLY: Final = 9
BULK_ROWS: Final = 10
"""A deletion of this many rows or more is preceded by a copy."""


class BackupReason(StrEnum):
    """What a copy was made for; the word stands in its file's name."""

    BY_HAND = "by-hand"
    DAILY = "daily"
    IMPORT = "before-import"
    DELETE = "before-delete"
    RESTORE = "before-restore"
    FORMAT = "before-format"


REASON_WORDS: Final = {
    BackupReason.BY_HAND: "made by hand",
    BackupReason.DAILY: "daily",
    BackupReason.IMPORT: "before an import",
    BackupReason.DELETE: "before a deletion",
    BackupReason.RESTORE: "before a restore",
    BackupReason.FORMAT: "before a new format",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy as the list shows it.

    Attributes:
        path: where it is.
        made_ms: when it was made, UTC.
        size_bytes: of the file.
        reason: what it was made for.
        format: layout of the ledger in it, 0 when it cannot be read.
        transactions, portfolios: rows it holds.
        newest_ms: time of its newest transaction, None when it holds none.
        last_change_ms: when the last act in it was done, None when it holds none.
        fault: why it cannot be used, "" for a sound one.
    """

    path: Path
    made_ms: int
    size_bytes: int
    reason: BackupReason
    format: int = 0
    transactions: int = 0
    portfolios: int = 0
    newest_ms: int | None = None
    last_change_ms: int | None = None
    fault: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether it can be opened and read."""
        return not self.fault


def is_daily_due(made_ms: Iterable[int], *, has_changed: bool, now_ms: int) -> bool:
    """Whether today's copy is still to be made: something has changed, and the last copy is of another day (UTC).

    Args:
        made_ms: when the copies there are were made.
        has_changed: the ledger differs from the newest of them.
        now_ms: the clock.
    """
    return has_changed and all(_day(ms) != _day(now_ms) for ms in made_ms)


def to_thin_out(copies: Iterable[Backup], now_ms: int) -> tuple[Backup, ...]:
    """Copies that may go, oldest first; the newest sound one never does.

    Those dated in the future (a clock that was wrong) count as of the last two days. Ones that cannot be read stand in
    nobody's way: they neither count nor go, because they may be all that is left of something.
    """
    counted = [copy for copy in copies if copy.reason is not BackupReason.BY_HAND and copy.is_sound]
    newest_first = sorted(counted, key=lambda copy: (copy.made_ms, copy.path.name), reverse=True)
    kept = _kept([copy.made_ms for copy in newest_first], now_ms)
    return tuple(copy for copy, stays in reversed(list(zip(newest_first, kept, strict=True))) if not stays)


def is_bulk(rows: int) -> bool:
    """Whether a deletion of so many rows is worth a copy before it."""
    return rows >= BULK_ROWS


def _kept(newest_first: list[int], now_ms: int) -> list[bool]:
    """Which moments stay: one of each day as long as days have places, then one of each week, then of each month."""
    places = [DAILY, WEEKLY, MONTHLY]
    last: list[object] = [None, None, None]
    kept = []
    for number, ms in enumerate(newest_first):
        stretches: list[object] = [_day(ms), _week(ms), _month(ms)]
        stays = number == 0 or ms > now_ms - ALL_OF_DAYS * DAY_MS
        if not stays:
            tier = next((tier for tier, free in enumerate(places) if free), None)
            if tier is not None and stretches[tier] != last[tier]:
                places[tier] -= 1
                stays = True
        if stays:
            last = stretches
        kept.append(stays)
    return kept


def _day(ms: int) -> int:
    return ms // DAY_MS


def _week(ms: int) -> tuple[int, int]:
    return datetime.fromtimestamp(ms // 1000, UTC).isocalendar()[:2]


def _month(ms: int) -> tuple[int, int]:
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return moment.year, moment.month
