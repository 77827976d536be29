"""Binance's streams: mark, index and funding of each perpetual, once a second.

One root (`/market`) carries all that is heard here. Topics are asked for by SUBSCRIBE messages, so that they change
without a new connection; Binance pings by itself with ping frames of the protocol, which a socket answers by itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from levdesk.domain.problems import Problem
from levdesk.venues.addresses import stream_url
from levdesk.venues.binance.replies import QuoteFields, perpetual
from levdesk.venues.binance.wire import ROWS
from levdesk.venues.json_figures import JsonRow
from levdesk.venues.rows import moment_ms, named_row
from levdesk.venues.streams import StreamNews, StreamSocket, Topic, TopicKind

_URL: Final = "wss://fstream.binance.com/market/stream"
_STREAM: Final = "@markPrice@1s"
_EVENT: Final = "markPriceUpdate"
_TOPICS_PER_SOCKET: Final = 200
"""The documents allow 1024; clients in the field found 200 to be the limit that holds."""
_TOPICS_PER_MESSAGE: Final = 100
_MESSAGE_GAP_MS: Final = 150
"""Ten messages a second are allowed, and the pongs count too."""
_LIVES_S: Final = 86_400.0
_SUBSCRIBED: Final = 1
_UNSUBSCRIBED: Final = 2
_FIELDS: Final = QuoteFields("E", "p", "i", "r", "T")


def sockets(topics: Sequence[Topic], base_url: str) -> tuple[StreamSocket, ...]:
    """As few connections as carry the perpetuals among the topics."""
    wanted = sorted({topic for topic in topics if topic.kind is TopicKind.UNDERLYING})
    return tuple(
        StreamSocket(
            name=f"market-{first // _TOPICS_PER_SOCKET}",
            url=stream_url(_URL, base_url),
            topics=tuple(wanted[first : first + _TOPICS_PER_SOCKET]),
            message_gap_ms=_MESSAGE_GAP_MS,
            lives_s=_LIVES_S,
        )
        for first in range(0, len(wanted), _TOPICS_PER_SOCKET)
    )


def subscribe(topics: Sequence[Topic]) -> tuple[str, ...]:
    """Messages that ask for topics."""
    return _messages("SUBSCRIBE", topics, _SUBSCRIBED)


def unsubscribe(topics: Sequence[Topic]) -> tuple[str, ...]:
    """Messages that end topics."""
    return _messages("UNSUBSCRIBE", topics, _UNSUBSCRIBED)


def _messages(method: str, topics: Sequence[Topic], number: int) -> tuple[str, ...]:
    streams = [f"{topic.instrument.lower()}{_STREAM}" for topic in topics]
    return tuple(
        json.dumps(
            {"method": method, "params": streams[first : first + _TOPICS_PER_MESSAGE], "id": number},
            separators=(",", ":"),
        )
        for first in range(0, len(streams), _TOPICS_PER_MESSAGE)
    )


def read_message(message: str | bytes, received_ms: int) -> StreamNews:
    """What a message says, alone or in the envelope that names its stream.

    Raises:
        VenueGarbled: nobody can read it.
    """
    value = ROWS.message(message, received_ms)
    if "error" in value or "code" in value:
        return _refused(value)
    data = value.get("data", value)
    if not isinstance(data, dict) or data.get("e") != _EVENT:
        return StreamNews()
    sent_ms = moment_ms(data.get(_FIELDS.moment), received_ms)
    problems: list[Problem] = []
    try:
        name, row = named_row(data, "s")
    except ValueError as error:
        problem = ROWS.problem("row_unreadable", f"Binance: a perpetual's message {error}; it is left out.")
        return StreamNews(problems=(problem,), sent_ms=sent_ms)
    quote = perpetual(name, row, _FIELDS, received_ms, problems)
    return StreamNews(underlyings=(quote,), problems=tuple(problems), sent_ms=sent_ms)


def _refused(value: JsonRow) -> StreamNews:
    """Binance does not say which streams it refused; ending one that was never there is no refusal."""
    return StreamNews() if value.get("id") == str(_UNSUBSCRIBED) else StreamNews(refused=("",))
