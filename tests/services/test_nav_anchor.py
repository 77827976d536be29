"""Baskets of tokens whose venue tells no NAV: only where a rebalance is certain, and never more than is known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from levdesk.domain.instruments import LeveragedToken, RebalanceRule, ScheduledCondition, TokenKey
from levdesk.domain.market import Candle
from levdesk.domain.problems import Severity
from levdesk.services.nav_anchor import last_check_ms, market_anchor, resting_on_price
from levdesk.services.nav_estimate import advanced_anchor, estimate_nav

DAY = 86_400_000
HOUR = 3_600_000
MIDNIGHT = 1_790_000_000_000 // DAY * DAY
AT_16 = MIDNIGHT + 16 * HOUR
NOW = AT_16 + 5 * HOUR
DAILY = RebalanceRule(target_leverage=Decimal(3), scheduled_utc_s=16 * 3600, emergency_move_ratio=Decimal("0.15"))
TOKEN = LeveragedToken(key=TokenKey("lbank", "BTC3L"), underlying="BTC", target_leverage=Decimal(3), rules=(DAILY,))


def bars(*closes: float, first_ms: int = AT_16 - HOUR) -> list[Candle]:
    opens = (closes[0], *closes)
    return [
        Candle(ts_ms=first_ms + n * HOUR, open=begin, high=max(begin, end), low=min(begin, end), close=end, volume=1.0)
        for n, (begin, end) in enumerate(zip(opens, closes, strict=False))
    ]


def test_the_last_certain_rebalance_is_todays_or_yesterdays() -> None:
    assert last_check_ms(TOKEN, NOW) == AT_16
    assert last_check_ms(TOKEN, AT_16) == AT_16
    assert last_check_ms(TOKEN, AT_16 - 1) == AT_16 - DAY


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (RebalanceRule(target_leverage=Decimal(3), band_low=Decimal(2), band_high=Decimal(4)),),
        (
            replace(
                DAILY,
                scheduled_condition=ScheduledCondition.OUTSIDE_BAND,
                band_low=Decimal(2),
                band_high=Decimal(4),
            ),
        ),
    ],
)
def test_without_a_certain_rebalance_there_is_no_basket(rules: tuple[RebalanceRule, ...]) -> None:
    token = TOKEN._replace(rules=rules)
    assert last_check_ms(token, NOW) is None
    assert market_anchor(token, {3600: bars(2.0, 2.1)}, {3600: bars(100.0, 101.0)}, NOW) is None


def test_the_market_price_at_the_rebalance_stands_for_the_nav_and_follows_the_underlying() -> None:
    traded = {3600: bars(2.0, 2.05)}
    anchor = market_anchor(TOKEN, traded, {3600: bars(100.0, 100.0)}, NOW)
    assert anchor is not None
    assert (anchor.basket.nav, anchor.basket.price) == (2.0, 100.0)
    estimate = estimate_nav(TOKEN, anchor, [(NOW, 104.0)])
    assert estimate is not None
    assert estimate.nav == pytest.approx(Decimal("2.24"))
    assert estimate.gap_ratio is None, "it was never compared with a figure of the venue"


def test_an_emergency_on_the_way_is_walked_through() -> None:
    """A fall of 20 % and back: with the rebalance at −15 % the basket does not come back to where it was."""
    underlying = bars(100.0, 100.0, 80.0, 100.0)
    anchor = market_anchor(TOKEN, {3600: bars(2.0, 2.0)}, {3600: underlying}, NOW)
    assert anchor is not None
    assert anchor.ts_ms == underlying[-1].ts_ms + HOUR
    # 2 → 2·(1 − 3·0.15) = 1.1 at 85; rebalanced to 3×: 1.1·(1 + 3·(100/85 − 1)) at 100
    assert anchor.basket.nav == pytest.approx(1.1 * (1 + 3 * (100 / 85 - 1)))


def test_the_finest_bars_count() -> None:
    fine = [Candle(AT_16 - 60_000, 2.4, 2.4, 2.4, 2.4, 1.0), Candle(AT_16, 2.5, 2.5, 2.5, 2.5, 1.0)]
    anchor = market_anchor(TOKEN, {60: fine, 3600: bars(2.0, 2.05)}, {60: [], 3600: bars(100.0, 100.0)}, NOW)
    assert anchor is not None
    assert anchor.basket.nav == 2.5


@pytest.mark.parametrize(("traded", "underlying"), [([], [100.0, 100.0]), ([2.0, 2.0], [])])
def test_a_price_that_is_not_stored_leaves_it_unknown(traded: list[float], underlying: list[float]) -> None:
    def stored(closes: list[float]) -> list[Candle]:
        return bars(*closes) if closes else []

    assert market_anchor(TOKEN, {3600: stored(traded)}, {3600: stored(underlying)}, NOW) is None


def test_a_wiped_out_basket_is_not_carried_on() -> None:
    plain = TOKEN._replace(rules=(replace(DAILY, emergency_move_ratio=None),))
    anchor = market_anchor(plain, {3600: bars(2.0, 2.0)}, {3600: bars(100.0, 100.0)}, NOW)
    assert anchor is not None
    assert advanced_anchor(plain, anchor, [(NOW, 60.0)]) == anchor


def test_it_is_said_what_the_estimate_rests_on() -> None:
    said = resting_on_price(TOKEN)
    assert (said.severity, said.source) == (Severity.INFO, "lbank:BTC3L")
    assert "market price at the last scheduled rebalance" in said.message
