"""Alerts in memory with believable figures, for the parlour's tests: rules take effect at once, nothing is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from levdesk.domain.alerts import (
    AlertEvent,
    AlertKind,
    AlertRule,
    AlertScope,
    AlertSeverity,
    AlertSide,
    Condition,
    ScopeKind,
)
from levdesk.domain.instruments import TokenKey
from levdesk.services.alert_channels import AlertChannels, NtfyChannel, TelegramChannel
from levdesk.services.alert_ports import ChannelKind, StoredEvent, WatchKey
from levdesk.services.alert_rules import rule_name, standard_rules
from levdesk.services.alert_view import (
    AlertsView,
    Announcement,
    ChannelsView,
    ChannelTest,
    FiringAlert,
    HistoryPage,
    RuleStanding,
    RuleTrial,
    by_gravity,
)
from levdesk.ui.alerts.desk import AlertSignals

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ETH3S, SOL3L, DOGE3S = TokenKey("gate", "ETH5S"), TokenKey("gate", "SOL3L"), TokenKey("mexc", "DOGE3S")


def rules() -> tuple[AlertRule, ...]:
    """The standard ones, and one of the person's own."""
    own = AlertRule(
        scope=AlertScope(kind=ScopeKind.TOKEN, key=TokenKey("gate", "BTC3L")),
        conditions=(Condition(kind=AlertKind.LEVEL_CROSS, threshold=2.2, side=AlertSide.BELOW, measure="price"),),
        severity=AlertSeverity.CRITICAL,
        channels=("desktop", "sound", "telegram"),
        one_shot=True,
        name="My line for BTC3L",
    )
    return tuple(replace(rule, id=number) for number, rule in enumerate((*standard_rules(), own), 1))


def firing(known: Sequence[AlertRule], now_ms: int) -> tuple[FiringAlert, ...]:
    """One of each severity and state."""
    told = (
        (
            AlertKind.REBALANCE_NEAR,
            AlertSeverity.CRITICAL,
            ETH3S,
            7_000,
            "ETH at 3,010.20 is 1.6 % from the rebalance at 3,058.90; it would buy back 0.40 of its exposure.",
            "A rebalance against you locks the loss in: look at the distance and the size of the holding before it.",
        ),
        (
            AlertKind.CHOPPY_DECAY,
            AlertSeverity.WARNING,
            SOL3L,
            23 * 60_000,
            "SOL3L loses 0.9 % a day to decay while SOL goes nowhere; held 19 days.",
            "Decay is paid for every day held: see what it costs on the costs page, and how long you mean to hold.",
        ),
        (
            AlertKind.PREMIUM,
            AlertSeverity.WARNING,
            DOGE3S,
            27 * HOUR_MS,
            "DOGE3S trades 2.80 % above NAV: price 0.2829, NAV 0.2752.",
            "A premium comes back sooner or later: compare selling and redeeming on the costs page.",
        ),
    )
    by_kind = {rule.kind: rule for rule in reversed(known) if rule.standard}
    return by_gravity(
        tuple(
            FiringAlert(
                key=WatchKey(by_kind[kind].id, f"token:{token}"),
                event_id=number,
                rule=rule_name(by_kind[kind]),
                kind=kind,
                severity=severity,
                token=token,
                since_ms=now_ms - ago_ms,
                message=message,
                advice=advice,
            )
            for number, (kind, severity, token, ago_ms, message, advice) in enumerate(told, 101)
        )
    )


def event(number: int, alert: FiringAlert, ts_ms: int, *, fired: bool) -> StoredEvent:
    """A line of the history."""
    told = AlertEvent(
        ts_ms=ts_ms,
        rule_id=alert.key.rule_id,
        rule=alert.rule,
        kind=alert.kind,
        severity=alert.severity,
        target=alert.key.target,
        fired=fired,
        message=alert.message,
        advice=alert.advice,
        values={"distance": 0.016},
    )
    return StoredEvent(id=number, event=told, deliveries=(("telegram", "sent"),) if fired else ())


class FakeAlerts:
    """Implements `levdesk.ui.alerts.desk.AlertDesk`.

    Attributes:
        calls: commands received, as (name, arguments).
        trial: answers `try_rule`; None leaves it unanswered.
    """

    def __init__(self, now_ms: Callable[[], int], *, lively: bool = False) -> None:
        self.signals = AlertSignals()
        self.calls: list[tuple[str, tuple[object, ...]]] = []
        self._now_ms = now_ms
        self._rules = rules()
        self._firing = firing(self._rules, now_ms()) if lively else ()
        self._muted: dict[str, int | None] = {}
        self._events = self._history()
        self._channels = AlertChannels(
            telegram=TelegramChannel(on=True, chat_id="4711"), ntfy=NtfyChannel(topic="levdesk")
        )
        self._kept = frozenset({ChannelKind.TELEGRAM})
        self.trial: Callable[[AlertRule], RuleTrial] | None = self._tried

    # -- queries ---------------------------------------------------------------------------------------------------

    @property
    def view(self) -> AlertsView | None:
        counts = {rule.id: sum(each.key.rule_id == rule.id for each in self._firing) for rule in self._rules}
        standings = tuple(
            RuleStanding(
                rule=rule,
                name=rule_name(rule),
                firing=counts[rule.id],
                fired_ms=self._now_ms() - HOUR_MS if counts[rule.id] else None,
                blind=int(rule.kind is AlertKind.LOSS_PROBABILITY),
                why_not="No outlook has been worked out yet." if rule.kind is AlertKind.LOSS_PROBABILITY else "",
            )
            for rule in self._rules
        )
        return AlertsView(
            as_of_ms=self._now_ms(),
            firing=tuple(replace(each, is_muted=each.key.target in self._muted) for each in self._firing),
            rules=standings,
            muted=dict(self._muted),
        )

    @property
    def channels(self) -> ChannelsView | None:
        return ChannelsView(
            channels=self._channels,
            kept=self._kept,
            safe_words="Secrets are kept in the system's keyring (SecretService).",
        )

    # -- commands --------------------------------------------------------------------------------------------------

    def save_rule(self, rule: AlertRule) -> None:
        self.calls.append(("save_rule", (rule,)))
        saved = rule if rule.id else replace(rule, id=1 + max((each.id for each in self._rules), default=0))
        others = tuple(each for each in self._rules if each.id != saved.id)
        self._rules = tuple(sorted((*others, saved), key=lambda each: each.id))
        self._firing = tuple(each for each in self._firing if each.key.rule_id != saved.id)
        self.signals.rule_saved.emit(saved)
        self.publish()

    def remove_rule(self, rule_id: int) -> None:
        self.calls.append(("remove_rule", (rule_id,)))
        self._rules = tuple(each for each in self._rules if each.id != rule_id)
        self._firing = tuple(each for each in self._firing if each.key.rule_id != rule_id)
        self.publish()

    def try_rule(self, rule: AlertRule) -> None:
        self.calls.append(("try_rule", (rule,)))
        if self.trial is not None:
            self.signals.tried.emit(self.trial(rule))

    def snooze(self, keys: Sequence[WatchKey], until_ms: int | None) -> None:
        self.calls.append(("snooze", (tuple(keys), until_ms)))
        self._change(keys, snoozed_until_ms=until_ms)

    def acknowledge(self, keys: Sequence[WatchKey]) -> None:
        self.calls.append(("acknowledge", (tuple(keys),)))
        self._change(keys, acknowledged=True)

    def mute(self, target: str, until_ms: int | None, *, on: bool) -> None:
        self.calls.append(("mute", (target, until_ms, on)))
        self._muted.pop(target, None)
        if on:
            self._muted[target] = until_ms
        self.publish()

    def read_history(self, before_id: int | None = None) -> None:
        self.calls.append(("read_history", (before_id,)))
        older = [each for each in self._events if before_id is None or each.id < before_id]
        self.signals.history_read.emit(
            HistoryPage(events=tuple(older[:50]), before_id=before_id, is_last=len(older) <= 50)
        )

    def export_history(self, path: Path) -> None:
        self.calls.append(("export_history", (path,)))

    def read_channels(self) -> None:
        self.calls.append(("read_channels", ()))
        self.signals.channels_changed.emit(self.channels)

    def save_channels(self, channels: AlertChannels, secrets: Mapping[ChannelKind, str]) -> None:
        self.calls.append(("save_channels", (channels, dict(secrets))))
        self._channels = channels
        kept = set(self._kept)
        for kind, secret in secrets.items():
            (kept.add if secret else kept.discard)(kind)
        self._kept = frozenset(kept)
        self.signals.channels_changed.emit(self.channels)

    def test_channel(self, kind: ChannelKind, channels: AlertChannels, secret: str | None) -> None:
        self.calls.append(("test_channel", (kind, channels, secret)))

    # -- strings a test pulls --------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Announce how the alerts stand."""
        self.signals.changed.emit(self.view)

    def fire(self, *, sound: bool = False) -> None:
        """Let the three alerts begin."""
        self._firing = firing(self._rules, self._now_ms())
        self.publish()
        self.signals.announced.emit(tuple(Announcement(alert=each, with_sound=sound) for each in self._firing))

    def calm(self) -> None:
        """Let everything clear."""
        self._firing = ()
        self.publish()

    def answer_test(self, kind: ChannelKind, *, is_sent: bool, words: str) -> None:
        """End a test."""
        self.signals.tested.emit(ChannelTest(kind=kind, is_sent=is_sent, words=words))

    # -- inside ----------------------------------------------------------------------------------------------------

    def _change(self, keys: Sequence[WatchKey], **changes: object) -> None:
        self._firing = tuple(replace(each, **changes) if each.key in keys else each for each in self._firing)  # type: ignore[arg-type]
        self.publish()

    def _history(self) -> tuple[StoredEvent, ...]:
        now_ms = self._now_ms()
        kinds = firing(self._rules, now_ms)
        return tuple(
            event(200 - place, kinds[place % 3], now_ms - place * 7 * HOUR_MS, fired=place % 2 == 0)
            for place in range(120)
        )

    def _tried(self, rule: AlertRule) -> RuleTrial:
        now_ms = self._now_ms()
        days = (3, 17, 18, 64)
        target = "token:gate:BTC3L"
        moments = tuple((now_ms - day * DAY_MS, target, f"BTC moved {day} %.") for day in sorted(days, reverse=True))
        words = "Would have fired 4 times in the last 90 days."
        return RuleTrial(rule=rule, from_ms=now_ms - 90 * DAY_MS, until_ms=now_ms, moments=moments, words=words)
