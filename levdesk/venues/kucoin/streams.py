"""KuCoin's stream of perpetuals: mark and index each second, funding each minute, the last price each five seconds.

It wants a ticket, and each of its two hosts wants its own; the contract knows one, so tokens are polled (see
DECISIONS).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from levdesk.domain.errors import Bug
from levdesk.domain.market import UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.addresses import stream_url
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, printable, whole
from levdesk.venues.kucoin.wire import ROWS, VENUE, data
from levdesk.venues.rows import MOST_FUNDING, as_object, moment_ms
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

_MARKS: Final = "/contract/instrument"
_SNAPSHOTS: Final = "/contractMarket/snapshot"
_CHANNELS: Final = (_MARKS, _SNAPSHOTS)
_TOPICS_PER_SOCKET: Final = 400 // len(_CHANNELS)
_MESSAGE_GAP_MS: Final = 100
"""At most 100 messages in ten seconds."""
_PING_EVERY_S: Final = 18.0
"""Where the ticket does not say."""
_SILENCE_FACTOR: Final = 2.5
_LONGEST_PING_MS: Final = 600_000

# -- the ticket --------------------------------------------------------------------------------------------------


def ticket(reply: Reply) -> Ticket:
    """The address with its leave to connect, and how often it wants a ping."""
    said = data(reply)
    try:
        row = as_object(said)
        token, servers = row.get("token"), row.get("instanceServers")
        server = as_object(servers[0] if isinstance(servers, list) and servers else None)
        address = server.get("endpoint")
        if not isinstance(token, str) or not token or not isinstance(address, str):
            raise ValueError("names no address")
        if not address.startswith(("wss://", "ws://")):
            raise ValueError("names an address of another kind")
    except ValueError:
        raise ROWS.wrong_shape(reply, "a ticket to its stream") from None
    url = f"{address}?token={quote(token, safe='=', errors='replace')}"
    return Ticket(url=url, ping_every_s=_ping_every_s(server.get("pingInterval")))


def _ping_every_s(interval_ms: JsonValue) -> float:
    try:
        return whole(interval_ms, low=1000, high=_LONGEST_PING_MS) / 1000
    except ValueError:
        return _PING_EVERY_S


# -- what is said ------------------------------------------------------------------------------------------------


def sockets(topics: Sequence[Topic], pass_: Ticket | None, base_url: str) -> tuple[StreamSocket, ...]:
    """Connections of 200 perpetuals each, two of KuCoin's topics apiece."""
    carried = sorted({topic for topic in topics if topic.kind is TopicKind.UNDERLYING})
    if not carried:
        return ()
    if pass_ is None:
        raise Bug("KuCoin's stream wants a ticket.")
    ping_every_s = pass_.ping_every_s or _PING_EVERY_S
    return tuple(
        StreamSocket(
            name=f"futures-{number}",
            url=stream_url(f"{pass_.url}&connectId=futures-{number}", base_url),
            topics=tuple(carried[first : first + _TOPICS_PER_SOCKET]),
            message_gap_ms=_MESSAGE_GAP_MS,
            ping_every_s=ping_every_s,
            silent_after_s=ping_every_s * _SILENCE_FACTOR,
        )
        for number, first in enumerate(range(0, len(carried), _TOPICS_PER_SOCKET))
    )


def orders(kind: str, topics: Sequence[Topic]) -> tuple[str, ...]:
    """Messages that subscribe to topics or end them; the id of each is the perpetual, so that an error names it."""
    return tuple(
        json.dumps(
            {
                "id": topic.instrument,
                "type": kind,
                "topic": f"{channel}:{topic.instrument}",
                "privateChannel": False,
                "response": True,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for topic in topics
        for channel in _CHANNELS
    )


def ping(now_ms: int) -> str:
    """KuCoin's ping text, whose id comes back with the pong."""
    return json.dumps({"id": str(now_ms), "type": "ping"}, separators=(",", ":"))


# -- what is heard -----------------------------------------------------------------------------------------------


def news(message: str | bytes, received_ms: int) -> StreamNews:
    """What a message says; welcomes, acknowledgements, pongs and topics nobody asked for say nothing."""
    said = ROWS.message(message, received_ms)
    if said.get("type") == "error":
        name = said.get("id")
        return StreamNews(refused=(printable(name, 40) if isinstance(name, str) else "",))
    topic, subject = said.get("topic"), said.get("subject")
    channel, _, name = topic.partition(":") if isinstance(topic, str) else ("", "", "")
    if channel not in _CHANNELS:
        return StreamNews()
    problems: list[Problem] = []
    try:
        if not name or not name.isprintable() or " " in name:
            raise ValueError("has no readable name")
        row = as_object(said.get("data"))
    except ValueError as error:
        problems.append(ROWS.problem("row_unreadable", f"KuCoin: a row of a stream {error}; it is left out."))
        return StreamNews(problems=tuple(problems))
    quote_ = _quote(name, subject, row, received_ms, problems)
    return StreamNews(underlyings=(quote_,) if quote_ is not None else (), problems=tuple(problems))


def _quote(
    name: str, subject: JsonValue, row: JsonRow, received_ms: int, problems: list[Problem]
) -> UnderlyingQuote | None:
    reader = ROWS.reader(name, row, problems)
    moment = moment_ms(row.get("timestamp"), received_ms)
    match subject:
        case "mark.index.price":
            mark, index = reader.price("markPrice", "mark price"), reader.price("indexPrice", "index price")
            return UnderlyingQuote(venue=VENUE, instrument=name, ts_ms=moment, mark=mark, index=index)
        case "funding.rate":  # its granularity is that of the pushes, not of the settlements
            rate = reader.signed("fundingRate", "funding rate", "funding_rejected", MOST_FUNDING)
            return UnderlyingQuote(venue=VENUE, instrument=name, ts_ms=moment, funding_rate=rate)
        case "snapshot.24h":
            last = reader.price("lastPrice", "last price")
            return UnderlyingQuote(venue=VENUE, instrument=name, ts_ms=_of_ns(row.get("ts"), received_ms), last=last)
    return None


def _of_ns(value: JsonValue, received_ms: int) -> int:
    """A moment in nanoseconds as one in milliseconds; when the message came, where it says nothing believable."""
    try:
        nanoseconds = whole(value, low=0, high=10**20)
    except ValueError:
        return received_ms
    return moment_ms(str(nanoseconds // 1_000_000), received_ms)
