"""Whatever is known, and however wrong it is: nothing is raised, nothing is NaN, and the parts are the result."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from levdesk.domain.instruments import FeeSchedule, RebalanceRule, ScheduledCondition
from levdesk.domain.market import Candle, FundingPoint, TokenQuote
from levdesk.domain.money import ZERO
from levdesk.domain.observed import ObservedRebalance
from levdesk.domain.transactions import CostMethod, TransactionDraft
from levdesk.services.explain import explain
from levdesk.services.explain_input import CandleSeries, ExplainInput, PortfolioRows
from levdesk.services.explain_sums import explain_portfolio
from levdesk.services.explained_outlook import OutlookAssumptions
from levdesk.services.report_explained import explained_json
from tests.services.explaining import DAY, HOUR, KEY, START, bars, deal, token


def some(*values: str) -> st.SearchStrategy[Decimal | None]:
    return st.none() | st.sampled_from([Decimal(value) for value in values])


HOURS = st.integers(0, 24 * 40)
RULES = st.builds(
    RebalanceRule,
    target_leverage=st.sampled_from([Decimal(n) for n in ("3", "-3", "5", "-1", "1", "0.5")]),
    effective_from_ms=HOURS.map(lambda hours: START + hours * HOUR + 777) | st.just(0),
    scheduled_utc_s=st.sampled_from([None, 0, 57_600]),
    scheduled_condition=st.sampled_from(list(ScheduledCondition)),
    scheduled_move_ratio=some("0.01"),
    band_low=some("0.4", "2", "0"),
    band_high=some("4", "12"),
    emergency_leverage=some("4", "20"),
    emergency_move_ratio=some("0.05", "1", "2"),
    emergency_two_sided=st.booleans(),
)
FEES = st.builds(
    FeeSchedule,
    effective_from_ms=st.sampled_from([0, START + 3 * DAY]),
    management_per_day_ratio=some("0", "0.001", "0.5", "1", "-1"),
    taken_utc_s=st.sampled_from([None, 60_000]),
    funding_inside=st.booleans(),
    rebalance_cost_ratio=some("0.0006", "0.3"),
    spot_ratio=some("0.002"),
    redeem_ratio=some("0.001"),
)
MOMENTS = st.sampled_from([None, START + 30 * DAY, START + 40 * DAY, START + 60 * DAY])
QUOTES = st.none() | st.builds(
    TokenQuote,
    key=st.just(KEY),
    last=some("1", "0.00000001", "1000000000000"),
    bid=some("1", "2"),
    ask=some("1", "0.5"),
    price_ts_ms=MOMENTS,
    nav=some("1", "0.0000001", "100000"),
    nav_ts_ms=MOMENTS,
    effective_leverage=some("1", "3", "-3", "0.01", "100"),
    leverage_ts_ms=MOMENTS,
    rebalance_nav=some("1", "0.001"),
    rebalance_ms=MOMENTS,
    underlying_price=some("100", "1"),
    underlying_ts_ms=MOMENTS,
)
RATES = st.sampled_from([1e-4, 0.2, math.nan, 7.0])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "subscribe", "transfer_in", "sell", "redeem", "merge", "settle", "transfer_out"]),
        st.integers(-24 * 100, 24 * 40),
        st.sampled_from(["1", "0.000001", "1000000"]),
        st.sampled_from(["1", "0.00000001", "100000"]),
        st.sampled_from(["0", "5"]),
    ),
    max_size=6,
)


@st.composite
def worlds(draw: st.DrawFn) -> ExplainInput:
    hours = draw(st.integers(1, 24 * 30))
    seed, spread = draw(st.integers(0, 99)), draw(st.sampled_from([0.0, 0.005, 0.05, 0.3]))
    rng = np.random.default_rng(seed)
    prices = draw(st.sampled_from([1e-9, 100.0, 1e9])) * np.exp(np.append(0.0, np.cumsum(rng.normal(0, spread, hours))))
    ts_ms = START + np.arange(hours + 1) * HOUR
    missing = draw(st.sampled_from([0.0, 0.3]))
    candles = [bar for bar in bars(ts_ms, prices) if rng.random() >= missing]
    wrong = draw(st.sampled_from([math.nan, 0.0, -1.0, math.inf, 1e300, 5.0]))
    candles.append(Candle(START + draw(HOURS) * HOUR, wrong, 5.0, 5.0, 5.0, 1.0))
    drafts = [row_of(*row) for row in sorted(draw(ROWS), key=lambda row: row[1])]
    return ExplainInput(
        token=token(*draw(st.lists(RULES, max_size=2)), fees=draw(st.lists(FEES, max_size=2))),
        portfolio_id=1,
        rows=[PortfolioRows(method=draw(st.sampled_from(list(CostMethod))), drafts=drafts)] if drafts else [],
        now_ms=START + 40 * DAY,
        quote=draw(QUOTES),
        underlying=[CandleSeries(interval_s=draw(st.sampled_from([60, 3600, 86_400])), candles=candles)],
        token_candles=[CandleSeries(interval_s=3600, candles=bars(ts_ms, prices))] if draw(st.booleans()) else [],
        nav_history=[(START + hour * HOUR, draw(st.sampled_from([1.0, math.nan, -1.0]))) for hour in (0, 50, 900)],
        funding=[
            FundingPoint(START + hour * HOUR, draw(st.sampled_from([1e-4, 0.2, math.nan, 7.0]))) for hour in (8, 16)
        ],
        observed=[ObservedRebalance(ts_ms=START + draw(HOURS) * HOUR + 1234, until_ms=START + 20 * DAY)],
        outlook=OutlookAssumptions(paths=20, horizon_days=3),
    )


def row_of(kind: str, hours: int, units: str, price: str, fee: str) -> TransactionDraft:
    if kind == "merge":
        return deal(kind, hours, "10")
    if kind == "settle":
        return deal(kind, hours, None, "0")
    return deal(kind, hours, units, price if kind != "transfer_in" else None, fee=fee)


def assert_finite(value: Any, path: str = "") -> None:
    if isinstance(value, float):
        assert math.isfinite(value), (path, value)
    elif isinstance(value, Decimal):
        assert value.is_finite(), (path, value)
    elif is_dataclass(value):
        for part in fields(value):
            assert_finite(getattr(value, part.name), f"{path}.{part.name}")
    elif isinstance(value, tuple | list):
        for place, part_value in enumerate(value):
            assert_finite(part_value, f"{path}[{place}]")


@given(known=worlds())
@settings(max_examples=60)
def test_anything_is_explained_or_left_out(known: ExplainInput) -> None:
    found = explain(known)
    assert_finite(found.view)
    assert_finite(found.lots())
    json.dumps(explained_json(found.view), allow_nan=False)
    view = found.view.attribution
    if view is not None:
        assert sum((part.money for part in view.terms), ZERO) == view.total
        assert view.sentence
    elif known.rows:
        assert found.view.problems
    again = replace(found, view=replace(found.view, portfolio_id=2))
    assert_finite(explain_portfolio([found, again], None, known.now_ms))
