"""What an HTTP status means for us, the same for every venue: busy, refused, or fine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

from levdesk.domain.errors import VenueBusy, VenueError, VenueGarbled, VenueRefused
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import JsonValue, printable, read_json

LONGEST_WAIT_S: Final = 3600.0
"""A venue that asks for a longer pause is asked again after an hour."""

PAUSE_HINT: Final = "Requests pause by themselves; a longer update interval in the settings avoids this."
LATER_HINT: Final = "It is asked again by itself; the last known figures stay."
DELISTED_HINT: Final = "The token may have been delisted or renamed; define it by hand to keep it."
PERPETUAL_HINT: Final = "Correct the perpetual the token is hedged with in its definition."

BANNED: Final = 418
"""The status of venues that shut an address out for asking too often; asking on makes it longer."""
LONGEST_BAN_S: Final = 3 * 86_400.0
_SHORTEST_BAN_S: Final = 120.0
"""Such bans last two minutes, which is also one that names no end, to three days."""

_MILLISECONDS_FROM: Final = 1e11
"""A moment above this many "seconds" is in milliseconds."""

_STATUS_WORDS: Final = {
    400: "did not accept the request",
    401: "wants a key for this",
    403: "does not serve this address",
    404: "does not know what was asked for",
    451: "does not serve this country",
}


@dataclass(frozen=True, slots=True)
class VenueWords:
    """What the venue itself says about a failure.

    Attributes:
        label, message: its error name and its sentence, "" where it says nothing.
        refuses: whether this is a refusal even with a good status.
    """

    label: str = ""
    message: str = ""
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class Hints:
    """What a person can do about a venue's refusals.

    Attributes:
        address: where the venue serves this address or country nothing.
        by_label: by the venue's own error names, which say more than a status.
        by_status: by further statuses.
    """

    address: str
    by_label: Mapping[str, str] = field(default_factory=dict)
    by_status: Mapping[int, str] = field(default_factory=dict)

    def of(self, status: int, label: str) -> str:
        """The hint for a refusal; "" where there is nothing to do."""
        said = self.by_label.get(label) or self.by_status.get(status)
        if said:
            return said
        return {403: self.address, 429: PAUSE_HINT, 451: self.address}.get(status, LATER_HINT if status >= 500 else "")


def address_hint(venue: str) -> str:
    """What to do where a venue does not serve this address."""
    return f"Use another network, or a mirror with --venue-url {venue}=URL."


def read_answer(
    reply: Reply,
    words: Callable[[JsonValue], VenueWords],
    refusal: Callable[[Reply, VenueWords], VenueError],
    *,
    venue: str,
    title: str,
) -> JsonValue:
    """The body of a reply that is not a refusal.

    Args:
        reply: what came.
        words: finds in a body what the venue says of a failure.
        refusal: the error for a refusal.
        venue, title: in whose name an unreadable body is told.

    Raises:
        VenueBusy, VenueRefused: by status, or by what the body says.
        VenueGarbled: the body cannot be read, and the status is a good one.
    """
    is_good = 200 <= reply.status < 300
    try:
        value = read_json(reply, venue=venue, title=title)
    except VenueGarbled:
        if is_good:
            raise
        value = None
    said = words(value)
    if said.refuses or not is_good:
        raise refusal(reply, said)
    return value


def failure(
    status: int, words: VenueWords, *, venue: str, title: str, hint: str, wait_s: float | None = None
) -> VenueError:
    """The error for a reply that is a refusal, by its status (429 where the venue's own words mean that).

    429 and 5xx are VenueBusy, which the planner waits out; every other status is VenueRefused.
    """
    said = printable(words.message, 160).rstrip(".")
    label = printable(words.label, 60)
    detail = ", ".join(part for part in (said, label, f"HTTP {status}") if part)
    if status == 429:
        return VenueBusy(f"{title} asks to slow down ({detail}).", venue=venue, retry_after_s=wait_s, hint=hint)
    if status >= 500:
        return VenueBusy(f"{title} has trouble at its end ({detail}).", venue=venue, retry_after_s=wait_s, hint=hint)
    verb = _STATUS_WORDS.get(status, "refused the request")
    return VenueRefused(f"{title} {verb} ({detail}).", venue=venue, status=status, label=label, hint=hint)


def shut_out(words: VenueWords, *, venue: str, title: str, hint: str, wait_s: float | None) -> VenueBusy:
    """The error for a reply with the status `BANNED`."""
    said = f"{printable(words.message, 160).rstrip('.')}, " if words.message else ""
    message = f"{title} has shut this address out for a while ({said}HTTP {BANNED})."
    ban_s = _SHORTEST_BAN_S if wait_s is None else wait_s
    return VenueBusy(message, venue=venue, retry_after_s=ban_s, hint=hint)


def retry_after_s(reply: Reply, now_ms: int, *, longest_s: float = LONGEST_WAIT_S) -> float | None:
    """Seconds of the Retry-After header, given as a number or as a date; None when absent or unreadable."""
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    seconds = _number(text)
    if seconds is None:
        try:
            moment = parsedate_to_datetime(text)
            seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now_ms / 1000
        except (ValueError, TypeError, OverflowError):
            return None
    return min(seconds, longest_s) if seconds >= 0 else None


def seconds_until(moment_text: str, now_ms: int, *, longest_s: float = LONGEST_WAIT_S) -> float | None:
    """Seconds until a moment given in unix seconds or milliseconds; None when unreadable or not ahead."""
    moment = _number(moment_text.strip())
    if moment is None:
        return None
    ahead_s = (moment / 1000 if moment > _MILLISECONDS_FROM else moment) - now_ms / 1000
    return min(ahead_s, longest_s) if ahead_s > 0 else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
