"""Pionex's endpoints and stream as its page describes them; no socket and no wait."""

from __future__ import annotations

import json
from typing import Any

import pytest

from levdesk.simulator.market import Market
from levdesk.simulator.pionex import PionexDialect
from levdesk.simulator.talk import Hangup, Talk
from tests.simulator.asking import Asker
from tests.simulator.heard import at, data, opened, values
from tests.simulator.moments import ANCHOR_MS, DAY_MS, HOUR_MS
from tests.simulator.test_gate_endpoints import assert_shaped_like
from tests.venues.samples import pionex as samples

PERP = "BTC_USDT_PERP"


@pytest.fixture(scope="module")
def ask(market: Market) -> Asker:
    return Asker(PionexDialect(market), "/api/v1")


@pytest.fixture
def talk(ask: Asker) -> Talk:
    return opened(ask.dialect, "/wsPub")


def held(body: Any, field: str) -> list[Any]:
    assert body["result"] is True
    assert body["timestamp"] == ANCHOR_MS
    found: list[Any] = body["data"][field]
    return found


def first_row(sample: bytes | str, field: str) -> bytes:
    return json.dumps(json.loads(sample)["data"][field]).encode()


def order(talk: Talk, op: str, topic: str, symbol: str, *, seconds: float = 0.0, **more: int) -> Any:
    asked = {"op": op, "topic": topic, "symbol": symbol, **more}
    (answer,) = values(talk.hear(json.dumps(asked), at(seconds)))
    return answer


# -- requests ------------------------------------------------------------------------------------------------------


def test_symbols_are_of_a_type_or_by_name(ask: Asker) -> None:
    spot = held(ask("/common/symbols", type="SPOT"), "symbols")
    assert_shaped_like(first_row(samples.SYMBOLS, "symbols"), spot)
    enabled = {row["symbol"]: row["enable"] for row in spot}
    assert enabled["BTC3L_USDT"] is True
    assert enabled["ADA5L_USDT"] is False
    assert {row["symbol"] for row in held(ask("/common/symbols", type="PERP"), "symbols")} >= {PERP}
    named = held(ask("/common/symbols", symbols="BTC3L_USDT,BTC3S_USDT,NOPE_USDT"), "symbols")
    assert [row["symbol"] for row in named] == ["BTC3L_USDT", "BTC3S_USDT"]


def test_types_are_told_apart_by_other_defaults(ask: Asker) -> None:
    tickers, offers = held(ask("/market/tickers"), "tickers"), held(ask("/market/bookTickers"), "tickers")
    assert_shaped_like(first_row(samples.TICKERS, "tickers"), tickers)
    assert_shaped_like(first_row(samples.BOOK_TICKERS, "tickers"), offers)
    assert all(not row["symbol"].endswith("_PERP") for row in tickers)
    assert all(row["symbol"].endswith("_PERP") for row in offers)
    assert len(held(ask("/market/tickers", type="PERP"), "tickers")) == 6
    spot = {row["symbol"]: row for row in held(ask("/market/bookTickers", type="SPOT"), "tickers")}
    assert float(spot["BTC3L_USDT"]["bidPrice"]) < float(spot["BTC3L_USDT"]["askPrice"])
    assert "ADA5L_USDT" not in spot
    assert len(held(ask("/market/tickers", symbol="BTC3L_USDT"), "tickers")) == 1


def test_nothing_is_told_of_nav(ask: Asker) -> None:
    told = json.dumps([ask("/market/tickers"), ask("/common/symbols", type="SPOT")]).lower()
    assert "nav" not in told
    assert "net_value" not in told


def test_depth_and_trades(ask: Asker) -> None:
    depth = ask("/market/depth", symbol="BTC3L_USDT", limit="1")
    assert_shaped_like(json.dumps(json.loads(samples.DEPTH)["data"]).encode(), depth["data"])
    assert [len(depth["data"][side]) for side in ("bids", "asks")] == [1, 1]
    trades = held(ask("/market/trades", symbol="BTC3L_USDT", limit="12"), "trades")
    assert_shaped_like(json.dumps(json.loads(samples.TRADE)["data"]).encode(), trades)
    assert [row["timestamp"] for row in trades] == sorted((row["timestamp"] for row in trades), reverse=True)


def test_a_capital_m_is_a_minute_and_candles_are_newest_first(ask: Asker) -> None:
    rows = held(ask("/market/klines", symbol="BTC3L_USDT", interval="60M", limit="500"), "klines")
    assert_shaped_like(first_row(samples.BARS, "klines"), rows)
    assert [row["time"] for row in rows] == list(range(rows[0]["time"], rows[0]["time"] - 500 * HOUR_MS, -HOUR_MS))
    minutes = held(ask("/market/klines", symbol=PERP, interval="1M", limit="3"), "klines")
    assert minutes[0]["time"] - minutes[1]["time"] == 60_000
    older = held(ask("/market/klines", symbol=PERP, interval="1M", endTime=str(minutes[0]["time"])), "klines")
    assert older[0]["time"] == minutes[1]["time"]


def test_ten_thousand_bars_and_no_more(ask: Asker) -> None:
    edge = ANCHOR_MS // 60_000 * 60_000 - 9_995 * 60_000
    rows = held(ask("/market/klines", symbol=PERP, interval="1M", endTime=str(edge), limit="500"), "klines")
    assert len(rows) == 4
    assert held(ask("/market/klines", symbol=PERP, interval="1M", endTime=str(edge - DAY_MS)), "klines") == []


def test_marks_have_candles_without_an_end_a_volume_or_a_number_for_a_time(ask: Asker) -> None:
    rows = held(ask("/market/markKlines", symbol=PERP, interval="1D", limit="2000"), "klines")
    assert_shaped_like(first_row(samples.MARK_BARS, "klines"), rows)
    assert len(rows) == 181
    assert "volume" not in rows[0]
    assert ask("/market/indexKlines", symbol=PERP, interval="1D", endTime="1")["code"] == "MARKET_PARAMETER_ERROR"


def test_indexes_and_settlements(ask: Asker, market: Market) -> None:
    perpetual = market.perpetual("BTC_USDT")
    assert perpetual is not None
    rows = held(ask("/market/indexes"), "indexes")
    assert_shaped_like(first_row(samples.INDEXES, "indexes"), rows)
    assert len(rows) == 6
    assert float(held(ask("/market/indexes", symbol=PERP), "indexes")[0]["markPrice"]) == pytest.approx(
        perpetual.mark.price_at(ANCHOR_MS), abs=0.01
    )
    assert len(held(ask("/market/fundingRates", symbol=PERP), "rates")) == 1
    rates = held(ask("/market/fundingRates", symbol=PERP, limit="500"), "rates")
    assert_shaped_like(first_row(samples.FUNDING, "rates"), rates)
    times = [row["fundingTime"] for row in rates]
    assert times == sorted(times, reverse=True)
    before = held(ask("/market/fundingRates", symbol=PERP, endTime=str(times[3]), limit="2"), "rates")
    assert [row["fundingTime"] for row in before] == times[4:6]


REFUSED: tuple[tuple[str, dict[str, str], str], ...] = (
    ("/market/tickers", {"symbol": "NOPE_USDT"}, "MARKET_INVALID_SYMBOL"),
    ("/market/depth", {"symbol": "ADA5L_USDT"}, "MARKET_INVALID_SYMBOL"),
    ("/common/symbols", {"symbols": "NOPE_USDT"}, "MARKET_INVALID_SYMBOL"),
    ("/market/indexes", {"symbol": "BTC_USDT"}, "MARKET_INVALID_SYMBOL"),
    ("/market/klines", {"symbol": PERP, "interval": "1m"}, "MARKET_PARAMETER_ERROR"),
    ("/market/klines", {"symbol": PERP, "interval": "1M", "limit": "501"}, "MARKET_PARAMETER_ERROR"),
    ("/market/fundingRates", {"symbol": PERP, "limit": "501"}, "MARKET_PARAMETER_ERROR"),
    ("/market/tickers", {"type": "OPTION"}, "MARKET_PARAMETER_ERROR"),
)


@pytest.mark.parametrize(("path", "query", "code"), REFUSED)
def test_refusals_come_with_status_200_and_a_time_in_seconds(
    ask: Asker, path: str, query: dict[str, str], code: str
) -> None:
    body = ask(path, **query)
    assert (body["result"], body["code"], body["timestamp"]) == (False, code, ANCHOR_MS // 1000)


def test_ten_of_weight_a_second_over_all_paths_and_a_ban_beyond(ask: Asker) -> None:
    tolls = [ask.dialect.toll(ask.call(path)) for path in ("/market/tickers", "/market/indexes", "/common/symbols")]
    assert [toll.weight for toll in tolls] == [1, 5, 5]
    assert {(toll.counter, toll.limit, toll.period_s, toll.ban_s, toll.ban_more_s) for toll in tolls} == {
        ("weight", 10, 1.0, 60.0, 10.0)
    }
    assert ask.dialect.too_many(ask.call("/market/tickers")).status == 429
    assert ask("/market/bookTicker") == (404, {"error_msg": "404 Route Not Found"})


# -- the stream ----------------------------------------------------------------------------------------------------


def test_offers_trades_and_indexes(talk: Talk) -> None:
    assert order(talk, "SUBSCRIBE", "DEPTH", "BTC3L_USDT", limit=2) == {
        "type": "SUBSCRIBED",
        "topic": "DEPTH",
        "symbol": "BTC3L_USDT",
    }
    order(talk, "SUBSCRIBE", "TRADE", "BTC3L_USDT")
    order(talk, "SUBSCRIBE", "INDEX", PERP)
    offers, trade, index = data(talk.speak(at()))
    for sample, message in ((samples.OFFERS, offers), (samples.TRADE, trade), (samples.INDEX, index)):
        assert_shaped_like(sample.encode(), message)
        assert_shaped_like(json.dumps(json.loads(sample)["data"]).encode(), message["data"])
    assert [len(offers["data"][side]) for side in ("bids", "asks")] == [2, 2]
    assert order(talk, "UNSUBSCRIBE", "DEPTH", "BTC3L_USDT")["type"] == "UNSUBSCRIBED"
    assert talk.topics == ("TRADE/BTC3L_USDT", f"INDEX/{PERP}")


def test_a_trade_is_told_once(talk: Talk) -> None:
    order(talk, "SUBSCRIBE", "TRADE", "BTC3L_USDT")
    told = [message["data"][0]["tradeId"] for n in range(120) for message in data(talk.speak(at(n / 10)))]
    assert len(told) == len(set(told))
    assert 4 <= len(told) <= 5


@pytest.mark.parametrize(
    ("topic", "symbol"), [("DEPTH", "NOPE3L_USDT"), ("DEPTH", "ADA5L_USDT"), ("INDEX", "BTC_USDT")]
)
def test_a_refusal_does_not_say_of_what(talk: Talk, topic: str, symbol: str) -> None:
    refused = order(talk, "SUBSCRIBE", topic, symbol)
    assert_shaped_like(samples.REFUSED.encode(), refused)
    assert refused["code"] == "INVALID_SYMBOL"
    assert talk.topics == ()


def test_it_pings_every_fifteen_seconds_and_says_goodbye_after_three_misses(talk: Talk) -> None:
    (ping,) = values(talk.speak(at(15.0)))
    assert ping == {"op": "PING", "timestamp": ANCHOR_MS + 15_000}
    assert talk.hear(json.dumps({"op": "PONG", "timestamp": ping["timestamp"]}), at(15.1)) == ()
    assert [len(talk.speak(at(second))) for second in (30.0, 45.0, 60.0)] == [1, 1, 1]
    goodbye = talk.speak(at(75.2))
    assert values(goodbye)[0]["note"] == json.loads(samples.CLOSING)["note"]
    assert isinstance(goodbye[1], Hangup)


def test_five_messages_a_second(talk: Talk) -> None:
    for _ in range(5):
        order(talk, "SUBSCRIBE", "TRADE", "BTC3L_USDT", seconds=1.0)
    assert isinstance(talk.hear("{}", at(1.9))[0], Hangup)
    assert values(talk.hear("{}", at(2.1)))[0]["type"] == "ERROR"
