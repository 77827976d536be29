"""Why: from what was paid to what it is worth, part by part, and against the multiple without rebalancing."""

from __future__ import annotations

import math
from decimal import Decimal

from levdesk.domain.money import ZERO
from levdesk.services.explained import ExplainedHolding, PerformanceView
from levdesk.services.explained_split import TERM_TITLES, AttributionView, Term
from levdesk.ui import format as fmt
from levdesk.ui.charts.waterfall import Waterfall
from levdesk.ui.charts.waterfall_bars import bars_of
from levdesk.ui.explain.lines import Heading, Line, LineList
from levdesk.ui.explain.lots_section import LotsSection
from levdesk.ui.explain.page import ExplainPage, Told
from levdesk.ui.explain.sentence import KeyFigure, Sentence
from levdesk.ui.explain.term_words import MEANINGS, rebalances_words, titled
from levdesk.ui.format import Figures
from levdesk.ui.labels import sign_kind

_COSTS = (Term.FUNDING, Term.MANAGEMENT_FEE, Term.REBALANCE_COST, Term.TRADING_FEES)


class WhyPage(ExplainPage[AttributionView]):
    """Sentence, waterfall, table of the parts, comparison, performance."""

    def __init__(self) -> None:
        super().__init__("Why the chosen token is worth what it is", "Working out where the money of {token} went…")
        self.sentence = Sentence()
        self.heading = Heading()
        self.waterfall = Waterfall("Waterfall from what you paid to what it is worth")
        self.terms = LineList("Parts of the result")
        self.lots = LotsSection()
        self.plain_heading = Heading()
        self.plain = LineList("Against the multiple without rebalancing")
        self.results_heading = Heading("How it did")
        self.results = LineList("Returns and drawdown")
        self.lay_out(
            self.sentence,
            self.heading,
            self.waterfall,
            self.terms,
            self.lots,
            self.plain_heading,
            self.plain,
            self.results_heading,
            self.results,
        )

    def part_of(self, explained: ExplainedHolding) -> AttributionView | None:
        return explained.attribution

    def missing(self, told: Told) -> str:
        return f"There is no history of {told.underlying} yet to explain this holding with."

    def write(self, told: Told, part: AttributionView) -> None:
        assert told.holding is not None
        write, token = told.write, told.holding.token
        names = titled(part, token, told.now_ms, write)
        self.sentence.tell(part.sentence, key_figures(part), hide_amounts=write.hide_amounts)
        since = "" if part.since_ms is None else f"since {fmt.day(part.since_ms)}"
        marks = [since, "assumed" if part.assumed else ""]
        self.heading.tell(
            f"From cost to value, {told.currency}",
            " · ".join(mark for mark in marks if mark),
            "Some rule or fee in force is not confirmed by the venue." if part.assumed else "",
        )
        self.waterfall.show_bars(bars_of(part, names), write)
        self.terms.show_lines(term_lines(part, names, write))
        self.lots.tell(part, told.explained.lots if told.explained is not None else (), TERM_TITLES, write)
        self.plain_heading.tell(
            "Against the plain multiple", f"{write.multiple(token.target_leverage)} {token.underlying}"
        )
        self.plain.show_lines(plain_lines(part, told))
        explained = told.explained
        self.results.show_lines(result_lines(explained.performance if explained else None, part, write))


def key_figures(view: AttributionView) -> tuple[KeyFigure, ...]:
    """What the sentence stresses: the result, and the largest loss among its parts."""
    worst = min((part.money for part in view.terms), default=ZERO)
    costs = sum((view.money(term) for term in _COSTS), ZERO)
    found = [KeyFigure(view.total)]
    if min(worst, costs) < 0:
        found.append(KeyFigure(min(worst, costs), "loss"))
    return tuple(found)


def term_lines(view: AttributionView, names: dict[Term, str], write: Figures) -> tuple[Line, ...]:
    """All parts with money and share, then the result they add up to."""
    lines = [
        Line(
            name=names[part.term],
            figure=write.money(part.money, signed=True),
            remark=write.ratio(part.ratio, 1, signed=True),
            kind=sign_kind(part.money),
            tooltip=f"{MEANINGS[part.term]}\n{_exact(part.money, write)}; the share is of the money you put in.",
        )
        for part in view.terms
    ]
    total = Line(
        name="Result, realised and unrealised",
        figure=write.money(view.total, signed=True),
        remark=write.ratio(view.total_ratio, 1, signed=True),
        kind=sign_kind(view.total),
        tooltip=f"The parts above add up to it, to the last digit.\n{_exact(view.total, write)}",
        is_total=True,
    )
    return (*lines, total)


def plain_lines(view: AttributionView, told: Told) -> tuple[Line, ...]:
    """What rebalancing gave and took, compared with the same multiple left alone."""
    write, underlying = told.write, told.underlying
    gone = view.plain_ratio is None
    helped = view.reset_helped_ratio
    verb = "made no difference" if not helped else "helped by" if helped > 0 else "took"
    compounding, decay = _growth(view.compounding), _growth(view.decay)
    return (
        Line(
            name=f"{underlying} since then",
            figure=write.ratio(view.underlying_ratio, signed=True),
            kind=_ratio_kind(view.underlying_ratio),
        ),
        Line(
            name="The multiple without rebalancing",
            figure="liquidated"
            if gone and view.underlying_ratio is not None
            else write.ratio(view.plain_ratio, signed=True),
            kind=_ratio_kind(view.plain_ratio),
            tooltip="1 + L · (S/S₀ − 1): borrowed once, never rebalanced. It would have been liquidated at zero.",
        ),
        Line(
            name="Compounding gain",
            figure=write.ratio(compounding, signed=True),
            remark=_log(view.compounding, write),
            kind=_ratio_kind(compounding),
            tooltip="L · ln(S/S₀) − ln(1 + L · (S/S₀ − 1)), never negative: what rebalancing gains from a trend.",
            is_part=True,
        ),
        Line(
            name="Volatility decay",
            figure=write.ratio(decay, signed=True),
            remark=_log(view.decay, write),
            kind=_ratio_kind(decay),
            tooltip="The sum over all resets, never positive: what rebalancing loses to ups and downs.",
            is_part=True,
        ),
        Line(
            name=f"Daily reset {verb}",
            figure="" if helped == 0 else write.ratio(None if helped is None else abs(helped)),
            kind=_ratio_kind(helped),
            tooltip="Both together: e^(gain + decay) − 1, before fees and funding.",
            is_total=True,
        ),
    )


def result_lines(performance: PerformanceView | None, view: AttributionView, write: Figures) -> tuple[Line, ...]:
    """Returns, drawdown, and how much of the history was seen rather than rebuilt."""
    twr = irr = drawdown = None
    if performance is not None:
        twr, irr, drawdown = performance.twr_ratio, performance.irr_year, performance.max_drawdown_ratio
    rebuilt = view.rebalances - view.observed
    return (
        Line(
            name="Time-weighted return",
            figure=write.ratio(twr, signed=True),
            kind=_ratio_kind(twr),
            tooltip="How the token did while you held it, whenever you added or took out money.",
        ),
        Line(
            name="Money-weighted return, a year",
            figure=write.ratio(irr, 1, signed=True),
            kind=_ratio_kind(irr),
            tooltip="The yearly rate at which your payments grow to today's value (IRR)."
            if irr is not None
            else "Undefined: there is no single rate at which your payments grow to today's value.",
        ),
        Line(
            name="Deepest fall while you held it",
            figure=write.ratio(drawdown, 1),
            kind=_ratio_kind(drawdown),
            tooltip="Lowest value per unit under the highest one before it.",
        ),
        Line(
            name="Rebalances",
            figure=write.count(view.rebalances),
            remark=f"{write.count(view.observed)} seen, {write.count(rebuilt)} rebuilt",
            tooltip=f"{rebalances_words(view.observed, write)} seen at the venue, {write.count(rebuilt)} rebuilt from "
            "the underlying's history under the token's own rule.",
        ),
    )


def _growth(log_points: float | None) -> float | None:
    return None if log_points is None else math.expm1(log_points)


def _log(value: float | None, write: Figures) -> str:
    return "" if value is None else f"{'+' if value > 0 else ''}{write.reading(value, 4)} log"


def _ratio_kind(value: float | None) -> str:
    return "" if not value else "gain" if value > 0 else "loss"


def _exact(value: Decimal, write: Figures) -> str:
    return fmt.DOTS if write.hide_amounts else write.exact(value)
