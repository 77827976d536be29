"""What a window shows of the alerts: what is firing now, the rules, the history, and how messages leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from levdesk.domain.alerts import AlertKind, AlertRule, AlertSeverity
from levdesk.domain.instruments import TokenKey
from levdesk.services.alert_channels import AlertChannels
from levdesk.services.alert_ports import ChannelKind, StoredEvent, WatchKey

TRIAL_DAYS: Final = 90
"""How far back a rule is tried."""

_RANKS: Final = {AlertSeverity.CRITICAL: 0, AlertSeverity.WARNING: 1, AlertSeverity.INFO: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringAlert:
    """One alert that holds now.

    Attributes:
        key: the rule, and its target as `AlertScope` writes it.
        event_id: of the history, 0 when it is not known.
        rule: its name.
        kind, severity: of the rule.
        token: which token it is about, None when it is about something wider.
        since_ms: when it began.
        message: the reason with the numbers of that moment.
        advice: what a holder can do, or "".
        why_not: why it cannot be told now whether it still holds, "" when it can.
        acknowledged: the person has seen it.
        snoozed_until_ms: it is quiet until then, or None.
        is_muted: its target is silent.
    """

    key: WatchKey
    event_id: int = 0
    rule: str
    kind: AlertKind
    severity: AlertSeverity
    token: TokenKey | None = None
    since_ms: int
    message: str
    advice: str = ""
    why_not: str = ""
    acknowledged: bool = False
    snoozed_until_ms: int | None = None
    is_muted: bool = False

    def is_quiet(self, now_ms: int) -> bool:
        """Whether the person has dealt with it: seen, put off, or silenced."""
        return self.acknowledged or self.is_snoozed(now_ms) or self.is_muted

    def is_snoozed(self, now_ms: int) -> bool:
        """Whether the person has put it off."""
        return self.snoozed_until_ms is not None and now_ms < self.snoozed_until_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStanding:
    """A rule, and how it stands.

    Attributes:
        rule: as saved.
        name: for the screen.
        firing, waiting, blind: at how many targets it fires, is about to (its time to hold runs), or cannot tell.
        why_not: why it cannot tell at the first of those, "" when it can everywhere.
        fired_ms: when it fired last anywhere, or None.
        asleep: it was to fire once, and has.
    """

    rule: AlertRule
    name: str
    firing: int = 0
    waiting: int = 0
    blind: int = 0
    why_not: str = ""
    fired_ms: int | None = None
    asleep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsView:
    """Everything about alerts at one moment.

    Attributes:
        as_of_ms: when it was worked out.
        firing: what holds now, the worst first, then the newest.
        rules: by id.
        muted: silent targets, each until a moment, or None for until it is switched on again.
        watching_count, blind_count: rules that are switched on, and those of them that cannot tell somewhere.
    """

    as_of_ms: int
    firing: tuple[FiringAlert, ...] = ()
    rules: tuple[RuleStanding, ...] = ()
    muted: Mapping[str, int | None] = field(default_factory=dict)
    watching_count: int = field(init=False, compare=False)
    blind_count: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Count once: the window asks often, and there may be thousands of rules."""
        on = [each.blind for each in self.rules if each.rule.enabled]
        object.__setattr__(self, "watching_count", len(on))
        object.__setattr__(self, "blind_count", sum(map(bool, on)))


def by_gravity(firing: tuple[FiringAlert, ...]) -> tuple[FiringAlert, ...]:
    """The worst first, then the newest."""
    return tuple(sorted(firing, key=lambda each: (_RANKS[each.severity], -each.since_ms, str(each.key))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """An alert that has just begun, for the person in front of the screen.

    Attributes:
        alert: what it is.
        on_desktop, with_sound: how it is to be told besides the list.
    """

    alert: FiringAlert
    on_desktop: bool = True
    with_sound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """A stretch of the history, newest first.

    Attributes:
        events: of the stretch.
        before_id: it was asked for from below this event, None = the newest.
        is_last: nothing older is kept.
    """

    events: tuple[StoredEvent, ...]
    before_id: int | None = None
    is_last: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTrial:
    """What a rule would have done.

    Attributes:
        rule: that was tried.
        from_ms, until_ms: the stretch it was tried on.
        moments: when it would have fired, each with the target and the words of then.
        words: the outcome in a sentence.
        cannot: what of it could not be tried, in sentences.
    """

    rule: AlertRule
    from_ms: int
    until_ms: int
    moments: tuple[tuple[int, str, str], ...] = ()
    words: str = ""
    cannot: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsView:
    """How messages leave this computer, without a secret.

    Attributes:
        channels: as saved.
        kept: channels whose secret is known.
        safe_words: where secrets are kept, in a sentence.
        outlives: they are still known after a restart.
    """

    channels: AlertChannels
    kept: frozenset[ChannelKind] = frozenset()
    safe_words: str = ""
    outlives: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTest:
    """How a test message went.

    Attributes:
        kind: the channel.
        is_sent: it was taken.
        words: what happened, in a sentence.
    """

    kind: ChannelKind
    is_sent: bool
    words: str
