"""MEXC's replies as a whole: refusals by status and by code, bans, and the envelope of its contract calls.

Spot errors are `code` and `msg`, contract errors `code` and `message`; both may come with HTTP 200.
"""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError, VenueRefused
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue
from levdesk.venues.refusals import (
    BANNED,
    DELISTED_HINT,
    LONGEST_BAN_S,
    PAUSE_HINT,
    PERPETUAL_HINT,
    Hints,
    VenueWords,
    address_hint,
    failure,
    read_answer,
    retry_after_s,
    shut_out,
)
from levdesk.venues.rows import VenueRows

VENUE: Final = "mexc"
TITLE: Final = "MEXC"
ROWS: Final = VenueRows(VENUE, TITLE)

UNKNOWN_CONTRACT: Final = "1001"

_GOOD_CODES: Final = frozenset({"0", "200"})
_BUSY_CODES: Final = {"429": 429, "510": 429, "500": 500}
"""Too many requests, asked too often, an error within: each may come with HTTP 200."""
_HINTS: Final = Hints(
    address_hint(VENUE),
    {"10007": DELISTED_HINT, "30014": DELISTED_HINT, "30021": DELISTED_HINT, UNKNOWN_CONTRACT: PERPETUAL_HINT},
    by_status={BANNED: PAUSE_HINT},
)


def read(reply: Reply) -> JsonValue:
    """The body of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by the `code` MEXC puts into an error's body.
        VenueGarbled: the body cannot be read.
    """
    return read_answer(reply, _words, _refusal, venue=VENUE, title=TITLE)


def contract_data(reply: Reply) -> JsonValue:
    """What the envelope of a contract call holds.

    Raises:
        VenueBusy, VenueRefused, VenueGarbled: as `read`.
    """
    value = read(reply)
    if not isinstance(value, dict) or value.get("success") is not True or "data" not in value:
        raise ROWS.wrong_shape(reply, "an answer with data in it")
    return value["data"]


def listed(reply: Reply, value: JsonValue, wanted: str) -> list[JsonValue]:
    """The rows of a list of all that is listed, which is never empty; a lone row counts as a list of one."""
    rows: JsonValue = [value] if isinstance(value, dict) else value
    if not isinstance(rows, list) or not rows:
        raise ROWS.wrong_shape(reply, wanted)
    return rows


def server_time_ms(reply: Reply) -> int:
    """MEXC's clock."""
    value = read(reply)
    return ROWS.clock_ms(reply, value.get("serverTime") if isinstance(value, dict) else None)


def gone() -> VenueRefused:
    """The refusal that an empty list of NAVs is: the endpoint answers, and there is nothing behind it."""
    hint = "MEXC took the endpoint out of its pages; NAV is estimated from the underlying instead."
    return VenueRefused("MEXC publishes no NAV any more.", venue=VENUE, status=200, label="NO_NAV", hint=hint)


def _words(value: JsonValue) -> VenueWords:
    """The error an object spells with a `code` that is not a good one."""
    if not isinstance(value, dict):
        return VenueWords()
    code = value.get("code")
    label = code if isinstance(code, str) and code not in _GOOD_CODES else ""
    return VenueWords(label, _text(value, "msg") or _text(value, "message"), refuses=bool(label))


def _text(row: JsonRow, name: str) -> str:
    return text if isinstance(text := row.get(name), str) else ""


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    wait_s = retry_after_s(reply, reply.received_ms, longest_s=LONGEST_BAN_S)
    status = _BUSY_CODES.get(words.label, reply.status) if reply.status in {200, 400} else reply.status
    hint = _HINTS.of(status, words.label)
    if status == BANNED:
        return shut_out(words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)
