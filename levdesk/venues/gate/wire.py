"""Gate's replies as a whole: refusals, the moment they speak of, and lists read row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from levdesk.domain.errors import VenueError, VenueGarbled
from levdesk.domain.problems import Problem, Severity
from levdesk.venues.bars import EARLIEST_S
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, garbled, read_json, whole
from levdesk.venues.refusals import VenueWords, failure, retry_after_s, seconds_until

VENUE: Final = "gate"
TITLE: Final = "Gate"

_DAY_MS: Final = 86_400_000

_BUSY_LABELS: Final = frozenset({"TOO_MANY_REQUESTS", "TOO_BUSY"})
_DELISTED_HINT: Final = "The token may have been delisted or renamed; define it by hand to keep it."
_ADDRESS_HINT: Final = "Use another network, or a mirror with --venue-url gate=URL."
_HINTS: Final = {
    "INVALID_CURRENCY": _DELISTED_HINT,
    "INVALID_CURRENCY_PAIR": _DELISTED_HINT,
    "CONTRACT_NOT_FOUND": "Correct the perpetual the token is hedged with in its definition.",
    "REQUEST_EXPIRED": "Set this computer's clock; it differs from Gate's by more than a minute.",
    "IP_FORBIDDEN": _ADDRESS_HINT,
    "FORBIDDEN": _ADDRESS_HINT,
    "TOO_MANY_REQUESTS": "Requests pause by themselves; a longer update interval in the settings avoids this.",
}
_LATER_HINT: Final = "It is asked again by itself; the last known figures stay."
_HINTS_BY_STATUS: Final = {403: _ADDRESS_HINT, 429: _HINTS["TOO_MANY_REQUESTS"], 451: _ADDRESS_HINT}

T = TypeVar("T")


def read(reply: Reply) -> JsonValue:
    """The body of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by the `label` Gate puts into an error's body.
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
    if not isinstance(value, dict):
        return VenueWords()
    texts = [text if isinstance(text := value.get(name), str) else "" for name in ("label", "message", "detail")]
    return VenueWords(texts[0], texts[1] or texts[2])


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    now_ms = moment_ms(reply)
    wait_s = retry_after_s(reply, now_ms)
    status = 429 if words.label in _BUSY_LABELS else reply.status
    if wait_s is None and status == 429:  # every answer tells when the limit is counted anew; only here it was reached
        wait_s = seconds_until(reply.headers.get("x-gate-ratelimit-reset-timestamp", ""), now_ms)
    hint = _HINTS.get(words.label) or _HINTS_BY_STATUS.get(status, _LATER_HINT if status >= 500 else "")
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
    try:
        stamp = value.get("server_time") if isinstance(value, dict) else None
        return whole(stamp, low=EARLIEST_S * 1000, high=EARLIEST_S * 10_000)
    except ValueError:
        raise wrong_shape(reply, "a server time") from None


def wrong_shape(reply: Reply, wanted: str) -> VenueGarbled:
    """The error for JSON that is not what was asked for."""
    return garbled(reply, f"Gate sent something that is not {wanted}.", venue=VENUE)


def problem(code: str, message: str, *, row: str = "") -> Problem:
    """A warning about Gate's data; `row` names the token or perpetual it is about."""
    return Problem(severity=Severity.WARNING, code=code, message=message, source=f"{VENUE}:{row}" if row else VENUE)


def each_row(reply: Reply, read_row: Callable[[JsonValue], T], code: str, thing: str) -> tuple[list[T], list[Problem]]:
    """Read a list row by row; a list of nothing but bad rows is a garbled reply."""
    rows = read(reply)
    if not isinstance(rows, list):
        raise wrong_shape(reply, "a list")
    values: list[T] = []
    problems: list[Problem] = []
    for row in rows:
        try:
            values.append(read_row(row))
        except ValueError as error:
            problems.append(problem(code, f"Gate: {thing} {error}; it is left out."))
    if rows and not values:
        raise wrong_shape(reply, f"a list with {thing} in it")
    return values, problems


def named_row(row: JsonValue, fields: tuple[str, ...]) -> tuple[str, JsonRow]:
    """A row with the name it carries in the first of `fields` that holds text.

    Raises:
        ValueError: with a plain reason.
    """
    if not isinstance(row, dict):
        raise ValueError("is not an object")
    name = next((name for field in fields if isinstance(name := row.get(field), str)), "")
    if not name or not name.isprintable() or " " in name:
        raise ValueError("has no readable name")
    return name, row
