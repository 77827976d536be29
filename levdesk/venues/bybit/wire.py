"""Bybit's envelopes: `retCode` 0 with a result, or a refusal that comes with a good status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from levdesk.domain.errors import VenueBusy, VenueError
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, is_absent, printable
from levdesk.venues.refusals import (
    LATER_HINT,
    PAUSE_HINT,
    PERPETUAL_HINT,
    Hints,
    VenueWords,
    address_hint,
    failure,
    read_answer,
    retry_after_s,
    seconds_until,
)
from levdesk.venues.rows import VenueRows, moment_ms

VENUE: Final = "bybit"
TITLE: Final = "Bybit"
ROWS: Final = VenueRows(VENUE, TITLE)

_TOO_MANY_CODE: Final = "10006"
_SERVER_CODE: Final = "10016"
_TOO_FREQUENT: Final = b"access too frequent"
_PAUSE_S: Final = 600.0
"""An address that was shut out for asking too often is let in again after ten minutes at the earliest."""

_ENDED_HINT: Final = "Bybit's leveraged tokens ended in July 2025; hold and settle them by hand."
_HINTS: Final = Hints(
    address_hint(VENUE),
    {
        "10001": PERPETUAL_HINT,
        "10002": "Set this computer's clock; it differs from Bybit's.",
        _TOO_MANY_CODE: PAUSE_HINT,
        "10009": address_hint(VENUE),
        "10010": address_hint(VENUE),
        _SERVER_CODE: LATER_HINT,
        "10029": PERPETUAL_HINT,
        "110070": _ENDED_HINT,
        "170358": _ENDED_HINT,
    },
)


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
    value = read_answer(reply, _words, _refusal, venue=VENUE, title=TITLE)
    result = value.get("result") if isinstance(value, dict) and value.get("retCode") == "0" else None
    if not isinstance(value, dict) or not isinstance(result, dict):
        raise ROWS.wrong_shape(reply, "an answer with a result")
    return Envelope(result, moment_ms(value.get("time"), reply.received_ms))


def _words(value: JsonValue) -> VenueWords:
    if not isinstance(value, dict):
        return VenueWords()
    code, message = value.get("retCode"), value.get("retMsg")
    label = code if isinstance(code, str) and not is_absent(code) else ""
    return VenueWords(label, message if isinstance(message, str) else "", refuses=label not in {"", "0"})


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    wait_s = retry_after_s(reply, reply.received_ms)
    if reply.status == 403 and _TOO_FREQUENT in reply.body.lower():
        wait_s = max(_PAUSE_S, wait_s or 0.0)
        message = f"{TITLE} has shut this address out for asking too often (HTTP 403)."
        return VenueBusy(message, venue=VENUE, retry_after_s=wait_s, hint=PAUSE_HINT)
    if words.label in (_TOO_MANY_CODE, _SERVER_CODE):
        if wait_s is None and words.label == _TOO_MANY_CODE:
            reset = reply.headers.get("x-bapi-limit-reset-timestamp", "")
            wait_s = seconds_until(reset, reply.received_ms)
        said = printable(words.message, 160).rstrip(".!")
        detail = ", ".join(part for part in (said, words.label) if part)
        what = "asks to slow down" if words.label == _TOO_MANY_CODE else "has trouble at its end"
        message = f"{TITLE} {what} ({detail})."
        return VenueBusy(message, venue=VENUE, retry_after_s=wait_s, hint=_HINTS.of(reply.status, words.label))
    hint = _HINTS.of(reply.status, words.label)
    return failure(reply.status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)
