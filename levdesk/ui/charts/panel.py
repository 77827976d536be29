"""The frame around a plot: title, legend that doubles as readout, range buttons, summary, and every state but "drawn".

Light on purpose: pyqtgraph and numpy come with the plot, which is put in after the window's first paint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from levdesk.services.charts import ChartRange
from levdesk.ui import theme
from levdesk.ui.format import NARROW
from levdesk.ui.labels import label

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

RANGE_NAMES = {
    ChartRange.DAY: "the last day",
    ChartRange.WEEK: "the last week",
    ChartRange.MONTH: "the last month",
    ChartRange.ENTRY: "since your first purchase",
    ChartRange.ALL: "everything known",
}


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of a chart in words: its colour, whether it is dashed, its name and its value under the crosshair."""

    colour: QColor
    text: str
    value: str = ""
    dashed: bool = False


class RangeButtons(QWidget):
    """The stretches a chart can show, as one exclusive row.

    Attributes:
        picked: `Signal(object)` with the `ChartRange` a person chose.
    """

    picked = Signal(object)  # ChartRange

    def __init__(self, chosen: ChartRange) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._buttons: dict[ChartRange, QToolButton] = {}
        for each in ChartRange:
            button = QToolButton()
            button.setText(each.value)
            button.setFont(theme.active().font(theme.LABEL_PX))
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setAccessibleName(f"Show {RANGE_NAMES[each]}")
            button.setToolTip(f"Show {RANGE_NAMES[each]}")
            button.clicked.connect(self._press)
            self._buttons[each] = button
            row.addWidget(button)
        self.choose(chosen)

    @property
    def chosen(self) -> ChartRange:
        """The range in force."""
        return next(each for each, button in self._buttons.items() if button.isChecked())

    def choose(self, chart_range: ChartRange) -> None:
        """Set the range without announcing it."""
        self._buttons[chart_range].setChecked(True)

    @Slot()
    def _press(self) -> None:
        self.picked.emit(self.chosen)


class ChartPanel(QWidget):
    """A plot with all that surrounds it.

    Attributes:
        range_picked: `Signal(object)` with a `ChartRange`.
        retry_pressed: the person wants another try after a failure.

    Args:
        title: above the plot, may be "".
        name: what screen readers call the plot.
        chosen: the range at first.
        plot_height_px: the least height of the plot.
    """

    range_picked = Signal(object)  # ChartRange
    retry_pressed = Signal()

    def __init__(
        self, title: str, name: str, *, chosen: ChartRange = ChartRange.ENTRY, plot_height_px: int = 160
    ) -> None:
        super().__init__()
        px = theme.active().px
        self._name = name
        self._about = ""
        self.title = label(title, strong=True)
        self.note = label(kind="muted", size_px=theme.LABEL_PX)
        self.legend = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.ranges = RangeButtons(chosen)
        self.ranges.picked.connect(self.range_picked)
        self.summary = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self._message = label(kind="muted", wrap=True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._retry = QPushButton("Try again")
        self._retry.clicked.connect(self.retry_pressed)
        self._stack = QStackedWidget()
        self._stack.setMinimumHeight(px(plot_height_px))
        self._stack.addWidget(self._message_page())
        self._plot: QWidget | None = None
        self._lay_out()
        self.show_message("")

    def _message_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(1)
        column.addWidget(self._message)
        column.addWidget(self._retry, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return page

    def _lay_out(self) -> None:
        px = theme.active().px
        head = QHBoxLayout()
        head.setSpacing(px(10))
        if self.title.text():
            head.addWidget(self.title)
        head.addWidget(self.note)
        head.addStretch(1)
        head.addWidget(self.ranges)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(head)
        column.addWidget(self.legend)
        column.addWidget(self._stack, 1)
        column.addWidget(self.summary)

    @property
    def plot(self) -> QWidget | None:
        """The plot, once it has been put in."""
        return self._plot

    def put_in(self, plot: QWidget) -> None:
        """Receive the plot, after the first paint."""
        self._plot = plot
        plot.setAccessibleName(self._name)
        self._stack.addWidget(plot)

    def show_message(self, text: str, *, retry: bool = False) -> None:
        """Show words in place of the plot."""
        self._message.setText(text)
        self._retry.setVisible(retry)
        self._stack.setCurrentIndex(0)
        self.set_legend(())
        self.set_summary("")

    def show_plot(self, summary: str) -> None:
        """Show the plot and its summary."""
        assert self._plot is not None
        self._stack.setCurrentWidget(self._plot)
        self.set_summary(summary)

    @property
    def is_drawn(self) -> bool:
        """True while the plot is on top."""
        return self._stack.currentIndex() > 0

    @property
    def message(self) -> str:
        """The words in place of the plot."""
        return self._message.text()

    def set_about(self, text: str) -> None:
        """A remark beside the title; the moment under the crosshair takes its place."""
        self._about = text
        self.note.setText(text)

    def set_summary(self, text: str) -> None:
        """The chart in one sentence, for the eye and for screen readers."""
        text = text.replace(" %", f"{NARROW}%")  # no line begins with a sign
        self.summary.setText(text)
        if self._plot is not None:
            self._plot.setAccessibleDescription(text)

    def set_legend(self, entries: tuple[LegendEntry, ...], when: str = "") -> None:
        """Write names and values of the lines, and the moment under the crosshair."""
        from html import escape  # late: 2 ms that the first paint does not need

        text = theme.active().colours.text.name()
        parts = [
            f'<span style="color:{each.colour.name()}">{"╍╍" if each.dashed else "━━"}</span>&nbsp;'
            f"{escape(each.text).replace(' ', '&nbsp;')}"
            + (f'&nbsp;<span style="color:{text}">{escape(each.value)}</span>' if each.value else "")
            for each in entries
        ]
        self.note.setText(when or self._about)
        self.legend.setText(" &nbsp; ".join(parts))
        self.legend.setVisible(bool(entries))
