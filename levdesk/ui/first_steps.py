"""What stands where there is nothing to show yet: the three doors of the first start, and the wait before them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from levdesk.ui import theme
from levdesk.ui.labels import label

CARD_WIDTH_PX = 248


class Door(QFrame):
    """One way to begin: a title, two lines of what happens, and a button."""

    def __init__(self, title: str, text: str, button: str, *, primary: bool = False) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        px = theme.active().px
        self.setFixedWidth(px(CARD_WIDTH_PX))
        self.button = QPushButton(button)
        self.button.setAccessibleDescription(text)
        if primary:
            self.button.setProperty("kind", "primary")
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(20), px(20), px(20))
        column.setSpacing(px(8))
        column.addWidget(label(title, strong=True))
        column.addWidget(label(text, kind="muted", wrap=True))
        column.addStretch(1)
        column.addSpacing(px(8))
        column.addWidget(self.button)


class FirstSteps(QWidget):
    """The three doors; for an empty second portfolio only the two that fill it.

    Attributes:
        demo_wanted, import_wanted, add_wanted: the door that was opened.
    """

    demo_wanted = Signal()
    import_wanted = Signal()
    add_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        px = theme.active().px
        self._title = label(size_px=theme.HERO_PX, strong=True)
        self._text = label(kind="muted", wrap=True)
        self.add = Door(
            "Add your first holding",
            "Type in one purchase: token, date, units and price. The rest is looked up.",
            "Add transaction…",
            primary=True,
        )
        self.load = Door(
            "Import a CSV",
            "Bring transactions from a file. You see every row before anything is written.",
            "Import…",
        )
        self.demo = Door(
            "Try the demo",
            "A simulated market with eight holdings, in a window and a folder of its own. No network.",
            "Open the demo",
        )
        for door, signal in (
            (self.add, self.add_wanted),
            (self.load, self.import_wanted),
            (self.demo, self.demo_wanted),
        ):
            door.button.clicked.connect(signal)
        doors = QHBoxLayout()
        doors.setSpacing(px(16))
        for door in (self.add, self.load, self.demo):
            doors.addWidget(door)
        column = QVBoxLayout()
        column.setSpacing(px(8))
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addSpacing(px(16))
        column.addLayout(doors)
        centred = QHBoxLayout()
        centred.addStretch(1)
        centred.addLayout(column)
        centred.addStretch(1)
        page = QVBoxLayout(self)
        page.addStretch(2)
        page.addLayout(centred)
        page.addStretch(3)
        self.greet("")

    def greet(self, portfolio_name: str, *, can_try_demo: bool = True) -> None:
        """Speak to a newcomer (no name), or of one empty portfolio beside others."""
        newcomer = not portfolio_name
        self._title.setText("What is each token doing to your money?" if newcomer else f"{portfolio_name} is empty")
        self._text.setText(
            "LevDesk shows what your leveraged tokens are worth, what they really cost, and where they stand. "
            "Everything stays on this computer."
            if newcomer
            else "Add a transaction or import a file, and it fills up."
        )
        self.demo.setVisible(newcomer and can_try_demo)


class Waiting(QWidget):
    """Stands in the middle while the books are being read."""

    def __init__(self, text: str = "Reading your books…") -> None:
        super().__init__()
        column = QVBoxLayout(self)
        words = label(text, kind="muted")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(words)
