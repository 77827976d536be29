from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from levdesk.runtime import mailbox
from levdesk.runtime.mailbox import Mailbox
from levdesk.runtime.pulse import BUDGET_MS, HIDDEN_MS, VISIBLE_MS, Pulse, room_after
from tests.patience import PATIENCE_S


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


def test_what_waits_longest_is_taken_first_and_the_rest_stays() -> None:
    box: Mailbox[str, int] = Mailbox()
    box.put_many({"BTC3L": 1, "ETH3S": 2, "SOL3L": 3})
    assert box.put_many({"BTC3L": 4}) == {"BTC3L"}
    assert box.drain(2) == {"BTC3L": 4, "ETH3S": 2}
    assert box.drain(2) == {"SOL3L": 3}


def test_values_of_one_key_are_put_together_while_they_wait() -> None:
    box: Mailbox[str, str] = Mailbox(lambda old, new: f"{old}, {new}")
    box.put("BTC3L", "price")
    box.put("BTC3L", "NAV")
    assert box.drain() == {"BTC3L": "price, NAV"}
    box.put("BTC3L", "price")
    assert box.drain() == {"BTC3L": "price"}


def test_a_beat_takes_no_more_than_can_be_shown_in_its_time(qtbot: QtBot) -> None:
    box: Mailbox[int, int] = Mailbox()
    pulse = Pulse(box)
    beats: list[int] = []

    def show(beat: dict[int, int]) -> None:
        beats.append(len(beat))
        until_s = time.perf_counter() + len(beat) * 0.000_2
        while time.perf_counter() < until_s:
            pass

    pulse.beat.connect(show)
    box.put_many(dict.fromkeys(range(200), 0))
    pulse.start()
    qtbot.waitUntil(lambda: sum(beats) == 200)
    pulse.stop()
    assert max(beats[1:]) <= 40


@given(st.integers(32, 100_000), st.floats(0.0, 10_000.0), st.data())
def test_the_room_of_a_beat_follows_what_the_last_one_took(room: int, took_ms: float, data: st.DataObject) -> None:
    taken = data.draw(st.integers(1, room))
    after = room_after(room, taken, took_ms)
    assert 32 <= after <= 100_000
    if took_ms > BUDGET_MS:
        assert after <= max(32, taken)
    elif taken < room:
        assert after == room


def test_who_fills_the_box_stands_aside_until_the_window_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "GIVE_WAY_S", 3 * PATIENCE_S)
    box: Mailbox[str, int] = Mailbox()
    box.give_way()
    began, done = threading.Event(), threading.Event()
    box.take_way()

    def fill() -> None:
        began.set()
        box.give_way()
        done.set()

    thread = threading.Thread(target=fill)
    thread.start()
    assert began.wait(PATIENCE_S)
    assert not done.wait(0.005)
    box.free_way()
    assert done.wait(PATIENCE_S)
    thread.join()


def test_nobody_stands_aside_for_ever() -> None:
    box: Mailbox[str, int] = Mailbox()
    box.take_way()
    box.give_way()  # comes back by itself


def test_the_way_is_the_windows_from_the_beat_until_it_is_painted(qtbot: QtBot) -> None:
    box = WatchedBox()
    pulse = Pulse(box)
    pulse.beat.connect(lambda _beat: box.seen.append("beat"))
    box.put("BTC3L", 1)
    pulse.start()
    with qtbot.waitSignal(pulse.beat):
        pass
    qtbot.waitUntil(lambda: "free" in box.seen)
    pulse.stop()
    assert box.seen[:3] == ["take", "beat", "free"]


class WatchedBox(Mailbox[str, int]):
    """Notes who has the way."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def take_way(self) -> None:
        self.seen.append("take")
        super().take_way()

    def free_way(self) -> None:
        self.seen.append("free")
        super().free_way()
