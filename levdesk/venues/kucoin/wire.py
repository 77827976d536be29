"""KuCoin's replies as a whole: the envelope {code, data}, and what its codes mean, whatever the HTTP status."""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError, VenueRefused
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonValue, whole
from levdesk.venues.refusals import LONGEST_WAIT_S, Hints, VenueWords, address_hint, failure, read_answer, retry_after_s
from levdesk.venues.rows import VenueRows

VENUE: Final = "kucoin"
TITLE: Final = "KuCoin"
ROWS: Final = VenueRows(VENUE, TITLE)

_GOOD_CODES: Final = ("200000", "200")
"""The second is that of the oldest NAV replies."""
_BUSY_CODES: Final = {"429000": 429, "1015": 429, "500000": 500}
"""Too many requests (or an overloaded server), the shield before it, an error within."""
_DELISTED_HINT: Final = "KuCoin has wound its leveraged tokens down; define the token by hand to keep it."
_HINTS: Final = Hints(address_hint(VENUE), {"900001": _DELISTED_HINT, "400006": address_hint(VENUE)})


def data(reply: Reply) -> JsonValue:
    """What the envelope holds.

    Raises:
        VenueBusy, VenueRefused: by status, or by a `code` that is not a good one.
        VenueGarbled: the body cannot be read, or is no envelope.
    """
    value = read_answer(reply, _words, _refusal, venue=VENUE, title=TITLE)
    if not isinstance(value, dict) or value.get("code") not in _GOOD_CODES or "data" not in value:
        raise ROWS.wrong_shape(reply, "an answer with data in it")
    return value["data"]


def _words(value: JsonValue) -> VenueWords:
    if not isinstance(value, dict):
        return VenueWords()
    code, message = value.get("code"), value.get("msg")
    label = code if isinstance(code, str) else ""
    return VenueWords(label, message if isinstance(message, str) else "", refuses=label not in {"", *_GOOD_CODES})


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    status = _BUSY_CODES.get(words.label, reply.status) if reply.status < 429 else reply.status
    hint = _HINTS.of(status, words.label)
    wait_s = retry_after_s(reply, reply.received_ms)
    if wait_s is None and status == 429:
        wait_s = _reset_s(reply)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)


def _reset_s(reply: Reply) -> float | None:
    """Seconds until the pool of requests is full again: a header counts them down in ms."""
    try:
        return whole(reply.headers.get("gw-ratelimit-reset", ""), low=1, high=round(LONGEST_WAIT_S * 1000)) / 1000
    except ValueError:
        return None


def server_time_ms(reply: Reply) -> int:
    """KuCoin's clock."""
    return ROWS.clock_ms(reply, data(reply))


def gone() -> VenueRefused:
    """The refusal that an answer without any NAV is: the endpoint stands, and there is nothing behind it."""
    hint = "KuCoin has wound its leveraged tokens down; type a last NAV in, or keep the token as history."
    return VenueRefused("KuCoin publishes no NAV any more.", venue=VENUE, status=200, label="NO_NAV", hint=hint)
