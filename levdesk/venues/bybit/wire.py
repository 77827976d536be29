"""Bybit's envelopes: `retCode` 0 with a result, or a refusal that comes with a good status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from levdesk.domain.errors import VenueBusy, VenueError, VenueGarbled
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, is_absent, printable, read_json
from levdesk.venues.refusals import VenueWords, failure, retry_after_s, seconds_until
from levdesk.venues.rows import VenueRows, moment_ms

VENUE: Final = "bybit"
TITLE: Final = "Bybit"
ROWS: Final = VenueRows(VENUE, TITLE)

_TOO_MANY_CODE: Final = "10006"
_SERVER_CODE: Final = "10016"
_TOO_FREQUENT: Final = b"access too frequent"
_PAUSE_S: Final = 600.0
"""An address that was shut out for asking too often is let in again after ten minutes at the earliest."""

_ADDRESS_HINT: Final = "Use another network, or a mirror with --venue-url bybit=URL."
_SYMBOL_HINT: Final = "Correct the perpetual the token is hedged with in its definition."
_PAUSE_HINT: Final = "Requests pause by themselves; a longer update interval in the settings avoids this."
_LATER_HINT: Final = "It is asked again by itself; the last known figures stay."
_HINTS: Final = {
    "10001": _SYMBOL_HINT,
    "10002": "Set this computer's clock; it differs from Bybit's.",
    _TOO_MANY_CODE: _PAUSE_HINT,
    "10009": _ADDRESS_HINT,
    "10010": _ADDRESS_HINT,
    _SERVER_CODE: _LATER_HINT,
    "10029": _SYMBOL_HINT,
    "110070": "Bybit's leveraged tokens ended in July 2025; hold and settle them by hand.",
    "170358": "Bybit's leveraged tokens ended in July 2025; hold and settle them by hand.",
}
_HINTS_BY_STATUS: Final = {403: _ADDRESS_HINT, 429: _PAUSE_HINT, 451: _ADDRESS_HINT}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A good reply: its result, and Bybit's clock when it was written."""

    result: JsonRow
    ts_ms: int


def read(reply: Reply) -> Envelope:
    """What a reply that is not a refusal holds.

    Raises:
        VenueBusy, VenueRefused: by status, or by `retCode`.
        VenueGarbled: it is no envelope of Bybit's.
    """
    if not 200 <= reply.status < 300:
        try:
            value = read_json(reply, venue=VENUE, title=TITLE)
        except VenueGarbled:
            value = None
        raise _refusal(reply, _words(value))
    value = read_json(reply, venue=VENUE, title=TITLE)
    words = _words(value)
    if words.label not in ("", "0"):
        raise _refusal(reply, words)
    result = value.get("result") if isinstance(value, dict) and words.label else None
    if not isinstance(value, dict) or not isinstance(result, dict):
        raise ROWS.wrong_shape(reply, "an answer with a result")
    return Envelope(result, moment_ms(value.get("time"), reply.received_ms))


def _words(value: JsonValue) -> VenueWords:
    if not isinstance(value, dict):
        return VenueWords()
    code, message = value.get("retCode"), value.get("retMsg")
    label = code if isinstance(code, str) and not is_absent(code) else ""
    return VenueWords(label, message if isinstance(message, str) else "")


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    wait_s = retry_after_s(reply, reply.received_ms)
    if reply.status == 403 and _TOO_FREQUENT in reply.body.lower():
        wait_s = max(_PAUSE_S, wait_s or 0.0)
        message = f"{TITLE} has shut this address out for asking too often (HTTP 403)."
        return VenueBusy(message, venue=VENUE, retry_after_s=wait_s, hint=_PAUSE_HINT)
    if words.label in (_TOO_MANY_CODE, _SERVER_CODE):
        if wait_s is None and words.label == _TOO_MANY_CODE:
            reset = reply.headers.get("x-bapi-limit-reset-timestamp", "")
            wait_s = seconds_until(reset, reply.received_ms)
        said = printable(words.message, 160).rstrip(".!")
        detail = ", ".join(part for part in (said, words.label) if part)
        what = "asks to slow down" if words.label == _TOO_MANY_CODE else "has trouble at its end"
        message = f"{TITLE} {what} ({detail})."
        return VenueBusy(message, venue=VENUE, retry_after_s=wait_s, hint=_HINTS[words.label])
    hint = _HINTS.get(words.label) or _HINTS_BY_STATUS.get(reply.status, _LATER_HINT if reply.status >= 500 else "")
    return failure(reply.status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)
