"""HTX's replies as a whole: three envelopes, refusals inside good statuses, and the moment they speak of.

The older calls answer `status` "ok" or "error" with an `err-code` or `err_code`; the v2 and v5 calls answer `code` 200
or another.
"""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError, VenueGarbled
from levdesk.venues.bars import EARLIEST_S
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, read_json, whole
from levdesk.venues.refusals import VenueWords, failure, retry_after_s
from levdesk.venues.rows import VenueRows

VENUE: Final = "htx"
TITLE: Final = "HTX"
ROWS: Final = VenueRows(VENUE, TITLE)

_BUSY_LABELS: Final = frozenset({"1032", "429"})
"""Too many requests, said with a good status."""
_UNKNOWN_HINT: Final = "Correct the perpetual the token is hedged with in its definition."
_ADDRESS_HINT: Final = "Use another network, or a mirror with --venue-url htx=URL."
_PAUSE_HINT: Final = "Requests pause by themselves; a longer update interval in the settings avoids this."
_LATER_HINT: Final = "It is asked again by itself; the last known figures stay."
_HINTS: Final = {"1014": _UNKNOWN_HINT, "invalid-parameter": _UNKNOWN_HINT}
_HINTS_BY_STATUS: Final = {403: _ADDRESS_HINT, 429: _PAUSE_HINT, 451: _ADDRESS_HINT}


def read(reply: Reply) -> JsonRow:
    """The envelope of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by what the envelope says.
        VenueGarbled: the body cannot be read, or is none of HTX's envelopes.
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
    if isinstance(value, dict) and (value.get("status") == "ok" or value.get("code") == "200"):
        return value
    raise ROWS.wrong_shape(reply, "an answer of one of its forms")


def _words(value: JsonValue) -> VenueWords | None:
    """What an envelope says went wrong; None when it says nothing of the kind."""
    if not isinstance(value, dict):
        return None
    if value.get("status") == "error":
        return VenueWords(_text(value, "err-code", "err_code"), _text(value, "err-msg", "err_msg"))
    code = value.get("code")
    if isinstance(code, str) and code != "200":
        return VenueWords(code, _text(value, "message", "msg"))
    return None


def _text(row: JsonRow, *names: str) -> str:
    return next((text for name in names if isinstance(text := row.get(name), str)), "")


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    status = 429 if words.label in _BUSY_LABELS else reply.status
    hint = _HINTS.get(words.label) or _HINTS_BY_STATUS.get(status, _LATER_HINT if status >= 500 else "")
    wait_s = retry_after_s(reply, reply.received_ms)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)


def server_time_ms(reply: Reply) -> int:
    """HTX's clock, from the call of the perpetuals (`ts`) or of spot (`data`)."""
    envelope = read(reply)
    stamp = envelope.get("data", envelope.get("ts"))
    try:
        return whole(stamp, low=EARLIEST_S * 1000, high=EARLIEST_S * 10_000)
    except ValueError:
        raise ROWS.wrong_shape(reply, "a server time") from None
