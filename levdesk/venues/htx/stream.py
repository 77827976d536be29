"""HTX's public streams: gzip in binary frames, the venue's own pings, and two dialects on two connections.

`ws_index` speaks of mark and index as one-minute bars, with `ping`/`pong` and `sub`; `linear-swap-notification` speaks
of funding, with `op`. HTX pings every five seconds and cuts whoever misses five.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from typing import Final

from levdesk.domain.market import UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.addresses import stream_url
from levdesk.venues.bars import EARLIEST_S
from levdesk.venues.contract import Reply
from levdesk.venues.htx.wire import ROWS, TITLE, VENUE
from levdesk.venues.json_figures import JsonRow, JsonValue, garbled, printable, whole
from levdesk.venues.rows import MOST_FUNDING, named_row, past_ms
from levdesk.venues.streams import StreamNews, StreamSocket, Topic, TopicKind

_URLS: Final = {
    "index": "wss://api.hbdm.com/ws_index",
    "funding": "wss://api.hbdm.com/linear-swap-notification",
}
_GAP_MS: Final = 30
"""Forty subscriptions a second are taken."""
_SILENT_AFTER_S: Final = 20.0
"""Four pings missed."""
_LARGEST_MESSAGE: Final = 4 << 20
_GZIP: Final = 16 + zlib.MAX_WBITS
_WEEK_MS: Final = 7 * 86_400_000

_FIGURES: Final = ("mark_price", "index")
_CHANNEL: Final = re.compile(r"market\.(?P<instrument>[^ ]+)\.(?P<figure>mark_price|index)\.1min")


# -- what is sent ------------------------------------------------------------------------------------------------


def sockets(topics: Sequence[Topic], base_url: str) -> tuple[StreamSocket, ...]:
    """Both connections, each with every perpetual; none without topics."""
    wanted = tuple(sorted({topic for topic in topics if topic.kind is TopicKind.UNDERLYING}))
    if not wanted:
        return ()
    return tuple(
        StreamSocket(
            name=name,
            url=stream_url(url, base_url),
            topics=wanted,
            message_gap_ms=_GAP_MS,
            silent_after_s=_SILENT_AFTER_S,
        )
        for name, url in _URLS.items()
    )


def asking(act: str, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
    """Messages for topics on a connection; `act` is "sub" or "unsub". Their id names the perpetual when one fails."""
    names = [topic.instrument for topic in topics]
    if socket.name == "funding":
        return tuple(
            json.dumps({"op": act, "cid": name, "topic": f"public.{name}.funding_rate"}, ensure_ascii=False)
            for name in names
        )
    return tuple(
        json.dumps({act: f"market.{name}.{figure}.1min", "id": name}, ensure_ascii=False)
        for name in names
        for figure in _FIGURES
    )


# -- what comes --------------------------------------------------------------------------------------------------


def read(message: str | bytes, received_ms: int) -> StreamNews:
    """What a message says.

    Raises:
        VenueGarbled: nobody can read it.
    """
    row = ROWS.message(_unpacked(message, received_ms), received_ms)
    try:
        answer = _pong(row)
    except ValueError:
        raise _garbled(message, received_ms, "a ping") from None
    sent_ms = _sent_ms(row.get("ts"), received_ms)
    if answer:
        return StreamNews(answers=(answer,), sent_ms=sent_ms)
    if row.get("status") == "error" or (row.get("op") == "sub" and row.get("err-code", "0") != "0"):
        return StreamNews(refused=(_named(row),), sent_ms=sent_ms)
    if row.get("op") == "error":
        problem = ROWS.problem("stream_refused", "HTX did not understand a message on its stream.")
        return StreamNews(problems=(problem,), sent_ms=sent_ms)
    problems: list[Problem] = []
    quotes: list[UnderlyingQuote] = []
    moment = received_ms if sent_ms is None else sent_ms
    if row.get("op") == "notify":
        quotes = _funding(row, moment, message, problems)
    elif isinstance(channel := row.get("ch"), str) and (named := _CHANNEL.fullmatch(channel)) is not None:
        quotes = _price(named["instrument"], named["figure"], row.get("tick"), moment, message, problems)
    return StreamNews(underlyings=tuple(quotes), problems=tuple(problems), sent_ms=sent_ms)


def _sent_ms(stamp: JsonValue, received_ms: int) -> int | None:
    """When HTX sent a message; None where it does not say or says what cannot be."""
    try:
        return past_ms(stamp, received_ms)
    except ValueError:
        return None


def _unpacked(message: str | bytes, received_ms: int) -> str | bytes:
    """The text of a frame; a text frame is read as it is, for a mirror may have unpacked it."""
    if isinstance(message, str):
        return message
    unpacker = zlib.decompressobj(_GZIP)
    try:
        text = unpacker.decompress(message, _LARGEST_MESSAGE)
    except zlib.error:
        text = b""
    if not text or not unpacker.eof:
        raise _garbled(message, received_ms, "a whole compressed message")
    return text


def _garbled(message: str | bytes, received_ms: int, wanted: str) -> Exception:
    body = message if isinstance(message, bytes) else message.encode("utf-8", "replace")
    reply = Reply(status=200, body=body, received_ms=received_ms)
    return garbled(reply, f"{TITLE} sent something on its stream that is not {wanted}.", venue=VENUE)


def _pong(row: JsonRow) -> str:
    """The answer to a ping in the dialect it came in; "" for any other message.

    Raises:
        ValueError: a ping without a number.
    """
    if "ping" in row:
        return json.dumps({"pong": whole(row["ping"], low=0, high=10**18)})
    if row.get("op") == "ping":
        return json.dumps({"op": "pong", "ts": str(whole(row.get("ts"), low=0, high=10**18))})
    return ""


def _named(row: JsonRow) -> str:
    """The perpetual a refusal is about, from the id we gave; "" when it does not say."""
    name = next((text for field in ("id", "cid") if isinstance(text := row.get(field), str)), "")
    return printable(name, 40)


def _price(
    name: str, figure: str, tick: JsonValue, moment: int, message: str | bytes, problems: list[Problem]
) -> list[UnderlyingQuote]:
    """The close of the bar that grows: the price now."""
    if not isinstance(tick, dict):
        raise _garbled(message, moment, "a price")
    reader = ROWS.reader(name, tick, problems)
    price = reader.price("close", "mark price" if figure == "mark_price" else "index price")
    if price is None:
        return []
    if figure == "mark_price":
        return [UnderlyingQuote(venue=VENUE, instrument=name, ts_ms=moment, mark=price)]
    return [UnderlyingQuote(venue=VENUE, instrument=name, ts_ms=moment, index=price)]


def _funding(row: JsonRow, moment: int, message: str | bytes, problems: list[Problem]) -> list[UnderlyingQuote]:
    """Rates of the running interval; here `settlement_time` is when they are paid, `funding_time` when worked out."""
    rows = row.get("data")
    if not isinstance(rows, list):
        raise _garbled(message, moment, "funding rates")
    quotes: list[UnderlyingQuote] = []
    for entry in rows:
        try:
            name, figures = named_row(entry, "contract_code")
        except ValueError as error:
            problems.append(ROWS.problem("row_unreadable", f"HTX: a funding rate {error}; it is left out."))
            continue
        reader = ROWS.reader(name, figures, problems)
        rate = reader.signed("funding_rate", "funding rate", "funding_rejected", MOST_FUNDING)
        if rate is None:
            continue
        settles_ms = reader.count(
            "settlement_time",
            "funding time",
            "time_rejected",
            low=EARLIEST_S * 1000,
            high=moment + _WEEK_MS,
        )
        if settles_ms is not None and settles_ms < moment:
            settles_ms = None
        quotes.append(
            UnderlyingQuote(venue=VENUE, instrument=name, ts_ms=moment, funding_rate=rate, next_funding_ms=settles_ms)
        )
    return quotes
