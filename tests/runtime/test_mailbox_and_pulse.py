from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from levdesk.runtime.mailbox import Mailbox
from levdesk.runtime.pulse import HIDDEN_MS, VISIBLE_MS, Pulse


def test_only_the_newest_value_of_a_key_is_kept() -> None:
    box: Mailbox[str, int] = Mailbox()
    box.put("BTC3L", 1)
    box.put("BTC3L", 2)
    box.put_many({"BTC3L": 3, "ETH3S": 9})
    assert box.drain() == {"BTC3L": 3, "ETH3S": 9}
    assert box.replaced == 2
    assert box.drain() == {}


def test_no_last_value_is_lost_when_many_threads_write_at_once() -> None:
    box: Mailbox[int, int] = Mailbox()

    def write(key: int) -> None:
        for value in range(500):
            box.put(key, value)

    threads = [threading.Thread(target=write, args=(key,)) for key in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert box.drain() == dict.fromkeys(range(8), 499)


def test_the_pulse_announces_what_came_and_stays_silent_when_nothing_did(qtbot: QtBot) -> None:
    box: Mailbox[str, int] = Mailbox()
    pulse = Pulse(box)
    beats: list[dict[str, int]] = []
    pulse.beat.connect(beats.append)
    pulse.start()
    box.put("BTC3L", 1)
    with qtbot.waitSignal(pulse.beat):
        pass
    assert beats == [{"BTC3L": 1}]
    pulse.stop()


def test_the_pulse_slows_down_when_nobody_looks(qtbot: QtBot) -> None:
    pulse = Pulse(Mailbox())
    pulse.set_visible(False)
    assert pulse.interval_ms == HIDDEN_MS
    pulse.set_visible(True)
    assert pulse.interval_ms == VISIBLE_MS
