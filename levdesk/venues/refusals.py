"""What an HTTP status means for us, the same for every venue: busy, refused, or fine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

from levdesk.domain.errors import VenueBusy, VenueError, VenueRefused
from levdesk.venues.contract import Reply
from levdesk.venues.json_figures import printable

LONGEST_WAIT_S: Final = 3600.0
"""A venue that asks for a longer pause is asked again after an hour."""

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
    """What the venue itself says about a failure: its error name and its sentence, "" where it says nothing."""

    label: str = ""
    message: str = ""


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
