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
    OFF = "off"


class StreamState(StrEnum):
    """How a venue's stream is doing."""

    NONE = "none"
    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "silent"
    WAITING = "waiting"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamHealth:
    """How a venue's stream is doing; all its sockets together, the worst counts.

    Attributes:
        state: NONE where the venue is only asked, OFF where it refuses streams.
        topics: how many instruments are heard.
        messages: received since the start.
        replaced: quotes overtaken by newer ones before they were shown.
        reconnects: since the start.
        last_message_ms: when something came last, or None.
        error: last failure in plain words, "" when fine.
        retry_ms: when it connects again, or None.
    """

    state: StreamState = StreamState.NONE
    topics: int = 0
    messages: int = 0
    replaced: int = 0
    reconnects: int = 0
    last_message_ms: int | None = None
    error: str = ""
    retry_ms: int | None = None


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
        stream: its stream.
        skew_ms: this computer's clock minus the venue's, or None when not measured.
        requests_left, requests_limit: of the tightest limit in force now, None where the venue names none.
        depends: symbols of what is held whose figures come from here now.
        switched_off: what is not asked any more, each with the reason in plain words.
        address: where it is asked.
    """

    venue: str
    title: str
    state: SourceState
    last_ok_ms: int | None = None
    latency_ms: int | None = None
    error: str = ""
    retry_ms: int | None = None
    stream: StreamHealth = StreamHealth()
    skew_ms: int | None = None
    requests_left: int | None = None
    requests_limit: int | None = None
    depends: tuple[str, ...] = ()
    switched_off: tuple[str, ...] = ()
    address: str = ""


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
