"""OKX's public stream: tickers, mark-price, index-tickers, funding-rate; the text "ping" is answered with "pong".

A connection on which nothing is said for 30 s is closed. At most 480 orders an hour are taken on one.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, Final

from levdesk.simulator.dialect import Json
from levdesk.simulator.market import DayBook, Market
from levdesk.simulator.okx import quotes
from levdesk.simulator.okx.forms import index_of, swap_of
from levdesk.simulator.talk import Habits, Hangup, Line, LineKind, Moment, Said, StreamTopic, Talk, answered

STREAM_PATH: Final = "/ws/v5/public"

_TICKER_S: Final = 0.1
_MARK_S: Final = 0.2
_MARK_AT_LEAST_S: Final = 10.0
_INDEX_S: Final = 0.1
_INDEX_AT_LEAST_S: Final = 60.0
_FUNDING_S: Final = 60.0
_HOUR_S: Final = 3_600.0
_MOST_ORDERS: Final = 480
_ORDERS: Final = ("subscribe", "unsubscribe")

_Figures = Callable[[int], dict[str, Json]]


class OkxTalk(Talk):
    """One connection to OKX.

    Args:
        market: where the figures come from.
        moment: when it was opened.
    """

    habits: ClassVar[Habits] = Habits(patience_s=30.0, impatience=Hangup(4004, "No data received in 30s."))

    def __init__(self, market: Market, moment: Moment) -> None:
        super().__init__(moment)
        self._market = market
        self._days = DayBook()
        self._connection = hashlib.blake2b(str(moment.real_s).encode(), digest_size=4).hexdigest()
        self._orders_s: deque[float] = deque(maxlen=_MOST_ORDERS)

    def speak(self, moment: Moment) -> tuple[Said, ...]:
        """Everything that is due; for OKX whatever either side says is a sign of life."""
        said = super().speak(moment)
        if said and not isinstance(said[0], Hangup):
            self.ponged(moment)
        return said

    def _reply(self, text: str, moment: Moment) -> Iterable[Said]:
        self.ponged(moment)
        if text == "ping":
            return [Line(text="pong", kind=LineKind.PONG)]
        try:
            asked = json.loads(text)
        except ValueError:
            asked = None
        if not isinstance(asked, dict) or asked.get("op") not in _ORDERS or not isinstance(asked.get("args"), list):
            return [self._refused(f"Invalid request: {text}", "60012", {})]
        if len(self._orders_s) == _MOST_ORDERS and moment.real_s - self._orders_s[0] < _HOUR_S:
            return [self._refused("Requests too frequent", "60014", asked)]
        self._orders_s.append(moment.real_s)
        return list(self._done(asked, moment))

    def _done(self, asked: dict[str, Json], moment: Moment) -> Iterator[Said]:
        """Each channel is answered by itself."""
        arguments = asked["args"]
        assert isinstance(arguments, list)
        for argument in arguments:
            channel, name = _channel(argument)
            figures = self._figures(channel, name)
            if figures is None:
                words = f"Subscribe failed, wrong URL or channel:{channel},instId:{name} doesn't exist. "
                words += "Please use the correct URL, channel and parameters referring to API document."
                yield self._refused(words, "60018", asked)
                continue
            if asked["op"] == "subscribe":
                every_s, at_least_s = _BEATS_S[channel]
                key = f"{channel}/{name}"
                topic = StreamTopic(key=key, name=name, every_s=every_s, figures=figures, at_least_s=at_least_s)
                self.start(topic, moment)
            else:
                self.end(f"{channel}/{name}")
            arg: Json = {"channel": channel, "instId": name}
            yield answered(_numbered(asked) | {"event": asked["op"], "arg": arg, "connId": self._connection})

    def _figures(self, channel: str, name: str) -> _Figures | None:
        """What a channel tells of an instrument, or None where there is nothing."""
        perpetual = index_of(self._market, name) if channel == "index-tickers" else swap_of(self._market, name)
        if perpetual is None:
            return None
        days, last = self._days, perpetual.last
        told: dict[str, _Figures] = {
            "tickers": lambda now_ms: quotes.swap_ticker(perpetual, now_ms, days.day(name, last, now_ms)),
            "mark-price": lambda now_ms: quotes.mark_row(perpetual, now_ms),
            "index-tickers": lambda now_ms: quotes.index_row(perpetual, now_ms, days),
            "funding-rate": lambda now_ms: quotes.funding_row(perpetual, now_ms),
        }
        return told.get(channel)

    def _message(self, topic: StreamTopic, figures: Json, moment: Moment) -> Json:
        channel, _, name = topic.key.partition("/")
        assert isinstance(figures, dict)
        return {"arg": {"channel": channel, "instId": name}, "data": [figures | {"ts": str(moment.clock_ms)}]}

    def _refused(self, words: str, code: str, asked: dict[str, Json]) -> Line:
        return answered(_numbered(asked) | {"event": "error", "code": code, "msg": words, "connId": self._connection})


_BEATS_S: Final = {
    "tickers": (_TICKER_S, _HOUR_S),
    "mark-price": (_MARK_S, _MARK_AT_LEAST_S),
    "index-tickers": (_INDEX_S, _INDEX_AT_LEAST_S),
    "funding-rate": (_FUNDING_S, _FUNDING_S),
}
"""By channel: least seconds between two messages, and how often one comes even if nothing has changed."""


def _channel(argument: Json) -> tuple[str, str]:
    if not isinstance(argument, dict):
        return "", ""
    return str(argument.get("channel", "")), str(argument.get("instId", ""))


def _numbered(asked: dict[str, Json]) -> dict[str, Json]:
    return {"id": asked["id"]} if "id" in asked else {}
