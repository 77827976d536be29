"""What can be done about a ledger that cannot be read, as values a dialog shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from levdesk.services.backup_policy import Backup


class Rescue(StrEnum):
    """The three ways on."""

    RESTORE = "restore"
    SALVAGE = "salvage"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedLedger:
    """A ledger that cannot be used, and what there is instead.

    Attributes:
        message: what is wrong, one sentence.
        backup: the newest sound copy, None when there is none.
        readable: transactions that can still be read from the damaged file; None when not even the file can.
        is_whole: everything in it can be read, only its order is damaged.
        only_in_damaged: of the readable ones, those the copy does not have as they are; None when it is not known.
        only_in_backup: of the copy's transactions, those that cannot be read any more, or were deleted since.
    """

    message: str
    backup: Backup | None
    readable: int | None
    is_whole: bool = False
    only_in_damaged: int | None = None
    only_in_backup: int | None = None
