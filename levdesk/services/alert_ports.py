"""The doors of the alerts as the office sees them: where rules and history are kept, and how messages go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from levdesk.domain.alerts import AlertEvent, AlertRule, AlertState


@dataclass(frozen=True, slots=True)
class WatchKey:
    """A rule at one of its targets, as `AlertScope` writes the target."""

    rule_id: int
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event of the history with its handle.

    Attributes:
        id: rises with time.
        event: what happened.
        acknowledged_ms: when the person took note, or None.
        deliveries: channel and what became of it ("sent", "failed: …", "waiting"), in order.
    """

    id: int
    event: AlertEvent
    acknowledged_ms: int | None = None
    deliveries: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlerts:
    """Everything about alerts as read at one moment.

    Attributes:
        rules: by id.
        states: of rules at targets, as of the last run.
        muted: targets that are silent, with the moment until which (None = until switched on again).
    """

    rules: tuple[AlertRule, ...] = ()
    states: Mapping[WatchKey, AlertState] = field(default_factory=dict)
    muted: Mapping[str, int | None] = field(default_factory=dict)


class AlertStore(Protocol):
    """Keeps rules, states and history in the precious file; reads from any thread, writes through the writer."""

    def read_alerts(self) -> StoredAlerts:
        """Rules, states and mutes.

        Raises:
            StoreError: unreadable file.
        """

    def read_events(self, *, before_id: int | None = None, limit: int = 500) -> tuple[StoredEvent, ...]:
        """The newest events, newest first, from below an id."""

    def save_rule(self, rule: AlertRule) -> Future[AlertRule]:
        """Insert (id 0) or replace a rule; answers it with its id. A rule that changed starts calm."""

    def remove_rule(self, rule_id: int) -> Future[None]:
        """Delete a rule; its history stays."""

    def save_turn(self, states: Mapping[WatchKey, AlertState], events: Sequence[AlertEvent]) -> Future[tuple[int, ...]]:
        """Keep what one turn changed, states and events in one transaction; answers the events' ids."""

    def acknowledge(self, event_ids: Sequence[int], now_ms: int) -> Future[None]:
        """The person has seen these."""

    def mute(self, target: str, until_ms: int | None, *, on: bool) -> Future[None]:
        """Silence a target, or let it speak again."""

    def note_delivery(self, event_id: int, channel: str, outcome: str) -> Future[None]:
        """What became of a message."""


class ChannelKind(StrEnum):
    """Ways out of the window."""

    DESKTOP = "desktop"
    SOUND = "sound"
    WEBHOOK = "webhook"
    TELEGRAM = "telegram"
    NTFY = "ntfy"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes out of an event: no amounts of money unless the person asked for them.

    Attributes:
        title: one line.
        body: a few lines.
        severity: of the event.
        event_id: of the history; 0 for a test.
    """

    title: str
    body: str
    severity: str
    event_id: int = 0


class DeliveryDoor(Protocol):
    """Carries messages to the outside; blocks, safe to call from a job thread."""

    def deliver(self, channel: ChannelKind, message: Message) -> None:
        """Send one message.

        Raises:
            DeliveryFailed: with the reason in words and whether trying again may help.
            SecretsUnavailable: a secret is needed and there is none.
        """
