"""Quotes: on the tick, around NAV, with a premium that wanders and comes back."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import SettingInvalid
from levdesk.services.registry import Registry
from levdesk.simulator.listing import STANDARD, ListedToken, Listing, seeded_market
from levdesk.simulator.market import Market, SpotPair
from levdesk.simulator.paths import DAY_MS
from tests.simulator.moments import ANCHOR_MS, HOUR_MS, SEED

MOMENTS = st.integers(ANCHOR_MS - 179 * DAY_MS, ANCHOR_MS + DAY_MS)


def tokens(market: Market, ts_ms: int = ANCHOR_MS) -> list[SpotPair]:
    return [pair for pair in market.pairs if pair.token is not None and pair.trades(ts_ms)]


def test_the_standard_listing_has_long_and_short_tokens_of_every_multiple(market: Market) -> None:
    targets = {int(pair.token.spec.target_leverage) for pair in tokens(market) if pair.token}
    assert targets == {2, -2, 3, -3, 5, -5}
    assert len({pair.token.spec.underlying for pair in tokens(market) if pair.token}) == 6
    for name in ("JUP_USDT", "SYRUP_USDT", "SOXLG_USDT", "BTC_USDT"):
        friend = market.pair(name)
        assert friend is not None
        assert friend.token is None


@given(ts_ms=MOMENTS)
def test_quotes_are_not_crossed_and_stand_on_the_tick(market: Market, ts_ms: int) -> None:
    for pair in market.pairs:
        if not pair.trades(ts_ms):
            continue
        quote, digits = pair.quote(ts_ms), pair.price_decimals(ts_ms)
        assert 0.0 < quote.bid < quote.ask
        for price in (quote.last, quote.bid, quote.ask):
            assert f"{price:.{digits}f}" == f"{round(price, digits):.{digits}f}"
            assert price == round(price, digits)
        assert quote.ask / quote.bid - 1.0 < pair.spec.spread_ratio * 1.4 + 2.5 * 10.0**-digits / quote.bid
        assert ts_ms - 30_000 <= quote.last_ms <= ts_ms


def test_the_market_price_stays_near_nav(market: Market) -> None:
    for pair in tokens(market):
        assert pair.token is not None
        distances = []
        for hours in range(0, 24 * 40, 7):
            ts_ms = ANCHOR_MS - hours * HOUR_MS
            if pair.trades(ts_ms):
                distances.append(pair.series.price_at(ts_ms) / pair.token.price_at(ts_ms) - 1.0)
        mean = pair.token.spec.premium_ratio
        assert max(abs(distance - mean) for distance in distances) <= pair.token.spec.premium_reach_ratio + 1e-9
        assert sum(distances) / len(distances) == pytest.approx(mean, abs=0.0015)
        crossings = sum((a - mean) * (b - mean) < 0.0 for a, b in pairwise(distances))
        assert crossings > 5


def test_one_token_runs_at_a_visible_premium(market: Market) -> None:
    visible = [pair.name for pair in tokens(market) if pair.token and pair.token.spec.premium_ratio > 0.01]
    assert visible == ["SOL3L_USDT"]


def test_prices_have_five_significant_digits_and_more_before_a_merge(market: Market) -> None:
    for pair in tokens(market):
        price = pair.series.price_at(ANCHOR_MS)
        if pair.price_decimals() > 2:
            assert math.floor(math.log10(price)) + 1 + pair.price_decimals() == 5
    merged = market.pair("SOL3S_USDT")
    assert merged is not None
    assert merged.price_decimals(market.start_ms) == merged.price_decimals() + 2


def test_day_figures_hold_the_price(market: Market) -> None:
    for pair in market.pairs:
        if not pair.trades(ANCHOR_MS):
            continue
        day = pair.day(ANCHOR_MS)
        assert day.low <= pair.series.price_at(ANCHOR_MS) <= day.high
        assert day.low <= day.open <= day.high
        assert day.low <= day.quote_volume / day.base_volume <= day.high


def test_the_book_is_ordered_and_starts_at_the_best_offers(market: Market) -> None:
    pair = market.pair("BTC3L_USDT")
    assert pair is not None
    bids, asks = pair.book(ANCHOR_MS, 20)
    quote = pair.quote(ANCHOR_MS)
    assert (bids[0].price, asks[0].price) == (quote.bid, quote.ask)
    assert [level.price for level in bids] == sorted({level.price for level in bids}, reverse=True)
    assert [level.price for level in asks] == sorted({level.price for level in asks})
    assert all(level.size > 0.0 for level in (*bids, *asks))


def test_a_restart_shows_the_same_history(market: Market, registry: Registry) -> None:
    again = seeded_market(registry.complete_token, seed=SEED, anchor_ms=ANCHOR_MS)
    for ts_ms in (ANCHOR_MS + 30 * DAY_MS, ANCHOR_MS, ANCHOR_MS - 100 * DAY_MS):
        for pair in market.pairs:
            twin = again.pair(pair.name)
            assert twin is not None
            assert pair.trades(ts_ms) == twin.trades(ts_ms)
            if pair.trades(ts_ms):
                assert pair.quote(ts_ms) == twin.quote(ts_ms)


def test_a_token_without_a_known_rule_is_refused(registry: Registry) -> None:
    odd = Listing(tokens=(ListedToken(underlying="BTC", leverage=4, opening_nav=1.0),))
    with pytest.raises(SettingInvalid, match="gate:BTC4L"):
        seeded_market(registry.complete_token, seed=SEED, anchor_ms=ANCHOR_MS, listing=odd)


def test_every_listed_token_obeys_the_registry_s_rule_of_today(market: Market, registry: Registry) -> None:
    for listed in STANDARD.tokens:
        pair = market.pair(f"{listed.symbol}_USDT")
        assert pair is not None
        assert pair.token is not None
        known = registry.complete_token(listed.token)
        assert pair.token.spec.rule == known.rules[-1]
        assert pair.token.spec.fees == known.fees[-1]
