"""Outlook: the fan of what may come, the odds with what they rest on, and a form to assume something else."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal, Slot

from levdesk.services.explained import CostsView, ExplainedHolding, MarketReading
from levdesk.services.explained_outlook import OutlookAssumptions, OutlookView
from levdesk.ui import theme
from levdesk.ui.charts.fan_chart import Fan, FanChart
from levdesk.ui.explain.assumptions_form import AssumptionsForm
from levdesk.ui.explain.costs_page import even_lines
from levdesk.ui.explain.lines import Heading, Line, LineList
from levdesk.ui.explain.page import ExplainPage, Told
from levdesk.ui.explain.sentence import Sentence
from levdesk.ui.format import NARROW, UNKNOWN, Figures
from levdesk.ui.labels import label

NOT_A_FORECAST: Final = "Model output under the assumptions below, not a forecast."


class OutlookPage(ExplainPage[OutlookView]):
    """Fan, table, assumptions.

    Attributes:
        assumed: `OutlookAssumptions` somebody wants, None for the usual ones.
    """

    assumed = Signal(object)

    def __init__(self) -> None:
        super().__init__("What may come of the chosen token", "Simulating futures of {token}…")
        self.summary = Sentence()
        self.heading = Heading()
        self.chart = FanChart("Fan of the value over the horizon")
        self.legend = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.odds_heading = Heading("Odds")
        self.odds = LineList("Odds")
        self.remark = label(NOT_A_FORECAST, kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.form_heading = Heading("Assumptions")
        self.form = AssumptionsForm()
        self.market = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self._last_key: object = None
        self.form.assumed.connect(self.assumed)
        self.chart.pointed.connect(self._point)
        self.lay_out(
            self.summary,
            *(self.heading, self.chart, self.legend, self.odds_heading, self.odds, self.remark),
            *(self.form_heading, self.form, self.market),
        )

    def part_of(self, explained: ExplainedHolding) -> OutlookView | None:
        return explained.outlook

    def missing(self, told: Told) -> str:
        return f"There is no volatility of {told.underlying} yet to simulate with."

    def write(self, told: Told, part: OutlookView) -> None:
        assert told.holding is not None
        assert told.explained is not None
        key = (told.holding.token.key, told.holding.portfolio_id)
        if key != self._last_key:
            self._last_key = key
            self.form.forget()
        days = part.assumptions.horizon_days
        self.summary.tell(part.summary, (), hide_amounts=told.write.hide_amounts)
        self.heading.tell(f"Value over {days} day{'' if days == 1 else 's'}", "100 % = today")
        fan = Fan(days=part.days, lines=part.quantiles, now_text="today's value")
        self.chart.show_fan(fan, lambda value: told.write.ratio(value, 0), part.summary)
        self._point(self.chart.index)
        self.odds_heading.tell("Odds", "simulated · by formula")
        self.odds.show_lines(odds_lines(part, told.explained.costs, told))
        self.form_heading.tell("Assumptions", assumption_words(part.assumptions))
        is_long = told.holding.token.target_leverage > 0
        self.form.show_used(part.assumptions, is_long=is_long, underlying=told.underlying)
        self.market.setText(market_words(told.explained.market, told.underlying, told.write))
        self.market.setVisible(bool(self.market.text()))

    @Slot(object)
    def _point(self, index: int | None) -> None:
        """Write the legend for the end, or for the day under the crosshair."""
        told, fan = self.told, self.chart.fan
        if told is None or fan is None or not fan.days:
            return
        at = len(fan.days) - 1 if index is None or index >= len(fan.days) else index
        levels = ", ".join(
            f"{_below(level, told.write)} below{NARROW}{told.write.ratio(line[at], 0)}" for level, line in fan.lines
        )
        self.legend.setText(f"Of all futures on day {told.write.reading(fan.days[at], 0)}: {levels}")


def odds_lines(view: OutlookView, costs: CostsView | None, told: Told) -> tuple[Line, ...]:
    """The odds and the middle, simulated and by formula."""
    write = told.write
    used = view.assumptions
    basis = (
        f"{write.count(used.paths)} futures over {used.horizon_days} days, volatility "
        f"{write.ratio(used.volatility_per_day)} a day, drift {write.ratio(used.drift_per_day)} a day, "
        f"seed {used.seed}. {NOT_A_FORECAST}"
    )
    lines = (
        Line(
            name="Chance to end below today",
            figure=write.chance(view.loss_probability),
            remark=_formula(write.chance(view.closed_loss_probability)),
            tooltip=basis,
        ),
        Line(name="Chance to end below half of it", figure=write.chance(view.halved_probability), tooltip=basis),
        Line(
            name="Median: half end below, half above",
            figure=write.ratio(view.median_ratio, 1, signed=True),
            remark=_formula(write.ratio(view.closed_median_ratio, 1, signed=True)),
            tooltip=basis,
        ),
        Line(
            name="Mean: the average, lifted by a few large gains",
            figure=write.ratio(view.mean_ratio, 1, signed=True),
            remark=_formula(write.ratio(view.closed_mean_ratio, 1, signed=True)),
            tooltip=basis,
        ),
    )
    return lines if costs is None else (*lines, *even_lines(costs, told))


def _formula(text: str) -> str:
    return "" if text == UNKNOWN else text


def _below(level: float, write: Figures) -> str:
    return "half" if level == 0.5 else write.ratio(level, 0)


def assumption_words(used: OutlookAssumptions) -> str:
    """What the futures are drawn from, in a few words."""
    if used.source == "bootstrap":
        return f"drawn from {used.history_days} days of real history"
    return "drawn from a lognormal price"


def market_words(market: MarketReading | None, underlying: str, write: Figures) -> str:
    """The underlying as measured."""
    if market is None:
        return ""
    parts = [f"{name} {write.ratio(value, 0)}" for name, value in market.volatility_year]
    measured = f"Volatility of {underlying} a year: {', '.join(parts)}." if parts else ""
    trend = (
        f"{underlying} is {market.words}" if market.words and not market.words.startswith(underlying) else market.words
    )
    return " ".join(part for part in (measured, f"{trend.rstrip('.')}." if trend else "") if part)
