"""NAV between two updates: the basket model step by step, and how far it was off when the venue spoke again."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import RebalanceRule
from levdesk.domain.market import Candle, FundingPoint, NavSource, TokenQuote
from levdesk.domain.rebalance import trigger_move
from levdesk.services.nav_estimate import (
    NavAnchor,
    anchor_of,
    estimate_nav,
    marks_between,
    nav_from_leverage,
    price_within,
    reconcile_nav,
    with_estimated_nav,
)
from tests.services.explaining import BAND, DAILY, DAY, FEES, GATE, HOUR, KEY, START, token, world

FREE = token(BAND, fees=())
QUOTE = TokenQuote(
    key=KEY,
    nav=Decimal(2),
    nav_source=NavSource.VENUE,
    nav_ts_ms=START,
    effective_leverage=Decimal(3),
    leverage_ts_ms=START,
    underlying_price=Decimal(100),
    underlying_ts_ms=START,
)


def anchor(**more: object) -> NavAnchor:
    found = anchor_of(FREE, replace(QUOTE, **more))  # type: ignore[arg-type]
    assert found is not None
    return found


def nav(*marks: tuple[float, float], of: NavAnchor | None = None) -> float:
    found = estimate_nav(FREE, of or anchor(), [(START + round(hours * HOUR), price) for hours, price in marks])
    assert found is not None
    return float(found.nav)


def test_between_rebalances_nav_is_a_straight_line_in_the_price() -> None:
    assert nav((1, 105)) == pytest.approx(2 * 1.15)
    assert nav((1, 90), (2, 105)) == pytest.approx(2 * 1.15)
    found = estimate_nav(FREE, anchor(), [(START + HOUR, 105.0)])
    assert found is not None
    assert found.leverage == pytest.approx(3 * 1.05 / 1.15)
    assert (found.since_ms, found.as_of_ms, found.rebalances, found.gap_ratio) == (START, START + HOUR, 0, None)


def test_every_trigger_on_the_way_rebalances() -> None:
    """A fall to 70 passes 88 and 77.44."""
    found = estimate_nav(FREE, anchor(), [(START + HOUR, 70.0)])
    assert found is not None
    assert found.rebalances == 2
    assert float(found.nav) == pytest.approx(2 * 0.64**2 * (1 + 3 * (70 / 77.44 - 1)))


@given(rule=st.sampled_from([DAILY, GATE, BAND]), seed=st.integers(0, 100), start=st.integers(0, 100))
@settings(max_examples=20)
def test_mark_by_mark_it_is_the_rebuilt_history(rule: RebalanceRule, seed: int, start: int) -> None:
    made = world(token(rule), hours=160, seed=seed, volatility=0.003)
    leverage = made.path.leverage_rows()[start]
    event_rows = made.path.event_rows[made.path.event_rows <= start]
    event = float(made.prices[event_rows[-1]] if len(event_rows) else made.prices[0])
    price = float(made.prices[start])
    told = replace(
        QUOTE,
        nav=made.nav(start),
        effective_leverage=Decimal(repr(float(leverage))),
        nav_ts_ms=int(made.ts_ms[start]),
        leverage_ts_ms=int(made.ts_ms[start]),
    )
    found_anchor = anchor_of(made.token, told, price)
    assert found_anchor is not None
    known = replace(found_anchor, basket=replace(found_anchor.basket, event_price=event))
    marks = [(int(ms), float(mark)) for ms, mark in zip(made.ts_ms[start:], made.prices[start:], strict=True)]
    found = estimate_nav(made.token, known, marks, made.funding())
    assert found is not None
    slack = 1e-9 if rule is DAILY else 0.01
    assert math.log(float(found.nav) / made.navs[-1]) == pytest.approx(0.0, abs=slack)


def test_fee_and_funding_are_taken_when_they_fall_due() -> None:
    dear = token(BAND, fees=(replace(FEES, rebalance_cost_ratio=None),))
    marks = [(START + 15 * HOUR, 100.0), (START + 17 * HOUR, 100.0)]
    charged = estimate_nav(dear, anchor(), marks)
    assert charged is not None
    assert float(charged.nav) == pytest.approx(2 * 0.999)
    early = estimate_nav(dear, anchor(), marks[:1], [FundingPoint(START + 8 * HOUR, 0.01), FundingPoint(START, 0.5)])
    assert early is not None
    assert float(early.nav) == pytest.approx(2 * (1 - 3 * 0.01))
    covered = token(BAND, fees=(replace(FEES, funding_inside=True),))
    paid = estimate_nav(covered, anchor(), marks[:1], [FundingPoint(START + 8 * HOUR, 0.01)])
    assert paid is not None
    assert float(paid.nav) == 2.0


def test_a_daily_check_acts_at_the_first_price_after_its_hour() -> None:
    daily = token(DAILY, fees=())
    marks = [(START + 16 * HOUR, 110.0), (START + 17 * HOUR, 100.0)]
    found = estimate_nav(daily, anchor(), marks)
    assert found is not None
    assert found.rebalances == 1
    assert float(found.nav) == pytest.approx(2 * 1.3 * (1 + 3 * (100 / 110 - 1)))


def test_without_a_price_after_the_anchor_there_is_no_estimate() -> None:
    assert estimate_nav(FREE, anchor(), []) is None
    assert estimate_nav(FREE, anchor(), [(START, 90.0), (START - HOUR, 80.0)]) is None
    assert estimate_nav(FREE, anchor(), [(START + HOUR, math.nan), (START + HOUR, -5.0)]) is None
    assert estimate_nav(token(BAND, target="0"), anchor(), [(START + HOUR, 90.0)]) is None


def test_a_wiped_out_basket_is_worth_nothing() -> None:
    found = estimate_nav(token(DAILY, fees=()), anchor(), [(START + HOUR, 50.0)])
    assert found is not None
    assert found.nav == 0
    assert with_estimated_nav(replace(QUOTE, nav=None), [found], START + DAY).nav is None


def test_a_band_without_width_is_refused() -> None:
    narrow = token(replace(BAND, band_low=Decimal("2.99999"), band_high=Decimal("3.00001")), fees=())
    with pytest.raises(SettingInvalid):
        estimate_nav(narrow, anchor(), [(START + HOUR, 80.0)])


# -- anchors -----------------------------------------------------------------------------------------------------


def test_an_anchor_needs_nav_leverage_and_price_of_one_moment() -> None:
    assert anchor().basket.price == 100.0
    assert anchor_of(FREE, replace(QUOTE, underlying_ts_ms=START + HOUR)) is None
    assert anchor(underlying_ts_ms=START + 30_000).ts_ms == START
    with_price = anchor_of(FREE, replace(QUOTE, underlying_ts_ms=START + HOUR), 98.0)
    assert with_price is not None
    assert with_price.basket.price == 98.0
    assert anchor_of(FREE, replace(QUOTE, effective_leverage=None)) is None
    from_nav = anchor_of(FREE, replace(QUOTE, effective_leverage=None, rebalance_nav=Decimal(3)))
    assert from_nav is not None
    assert from_nav.basket.leverage == pytest.approx(4.0)
    assert anchor_of(FREE, replace(QUOTE, nav=None)) is None
    assert anchor_of(token(BAND, target="0"), QUOTE) is None


@pytest.mark.parametrize("reached", [3.0, 3.9, 2.3])
def test_leverage_and_the_last_rebalance_alone_fix_the_nav(reached: float) -> None:
    move = trigger_move(3.0, reached)
    seen = replace(
        QUOTE, effective_leverage=Decimal(repr(reached)), rebalance_nav=Decimal(5), rebalance_ms=START - HOUR
    )
    found = nav_from_leverage(FREE, seen)
    assert found is not None
    assert float(found.nav) == pytest.approx(5 * (1 + 3 * move))
    assert found.since_ms == START - HOUR
    assert nav_from_leverage(FREE, replace(seen, rebalance_ms=START + HOUR)) is None
    assert nav_from_leverage(FREE, replace(seen, effective_leverage=Decimal(1))) is None
    assert nav_from_leverage(FREE, replace(seen, effective_leverage=None)) is None


def test_the_venue_s_figure_is_taken_over_and_the_error_is_told() -> None:
    later = replace(
        QUOTE,
        nav=Decimal("2.25"),
        nav_ts_ms=START + HOUR,
        leverage_ts_ms=START + HOUR,
        effective_leverage=Decimal("2.8"),
        underlying_price=Decimal(105),
        underlying_ts_ms=START + HOUR,
    )
    found = reconcile_nav(FREE, anchor(), later, [(START + 600_000, 90.0)])
    assert found is not None
    assert found.gap_ratio == pytest.approx(2.3 / 2.25 - 1)
    assert (found.basket.nav, found.basket.leverage, found.ts_ms) == (2.25, 2.8, START + HOUR)
    after = estimate_nav(FREE, found, [(START + 2 * HOUR, 106.0)])
    assert after is not None
    assert after.gap_ratio == found.gap_ratio
    assert reconcile_nav(FREE, None, later) == replace(found, gap_ratio=None)
    assert reconcile_nav(FREE, found, QUOTE) == found
    assert reconcile_nav(FREE, found, replace(later, nav=None)) == found


# -- which figure is shown -----------------------------------------------------------------------------------------


def test_an_estimate_stands_in_for_a_nav_that_is_missing_or_old() -> None:
    now_ms = START + HOUR
    made = estimate_nav(FREE, anchor(), [(now_ms, 105.0)])
    shown = with_estimated_nav(QUOTE, [None, made], now_ms)
    assert (shown.nav_source, shown.nav_ts_ms) == (NavSource.ESTIMATE, now_ms)
    assert float(shown.nav or 0) == pytest.approx(2.3)
    missing = with_estimated_nav(replace(QUOTE, nav=None, nav_source=None, nav_ts_ms=None), [made], now_ms)
    assert missing.nav_source is NavSource.ESTIMATE


def test_an_estimate_far_from_the_market_price_is_none() -> None:
    now_ms = START + HOUR
    made = estimate_nav(FREE, anchor(), [(now_ms, 105.0)])
    assert with_estimated_nav(replace(QUOTE, last=Decimal("2.1")), [made], now_ms).nav_source is NavSource.ESTIMATE
    assert with_estimated_nav(replace(QUOTE, last=Decimal("1.5")), [made], now_ms) == replace(
        QUOTE, last=Decimal("1.5")
    )


def test_a_fresh_nav_one_typed_by_hand_and_one_that_is_newer_stay() -> None:
    now_ms = START + HOUR
    made = estimate_nav(FREE, anchor(), [(now_ms, 105.0)])
    assert with_estimated_nav(QUOTE, [made], START + 30_000) == QUOTE
    by_hand = replace(QUOTE, nav_source=NavSource.MANUAL)
    assert with_estimated_nav(by_hand, [made], now_ms) == by_hand
    newer = replace(QUOTE, nav_ts_ms=now_ms)
    assert with_estimated_nav(newer, [made], now_ms + DAY) == newer
    assert with_estimated_nav(QUOTE, [], now_ms) == QUOTE


def test_bars_give_the_price_of_a_moment_and_the_marks_after_it() -> None:
    bars = [
        Candle(START, 100, 120, 90, 110, 1.0),
        Candle(START + HOUR, 110, 120, 90, 100, 1.0),
        Candle(START + 2 * HOUR, 100, 101, 99, 100, 1.0, closed=False),
    ]
    assert price_within(bars, 3600, START + HOUR // 2) == pytest.approx(105)
    assert price_within(bars, 3600, START + 5 * HOUR) is None
    assert price_within(bars, 3600, START + 2 * HOUR) is None
    assert marks_between(bars, 3600, START + HOUR // 2, START + 4 * HOUR) == [
        (START + HOUR, 110),
        (START + 2 * HOUR, 100),
    ]
