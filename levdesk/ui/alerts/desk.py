"""What the watch may ask of the house: its share of the desk, with signals of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from levdesk.domain.alerts import AlertRule
    from levdesk.services.alert_channels import AlertChannels
    from levdesk.services.alert_ports import ChannelKind, WatchKey
    from levdesk.services.alert_view import AlertsView, ChannelsView


class AlertSignals(QObject):
    """What is announced of the alerts; every payload is one frozen value."""

    changed = Signal(object)  # AlertsView
    announced = Signal(object)  # tuple[Announcement, ...]: what has just begun
    rule_saved = Signal(object)  # AlertRule with its id
    history_read = Signal(object)  # HistoryPage
    tried = Signal(object)  # RuleTrial
    channels_changed = Signal(object)  # ChannelsView
    tested = Signal(object)  # ChannelTest


class AlertDesk(Protocol):
    """Everything the window may ask for about alerts; commands are answered by signals, failures by `act_failed`."""

    @property
    def signals(self) -> AlertSignals:
        """Where answers arrive."""

    @property
    def view(self) -> AlertsView | None:
        """How the alerts stand; None until the rules have been read."""

    @property
    def channels(self) -> ChannelsView | None:
        """How messages leave this computer; None until that has been read."""

    def save_rule(self, rule: AlertRule) -> None:
        """Add a rule (id 0) or replace one; answered by `rule_saved` and `changed`."""

    def remove_rule(self, rule_id: int) -> None:
        """Delete a rule; its history stays."""

    def try_rule(self, rule: AlertRule) -> None:
        """See what a rule would have done; answered by `tried`, only for the last rule asked about."""

    def snooze(self, keys: Sequence[WatchKey], until_ms: int | None) -> None:
        """Keep alerts quiet until a moment; None ends that."""

    def acknowledge(self, keys: Sequence[WatchKey]) -> None:
        """The person has seen these."""

    def mute(self, target: str, until_ms: int | None, *, on: bool) -> None:
        """Silence a target (until a moment, or for good), or let it speak again."""

    def read_history(self, before_id: int | None = None) -> None:
        """Read a stretch of the history; answered by `history_read`."""

    def export_history(self, path: Path) -> None:
        """Write the whole history as CSV."""

    def read_channels(self) -> None:
        """Find out how messages leave this computer; answered by `channels_changed`."""

    def save_channels(self, channels: AlertChannels, secrets: Mapping[ChannelKind, str]) -> None:
        """Save how messages leave this computer; a secret that is not named stays, "" forgets it."""

    def test_channel(self, kind: ChannelKind, channels: AlertChannels, secret: str | None) -> None:
        """Send a test message with these values, None = the secret that is kept; answered by `tested`."""
