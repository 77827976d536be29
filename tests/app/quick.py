"""A program in a hurry: its waits are shorter in real time, and the steps between them are the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from levdesk.app import market_desk
from levdesk.app.house import House
from levdesk.io.http import RequestsDoor
from levdesk.runtime import feed, feed_line, feed_worker, poller
from levdesk.services import complaints
from levdesk.services.stream_state import Pacing
from levdesk.venues.contract import Reply, Request

SPEED: Final = 30.0
PATIENCE_S: Final = 1.0
"""An answer that takes longer in real time is given up."""

TURN_MS: Final = 50

PACING: Final = Pacing(refused_wait_ms=30_000, busy_wait_ms=30_000, quiet_ms=60_000)
"""A stream that is refused is tried again after half a minute instead of five: the same step, sooner."""

BLAMED_MS: Final = 10_000
"""A stream that is fine again is blamed for so long, instead of a minute."""


class QuickDoor:
    """A door whose patience is short."""

    def __init__(self, house: House) -> None:
        self._door = RequestsDoor(house.clock, house.turnstile)

    def send(self, request: Request) -> Reply:
        return self._door.send(replace(request, timeout_s=PATIENCE_S))

    def close(self) -> None:
        self._door.close()


def hurry(patch: pytest.MonkeyPatch, quick_s: Callable[[], float]) -> None:
    """Have poller, feed and desk turn as often as a quick clock asks for; `quick_s` only goes forward."""
    patch.setattr(poller, "TURN_MS", TURN_MS)
    patch.setattr(feed_worker, "BEAT_MS", TURN_MS)
    patch.setattr(market_desk, "RECONSIDER_MS", TURN_MS)
    patch.setattr(feed, "Pacing", lambda: PACING)
    patch.setattr(complaints, "HEARD_MS", BLAMED_MS)
    for module in (feed_line, feed_worker):
        patch.setattr(module, "moment_ms", lambda: round(quick_s() * 1000))
