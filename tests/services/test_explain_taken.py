"""What decay and fees have taken over time: its end is what the split of today says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from levdesk.services.charts import ChartRange, ValueSeries
from levdesk.services.explain import Explanation, explain
from levdesk.services.explain_sums import explain_portfolio
from levdesk.services.explain_taken import MOST_PAIRS, taken_over_time
from levdesk.services.explained import ExplainedPortfolio
from levdesk.services.explained_split import Term
from levdesk.services.explained_taken import TakenSeries, with_taken
from tests.services.explaining import DAILY, HOUR, START, deal, token, world

FEE_TERMS = (Term.MANAGEMENT_FEE, Term.FUNDING, Term.REBALANCE_COST, Term.TRADING_FEES)


def explained(*rows: tuple[str, int, str], fee: str = "1") -> Explanation:
    made = world(token(DAILY))
    drafts = [deal(kind, hour, units, made.nav(hour), fee=fee) for kind, hour, units in rows]
    return explain(made.given(*drafts), outlook=False)


def together(*parts: Explanation) -> ExplainedPortfolio:
    return explain_portfolio(list(parts), 1, parts[0].view.as_of_ms)


def series_of(portfolio: ExplainedPortfolio) -> TakenSeries:
    assert portfolio.taken is not None
    return portfolio.taken


@pytest.mark.parametrize(
    "rows",
    [
        [("buy", 10, "100")],
        [("buy", 10, "100"), ("buy", 60, "300"), ("sell", 120, "150")],
        [("buy", 10, "100"), ("sell", 90, "100")],
        [("buy", 10, "100"), ("sell", 90, "100"), ("buy", 150, "20")],
    ],
)
def test_its_last_point_is_what_the_split_says_today(rows: list[tuple[str, int, str]]) -> None:
    portfolio = together(explained(*rows))
    taken, split = series_of(portfolio), portfolio.attribution
    assert split is not None
    fees = -float(sum((split.money(term) for term in FEE_TERMS), Decimal(0)))
    assert taken.decay[-1] == pytest.approx(-float(split.money(Term.VOLATILITY_DECAY)), rel=1e-3, abs=1e-6)
    assert taken.fees[-1] == pytest.approx(fees, rel=1e-3, abs=1e-6)
    assert not taken.partial


def test_it_begins_with_the_first_purchase_and_its_fee() -> None:
    taken = series_of(together(explained(("buy", 10, "100"))))
    assert taken.times_s[0] == (START + 10 * HOUR) / 1000
    assert taken.decay[0] == 0.0
    assert taken.fees[0] == pytest.approx(1.0)
    assert (np.diff(taken.times_s) > 0).all()
    assert np.isfinite(taken.decay).all()


def test_a_closed_lot_takes_no_more() -> None:
    taken = series_of(together(explained(("buy", 10, "100"), ("sell", 90, "100"))))
    after = taken.times_s > (START + 91 * HOUR) / 1000
    assert after.any()
    assert np.ptp(taken.decay[after]) == 0.0
    assert np.ptp(taken.fees[after]) == 0.0


def test_holdings_add_up_and_one_that_cannot_be_told_is_marked() -> None:
    one, two = explained(("buy", 10, "100")), explained(("buy", 60, "50"))
    both = series_of(together(one, two))
    apart = [series_of(together(each)) for each in (one, two)]
    assert both.decay[-1] == pytest.approx(sum(each.decay[-1] for each in apart))
    unknown = replace(two, attributed=None, past=None)
    marked = series_of(together(one, unknown))
    assert marked.partial
    assert marked.decay[-1] == pytest.approx(apart[0].decay[-1])
    assert taken_over_time([unknown], START) is None


def test_many_lots_are_looked_at_at_fewer_moments() -> None:
    one = explained(("buy", 10, "100"))
    assert one.attributed is not None
    stays = one.attributed.stays * (MOST_PAIRS // 100)
    split = one.attributed.split * len(stays)
    many = replace(one, attributed=replace(one.attributed, stays=stays, split=split))
    found, single = taken_over_time([many], one.held.now_ms), taken_over_time([one], one.held.now_ms)
    assert found is not None
    assert single is not None
    assert found.decay[-1] == pytest.approx(single.decay[-1] * len(stays))


def test_the_value_chart_is_told_what_was_taken_at_each_of_its_moments() -> None:
    taken = TakenSeries(
        times_s=np.array([10.0, 20.0]), decay=np.array([0.0, 4.0]), fees=np.array([1.0, 3.0]), partial=True
    )
    times = np.array([5.0, 10.0, 15.0, 25.0])
    series = ValueSeries(
        portfolio_id=1, range=ChartRange.ALL, currency="USDT", times_s=times, value=times, invested=times,
        partial=False, summary="",
    )  # fmt: skip
    shown = with_taken(series, taken)
    assert shown.decay_taken is not None
    assert shown.fees_taken is not None
    assert shown.decay_taken.tolist() == [0.0, 0.0, 2.0, 4.0]
    assert shown.fees_taken.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert shown.taken_partial
    assert with_taken(series, None) is series


def test_the_portfolio_s_deepest_fall_is_the_holding_s_when_there_is_one() -> None:
    one = explained(("buy", 10, "100"), fee="0")
    portfolio = together(one)
    assert portfolio.performance is not None
    assert one.view.performance is not None
    assert portfolio.performance.max_drawdown_ratio == pytest.approx(one.view.performance.max_drawdown_ratio, rel=1e-6)


def test_money_put_in_or_taken_out_is_no_fall() -> None:
    rows = [("buy", 10, "100"), ("buy", 60, "900"), ("sell", 61, "990"), ("buy", 62, "400")]
    alone, moved = together(explained(rows[0], fee="0")), together(explained(*rows, fee="0"))
    assert alone.performance is not None
    assert moved.performance is not None
    falls = alone.performance.max_drawdown_ratio, moved.performance.max_drawdown_ratio
    assert falls[0] is not None
    assert falls[1] is not None
    assert falls[1] == pytest.approx(falls[0], abs=0.02)
