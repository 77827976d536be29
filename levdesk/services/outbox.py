"""The plan of deliveries: what goes out when, in which order, and when trying ends. Pure: no clock, no network.

Each channel is a queue: a message waits until those before it have gone out or were given up, so that a person never
reads "cleared" before "fired". Only quiet hours let a critical message pass one that may wait until morning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from levdesk.domain.alerts import AlertEvent, AlertSeverity, LocalMoment
from levdesk.domain.errors import DeliveryFailed
from levdesk.services.alert_kinds import KINDS
from levdesk.services.alert_ports import ChannelKind, Message
from levdesk.services.alert_words import amounts_sentence

FIRST_PAUSE_S: Final = 15.0
LONGEST_PAUSE_S: Final = 3600.0
GIVE_UP_MS: Final = 24 * 3_600_000
MOST_SINGLE: Final = 3
"""More than so many messages waiting for a channel go out as one."""
MOST_TOGETHER: Final = 25
_MOST_TITLE: Final = 120
_MINUTE_MS: Final = 60_000
_DAY_MINUTES: Final = 1440

LocalTime = Callable[[int], LocalMoment]
"""The person's wall clock at a moment in milliseconds since 1970, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When nothing is delivered: minutes of the local day, from included, until excluded; may pass midnight.

    Attributes:
        from_minute, until_minute: 0..1440.
        critical_passes: critical warnings are delivered all the same.
    """

    from_minute: int
    until_minute: int
    critical_passes: bool = True

    def __post_init__(self) -> None:
        """Refuse minutes that are in no day."""
        if not (0 <= self.from_minute <= _DAY_MINUTES and 0 <= self.until_minute <= _DAY_MINUTES):
            raise ValueError("a day has 1440 minutes")

    def covers(self, minute: int) -> bool:
        """Whether a minute of the day is quiet."""
        if self.from_minute <= self.until_minute:
            return self.from_minute <= minute < self.until_minute
        return minute >= self.from_minute or minute < self.until_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message on its way through one channel.

    Attributes:
        event_id, channel: which.
        event: what is to be told.
        queued_ms: when it could first go out.
        attempts: how often it was tried.
        next_ms: not before this.
    """

    event_id: int
    channel: ChannelKind
    event: AlertEvent
    queued_ms: int
    attempts: int = 0
    next_ms: int = 0


@dataclass(frozen=True, slots=True)
class Sending:
    """An event to go out through a channel, not before a moment, by its place among the events of a turn."""

    place: int
    channel: ChannelKind
    not_before_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRules:
    """What a person decided about deliveries.

    Attributes:
        on: channels that may be used.
        quiet: hours without deliveries, or None.
        muted: silent targets, each until a moment, or None for until it is switched on again.
        tell_cleared: events that tell the end of a warning go out too.
        with_amounts: amounts of money go out too.
    """

    on: frozenset[ChannelKind] = frozenset()
    quiet: QuietHours | None = None
    muted: Mapping[str, int | None] | None = None
    tell_cleared: bool = False
    with_amounts: bool = False


# -- what goes out -------------------------------------------------------------------------------------------------


def sendings(
    events: Sequence[AlertEvent],
    ways: Callable[[int], Iterable[ChannelKind]],
    rules: OutboxRules,
    snoozed_until_ms: Callable[[AlertEvent], int | None] = lambda _event: None,
) -> tuple[Sending, ...]:
    """What of a turn's events is to go out.

    Args:
        events: of the turn.
        ways: where a rule is delivered, by its id.
        rules: what the person decided.
        snoozed_until_ms: of an event's rule at its target.
    """
    found = []
    for place, event in enumerate(events):
        if is_muted(rules.muted or {}, event.target, event.ts_ms) or not (event.fired or rules.tell_cleared):
            continue
        not_before_ms = max(event.ts_ms, snoozed_until_ms(event) or 0)
        wanted = set(ways(event.rule_id))
        found += [Sending(place, kind, not_before_ms) for kind in ChannelKind if kind in wanted and kind in rules.on]
    return tuple(found)


def is_muted(muted: Mapping[str, int | None], target: str, now_ms: int) -> bool:
    """Whether a target is silent at a moment."""
    if target not in muted:
        return False
    until_ms = muted[target]
    return until_ms is None or now_ms < until_ms


# -- when ----------------------------------------------------------------------------------------------------------


def due(waiting: Iterable[Parcel], rules: OutboxRules, now_ms: int, local: LocalTime) -> tuple[Parcel, ...]:
    """What is to be tried now: at most one a channel, oldest first."""
    chosen: dict[ChannelKind, Parcel] = {}
    for parcel in _in_order(waiting):
        if parcel.channel in chosen or parcel.channel not in rules.on or _is_held(parcel, rules, now_ms, local):
            continue
        chosen[parcel.channel] = parcel
    return tuple(parcel for parcel in chosen.values() if parcel.next_ms <= now_ms)


def together(
    waiting: Iterable[Parcel], head: Parcel, rules: OutboxRules, now_ms: int, local: LocalTime
) -> tuple[Parcel, ...]:
    """What goes out in one message with the first of its channel: all of it when much waits, else that one alone.

    Many warnings at once are one thing to a person, and a channel would refuse a flood.
    """
    ready = [
        parcel
        for parcel in _in_order(waiting)
        if parcel.channel is head.channel and parcel.next_ms <= now_ms and not _is_held(parcel, rules, now_ms, local)
    ]
    return tuple(ready[:MOST_TOGETHER]) if len(ready) > MOST_SINGLE else (head,)


def next_try_ms(waiting: Iterable[Parcel], rules: OutboxRules, now_ms: int, local: LocalTime) -> int | None:
    """When to look again; None when nothing waits that could go out."""
    moments: list[int] = []
    heads: set[ChannelKind] = set()
    for parcel in _in_order(waiting):
        if parcel.channel not in rules.on or parcel.channel in heads:
            continue
        if _is_held(parcel, rules, now_ms, local):
            moments.append(_quiet_end_ms(rules, now_ms, local))
        else:
            heads.add(parcel.channel)
            moments.append(max(parcel.next_ms, now_ms))
    return min(moments, default=None)


def too_old(waiting: Iterable[Parcel], now_ms: int) -> tuple[Parcel, ...]:
    """What waited for a day and is given up."""
    return tuple(parcel for parcel in waiting if now_ms - parcel.queued_ms >= GIVE_UP_MS)


def after_failure(parcel: Parcel, failure: DeliveryFailed, now_ms: int, chance: float) -> Parcel | None:
    """The parcel as it waits for its next try; None when another would not help, or would come too late.

    Args:
        parcel: that was tried.
        failure: how it went.
        now_ms: the time.
        chance: a random number from 0 to 1: two computers that failed together do not come back together.
    """
    if not failure.again:
        return None
    doubled_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(parcel.attempts, 20))
    pause_s = doubled_s * (0.75 + 0.5 * chance)
    if failure.retry_after_s is not None:
        pause_s = max(pause_s, failure.retry_after_s)
    next_ms = now_ms + round(pause_s * 1000)
    if next_ms - parcel.queued_ms >= GIVE_UP_MS:
        return None
    return replace(parcel, attempts=parcel.attempts + 1, next_ms=next_ms)


def _in_order(waiting: Iterable[Parcel]) -> list[Parcel]:
    return sorted(waiting, key=lambda parcel: parcel.event_id)


def _is_held(parcel: Parcel, rules: OutboxRules, now_ms: int, local: LocalTime) -> bool:
    """Whether quiet hours keep it back."""
    if rules.quiet is None or not rules.quiet.covers(local(now_ms).minute):
        return False
    return not (rules.quiet.critical_passes and parcel.event.severity is AlertSeverity.CRITICAL)


def _quiet_end_ms(rules: OutboxRules, now_ms: int, local: LocalTime) -> int:
    if rules.quiet is None:
        return now_ms
    minutes = (rules.quiet.until_minute - local(now_ms).minute) % _DAY_MINUTES
    return now_ms - now_ms % _MINUTE_MS + minutes * _MINUTE_MS


# -- what it says --------------------------------------------------------------------------------------------------

_MARKS: Final = {
    AlertSeverity.INFO: "Note",
    AlertSeverity.WARNING: "Warning",
    AlertSeverity.CRITICAL: "Critical",
}


_COUNTED: Final = {
    AlertSeverity.CRITICAL: "critical",
    AlertSeverity.WARNING: "to be warned of",
    AlertSeverity.INFO: "to be noted",
}


def compose(event_id: int, event: AlertEvent, *, with_amounts: bool = False) -> Message:
    """What goes out of an event: its words and its advice, and a person's amounts of money only if asked for."""
    what = _MARKS[event.severity] if event.fired else "Over"
    named = KINDS[event.kind].title if event.rule == event.kind.value else event.rule
    where = event.target.rpartition(":")[2]
    title = " ".join(f"{what}: {named}{'' if where in named else f' ({where})'}".split())
    lines = [event.message, event.advice, amounts_sentence(event.values) if with_amounts else ""]
    body = "\n".join(line for line in lines if line)
    return Message(title=title[:_MOST_TITLE], body=body, severity=event.severity.value, event_id=event_id)


def compose_together(parcels: Sequence[Parcel], *, with_amounts: bool = False) -> Message:
    """One message out of several, in their order; as severe as the worst of them."""
    if len(parcels) == 1:
        return compose(parcels[0].event_id, parcels[0].event, with_amounts=with_amounts)
    fired = [parcel.event.severity for parcel in parcels if parcel.event.fired]
    worst = max((parcel.event.severity for parcel in parcels), key=list(AlertSeverity).index)
    counts = [(fired.count(severity), word) for severity, word in _COUNTED.items()]
    counts.append((len(parcels) - len(fired), "over"))
    title = ", ".join(f"{count} {word}" for count, word in counts if count)
    single = (compose(parcel.event_id, parcel.event, with_amounts=with_amounts) for parcel in parcels)
    body = "\n\n".join(f"{message.title}\n{message.body.partition(chr(10))[0]}" for message in single)
    return Message(title=f"LevDesk: {title}", body=body, severity=worst.value, event_id=parcels[0].event_id)


TEST_MESSAGE: Final = Message(
    title="LevDesk: test message",
    body="This channel works. Warnings will arrive here.",
    severity=AlertSeverity.INFO.value,
)
