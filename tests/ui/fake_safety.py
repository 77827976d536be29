"""The care of the books in memory: three lists with believable entries, and every command noted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import Portfolio, Transaction, TransactionDraft, TransactionType
from levdesk.services.audit import AuditEntry, RowDiff
from levdesk.services.audit_bin import BinEntry
from levdesk.services.backup_policy import DAY_MS, Backup, BackupReason
from levdesk.services.backup_rescue import Rescue
from levdesk.ui.safety.desk import SafetySignals
from tests.ui.fake_books import NOW_MS


def backups() -> tuple[Backup, ...]:
    """Four copies, the last of them broken."""
    reasons = (BackupReason.DAILY, BackupReason.IMPORT, BackupReason.BY_HAND, BackupReason.DAILY)
    return tuple(
        Backup(
            path=Path(f"levdesk-{number}.db"),
            made_ms=NOW_MS - number * DAY_MS,
            size_bytes=120_000 * (number + 1) ** 3,
            reason=reason,
            format=3,
            transactions=1_240 - 10 * number,
            portfolios=2,
            newest_ms=NOW_MS - number * DAY_MS - 5_000,
            fault="It is damaged." if number == 3 else "",
        )
        for number, reason in enumerate(reasons)
    )


def deleted(now_ms: int = NOW_MS) -> tuple[BinEntry, ...]:
    """A portfolio with two rows, and a single row that leaves soon."""

    def row(number: int) -> Transaction:
        draft = TransactionDraft(
            time_ms=now_ms - 40 * DAY_MS,
            type=TransactionType.BUY,
            key=TokenKey("gate", "BTC3L"),
            quantity=Decimal(number),
            price=Decimal(2),
        )
        return Transaction(id=number, portfolio_id=2 if number < 9 else 1, draft=draft)

    savings, main = Portfolio(id=2, name="Savings"), Portfolio(id=1, name="Main")
    return (
        BinEntry(
            act_id=7, deleted_ms=now_ms - DAY_MS, portfolio=savings, transactions=(row(3), row(4)), is_portfolio=True
        ),
        BinEntry(act_id=5, deleted_ms=now_ms - 29 * DAY_MS, portfolio=main, transactions=(row(9),), is_portfolio=False),
    )


def history() -> tuple[AuditEntry, ...]:
    """Three things that happened."""
    told = (("undone", "edit buy of 10 BTC3L", 2, "undone"), ("done", "edit buy of 10 BTC3L", 2, "undone"),
            ("done", "add buy of 10 BTC3L", 1, "done"))  # fmt: skip
    return tuple(
        AuditEntry(event_id=3 - place, at_ms=NOW_MS - place * 60_000, event=event, act_id=act, label=label, state=state)
        for place, (event, label, act, state) in enumerate(told)
    )


class FakeSafety:
    """Implements `levdesk.ui.safety.desk.SafetyDesk`; `calls` holds the commands received."""

    def __init__(self) -> None:
        self.signals = SafetySignals()
        self.calls: list[tuple[str, tuple[object, ...]]] = []
        self.backups, self.deleted, self.history = backups(), deleted(), history()

    def list_backups(self) -> None:
        self.signals.backups_listed.emit(self.backups)

    def back_up(self) -> None:
        self.calls.append(("back_up", ()))
        self.list_backups()

    def restore(self, path: Path) -> None:
        self.calls.append(("restore", (path,)))

    def export_portable(self, path: Path) -> None:
        self.calls.append(("export_portable", (path,)))

    def import_portable(self, path: Path) -> None:
        self.calls.append(("import_portable", (path,)))

    def list_bin(self) -> None:
        self.signals.bin_listed.emit(self.deleted)

    def bring_back(self, entries: Sequence[BinEntry]) -> None:
        self.calls.append(("bring_back", tuple(entries)))
        self.deleted = tuple(entry for entry in self.deleted if entry not in entries)
        self.list_bin()

    def list_history(self) -> None:
        self.signals.history_listed.emit(self.history)

    def tell_act(self, act_id: int) -> None:
        diff = RowDiff(table="transactions", row_id=1, fields=(("price", "2.5", "2.6"),), kind="changed")
        self.signals.act_told.emit((act_id, (diff,)))

    def export_history(self, path: Path, entries: Sequence[AuditEntry]) -> None:
        self.calls.append(("export_history", (path, tuple(entries))))

    def rescue(self, way: Rescue) -> None:
        self.calls.append(("rescue", (way,)))

    def try_to_save(self) -> None:
        self.calls.append(("try_to_save", ()))

    def save_copy(self, path: Path) -> None:
        self.calls.append(("save_copy", (path,)))
        self.signals.copy_saved.emit(path)

    def bring_in_note(self, path: Path) -> None:
        self.calls.append(("bring_in_note", (path,)))

    def discard_note(self, path: Path) -> None:
        self.calls.append(("discard_note", (path,)))
