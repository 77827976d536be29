"""HTX's replies as a whole: three envelopes, refusals inside good statuses, and the moment they speak of.

The older calls answer `status` "ok" or "error" with an `err-code` or `err_code`; the v2 and v5 calls answer `code` 200
or another.
"""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue
from levdesk.venues.refusals import PERPETUAL_HINT, Hints, VenueWords, address_hint, failure, read_answer, retry_after_s
from levdesk.venues.rows import VenueRows

VENUE: Final = "htx"
TITLE: Final = "HTX"
ROWS: Final = VenueRows(VENUE, TITLE)

_BUSY_LABELS: Final = frozenset({"1032", "429"})
"""Too many requests, said with a good status."""
_HINTS: Final = Hints(address_hint(VENUE), {"1014": PERPETUAL_HINT, "invalid-parameter": PERPETUAL_HINT})


def read(reply: Reply) -> JsonRow:
    """The envelope of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by what the envelope says.
        VenueGarbled: the body cannot be read, or is none of HTX's envelopes.
    """
    value = read_answer(reply, _words, _refusal, venue=VENUE, title=TITLE)
    if isinstance(value, dict) and (value.get("status") == "ok" or value.get("code") == "200"):
        return value
    raise ROWS.wrong_shape(reply, "an answer of one of its forms")


def _words(value: JsonValue) -> VenueWords:
    """What an envelope says went wrong."""
    if not isinstance(value, dict):
        return VenueWords()
    if value.get("status") == "error":
        return VenueWords(_text(value, "err-code", "err_code"), _text(value, "err-msg", "err_msg"), refuses=True)
    code = value.get("code")
    if isinstance(code, str) and code != "200":
        return VenueWords(code, _text(value, "message", "msg"), refuses=True)
    return VenueWords()


def _text(row: JsonRow, *names: str) -> str:
    return next((text for name in names if isinstance(text := row.get(name), str)), "")


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    status = 429 if words.label in _BUSY_LABELS else reply.status
    hint = _HINTS.of(status, words.label)
    wait_s = retry_after_s(reply, reply.received_ms)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)


def server_time_ms(reply: Reply) -> int:
    """HTX's clock, from the call of the perpetuals (`ts`) or of spot (`data`)."""
    envelope = read(reply)
    return ROWS.clock_ms(reply, envelope.get("data", envelope.get("ts")))
