"""OKX's endpoints and stream as its page describes them; no socket and no wait."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from levdesk.simulator.market import Market
from levdesk.simulator.okx import OkxDialect
from levdesk.simulator.talk import Hangup, Line, LineKind, Talk
from tests.simulator.asking import Asker
from tests.simulator.heard import at, data, opened, values
from tests.simulator.moments import ANCHOR_MS, DAY_MS, HOUR_MS
from tests.simulator.test_gate_endpoints import assert_shaped_like
from tests.venues.samples import okx as samples

SWAP = "BTC-USDT-SWAP"


@pytest.fixture(scope="module")
def ask(market: Market) -> Asker:
    return Asker(OkxDialect(market), "/api/v5")


@pytest.fixture
def talk(ask: Asker) -> Talk:
    return opened(ask.dialect, "/ws/v5/public")


def rows(body: Any) -> list[Any]:
    assert (body["code"], body["msg"]) == ("0", "")
    found: list[Any] = body["data"]
    return found


def first_row(sample: bytes | str) -> bytes:
    return json.dumps(json.loads(sample)["data"]).encode()


def order(talk: Talk, op: str, *channels: tuple[str, str], seconds: float = 0.0) -> list[Any]:
    arguments = [{"channel": channel, "instId": name} for channel, name in channels]
    return values(talk.hear(json.dumps({"id": "1512", "op": op, "args": arguments}), at(seconds)))


# -- now -----------------------------------------------------------------------------------------------------------


def test_times_are_text(ask: Asker) -> None:
    assert_shaped_like(first_row(samples.SERVER_TIME), rows(ask("/public/time")))
    skewed = ask.answered(replace(ask.call("/public/time"), skew_ms=2_000))
    assert rows(skewed)[0]["ts"] == str(ANCHOR_MS + 2_000)


def test_perpetuals_come_in_parts(ask: Asker) -> None:
    assert_shaped_like(first_row(samples.MARK_PRICES), rows(ask("/public/mark-price", instType="SWAP")))
    assert len(rows(ask("/public/mark-price", instType="SWAP"))) == 6
    assert rows(ask("/public/mark-price", instType="SWAP", instId=SWAP))[0]["instId"] == SWAP
    assert_shaped_like(first_row(samples.FUNDING_NOW), rows(ask("/public/funding-rate", instId=SWAP)))
    assert len(rows(ask("/public/funding-rate", instId="ANY"))) == 6
    assert_shaped_like(first_row(samples.INDEXES), rows(ask("/market/index-tickers", quoteCcy="USDT")))
    assert rows(ask("/market/index-tickers", instId="ETH-USDT"))[0]["instId"] == "ETH-USDT"


def test_the_coming_settlement_is_called_funding_time(ask: Asker, market: Market) -> None:
    perpetual = market.perpetual("BTC_USDT")
    assert perpetual is not None
    (row,) = rows(ask("/public/funding-rate", instId=SWAP))
    coming = perpetual.funding.number_after(ANCHOR_MS)
    assert row["fundingTime"] == str(perpetual.funding.settlement_ms(coming))
    assert int(row["nextFundingTime"]) - int(row["fundingTime"]) == 8 * HOUR_MS


def test_tickers_and_instruments_are_by_type_and_know_no_leveraged_tokens(ask: Asker) -> None:
    assert_shaped_like(first_row(samples.COIN_TICKER), rows(ask("/market/ticker", instId="BTC-USDT")))
    assert {row["instId"] for row in rows(ask("/market/tickers", instType="SWAP"))} >= {SWAP, "ETH-USDT-SWAP"}
    for path in ("/market/tickers", "/public/instruments"):
        spot = {row["instId"] for row in rows(ask(path, instType="SPOT"))}
        assert "BTC-USDT" in spot
        assert "BTC3L-USDT" not in spot
    assert ask("/market/ticker", instId="BTC3L-USDT")["code"] == "51001"


# -- the past ------------------------------------------------------------------------------------------------------


def test_candles_are_newest_first(ask: Asker) -> None:
    traded = rows(ask("/market/candles", instId=SWAP, bar="1H", limit="300"))
    assert_shaped_like(first_row(samples.TRADED_BARS), traded)
    assert [int(row[0]) for row in traded] == list(range(int(traded[0][0]), int(traded[-1][0]) - 1, -HOUR_MS))
    assert [row[-1] for row in traded] == ["0"] + ["1"] * 299
    marks = rows(ask("/market/history-mark-price-candles", instId=SWAP, bar="1H"))
    assert_shaped_like(first_row(samples.MARK_BARS), marks)
    assert len(marks) == 100
    assert len(rows(ask("/market/history-index-candles", instId="BTC-USDT", bar="1H", limit="7"))) == 7


def test_before_is_newer_and_after_is_older(ask: Asker) -> None:
    hour = ANCHOR_MS // HOUR_MS * HOUR_MS

    def starts(**query: str) -> list[int]:
        found = rows(ask("/market/history-mark-price-candles", instId=SWAP, bar="1H", **query))
        return [int(row[0]) for row in found]

    assert starts(after=str(hour), limit="2") == [hour - HOUR_MS, hour - 2 * HOUR_MS]
    assert starts(before=str(hour - 3 * HOUR_MS)) == [hour, hour - HOUR_MS, hour - 2 * HOUR_MS]
    assert starts(before=str(hour - 10 * HOUR_MS), after=str(hour - 7 * HOUR_MS)) == [
        hour - 8 * HOUR_MS,
        hour - 9 * HOUR_MS,
    ]


def test_long_bars_open_by_the_clock_of_hong_kong_unless_they_say_utc(ask: Asker) -> None:
    def phase(bar: str) -> int:
        found = rows(ask("/market/history-mark-price-candles", instId=SWAP, bar=bar, limit="3"))
        return int(found[0][0]) % DAY_MS

    assert phase("1Dutc") == 0
    assert phase("1D") == 16 * HOUR_MS
    assert phase("12H") % (12 * HOUR_MS) == 4 * HOUR_MS
    assert phase("6Hutc") % (6 * HOUR_MS) == 0
    weeks = rows(ask("/market/history-mark-price-candles", instId=SWAP, bar="1Wutc", limit="2"))
    assert (int(weeks[0][0]) // DAY_MS + 3) % 7 == 0


def test_only_the_latest_1440_are_kept_apart_from_history(ask: Asker) -> None:
    old = str(ANCHOR_MS - 1500 * 60_000)
    assert rows(ask("/market/mark-price-candles", instId=SWAP, bar="1m", after=old)) == []
    assert len(rows(ask("/market/history-mark-price-candles", instId=SWAP, bar="1m", after=old))) == 100


def test_settlements_go_back_three_months(ask: Asker) -> None:
    found = rows(ask("/public/funding-rate-history", instId=SWAP))
    assert_shaped_like(first_row(samples.FUNDING), found)
    times = [int(row["fundingTime"]) for row in found]
    assert times == sorted(times, reverse=True)
    assert ANCHOR_MS - 93 * DAY_MS < times[-1] < ANCHOR_MS - 91 * DAY_MS
    asked = rows(ask("/public/funding-rate-history", instId=SWAP, before=str(times[5]), after=str(times[2])))
    assert [int(row["fundingTime"]) for row in asked] == times[3:5]


REFUSED: tuple[tuple[str, dict[str, str], int, str], ...] = (
    ("/market/ticker", {"instId": "NOPE-USDT"}, 200, "51001"),
    ("/public/funding-rate", {"instId": "NOPE-USDT-SWAP"}, 200, "51001"),
    ("/public/funding-rate", {}, 400, "50014"),
    ("/public/mark-price", {"instType": "FUTURES"}, 400, "51000"),
    ("/market/index-tickers", {}, 400, "50015"),
    ("/market/candles", {"instId": SWAP, "bar": "1h"}, 400, "51000"),
    ("/market/candles", {"instId": SWAP, "limit": "301"}, 400, "51000"),
    ("/market/history-mark-price-candles", {"instId": SWAP, "limit": "101"}, 400, "51000"),
    ("/public/funding-rate-history", {"instId": SWAP, "limit": "401"}, 400, "51000"),
)


@pytest.mark.parametrize(("path", "query", "status", "code"), REFUSED)
def test_refusals_have_their_codes(ask: Asker, path: str, query: dict[str, str], status: int, code: str) -> None:
    answer = ask.dialect.answer(ask.call(path, **query))
    assert (answer.status, json.loads(answer.body)["code"]) == (status, code)


def test_each_path_has_a_limit_of_its_own(ask: Asker) -> None:
    tolls = [ask.dialect.toll(ask.call(path)) for path in ("/public/time", "/market/candles", "/market/ticker")]
    assert [(toll.limit, toll.period_s) for toll in tolls] == [(10, 2.0), (40, 2.0), (20, 2.0)]
    assert len({toll.counter for toll in tolls}) == 3
    one, other = (ask.dialect.toll(ask.call("/public/funding-rate", instId=name)) for name in (SWAP, "ANY"))
    assert one.counter != other.counter
    refused = ask.dialect.too_many(ask.call("/public/time"))
    assert (refused.status, json.loads(refused.body)["code"]) == (429, "50011")
    assert ask("/nothing")[0] == 404


# -- the stream ----------------------------------------------------------------------------------------------------


def test_each_channel_is_acknowledged_and_told(talk: Talk) -> None:
    acknowledged = order(
        talk,
        "subscribe",
        ("mark-price", SWAP),
        ("index-tickers", "BTC-USDT"),
        ("funding-rate", SWAP),
        ("tickers", SWAP),
    )
    assert_shaped_like(samples.SUBSCRIBED.encode(), acknowledged[0])
    assert [answer["arg"]["channel"] for answer in acknowledged] == [
        "mark-price",
        "index-tickers",
        "funding-rate",
        "tickers",
    ]
    pushed = data(talk.speak(at()))
    pushes = (samples.MARK_PUSH, samples.INDEX_PUSH, samples.FUNDING_PUSH, samples.TICKER_PUSH)
    for sample, message in zip(pushes, pushed, strict=True):
        assert_shaped_like(sample.encode(), message)
        assert_shaped_like(first_row(sample), message["data"])


def test_the_stream_agrees_with_rest(ask: Asker, talk: Talk) -> None:
    order(talk, "subscribe", ("mark-price", SWAP), ("funding-rate", SWAP))
    mark, funding = data(talk.speak(at()))
    assert mark["data"] == rows(ask("/public/mark-price", instType="SWAP", instId=SWAP))
    assert funding["data"] == rows(ask("/public/funding-rate", instId=SWAP))


def test_a_mark_is_told_when_it_changes_and_every_ten_seconds(talk: Talk) -> None:
    order(talk, "subscribe", ("mark-price", SWAP))
    told = [second / 10 for second in range(210) if data(talk.speak(at(second / 10, now_ms=ANCHOR_MS)))]
    assert told == [0.0, 10.0, 20.0]
    racing = [data(talk.speak(at(21 + n / 100, now_ms=ANCHOR_MS + n * 10_000))) for n in range(200)]
    assert 9 <= sum(len(said) for said in racing) <= 11


def test_channels_are_refused_one_by_one(talk: Talk) -> None:
    refused, done = order(talk, "subscribe", ("mark-price", "NOPE-USDT-SWAP"), ("mark-price", SWAP))
    assert (refused["event"], refused["code"], refused["id"]) == ("error", "60018", "1512")
    assert "channel:mark-price,instId:NOPE-USDT-SWAP doesn't exist" in refused["msg"]
    assert done["event"] == "subscribe"
    assert order(talk, "subscribe", ("candle1H", SWAP))[0]["code"] == "60018"
    assert values(talk.hear("{}", at()))[0]["code"] == "60012"
    assert values(talk.hear("nonsense", at()))[0]["code"] == "60012"


def test_the_word_ping_is_answered_with_a_word(talk: Talk) -> None:
    assert talk.hear("ping", at(25.0)) == (Line(text="pong", kind=LineKind.PONG),)


def test_silence_for_thirty_seconds_ends_it(talk: Talk) -> None:
    assert talk.speak(at(29.9)) == ()
    talk.hear("ping", at(29.9))
    assert talk.speak(at(59.8)) == ()
    assert talk.speak(at(60.0)) == (Hangup(4004, "No data received in 30s."),)


def test_what_it_says_itself_counts_as_life(talk: Talk) -> None:
    order(talk, "subscribe", ("mark-price", SWAP))
    assert all(not isinstance(said, Hangup) for second in range(300) for said in talk.speak(at(float(second))))


def test_480_orders_an_hour(talk: Talk) -> None:
    assert all(order(talk, "subscribe", ("mark-price", SWAP))[0]["event"] == "subscribe" for _ in range(480))
    assert order(talk, "unsubscribe", ("mark-price", SWAP))[0]["code"] == "60014"
    assert order(talk, "unsubscribe", ("mark-price", SWAP), seconds=3_600.0)[0]["event"] == "unsubscribe"
    assert talk.topics == ()
