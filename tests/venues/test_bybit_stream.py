"""Bybit's stream of linear tickers, beyond what every stream keeps."""

from __future__ import annotations

import json

import pytest

from levdesk.venues.bybit import Bybit
from levdesk.venues.streams import StreamNews, Topic, TopicKind
from tests.venues.contract_cases import NOW_MS
from tests.venues.samples import bybit as samples

BYBIT = Bybit()


def topic(instrument: str) -> Topic:
    return Topic(TopicKind.UNDERLYING, instrument)


def test_perpetuals_are_heard_on_the_linear_stream_with_a_ping_every_twenty_seconds() -> None:
    (socket,) = BYBIT.sockets([topic("BTCUSDT"), Topic(TopicKind.TOKEN, "BTC3L_USDT")])
    assert socket.url == "wss://stream.bybit.com/v5/public/linear"
    assert socket.topics == (topic("BTCUSDT"),)
    assert (socket.ping_every_s, socket.lives_s) == (20.0, None)


def test_a_request_carries_its_instruments_so_that_a_refusal_tells_them() -> None:
    (socket,) = BYBIT.sockets([topic("BTCUSDT"), topic("ETHUSDT")])
    (message,) = BYBIT.subscribe(socket, socket.topics)
    assert json.loads(message) == {
        "req_id": "BTCUSDT,ETHUSDT",
        "op": "subscribe",
        "args": ["tickers.BTCUSDT", "tickers.ETHUSDT"],
    }
    (ended,) = BYBIT.unsubscribe(socket, socket.topics)
    assert json.loads(ended)["op"] == "unsubscribe"


def test_all_arguments_of_a_connection_stay_below_the_limit() -> None:
    topics = [topic(f"LONGNAMEDCOIN{number:05}PERPETUALUSDT") for number in range(900)]
    for socket in BYBIT.sockets(topics):
        asked = [name for text in BYBIT.subscribe(socket, socket.topics) for name in json.loads(text)["args"]]
        assert len(",".join(asked)) <= 21_000


def test_one_bad_topic_does_not_cost_the_others() -> None:
    news = BYBIT.read_message(samples.MANY_REFUSED, NOW_MS)
    assert [json.loads(text)["args"] for text in news.answers] == [["tickers.BTCUSDT"], ["tickers.NOSUCH"]]
    assert news.refused == ()


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ('{"success":false,"ret_msg":"error","op":"subscribe"}', ("",)),
        ('{"success":false,"ret_msg":"error","op":"subscribe","req_id":""}', ("",)),
        ('{"success":false,"ret_msg":"error:handler not found,topic:tickers.NOSUCH","op":"subscribe"}', ("NOSUCH",)),
        (samples.ALREADY, ()),
        ('{"success":false,"ret_msg":"error","op":"unsubscribe","req_id":"BTCUSDT"}', ()),
    ],
)
def test_refusals_that_name_nothing_or_matter_to_nobody(text: str, refused: tuple[str, ...]) -> None:
    assert BYBIT.read_message(text, NOW_MS) == StreamNews(refused=refused)


def test_a_delta_of_sizes_alone_says_nothing_but_its_time() -> None:
    text = '{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","bid1Size":"1"},"ts":1760325052730}'
    assert BYBIT.read_message(text, NOW_MS) == StreamNews(sent_ms=1_760_325_052_730)


def test_a_ticker_without_a_symbol_is_told_by_its_topic() -> None:
    text = '{"topic":"tickers.BTCUSDT","type":"delta","data":{"markPrice":"5"},"ts":1760325052730}'
    (quote,) = BYBIT.read_message(text, NOW_MS).underlyings
    assert quote.instrument == "BTCUSDT"


def test_a_bad_figure_or_name_in_a_message_is_left_out_and_named() -> None:
    message = json.loads(samples.TICKER_SNAPSHOT)
    message["data"]["markPrice"] = "0"
    news = BYBIT.read_message(json.dumps(message), NOW_MS)
    assert (news.underlyings[0].mark, [problem.code for problem in news.problems]) == (None, ["price_rejected"])
    message["data"]["symbol"] = ["BTCUSDT"]
    news = BYBIT.read_message(json.dumps(message), NOW_MS)
    assert (news.underlyings, [problem.code for problem in news.problems]) == ((), ["row_unreadable"])
