"""Bitrue's replies as a whole: no envelope, and errors as a `code` with a `msg`, sometimes with a good status."""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonValue
from levdesk.venues.refusals import DELISTED_HINT, Hints, VenueWords, address_hint, failure, read_answer, retry_after_s
from levdesk.venues.rows import VenueRows

VENUE: Final = "bitrue"
TITLE: Final = "Bitrue"
ROWS: Final = VenueRows(VENUE, TITLE)

_GOOD_CODES: Final = frozenset({"0", "200"})
_BUSY_LABELS: Final = frozenset({"-1003"})
"""Too many requests, in the numbering Bitrue took over with its protocol."""
_HINTS: Final = Hints(address_hint(VENUE), {"-1121": DELISTED_HINT, "-2017": DELISTED_HINT})


def read(reply: Reply) -> JsonValue:
    """The body of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by the code in the body.
        VenueGarbled: the body cannot be read.
    """
    return read_answer(reply, _words, _refusal, venue=VENUE, title=TITLE)


def _words(value: JsonValue) -> VenueWords:
    """The error a body holds."""
    code = value.get("code") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(code, str) or code in _GOOD_CODES:
        return VenueWords()
    said = value.get("msg")
    return VenueWords(code, said if isinstance(said, str) else "", refuses=True)


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    status = 429 if words.label in _BUSY_LABELS else reply.status
    hint = _HINTS.of(status, words.label)
    wait_s = retry_after_s(reply, reply.received_ms)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)


def server_time_ms(reply: Reply) -> int:
    """Bitrue's clock."""
    value = read(reply)
    return ROWS.clock_ms(reply, value.get("serverTime") if isinstance(value, dict) else None)
