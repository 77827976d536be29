"""One connection of a session: opening it, what to send on it, and when it counts as broken. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from levdesk.services.stream_state import Command, Failure, Link, Pacing, Phase, SendPing, SendText, Session
from levdesk.venues.streams import Stream

RENEWED: Final = Failure(words="")
"""Not a failure: the connection is made anew before the venue ends it."""

_LIFE_MARGIN_RATIO: Final = 0.1
_LONGEST_LIFE_MARGIN_MS: Final = 60_000


def opening(link: Link, now_ms: int) -> Link:
    """The link once its socket is connected."""
    return replace(
        link,
        phase=Phase.OPEN,
        since_ms=now_ms,
        heard_ms=now_ms,
        figures_ms=None,
        asked=frozenset(),
        outbox=(),
        answers=(),
        sent_ms=None,
        pinged_ms=now_ms,
        reopened=link.reopened + link.was_open,
        was_open=True,
    )


def broken(link: Link, session: Session, now_ms: int) -> Failure | None:
    """Why a connection is to be given up now, None when it may stay; without words when it is only renewed."""
    age_ms = now_ms - link.since_ms
    if link.phase is Phase.OPENING and age_ms > session.pacing.connect_ms:
        return Failure(words=f"{session.title}'s stream could not be reached within {_seconds(age_ms)}.")
    if link.phase is not Phase.OPEN:
        return None
    silence_ms = now_ms - link.heard_ms
    if silence_ms > link.plan.silent_after_s * 1000:
        return Failure(words=f"{session.title}'s stream said nothing for {_seconds(silence_ms)}.")
    if _starved(link, session, now_ms):
        return Failure(words=f"{session.title}'s stream is connected but brings no figures.")
    if link.plan.lives_s is not None:
        life_ms = link.plan.lives_s * 1000
        if age_ms >= life_ms - min(life_ms * _LIFE_MARGIN_RATIO, _LONGEST_LIFE_MARGIN_MS):
            return RENEWED
    return None


def _starved(link: Link, session: Session, now_ms: int) -> bool:
    """Alive, yet without figures for long, though the venue has refused not all of its topics."""
    quiet_ms = max(session.pacing.quiet_ms, 2_000 * link.plan.silent_after_s)
    since_ms = link.since_ms if link.figures_ms is None else link.figures_ms
    if now_ms - since_ms <= quiet_ms:
        return False
    return any(topic.instrument not in session.refused for topic in link.plan.topics)


def subscribing(link: Link, stream: Stream) -> Link:
    """The link with the messages that bring what it has asked for in line with what is wanted."""
    wanted = frozenset(link.plan.topics)
    if link.outbox or link.asked == wanted:
        return link
    gone = tuple(sorted(link.asked - wanted))
    new = tuple(topic for topic in link.plan.topics if topic not in link.asked)
    messages = stream.unsubscribe(link.plan, gone) if gone else ()
    if new:
        messages += stream.subscribe(link.plan, new)
    return replace(link, asked=wanted, outbox=messages)


def sending(link: Link, pacing: Pacing, now_ms: int) -> tuple[Link, list[Command]]:
    """What may be sent now: answers first, then a ping that is due, then the rest."""
    gap_ms = link.plan.message_gap_ms or pacing.burst_gap_ms
    if link.sent_ms is not None and now_ms - link.sent_ms < gap_ms:
        return link, []
    room = 1 if link.plan.message_gap_ms else pacing.burst
    commands: list[Command] = []
    answers, outbox, pinged_ms = link.answers, link.outbox, link.pinged_ms
    for _ in range(room):
        if answers:
            commands.append(SendText(link.plan.name, answers[0]))
            answers = answers[1:]
        elif _ping_is_due(link, pinged_ms, now_ms):
            commands.append(SendPing(link.plan.name))
            pinged_ms = now_ms
        elif outbox:
            commands.append(SendText(link.plan.name, outbox[0]))
            outbox = outbox[1:]
    if not commands:
        return link, []
    return replace(link, answers=answers, outbox=outbox, pinged_ms=pinged_ms, sent_ms=now_ms), commands


def _ping_is_due(link: Link, pinged_ms: int, now_ms: int) -> bool:
    return link.plan.ping_every_s is not None and now_ms - pinged_ms >= link.plan.ping_every_s * 1000


def _seconds(length_ms: int) -> str:
    return f"{max(1, round(length_ms / 1000))} s"
