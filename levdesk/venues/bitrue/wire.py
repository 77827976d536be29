"""Bitrue's replies as a whole: no envelope, and errors as a `code` with a `msg`, sometimes with a good status."""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError, VenueGarbled
from levdesk.venues.bars import EARLIEST_S
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonValue, read_json, whole
from levdesk.venues.refusals import VenueWords, failure, retry_after_s
from levdesk.venues.rows import VenueRows

VENUE: Final = "bitrue"
TITLE: Final = "Bitrue"
ROWS: Final = VenueRows(VENUE, TITLE)

_GOOD_CODES: Final = frozenset({"0", "200"})
_BUSY_LABELS: Final = frozenset({"-1003"})
"""Too many requests, in the numbering Bitrue took over with its protocol."""
_DELISTED_HINT: Final = "The token may have been delisted or renamed; define it by hand to keep it."
_ADDRESS_HINT: Final = "Use another network, or a mirror with --venue-url bitrue=URL."
_PAUSE_HINT: Final = "Requests pause by themselves; a longer update interval in the settings avoids this."
_LATER_HINT: Final = "It is asked again by itself; the last known figures stay."
_HINTS: Final = {"-1121": _DELISTED_HINT, "-2017": _DELISTED_HINT}
_HINTS_BY_STATUS: Final = {403: _ADDRESS_HINT, 429: _PAUSE_HINT, 451: _ADDRESS_HINT}


def read(reply: Reply) -> JsonValue:
    """The body of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by the code in the body.
        VenueGarbled: the body cannot be read.
    """
    if not 200 <= reply.status < 300:
        try:
            value = read_json(reply, venue=VENUE, title=TITLE)
        except VenueGarbled:
            value = None
        raise _refusal(reply, _words(value) or VenueWords())
    value = read_json(reply, venue=VENUE, title=TITLE)
    words = _words(value)
    if words is not None:
        raise _refusal(reply, words)
    return value


def _words(value: JsonValue) -> VenueWords | None:
    """The error a body holds, or None."""
    code = value.get("code") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(code, str) or code in _GOOD_CODES:
        return None
    said = value.get("msg")
    return VenueWords(code, said if isinstance(said, str) else "")


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    status = 429 if words.label in _BUSY_LABELS else reply.status
    hint = _HINTS.get(words.label) or _HINTS_BY_STATUS.get(status, _LATER_HINT if status >= 500 else "")
    wait_s = retry_after_s(reply, reply.received_ms)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)


def server_time_ms(reply: Reply) -> int:
    """Bitrue's clock."""
    value = read(reply)
    try:
        stamp = value.get("serverTime") if isinstance(value, dict) else None
        return whole(stamp, low=EARLIEST_S * 1000, high=EARLIEST_S * 10_000)
    except ValueError:
        raise ROWS.wrong_shape(reply, "a server time") from None
