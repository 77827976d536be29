"""Binance's replies as a whole: refusals, bans and how long they last."""

from __future__ import annotations

import re
from typing import Final

from levdesk.domain.errors import VenueBusy, VenueError, VenueGarbled
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonValue, printable, read_json
from levdesk.venues.refusals import VenueWords, failure, retry_after_s, seconds_until
from levdesk.venues.rows import VenueRows

VENUE: Final = "binance"
TITLE: Final = "Binance"
ROWS: Final = VenueRows(VENUE, TITLE)

_BANNED: Final = 418
_TOO_MANY: Final = 429
_TOO_MANY_LABEL: Final = "-1003"
_LONGEST_BAN_S: Final = 3 * 86_400.0
"""Binance's bans grow up to three days, and asking while banned makes them longer."""
_SHORTEST_BAN_S: Final = 120.0
"""A ban that names no end."""
_BANNED_UNTIL: Final = re.compile(r"banned until (\d{13})", re.ASCII)

_ADDRESS_HINT: Final = "Use another network, or a mirror with --venue-url binance=URL."
_PAUSE_HINT: Final = "Requests pause by themselves; a longer update interval in the settings avoids this."
_HINTS: Final = {
    "-1121": "Correct the perpetual the token is hedged with in its definition.",
    _TOO_MANY_LABEL: _PAUSE_HINT,
}
_LATER_HINT: Final = "It is asked again by itself; the last known figures stay."
_HINTS_BY_STATUS: Final = {403: _ADDRESS_HINT, _BANNED: _PAUSE_HINT, _TOO_MANY: _PAUSE_HINT, 451: _ADDRESS_HINT}


def read(reply: Reply) -> JsonValue:
    """The body of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by the `code` Binance puts into an error's body.
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
    if words.label:
        raise _refusal(reply, words)
    return value


def _words(value: JsonValue) -> VenueWords:
    """The error an object spells with `code` below zero and `msg`."""
    if not isinstance(value, dict):
        return VenueWords()
    code, message = value.get("code"), value.get("msg")
    label = code if isinstance(code, str) and code.startswith("-") else ""
    return VenueWords(label, message if label and isinstance(message, str) else "")


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    wait_s = retry_after_s(reply, reply.received_ms, longest_s=_LONGEST_BAN_S)
    until = _BANNED_UNTIL.search(words.message)
    if wait_s is None and until is not None:
        wait_s = seconds_until(until[1], reply.received_ms, longest_s=_LONGEST_BAN_S)
    status = _TOO_MANY if words.label == _TOO_MANY_LABEL and reply.status != _BANNED else reply.status
    hint = _HINTS.get(words.label) or _HINTS_BY_STATUS.get(status, _LATER_HINT if status >= 500 else "")
    if status == _BANNED:
        said = f"{printable(words.message, 160).rstrip('.')}, " if words.message else ""
        message = f"{TITLE} has shut this address out for a while ({said}HTTP {status})."
        ban_s = _SHORTEST_BAN_S if wait_s is None else wait_s
        return VenueBusy(message, venue=VENUE, retry_after_s=ban_s, hint=hint)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)
