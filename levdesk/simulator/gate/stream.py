"""Gate's streams: spot at `/ws/v4/`, USDT perpetuals at `/v4/ws/usdt`; tickers, best offers, pings, refusals.

Tickers come every second while they change, best offers four times a second at most. One unknown name fails a whole
subscription, as recorded. The spot stream tells no NAV.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import ClassVar, Final

from levdesk.simulator.dialect import Json, json_text
from levdesk.simulator.gate import futures, spot
from levdesk.simulator.market import DayBook, Market
from levdesk.simulator.talk import Habits, Line, LineKind, Moment, Said, StreamTopic, Talk, answered

STREAM_PATHS: Final = {"/ws/v4/": "spot", "/ws/v4": "spot", "/v4/ws/usdt": "futures", "/v4/ws/usdt/": "futures"}
"""Addresses and what is told there."""

_TICKER_S: Final = 1.0
_BOOK_S: Final = 0.25
_INVALID_ARGUMENT: Final = 2


class GateTalk(Talk):
    """One connection to Gate.

    Args:
        market: where the figures come from.
        side: "spot" or "futures".
        moment: when it was opened.
    """

    habits: ClassVar[Habits] = Habits(ping_every_s=30.0)

    def __init__(self, market: Market, side: str, moment: Moment) -> None:
        super().__init__(moment)
        self._market = market
        self._side = side
        self._connection = f"{int(moment.real_s * 1e6) & 0xFFFFFFFFFFFFFFFF:016x}"
        self._days = DayBook()
        self._made: dict[str, Callable[[str], StreamTopic | None]] = {
            "spot.tickers": self._spot_ticker,
            "spot.book_ticker": self._spot_book,
            "futures.tickers": self._futures_ticker,
            "futures.book_ticker": self._futures_book,
        }

    def _reply(self, text: str, moment: Moment) -> Iterable[Said]:
        asked = _asked(text)
        if asked is None:
            return [answered(self._head(moment, {}) | _failed("invalid request"))]
        channel = str(asked.get("channel", ""))
        if channel == f"{self._side}.ping":
            pong = self._head(moment, asked) | {"channel": f"{self._side}.pong", "event": "", "error": None}
            return [Line(text=json_text(pong | {"result": None}), kind=LineKind.PONG)]
        return [answered(self._head(moment, asked) | self._done(channel, asked, moment))]

    def _done(self, channel: str, asked: dict[str, Json], moment: Moment) -> dict[str, Json]:
        """What a subscription or its end leads to."""
        event, payload = str(asked.get("event", "")), asked.get("payload")
        about: dict[str, Json] = {"channel": channel, "event": event, "payload": payload}
        make = self._made.get(channel) if channel.startswith(f"{self._side}.") else None
        if make is None or event not in ("subscribe", "unsubscribe") or not isinstance(payload, list):
            return about | _failed(f"unknown channel or event {channel} {event}")
        made: list[StreamTopic] = []
        for name in payload:
            topic = make(str(name))
            if topic is None:
                kind = "currency pair" if self._side == "spot" else "contract"
                return about | _failed(f"unknown {kind} {name}")
            made.append(topic)
        for topic in made:
            if event == "subscribe":
                self.start(topic, moment)
            else:
                self.end(topic.key)
        return about | {"result": {"status": "success"}}

    def _message(self, topic: StreamTopic, figures: Json, moment: Moment) -> Json:
        channel, clock_ms = topic.key.partition("/")[0], moment.clock_ms
        assert isinstance(figures, dict)
        result: Json = figures
        if channel.endswith("book_ticker"):
            result = {"t": clock_ms - 1, "u": clock_ms // 250} | figures
        elif channel == "futures.tickers":
            result = [figures | {"t": clock_ms - 1}]
        return {
            "time": clock_ms // 1000,
            "time_ms": clock_ms,
            "conn_id": self._connection,
            "channel": channel,
            "event": "update",
            "result": result,
        }

    def _head(self, moment: Moment, asked: dict[str, Json]) -> dict[str, Json]:
        head: dict[str, Json] = {
            "time": moment.clock_ms // 1000,
            "time_ms": moment.clock_ms,
            "conn_id": self._connection,
        }
        return head | {"id": asked["id"]} if "id" in asked else head

    # -- topics ------------------------------------------------------------------------------------------------------

    def _spot_ticker(self, name: str) -> StreamTopic | None:
        pair = self._market.pair(name)
        if pair is None:
            return None

        def figures(now_ms: int) -> Json:
            return spot.pushed_ticker(pair, now_ms, self._days.day(name, pair.series, now_ms))

        return StreamTopic(key=f"spot.tickers/{name}", name=name, every_s=_TICKER_S, figures=figures)

    def _spot_book(self, name: str) -> StreamTopic | None:
        pair = self._market.pair(name)
        if pair is None:
            return None
        return StreamTopic(
            key=f"spot.book_ticker/{name}",
            name=name,
            every_s=_BOOK_S,
            figures=lambda now_ms: spot.pushed_book_ticker(pair, now_ms),
        )

    def _futures_ticker(self, name: str) -> StreamTopic | None:
        perpetual = self._market.perpetual(name)
        if perpetual is None:
            return None

        def figures(now_ms: int) -> Json:
            return futures.pushed_ticker(perpetual, now_ms, self._days.day(name, perpetual.last, now_ms))

        return StreamTopic(key=f"futures.tickers/{name}", name=name, every_s=_TICKER_S, figures=figures)

    def _futures_book(self, name: str) -> StreamTopic | None:
        perpetual = self._market.perpetual(name)
        if perpetual is None:
            return None

        def figures(now_ms: int) -> Json:
            return futures.pushed_book_ticker(perpetual, now_ms, self._days.day(name, perpetual.last, now_ms))

        return StreamTopic(key=f"futures.book_ticker/{name}", name=name, every_s=_BOOK_S, figures=figures)


def _asked(text: str) -> dict[str, Json] | None:
    try:
        asked = json.loads(text)
    except ValueError:
        return None
    return asked if isinstance(asked, dict) else None


def _failed(words: str) -> dict[str, Json]:
    return {"error": {"code": _INVALID_ARGUMENT, "message": words}, "result": {"status": "fail"}}
