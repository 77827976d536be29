"""What the alerts' commands share: the store with its standard rules, the settings of the channels, and the way out."""

from __future__ import annotations

import random
from dataclasses import dataclass

from levdesk.app.house import House
from levdesk.app.watch_facts import local_moment
from levdesk.io.alert_store import AlertFile
from levdesk.io.deliveries.door import Deliveries, OfflineDeliveries
from levdesk.io.secrets import Vault
from levdesk.services.alert_channels import AlertChannels
from levdesk.services.alert_channels_codec import decode_channels, encode_channels
from levdesk.services.alert_ports import DeliveryDoor, StoredAlerts, StoredEvent, WatchKey
from levdesk.services.alert_seeding import rules_to_seed, seeded
from levdesk.services.books import Books
from levdesk.services.courier import Courier

SAVE_TIMEOUT_S = 60.0


REMEMBERED = 500
"""How many of the newest events are read to know what was said when something began to fire."""


@dataclass(frozen=True, slots=True)
class AlertsHouse:
    """The alerts of one data directory.

    Attributes:
        house: whose they are.
        store: rules, states, history, outbox.
        vault: secrets of the channels.
    """

    house: House
    store: AlertFile
    vault: Vault

    @classmethod
    def of(cls, house: House) -> AlertsHouse:
        """Those of a house; nothing is opened yet."""
        return cls(house, AlertFile(house.paths, house.clock, house.stores.writer), Vault(house.paths.data_dir))

    def read_alerts(self, books: Books) -> StoredAlerts:
        """Rules and states; the standard rules are saved first when something is held and they never were."""
        stored = self.store.read_alerts()
        settings = self.house.stores.settings.read_settings()
        is_held = any(books.position(key, None).quantity for key in books.keys(None))
        new = rules_to_seed(stored.rules, settings, is_held=is_held)
        if not new:
            return stored
        for rule in new:
            self.store.save_rule(rule).result(SAVE_TIMEOUT_S)
        self.house.stores.settings.save_settings(seeded(settings, new)).result(SAVE_TIMEOUT_S)
        return self.store.read_alerts()

    def channels(self) -> AlertChannels:
        """How messages leave, as it is set now."""
        return decode_channels(self.house.stores.settings.read_settings())[0]

    def save_channels(self, channels: AlertChannels) -> None:
        """Keep how messages leave."""
        self.house.stores.settings.save_settings(encode_channels(channels)).result(SAVE_TIMEOUT_S)

    def door(self) -> DeliveryDoor:
        """The way out; closed when offline."""
        return OfflineDeliveries() if self.house.options.offline else Deliveries(self.channels, self.vault)

    def courier(self) -> Courier:
        """Carries what waits."""
        chance = random.SystemRandom().random
        return Courier(self.store, self.door(), self.house.clock, local=local_moment, chance=chance)


def last_told(house: AlertsHouse) -> dict[WatchKey, StoredEvent]:
    """What was last said where something began to fire.

    Raises:
        StoreError: the files cannot be used.
    """
    events = house.store.read_events(limit=REMEMBERED)
    return {WatchKey(each.event.rule_id, each.event.target): each for each in reversed(events) if each.event.fired}
