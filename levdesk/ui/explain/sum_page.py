"""Why several holdings together are worth what they are: looked through to the underlying, added up part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout

from levdesk.services.explained_split import TERM_TITLES
from levdesk.ui import theme
from levdesk.ui.charts.waterfall import Waterfall
from levdesk.ui.charts.waterfall_bars import bars_of
from levdesk.ui.explain.lines import Heading, LineList
from levdesk.ui.explain.sentence import Sentence
from levdesk.ui.explain.sum_lines import exposure_lines, freshness_words, part_result_lines, partly_words
from levdesk.ui.explain.why_page import key_figures, result_lines, term_lines
from levdesk.ui.labels import label
from levdesk.ui.page_body import PageBody

if TYPE_CHECKING:
    from levdesk.services.explained_split import AttributionView
    from levdesk.ui.explain.sum_told import SumTold

WAITING = "Not worked out yet: history is still being read."


class SumPage(QStackedWidget):
    """Look-through, sentence, waterfall, parts, results; words in the middle while the split is not worked out."""

    def __init__(self) -> None:
        super().__init__()
        self.told: SumTold | None = None
        self.partly = label(kind="warning", wrap=True)
        self.sentence = Sentence()
        self.exposure_heading = Heading()
        self.exposure = LineList("What these holdings are exposed to")
        self.waiting = label(kind="muted", wrap=True)
        self.heading = Heading()
        self.waterfall = Waterfall("Waterfall from what you paid to what it is worth")
        self.terms = LineList("Parts of the result")
        self.parts_heading = Heading()
        self.parts = LineList("What each of them made")
        self.results_heading = Heading("How they did together")
        self.results = LineList("Returns and drawdown")
        self.freshness = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self._split_parts = (self.heading, self.waterfall, self.terms, self.parts_heading, self.parts)
        self._lay_out()
        theme.active().changed.connect(self._dress)

    def tell(self, told: SumTold) -> None:
        """Show what is known now; the place one has scrolled to stays, but for other holdings."""
        before, self.told = self.told, told
        split = told.split
        self.partly.setText(partly_words(told) if split is not None else "")
        self.partly.setVisible(bool(self.partly.text()))
        kind = told.of.kind
        self.exposure_heading.tell("Looked through", "value × effective leverage")
        self.exposure.show_lines(exposure_lines(told))
        self.waiting.setText("" if split is not None else WAITING)
        self.waiting.setVisible(split is None)
        for part in self._split_parts:
            part.setVisible(split is not None)
        self.sentence.setVisible(split is not None)
        self._show_results(told)
        self.freshness.setText(freshness_words(told))
        if split is not None:
            self._show_split(told, split)
            self.parts_heading.tell("By underlying" if kind == "portfolio" else "By token", "the worst first")
            self.parts.show_lines(part_result_lines(told))
        if before is not None and before.of != told.of:
            self.scroller.verticalScrollBar().setValue(0)

    def _show_split(self, told: SumTold, split: AttributionView) -> None:
        write = told.write
        self.sentence.tell(split.sentence, key_figures(split), hide_amounts=write.hide_amounts)
        currency = "" if told.group is None else told.group.currency
        self.heading.tell(f"From cost to value, {currency}", "assumed" if split.assumed else "")
        self.waterfall.show_bars(bars_of(split, TERM_TITLES), write)
        self.terms.show_lines(term_lines(split, TERM_TITLES, write))

    def _show_results(self, told: SumTold) -> None:
        shown = told.split is not None and told.performance is not None
        self.results_heading.setVisible(shown)
        self.results.setVisible(shown)
        if told.split is not None and told.performance is not None:
            self.results.show_lines(result_lines(told.performance, told.split, told.write))

    def _lay_out(self) -> None:
        px = theme.active().px
        body = PageBody()
        column = QVBoxLayout(body)
        column.setContentsMargins(px(18), px(12), px(18), px(14))
        column.setSpacing(px(12))
        for part in (
            self.partly,
            self.sentence,
            self.exposure_heading,
            self.exposure,
            self.waiting,
            *self._split_parts,
            self.results_heading,
            self.results,
            self.freshness,
        ):
            column.addWidget(part)
        column.addStretch(1)
        self.scroller = QScrollArea()
        self.scroller.setWidget(body)
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QFrame.Shape.NoFrame)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setAccessibleName("Why several holdings are worth what they are")
        self.addWidget(self.scroller)

    @Slot(object)
    def _dress(self, _colours: theme.Colours) -> None:
        if self.told is not None:
            self.tell(self.told)
