"""What all pages of the reading room share: their states, their notes, and that they never jump while figures move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.labels import label, recolour
from levdesk.ui.page_body import PageBody

if TYPE_CHECKING:
    from levdesk.domain.market import TokenQuote
    from levdesk.services.explained import ExplainedHolding
    from levdesk.services.views import HoldingView
    from levdesk.ui.format import Figures

STALE_AFTER_MS: Final = 15 * 60_000
SLOW_AFTER_MS: Final = 20_000

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a page is told.

    Attributes:
        holding: the chosen one, None when there is none.
        explained: what is known about it, None before the first answer.
        asked_ms: when an answer was asked for that has not come yet; None when nothing is awaited.
        write: how numbers are written.
        now_ms: the desk's clock.
        quote: last known figures of its token.
        nav_gap_ratio: how far its NAV estimate was from the venue's last figure, None when never compared.
    """

    holding: HoldingView | None
    explained: ExplainedHolding | None
    asked_ms: int | None
    write: Figures
    now_ms: int
    quote: TokenQuote | None = None
    nav_gap_ratio: float | None = None

    @property
    def currency(self) -> str:
        """Currency of all money."""
        return self.holding.token.quote_currency if self.holding is not None else ""

    @property
    def underlying(self) -> str:
        """What the token follows."""
        return self.holding.token.underlying if self.holding is not None else ""


class ExplainPage(QStackedWidget, Generic[Part]):
    """A page: either words in its middle, or its content with notes below.

    Attributes:
        refresh_wanted: the person wants another try.

    Args:
        name: for screen readers.
        working: what it says while the answer is awaited; {token} is replaced.
    """

    refresh_wanted = Signal()

    def __init__(self, name: str, working: str) -> None:
        super().__init__()
        self._working = working
        self.told: Told | None = None
        self._message = label(kind="muted", wrap=True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._retry = QPushButton("Try again")
        self._retry.clicked.connect(self.refresh_wanted)
        self.body = PageBody()
        self.notes = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.freshness = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.scroller = QScrollArea()
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QFrame.Shape.NoFrame)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setAccessibleName(name)
        self.addWidget(self._message_page())
        self.addWidget(self.scroller)
        theme.active().changed.connect(self._dress)

    def lay_out(self, *parts: QWidget) -> None:
        """Put the content in, top to bottom; notes and freshness follow it."""
        px = theme.active().px
        column = QVBoxLayout(self.body)
        column.setContentsMargins(px(18), px(12), px(18), px(14))
        column.setSpacing(px(12))
        for part in (*parts, self.notes, self.freshness):
            column.addWidget(part)
        column.addStretch(1)
        self.scroller.setWidget(self.body)

    # -- for each page to say --------------------------------------------------------------------------------------

    def part_of(self, explained: ExplainedHolding) -> Part | None:
        """The part of the answer this page shows."""
        raise NotImplementedError

    def missing(self, told: Told) -> str:
        """What to say when that part could not be told and no problem says why."""
        raise NotImplementedError

    def write(self, told: Told, part: Part) -> None:
        """Write the content."""
        raise NotImplementedError

    def tick(self, now_ms: int) -> None:
        """Let ages and countdowns go on; called once a second while the page is on top."""
        if self.told is None:
            return
        self.told = replace(self.told, now_ms=now_ms)
        part = self._part(self.told)
        if part is None:
            self._show_message(self.told)
        else:
            self._write_freshness(self.told)
            self.write_time(self.told, part)

    def write_time(self, told: Told, part: Part) -> None:
        """Write again what depends on the clock; nothing by default."""

    # -- what it is told -------------------------------------------------------------------------------------------

    def tell(self, told: Told) -> None:
        """Show what is known now; the place one has scrolled to stays, but for another token."""
        before = self.told
        self.told = told
        part = self._part(told)
        if part is None:
            self._show_message(told)
            return
        self.write(told, part)
        self._write_notes(told)
        self._write_freshness(told)
        if self.currentWidget() is not self.scroller:
            self.setCurrentWidget(self.scroller)
        if before is not None and _key(before) != _key(told):
            self.scroller.verticalScrollBar().setValue(0)

    @property
    def message(self) -> str:
        """The words in the middle, "" while the content is shown."""
        return "" if self.currentWidget() is self.scroller else self._message.text()

    def _part(self, told: Told) -> Part | None:
        return None if told.holding is None or told.explained is None else self.part_of(told.explained)

    def _show_message(self, told: Told) -> None:
        text, retry = self._words(told)
        self._message.setText(text)
        self._retry.setVisible(retry)
        self.setCurrentIndex(0)

    def _words(self, told: Told) -> tuple[str, bool]:
        if told.holding is None:
            return "Choose a token in the table to see this page.", False
        if told.asked_ms is not None:
            is_slow = told.now_ms - told.asked_ms > SLOW_AFTER_MS
            text = self._working.format(token=told.holding.token.key.symbol)
            return (
                (f"{text}\nThis takes longer than usual; history may still be on its way.", True)
                if is_slow
                else (text, False)
            )
        problems = told.explained.problems if told.explained is not None else ()
        return "\n".join(problems) or self.missing(told), True

    def _write_notes(self, told: Told) -> None:
        explained = told.explained
        text = "\n".join(f"• {problem}" for problem in explained.problems) if explained is not None else ""
        self.notes.setText(text)
        self.notes.setVisible(bool(text))

    def _write_freshness(self, told: Told) -> None:
        explained = told.explained
        assert explained is not None
        age = fmt.age(explained.as_of_ms, told.now_ms)
        is_stale = told.now_ms - explained.as_of_ms > STALE_AFTER_MS
        words = f"Last known, worked out {age}. Press F5 to ask again." if is_stale else f"Worked out {age}."
        self.freshness.setText(words)
        self.freshness.setToolTip(fmt.moment_with_zone(explained.as_of_ms))
        recolour(self.freshness, "warning" if is_stale else "muted")

    def _message_page(self) -> QWidget:
        page = QWidget()
        page.setProperty("kind", "surface")
        px = theme.active().px
        column = QVBoxLayout(page)
        column.setContentsMargins(px(18), 0, px(18), 0)
        column.setSpacing(px(10))
        column.addStretch(1)
        column.addWidget(self._message)
        column.addWidget(self._retry, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        return page

    @Slot(object)
    def _dress(self, _colours: theme.Colours) -> None:
        if self.told is not None:
            self.tell(self.told)


def _key(told: Told) -> object:
    return None if told.holding is None else (told.holding.token.key, told.holding.portfolio_id)
