"""Carries what waits in the outbox through the delivery door, channel by channel, and notes what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Protocol

from levdesk.domain.errors import DeliveryFailed, SecretsUnavailable
from levdesk.services.alert_ports import ChannelKind, DeliveryDoor
from levdesk.services.outbox import (
    LocalTime,
    OutboxRules,
    Parcel,
    after_failure,
    compose_together,
    due,
    next_try_ms,
    together,
    too_old,
)
from levdesk.services.ports import Clock

SENT: Final = "sent"
FAILED: Final = "failed: "
_SAVE_TIMEOUT_S: Final = 60.0


class OutboxStore(Protocol):
    """Keeps what waits; reads from any thread, writes through the writer."""

    def read_waiting(self) -> tuple[Parcel, ...]:
        """Every message that has neither gone out nor been given up, oldest first."""

    def postpone(self, parcel: Parcel) -> Future[None]:
        """Keep how often a message was tried and when it is tried next."""

    def note_delivery(self, event_id: int, channel: str, outcome: str) -> Future[None]:
        """What became of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one message at one try.

    Attributes:
        event_id, channel: which message.
        outcome: "sent", or "failed: …", or "waiting: …" with the reason.
    """

    event_id: int
    channel: ChannelKind
    outcome: str


class Courier:
    """Delivers; blocks, one call at a time.

    Args:
        store: keeps what waits.
        door: the way out.
        clock: the time.
        local: the person's wall clock.
        chance: random numbers from 0 to 1, for pauses.
    """

    def __init__(
        self, store: OutboxStore, door: DeliveryDoor, clock: Clock, *, local: LocalTime, chance: Callable[[], float]
    ) -> None:
        self._store = store
        self._door = door
        self._clock = clock
        self._local = local
        self._chance = chance

    def deliver(self, rules: OutboxRules, is_wanted: Callable[[], bool] = lambda: True) -> tuple[Delivery, ...]:
        """Try all that is due, until each channel has nothing left or has failed; what happened, in order.

        Args:
            rules: what the person decided.
            is_wanted: asked before each try; False ends it, what is left waits.

        Raises:
            StoreError: the outbox cannot be read or written.
        """
        waiting = list(self._store.read_waiting())
        done = [self._end(parcel, _gave_up(parcel)) for parcel in too_old(waiting, self._clock.now_ms())]
        ended = {(delivery.event_id, delivery.channel) for delivery in done}
        waiting = [parcel for parcel in waiting if (parcel.event_id, parcel.channel) not in ended]
        while heads := due(waiting, rules, self._clock.now_ms(), self._local):
            for head in heads:
                if not is_wanted():
                    return tuple(done)
                parcels = together(waiting, head, rules, self._clock.now_ms(), self._local)
                waiting = [parcel for parcel in waiting if parcel not in parcels]
                deliveries, left = self._try(parcels, rules)
                done += deliveries
                waiting += left
        return tuple(done)

    def next_ms(self, rules: OutboxRules) -> int | None:
        """When there is something to try again, None when nothing waits."""
        return next_try_ms(self._store.read_waiting(), rules, self._clock.now_ms(), self._local)

    def _try(self, parcels: Sequence[Parcel], rules: OutboxRules) -> tuple[tuple[Delivery, ...], tuple[Parcel, ...]]:
        """What became of parcels that go out together, and those that wait again: only the first has a next time."""
        first, *others = parcels
        try:
            self._door.deliver(first.channel, compose_together(parcels, with_amounts=rules.with_amounts))
        except DeliveryFailed as error:
            failure = error
        except SecretsUnavailable as error:
            failure = DeliveryFailed(error.message, again=True, hint=error.hint)  # a keyring may be unlocked later
        else:
            return tuple(self._end(parcel, SENT) for parcel in parcels), ()
        again = after_failure(first, failure, self._clock.now_ms(), self._chance())
        if again is None:
            return tuple(self._end(parcel, f"{FAILED}{failure.message}") for parcel in parcels), ()
        self._store.postpone(again).result(_SAVE_TIMEOUT_S)
        outcome = f"waiting: {failure.message}"
        return (Delivery(event_id=first.event_id, channel=first.channel, outcome=outcome),), (again, *others)

    def _end(self, parcel: Parcel, outcome: str) -> Delivery:
        self._store.note_delivery(parcel.event_id, parcel.channel.value, outcome).result(_SAVE_TIMEOUT_S)
        return Delivery(event_id=parcel.event_id, channel=parcel.channel, outcome=outcome)


def _gave_up(parcel: Parcel) -> str:
    tries = "once" if parcel.attempts == 1 else f"{parcel.attempts} times"
    return f"{FAILED}given up after a day, tried {tries}"


def failures_of(deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """Those that did not go out."""
    return tuple(delivery for delivery in deliveries if delivery.outcome != SENT)
