"""Binance's endpoints and streams as its page describes them; no socket and no wait."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from levdesk.simulator.binance import BinanceDialect
from levdesk.simulator.dialect import Call
from levdesk.simulator.market import Market
from levdesk.simulator.talk import Hangup, PingFrame, Talk
from tests.simulator.asking import Asker
from tests.simulator.heard import at, data, opened, values
from tests.simulator.moments import ANCHOR_MS, DAY_MS, HOUR_MS
from tests.simulator.test_gate_endpoints import assert_shaped_like
from tests.venues.samples import binance as samples


@pytest.fixture(scope="module")
def ask(market: Market) -> Asker:
    return Asker(BinanceDialect(market), "/fapi/v1")


@pytest.fixture
def marks(ask: Asker) -> Talk:
    return opened(ask.dialect, "/market/stream")


def order(talk: Talk, method: str, *streams: str, seconds: float = 0.0) -> Any:
    (answer,) = values(talk.hear(json.dumps({"method": method, "params": streams, "id": 4}), at(seconds)))
    return answer


# -- now -----------------------------------------------------------------------------------------------------------


def test_the_clock_is_in_milliseconds(ask: Asker) -> None:
    assert_shaped_like(samples.SERVER_TIME, ask("/time"))
    assert ask.answered(replace(ask.call("/time"), skew_ms=-4_000)) == {"serverTime": ANCHOR_MS - 4_000}


def test_one_symbol_is_an_object_and_all_are_a_list(ask: Asker, market: Market) -> None:
    assert_shaped_like(samples.PREMIUM_INDEX, ask("/premiumIndex", symbol="BTCUSDT"))
    assert {row["symbol"] for row in ask("/premiumIndex")} == {f"{one.spec.name}USDT" for one in market.perpetuals}
    for path, fields in (("/ticker/bookTicker", "bidPrice"), ("/ticker/price", "price")):
        assert float(ask(path, symbol="ETHUSDT")[fields]) > 0
        assert len(ask(path)) == 6


def test_figures_are_the_market_s(ask: Asker, market: Market) -> None:
    row, perpetual = ask("/premiumIndex", symbol="SOLUSDT"), market.perpetual("SOL_USDT")
    assert perpetual is not None
    assert float(row["markPrice"]) == pytest.approx(perpetual.mark.price_at(ANCHOR_MS), abs=1e-8)
    assert row["nextFundingTime"] == perpetual.funding.settlement_ms(perpetual.funding.number_after(ANCHOR_MS))
    book = ask("/ticker/bookTicker", symbol="SOLUSDT")
    assert float(book["bidPrice"]) < float(book["askPrice"])


def test_what_is_listed(ask: Asker) -> None:
    listed = {row["symbol"]: row for row in ask("/exchangeInfo")["symbols"]}
    assert listed["BTCUSDT"]["contractType"] == "PERPETUAL"
    assert listed["BTCUSDT"]["status"] == "TRADING"
    assert "BTC3LUSDT" not in listed
    assert_shaped_like(samples.FUNDING_INFO, ask("/fundingInfo"))


# -- the past ------------------------------------------------------------------------------------------------------


def test_candles_are_oldest_first_and_typed_as_documented(ask: Asker) -> None:
    rows = ask("/klines", symbol="BTCUSDT", interval="1h", limit="30")
    assert_shaped_like(samples.KLINES, rows)
    assert [row[0] for row in rows] == list(range(rows[0][0], rows[0][0] + 30 * HOUR_MS, HOUR_MS))
    assert rows[-1][0] <= ANCHOR_MS < rows[-1][0] + HOUR_MS
    assert all(row[6] == row[0] + HOUR_MS - 1 for row in rows)
    for path, name in (
        ("/markPriceKlines", "symbol"),
        ("/indexPriceKlines", "pair"),
        ("/premiumIndexKlines", "symbol"),
    ):
        assert_shaped_like(samples.MARK_KLINES, ask(path, interval="5m", **{name: "ETHUSDT"}))
    assert ask("/indexPriceKlines", interval="5m", symbol="ETHUSDT")[1]["code"] == -1102


def test_a_page_begins_at_its_start_or_ends_at_its_end(ask: Asker) -> None:
    def starts(**query: str) -> list[int]:
        rows = ask("/markPriceKlines", symbol="BTCUSDT", interval="1h", **query)
        return [row[0] for row in rows]

    first = ANCHOR_MS // HOUR_MS * HOUR_MS - 50 * HOUR_MS
    assert starts(startTime=str(first), limit="10") == [first + n * HOUR_MS for n in range(10)]
    assert starts(startTime=str(first + 1), limit="1") == [first + HOUR_MS]
    assert starts(endTime=str(first), limit="10")[-1] == first
    assert starts(startTime=str(first), endTime=str(first + 2 * HOUR_MS)) == [first + n * HOUR_MS for n in range(3)]
    assert len(starts()) == 500
    assert len(starts(limit="1500")) == 1500


def test_weeks_begin_on_mondays(ask: Asker) -> None:
    rows = ask("/klines", symbol="BTCUSDT", interval="1w", limit="3")
    assert all((row[0] // DAY_MS + 3) % 7 == 0 for row in rows)


def test_settlements_are_oldest_first(ask: Asker) -> None:
    def times(**query: str) -> list[int]:
        return [row["fundingTime"] for row in ask("/fundingRate", symbol="ETHUSDT", **query)]

    assert_shaped_like(samples.FUNDING_RATE, ask("/fundingRate", symbol="ETHUSDT"))
    assert len(times()) == 200
    assert times() == sorted(times())
    assert len(times(startTime=str(ANCHOR_MS - 100 * DAY_MS))) == 100
    whole = times(startTime=str(ANCHOR_MS - 100 * DAY_MS), limit="1000")
    assert len(whole) == 300
    assert times(endTime=str(whole[5]), limit="2") == whole[4:6]


REFUSED: tuple[tuple[str, dict[str, str], int], ...] = (
    ("/premiumIndex", {"symbol": "NOPEUSDT"}, -1121),
    ("/premiumIndex", {"symbol": "BTC_USDT"}, -1121),
    ("/klines", {"interval": "1h"}, -1102),
    ("/klines", {"symbol": "BTCUSDT", "interval": "1H"}, -1120),
    ("/klines", {"symbol": "BTCUSDT", "interval": "1h", "limit": "1501"}, -1130),
    ("/klines", {"symbol": "BTCUSDT", "interval": "1h", "startTime": "now"}, -1100),
    ("/fundingRate", {"symbol": "BTCUSDT", "limit": "1001"}, -1130),
)


@pytest.mark.parametrize(("path", "query", "code"), REFUSED)
def test_refusals_have_their_codes(ask: Asker, path: str, query: dict[str, str], code: int) -> None:
    status, body = ask(path, **query)
    assert (status, body["code"]) == (400, code)
    assert body["msg"]


def test_limits_are_weights_over_all_paths_but_funding(ask: Asker) -> None:
    def weight(path: str, **query: str) -> tuple[str, int]:
        toll = ask.dialect.toll(ask.call(path, **query))
        return toll.counter, toll.weight

    assert [weight("/premiumIndex", symbol="BTCUSDT"), weight("/premiumIndex")] == [("weight", 1), ("weight", 10)]
    assert [weight("/ticker/bookTicker", symbol="B"), weight("/ticker/bookTicker")] == [("weight", 2), ("weight", 5)]
    limits = ("99", "100", "499", "500", "1000", "1001", "")
    assert [weight("/klines", symbol="B", limit=limit)[1] for limit in limits] == [1, 2, 2, 5, 5, 10, 5]
    assert weight("/fundingRate")[0] == weight("/fundingInfo")[0] == "funding"
    assert ask("/nothing")[0] == 404
    assert ask.answered(replace(ask.call("/time"), now_ms=0))[0] == 500


# -- streams -------------------------------------------------------------------------------------------------------


def test_marks_come_every_second_in_an_envelope(marks: Talk) -> None:
    assert order(marks, "SUBSCRIBE", "btcusdt@markPrice@1s", "ethusdt@markPrice") == {"result": None, "id": 4}
    first = data(marks.speak(at()))
    assert_shaped_like(samples.MARK_PRICE.encode(), first[0])
    assert_shaped_like(json.dumps(json.loads(samples.MARK_PRICE)["data"]).encode(), first[0]["data"])
    assert [message["data"]["s"] for message in first] == ["BTCUSDT", "ETHUSDT"]
    assert [message["data"]["s"] for message in data(marks.speak(at(1.0)))] == ["BTCUSDT"]
    assert order(marks, "LIST_SUBSCRIPTIONS")["result"] == ["btcusdt@markPrice@1s", "ethusdt@markPrice"]
    order(marks, "UNSUBSCRIBE", "btcusdt@markPrice@1s")
    assert marks.topics == ("ethusdt@markPrice",)


def test_the_stream_agrees_with_rest(ask: Asker, marks: Talk) -> None:
    order(marks, "SUBSCRIBE", "xrpusdt@markPrice@1s")
    (told,), row = data(marks.speak(at())), ask("/premiumIndex", symbol="XRPUSDT")
    assert (told["data"]["p"], told["data"]["i"], told["data"]["r"], told["data"]["T"]) == (
        row["markPrice"],
        row["indexPrice"],
        row["lastFundingRate"],
        row["nextFundingTime"],
    )


def test_streams_can_be_named_in_the_address_and_come_bare(ask: Asker) -> None:
    assert data(opened(ask.dialect, "/market/ws/btcusdt@markPrice@1s").speak(at()))[0]["s"] == "BTCUSDT"
    several = opened(ask.dialect, "/market/stream", streams="btcusdt@markPrice@1s/solusdt@markPrice@1s")
    assert [message["stream"] for message in data(several.speak(at()))] == [
        "btcusdt@markPrice@1s",
        "solusdt@markPrice@1s",
    ]
    every = opened(ask.dialect, "/market/ws/!markPrice@arr@1s")
    assert len(data(every.speak(at()))[0]) == 6


def test_offers_are_at_the_public_root_only(ask: Asker) -> None:
    offers = opened(ask.dialect, "/public/ws")
    order(offers, "SUBSCRIBE", "btcusdt@bookTicker")
    (told,) = data(offers.speak(at()))
    assert told["e"] == "bookTicker"
    assert float(told["b"]) < float(told["a"])


def test_what_is_not_told_stays_silent(marks: Talk) -> None:
    assert order(marks, "SUBSCRIBE", "nopeusdt@markPrice@1s", "BTCUSDT@markPrice@1s", "btcusdt@bookTicker") == {
        "result": None,
        "id": 4,
    }
    assert marks.topics == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"method":"DANCE","id":1}', '{"method":"SUBSCRIBE","params":"x"}'])
def test_what_it_does_not_understand_is_refused(marks: Talk, text: str) -> None:
    assert values(marks.hear(text, at()))[0]["error"]["msg"]


def test_the_retired_address_is_gone(ask: Asker) -> None:
    assert not ask.dialect.streams_at("/ws")
    assert not ask.dialect.streams_at("/stream")
    assert ask.dialect.streams_at("/public/stream")


def test_it_pings_by_frames_and_wants_them_answered(marks: Talk) -> None:
    assert marks.speak(at(180.0)) == (PingFrame(),)
    marks.ponged(at(181.0))
    assert marks.speak(at(700.0)) == (PingFrame(),)
    assert isinstance(marks.speak(at(781.0))[0], Hangup)


def test_a_connection_lives_a_day_and_takes_ten_messages_a_second(ask: Asker, marks: Talk) -> None:
    for _ in range(10):
        order(marks, "LIST_SUBSCRIPTIONS", seconds=5.0)
    assert isinstance(marks.hear("{}", at(5.5))[0], Hangup)
    long_lived = opened(ask.dialect, "/market/ws")
    for hour in range(1, 144):
        long_lived.ponged(at(hour * 600.0))
    assert isinstance(long_lived.speak(at(86_400.0))[0], Hangup)


def test_a_ban_names_its_end(ask: Asker) -> None:
    banned = ask.dialect.banned(Call(path="/fapi/v1/time", now_ms=ANCHOR_MS))
    assert banned.status == 418
    assert str(ANCHOR_MS + 120_000) in json.loads(banned.body)["msg"]
