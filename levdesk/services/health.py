"""What the status bar and doctor show of the sources: state, age and last error in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SourceState(StrEnum):
    """How a source is doing."""

    IDLE = "idle"
    LIVE = "live"
    SLOW = "slow"
    DOWN = "down"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One venue's health.

    Attributes:
        venue, title: short name, and name for the screen.
        state: how it is doing.
        last_ok_ms: last good answer, or None.
        latency_ms: duration of the last good answer, or None.
        error: last failure in plain words, "" when fine.
        retry_ms: when it is asked next, or None.
    """

    venue: str
    title: str
    state: SourceState
    last_ok_ms: int | None = None
    latency_ms: int | None = None
    error: str = ""
    retry_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One piece of work in the background.

    Attributes:
        id: handle for cancelling.
        title: what it does, e.g. "Reading trades.csv".
        done_ratio: 0..1, or None when unknown.
        started_ms: when it began; the window shows it from half a second on.
        cancellable: whether `cancel_job` does something.
    """

    id: int
    title: str
    done_ratio: float | None
    started_ms: int
    cancellable: bool = True
