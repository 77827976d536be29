"""The one stylesheet of the application: only what Fusion cannot be told by a palette.

It touches frames and a few named kinds of widgets, never item views' cells: those are drawn by delegates.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from levdesk.ui.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor

    from levdesk.ui.theme import Colours

_SHEET = Template("""
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QToolTip { background: $surface; color: $text; border: 1px solid $line; padding: ${p4}px; }
QToolBar { background: $surface; border: none; border-bottom: 1px solid $line; spacing: 0; padding: 0; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QStatusBar { background: $window; border-top: 1px solid $line; }
QStatusBar::item { border: none; }
QMenuBar { background: $window; border-bottom: 1px solid $line; padding: ${p2}px 0; }
QMenuBar::item { padding: ${p4}px ${p8}px; background: transparent; border-radius: ${p4}px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $selection; }

QLabel[kind="muted"], QToolButton[kind="muted"] { color: $muted; }
QLabel[kind="gain"] { color: $gain; }
QLabel[kind="loss"] { color: $loss; }
QLabel[kind="warning"], QToolButton[kind="warning"] { color: $warning; }
QLabel[kind="critical"], QToolButton[kind="critical"] { color: $critical; }
QFrame[kind="surface"], QWidget[kind="surface"] { background: $surface; }
QFrame[kind="line"] { background: $line; border: none; }
QFrame[kind="card"] { background: $surface; border: 1px solid $line; border-radius: ${p6}px; }
QPushButton[kind="search"] {
  background: $window; color: $muted; text-align: left; padding: ${p2}px ${p8}px; border-color: $line;
}
QPushButton[kind="search"]:hover { background: $hover; }

QPushButton, QToolButton[kind="button"] {
  background: $surface; color: $text; border: 1px solid $line; border-radius: ${p4}px;
  padding: ${p4}px ${p12}px; min-height: ${p18}px;
}
QPushButton:hover, QToolButton[kind="button"]:hover { background: $hover; }
QPushButton:pressed { background: $selection; }
QPushButton:focus, QToolButton[kind="button"]:focus { border-color: $accent; }
QPushButton:disabled { color: $faded; background: $window; }
QPushButton[kind="primary"], QPushButton:default {
  background: $accent; color: $on_accent; border-color: $accent;
}
QPushButton[kind="primary"]:hover, QPushButton:default:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:focus, QPushButton:default:focus { border-color: $text; }
QPushButton[kind="primary"]:disabled, QPushButton:default:disabled {
  background: $track; color: $faded; border-color: $track;
}
QPushButton[kind="quiet"] {
  background: transparent; border: 1px solid transparent; color: $muted; padding: 1px ${p4}px; min-height: 0;
}
QPushButton[kind="quiet"]:hover { color: $text; }
QPushButton[kind="quiet"]:focus { border-color: $accent; }
QPushButton[kind="link"] {
  background: transparent; border: 1px solid transparent; color: $accent; padding: 1px ${p4}px; min-height: 0;
}
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $accent; }
QPushButton[kind="link"]:disabled { color: $faded; background: transparent; }

QToolButton {
  background: transparent; color: $muted; border: 1px solid transparent; border-radius: ${p4}px;
  padding: ${p2}px ${p4}px;
}
QToolButton:hover { background: $hover; color: $text; }
QToolButton:checked { color: $text; font-weight: 600; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $faded; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
  border: 1px solid $line; border-radius: ${p4}px; background: $surface; color: $text;
}
QLineEdit { padding: ${p4}px ${p8}px; min-height: ${p18}px; }
QComboBox, QAbstractSpinBox { padding: ${p4}px ${p8}px; min-height: ${p18}px; }
QComboBox QLineEdit { border: none; padding: 0; min-height: 0; background: transparent; }
QCheckBox { spacing: ${p8}px; }
QCheckBox::indicator {
  width: ${p12}px; height: ${p12}px; border: 1px solid $muted; border-radius: ${p3}px; background: $surface;
}
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($check); }
QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox::indicator:disabled { border-color: $line; background: $window; }
QCheckBox::indicator:checked:disabled { border-color: $faded; background: $faded; }
QComboBox::drop-down, QDateTimeEdit::drop-down { border: none; width: ${p24}px; }
QComboBox::down-arrow, QDateTimeEdit::down-arrow { image: url($down); width: ${p12}px; height: ${p12}px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: ${p18}px; }
QAbstractSpinBox::up-arrow { image: url($up); width: ${p10}px; height: ${p10}px; }
QAbstractSpinBox::down-arrow { image: url($down); width: ${p10}px; height: ${p10}px; }
QComboBox:disabled, QAbstractSpinBox:disabled { color: $faded; background: $window; }
QLineEdit:focus, QPlainTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus { border-color: $accent; }
QLineEdit:disabled { color: $faded; background: $window; }
QLineEdit[kind="wrong"], QAbstractSpinBox[kind="wrong"] { border-color: $critical; }

QHeaderView { background: $surface; }
QHeaderView::section {
  background: $surface; color: $muted; border: none; border-bottom: 1px solid $line; padding: ${p4}px ${p8}px;
}
QTabBar { background: transparent; }
QTabBar::tab {
  background: transparent; color: $muted; border: none; border-bottom: 2px solid transparent;
  padding: ${p4}px 0 ${p6}px 0; margin-right: ${p16}px;
}
QTabBar[kind="close"]::tab { margin-right: ${p10}px; }
QTabBar[kind="tight"]::tab { margin-right: ${p6}px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:disabled { color: $faded; }
QTabBar::tab:focus { border-bottom-color: $text; }
QScrollBar:vertical { background: transparent; width: ${p10}px; margin: 0; border: none; }
QScrollBar:horizontal { background: transparent; height: ${p10}px; margin: 0; border: none; }
QScrollBar::handle {
  background: $track; border-radius: ${p3}px; margin: ${p2}px; min-height: ${p24}px; min-width: ${p24}px;
}
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $track; border: none; border-radius: ${p3}px; max-height: ${p6}px; }
QProgressBar::chunk { background: $accent; border-radius: ${p3}px; }
""")


def stylesheet(colours: Colours, px: Callable[[float], int]) -> str:
    """The sheet for one table of colours and one scale."""
    sizes = {f"p{size}": str(px(size)) for size in (2, 3, 4, 6, 8, 10, 12, 16, 18, 24)}
    return _SHEET.substitute(
        sizes,
        down=resource_path("chevron-down.svg").as_posix(),
        check=resource_path(f"check-{'dark' if colours.is_dark else 'light'}.svg").as_posix(),
        up=resource_path("chevron-up.svg").as_posix(),
        line=colours.line.name(),
        window=colours.window.name(),
        surface=colours.surface.name(),
        text=colours.text.name(),
        muted=colours.muted.name(),
        accent=colours.accent.name(),
        on_accent=colours.on_accent.name(),
        accent_hover=_mix(colours.accent, colours.text, 0.85),
        selection=colours.selection.name(),
        track=colours.track.name(),
        gain=colours.gain.name(),
        loss=colours.loss.name(),
        warning=colours.warning.name(),
        critical=colours.critical.name(),
        hover=_mix(colours.text, colours.surface, 0.06),
        faded=_mix(colours.text, colours.surface, 0.45),
    )


def _mix(front: QColor, back: QColor, share: float) -> str:
    from levdesk.ui.theme import blend  # late: theme builds on this module

    return blend(front, back, share).name()
