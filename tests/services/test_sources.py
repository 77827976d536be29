"""Which perpetual tells an underlying's price, when another stands in, and what is asked for that."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueUnreachable
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import UnderlyingQuote
from levdesk.services import sync
from levdesk.services.sources import FRESH_MS, Standing, choose_source, stand_ins_to_ask
from levdesk.services.sync_state import LineKey, SyncPlan, SyncState, Task
from levdesk.services.sync_wants import address_of, venue_wants
from levdesk.services.underlying_book import MOST_LAG_MS, UnderlyingBook, underlying_part
from levdesk.venues.contract import RequestKind
from levdesk.venues.gate import Gate

NOW = 1_790_000_000_000
BTC3L = LeveragedToken(
    key=TokenKey("lbank", "BTC3L"),
    underlying="BTC",
    target_leverage=Decimal(3),
    hedge_instrument="BTC_USDT",
    hedge_venue="gate",
)
HEDGE = ("gate", "BTC_USDT")
OTHER = ("binance", "BTCUSDT")
THIRD = ("okx", "BTC-USDT-SWAP")
DEAD = VenueUnreachable("Gate does not answer.", venue="gate")


def quote(perpetual: tuple[str, str], price: str, at_ms: int = NOW) -> UnderlyingQuote:
    return UnderlyingQuote(venue=perpetual[0], instrument=perpetual[1], ts_ms=at_ms, mark=Decimal(price))


def book_of(*quotes: UnderlyingQuote) -> UnderlyingBook:
    book = UnderlyingBook()
    book.take(quotes, now_ms=NOW)
    return book


# -- the book ----------------------------------------------------------------------------------------------------


def test_parts_come_and_age_apart() -> None:
    book = book_of(
        replace(quote(HEDGE, "50000", NOW - 1000), funding_rate=Decimal("0.0001"), funding_interval_s=28_800)
    )
    book.take([UnderlyingQuote(venue="gate", instrument="BTC_USDT", ts_ms=NOW, index=Decimal(50_010))], now_ms=NOW)
    merged = book.quote(HEDGE)
    assert merged is not None
    assert (merged.mark, merged.index, merged.funding_rate) == (Decimal(50_000), Decimal(50_010), Decimal("0.0001"))
    assert (merged.funding_interval_s, merged.ts_ms) == (28_800, NOW - 1000)
    assert book.quotes() == {HEDGE: merged}


def test_older_parts_change_nothing() -> None:
    book = book_of(quote(HEDGE, "50000"))
    assert book.take([quote(HEDGE, "49000", NOW - 1)], now_ms=NOW) == frozenset()
    assert book.price(HEDGE) == (Decimal(50_000), NOW)
    assert book.take([quote(HEDGE, "51000", NOW + 1)], now_ms=NOW) == {HEDGE}


def test_a_mark_that_has_stopped_gives_way_to_the_last_trade() -> None:
    book = book_of(quote(HEDGE, "50000"))
    later = NOW + MOST_LAG_MS + 1
    book.take([UnderlyingQuote(venue="gate", instrument="BTC_USDT", ts_ms=later, last=Decimal(51_000))], now_ms=later)
    assert book.price(HEDGE) == (Decimal(51_000), later)


def test_nothing_known_is_none() -> None:
    assert UnderlyingBook().price(HEDGE) is None
    assert UnderlyingBook().quote(HEDGE) is None


# -- choosing ----------------------------------------------------------------------------------------------------


def test_the_hedge_comes_first_while_it_is_live_however_fresh_the_others() -> None:
    book = book_of(quote(HEDGE, "50000", NOW - FRESH_MS), quote(OTHER, "50010"))
    source = choose_source(BTC3L, [OTHER], book, now_ms=NOW)
    assert source is not None
    assert (source.perpetual, source.is_hedge, source.price) == (HEDGE, True, Decimal(50_000))


def test_a_stand_in_takes_over_and_gives_back_and_says_so() -> None:
    book = book_of(quote(HEDGE, "50000", NOW - FRESH_MS - 1), quote(OTHER, "50010"))
    source = choose_source(BTC3L, [OTHER, THIRD], book, now_ms=NOW)
    assert source is not None
    assert (source.perpetual, source.is_hedge) == (OTHER, False)
    part = underlying_part(BTC3L.key, source.perpetual, source.price, source.ts_ms)
    assert (part.underlying_price, part.underlying_source) == (Decimal(50_010), "binance:BTCUSDT")
    book.take([quote(HEDGE, "50020", NOW + 1)], now_ms=NOW + 1)
    back = choose_source(BTC3L, [OTHER, THIRD], book, now_ms=NOW + 1)
    assert back is not None
    assert back.is_hedge


def test_a_contract_of_a_thousand_coins_does_not_stand_in_for_one() -> None:
    book = book_of(quote(HEDGE, "0.02", NOW - 60_000), quote(OTHER, "20"))
    source = choose_source(BTC3L, [OTHER], book, now_ms=NOW)
    assert source is not None
    assert source.perpetual == HEDGE
    unknown = book_of(quote(OTHER, "20"))
    assert choose_source(BTC3L, [OTHER], unknown, now_ms=NOW, reference=Decimal("0.02")) is None
    assert choose_source(BTC3L, [OTHER], unknown, now_ms=NOW) is not None


@given(ages=st.lists(st.none() | st.integers(0, 10 * FRESH_MS), min_size=3, max_size=3))
def test_the_first_live_one_in_order_or_else_the_newest(ages: list[int | None]) -> None:
    order = (HEDGE, OTHER, THIRD)
    known = {perpetual: age for perpetual, age in zip(order, ages, strict=True) if age is not None}
    book = book_of(*(quote(perpetual, "50000", NOW - age) for perpetual, age in known.items()))
    source = choose_source(BTC3L, [OTHER, THIRD], book, now_ms=NOW)
    live = [perpetual for perpetual in order if known.get(perpetual, FRESH_MS + 1) <= FRESH_MS]
    if live:
        assert source is not None
        assert source.perpetual == live[0]
    elif known:
        assert source is not None
        assert NOW - source.ts_ms == min(known.values())
    else:
        assert source is None


# -- what is asked for it ----------------------------------------------------------------------------------------


class Elsewhere(Gate):
    """Gate's adapter under another name."""

    name = "binance"
    title = "Binance"


VENUES = {"gate": Gate(), "binance": Elsewhere()}


def begun() -> SyncState:
    return sync.begin(SyncPlan(venues=venue_wants(VENUES, [BTC3L])))


def asked(state: SyncState, book: UnderlyingBook, now_ms: int = NOW, **more: object) -> tuple[tuple[str, str], ...]:
    standing = Standing(venues=VENUES, state=state, book=book, now_ms=now_ms, **more)  # type: ignore[arg-type]
    return stand_ins_to_ask([BTC3L], lambda _token: [HEDGE, THIRD, OTHER], standing)


def failed(state: SyncState, times: int) -> SyncState:
    task = Task(LineKey("gate", RequestKind.UNDERLYING_QUOTES))
    for _ in range(times):
        state = sync.note_failure(state, task, NOW, DEAD, jitter=0.0)
    return state


def answered(state: SyncState) -> SyncState:
    task = Task(LineKey("gate", RequestKind.UNDERLYING_QUOTES))
    return sync.note_success(sync.note_started(state, [task], NOW), task, NOW, latency_ms=5)


def test_while_the_hedge_answers_nobody_else_is_asked() -> None:
    assert asked(begun(), UnderlyingBook()) == ()
    assert asked(answered(begun()), book_of(quote(HEDGE, "50000"))) == ()


def test_one_lost_answer_is_borne_the_second_opens_the_breaker() -> None:
    assert asked(failed(begun(), 1), UnderlyingBook()) == ()
    assert asked(failed(begun(), 2), UnderlyingBook()) == (OTHER,)


def test_a_hedge_that_stopped_or_is_not_listed_or_is_doubted_or_off_is_stood_in_for() -> None:
    state = answered(begun())
    assert asked(state, UnderlyingBook()) == (OTHER,)
    again = sync.note_started(state, [Task(LineKey("gate", RequestKind.UNDERLYING_QUOTES))], NOW + 5_000)
    assert asked(again, UnderlyingBook(), NOW + 5_000) == (OTHER,)
    assert asked(state, book_of(quote(HEDGE, "50000", NOW - 60_000))) == (OTHER,)
    assert asked(state, book_of(quote(HEDGE, "50000")), doubted={HEDGE}) == (OTHER,)
    assert asked(state, book_of(quote(HEDGE, "50000")), off={"gate"}) == (OTHER,)


# -- wants -------------------------------------------------------------------------------------------------------


def test_each_venue_is_wanted_for_its_part() -> None:
    own = BTC3L._replace(key=TokenKey("gate", "BTC3S"), hedge_venue="")
    gate, binance = venue_wants(VENUES, [BTC3L, own], stand_ins=[OTHER], off=["binance"])
    assert (gate.tokens, gate.perpetuals, gate.depends) == ((own.key,), ("BTC_USDT",), ("BTC3L", "BTC3S"))
    assert gate.takes_all
    assert gate.address == "https://api.gateio.ws"
    assert (binance.perpetuals, binance.tokens, binance.off) == (("BTCUSDT",), (), True)


def test_a_token_depends_on_the_venue_that_tells_its_underlying_now() -> None:
    before = {want.name: want.depends for want in venue_wants(VENUES, [BTC3L])}
    assert before == {"gate": ("BTC3L",), "binance": ()}
    now = {want.name: want.depends for want in venue_wants(VENUES, [BTC3L], told_by={BTC3L.key: "binance"})}
    assert now == {"gate": (), "binance": ("BTC3L",)}


def test_the_first_tokens_venues_come_first() -> None:
    there = BTC3L._replace(key=TokenKey("binance", "BTCUP"), hedge_venue="binance")
    assert [want.name for want in venue_wants(VENUES, [there])] == ["binance", "gate"]
    assert [want.name for want in venue_wants(VENUES, [])] == ["gate", "binance"]


@pytest.mark.parametrize(
    ("url", "address"), [("", "https://api.gateio.ws"), ("http://127.0.0.1:1", "http://127.0.0.1:1")]
)
def test_an_address_is_told(url: str, address: str) -> None:
    assert address_of(Gate(base_url=url)) == address
