"""The dialogs' one contact with what takes care of the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from levdesk.services.audit import AuditEntry
    from levdesk.services.audit_bin import BinEntry
    from levdesk.services.backup_rescue import Rescue


class SafetySignals(QObject):
    """What comes of the commands; failures arrive as the desk's `act_failed`, deeds as its `act_done`."""

    backups_listed = Signal(object)  # tuple[Backup, ...], newest first
    bin_listed = Signal(object)  # tuple[BinEntry, ...], newest first
    history_listed = Signal(object)  # tuple[AuditEntry, ...], newest first
    act_told = Signal(object)  # (act_id, tuple[RowDiff, ...])
    copy_saved = Signal(object)  # Path of a complete copy
    note_brought_in = Signal(object)  # Saved


class SafetyDesk(Protocol):
    """Everything the dialogs may ask for; each command returns at once."""

    @property
    def signals(self) -> SafetySignals:
        """Where answers arrive."""

    def list_backups(self) -> None:
        """Answered by `backups_listed`."""

    def back_up(self) -> None:
        """Put a verified copy into the backups folder; answered by `backups_listed` too."""

    def restore(self, path: Path) -> None:
        """Put a copy in the ledger's place, keep aside what is there, prove the result, and open it."""

    def export_portable(self, path: Path) -> None:
        """Write everything as a zip of tables."""

    def import_portable(self, path: Path) -> None:
        """Take in everything from such a zip; what is there is kept aside."""

    def list_bin(self) -> None:
        """Answered by `bin_listed`."""

    def bring_back(self, entries: Sequence[BinEntry]) -> None:
        """Bring deleted things back as one act; answered by `bin_listed` too."""

    def list_history(self) -> None:
        """Answered by `history_listed`."""

    def tell_act(self, act_id: int) -> None:
        """What one act changed; answered by `act_told`."""

    def export_history(self, path: Path, entries: Sequence[AuditEntry]) -> None:
        """Write these entries as CSV."""

    def rescue(self, way: Rescue) -> None:
        """Do one of the three things about a damaged ledger, and open what comes of it."""

    def try_to_save(self) -> None:
        """Try now to save what is in memory only."""

    def save_copy(self, path: Path) -> None:
        """Save a complete copy of the books as the window shows them; answered by `copy_saved`."""

    def bring_in_note(self, path: Path) -> None:
        """Put what an earlier program noted into the books; answered by `note_brought_in`."""

    def discard_note(self, path: Path) -> None:
        """Throw such a note away."""
