"""Gate's replies as a whole: refusals, and the moment they speak of."""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonValue, whole
from levdesk.venues.refusals import (
    DELISTED_HINT,
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
from levdesk.venues.rows import VenueRows

VENUE: Final = "gate"
TITLE: Final = "Gate"
ROWS: Final = VenueRows(VENUE, TITLE)

_DAY_MS: Final = 86_400_000

_BUSY_LABELS: Final = frozenset({"TOO_MANY_REQUESTS", "TOO_BUSY"})
_HINTS: Final = Hints(
    address_hint(VENUE),
    {
        "INVALID_CURRENCY": DELISTED_HINT,
        "INVALID_CURRENCY_PAIR": DELISTED_HINT,
        "CONTRACT_NOT_FOUND": PERPETUAL_HINT,
        "REQUEST_EXPIRED": "Set this computer's clock; it differs from Gate's by more than a minute.",
        "IP_FORBIDDEN": address_hint(VENUE),
        "FORBIDDEN": address_hint(VENUE),
        "TOO_MANY_REQUESTS": PAUSE_HINT,
    },
)


def read(reply: Reply) -> JsonValue:
    """The body of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by the `label` Gate puts into an error's body.
        VenueGarbled: the body cannot be read.
    """
    return read_answer(reply, _words, _refusal, venue=VENUE, title=TITLE)


def _words(value: JsonValue) -> VenueWords:
    if not isinstance(value, dict):
        return VenueWords()
    texts = [text if isinstance(text := value.get(name), str) else "" for name in ("label", "message", "detail")]
    return VenueWords(texts[0], texts[1] or texts[2], refuses=bool(texts[0]))


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    now_ms = moment_ms(reply)
    wait_s = retry_after_s(reply, now_ms)
    status = 429 if words.label in _BUSY_LABELS else reply.status
    if wait_s is None and status == 429:  # every answer tells when the limit is counted anew; only here it was reached
        wait_s = seconds_until(reply.headers.get("x-gate-ratelimit-reset-timestamp", ""), now_ms)
    hint = _HINTS.of(status, words.label)
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)


def moment_ms(reply: Reply) -> int:
    """When the figures of a reply were true: `X-Out-Time` where it is sane, else when the reply came.

    Sane is up to a day before the reply came: further off, a clock is wrong, for no cache is that old. A figure
    cannot be newer than its arrival.
    """
    text = reply.headers.get("x-out-time", "").strip()
    try:
        out_ms = whole(text, low=0, high=reply.received_ms * 1000) // 1000
    except ValueError:
        return reply.received_ms
    return out_ms if out_ms >= reply.received_ms - _DAY_MS else reply.received_ms


def server_time_ms(reply: Reply) -> int:
    """Gate's clock."""
    value = read(reply)
    return ROWS.clock_ms(reply, value.get("server_time") if isinstance(value, dict) else None)
