"""The sockets of one venue as a pure state machine: what happened goes in, `turn` says what to do.

Every other function only takes note; `turn` is called after each of them and as time passes, and is the only one that
gives commands. Nothing here has a clock, a thread or a socket. A connection that is lost is made again after a growing,
jittered wait, which starts over only once figures have come: a venue that accepts and drops is not hammered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from levdesk.services.stream_links import broken, opening, sending, subscribing
from levdesk.services.stream_state import (
    CloseSocket,
    Command,
    Failure,
    FailureKind,
    FetchTicket,
    Heard,
    Link,
    OpenSocket,
    Pacing,
    Phase,
    Session,
    Wait,
)
from levdesk.venues.streams import Stream, StreamSocket, Ticket, Topic

Step = tuple[Session, tuple[Command, ...]]

_MOST_ANSWERS: Final = 8
"""Of one socket at a time: a venue that pings in a flood is answered by its newest pings."""


def begin(title: str, pacing: Pacing, *, topics: tuple[Topic, ...] = ()) -> Session:
    """Nothing connected yet."""
    return Session(title=title, pacing=pacing, topics=topics)


# -- what happened -----------------------------------------------------------------------------------------------


def want(session: Session, topics: Iterable[Topic]) -> Session:
    """Other topics are wanted from now on."""
    wanted = tuple(sorted(set(topics)))
    return session if wanted == session.topics else replace(session, topics=wanted)


def retry(session: Session, now_ms: int) -> Session:
    """A person asks to connect now: waits are cut short, except those the venue named."""
    links = {name: replace(link, wait=_cut(link.wait, now_ms)) for name, link in session.links.items()}
    return replace(session, links=links, ticket_wait=_cut(session.ticket_wait, now_ms), refused=frozenset())


def ticket_came(session: Session, ticket: Ticket, now_ms: int) -> Session:
    """A ticket was handed out."""
    wait = replace(session.ticket_wait, failures=0, until_ms=0, firm_ms=0, error="", off=False)
    return replace(session, ticket=ticket, ticket_ms=now_ms, ticket_asked=False, ticket_wait=wait)


def ticket_failed(session: Session, failure: Failure, now_ms: int, *, jitter: float) -> Session:
    """No ticket; `jitter` in [0, 1) spreads the waits of many programs apart."""
    wait = wait_after(session.ticket_wait, failure, session.pacing, now_ms, jitter=jitter)
    return replace(session, ticket_asked=False, ticket_wait=wait)


def opened(session: Session, name: str, now_ms: int) -> Session:
    """A socket is connected."""
    link = session.links.get(name)
    if link is None or link.phase is not Phase.OPENING:
        return session
    return _with(session, name, opening(link, now_ms))


def lost(session: Session, name: str, failure: Failure, now_ms: int, *, jitter: float) -> Session:
    """A socket could not be opened, or is gone."""
    link = session.links.get(name)
    if link is None or link.phase is Phase.WAITING:
        return session
    if link.phase is Phase.OPENING:  # perhaps for its ticket: the next attempt has a new one
        session = replace(session, ticket_ms=now_ms - session.pacing.ticket_fresh_ms)
    return _with(session, name, _waiting(session, link, failure, now_ms, jitter))


def heard(session: Session, name: str, news: Heard, now_ms: int) -> Session:
    """Something came on a socket."""
    link = session.links.get(name)
    if link is None or link.phase is not Phase.OPEN:
        return session
    link = replace(link, heard_ms=now_ms, answers=(link.answers + news.answers)[-_MOST_ANSWERS:])
    if news.figures:
        link = replace(link, figures_ms=now_ms, wait=Wait())
    session = replace(session, messages=session.messages + news.messages, last_message_ms=now_ms)
    named = {instrument for instrument in news.refused if instrument}
    if not named <= session.refused:
        session = replace(session, refused=session.refused | named)
    return _with(session, name, link)


# -- what to do --------------------------------------------------------------------------------------------------


def turn(session: Session, stream: Stream, now_ms: int, *, jitter: float) -> Step:
    """What to do now. One socket is opened at a time, and messages keep the gap their venue asks for."""
    commands: list[Command] = []
    session = _planned(session, stream)
    commands += [CloseSocket(name) for name in session.leaving]
    links: dict[str, Link] = dict(session.links)
    for name, link in session.links.items():
        failure = broken(link, session, now_ms)
        if failure is not None:
            commands.append(CloseSocket(name))
            links[name] = _waiting(session, link, failure, now_ms, jitter) if failure.words else _renewed(link, now_ms)
    if session.leaving or links != session.links:
        session = replace(session, leaving=(), links=links)
    session, opens = _open_next(session, stream, now_ms)
    commands += opens
    for name, link in session.links.items():
        if link.phase is Phase.OPEN:
            asked = subscribing(link, stream)
            after, sent = sending(asked, session.pacing, now_ms)
            commands += sent
            if after is not link:
                session = _with(session, name, after)
    return session, tuple(commands)


def _planned(session: Session, stream: Stream) -> Session:
    """The session whose links carry the topics wanted."""
    if session.topics == session.planned:
        return session
    if not session.topics:
        return _linked(session, ())
    needs_ticket = stream.stream_ticket() is not None
    if needs_ticket and session.ticket is None:
        return session
    return _linked(session, stream.sockets(session.topics, session.ticket))


def _linked(session: Session, sockets: tuple[StreamSocket, ...]) -> Session:
    plans = {socket.name: socket for socket in sockets}
    links = {
        name: replace(session.links[name], plan=plan) if name in session.links else Link(plan=plan)
        for name, plan in plans.items()
    }
    gone = {name: link for name, link in session.links.items() if name not in plans}
    wanted = {topic.instrument for topic in session.topics}
    return replace(
        session,
        planned=session.topics,
        links=links,
        leaving=(*session.leaving, *(name for name, link in gone.items() if link.phase is not Phase.WAITING)),
        reconnects=session.reconnects + sum(link.reopened for link in gone.values()),
        refused=session.refused & wanted,
    )


def _open_next(session: Session, stream: Stream, now_ms: int) -> Step:
    """Open the first socket that is due, with a fresh ticket where one is needed."""
    due = [name for name, link in session.links.items() if link.phase is Phase.WAITING and now_ms >= link.wait.until_ms]
    unplanned = session.topics != session.planned
    if not due and not unplanned:
        return session, ()
    request = stream.stream_ticket()
    if request is not None and not _has_fresh_ticket(session, now_ms):
        if session.ticket_asked or now_ms < session.ticket_wait.until_ms:
            return session, ()
        return replace(session, ticket_asked=True), (FetchTicket(request),)
    gap_ms = session.pacing.open_gap_ms
    if not due or (session.opened_ms is not None and now_ms - session.opened_ms < gap_ms):
        return session, ()
    if request is not None:  # a new ticket has a new address
        session = _linked(session, stream.sockets(session.topics, session.ticket))
    link = session.links[due[0]]
    begun = replace(link, phase=Phase.OPENING, since_ms=now_ms)
    return replace(_with(session, due[0], begun), opened_ms=now_ms), (OpenSocket(due[0], link.plan.url),)


def _has_fresh_ticket(session: Session, now_ms: int) -> bool:
    return session.ticket is not None and now_ms - session.ticket_ms < session.pacing.ticket_fresh_ms


# -- waiting -----------------------------------------------------------------------------------------------------


def wait_after(wait: Wait, failure: Failure, pacing: Pacing, now_ms: int, *, jitter: float) -> Wait:
    """The wait after one more failure: doubled, up to twice as long by chance, within the longest."""
    refused = failure.kind is FailureKind.REFUSED
    first_ms = pacing.refused_wait_ms if refused else pacing.first_wait_ms
    longest_ms = pacing.longest_refused_wait_ms if refused else pacing.longest_wait_ms
    failures = wait.failures if refused == wait.off else 0
    pause_ms = round(min(first_ms << min(failures, 16), longest_ms // 2) * (1 + jitter))
    named_ms = round(1000 * failure.retry_after_s) if failure.retry_after_s is not None else 0
    if failure.kind is FailureKind.BUSY:
        named_ms = named_ms or pacing.busy_wait_ms
    firm_ms = now_ms + named_ms if named_ms else 0
    return Wait(
        failures=failures + 1,
        until_ms=max(now_ms + pause_ms, firm_ms),
        firm_ms=firm_ms,
        error=failure.words,
        off=refused,
    )


def _waiting(session: Session, link: Link, failure: Failure, now_ms: int, jitter: float) -> Link:
    wait = wait_after(link.wait, failure, session.pacing, now_ms, jitter=jitter)
    return replace(_closed(link, now_ms), wait=wait)


def _renewed(link: Link, now_ms: int) -> Link:
    """A connection ended by us before the venue ends it: nothing failed."""
    return replace(_closed(link, now_ms), wait=Wait())


def _closed(link: Link, now_ms: int) -> Link:
    return replace(link, phase=Phase.WAITING, since_ms=now_ms, asked=frozenset(), outbox=(), answers=())


def _cut(wait: Wait, now_ms: int) -> Wait:
    return replace(wait, until_ms=max(min(wait.until_ms, now_ms), wait.firm_ms))


def _with(session: Session, name: str, link: Link) -> Session:
    links: Mapping[str, Link] = {**session.links, name: link}
    return replace(session, links=links)
