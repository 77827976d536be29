"""The Gate adapter reads everything the server says, over real HTTP on loopback."""

from __future__ import annotations

import pytest

from levdesk.domain.errors import VenueRefused
from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, market_price
from levdesk.simulator.clock import SetClock
from levdesk.simulator.market import Market
from levdesk.simulator.server import SimulatorServer
from levdesk.venues.contract import CandleQuery, Request
from levdesk.venues.gate import Gate
from tests.simulator.moments import ANCHOR_MS, DAY_MS, HOUR_MS, carry

LATER_MS = 40
"""Time on the way back."""


@pytest.fixture
def gate(server: SimulatorServer) -> Gate:
    return Gate(base_url=server.url)


def sent(request: Request) -> tuple[Request, ...]:
    return (request,)


def test_the_clock(gate: Gate) -> None:
    assert gate.parse_server_time(carry(gate.server_time(), ANCHOR_MS + LATER_MS)) == ANCHOR_MS


def test_every_token_is_found_and_nothing_else(gate: Gate, market: Market) -> None:
    found = gate.parse_tokens(carry(gate.tokens(), ANCHOR_MS + LATER_MS))
    listed = {
        TokenKey("gate", pair.spec.base): (pair.token.spec.underlying, pair.token.spec.target_leverage)
        for pair in market.pairs
        if pair.token is not None and pair.trades(ANCHOR_MS)
    }
    assert {token.key: (token.underlying, token.target_leverage) for token in found.values} == listed
    assert found.problems == ()


def test_quotes_are_the_market_s_own_figures(gate: Gate, market: Market) -> None:
    found = gate.parse_token_quotes(carry(gate.token_quotes(frozenset())[0], ANCHOR_MS + LATER_MS))
    assert found.problems == ()
    assert len(found.values) == 23
    for quote in found.values:
        pair = market.pair(f"{quote.key.symbol}_USDT")
        assert pair is not None
        assert pair.token is not None
        state, prices = pair.token.state_at(ANCHOR_MS), pair.quote(ANCHOR_MS)
        assert (quote.nav_source, quote.nav_ts_ms, quote.price_ts_ms) == (NavSource.VENUE, ANCHOR_MS, ANCHOR_MS)
        assert quote.nav is not None
        assert quote.effective_leverage is not None
        assert quote.rebalance_nav is not None
        assert float(quote.nav) == pytest.approx(state.basket.nav, rel=1e-4)
        assert float(quote.rebalance_nav) == pytest.approx(state.rebalance_nav, rel=1e-4)
        assert float(quote.effective_leverage) == pytest.approx(state.basket.leverage, rel=1e-12)
        assert quote.rebalance_ms == state.rebalance_ms
        assert (float(quote.last or 0), float(quote.bid or 0), float(quote.ask or 0)) == (
            prices.last,
            prices.bid,
            prices.ask,
        )
        valued = market_price(quote)
        assert valued is not None
        assert prices.bid <= float(valued.price) <= prices.ask


def test_a_delisted_token_is_missed_by_name(gate: Gate) -> None:
    held = TokenKey("gate", "ADA5L")
    found = gate.parse_token_quotes(carry(gate.token_quotes(frozenset())[0], ANCHOR_MS + LATER_MS), frozenset({held}))
    assert found.values == ()
    assert [problem.code for problem in found.problems] == ["token_not_listed"]


def test_perpetuals_come_with_mark_and_funding(gate: Gate, market: Market) -> None:
    found = gate.parse_underlying_quotes(carry(gate.underlying_quotes(frozenset())[0], ANCHOR_MS + LATER_MS))
    assert found.problems == ()
    assert {quote.instrument for quote in found.values} == {perpetual.name for perpetual in market.perpetuals}
    for quote in found.values:
        perpetual = market.perpetual(quote.instrument)
        assert perpetual is not None
        assert quote.mark is not None
        assert quote.funding_rate is not None
        assert float(quote.mark) == pytest.approx(perpetual.mark.price_at(ANCHOR_MS), rel=1e-5)
        assert quote.funding_interval_s == 28_800
        number = perpetual.funding.number_after(ANCHOR_MS)
        assert float(quote.funding_rate) == perpetual.funding.rate(number)
        assert quote.next_funding_ms == perpetual.funding.settlement_ms(number)


def test_a_long_history_of_a_token_comes_in_pages_without_a_gap(gate: Gate, market: Market) -> None:
    query = CandleQuery(instrument="ETH3L_USDT", interval_s=3600, start_ms=ANCHOR_MS - 120 * DAY_MS, end_ms=ANCHOR_MS)
    pages = [gate.parse_token_candles(carry(page, ANCHOR_MS + LATER_MS)) for page in gate.token_candles(query)]
    assert len(pages) == 3
    assert all(page.problems == () for page in pages)
    bars = [bar for page in pages for bar in page.values]
    assert [bar.ts_ms for bar in bars] == list(range(bars[0].ts_ms, ANCHOR_MS, HOUR_MS))
    assert len(bars) == 2880
    assert [bar.closed for bar in bars] == [True] * 2879 + [False]
    pair = market.pair("ETH3L_USDT")
    assert pair is not None
    for bar in bars[::371]:
        assert bar.open == pytest.approx(pair.series.price_at(bar.ts_ms), rel=1e-4)


def test_mark_candles_come_in_pages_too(gate: Gate, market: Market) -> None:
    query = CandleQuery(instrument="BTC_USDT", interval_s=900, start_ms=ANCHOR_MS - 30 * DAY_MS, end_ms=ANCHOR_MS)
    pages = [
        gate.parse_underlying_candles(carry(page, ANCHOR_MS + LATER_MS)) for page in gate.underlying_candles(query)
    ]
    assert len(pages) == 2
    bars = [bar for page in pages for bar in page.values]
    assert [page.problems for page in pages] == [(), ()]
    assert [bar.ts_ms for bar in bars] == list(range(bars[0].ts_ms, ANCHOR_MS, 900_000))
    mark = market.perpetual("BTC_USDT")
    assert mark is not None
    assert bars[100].open == pytest.approx(mark.mark.price_at(bars[100].ts_ms), rel=1e-5)


def test_funding_history_is_what_the_market_settled(gate: Gate, market: Market) -> None:
    pages = gate.funding_history("SOL_USDT", ANCHOR_MS - 200 * DAY_MS, ANCHOR_MS)
    points = [point for page in pages for point in gate.parse_funding_history(carry(page, ANCHOR_MS)).values]
    perpetual = market.perpetual("SOL_USDT")
    assert perpetual is not None
    last = perpetual.funding.number_after(ANCHOR_MS) - 1
    assert points[-1].ts_ms == perpetual.funding.settlement_ms(last)
    assert [point.rate for point in points[-50:]] == perpetual.funding.rates(last - 49, last + 1).tolist()
    assert len(points) == 3 * 180


def test_an_unknown_symbol_is_refused_in_words(gate: Gate) -> None:
    query = CandleQuery(instrument="NOPE3L_USDT", interval_s=3600, start_ms=ANCHOR_MS - DAY_MS, end_ms=ANCHOR_MS)
    (request,) = gate.token_candles(query)
    with pytest.raises(VenueRefused) as refusal:
        gate.parse_token_candles(carry(request, ANCHOR_MS))
    assert refusal.value.label == "INVALID_CURRENCY_PAIR"


def test_prices_move_as_the_clock_does(gate: Gate, clock: SetClock) -> None:
    def price_now() -> dict[TokenKey, object]:
        found = gate.parse_token_quotes(carry(gate.token_quotes(frozenset())[0], clock.now_ms() + LATER_MS))
        return {quote.key: (quote.nav, quote.bid) for quote in found.values}

    before = price_now()
    clock.advance(7_000)
    after = price_now()
    assert sum(before[key] != after[key] for key in before) > 20


def test_asking_again_after_days_goes_on_from_there(gate: Gate, clock: SetClock) -> None:
    clock.advance(5 * DAY_MS + 3 * HOUR_MS)
    found = gate.parse_token_quotes(carry(gate.token_quotes(frozenset())[0], clock.now_ms() + LATER_MS))
    assert found.problems == ()
    assert {quote.nav_ts_ms for quote in found.values} == {clock.now_ms()}
