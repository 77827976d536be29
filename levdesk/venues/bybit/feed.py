"""Bybit's stream of linear tickers: a snapshot, then deltas that hold only what changed.

Bybit refuses a whole request for the first bad topic in it. So a request carries its instruments in its `req_id`,
which the refusal repeats: a refused request of many is asked again one by one, a refused one of one is the topic.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from levdesk.domain.market import UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.addresses import stream_url
from levdesk.venues.bybit.replies import perpetual
from levdesk.venues.bybit.wire import ROWS
from levdesk.venues.json_figures import JsonRow, printable
from levdesk.venues.rows import moment_ms, named_row
from levdesk.venues.streams import StreamNews, StreamSocket, Topic, TopicKind

_URL: Final = "wss://stream.bybit.com/v5/public/linear"
_TICKERS: Final = "tickers."
_TOPICS_PER_SOCKET: Final = 300
"""All arguments of a connection may be 21,000 characters long: 70 for each of these."""
_TOPICS_PER_MESSAGE: Final = 10
_TOPIC_IN_WORDS: Final = re.compile(r"topic:tickers\.(\w+)", re.ASCII)
_PING_EVERY_S: Final = 20.0
_SILENT_AFTER_S: Final = 45.0
"""The answer to one of our pings may be lost, not to two in a row."""


def sockets(topics: Sequence[Topic], base_url: str) -> tuple[StreamSocket, ...]:
    """As few connections as carry the perpetuals among the topics."""
    wanted = sorted({topic for topic in topics if topic.kind is TopicKind.UNDERLYING})
    return tuple(
        StreamSocket(
            name=f"linear-{first // _TOPICS_PER_SOCKET}",
            url=stream_url(_URL, base_url),
            topics=tuple(wanted[first : first + _TOPICS_PER_SOCKET]),
            ping_every_s=_PING_EVERY_S,
            silent_after_s=_SILENT_AFTER_S,
        )
        for first in range(0, len(wanted), _TOPICS_PER_SOCKET)
    )


def subscribe(topics: Sequence[Topic]) -> tuple[str, ...]:
    """Messages that ask for topics."""
    return _messages("subscribe", [topic.instrument for topic in topics], _TOPICS_PER_MESSAGE)


def unsubscribe(topics: Sequence[Topic]) -> tuple[str, ...]:
    """Messages that end topics."""
    return _messages("unsubscribe", [topic.instrument for topic in topics], _TOPICS_PER_MESSAGE)


def ping(now_ms: int) -> str:
    """The heartbeat Bybit asks for every twenty seconds."""
    return _text({"req_id": str(now_ms), "op": "ping"})


def _messages(op: str, instruments: Sequence[str], together: int) -> tuple[str, ...]:
    groups = [instruments[first : first + together] for first in range(0, len(instruments), together)]
    return tuple(
        _text({"req_id": ",".join(group), "op": op, "args": [f"{_TICKERS}{name}" for name in group]})
        for group in groups
    )


def _text(message: dict[str, object]) -> str:
    return json.dumps(message, separators=(",", ":"))


def read_message(message: str | bytes, received_ms: int) -> StreamNews:
    """What a message says; the fields a delta leaves out are None.

    Raises:
        VenueGarbled: nobody can read it.
    """
    value = ROWS.message(message, received_ms)
    if value.get("success") is False:
        return _refused(value)
    topic, data = value.get("topic"), value.get("data")
    if not isinstance(topic, str) or not topic.startswith(_TICKERS) or not isinstance(data, dict):
        return StreamNews()
    sent_ms = moment_ms(value.get("ts"), received_ms)
    problems: list[Problem] = []
    try:
        name, row = named_row({"symbol": topic.removeprefix(_TICKERS), **data}, "symbol")
    except ValueError as error:
        problem = ROWS.problem("row_unreadable", f"Bybit: a perpetual's message {error}; it is left out.")
        return StreamNews(problems=(problem,), sent_ms=sent_ms)
    quote = perpetual(name, row, sent_ms, received_ms, problems)
    return StreamNews(underlyings=(quote,) if _says_anything(quote) else (), problems=tuple(problems), sent_ms=sent_ms)


def _says_anything(quote: UnderlyingQuote) -> bool:
    """Most deltas are of volumes and sizes alone."""
    figures = (quote.mark, quote.index, quote.last, quote.funding_rate, quote.funding_interval_s, quote.next_funding_ms)
    return any(figure is not None for figure in figures)


def _refused(value: JsonRow) -> StreamNews:
    """The topic of a refused request of one; a request of many is taken apart."""
    if value.get("op") != "subscribe":
        return StreamNews()
    request, said = value.get("req_id"), value.get("ret_msg")
    words = said if isinstance(said, str) else ""
    instruments = request.split(",") if isinstance(request, str) and request else _TOPIC_IN_WORDS.findall(words)[:1]
    if len(instruments) > 1:
        return StreamNews(answers=_messages("subscribe", instruments, 1))
    if "already subscribed" in words:
        return StreamNews()
    return StreamNews(refused=tuple(printable(name, 40) for name in instruments) or ("",))
