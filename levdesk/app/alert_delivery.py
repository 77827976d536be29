"""What leaves the list: announcements to the person in front of the screen, and messages through the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Slot

from levdesk.app.watch_facts import local_moment
from levdesk.domain.alerts import AlertEvent, AlertSeverity
from levdesk.domain.errors import DeliveryFailed, LevdeskError, SecretsUnavailable
from levdesk.io.deliveries.door import Deliveries, OfflineDeliveries
from levdesk.io.secrets import Vault, keyring_state
from levdesk.runtime.jobs import JobControl
from levdesk.services.alert_channels import OUTSIDE, SECRETS, AlertChannels
from levdesk.services.alert_ports import ChannelKind, DeliveryDoor, WatchKey
from levdesk.services.alert_view import Announcement, ChannelsView, ChannelTest
from levdesk.services.outbox import TEST_MESSAGE, OutboxRules, Sending, sendings

if TYPE_CHECKING:
    from levdesk.app.alert_desk import AlertDesk

SHORTEST_MS: Final = 1_000
LONGEST_MS: Final = 3_600_000


class AlertDelivery(QObject):
    """Decides who is told and has the outbox emptied; lives in the GUI thread, blocks in the pool only.

    Attributes:
        channels: how messages leave this computer; None until that has been read.
    """

    def __init__(self, desk: AlertDesk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.channels: ChannelsView | None = None
        self._courier = desk.house.courier()
        self._is_out = self._is_stopped = self._is_wanted_again = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self.deliver)

    def start(self) -> None:
        """Find out how messages leave, and send what waited since the last run."""
        self.read()

    def stop(self) -> None:
        """Send nothing more."""
        self._is_stopped = True
        self._again.stop()

    @property
    def _set(self) -> AlertChannels:
        return AlertChannels() if self.channels is None else self.channels.channels

    def _rules(self) -> OutboxRules:
        return self._set.rules(self._desk.muted)

    # -- in front of the screen ----------------------------------------------------------------------------------

    def announce(self, keys: tuple[WatchKey, ...]) -> None:
        """Have the person told of what has just begun, as the rules, the quiet hours and the mutes say."""
        desk = self._desk
        view = desk.view
        if view is None:
            return
        news = []
        for alert in view.firing:
            if alert.key not in keys or desk.is_quiet(alert.key) or self._is_hushed(alert.severity):
                continue
            by = desk.rules[alert.key.rule_id].channels
            on_desktop, with_sound = ChannelKind.DESKTOP.value in by, ChannelKind.SOUND.value in by
            if on_desktop or with_sound:
                news.append(Announcement(alert=alert, on_desktop=on_desktop, with_sound=with_sound))
        if news:
            desk.signals.announced.emit(tuple(news))

    def _is_hushed(self, severity: AlertSeverity) -> bool:
        quiet = self._set.quiet
        if quiet is None or not quiet.covers(local_moment(self._desk.engine.house.clock.now_ms()).minute):
            return False
        return not (quiet.critical_passes and severity is AlertSeverity.CRITICAL)

    # -- out of this computer ------------------------------------------------------------------------------------

    def sendings_of(self, events: tuple[AlertEvent, ...]) -> tuple[Sending, ...]:
        """What of a look's events is to go out."""
        desk = self._desk

        def until_ms(event: AlertEvent) -> int | None:
            return desk.snoozed_until_ms(WatchKey(event.rule_id, event.target))

        def ways(rule_id: int) -> frozenset[ChannelKind]:
            rule = desk.rules.get(rule_id)
            return frozenset() if rule is None else self._set.ways(rule.channels)

        return sendings(events, ways, self._rules(), until_ms)

    @Slot()
    def deliver(self) -> None:
        """Empty the outbox as far as it goes, and look again when something is due."""
        if self._is_stopped or self.channels is None:
            return
        if self._is_out:
            self._is_wanted_again = True
            return
        rules, courier, runner = self._rules(), self._courier, self._desk.engine.runner
        if not rules.on:
            return
        self._is_out, self._is_wanted_again = True, False

        def work(control: JobControl) -> int | None:
            courier.deliver(rules, lambda: not (control.cancelled or self._is_stopped))
            return courier.next_ms(rules)

        runner.run("Delivering warnings", work, self._delivered, self._not_delivered, quiet=True)

    def _delivered(self, next_ms: int | None) -> None:
        self._is_out = False
        if self._is_wanted_again:
            self.deliver()
        elif next_ms is not None:
            wait_ms = next_ms - self._desk.engine.house.clock.now_ms()
            self._again.start(min(max(wait_ms, SHORTEST_MS), LONGEST_MS))

    def _not_delivered(self, error: LevdeskError) -> None:
        self._is_out = False
        self._desk.engine.fail(error)
        self._again.start(LONGEST_MS)

    # -- settings ------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Find out how messages leave this computer; a keyring may take its time."""
        house = self._desk.house

        def work(_control: JobControl) -> ChannelsView:
            return channels_view(house.channels(), house.vault)

        self._desk.engine.runner.run("Reading the delivery settings", work, self._show, self._fail, quiet=True)

    def _show(self, view: ChannelsView) -> None:
        self.channels = view
        self._desk.signals.channels_changed.emit(view)
        self.deliver()

    def save(self, channels: AlertChannels, secrets: Mapping[ChannelKind, str]) -> None:
        """Save how messages leave this computer."""
        house = self._desk.house
        given = dict(secrets)

        def work(_control: JobControl) -> ChannelsView:
            for kind, secret in given.items():
                if secret:
                    house.vault.keep(SECRETS[kind], secret)
                else:
                    house.vault.forget(SECRETS[kind])
            house.save_channels(channels)
            return channels_view(channels, house.vault)

        self._desk.engine.runner.run("Saving the delivery settings", work, self._show, self._fail)

    def test(self, kind: ChannelKind, channels: AlertChannels, secret: str | None) -> None:
        """Send a test message."""
        desk = self._desk
        own, is_offline = desk.house.vault, desk.engine.house.options.offline

        def work(_control: JobControl) -> ChannelTest:
            vault = own
            if secret is not None:
                vault = Vault(desk.engine.house.paths.data_dir)
                vault.hold(SECRETS[kind], secret)
            door: DeliveryDoor = OfflineDeliveries() if is_offline else Deliveries(lambda: channels, vault)
            return tested(kind, door)

        desk.engine.runner.run("Sending a test message", work, desk.signals.tested.emit, self._fail)

    def _fail(self, error: LevdeskError) -> None:
        self._desk.engine.fail(error)


def tested(kind: ChannelKind, door: DeliveryDoor) -> ChannelTest:
    """Send the test message through a door; how it went."""
    try:
        door.deliver(kind, TEST_MESSAGE)
    except (DeliveryFailed, SecretsUnavailable) as error:
        return ChannelTest(kind=kind, is_sent=False, words=f"{error.message} {error.hint}".strip())
    return ChannelTest(kind=kind, is_sent=True, words="Sent. Look whether it has arrived.")


def channels_view(channels: AlertChannels, vault: Vault) -> ChannelsView:
    """How messages leave, which secrets are known, and where secrets are kept."""
    state = keyring_state()
    kept = set()
    words = (
        f"Secrets are kept in this computer's keyring: {state.words}."
        if state.usable
        else "This computer offers no keyring: secrets are kept until LevDesk ends, and never written to a file."
    )
    for kind in OUTSIDE:
        try:
            if vault.read(SECRETS[kind]) is not None:
                kept.add(kind)
        except SecretsUnavailable as error:
            words = f"{error.message} {error.hint}".strip()
            break
    return ChannelsView(channels=channels, kept=frozenset(kept), safe_words=words, outlives=state.usable)
