"""MEXC's stream of perpetuals: one ticker each second with mark, index, last price and funding.

Its spot stream is protobuf and has no NAV; tokens are polled instead (see DECISIONS).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from levdesk.domain.problems import Problem
from levdesk.venues.addresses import stream_url
from levdesk.venues.json_figures import JsonRow, JsonValue
from levdesk.venues.mexc.contracts import underlying_quote
from levdesk.venues.mexc.wire import ROWS
from levdesk.venues.rows import named_row, past_ms
from levdesk.venues.streams import StreamNews, StreamSocket, Topic, TopicKind

_ADDRESS: Final = "wss://contract.mexc.com/edge"
_PING_EVERY_S: Final = 15.0
"""Asked for every 10 to 20 s; without one the connection ends after 60 s."""
_SILENT_AFTER_S: Final = 45.0
_INSTRUMENT: Final = re.compile(r"[A-Z0-9]+_USDT", re.ASCII)

PING: Final = '{"method":"ping"}'


def sockets(topics: Sequence[Topic], base_url: str) -> tuple[StreamSocket, ...]:
    """One connection for all perpetuals; the page names no limit of topics."""
    carried = tuple(sorted({topic for topic in topics if topic.kind is TopicKind.UNDERLYING}))
    if not carried:
        return ()
    socket = StreamSocket(
        name="futures",
        url=stream_url(_ADDRESS, base_url),
        topics=carried,
        ping_every_s=_PING_EVERY_S,
        silent_after_s=_SILENT_AFTER_S,
    )
    return (socket,)


def orders(method: str, topics: Sequence[Topic]) -> tuple[str, ...]:
    """Messages that subscribe to tickers or end them, one per perpetual; answers come as plain text."""
    return tuple(
        json.dumps(
            {"method": method, "param": {"symbol": topic.instrument}, "gzip": False},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for topic in topics
    )


def news(message: str | bytes, received_ms: int) -> StreamNews:
    """What a message says; acknowledgements and channels nobody asked for say nothing."""
    said = ROWS.message(message, received_ms)
    match said.get("channel"):
        case "push.ticker":
            return _ticker(said, received_ms)
        case "pong":
            return StreamNews(sent_ms=_moment_ms(said.get("data"), received_ms))
        case "rs.error":
            return StreamNews(refused=_refused(said.get("data")), sent_ms=_moment_ms(said.get("ts"), received_ms))
    return StreamNews(sent_ms=_moment_ms(said.get("ts"), received_ms))


def _ticker(said: JsonRow, received_ms: int) -> StreamNews:
    sent_ms = _moment_ms(said.get("ts"), received_ms)
    problems: list[Problem] = []
    try:
        name, row = named_row(said.get("data"), "symbol")
    except ValueError as error:
        problems.append(ROWS.problem("row_unreadable", f"MEXC: a row of a stream {error}; it is left out."))
        return StreamNews(problems=tuple(problems), sent_ms=sent_ms)
    quote = underlying_quote(name, row, sent_ms or received_ms, problems)
    return StreamNews(underlyings=(quote,), problems=tuple(problems), sent_ms=sent_ms)


def _moment_ms(value: JsonValue, received_ms: int) -> int | None:
    try:
        return past_ms(value, received_ms)
    except ValueError:
        return None


def _refused(words: JsonValue) -> tuple[str, ...]:
    """The perpetuals an error names; its wording is not on the page."""
    named = _INSTRUMENT.findall(words) if isinstance(words, str) else []
    return tuple(named) or ("",)
