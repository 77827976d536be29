"""Small text widgets everything else is made of: labels of the type scale, hairlines, and a figure that fades in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QSizePolicy

from levdesk.ui import theme

if TYPE_CHECKING:
    from decimal import Decimal

    from PySide6.QtCore import QVariantAnimation
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

FADE_MS = 300


def label(
    text: str = "", *, kind: str = "", size_px: int = theme.BODY_PX, strong: bool = False, wrap: bool = False
) -> QLabel:
    """A label in one of the four sizes; `kind` is a colour role the stylesheet knows: muted, gain, loss, warning, …"""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    dress(made, kind=kind, size_px=size_px, strong=strong)
    made.setWordWrap(wrap)
    return made


def dress(made: QLabel, *, kind: str, size_px: int, strong: bool) -> None:
    """Set font and colour role of a label once, when it is made."""
    made.setFont(theme.active().font(size_px, strong=strong))
    if kind:
        made.setProperty("kind", kind)


def recolour(widget: QWidget, kind: str) -> None:
    """Change a widget's colour role when it differs from the present one."""
    if widget.property("kind") != kind:
        theme.set_kind(widget, kind)


def sign_kind(value: Decimal | None) -> str:
    """Colour role of a signed figure: gain, loss, or none for zero and unknown."""
    if not value:
        return ""
    return "gain" if value > 0 else "loss"


def hairline(*, vertical: bool = False) -> QFrame:
    """One quiet line between two things."""
    line = QFrame()
    line.setProperty("kind", "line")
    if vertical:
        line.setFixedWidth(1)
        line.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
    else:
        line.setFixedHeight(1)
    return line


def motion_allowed() -> bool:
    """False when the system, or its style, has animations switched off."""
    from PySide6.QtWidgets import QStyle  # late: its enums cost 5 ms

    lasts_ms = QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
    return lasts_ms > 0 and QApplication.isEffectEnabled(Qt.UIEffect.UI_General)


class FigureLabel(QLabel):
    """A figure that fades from the accent to its own colour when its text changes; plain where motion is not wanted."""

    def __init__(self, *, size_px: int = theme.FIGURE_PX, strong: bool = True) -> None:
        super().__init__("—")
        self.setTextFormat(Qt.TextFormat.PlainText)
        dress(self, kind="", size_px=size_px, strong=strong)
        self._fade: QVariantAnimation | None = None
        self._share = 1.0

    def show_figure(self, text: str, kind: str = "") -> None:
        """Set text and colour role; nothing happens when both are as before."""
        changed = text != self.text() and self.text() != "—"
        recolour(self, kind)
        self.setText(text)
        if changed and self.isVisible() and motion_allowed():
            self._start()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._share >= 1.0:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        own = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(theme.blend(own, theme.active().colours.accent, self._share))
        painter.drawText(self.contentsRect(), int(self.alignment()), self.text())
        painter.end()

    def _start(self) -> None:
        if self._fade is None:
            from PySide6.QtCore import QEasingCurve, QVariantAnimation  # late: their enums cost 6 ms

            self._fade = QVariantAnimation(self)
            self._fade.setDuration(FADE_MS)
            self._fade.setStartValue(0.0)
            self._fade.setEndValue(1.0)
            self._fade.setEasingCurve(QEasingCurve.Type.OutQuad)
            self._fade.valueChanged.connect(self._step)
        self._fade.stop()
        self._fade.start()

    @Slot(object)
    def _step(self, share: float) -> None:
        self._share = share
        self.update()
