"""Rebalance: where in its band the token is, what sets it off next, what that does, and what happened before."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton

from levdesk.services.explain_live import live_rebalance
from levdesk.services.explained import ExplainedHolding
from levdesk.services.explained_rebalance import RebalanceView
from levdesk.ui import theme
from levdesk.ui.charts.band_gauge import BandGauge
from levdesk.ui.explain.lines import Heading, LineList
from levdesk.ui.explain.page import ExplainPage, Told
from levdesk.ui.explain.rebalance_lines import (
    band_picture,
    estimate_lines,
    history_lines,
    past_lines,
    schedule_lines,
    trigger_lines,
)
from levdesk.ui.explain.sentence import Sentence
from levdesk.ui.labels import label

FIRST_ROWS = 6


class RebalancePage(ExplainPage[RebalanceView]):
    """Gauge, table, rule, history."""

    def __init__(self) -> None:
        super().__init__("When the chosen token rebalances", "Working out when {token} rebalances…")
        self.heading = Heading("Where it rebalances")
        self.gauge = BandGauge("Effective leverage in its band")
        self.no_band = label(kind="muted", wrap=True)
        self.lines = LineList("What sets off a rebalance and what it does")
        self.summary = Sentence()
        self.rule = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.history_heading = Heading("What happened")
        self.history = LineList("Rebalances so far")
        self.more = QPushButton()
        theme.set_kind(self.more, "link")
        self.more.clicked.connect(self._show_all)
        self._all_of: object = None
        self.lay_out(
            self.summary,
            self.heading,
            self.gauge,
            self.no_band,
            self.lines,
            self.rule,
            self.history_heading,
            self.history,
            self.more,
        )

    def tell(self, told: Told) -> None:
        super().tell(_alive(told))

    def part_of(self, explained: ExplainedHolding) -> RebalanceView | None:
        return explained.rebalance

    def missing(self, told: Told) -> str:
        return "No rebalance rule is known for this token. Correct the token to give it one."

    def write(self, told: Told, part: RebalanceView) -> None:
        write = told.write
        picture = band_picture(part, told.underlying, write)
        if picture is not None:
            self.gauge.show_band(picture)
        self.gauge.setVisible(picture is not None)
        self.no_band.setVisible(picture is None)
        self.no_band.setText("This rule has no band: between its clock times nothing sets it off.")
        self.heading.tell("Where it rebalances", "assumed" if part.assumed else "", part.rule)
        self.summary.tell(part.summary, (), hide_amounts=write.hide_amounts)
        self.write_time(told, part)
        self.rule.setText(_rule_words(part))
        self._write_history(told, part)

    def write_time(self, told: Told, part: RebalanceView) -> None:
        split = told.explained.attribution if told.explained is not None else None
        lines = (
            *trigger_lines(part, told),
            *estimate_lines(part, told),
            *schedule_lines(part, told),
            *past_lines(part, split, told),
        )
        if lines != self.lines.lines:
            self.lines.show_lines(lines)

    def _write_history(self, told: Told, part: RebalanceView) -> None:
        assert told.holding is not None
        key = (told.holding.token.key, told.holding.portfolio_id)
        number = None if self._all_of == key else FIRST_ROWS
        self.history.show_lines(history_lines(part, told.write, number))
        seen = sum(1 for event in part.history if event.observed)
        self.history_heading.tell(
            "What happened", f"{told.write.count(seen)} seen, {told.write.count(len(part.history) - seen)} rebuilt"
        )
        self.history.setVisible(bool(part.history))
        self.history_heading.setVisible(bool(part.history))
        left = len(part.history) - FIRST_ROWS
        self.more.setVisible(number is not None and left > 0)
        self.more.setText(f"Show {told.write.count(left)} more")

    @Slot()
    def _show_all(self) -> None:
        told = self.told
        if told is not None and told.holding is not None:
            self._all_of = (told.holding.token.key, told.holding.portfolio_id)
            self.tell(told)


def _alive(told: Told) -> Told:
    """The same, with what the last quote changes: distances, odds and what a trigger would do follow each tick."""
    holding, explained = told.holding, told.explained
    if holding is None or explained is None or explained.rebalance is None or told.quote is None:
        return told
    view = live_rebalance(holding.token, told.quote, told.now_ms, explained)
    if view is None or view.effective_leverage is None:
        return told
    return replace(told, explained=replace(explained, rebalance=view))


def _rule_words(view: RebalanceView) -> str:
    rule = view.rule[:1].upper() + view.rule[1:]
    parts = [f"Rule: {rule}." if rule else "", f"Source: {view.source.rstrip('.')}." if view.source else ""]
    if view.assumed:
        parts.append("The venue does not confirm this rule for today; it is assumed.")
    return " ".join(part for part in parts if part)
