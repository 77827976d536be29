"""LBank's replies as a whole: one envelope with `result`, `error_code` and `ts`, its errors with a good status."""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue
from levdesk.venues.refusals import DELISTED_HINT, Hints, VenueWords, address_hint, failure, read_answer, retry_after_s
from levdesk.venues.rows import VenueRows

VENUE: Final = "lbank"
TITLE: Final = "LBank"
ROWS: Final = VenueRows(VENUE, TITLE)

_GOOD_CODES: Final = frozenset({"0", "00000"})
_STATUS_OF_CODES: Final = {"10004": 429, "10000": 500, "10017": 500, "10116": 503}
"""Too frequent, internal error, server error, upgrading: waited out as if the status said so."""
_HINTS: Final = Hints(address_hint(VENUE), {"10008": DELISTED_HINT})


def read(reply: Reply) -> JsonRow:
    """The envelope of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by the code in the envelope.
        VenueGarbled: the body cannot be read, or is no envelope.
    """
    value = read_answer(reply, _words, _refusal, venue=VENUE, title=TITLE)
    if isinstance(value, dict) and (value.get("result") in (True, "true") or "timestamp" in value):
        return value
    raise ROWS.wrong_shape(reply, "an answer in its envelope")


def _words(value: JsonValue) -> VenueWords:
    """What an envelope says went wrong; `result` comes as text or as a flag."""
    if not isinstance(value, dict):
        return VenueWords()
    code, said = value.get("error_code"), value.get("msg")
    message = said if isinstance(said, str) else ""
    if isinstance(code, str) and code not in _GOOD_CODES:
        return VenueWords(code, message, refuses=True)
    return VenueWords("", message, refuses=True) if value.get("result") in (False, "false") else VenueWords()


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    status = _STATUS_OF_CODES.get(words.label, reply.status)
    hint = _HINTS.of(status, words.label)
    wait_s = retry_after_s(reply, reply.received_ms)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)


def server_time_ms(reply: Reply) -> int:
    """LBank's clock: `data` in the envelope, `timestamp` in the older form without one."""
    envelope = read(reply)
    return ROWS.clock_ms(reply, envelope.get("data", envelope.get("timestamp")))
