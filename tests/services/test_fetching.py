"""Tasks carried out through a door that answers from a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from levdesk.domain.errors import VenueRefused, VenueUnreachable
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import UnderlyingQuote
from levdesk.domain.problems import Severity
from levdesk.services.fetching import carry_out, refresh_once, requests_of
from levdesk.services.sync_state import LineKey, Span, Task
from levdesk.venues.contract import Parsed, Reply, Request, RequestKind
from levdesk.venues.gate import Gate
from tests.venues.samples import gate as samples

NOW = 1_790_000_000_000
HOUR = 3_600_000
GATE = Gate()
BTC3L = LeveragedToken(
    key=TokenKey("gate", "BTC3L"), underlying="BTC", target_leverage=Decimal(3), hedge_instrument="BTC_USDT"
)
ETH3S = LeveragedToken(key=TokenKey("gate", "ETH3S"), underlying="ETH", target_leverage=Decimal(-3))


@dataclass
class TableDoor:
    """Answers by the end of the URL's path and remembers what was asked."""

    answers: dict[str, Callable[[Request], Reply]]
    asked: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Reply:
        self.asked.append(request)
        for end, answer in self.answers.items():
            if request.url.endswith(end):
                return answer(request)
        raise VenueUnreachable("Gate does not answer.", venue="gate", hint="Look at the connection.")


def body(data: bytes, status: int = 200) -> Callable[[Request], Reply]:
    return lambda request: Reply(status=status, body=data, received_ms=NOW)


def bars_between(request: Request) -> Reply:
    query = dict(request.query)
    rows = ",".join(
        f'["{second}","9","2","3","1","2","5","true"]'
        for second in range(int(query["from"]), int(query["to"]) + 1, 3600)
    )
    return Reply(status=200, body=f"[{rows}]".encode(), received_ms=NOW)


GOOD = {"/spot/tickers": body(samples.TICKERS_REPLY), "/futures/usdt/contracts": body(samples.CONTRACTS)}


def snapshot(kind: RequestKind) -> Task:
    return Task(LineKey("gate", kind))


def test_each_snapshot_fills_its_own_field() -> None:
    door = TableDoor({**GOOD, "/spot/time": body(b'{"server_time": 1790000000123}')})
    assert carry_out(GATE, snapshot(RequestKind.SERVER_TIME), door).server_ms == 1_790_000_000_123
    assert len(carry_out(GATE, snapshot(RequestKind.TOKENS), door).tokens) == 2
    quotes = carry_out(GATE, replace(snapshot(RequestKind.TOKEN_QUOTES), tokens=frozenset({BTC3L.key})), door).quotes
    assert [quote.key for quote in quotes] == [BTC3L.key]
    marks = carry_out(GATE, replace(snapshot(RequestKind.UNDERLYING_QUOTES), perpetuals=frozenset({"BTC_USDT"})), door)
    assert [quote.instrument for quote in marks.underlyings] == ["BTC_USDT"]
    assert marks.received_ms == NOW


def test_the_future_of_a_token_fills_its_own_fields() -> None:
    answers = {
        "/spot/order_book": body(samples.ORDER_BOOK),
        "/spot/currency_pairs": body(samples.PAIRS),
        "/ann/list_article": body(samples.ARTICLES),
    }
    door = TableDoor(answers)
    book = carry_out(GATE, Task(LineKey("gate", RequestKind.TOKEN_DEPTH, "BTC3L_USDT")), door).book
    assert book is not None
    assert len(book.bids) == 2
    assert dict(door.asked[0].query)["currency_pair"] == "BTC3L_USDT"
    told = replace(snapshot(RequestKind.TOKEN_LISTINGS), tokens=frozenset({BTC3L.key}))
    assert [listing.key for listing in carry_out(GATE, told, door).listings] == [BTC3L.key]
    assert len(carry_out(GATE, snapshot(RequestKind.NOTICES), door).notices) == 2


def test_a_long_history_is_put_together_from_its_pages() -> None:
    key = LineKey("gate", RequestKind.TOKEN_CANDLES, "BTC3L_USDT", 3600)
    newest = NOW // HOUR * HOUR - HOUR
    task = Task(key, Span(newest - 1499 * HOUR, newest))
    door = TableDoor({"/spot/candlesticks": bars_between})
    harvest = carry_out(GATE, task, door)
    assert len(door.asked) == 2
    assert [bar.ts_ms for bar in harvest.candles] == list(range(newest - 1499 * HOUR, newest + 1, HOUR))
    assert harvest.received_to_ms == newest


def test_mark_bars_and_funding_are_asked_of_the_perpetual() -> None:
    span = Span(NOW - 10 * HOUR, NOW)
    (bars,) = requests_of(GATE, Task(LineKey("gate", RequestKind.UNDERLYING_CANDLES, "BTC_USDT", 3600), span))
    (funding,) = requests_of(GATE, Task(LineKey("gate", RequestKind.FUNDING_HISTORY, "BTC_USDT"), span))
    assert dict(bars.query)["contract"] == "mark_BTC_USDT"
    assert dict(funding.query)["contract"] == "BTC_USDT"
    assert requests_of(GATE, Task(LineKey("gate", RequestKind.FUNDING_HISTORY, "BTC_USDT"))) == ()


def test_funding_comes_with_its_last_moment() -> None:
    task = Task(LineKey("gate", RequestKind.FUNDING_HISTORY, "BTC_USDT"), Span(NOW - 10 * HOUR, NOW))
    harvest = carry_out(GATE, task, TableDoor({"/funding_rate": body(samples.FUNDING)}))
    assert harvest.received_to_ms == 1_543_968_000_000


def test_a_growing_bar_is_not_counted_as_received() -> None:
    task = Task(LineKey("gate", RequestKind.TOKEN_CANDLES, "BTC_USDT", 3600), Span(NOW - HOUR, NOW))
    reply = Reply(status=200, body=samples.SPOT_CANDLES[0], received_ms=1_710_327_600_000 + HOUR // 2)
    harvest = carry_out(GATE, task, TableDoor({"/spot/candlesticks": lambda _request: reply}))
    assert len(harvest.candles) == 1
    assert harvest.received_to_ms is None


@pytest.mark.parametrize(("over_s", "is_closed"), [(-1, False), (29, False), (30, True), (3600, True)])
def test_the_newest_hour_asked_for_alone_is_closed_once_it_is_over(over_s: int, is_closed: bool) -> None:
    start_ms = NOW // HOUR * HOUR
    row = {"t": start_ms // 1000, "o": "1", "h": "2", "l": "1", "c": "2"}
    task = Task(LineKey("gate", RequestKind.UNDERLYING_CANDLES, "BTC_USDT", 3600), Span(start_ms, start_ms))
    reply = Reply(status=200, body=json.dumps([row]).encode(), received_ms=start_ms + HOUR + over_s * 1000)
    harvest = carry_out(GATE, task, TableDoor({"/futures/usdt/candlesticks": lambda _request: reply}))
    assert [bar.closed for bar in harvest.candles] == [is_closed]
    assert harvest.received_to_ms == (start_ms if is_closed else None)


def test_a_held_token_that_the_list_of_all_does_not_name_any_more_is_said() -> None:
    listed, gone = TokenKey("gate", "BTC3L"), TokenKey("gate", "GONE3L")
    task = replace(snapshot(RequestKind.TOKEN_QUOTES), expected=frozenset({listed, gone}))
    harvest = carry_out(GATE, task, TableDoor(GOOD))
    assert listed in {quote.key for quote in harvest.quotes}
    said = [(problem.code, problem.source) for problem in harvest.problems]
    assert said == [("token_not_listed", "gate:GONE3L")]


def test_a_refusal_goes_up_to_the_caller() -> None:
    with pytest.raises(VenueRefused):
        carry_out(GATE, snapshot(RequestKind.TOKENS), TableDoor({"/spot/tickers": body(b"", 404)}))


# -- one-off refresh ---------------------------------------------------------------------------------------------


def test_a_refresh_brings_prices_navs_and_marks_of_the_tokens_asked_for() -> None:
    door = TableDoor(dict(GOOD))
    fresh = refresh_once({"gate": GATE}, door, [BTC3L, ETH3S])
    assert {quote.key.symbol for quote in fresh.quotes} == {"BTC3L", "ETH3S"}
    assert [q.underlying_price for q in fresh.quotes if q.underlying_price] == [Decimal("37985.6")]
    assert fresh.problems == ()
    assert len(door.asked) == 2


def test_a_venue_that_fails_is_a_problem_and_the_rest_still_comes() -> None:
    fresh = refresh_once({"gate": GATE}, TableDoor({"/spot/tickers": GOOD["/spot/tickers"]}), [BTC3L])
    assert [quote.key.symbol for quote in fresh.quotes] == ["BTC3L"]
    (problem,) = fresh.problems
    assert (problem.code, problem.source) == ("venue_unreachable", "gate")
    assert problem.message == "Gate does not answer. Look at the connection."


class Elsewhere(Gate):
    """Gate's adapter under another name."""

    name = "binance"
    title = "Binance"

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        found = Gate.parse_underlying_quotes(self, reply, instruments)
        return Parsed(tuple(replace(quote, venue="binance") for quote in found.values), found.problems)


def test_a_hedge_that_tells_nothing_is_stood_in_for_and_the_quote_says_by_whom() -> None:
    there = Elsewhere(base_url="http://there")

    def only_there(request: Request) -> Reply:
        if not request.url.startswith("http://there"):
            raise VenueUnreachable("Gate does not answer.", venue="gate")
        return body(samples.CONTRACTS)(request)

    door = TableDoor({"/spot/tickers": GOOD["/spot/tickers"], "/futures/usdt/contracts": only_there})
    stand_ins = [("gate", "BTC_USDT"), ("nobody", "BTC"), ("binance", "BTC_USDT")]
    fresh = refresh_once({"gate": GATE, "binance": there}, door, [BTC3L], lambda _token: stand_ins)
    (part,) = (quote for quote in fresh.quotes if quote.underlying_price is not None)
    assert (part.underlying_price, part.underlying_source) == (Decimal("37985.6"), "binance:BTC_USDT")
    assert [problem.source for problem in fresh.problems] == ["gate"]


def test_a_web_page_instead_of_prices_is_a_problem() -> None:
    fresh = refresh_once({"gate": GATE}, TableDoor({"/spot/tickers": body(b"<html>")}), [ETH3S])
    assert fresh.quotes == ()
    assert [problem.code for problem in fresh.problems] == ["venue_garbled"]


def test_a_venue_without_an_adapter_is_named_and_not_asked() -> None:
    stranger = LeveragedToken(key=TokenKey("kucoin", "BTCUP"), underlying="BTC", target_leverage=Decimal(3))
    door = TableDoor({})
    fresh = refresh_once({"gate": GATE}, door, [stranger])
    assert [(problem.code, problem.severity) for problem in fresh.problems] == [("venue_not_served", Severity.INFO)]
    assert "BTCUP" in fresh.problems[0].message
    assert door.asked == []


def test_nothing_held_asks_nothing() -> None:
    door = TableDoor({})
    assert refresh_once({"gate": GATE}, door, []).quotes == ()
    assert door.asked == []
