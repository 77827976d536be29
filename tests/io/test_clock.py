from __future__ import annotations

import time

from levdesk.io.clock import SystemClock
from levdesk.services.ports import Clock


def test_the_time_is_that_of_this_machine_in_ms() -> None:
    clock: Clock = SystemClock()
    before, now, after = time.time(), clock.now_ms(), time.time()
    assert int(before * 1000) <= now <= int(after * 1000) + 1
