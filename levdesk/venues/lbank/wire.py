"""LBank's replies as a whole: one envelope with `result`, `error_code` and `ts`, its errors with a good status."""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError, VenueGarbled
from levdesk.venues.bars import EARLIEST_S
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, read_json, whole
from levdesk.venues.refusals import VenueWords, failure, retry_after_s
from levdesk.venues.rows import VenueRows

VENUE: Final = "lbank"
TITLE: Final = "LBank"
ROWS: Final = VenueRows(VENUE, TITLE)

_GOOD_CODES: Final = frozenset({"0", "00000"})
_STATUS_OF_CODES: Final = {"10004": 429, "10000": 500, "10017": 500, "10116": 503}
"""Too frequent, internal error, server error, upgrading: waited out as if the status said so."""
_DELISTED_HINT: Final = "The token may have been delisted or renamed; define it by hand to keep it."
_ADDRESS_HINT: Final = "Use another network, or a mirror with --venue-url lbank=URL."
_PAUSE_HINT: Final = "Requests pause by themselves; a longer update interval in the settings avoids this."
_LATER_HINT: Final = "It is asked again by itself; the last known figures stay."
_HINTS: Final = {"10008": _DELISTED_HINT}
_HINTS_BY_STATUS: Final = {403: _ADDRESS_HINT, 429: _PAUSE_HINT, 451: _ADDRESS_HINT}


def read(reply: Reply) -> JsonRow:
    """The envelope of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by the code in the envelope.
        VenueGarbled: the body cannot be read, or is no envelope.
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
    if isinstance(value, dict) and (value.get("result") in (True, "true") or "timestamp" in value):
        return value
    raise ROWS.wrong_shape(reply, "an answer in its envelope")


def _words(value: JsonValue) -> VenueWords | None:
    """What an envelope says went wrong; None when it says nothing of the kind. `result` comes as text or as a flag."""
    if not isinstance(value, dict):
        return None
    code, said = value.get("error_code"), value.get("msg")
    message = said if isinstance(said, str) else ""
    if isinstance(code, str) and code not in _GOOD_CODES:
        return VenueWords(code, message)
    return VenueWords("", message) if value.get("result") in (False, "false") else None


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    status = _STATUS_OF_CODES.get(words.label, reply.status)
    hint = _HINTS.get(words.label) or _HINTS_BY_STATUS.get(status, _LATER_HINT if status >= 500 else "")
    wait_s = retry_after_s(reply, reply.received_ms)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)


def server_time_ms(reply: Reply) -> int:
    """LBank's clock: `data` in the envelope, `timestamp` in the older form without one."""
    envelope = read(reply)
    stamp = envelope.get("data", envelope.get("timestamp"))
    try:
        return whole(stamp, low=EARLIEST_S * 1000, high=EARLIEST_S * 10_000)
    except ValueError:
        raise ROWS.wrong_shape(reply, "a server time") from None
