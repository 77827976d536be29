"""Order books, listings and announcements of the simulated venues, read by the adapters over real HTTP."""

from __future__ import annotations

import pytest

from levdesk.domain.instruments import TokenKey
from levdesk.domain.listings import TokenListing
from levdesk.domain.order_book import OrderBook
from levdesk.services.alert_listing import concerns
from levdesk.simulator.clock import SetClock
from levdesk.simulator.market import Market
from levdesk.simulator.pionex import PionexDialect
from levdesk.simulator.server import SimulatorServer
from levdesk.venues.gate import Gate
from levdesk.venues.pionex import Pionex
from tests.simulator.moments import ANCHOR_MS, DAY_MS, carry

GONE = TokenKey("gate", "ADA5L")


@pytest.fixture
def gate(server: SimulatorServer) -> Gate:
    return Gate(base_url=server.url)


def assert_good(book: OrderBook) -> None:
    assert book.ts_ms == ANCHOR_MS
    assert book.bids
    assert book.asks
    assert book.bids[0].price < book.asks[0].price


def test_gate_s_order_book(gate: Gate) -> None:
    parsed = gate.parse_token_depth(carry(gate.token_depth("BTC3L_USDT"), ANCHOR_MS))
    assert parsed.problems == ()
    assert_good(parsed.values[0])


def test_pionex_s_order_book(market: Market) -> None:
    with SimulatorServer((PionexDialect(market),), SetClock(ANCHOR_MS), limits_clock_s=lambda: 0.0) as server:
        pionex = Pionex(base_url=server.url)
        parsed = pionex.parse_token_depth(carry(pionex.token_depth("BTC3L_USDT"), ANCHOR_MS))
    assert_good(parsed.values[0])


def test_a_delisted_pair_is_told_with_its_day(gate: Gate, market: Market) -> None:
    pair = market.pair("ADA5L_USDT")
    assert pair is not None
    found = gate.parse_token_listings(carry(gate.token_listings(), ANCHOR_MS), frozenset({GONE}))
    assert found.values == (TokenListing(key=GONE, can_buy=False, can_sell=False, ends_ms=pair.delisted_ms),)


def test_a_delisting_is_announced_a_week_ahead(gate: Gate, market: Market) -> None:
    pair = market.pair("ADA5L_USDT")
    assert pair is not None
    assert pair.delisted_ms is not None
    found = gate.parse_notices(carry(gate.notices(), ANCHOR_MS))
    assert found.problems == ()
    (notice,) = [one for one in found.values if concerns(one, GONE)]
    assert notice.ts_ms == pair.delisted_ms - 7 * DAY_MS
    assert notice.url.startswith("https://www.gate.com/announcements/")
