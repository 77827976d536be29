"""What opens by itself when the books cannot be read: what is wrong, and the three ways on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from levdesk.services.backup_rescue import Rescue
from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.labels import hairline, label

if TYPE_CHECKING:
    from levdesk.services.backup_rescue import DamagedLedger

WIDTH_PX: Final = 560


class DamagedDialog(QDialog):
    """Three buttons, each with what it would cost; closing it changes nothing.

    Attributes:
        way_chosen: a `Rescue`.
    """

    way_chosen = Signal(object)

    def __init__(self, damaged: DamagedLedger, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Your books are damaged")
        px = theme.active().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(20), px(20), px(16))
        column.setSpacing(px(12))
        column.addWidget(
            label("Your books cannot be read as they are", size_px=theme.FIGURE_PX, strong=True, wrap=True)
        )
        calm = "Nothing was changed or deleted. Whatever you choose, the damaged file is kept under another name."
        column.addWidget(label(f"{damaged.message} {calm}", wrap=True))
        self.ways: dict[Rescue, QPushButton] = {}
        for way, name, words, possible in _ways(damaged):
            column.addWidget(hairline())
            column.addLayout(self._way(way, name, words, possible))
        column.addWidget(hairline())
        last = QHBoxLayout()
        later = QPushButton("&Decide later")
        later.clicked.connect(self.reject)
        last.addStretch(1)
        last.addWidget(later)
        column.addLayout(last)
        self.setMinimumWidth(px(WIDTH_PX))
        best = next((button for button in self.ways.values() if button.isEnabled()), later)
        best.setDefault(True)
        best.setFocus()

    def _way(self, way: Rescue, name: str, words: str, possible: bool) -> QHBoxLayout:
        px = theme.active().px
        button = QPushButton(name)
        button.setEnabled(possible)
        button.setAccessibleDescription(words)
        button.setMinimumWidth(px(180))
        button.clicked.connect(lambda: self._choose(way))
        self.ways[way] = button
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addWidget(button)
        row.addWidget(label(words, kind="muted", wrap=True), 1)
        return row

    @Slot(object)
    def _choose(self, way: Rescue) -> None:
        self.way_chosen.emit(way)
        self.accept()


def _ways(damaged: DamagedLedger) -> tuple[tuple[Rescue, str, str, bool], ...]:
    return (
        (Rescue.RESTORE, "&Restore the last backup", restore_words(damaged), damaged.backup is not None),
        (Rescue.SALVAGE, "&Save what is readable", salvage_words(damaged), bool(damaged.readable)),
        (Rescue.FRESH, "Start &afresh", "Empty books. A backup can still be restored later.", True),
    )


def restore_words(damaged: DamagedLedger) -> str:
    """What restoring would bring, and what would be missing."""
    backup = damaged.backup
    if backup is None:
        return "There is no backup that can be read."
    words = f"{_rows(backup.transactions)} of {fmt.moment(backup.made_ms)}."
    missing = damaged.only_in_damaged
    if missing:
        return f"{words} {_rows(missing)} entered or changed since would be missing."
    return f"{words} Nothing that can be read of the damaged file would be missing." if missing == 0 else words


def salvage_words(damaged: DamagedLedger) -> str:
    """What can be read, and what would be missing."""
    if damaged.readable is None:
        return "Nothing in the damaged file can be read."
    words = f"{_rows(damaged.readable)} can still be read"
    if damaged.is_whole:
        return f"{words}, as far as the file tells all of them."
    lost = damaged.only_in_backup
    return f"{words}; {_rows(lost)} of the backup cannot." if lost else f"{words}; others may be lost."


def _rows(count: int) -> str:
    return f"{count:,} transaction{'' if count == 1 else 's'}"
