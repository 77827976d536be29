"""Help: what this program is, what is new in it, and which keys do what."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QKeySequence, QPixmap, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from levdesk import __version__
from levdesk.ui import theme
from levdesk.ui.actions import plain
from levdesk.ui.dialog_parts import PlainDialog, reader
from levdesk.ui.facts import Fact, FactList
from levdesk.ui.labels import label
from levdesk.ui.resources import read_resource

if TYPE_CHECKING:
    from levdesk.ui.actions import Actions

ELSEWHERE = (
    ("Charts", "Move the crosshair", "Left, Right, Home, End"),
    ("Charts", "See all of it", "Double click"),
    ("Everywhere", "Close a dialog or the palette", "Esc"),
)


def icon_pixmap(size_px: int, ratio: float = 1.0) -> QPixmap:
    """The program's icon at a size, sharp at the screen's ratio."""
    from PySide6.QtCore import QByteArray  # late: with QtSvg, only when an icon is drawn
    from PySide6.QtGui import QPainter
    from PySide6.QtSvg import QSvgRenderer

    pixmap = QPixmap(round(size_px * ratio), round(size_px * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(read_resource("icon.svg"))).render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


class AboutDialog(PlainDialog):
    """Name, version, and on what it runs."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__("About LevDesk", parent)
        px = theme.active().px
        picture = QLabel()
        picture.setPixmap(icon_pixmap(px(64), self.devicePixelRatioF()))
        picture.setAccessibleName("LevDesk icon")
        words = QVBoxLayout()
        words.setSpacing(px(4))
        words.addWidget(label("LevDesk", size_px=theme.HERO_PX, strong=True))
        words.addWidget(label(f"Version {__version__}", kind="muted"))
        words.addSpacing(px(8))
        words.addWidget(label("A desk for people who hold leveraged tokens. It keeps books; it does not trade."))
        words.addWidget(label("Free software under the MIT licence. Nothing is sent anywhere about you.", kind="muted"))
        words.addWidget(label(f"Python {platform.python_version()} · Qt {qVersion()}", kind="muted"))
        row = QHBoxLayout()
        row.setSpacing(px(20))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.column.addLayout(row)


class WhatsNewDialog(PlainDialog):
    """The change log, as it ships."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__("What's new", parent)
        text = reader("Change log", 560, 380)
        text.setMarkdown(read_resource("changelog.md").decode("utf-8"))
        _set_type(text.document())
        self.column.addWidget(text)


class ShortcutsDialog(PlainDialog):
    """All shortcuts, read from the actions themselves."""

    def __init__(self, actions: Actions, parent: QWidget | None) -> None:
        super().__init__("Keyboard shortcuts", parent)
        rows = [
            Fact(name=plain(action.text()).rstrip("…"), figure=_native(action.shortcut()), remark=actions.path(action))
            for action in actions
            if not action.shortcut().isEmpty()
        ]
        rows += [Fact(name=what, figure=keys, remark=where) for where, what, keys in ELSEWHERE]
        half = -(-len(rows) // 2)
        sides = QHBoxLayout()
        sides.setSpacing(theme.active().px(40))
        for part in (rows[:half], rows[half:]):
            listing = FactList()
            listing.show_facts(tuple(part))
            sides.addWidget(listing, 1, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(sides)


def _set_type(document: QTextDocument) -> None:
    """Put a rendered text into the program's type scale, with room between its paragraphs."""
    px = theme.active().px
    document.setDocumentMargin(px(12))
    document.setIndentWidth(px(16))
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        paragraph = block.blockFormat()
        level = paragraph.headingLevel()
        paragraph.setBottomMargin(px(6))
        paragraph.setTopMargin(px(8) if level > 1 else 0)
        cursor.setBlockFormat(paragraph)
        if level:
            size = theme.FIGURE_PX if level == 1 else theme.BODY_PX
            letters = QTextCharFormat()
            letters.setFont(theme.active().font(size, strong=True))
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.setCharFormat(letters)
        block = block.next()


def _native(shortcut: QKeySequence) -> str:
    return shortcut.toString(QKeySequence.SequenceFormat.NativeText)
