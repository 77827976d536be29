"""What the dialogs are made of: rows of name, field and a line of words under it, a place for failures, two buttons."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from levdesk.domain.errors import LevdeskError
from levdesk.ui import theme
from levdesk.ui.desk import Desk
from levdesk.ui.dialogs.amounts import amount_text, read_amount
from levdesk.ui.labels import label, recolour

WIDTH_PX = 460


class AmountEdit(QLineEdit):
    """A field for a number, kept digit for digit.

    Attributes:
        left: the cursor left the field.
    """

    left = Signal()

    def __init__(self, placeholder: str = "") -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.is_touched = False
        self.textEdited.connect(self._touch)

    def amount(self) -> Decimal | None:
        """What stands there; None when it is empty.

        Raises:
            ValueError: it is not a number, with the reason.
        """
        return read_amount(self.text(), self.locale()) if self.text().strip() else None

    def set_amount(self, value: Decimal | None) -> None:
        """Write a number so that reading it gives the same digits."""
        self.setText(amount_text(value, self.locale()))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    @Slot()
    def _touch(self) -> None:
        self.is_touched = True


class FieldRow:
    """A name, an editor with what stands beside it, and a line of words under it.

    Attributes:
        editor: the widget that holds the value; the name is its buddy.
    """

    def __init__(self, name: str, editor: QWidget, *beside: QWidget, keep_hint: bool) -> None:
        self.editor = editor
        self.name = label(name, kind="muted")
        self.name.setBuddy(editor)
        editor.setAccessibleName(self.title)
        self.line = QWidget()
        row = QHBoxLayout(self.line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.active().px(8))
        row.addWidget(editor, 1)
        for widget in beside:
            row.addWidget(widget)
        self.hint = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.hint.setMinimumHeight(self.hint.fontMetrics().lineSpacing() if keep_hint else 0)
        self._keep_hint = keep_hint
        self.hint.setVisible(keep_hint)

    @property
    def title(self) -> str:
        """The name without its mnemonic."""
        return self.name.text().replace("&", "")

    def rename(self, name: str) -> None:
        """Call the field otherwise."""
        self.name.setText(name)
        self.editor.setAccessibleName(self.title)

    def tell(self, text: str, kind: str = "muted") -> None:
        """Say something under the field; kind "critical" marks the field as wrong."""
        if text != self.hint.text():
            self.hint.setText(text)
            self.editor.setAccessibleDescription(text)
        recolour(self.hint, kind)
        is_wrong = kind == "critical" and bool(text)
        if bool(self.editor.property("kind") == "wrong") != is_wrong:
            theme.set_kind(self.editor, "wrong" if is_wrong else "")
        self.hint.setVisible(not self.line.isHidden() and (self._keep_hint or bool(text)))

    def set_shown(self, shown: bool) -> None:
        """Show or hide the whole row."""
        for widget in (self.name, self.line, self.hint):
            widget.setVisible(shown)
        if shown:
            self.hint.setVisible(self._keep_hint or bool(self.hint.text()))


class FormGrid(QGridLayout):
    """Rows of fields, names on the left."""

    def __init__(self) -> None:
        super().__init__()
        px = theme.active().px
        self.setHorizontalSpacing(px(16))
        self.setVerticalSpacing(0)
        self.setColumnStretch(1, 1)
        self.setColumnMinimumWidth(0, px(88))
        self._next = 0

    def add(self, name: str, editor: QWidget, *beside: QWidget, keep_hint: bool = False) -> FieldRow:
        """Append a field; `keep_hint` holds the room for its line of words."""
        row = FieldRow(name, editor, *beside, keep_hint=keep_hint)
        px = theme.active().px
        self.addWidget(row.name, self._next, 0, Qt.AlignmentFlag.AlignVCenter)
        self.addWidget(row.line, self._next, 1)
        self.addWidget(row.hint, self._next + 1, 1)
        row.hint.setContentsMargins(px(1), px(3), 0, 0)
        row.line.setContentsMargins(0, px(5), 0, px(1))
        row.name.setContentsMargins(0, px(5), 0, px(1))
        self._next += 2
        return row


class FormDialog(QDialog):
    """A dialog that sends one command and closes when it is done; a refusal is told inside it.

    Attributes:
        column: where content goes.
        ok, cancel: the buttons.
    """

    def __init__(self, desk: Desk, parent: QWidget | None, title: str, act: str, *, is_resizable: bool = False) -> None:
        super().__init__(parent)
        self.desk = desk
        self._is_waiting = False
        self.setWindowTitle(title)
        px = theme.active().px
        self.column = QVBoxLayout()
        self.column.setSpacing(px(8))
        self.failure = label(kind="critical", wrap=True)
        self.failure.hide()
        box = QDialogButtonBox()
        self.cancel = box.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.ok: QPushButton = box.addButton(act, QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setDefault(True)
        self.ok.setProperty("kind", "primary")
        self.cancel.setAutoDefault(False)
        box.accepted.connect(self.send)
        box.rejected.connect(self.reject)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(px(20), px(16), px(20), px(16))
        outer.setSpacing(px(12))
        outer.addLayout(self.column, 1)
        outer.addWidget(self.failure)
        outer.addWidget(box)
        if not is_resizable:  # as high as its words need, never higher
            outer.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        outer.addStrut(px(WIDTH_PX))
        desk.signals.books_changed.connect(self._on_done)
        desk.signals.act_failed.connect(self._on_failed)

    def begin(self) -> None:
        """Open over its parent without stopping the program behind it, and go away when closed."""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.open()

    @Slot()
    def send(self) -> None:
        """What the button does; subclasses call `wait_for` with their command."""

    def wait_for(self, command: Callable[[], None]) -> None:
        """Send a command; close when the books changed, stay and tell when it failed."""
        if self._is_waiting:
            return
        self.failure.hide()
        self._is_waiting = True
        self.ok.setEnabled(False)
        command()

    def tell_failure(self, text: str) -> None:
        """Show why it could not be done."""
        self.failure.setText(text)
        self.failure.setVisible(bool(text))

    @Slot(object)
    def _on_done(self, _change: object) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self.accept()

    @Slot(object)
    def _on_failed(self, error: LevdeskError) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self.ok.setEnabled(True)
            self.tell_failure(f"{error.message} {error.hint}".strip())


def link(text: str) -> QPushButton:
    """A button that looks like a link."""
    made = QPushButton(text)
    made.setProperty("kind", "link")
    made.setAutoDefault(False)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def unit_label(text: str = "") -> QLabel:
    """The muted unit beside a field."""
    made = label(text, kind="muted")
    made.setMinimumWidth(theme.active().px(56))
    return made
