"""Announcements as venues list them: a title, an address and a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from levdesk.domain.listings import VenueNotice
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonValue, is_absent, printable
from levdesk.venues.rows import VenueRows, as_object, past_ms

MOST_NOTICES: Final = 50
"""Asked for at a time; the page is fetched twice an hour."""

_WIDEST_TITLE: Final = 300
_WIDEST_URL: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFields:
    """Where a venue keeps what an announcement says.

    Attributes:
        title, url: names of the fields.
        moments: fields with the moment, the first that is there counts.
        host: goes before an address without one.
        in_seconds: the venue counts seconds.
    """

    title: str
    url: str
    moments: tuple[str, ...]
    host: str = ""
    in_seconds: bool = False


def notices(reply: Reply, listed: JsonValue, rows: VenueRows, fields: NoticeFields) -> Parsed[VenueNotice]:
    """Announcements out of a list of objects.

    Raises:
        VenueGarbled: it is no list, or a list of nothing but bad rows.
    """

    def notice(value: JsonValue) -> VenueNotice:
        row = as_object(value)
        said = row.get(fields.title)
        words = printable(said, _WIDEST_TITLE) if isinstance(said, str) else ""
        if not words:
            raise ValueError("has no title")
        stamp = next((row[name] for name in fields.moments if not is_absent(row.get(name))), None)
        if fields.in_seconds and isinstance(stamp, str):
            stamp = f"{stamp}000"
        url = _address(row.get(fields.url), fields.host)
        return VenueNotice(venue=rows.venue, title=words, url=url, ts_ms=past_ms(stamp, reply.received_ms))

    found, problems = rows.each(reply, listed, notice, "notice_rejected", "an announcement")
    return Parsed(tuple(found), tuple(problems))


def together(parts: Iterable[JsonValue]) -> list[JsonValue]:
    """Lists one after the other; what is no list counts as one bad row."""
    return [row for part in parts for row in (part if isinstance(part, list) else [part])]


def _address(value: JsonValue, host: str) -> str:
    """An https address that can be shown and opened; "" for anything else."""
    text = value.strip() if isinstance(value, str) else ""
    whole = f"{host}{text}" if host and text.startswith("/") and not text.startswith("//") else text
    if len(whole) > _WIDEST_URL or not whole.isascii() or not whole.isprintable() or " " in whole:
        return ""
    try:
        parts = urlsplit(whole)
    except ValueError:
        return ""
    return whole if parts.scheme == "https" and parts.hostname else ""
