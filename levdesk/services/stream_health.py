"""What a session says to a person: the health of a venue's stream."""

from __future__ import annotations

from typing import Final

from levdesk.services.health import StreamHealth, StreamState
from levdesk.services.stream_state import Link, Phase, Session, Wait

_SEVERITY: Final = (
    StreamState.NONE,
    StreamState.LIVE,
    StreamState.CONNECTING,
    StreamState.SILENT,
    StreamState.WAITING,
    StreamState.OFF,
)
_FIRST_FIGURES_MS: Final = 10_000
_LATE_SHARE: Final = 0.75
"""Of the time after which a connection without figures is made anew: from then on it is not called live."""


def stream_health(session: Session, now_ms: int, *, epoch_ms: int, replaced: int = 0) -> StreamHealth:
    """All sockets together, the worst counts.

    Args:
        session: the venue's.
        now_ms: moment of the session's clock.
        epoch_ms: what the person's clock shows at moment 0 of the session's.
        replaced: quotes overtaken before they were shown.
    """
    waits = [link.wait for link in session.links.values()]
    late_ms = session.pacing.quiet_ms * _LATE_SHARE
    states = [_state_of(link, now_ms, late_ms) for link in session.links.values()]
    unplanned = bool(session.topics) and session.topics != session.planned and not session.links
    ticket_fails = session.ticket_wait.failures > 0
    if unplanned or ticket_fails:
        waits.append(session.ticket_wait)
        states.append(_state_of_wait(session.ticket_wait))
    if not session.topics:
        states, waits = [], []
    state = max(states, key=_SEVERITY.index, default=StreamState.NONE)
    worst = max((wait for wait in waits if wait.error), key=lambda wait: (wait.off, wait.until_ms), default=None)
    silence = f"{session.title}'s stream is connected but brings nothing." if state is StreamState.SILENT else ""
    error = silence if worst is None else worst.error
    retry_ms = None if worst is None or worst.until_ms < now_ms else epoch_ms + worst.until_ms
    last_ms = session.last_message_ms
    return StreamHealth(
        state=state,
        topics=_topics_heard(session),
        messages=session.messages,
        replaced=replaced,
        reconnects=session.reconnects + sum(link.reopened for link in session.links.values()),
        last_message_ms=None if last_ms is None else epoch_ms + last_ms,
        error=error or _refusal(session),
        retry_ms=retry_ms,
    )


def _state_of(link: Link, now_ms: int, late_ms: float) -> StreamState:
    if link.phase is Phase.WAITING:
        return _state_of_wait(link.wait)
    if link.phase is Phase.OPENING:
        return StreamState.CONNECTING
    if now_ms - link.heard_ms > link.plan.silent_after_s * 500:
        return StreamState.SILENT
    if link.figures_ms is None:
        return StreamState.SILENT if now_ms - link.since_ms > _FIRST_FIGURES_MS else StreamState.CONNECTING
    return StreamState.LIVE if now_ms - link.figures_ms <= late_ms else StreamState.SILENT


def _state_of_wait(wait: Wait) -> StreamState:
    if wait.off:
        return StreamState.OFF
    return StreamState.WAITING if wait.failures else StreamState.CONNECTING


def _topics_heard(session: Session) -> int:
    return sum(
        len({topic for topic in link.asked if topic.instrument not in session.refused})
        for link in session.links.values()
        if link.phase is Phase.OPEN
    )


def _refusal(session: Session) -> str:
    if not session.refused:
        return ""
    some = ", ".join(sorted(session.refused)[:3])
    more = f" and {len(session.refused) - 3} more" if len(session.refused) > 3 else ""
    return f"{session.title} streams no {some}{more}."
