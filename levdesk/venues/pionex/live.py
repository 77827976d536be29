"""Pionex's public stream: offers and trades of a token, mark and index of a perpetual; one message per topic.

There is no channel of tickers. Pionex pings every 15 s, and wants its own time back in the answer. It sends its JSON in
binary frames; the `timestamp` of an INDEX message is no moment in ms, so the row's `updateTime` counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from levdesk.domain.market import TokenQuote
from levdesk.domain.problems import Problem
from levdesk.venues.addresses import stream_url
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, is_absent, printable, whole
from levdesk.venues.pionex.perpetuals import quotes_of
from levdesk.venues.pionex.tokens import quote_of, symbol_of
from levdesk.venues.pionex.wire import ROWS
from levdesk.venues.rows import as_object, moment_ms, past_ms
from levdesk.venues.streams import StreamNews, StreamSocket, Topic, TopicKind

_PUBLIC: Final = "wss://ws.pionex.com/wsPub"
_OFFERS: Final = "DEPTH"
_TRADES: Final = "TRADE"
_INDEX: Final = "INDEX"
_MOST_SOCKETS: Final = 8
"""Pionex allows ten from one address; two are left for the person's other programs."""
_TOPICS_EACH: Final = 50
"""A connection takes five messages a second, so more on one would be slow to begin; and at Pionex's sister in the
United States one carries a hundred channels, of which a token needs two."""
_MESSAGE_GAP_MS: Final = 250
_SILENT_AFTER_S: Final = 35.0
"""Two of Pionex's pings, and a margin."""

_FAR_MS: Final = 10**15

# -- what is asked for -------------------------------------------------------------------------------------------


def sockets(topics: Sequence[Topic], base_url: str) -> tuple[StreamSocket, ...]:
    """Connections with fifty topics each, and with more once there are eight."""
    heard = sorted({topic for topic in topics if topic.instrument})
    each = max(_TOPICS_EACH, -(-len(heard) // _MOST_SOCKETS))
    return tuple(
        StreamSocket(
            name=f"public-{number}",
            url=stream_url(_PUBLIC, base_url),
            topics=tuple(heard[start : start + each]),
            message_gap_ms=_MESSAGE_GAP_MS,
            silent_after_s=_SILENT_AFTER_S,
        )
        for number, start in enumerate(range(0, len(heard), each))
    )


def messages(order: str, topics: Sequence[Topic]) -> tuple[str, ...]:
    """Messages with an order ("SUBSCRIBE", "UNSUBSCRIBE"), one per channel of each topic."""
    return tuple(
        json.dumps(message, separators=(",", ":")) for topic in topics for message in _messages_of(order, topic)
    )


def _messages_of(order: str, topic: Topic) -> Iterator[dict[str, str | int]]:
    if topic.kind is TopicKind.UNDERLYING:
        yield {"op": order, "topic": _INDEX, "symbol": topic.instrument}
        return
    offers: dict[str, str | int] = {"op": order, "topic": _OFFERS, "symbol": topic.instrument}
    yield {**offers, "limit": 1} if order == "SUBSCRIBE" else offers
    yield {"op": order, "topic": _TRADES, "symbol": topic.instrument}


# -- what comes --------------------------------------------------------------------------------------------------


def read(message: str | bytes, received_ms: int) -> StreamNews:
    """What a message says."""
    value = ROWS.message(message, received_ms)
    if value.get("op") == "PING":
        return _answered(value, received_ms)
    if value.get("result") is False or value.get("type") == "ERROR":
        return _refused(value)
    topic, pair = value.get("topic"), value.get("symbol")
    if "data" not in value or not isinstance(pair, str) or not pair.isprintable():
        return StreamNews()
    reply = Reply(status=200, body=_as_bytes(message), received_ms=received_ms)
    sent_ms = _sent_ms(value, received_ms)
    if topic == _INDEX:
        quoted = quotes_of(reply, _as_rows(value.get("data")), None)
        return StreamNews(underlyings=quoted.values, problems=quoted.problems, sent_ms=sent_ms)
    problems: list[Problem] = []
    quote: TokenQuote | None = None
    if topic == _OFFERS and symbol_of(pair):
        quote = _offers(reply, value, symbol_of(pair), problems)
    if topic == _TRADES and symbol_of(pair):
        quote = _last_trade(reply, value, symbol_of(pair), problems)
    return StreamNews(tokens=() if quote is None else (quote,), problems=tuple(problems), sent_ms=sent_ms)


def _answered(value: JsonRow, received_ms: int) -> StreamNews:
    stamp = value.get("timestamp")
    try:
        echoed = whole(stamp, low=0, high=_FAR_MS)
    except ValueError:
        echoed = received_ms
    pong = json.dumps({"op": "PONG", "timestamp": echoed}, separators=(",", ":"))
    return StreamNews(answers=(pong,), sent_ms=_sent_ms(value, received_ms))


def _refused(value: JsonRow) -> StreamNews:
    """A subscription that was refused; as far as is known Pionex never says which."""
    code, words, pair = (
        text if isinstance(text := value.get(name), str) else "" for name in ("code", "message", "symbol")
    )
    label = printable(pair, 40)
    said = (
        ", ".join(part for part in (printable(words, 160).rstrip("."), printable(code, 60)) if part)
        or "no reason given"
    )
    problem = ROWS.problem("subscription_refused", f"Pionex does not stream what was asked for ({said}).", row=label)
    return StreamNews(refused=(label,), problems=(problem,))


def _sent_ms(value: JsonRow, received_ms: int) -> int | None:
    try:
        return past_ms(value.get("timestamp"), received_ms)
    except ValueError:
        return None


def _as_bytes(message: str | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.encode("utf-8", "replace")


def _as_rows(held: JsonValue) -> JsonValue:
    """The rows of a message: a list, or one row by itself."""
    return [held] if isinstance(held, dict) else held


def _offers(reply: Reply, value: JsonRow, symbol: str, problems: list[Problem]) -> TokenQuote | None:
    """The best bid and ask; a side without offers is absent."""
    held = value.get("data")
    if not isinstance(held, dict):
        raise ROWS.wrong_shape(reply, "a message with offers in it")
    best: JsonRow = {"bid": _best(held.get("bids")), "ask": _best(held.get("asks"))}
    return quote_of(symbol, best, moment_ms(value.get("timestamp"), reply.received_ms), problems)


def _best(side: JsonValue) -> JsonValue:
    """The first price of a side; what is no side becomes a list, so that it is described as no number."""
    if isinstance(side, list) and side and isinstance(side[0], list) and side[0]:
        return side[0][0]
    return None if is_absent(side) or side == [] else [side]


def _last_trade(reply: Reply, value: JsonRow, symbol: str, problems: list[Problem]) -> TokenQuote | None:
    """The latest of the trades a message tells of; the newest come first among those of one moment."""

    def trade(row: JsonValue) -> tuple[int, JsonValue]:
        made = as_object(row)
        if is_absent(made.get("price")):
            raise ValueError("has no price")
        return moment_ms(made.get("timestamp"), reply.received_ms), made.get("price")

    trades, bad = ROWS.each(reply, _as_rows(value.get("data")), trade, "row_unreadable", "a trade")
    problems += bad
    if not trades:
        return None
    ts_ms, price = max(trades, key=lambda made: made[0])
    return quote_of(symbol, {"last": price}, ts_ms, problems)
