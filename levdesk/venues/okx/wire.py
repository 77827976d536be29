"""OKX's replies as a whole: the envelope {code, msg, data}, and what its codes mean."""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError, VenueGarbled
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonValue, read_json
from levdesk.venues.refusals import VenueWords, failure, retry_after_s
from levdesk.venues.rows import VenueRows, as_object, past_ms

VENUE: Final = "okx"
TITLE: Final = "OKX"
ROWS: Final = VenueRows(VENUE, TITLE)

_GOOD: Final = "0"
_BUSY_CODES: Final = {"50011": 429, "50013": 429, "50026": 500}
"""Rate limit, system busy, system error: each may come with HTTP 200."""
_ADDRESS_HINT: Final = (
    "Use another network, or OKX's host for your region: --venue-url okx=https://eea.okx.com in Europe, "
    "okx=https://us.okx.com in the United States."
)
_PAUSE_HINT: Final = "Requests pause by themselves; a longer update interval in the settings avoids this."
_LATER_HINT: Final = "It is asked again by itself; the last known figures stay."
_HINTS: Final = {"51001": "Correct the perpetual the token is hedged with in its definition."}
_HINTS_BY_STATUS: Final = {403: _ADDRESS_HINT, 429: _PAUSE_HINT, 451: _ADDRESS_HINT}


def data_rows(reply: Reply) -> list[JsonValue]:
    """The rows of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by a `code` that is not "0".
        VenueGarbled: the body cannot be read.
    """
    if not 200 <= reply.status < 300:
        try:
            value = read_json(reply, venue=VENUE, title=TITLE)
        except VenueGarbled:
            value = None
        raise _refusal(reply, _words(value))
    value = read_json(reply, venue=VENUE, title=TITLE)
    words = _words(value)
    if words.label not in {"", _GOOD}:
        raise _refusal(reply, words)
    rows = value.get("data") if isinstance(value, dict) and words.label == _GOOD else None
    if not isinstance(rows, list):
        raise ROWS.wrong_shape(reply, "an answer with data in it")
    return rows


def price_rows(reply: Reply) -> list[JsonValue]:
    """The rows of a price list, which is never empty."""
    rows = data_rows(reply)
    if not rows:
        raise ROWS.wrong_shape(reply, "a price list with anything in it")
    return rows


def _words(value: JsonValue) -> VenueWords:
    if not isinstance(value, dict):
        return VenueWords()
    code, message = value.get("code"), value.get("msg")
    return VenueWords(code if isinstance(code, str) else "", message if isinstance(message, str) else "")


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    status = _BUSY_CODES.get(words.label, reply.status) if reply.status < 429 else reply.status
    hint = _HINTS.get(words.label) or _HINTS_BY_STATUS.get(status, _LATER_HINT if status >= 500 else "")
    wait_s = retry_after_s(reply, reply.received_ms)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)


def server_time_ms(reply: Reply) -> int:
    """OKX's clock, however far it is from ours."""
    rows = data_rows(reply)
    try:
        stamp = as_object(rows[0] if rows else None).get("ts")
        return past_ms(stamp, 10 * reply.received_ms)
    except ValueError:
        raise ROWS.wrong_shape(reply, "a server time") from None
