"""The status bar: how each source is doing, what just happened, and what is running."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QStatusBar, QWidget

from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.labels import label, recolour

if TYPE_CHECKING:
    from collections.abc import Callable

    from levdesk.services.health import JobView, SourceHealth
    from levdesk.services.views import PortfolioView

MESSAGE_MS: Final = 8_000
JOB_DELAY_MS: Final = 500
BUTTON_EDGES_PX: Final = 4
"""Border and padding of a quiet button, above and below its words."""


class SourceMark(QWidget):
    """A coloured dot and words about one source or several; a click opens the Sources window there.

    Attributes:
        pressed: `Signal(object)` with the venue to show.
    """

    pressed = Signal(object)  # str

    def __init__(self) -> None:
        super().__init__()
        self._dot = label("●", size_px=theme.LABEL_PX)
        self.words = _link("", "Open the sources")
        theme.set_kind(self.words, "quiet")
        self.words.clicked.connect(self._press)
        self._venue = ""
        # A status bar is as high as its parts are at least, and a button without a height of its own asks for none.
        self.setMinimumHeight(self.words.fontMetrics().height() + BUTTON_EDGES_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.active().px(2))
        row.addWidget(self._dot)
        row.addWidget(self.words)

    def tell(self, venue: str, kind: str, words: str, tip: str) -> None:
        """Show the state in force; the same one again changes nothing."""
        from levdesk.ui.sources.words import KIND_MARKS  # late: the first paint knows of no source

        self._venue = venue
        recolour(self._dot, kind)
        self._dot.setText(KIND_MARKS[kind])
        if words != self.words.text():
            self.words.setText(words)
        if tip != self.words.toolTip():
            self.words.setToolTip(tip)
            self.words.setAccessibleName(f"{words}. {tip}")

    @Slot()
    def _press(self) -> None:
        self.pressed.emit(self._venue)


class JobLine(QWidget):
    """The oldest running job with its progress and a cancel button, from half a second on.

    Attributes:
        cancelled: `Signal(object)` with the job's id.
    """

    cancelled = Signal(object)  # int

    def __init__(self, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._now_ms = now_ms
        self._title = label(kind="muted", size_px=theme.LABEL_PX)
        self._title.setMinimumWidth(1)  # where room is short, words give way
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(theme.active().px(80))
        self._cancel = _link("Cancel", "Stop this work")
        self._cancel.clicked.connect(self._press)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.active().px(8))
        for part in (self._title, self._bar, self._cancel):
            row.addWidget(part)
        self._jobs: tuple[JobView, ...] = ()
        self._shown: JobView | None = None
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self.refresh)
        self.hide()

    def tell(self, jobs: tuple[JobView, ...]) -> None:
        """Take over what is running now."""
        self._jobs = jobs
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what has been running for half a second, and look again when the next job has."""
        jobs, now_ms = self._jobs, self._now_ms()
        waits = [job.started_ms + JOB_DELAY_MS - now_ms for job in jobs]
        next_ms = min((wait for wait in waits if wait > 0), default=None)
        if next_ms is not None:
            self._due.start(next_ms)
        due = [job for job in jobs if now_ms - job.started_ms >= JOB_DELAY_MS]
        self._shown = due[0] if due else None
        self.setVisible(bool(due))
        if self._shown is None:
            return
        more = f" and {len(jobs) - 1} more" if len(jobs) > 1 else ""
        self._title.setText(self._shown.title + more)
        self.setToolTip("\n".join(f"{job.title}, for {fmt.duration(now_ms - job.started_ms)}" for job in jobs))
        known = self._shown.done_ratio is not None
        self._bar.setRange(0, 100 if known else 0)
        if self._shown.done_ratio is not None:
            self._bar.setValue(round(self._shown.done_ratio * 100))
        self._bar.setAccessibleName(f"Progress of {self._shown.title}")
        self._cancel.setVisible(self._shown.cancellable)

    @Slot()
    def _press(self) -> None:
        if self._shown is not None:
            self.cancelled.emit(self._shown.id)


class StatusLine(QStatusBar):
    """Sources at the left, messages after them, jobs, notices and the last update at the right.

    Attributes:
        undo_pressed: the person took back what the message told of.
        notices_pressed: the person wants to read the notices.
        source_pressed: `Signal(object)` with the venue whose health the person wants to see.
    """

    undo_pressed = Signal()
    notices_pressed = Signal()
    source_pressed = Signal(object)  # str

    def __init__(self, now_ms: Callable[[], int], *, is_demo: bool = False, is_offline: bool = False) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.setMinimumWidth(1)  # what it has to say must not make the window wider than the screen
        self.setContentsMargins(0, 0, theme.active().px(12), 0)
        self._marks: list[SourceMark] = []
        self._health: tuple[SourceHealth, ...] = ()
        self._sources = QWidget()
        row = QHBoxLayout(self._sources)
        px = theme.active().px
        row.setContentsMargins(px(10), px(2), 0, px(2))
        row.setSpacing(px(16))
        for text, wanted in (("Demo: simulated market", is_demo), ("Offline: last known figures", is_offline)):
            if wanted:
                row.addWidget(label(text, kind="warning", size_px=theme.LABEL_PX, strong=True))
        self.message = label(size_px=theme.LABEL_PX)
        self.message.setContentsMargins(px(16), 0, 0, 0)
        self.message.setMinimumWidth(1)
        self.undo_button = _link("Undo", "Take this back")
        self.undo_button.clicked.connect(self.undo_pressed)
        self.jobs = JobLine(now_ms)
        self.notices_button = _link("", "Read the notices")
        self.notices_button.clicked.connect(self.notices_pressed)
        self.notices_button.hide()
        self.updated = label(kind="muted", size_px=theme.LABEL_PX)
        self.addWidget(self._sources)
        self.addWidget(self.message)
        self.addWidget(self.undo_button)
        for part in (self.jobs, self.notices_button, self.updated):
            self.addPermanentWidget(part)
        self._silence = QTimer(self)
        self._silence.setSingleShot(True)
        self._silence.timeout.connect(self.clear_message)
        self.clear_message()

    def tell(self, text: str, *, can_undo: bool = False) -> None:
        """Say what was done, for a few seconds."""
        self.message.setText(text)
        self.message.setVisible(True)
        self.undo_button.setVisible(can_undo)
        self._silence.start(MESSAGE_MS)

    @Slot()
    def clear_message(self) -> None:
        """Fall silent."""
        self.message.hide()
        self.undo_button.hide()

    def show_health(self, sources: tuple[SourceHealth, ...], now_ms: int) -> None:
        """Sum the sources up: how many are live, and which are in trouble."""
        from levdesk.ui.sources.words import bar_words, source_line  # late: the first paint knows of no source

        self._health = sources
        row = self._sources.layout()
        assert row is not None
        said = bar_words(sources, now_ms)
        while len(self._marks) < len(said):
            mark = SourceMark()
            mark.pressed.connect(self.source_pressed)
            self._marks.append(mark)
            row.addWidget(mark)
        tip = "\n".join((*(source_line(each, now_ms) for each in sources), "Click to see them all."))
        for mark, (venue, kind, words) in zip(self._marks, said, strict=False):
            mark.tell(venue, kind, words, tip)
            mark.show()
        for mark in self._marks[len(said) :]:
            mark.hide()

    def show_view(self, view: PortfolioView | None) -> None:
        """Show when figures were computed and how many notices there are."""
        self.updated.setText("" if view is None else f"Updated {fmt.clock(view.as_of_ms)}")
        self.updated.setToolTip("" if view is None else fmt.moment_with_zone(view.as_of_ms))
        count = 0 if view is None else len(view.problems)
        self.notices_button.setText(f"{count} notice{'s' if count != 1 else ''}")
        self.notices_button.setVisible(count > 0)

    def tick(self, now_ms: int) -> None:
        """Let ages grow; called once a second."""
        if self._health:
            self.show_health(self._health, now_ms)

    def marks(self) -> tuple[SourceMark, ...]:
        """What is said of the sources, in order."""
        return tuple(mark for mark in self._marks if not mark.isHidden())


def _link(text: str, name: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("kind", "link")
    button.setFont(theme.active().font(theme.LABEL_PX))
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button
