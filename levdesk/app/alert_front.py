"""The window's share of the alerts, there before the first paint: keeps what is asked until the alert desk stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from levdesk.ui.alerts.desk import AlertSignals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from levdesk.app.alert_desk import AlertDesk
    from levdesk.domain.alerts import AlertRule
    from levdesk.services.alert_channels import AlertChannels
    from levdesk.services.alert_ports import ChannelKind, WatchKey
    from levdesk.services.alert_view import AlertsView, ChannelsView


class AlertFront:
    """The real `levdesk.ui.alerts.desk.AlertDesk`.

    Attributes:
        signals: where answers arrive.
    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.signals = AlertSignals()
        self._desk: AlertDesk | None = None
        self._waiting: list[Callable[[AlertDesk], None]] = []

    def attach(self, desk: AlertDesk) -> None:
        """Hand over to the desk that does the work; what was asked meanwhile is done now."""
        self._desk = desk
        waiting, self._waiting = self._waiting, []
        for command in waiting:
            command(desk)

    def _do(self, command: Callable[[AlertDesk], None]) -> None:
        if self._desk is None:
            self._waiting.append(command)
        else:
            command(self._desk)

    @property
    def view(self) -> AlertsView | None:
        """How the alerts stand; None until the rules have been read."""
        return None if self._desk is None else self._desk.view

    @property
    def channels(self) -> ChannelsView | None:
        """How messages leave this computer; None until that has been read."""
        return None if self._desk is None else self._desk.delivery.channels

    def save_rule(self, rule: AlertRule) -> None:
        """Add a rule, or replace one."""
        self._do(lambda desk: desk.acts.save_rule(rule))

    def remove_rule(self, rule_id: int) -> None:
        """Delete a rule."""
        self._do(lambda desk: desk.acts.remove_rule(rule_id))

    def try_rule(self, rule: AlertRule) -> None:
        """See what a rule would have done."""
        self._do(lambda desk: desk.trials.try_rule(rule))

    def snooze(self, keys: Sequence[WatchKey], until_ms: int | None) -> None:
        """Keep alerts quiet until a moment."""
        self._do(lambda desk: desk.acts.snooze(keys, until_ms))

    def acknowledge(self, keys: Sequence[WatchKey]) -> None:
        """The person has seen these."""
        self._do(lambda desk: desk.acts.acknowledge(keys))

    def mute(self, target: str, until_ms: int | None, *, on: bool) -> None:
        """Silence a target, or let it speak again."""
        self._do(lambda desk: desk.acts.mute(target, until_ms, on=on))

    def read_history(self, before_id: int | None = None) -> None:
        """Read a stretch of the history."""
        self._do(lambda desk: desk.acts.read_history(before_id))

    def export_history(self, path: Path) -> None:
        """Write the whole history as CSV."""
        self._do(lambda desk: desk.acts.export_history(path))

    def read_channels(self) -> None:
        """Find out how messages leave this computer."""
        self._do(lambda desk: desk.delivery.read())

    def save_channels(self, channels: AlertChannels, secrets: Mapping[ChannelKind, str]) -> None:
        """Save how messages leave this computer."""
        self._do(lambda desk: desk.delivery.save(channels, secrets))

    def test_channel(self, kind: ChannelKind, channels: AlertChannels, secret: str | None) -> None:
        """Send a test message."""
        self._do(lambda desk: desk.delivery.test(kind, channels, secret))
