"""Binance's replies as a whole: refusals, bans and how long they last."""

from __future__ import annotations

import re
from typing import Final

from levdesk.domain.errors import VenueError
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonValue
from levdesk.venues.refusals import (
    BANNED,
    LONGEST_BAN_S,
    PAUSE_HINT,
    PERPETUAL_HINT,
    Hints,
    VenueWords,
    address_hint,
    failure,
    read_answer,
    retry_after_s,
    seconds_until,
    shut_out,
)
from levdesk.venues.rows import VenueRows

VENUE: Final = "binance"
TITLE: Final = "Binance"
ROWS: Final = VenueRows(VENUE, TITLE)

_TOO_MANY: Final = 429
_TOO_MANY_LABEL: Final = "-1003"
_BANNED_UNTIL: Final = re.compile(r"banned until (\d{13})", re.ASCII)
_HINTS: Final = Hints(
    address_hint(VENUE), {"-1121": PERPETUAL_HINT, _TOO_MANY_LABEL: PAUSE_HINT}, by_status={BANNED: PAUSE_HINT}
)


def read(reply: Reply) -> JsonValue:
    """The body of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by the `code` Binance puts into an error's body.
        VenueGarbled: the body cannot be read.
    """
    return read_answer(reply, _words, _refusal, venue=VENUE, title=TITLE)


def _words(value: JsonValue) -> VenueWords:
    """The error an object spells with `code` below zero and `msg`."""
    if not isinstance(value, dict):
        return VenueWords()
    code, message = value.get("code"), value.get("msg")
    label = code if isinstance(code, str) and code.startswith("-") else ""
    return VenueWords(label, message if label and isinstance(message, str) else "", refuses=bool(label))


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    wait_s = retry_after_s(reply, reply.received_ms, longest_s=LONGEST_BAN_S)
    until = _BANNED_UNTIL.search(words.message)
    if wait_s is None and until is not None:
        wait_s = seconds_until(until[1], reply.received_ms, longest_s=LONGEST_BAN_S)
    status = _TOO_MANY if words.label == _TOO_MANY_LABEL and reply.status != BANNED else reply.status
    hint = _HINTS.of(status, words.label)
    if status == BANNED:
        return shut_out(words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)
