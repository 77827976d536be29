"""MEXC's replies as a whole: refusals by status and by code, bans, and the envelope of its contract calls.

Spot errors are `code` and `msg`, contract errors `code` and `message`; both may come with HTTP 200.
"""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueBusy, VenueError, VenueGarbled, VenueRefused
from levdesk.venues.bars import EARLIEST_S
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, printable, read_json, whole
from levdesk.venues.refusals import VenueWords, failure, retry_after_s
from levdesk.venues.rows import VenueRows

VENUE: Final = "mexc"
TITLE: Final = "MEXC"
ROWS: Final = VenueRows(VENUE, TITLE)

UNKNOWN_CONTRACT: Final = "1001"

_GOOD_CODES: Final = frozenset({"0", "200"})
_BUSY_CODES: Final = {"429": 429, "510": 429, "500": 500}
"""Too many requests, asked too often, an error within: each may come with HTTP 200."""
_BANNED: Final = 418
_SHORTEST_BAN_S: Final = 120.0
_LONGEST_BAN_S: Final = 3 * 86_400.0
"""Bans last two minutes to three days."""
_DELISTED_HINT: Final = "The token may have been delisted or renamed; define it by hand to keep it."
_ADDRESS_HINT: Final = "Use another network, or a mirror with --venue-url mexc=URL."
_PAUSE_HINT: Final = "Requests pause by themselves; a longer update interval in the settings avoids this."
_LATER_HINT: Final = "It is asked again by itself; the last known figures stay."
_HINTS: Final = {
    "10007": _DELISTED_HINT,
    "30014": _DELISTED_HINT,
    "30021": _DELISTED_HINT,
    UNKNOWN_CONTRACT: "Correct the perpetual the token is hedged with in its definition.",
}
_HINTS_BY_STATUS: Final = {403: _ADDRESS_HINT, 429: _PAUSE_HINT, _BANNED: _PAUSE_HINT, 451: _ADDRESS_HINT}


def read(reply: Reply) -> JsonValue:
    """The body of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by the `code` MEXC puts into an error's body.
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
    try:
        stamp = value.get("serverTime") if isinstance(value, dict) else None
        return whole(stamp, low=EARLIEST_S * 1000, high=EARLIEST_S * 10_000)
    except ValueError:
        raise ROWS.wrong_shape(reply, "a server time") from None


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
    return VenueWords(label, _text(value, "msg") or _text(value, "message"))


def _text(row: JsonRow, name: str) -> str:
    return text if isinstance(text := row.get(name), str) else ""


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    wait_s = retry_after_s(reply, reply.received_ms, longest_s=_LONGEST_BAN_S)
    status = _BUSY_CODES.get(words.label, reply.status) if reply.status in {200, 400} else reply.status
    hint = _HINTS.get(words.label) or _HINTS_BY_STATUS.get(status, _LATER_HINT if status >= 500 else "")
    if status == _BANNED:
        said = f"{printable(words.message, 160).rstrip('.')}, " if words.message else ""
        message = f"{TITLE} has shut this address out for a while ({said}HTTP {status})."
        ban_s = _SHORTEST_BAN_S if wait_s is None else wait_s
        return VenueBusy(message, venue=VENUE, retry_after_s=ban_s, hint=hint)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)
