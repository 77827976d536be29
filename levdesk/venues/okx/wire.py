"""OKX's replies as a whole: the envelope {code, msg, data}, and what its codes mean."""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonValue
from levdesk.venues.refusals import PERPETUAL_HINT, Hints, VenueWords, failure, read_answer, retry_after_s
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
_HINTS: Final = Hints(_ADDRESS_HINT, {"51001": PERPETUAL_HINT})


def data_rows(reply: Reply) -> list[JsonValue]:
    """The rows of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by a `code` that is not "0".
        VenueGarbled: the body cannot be read.
    """
    value = read_answer(reply, _words, _refusal, venue=VENUE, title=TITLE)
    rows = value.get("data") if isinstance(value, dict) and value.get("code") == _GOOD else None
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
    label = code if isinstance(code, str) else ""
    return VenueWords(label, message if isinstance(message, str) else "", refuses=label not in {"", _GOOD})


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    status = _BUSY_CODES.get(words.label, reply.status) if reply.status < 429 else reply.status
    hint = _HINTS.of(status, words.label)
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
