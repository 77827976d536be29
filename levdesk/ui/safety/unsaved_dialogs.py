"""What is asked and told about changes that are in memory only: at the end, at the next start, and after saving."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from levdesk.services.unsaved import LeftBehind, Saved, Unsaved, counted, headline, prospect
from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.labels import label
from levdesk.ui.safety.unsaved_banner import save_copy

if TYPE_CHECKING:
    from levdesk.ui.safety.desk import SafetyDesk

WIDTH_PX: Final = 560


class _Question(QDialog):
    """Margins, a large sentence, plain words, room for a list, and a row of buttons."""

    def __init__(self, title: str, headline_: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        px = theme.active().px
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(px(20), px(20), px(20), px(16))
        self.column.setSpacing(px(12))
        self.title = label(headline_, size_px=theme.FIGURE_PX, strong=True, wrap=True)
        self.column.addWidget(self.title)
        self.row = QHBoxLayout()
        self.setMinimumWidth(px(WIDTH_PX))

    def _say(self, words: str) -> None:
        self.column.addWidget(label(words, wrap=True))

    def _list(self, name: str, lines: tuple[str, ...]) -> None:
        made = QListWidget()
        made.setAccessibleName(name)
        made.setWordWrap(True)
        made.addItems(lines)
        made.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        made.setMaximumHeight(min(theme.active().px(180), (len(lines) + 1) * max(made.sizeHintForRow(0), 1)))
        self.column.addWidget(made)

    def _button(self, text: str, *, is_first: bool = False) -> QPushButton:
        made = QPushButton(text)
        made.setAutoDefault(is_first)
        made.setDefault(is_first)
        self.row.addWidget(made)
        return made


class LeaveDialog(_Question):
    """Asked before a window closes over changes that are in memory only; closing it stays.

    Attributes:
        leave_chosen: the person wants to end all the same.
    """

    leave_chosen = Signal()

    def __init__(self, unsaved: Unsaved, safety: SafetyDesk, parent: QWidget | None) -> None:
        super().__init__("Changes that are not saved", headline(unsaved), parent)
        self._safety = safety
        noted = "" if unsaved.noted is None else f" They are noted in {unsaved.noted}."
        self.words = label(f"{prospect(unsaved)}{noted}", wrap=True)
        self.column.addWidget(self.words)
        if unsaved.latest:
            self._list("Changes in memory only", tuple(f"{one[:1].upper()}{one[1:]}" for one in unsaved.latest))
        self.copy_button = self._button("Save a &copy elsewhere…", is_first=True)
        self.row.addStretch(1)
        self.leave_button = self._button("&Quit" if unsaved.noted else "&Quit and lose them")
        self.stay_button = self._button("&Stay")
        self.column.addLayout(self.row)
        self.copy_button.clicked.connect(self._save_copy)
        self.leave_button.clicked.connect(self._leave)
        self.stay_button.clicked.connect(self.reject)
        safety.signals.copy_saved.connect(self._note_copy)

    @Slot()
    def _save_copy(self) -> None:
        save_copy(self._safety, self)

    @Slot(object)
    def _note_copy(self, path: Path) -> None:
        self.words.setText(f"A complete copy of your books is saved as {path}. File > Backups can restore it.")
        self.leave_button.setText("&Quit")

    @Slot()
    def _leave(self) -> None:
        self.accept()
        self.leave_chosen.emit()


class LeftBehindDialog(_Question):
    """Offers what the last program noted and could not save; closing it decides nothing."""

    def __init__(self, left: LeftBehind, safety: SafetyDesk, parent: QWidget | None) -> None:
        count = len(left.labels)
        verb = "was" if count == 1 else "were"
        super().__init__("Changes of the last time", f"{counted(count)} {verb} never saved", parent)
        self._left, self._safety = left, safety
        self._say(
            f"LevDesk ended while your books could not be written. What you had changed since "
            f"{fmt.moment(left.since_ms)} is noted in {left.path}."
        )
        self._list("Changes never saved", tuple(f"{one[:1].upper()}{one[1:]}" for one in left.labels))
        self.take_button = self._button("&Put them into your books", is_first=True)
        self.row.addStretch(1)
        self.discard_button = self._button("&Throw them away")
        self.later_button = self._button("&Decide later")
        self.column.addLayout(self.row)
        self.take_button.clicked.connect(self._take)
        self.discard_button.clicked.connect(self._discard)
        self.later_button.clicked.connect(self.reject)

    @Slot()
    def _take(self) -> None:
        self.accept()
        self._safety.bring_in_note(self._left.path)

    @Slot()
    def _discard(self) -> None:
        self.accept()
        self._safety.discard_note(self._left.path)


class RefusedDialog(_Question):
    """Names the changes that could not be saved any more, each with its reason."""

    def __init__(self, saved: Saved, parent: QWidget | None) -> None:
        count = len(saved.refused)
        super().__init__("Not everything could be saved", f"{counted(count)} could not be saved", parent)
        verb = "is" if saved.changes == 1 else "are"
        rest = f"{counted(saved.changes).capitalize()} {verb} in your books now." if saved.changes else ""
        aside = "" if saved.kept is None else f"All of it, as the window showed it, is kept as {saved.kept}."
        words = "Another program has changed your books meanwhile."
        self._say(" ".join(part for part in (words, rest, aside) if part))
        lines = tuple(f"{one.label[:1].upper()}{one.label[1:]}: {one.reason}" for one in saved.refused)
        self._list("Changes that could not be saved", lines)
        self.row.addStretch(1)
        self.close_button = self._button("&Close", is_first=True)
        self.close_button.clicked.connect(self.accept)
        self.column.addLayout(self.row)
