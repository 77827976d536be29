"""OKX's public stream: four channels for each perpetual, with the same rows as by request.

A connection ends after 30 s without a message, so the text "ping" is sent and "pong" comes back. OKX takes at most 480
messages of ours an hour on one connection, so many channels go into one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from levdesk.venues.addresses import stream_url
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, printable
from levdesk.venues.okx.replies import PERPETUAL_ENDING, quotes_of
from levdesk.venues.okx.wire import ROWS
from levdesk.venues.streams import StreamNews, StreamSocket, Topic, TopicKind

PING: Final = "ping"
_PONG: Final = frozenset({"pong", b"pong"})
_PUBLIC: Final = "wss://ws.okx.com:8443/ws/v5/public"
_REGIONS: Final = {"eea.okx.com": "wss://wseea.okx.com:8443", "us.okx.com": "wss://wsus.okx.com:8443"}
"""OKX's hosts for requests in Europe and the United States, with those of their streams."""
_MARK: Final = "mark-price"
_INDEX: Final = "index-tickers"
_CHANNELS: Final = (_MARK, "funding-rate", _INDEX, "tickers")
_MOST_TOPICS: Final = 200
"""On one connection; the names of all its channels may not be longer than 64 KB, and these make some 45."""
_MOST_CHANNELS: Final = 200
"""In one message."""
_PING_EVERY_S: Final = 20.0
_SILENT_AFTER_S: Final = 30.0
_MESSAGE_GAP_MS: Final = 200
_ECHO: Final = re.compile(r'"?(channel|instId)"?\s*:\s*"?([A-Za-z0-9-]+)', re.ASCII)
"""An error's sentence repeats the request it is about, more or less as JSON."""


def sockets(topics: Sequence[Topic], base_url: str) -> tuple[StreamSocket, ...]:
    """As few connections as carry the topics; OKX's regional hosts have streams at hosts of their own."""
    mirror = _REGIONS.get(urlsplit(base_url).hostname or "", base_url)
    heard = sorted({topic for topic in topics if topic.kind is TopicKind.UNDERLYING and topic.instrument})
    return tuple(
        StreamSocket(
            name=f"public-{number}",
            url=stream_url(_PUBLIC, mirror),
            topics=tuple(heard[start : start + _MOST_TOPICS]),
            message_gap_ms=_MESSAGE_GAP_MS,
            ping_every_s=_PING_EVERY_S,
            silent_after_s=_SILENT_AFTER_S,
        )
        for number, start in enumerate(range(0, len(heard), _MOST_TOPICS))
    )


def messages(order: str, topics: Sequence[Topic]) -> tuple[str, ...]:
    """Messages with an order ("subscribe", "unsubscribe") for all channels of the topics."""
    channels = [channel for topic in topics for channel in _channels_of(topic)]
    return tuple(
        json.dumps({"op": order, "args": channels[start : start + _MOST_CHANNELS]}, separators=(",", ":"))
        for start in range(0, len(channels), _MOST_CHANNELS)
    )


def _channels_of(topic: Topic) -> Iterator[dict[str, str]]:
    for channel in _CHANNELS:
        name = topic.instrument.removesuffix(PERPETUAL_ENDING) if channel == _INDEX else topic.instrument
        yield {"channel": channel, "instId": name}


def read(message: str | bytes, received_ms: int) -> StreamNews:
    """What a message says."""
    if message in _PONG:
        return StreamNews()
    value = ROWS.message(message, received_ms)
    if value.get("event") == "error":
        return _refused(value)
    source, rows = value.get("arg"), value.get("data")
    if not isinstance(source, dict) or source.get("channel") not in _CHANNELS or not isinstance(rows, list):
        return StreamNews()
    return _news(message, rows, received_ms)


def _news(message: str | bytes, rows: list[JsonValue], received_ms: int) -> StreamNews:
    body = message if isinstance(message, bytes) else message.encode("utf-8", "replace")
    quoted, _ = quotes_of(Reply(status=200, body=body, received_ms=received_ms), rows, None)
    return StreamNews(underlyings=quoted.values, problems=quoted.problems)


def _refused(value: JsonRow) -> StreamNews:
    """A subscription that was refused: the perpetual where its mark price is, for without the others it is still heard.

    OKX says which in the words of its error only; where those do not tell, the refusal is of "".
    """
    code, words = (text if isinstance(text := value.get(name), str) else "" for name in ("code", "msg"))
    echoed = dict(_ECHO.findall(words))
    channel, name = echoed.get("channel", ""), echoed.get("instId", "")
    said = printable(words, 160).rstrip(".")
    label = printable(name, 40)
    problem = ROWS.problem(
        "subscription_refused", f"OKX does not stream what was asked for ({said}, {printable(code, 20)}).", row=label
    )
    if channel in _CHANNELS and channel != _MARK and name:
        return StreamNews(problems=(problem,))
    return StreamNews(refused=(label,), problems=(problem,))
