"""Search or run a command: one field over all actions, holdings and portfolios, driven by the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from levdesk.ui import theme
from levdesk.ui.fuzzy import score
from levdesk.ui.labels import label

WIDTH_PX: Final = 560
MAX_SHOWN: Final = 12
_HINT_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
_INDEX_ROLE: Final = _HINT_ROLE + 1


@dataclass(frozen=True, slots=True)
class Command:
    """Something the palette can do.

    Attributes:
        text: what it is called.
        hint: where it lives or its shortcut, shown at the right.
        run: does it.
    """

    text: str
    hint: str
    run: Callable[[], object]


AnyIndex = QModelIndex | QPersistentModelIndex


class _RowDelegate(QStyledItemDelegate):
    """Text at the left, hint at the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        colours = theme.active().colours
        row = QStyleOptionViewItem(option)
        self.initStyleOption(row, index)
        margin = theme.active().px(12)
        painter.save()
        if row.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(row.rect, colours.selection)
        inner = row.rect.adjusted(margin, 0, -margin, 0)
        hint = str(index.data(_HINT_ROLE))
        room_px = inner.width() - (row.fontMetrics.horizontalAdvance(hint) + margin if hint else 0)
        text = row.fontMetrics.elidedText(
            row.text, Qt.TextElideMode.ElideRight, room_px
        )  # a warning is a whole sentence
        painter.setPen(colours.text)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.setPen(colours.muted)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, hint)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, theme.active().px(30))


class CommandPalette(QFrame):
    """A frame over the window, not a window of its own: it works the same on every platform."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setProperty("kind", "card")
        self.setAutoFillBackground(True)
        self.setAccessibleName("Command palette")
        px = theme.active().px
        self.field = QLineEdit()
        self.field.setPlaceholderText("Type a command, a token or a portfolio")
        self.field.setAccessibleName("Search or run a command")
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._search)
        self.field.returnPressed.connect(self.run_current)
        self._model = QStandardItemModel(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(_RowDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("What was found")
        self.list.clicked.connect(self.run_current)
        self._nothing = label("Nothing is called that.", kind="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(px(8), px(8), px(8), px(8))
        column.setSpacing(px(6))
        for part in (self.field, self.list, self._nothing):
            column.addWidget(part)
        self._commands: tuple[Command, ...] = ()
        self._before: QWidget | None = None
        self.hide()

    def open(self, commands: Iterable[Command]) -> None:
        """Show everything there is and take the keyboard."""
        self._commands = tuple(commands)
        self._before = self._window.focusWidget()
        self.field.clear()
        self._search("")
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def dismiss(self) -> None:
        """Go away and give the keyboard back."""
        if not self.isVisible():
            return
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
            self._before = None

    @Slot()
    def run_current(self) -> None:
        """Do what is marked."""
        index = self.list.currentIndex()
        if not index.isValid():
            return
        command = self._commands[int(index.data(_INDEX_ROLE))]
        self.dismiss()
        command.run()

    def found(self) -> tuple[str, ...]:
        """What is listed now, best first."""
        return tuple(self._model.item(row).text() for row in range(self._model.rowCount()))

    @Slot(str)
    def _search(self, wanted: str) -> None:
        rated = [(score(wanted, command.text), index) for index, command in enumerate(self._commands)]
        hits = sorted(((-value, index) for value, index in rated if value is not None))
        self._model.clear()
        for _, index in hits[: MAX_SHOWN * 4]:
            command = self._commands[index]
            item = QStandardItem(command.text)
            item.setEditable(False)
            item.setData(command.hint, _HINT_ROLE)
            item.setData(index, _INDEX_ROLE)
            item.setData(f"{command.text}, {command.hint}", Qt.ItemDataRole.AccessibleTextRole)
            self._model.appendRow(item)
        self.list.setCurrentIndex(self._model.index(0, 0))
        self.list.setVisible(bool(hits))
        self._nothing.setVisible(not hits)
        self._place(len(hits))

    def _place(self, count: int) -> None:
        px = theme.active().px
        width = min(px(WIDTH_PX), self._window.width() - px(32))
        self.list.setFixedHeight(px(30) * min(max(count, 1), MAX_SHOWN) + px(4))
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((self._window.width() - width) // 2, px(56))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._steer(event)
        if watched is self.field and isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            self.hide()
        return super().eventFilter(watched, event)

    def _steer(self, event: QKeyEvent) -> bool:
        rows = self._model.rowCount()
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: MAX_SHOWN,
            Qt.Key.Key_PageUp: -MAX_SHOWN,
        }
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            return True
        step = steps.get(Qt.Key(event.key()))
        if step is None or not rows:
            return False
        at = self.list.currentIndex().row() + step
        at = at % rows if abs(step) == 1 else min(max(at, 0), rows - 1)
        self.list.setCurrentIndex(self._model.index(at, 0))
        return True
