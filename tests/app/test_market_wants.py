"""Who is asked, who is heard, and who stands in."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from levdesk.app.adapters import ADAPTERS
from levdesk.app.market_figures import MarketFigures
from levdesk.app.market_wants import MarketWants
from levdesk.domain.errors import VenueUnreachable
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services import sync
from levdesk.services.health import StreamHealth, StreamState
from levdesk.services.history_sources import NO_PERPETUAL, history_sources
from levdesk.services.issuers import PerpetualVenue
from levdesk.services.registry import Registry
from levdesk.services.settings import Settings
from levdesk.services.sync_state import LineKey, SyncState, Task
from levdesk.services.sync_wants import Watched
from levdesk.venues.contract import RequestKind
from levdesk.venues.streams import Topic, TopicKind

NOW = 1_790_000_000_000
VENUES = {name: make() for name, make in ADAPTERS.items()}
SPELLINGS = {"binance": "{underlying}USDT", "okx": "{underlying}-USDT-SWAP", "gate": "{underlying}_USDT"}
REGISTRY = Registry(
    {}, tuple(PerpetualVenue(venue=name, spelling=spelt, names={}) for name, spelt in SPELLINGS.items())
)
GATE3L = LeveragedToken(
    key=TokenKey("gate", "BTC3L"), underlying="BTC", target_leverage=Decimal(3), hedge_instrument="BTC_USDT"
)
LBANK3S = LeveragedToken(
    key=TokenKey("lbank", "BTC3S"),
    underlying="BTC",
    target_leverage=Decimal(-3),
    hedge_venue="binance",
    hedge_instrument="BTCUSDT",
)
LIVE = {"gate": StreamHealth(state=StreamState.LIVE)}
QUOTES, MARKS = RequestKind.TOKEN_QUOTES, RequestKind.UNDERLYING_QUOTES


@pytest.fixture
def wants() -> MarketWants:
    made = MarketWants(VENUES, REGISTRY, MarketFigures(()), offline=False)
    made.want([GATE3L, LBANK3S], Settings(), NOW)
    return made


def failing(state: SyncState, venue: str) -> SyncState:
    task = Task(LineKey(venue, MARKS))
    error = VenueUnreachable("No answer.", venue=venue)
    for _ in range(2):
        state = sync.note_failure(state, task, NOW, error, jitter=0.0)
    return state


def test_only_venues_that_matter_are_asked_for_prices(wants: MarketWants) -> None:
    plan = wants.plan(Settings(), (), {})
    assert [want.name for want in plan.venues if want.is_wanted] == ["gate", "lbank", "binance"]
    assert plan.venue("binance").perpetuals == ("BTCUSDT",)
    assert plan.venue("lbank").perpetuals == ()
    assert {want.name for want in plan.venues} == set(ADAPTERS)


def test_a_hedge_that_fails_has_one_other_asked_and_heard_until_it_is_back(wants: MarketWants) -> None:
    state = sync.begin(wants.plan(Settings(), (), {}))
    assert not wants.reconsider(state, Settings(), NOW)
    assert wants.reconsider(failing(state, "gate"), Settings(), NOW)
    assert wants.plan(Settings(), (), {}).venue("binance").perpetuals == ("BTCUSDT",)
    both = failing(failing(state, "gate"), "binance")
    assert wants.reconsider(both, Settings(), NOW)
    assert wants.plan(Settings(), (), {}).venue("okx").perpetuals == ("BTC-USDT-SWAP",)
    assert Topic(TopicKind.UNDERLYING, "BTC-USDT-SWAP") in wants.topics(Settings())["okx"]
    assert wants.reconsider(state, Settings(), NOW)
    assert wants.plan(Settings(), (), {}).venue("okx").perpetuals == ()


def test_streams_hear_what_is_held_and_what_hedges_it(wants: MarketWants) -> None:
    topics = wants.topics(Settings())
    assert Topic(TopicKind.UNDERLYING, "BTCUSDT") in topics["binance"]
    assert Topic(TopicKind.UNDERLYING, "BTC_USDT") in topics["gate"]
    assert Topic(TopicKind.TOKEN, "BTC3L_USDT") in topics["gate"]
    assert topics["okx"] == ()


def test_a_venue_switched_off_is_neither_asked_nor_heard(wants: MarketWants) -> None:
    off = Settings(venues_off=("gate",))
    assert wants.topics(off)["gate"] == ()
    assert wants.plan(off, (), {}).venue("gate").off
    assert wants.reconsider(sync.begin(wants.plan(off, (), {})), off, NOW), "another stands in for it"


def test_a_live_stream_slows_the_asking_except_for_a_nav_only_answers_tell(wants: MarketWants) -> None:
    assert wants.plan(Settings(), (), {}).venue("gate").heard == frozenset()
    assert wants.plan(Settings(), (), LIVE).venue("gate").heard == {QUOTES, MARKS}
    wants.nav_by_poll.add("gate")
    assert wants.plan(Settings(), (), LIVE).venue("gate").heard == {MARKS}
    wants.nav_by_stream.add("gate")
    assert QUOTES in wants.plan(Settings(), (), LIVE).venue("gate").heard


def test_books_and_announcements_are_wanted_of_what_is_held_if_somebody_is_warned_by_them(
    wants: MarketWants,
) -> None:
    assert wants.plan(Settings(), (), {}).venue("gate").listings == frozenset()
    wants.watched = Watched(tokens=(GATE3L, LBANK3S), books=True, notices=True)
    plan = wants.plan(Settings(), (), {})
    gate, lbank = plan.venue("gate"), plan.venue("lbank")
    assert (gate.books, gate.listings, gate.notices) == (
        ((GATE3L.key, "BTC3L_USDT"),),
        frozenset({GATE3L.key}),
        True,
    )
    assert not [kind for kind in (RequestKind.TOKEN_DEPTH, RequestKind.NOTICES) if lbank.asks(kind)]
    assert not plan.venue("mexc").notices, "nothing is held there"
    wants.watched = replace(wants.watched, books=False, notices=False)
    gate = wants.plan(Settings(), (), {}).venue("gate")
    assert (gate.books, gate.listings, gate.notices) == ((), frozenset({GATE3L.key}), False)


def test_offline_nobody_stands_in() -> None:
    wants = MarketWants(VENUES, REGISTRY, MarketFigures(()), offline=True)
    wants.want([GATE3L], Settings(), NOW)
    state = sync.begin(wants.plan(Settings(), (), {}))
    assert state.plan.offline
    assert not wants.reconsider(failing(state, "gate"), Settings(), NOW)


def test_the_past_of_an_underlying_is_its_hedges_or_a_stand_ins() -> None:
    stand_ins = REGISTRY.fallbacks("BTC")
    assert history_sources(LBANK3S, VENUES, stand_ins).underlying == ("binance", "BTCUSDT")
    stranger = LeveragedToken(key=TokenKey("index coop", "BTC2X"), underlying="BTC", target_leverage=Decimal(2))
    found = history_sources(stranger, VENUES, stand_ins)
    assert (found.pair, found.underlying) == ("", ("binance", "BTCUSDT"))
    assert history_sources(stranger, VENUES).underlying == NO_PERPETUAL
    assert history_sources(GATE3L, VENUES).pair == "BTC3L_USDT"
