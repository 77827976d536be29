"""Pionex's public stream: DEPTH and TRADE of pairs, INDEX of perpetuals; the server pings every 15 s in JSON.

Three pings without an answer end the connection; five messages a second are taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import ClassVar, Final

from levdesk.simulator.dialect import Json
from levdesk.simulator.market import Market
from levdesk.simulator.pionex.forms import pair_of, perpetual_of
from levdesk.simulator.pionex.perpetuals import index_row
from levdesk.simulator.pionex.spot import depth_sides, trade_row
from levdesk.simulator.talk import Habits, Hangup, Moment, Said, StreamTopic, Talk, answered

STREAM_PATH: Final = "/wsPub"

_DEPTH_S: Final = 0.5
_TRADE_S: Final = 0.5
_INDEX_S: Final = 1.0
_MOST_LEVELS: Final = 100
_DEFAULT_LEVELS: Final = 10
_PING_S: Final = 15.0
_MISSES: Final = 3
_DONE: Final = {"SUBSCRIBE": "SUBSCRIBED", "UNSUBSCRIBE": "UNSUBSCRIBED"}


class PionexTalk(Talk):
    """One connection to Pionex.

    Args:
        market: where the figures come from.
        moment: when it was opened.
    """

    habits: ClassVar[Habits] = Habits(
        ping_every_s=_PING_S,
        patience_s=_PING_S * (_MISSES + 1),
        most_heard=(5, 1.0),
        impatience=Hangup(1000, ""),
    )

    def __init__(self, market: Market, moment: Moment) -> None:
        super().__init__(moment)
        self._market = market

    def speak(self, moment: Moment) -> tuple[Said, ...]:
        """Everything that is due; before it hangs up Pionex says why."""
        said = super().speak(moment)
        if said != (self.habits.impatience,):
            return said
        note: Json = {"op": "CLOSE", "timestamp": moment.clock_ms, "note": "missed pong exceed max limit"}
        return (answered(note), *said)

    def _ping(self, moment: Moment) -> Said:
        return answered({"op": "PING", "timestamp": moment.clock_ms})

    def _reply(self, text: str, moment: Moment) -> Iterable[Said]:
        try:
            asked = json.loads(text)
        except ValueError:
            asked = None
        order = str(asked.get("op", "")) if isinstance(asked, dict) else ""
        if not isinstance(asked, dict) or (order != "PONG" and order not in _DONE):
            return [_refused("op", moment)]
        if order == "PONG":
            self.ponged(moment)
            return []
        about: dict[str, Json] = {"topic": asked.get("topic"), "symbol": asked.get("symbol")}
        topic = self._topic(asked, moment)
        if topic is None:
            return [_refused("symbol", moment)]
        if order == "SUBSCRIBE":
            self.start(topic, moment)
        else:
            self.end(topic.key)
        return [answered({"type": _DONE[order], **about})]

    def _topic(self, asked: dict[str, Json], moment: Moment) -> StreamTopic | None:
        what, name = str(asked.get("topic", "")), str(asked.get("symbol", ""))
        key, levels = f"{what}/{name}", asked.get("limit", _DEFAULT_LEVELS)
        if what == "INDEX":
            perpetual = perpetual_of(self._market, name)
            if perpetual is None:
                return None
            return StreamTopic(
                key=key, name=name, every_s=_INDEX_S, figures=lambda now_ms: index_row(perpetual, now_ms)
            )
        pair = pair_of(self._market, name, moment.now_ms)
        if pair is None:
            return None
        if what == "TRADE":
            return StreamTopic(key=key, name=name, every_s=_TRADE_S, figures=lambda now_ms: [trade_row(pair, now_ms)])
        if what != "DEPTH" or not isinstance(levels, int) or not 1 <= levels <= _MOST_LEVELS:
            return None

        def sides(now_ms: int) -> Json:
            bids, asks = depth_sides(pair, now_ms, levels)
            return {"bids": list(bids), "asks": list(asks)}

        return StreamTopic(key=key, name=name, every_s=_DEPTH_S, figures=sides)

    def _message(self, topic: StreamTopic, figures: Json, moment: Moment) -> Json:
        what, _, name = topic.key.partition("/")
        if what == "INDEX" and isinstance(figures, dict):
            figures = [figures | {"updateTime": moment.clock_ms}]
        return {"topic": what, "symbol": name, "data": figures, "timestamp": moment.clock_ms}


def _refused(field: str, moment: Moment) -> Said:
    """A refusal; as recorded it does not say of which symbol."""
    code, words = f"INVALID_{field.upper()}", f"invalid `{field}`"
    return answered({"type": "ERROR", "code": code, "message": words, "timestamp": moment.clock_ms})
