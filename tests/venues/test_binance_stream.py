"""Binance's stream of mark prices, beyond what every stream keeps."""

from __future__ import annotations

import json
from decimal import Decimal

from levdesk.venues.binance import Binance
from levdesk.venues.streams import StreamNews, Topic, TopicKind
from tests.venues.contract_cases import NOW_MS
from tests.venues.samples import binance as samples

BINANCE = Binance()


def topic(instrument: str) -> Topic:
    return Topic(TopicKind.UNDERLYING, instrument)


def test_perpetuals_are_heard_on_the_market_root() -> None:
    (socket,) = BINANCE.sockets([topic("BTCUSDT"), Topic(TopicKind.TOKEN, "BTCUP_USDT")])
    assert socket.url == "wss://fstream.binance.com/market/stream"
    assert socket.topics == (topic("BTCUSDT"),)
    assert socket.ping_every_s is None
    assert BINANCE.subscribe(socket, socket.topics) == (samples.SUBSCRIBE,)
    (ended,) = BINANCE.unsubscribe(socket, socket.topics)
    assert json.loads(ended)["method"] == "UNSUBSCRIBE"


def test_a_message_may_come_without_its_envelope() -> None:
    bare = json.dumps(json.loads(samples.MARK_PRICE)["data"])
    assert (
        BINANCE.read_message(bare, NOW_MS).underlyings == BINANCE.read_message(samples.MARK_PRICE, NOW_MS).underlyings
    )


def test_ending_a_topic_in_vain_refuses_nothing() -> None:
    assert BINANCE.read_message('{"error":{"code":2,"msg":"Invalid request"},"id":2}', NOW_MS).refused == ()


def test_other_messages_say_nothing() -> None:
    for text in ('{"data":[1]}', '{"data":null}', '{"e":"kline","s":"BTCUSDT"}', "{}"):
        assert BINANCE.read_message(text, NOW_MS) == StreamNews()


def test_a_bad_figure_in_a_message_is_left_out_and_named() -> None:
    message = json.loads(samples.MARK_PRICE)
    message["data"]["p"] = "0"
    news = BINANCE.read_message(json.dumps(message), NOW_MS)
    assert (news.underlyings[0].mark, news.underlyings[0].index) == (None, Decimal("11784.62659091"))
    assert [problem.code for problem in news.problems] == ["price_rejected"]
    del message["data"]["s"]
    news = BINANCE.read_message(json.dumps(message), NOW_MS)
    assert (news.underlyings, [problem.code for problem in news.problems]) == ((), ["row_unreadable"])
