"""Gate's streams as its page describes them; no socket and no wait."""

from __future__ import annotations

import json
from typing import Any

import pytest

from levdesk.simulator.gate import GateDialect
from levdesk.simulator.talk import Line, LineKind, PingFrame, Talk
from tests.simulator.heard import at, data, opened, values
from tests.simulator.moments import ANCHOR_MS
from tests.simulator.test_gate_endpoints import Ask, assert_shaped_like

SPOT_PUSH = b"""{"time":1717595233,"time_ms":1717595233666,"conn_id":"","channel":"spot.tickers","event":"update",
"result":{}}"""
SPOT_RESULT = b"""{"currency_pair":"ETH_USDT","last":"70775.2","lowest_ask":"70773.1","highest_bid":"70773",
"change_percentage":"1.618","base_volume":"4643.108806389","quote_volume":"328461488.44111","high_24h":"71366",
"low_24h":"69336.2"}"""
FUTURES_RESULT = b"""{"contract":"BTC_USDT","last":"62914.3","mark_price":"62914.3","index_price":"62937.6",
"funding_rate":"0.000033","funding_rate_indicative":"0.000033","funding_interval":28800,"funding_offset":0,
"funding_next_apply":1785571200,"total_size":"651185722","volume_24h":"518068345","change_percentage":"-3.1290",
"t":1785548246983}"""
BOOK_RESULT = b"""{"t":1606293275123,"u":48733182,"s":"ETH_USDT","b":"19177.79","B":"0.0003341504","a":"19179.38",
"A":"0.09"}"""


@pytest.fixture
def spot(dialect: GateDialect) -> Talk:
    return opened(dialect, "/ws/v4/")


@pytest.fixture
def futures(dialect: GateDialect) -> Talk:
    return opened(dialect, "/v4/ws/usdt")


def ask_for(talk: Talk, channel: str, *names: str, event: str = "subscribe", seconds: float = 0.0) -> Any:
    request = {"time": 1, "id": 7, "channel": channel, "event": event, "payload": list(names)}
    (answer,) = values(talk.hear(json.dumps(request), at(seconds)))
    return answer


def test_a_subscription_is_acknowledged_and_told_at_once_and_every_second(spot: Talk) -> None:
    answer = ask_for(spot, "spot.tickers", "BTC3L_USDT", "BTC_USDT")
    assert (answer["id"], answer["event"], answer["result"]) == (7, "subscribe", {"status": "success"})
    assert answer["payload"] == ["BTC3L_USDT", "BTC_USDT"]
    first = data(spot.speak(at()))
    assert [message["result"]["currency_pair"] for message in first] == ["BTC3L_USDT", "BTC_USDT"]
    assert_shaped_like(SPOT_PUSH, first[0])
    assert_shaped_like(SPOT_RESULT, first[0]["result"])
    assert first[0]["time_ms"] == ANCHOR_MS
    assert spot.next_s() == 1.0
    assert data(spot.speak(at(0.5))) == []
    assert data(spot.speak(at(1.0)))


def test_nothing_is_told_of_nav(spot: Talk) -> None:
    ask_for(spot, "spot.tickers", "BTC3L_USDT")
    assert not any(name.startswith("etf") for name in data(spot.speak(at()))[0]["result"])


def test_the_stream_agrees_with_rest(spot: Talk, futures: Talk, ask: Ask) -> None:
    ask_for(spot, "spot.tickers", "ETH3S_USDT")
    (pushed,), (row,) = data(spot.speak(at())), ask("/spot/tickers", currency_pair="ETH3S_USDT")
    for name in ("last", "highest_bid", "lowest_ask"):
        assert pushed["result"][name] == row[name]
    ask_for(futures, "futures.tickers", "ETH_USDT")
    (pushed,), (row,) = data(futures.speak(at())), ask("/futures/usdt/tickers", contract="ETH_USDT")
    for name in ("last", "mark_price", "index_price", "funding_rate"):
        assert pushed["result"][0][name] == row[name]


def test_futures_tickers_come_in_an_array_with_the_coming_settlement(futures: Talk, ask: Ask) -> None:
    ask_for(futures, "futures.tickers", "BTC_USDT")
    (message,) = data(futures.speak(at()))
    (row,) = message["result"]
    assert_shaped_like(FUTURES_RESULT, row)
    assert row["funding_next_apply"] == ask("/futures/usdt/contracts/BTC_USDT")["funding_next_apply"]


def test_best_offers_come_when_they_have_changed_and_not_oftener_than_four_times_a_second(
    spot: Talk, futures: Talk
) -> None:
    ask_for(spot, "spot.book_ticker", "ETH_USDT")
    (message,) = data(spot.speak(at()))
    assert_shaped_like(BOOK_RESULT, message["result"])
    assert float(message["result"]["b"]) < float(message["result"]["a"])
    at_rest = [data(spot.speak(at(n / 100, now_ms=ANCHOR_MS))) for n in range(1, 300)]
    assert at_rest == [[]] * 299
    ask_for(futures, "futures.book_ticker", "BTC_USDT")
    racing = [data(futures.speak(at(n / 100, now_ms=ANCHOR_MS + n * 10_000))) for n in range(300)]
    assert sum(len(said) for said in racing) <= 12


def test_one_unknown_name_fails_the_whole_subscription(spot: Talk, futures: Talk) -> None:
    answer = ask_for(spot, "spot.tickers", "BTC_USDT", "NOPE3L_USDT")
    assert answer["error"] == {"code": 2, "message": "unknown currency pair NOPE3L_USDT"}
    assert answer["result"] == {"status": "fail"}
    assert spot.topics == ()
    assert "unknown contract NOPE_USDT" in ask_for(futures, "futures.tickers", "NOPE_USDT")["error"]["message"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"channel":"futures.tickers","event":"subscribe","payload":["BTC_USDT"]}']
)
def test_what_it_does_not_understand_is_refused(spot: Talk, text: str) -> None:
    (answer,) = values(spot.hear(text, at()))
    assert answer["error"]["code"] == 2
    assert spot.topics == ()


def test_unsubscribing_ends_a_topic(spot: Talk) -> None:
    ask_for(spot, "spot.tickers", "BTC_USDT", "ETH_USDT")
    ask_for(spot, "spot.tickers", "BTC_USDT", event="unsubscribe")
    assert [message["result"]["currency_pair"] for message in data(spot.speak(at()))] == ["ETH_USDT"]


def test_pings_go_both_ways(spot: Talk) -> None:
    (pong,) = spot.hear('{"time":1545404023,"channel":"spot.ping"}', at(3.0))
    assert isinstance(pong, Line)
    assert pong.kind is LineKind.PONG
    said = json.loads(pong.text)
    assert (said["channel"], said["event"], said["error"], said["result"]) == ("spot.pong", "", None, None)
    assert said["time"] == (ANCHOR_MS + 3000) // 1000
    assert spot.speak(at(30.0)) == (PingFrame(),)


def test_a_clock_that_is_off_shows_in_times_only(spot: Talk) -> None:
    ask_for(spot, "spot.tickers", "BTC_USDT")
    sound, skewed = spot.line("spot.tickers/BTC_USDT", at()), spot.line("spot.tickers/BTC_USDT", at(skew_ms=7_000))
    one, other = json.loads(sound.text), json.loads(skewed.text)
    assert other["time_ms"] - one["time_ms"] == 7_000
    assert one["result"] == other["result"]
