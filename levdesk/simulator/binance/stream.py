"""Binance's streams since 2026: `/market` tells marks, `/public` tells best offers; `ws` bare, `stream` in an envelope.

Streams are asked for by messages or in the address. What is asked for is always granted: a stream that is not listed,
or belongs to the other root, stays silent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import ClassVar, Final

from levdesk.simulator.binance.forms import listed, symbol_of
from levdesk.simulator.binance.quotes import offers, premium_row
from levdesk.simulator.dialect import Call, Json
from levdesk.simulator.market import DayBook, Market, Perpetual
from levdesk.simulator.talk import Habits, Hangup, Moment, Said, StreamTopic, Talk, answered

_ADDRESS: Final = re.compile(r"/(?P<root>market|public)/(?P<form>ws|stream)(?:/(?P<streams>.*))?")
_MARK_BEATS_S: Final = {"markPrice": 3.0, "markPrice@1s": 1.0}
_BOOK_BEAT_S: Final = 0.25
_ALL_MARKS: Final = "!markPrice@arr"


def streams_at(path: str) -> bool:
    """The two public roots; the address without a root was retired in 2026."""
    return _ADDRESS.fullmatch(path) is not None


class BinanceTalk(Talk):
    """One connection to Binance.

    Args:
        market: where the figures come from.
        call: the upgrade; its address may name streams.
        moment: when it was opened.
    """

    habits: ClassVar[Habits] = Habits(
        ping_every_s=180.0,
        patience_s=600.0,
        lives_s=86_400.0,
        most_heard=(10, 1.0),
        impatience=Hangup(1008, "Pong timeout"),
    )

    def __init__(self, market: Market, call: Call, moment: Moment) -> None:
        super().__init__(moment)
        address = _ADDRESS.fullmatch(call.path)
        assert address is not None
        self._market = market
        self._root = address["root"]
        self._wrapped = address["form"] == "stream"
        self._days = DayBook()
        self._asked: dict[str, None] = {}
        named = [*(address["streams"] or "").split("/"), *call.query.get("streams", "").split("/")]
        for stream in named:
            if stream:
                self._subscribe(stream, moment)

    def _reply(self, text: str, moment: Moment) -> Iterable[Said]:
        try:
            asked = json.loads(text)
        except ValueError:
            return [answered({"error": {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"}})]
        if not isinstance(asked, dict):
            return [answered({"error": {"code": 2, "msg": "Invalid request: request is not an object"}})]
        method, params, number = asked.get("method"), asked.get("params", []), asked.get("id")
        if method == "LIST_SUBSCRIPTIONS":
            return [answered({"result": list(self._asked), "id": number})]
        if method not in ("SUBSCRIBE", "UNSUBSCRIBE") or not isinstance(params, list):
            return [answered({"error": {"code": 2, "msg": f"Invalid request: unknown variant {method}"}, "id": number})]
        for stream in params:
            if method == "SUBSCRIBE":
                self._subscribe(str(stream), moment)
            else:
                self._asked.pop(str(stream), None)
                self.end(str(stream))
        return [answered({"result": None, "id": number})]

    def _message(self, topic: StreamTopic, figures: Json, moment: Moment) -> Json:
        told: Json = (
            [_stamped(row, moment) for row in figures] if isinstance(figures, list) else _stamped(figures, moment)
        )
        return {"stream": topic.key, "data": told} if self._wrapped else told

    def _subscribe(self, stream: str, moment: Moment) -> None:
        self._asked[stream] = None
        topic = self._topic(stream)
        if topic is not None:
            self.start(topic, moment)

    def _topic(self, stream: str) -> StreamTopic | None:
        """What a stream's name stands for, or None where nothing is told."""
        if self._root == "market" and stream.removesuffix("@1s") == _ALL_MARKS:
            beat_s = _MARK_BEATS_S["markPrice@1s" if stream.endswith("@1s") else "markPrice"]
            return StreamTopic(key=stream, name=_ALL_MARKS, every_s=beat_s, figures=self._all_marks)
        symbol, _, what = stream.partition("@")
        perpetual = listed(self._market, symbol.upper()) if symbol == symbol.lower() else None
        if perpetual is None:
            return None
        name = symbol_of(perpetual)
        if self._root == "market" and what in _MARK_BEATS_S:
            return StreamTopic(
                key=stream, name=name, every_s=_MARK_BEATS_S[what], figures=lambda now_ms: _mark(perpetual, now_ms)
            )
        if self._root == "public" and what == "bookTicker":
            return StreamTopic(
                key=stream,
                name=name,
                every_s=_BOOK_BEAT_S,
                figures=lambda now_ms: _book(perpetual, now_ms, self._days),
            )
        return None

    def _all_marks(self, now_ms: int) -> Json:
        return [_mark(perpetual, now_ms) for perpetual in self._market.perpetuals]


def _stamped(event: Json, moment: Moment) -> Json:
    """The event with the time it is told at, after its name as Binance has it."""
    assert isinstance(event, dict)
    clock_ms = moment.clock_ms
    stamps: dict[str, Json] = {"e": event["e"], "E": clock_ms}
    if event["e"] == "bookTicker":
        stamps |= {"u": clock_ms // 250, "T": clock_ms - 2}
    return stamps | event


def _mark(perpetual: Perpetual, now_ms: int) -> dict[str, Json]:
    row = premium_row(perpetual, now_ms)
    fields = {
        "s": "symbol",
        "p": "markPrice",
        "i": "indexPrice",
        "P": "estimatedSettlePrice",
        "r": "lastFundingRate",
        "T": "nextFundingTime",
    }
    event: dict[str, Json] = {"e": "markPriceUpdate"}
    return event | {short: row[name] for short, name in fields.items()}


def _book(perpetual: Perpetual, now_ms: int, days: DayBook) -> Json:
    bid, bid_size, ask, ask_size = offers(perpetual, now_ms, days)
    return {"e": "bookTicker", "s": symbol_of(perpetual), "b": bid, "B": bid_size, "a": ask, "A": ask_size}
