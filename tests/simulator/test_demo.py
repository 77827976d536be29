"""The demo tells its story at any hour it is started, the same one each time, and through the real adapter."""

from __future__ import annotations

import time
from collections import defaultdict
from decimal import Decimal

import pytest

from levdesk.domain.instruments import TokenKey, TokenStatus, rule_at
from levdesk.domain.ledger import replay
from levdesk.domain.market import market_price, premium_ratio
from levdesk.domain.position import Position
from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.services.registry import Registry
from levdesk.simulator.clock import SetClock
from levdesk.simulator.demo import CLIFFHANGER, demo_market, start_demo
from levdesk.simulator.demo_story import DemoStory, demo_story
from levdesk.simulator.listing import STANDARD
from levdesk.simulator.market import Market, SpotPair
from levdesk.venues.gate import Gate
from tests.simulator.heard import dial
from tests.simulator.moments import ANCHOR_MS, DAY_MS, HOUR_MS, MINUTE_MS, carry, fetch

HOURS = (0, 1, 9, 15, 16, 20, 23)


@pytest.fixture(scope="module")
def played(registry: Registry) -> Market:
    return demo_market(registry.complete_token, anchor_ms=ANCHOR_MS)


@pytest.fixture(scope="module")
def story(played: Market, registry: Registry) -> DemoStory:
    return demo_story(played, STANDARD, registry.complete_token)


def all_drafts(story: DemoStory) -> list[TransactionDraft]:
    return [draft for portfolio in story.portfolios for draft in portfolio.drafts]


def positions(story: DemoStory) -> dict[str, Position]:
    """By symbol; each token is held in one portfolio only."""
    found = {}
    for portfolio in story.portfolios:
        rows: dict[TokenKey, list[TransactionDraft]] = defaultdict(list)
        for draft in portfolio.drafts:
            rows[draft.key].append(draft)
        for key, drafts in rows.items():
            assert key.symbol not in found
            found[key.symbol] = replay(drafts, portfolio.cost_method).position()
    return found


def pair_of(market: Market, symbol: str) -> SpotPair:
    pair = market.pair(f"{symbol}_USDT")
    assert pair is not None
    return pair


def test_two_portfolios_hold_eight_tokens_of_every_kind_and_one_that_is_gone(story: DemoStory) -> None:
    assert [portfolio.name for portfolio in story.portfolios] == ["Main", "Experiments"]
    held = {symbol for symbol, position in positions(story).items() if position.quantity}
    assert len(held) == 8
    by_symbol = {token.key.symbol: token for token in story.tokens}
    assert by_symbol.keys() == held | {"ADA5L"}
    targets = [by_symbol[symbol].target_leverage for symbol in held]
    assert {abs(target) for target in targets} == {2, 3, 5}
    assert sum(target < 0 for target in targets) >= 3
    assert len({by_symbol[symbol].underlying for symbol in held}) >= 5
    assert by_symbol["ADA5L"].status is TokenStatus.SETTLED
    assert all(rule_at(token, ANCHOR_MS) and token.fees and token.hedge_instrument for token in story.tokens)


def test_everything_a_holder_can_do_is_in_it(story: DemoStory) -> None:
    drafts = all_drafts(story)
    assert {draft.type for draft in drafts} == set(TransactionType)
    in_units = [draft for draft in drafts if draft.fee_in_token]
    assert len(in_units) == 1
    assert in_units[0].fee > 0
    assert all(draft.fee > 0 for draft in drafts if draft.type in (TransactionType.BUY, TransactionType.SUBSCRIBE))
    settled = [draft for draft in drafts if draft.type is TransactionType.SETTLE]
    assert [(draft.key.symbol, draft.quantity) for draft in settled] == [("ADA5L", None)]


def test_it_reaches_back_for_months_and_never_ahead(story: DemoStory) -> None:
    for portfolio in story.portfolios:
        times = [draft.time_ms for draft in portfolio.drafts]
        assert times == sorted(times)
        assert times[0] < ANCHOR_MS - 90 * DAY_MS
        assert ANCHOR_MS - 15 * DAY_MS < times[-1] < ANCHOR_MS
    assert 35 <= len(all_drafts(story)) <= 60


def test_some_gain_some_lose_and_the_whole_is_neither_ruin_nor_riches(story: DemoStory, played: Market) -> None:
    found = positions(story)
    results = {
        symbol: float(position.quantity) * pair_of(played, symbol).quote(ANCHOR_MS).last - float(position.cost_basis)
        for symbol, position in found.items()
        if position.quantity and position.cost_basis is not None
    }
    assert len(results) == 8
    assert sum(result > 50.0 for result in results.values()) >= 3
    assert sum(result < -50.0 for result in results.values()) >= 3
    cost = sum(float(position.cost_basis or 0) for position in found.values())
    assert 5_000.0 < cost < 10_000.0
    assert abs(sum(results.values())) < 0.3 * cost
    assert any(position.realised_pnl > 100 for position in found.values())
    assert found["ADA5L"].realised_pnl < -100
    assert found["ADA5L"].quantity == 0


def test_prices_paid_are_those_of_the_market_at_that_time(story: DemoStory, played: Market) -> None:
    for draft in all_drafts(story):
        if draft.type not in (TransactionType.BUY, TransactionType.SELL):
            continue
        pair = pair_of(played, draft.key.symbol)
        quote = pair.quote(draft.time_ms)
        assert draft.price is not None
        assert float(draft.price) == (quote.ask if draft.type is TransactionType.BUY else quote.bid)
        assert -draft.price.as_tuple().exponent == pair.price_decimals(draft.time_ms)  # type: ignore[operator]


def test_subscriptions_are_at_nav(story: DemoStory, played: Market) -> None:
    at_nav = [draft for draft in all_drafts(story) if draft.type in (TransactionType.SUBSCRIBE, TransactionType.REDEEM)]
    assert len(at_nav) == 2
    for draft in at_nav:
        token = pair_of(played, draft.key.symbol).token
        assert token is not None
        assert draft.price is not None
        assert float(draft.price) == pytest.approx(token.price_at(draft.time_ms), abs=1e-8)


def test_the_merge_falls_on_the_jump_of_the_price_and_changes_no_value(story: DemoStory, played: Market) -> None:
    (merge,) = [draft for draft in all_drafts(story) if draft.type is TransactionType.MERGE]
    pair = pair_of(played, merge.key.symbol)
    before, after = pair.quote(merge.time_ms - MINUTE_MS).last, pair.quote(merge.time_ms).last
    assert merge.quantity == Decimal(100)
    assert after / before == pytest.approx(100.0, rel=0.05)
    rows = [draft for draft in all_drafts(story) if draft.key == merge.key]
    assert rows[0].time_ms < merge.time_ms < rows[-1].time_ms


def test_one_holding_stands_at_a_visible_premium(played: Market) -> None:
    pair = pair_of(played, "SOL3L")
    assert pair.token is not None
    assert 0.012 < pair.quote(ANCHOR_MS).last / pair.token.price_at(ANCHOR_MS) - 1.0 < 0.035


@pytest.mark.parametrize("hour", HOURS)
def test_one_5x_short_is_close_to_its_trigger_whenever_the_demo_starts(registry: Registry, hour: int) -> None:
    anchor_ms = ANCHOR_MS // DAY_MS * DAY_MS + hour * HOUR_MS + 7 * MINUTE_MS + 13_000
    market = demo_market(registry.complete_token, anchor_ms=anchor_ms)
    token = pair_of(market, CLIFFHANGER.symbol).token
    assert token is not None
    leverage = token.state_at(anchor_ms).basket.leverage
    assert leverage == pytest.approx(CLIFFHANGER.leverage, abs=0.2)
    assert token.spec.rule.band_high is not None
    assert abs(leverage) < token.spec.rule.band_high
    assert all(position.quantity >= 0 for position in positions(market_story(market, registry)).values())


def market_story(market: Market, registry: Registry) -> DemoStory:
    return demo_story(market, STANDARD, registry.complete_token)


def test_a_second_start_tells_the_same_story(story: DemoStory, registry: Registry) -> None:
    again = demo_market(registry.complete_token, anchor_ms=ANCHOR_MS)
    again.warm_up(ANCHOR_MS + 3 * DAY_MS)
    assert market_story(again, registry) == story


def test_setting_up_takes_a_fraction_of_a_second(registry: Registry) -> None:
    """Not a benchmark: a tenfold loss of speed would be felt at every start."""
    began = time.process_time()
    market = demo_market(registry.complete_token, anchor_ms=ANCHOR_MS)
    market_story(market, registry)
    market.warm_up(ANCHOR_MS)
    assert time.process_time() - began < 2.0


def test_the_demo_is_served_to_the_real_adapter(registry: Registry, story: DemoStory) -> None:
    clock = SetClock(ANCHOR_MS + 20_000)
    demo = start_demo(registry.complete_token, clock, anchor_ms=ANCHOR_MS)
    try:
        gate = Gate(base_url=demo.venue_urls["gate"])
        found = gate.parse_token_quotes(carry(gate.token_quotes(frozenset())[0], clock.now_ms()))
        quotes = {quote.key: quote for quote in found.values}
        assert {token.key for token in story.tokens} - quotes.keys() == {TokenKey("gate", "ADA5L")}
        assert demo.story == story
        assert demo.clock is clock
        dear = quotes[TokenKey("gate", "SOL3L")]
        price = market_price(dear)
        assert price is not None
        premium = premium_ratio(price.price, dear.nav)
        assert premium is not None
        assert premium > Decimal("0.01")
        near = quotes[TokenKey("gate", CLIFFHANGER.symbol)].effective_leverage
        assert near is not None
        assert near < Decimal(-6)
    finally:
        demo.stop()


def test_the_demo_is_every_venue_by_request_and_by_stream(registry: Registry) -> None:
    demo = start_demo(registry.complete_token, SetClock(ANCHOR_MS), anchor_ms=ANCHOR_MS)
    try:
        assert set(demo.venue_urls) == {"gate", "binance", "okx", "pionex"}
        assert set(demo.venue_urls.values()) == {demo.server.url}
        for path in ("/api/v4/spot/time", "/fapi/v1/time", "/api/v5/public/time", "/api/v1/market/indexes"):
            assert fetch(f"{demo.server.url}{path}").status == 200
        for path in ("/ws/v4/", "/v4/ws/usdt", "/market/stream", "/ws/v5/public", "/wsPub"):
            with dial(demo.server, path):
                pass
        assert demo.server.streams.opened == 5
    finally:
        demo.stop()


def test_a_faster_demo_lives_by_its_own_clock(registry: Registry) -> None:
    clock = SetClock(ANCHOR_MS)
    demo = start_demo(registry.complete_token, clock, anchor_ms=ANCHOR_MS, speed=1000.0)
    try:
        clock.advance(90_000)
        assert demo.clock.now_ms() == ANCHOR_MS + 90_000_000
        gate = Gate(base_url=demo.venue_urls["gate"])
        assert gate.parse_server_time(carry(gate.server_time(), demo.clock.now_ms())) == demo.clock.now_ms()
    finally:
        demo.stop()
