"""How far the clocks are apart, whatever the way through the network takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from levdesk.services.clock_skew import NOTABLE_MS, WINDOW_MS, ClockSkew

NOW = 1_790_000_000_000


def test_unknown_until_something_was_heard() -> None:
    skew = ClockSkew()
    assert skew.measured_ms("gate") is None
    assert skew.notable_ms("gate") is None


@given(true_ms=st.integers(-100_000, 100_000), delays=st.lists(st.integers(0, 5_000), min_size=1, max_size=50))
def test_messages_never_tell_less_than_the_true_difference(true_ms: int, delays: list[int]) -> None:
    skew = ClockSkew()
    for number, delay_ms in enumerate(delays):
        sent_ms = NOW + number * 100
        skew.note_message("gate", sent_ms=sent_ms, received_ms=sent_ms + delay_ms + true_ms)
    measured = skew.measured_ms("gate")
    assert measured is not None
    assert true_ms <= measured <= true_ms + min(delays)


def test_an_answer_and_messages_together_the_smaller_counts() -> None:
    skew = ClockSkew()
    skew.note_answer("gate", 5_040)
    skew.note_message("gate", sent_ms=NOW, received_ms=NOW + 5_010)
    assert skew.measured_ms("gate") == 5_010
    skew.note_message("gate", sent_ms=NOW, received_ms=NOW + 9_000)
    assert skew.measured_ms("gate") == 5_010


def test_a_clock_that_was_set_is_noticed_after_two_windows() -> None:
    skew = ClockSkew()
    skew.note_message("gate", sent_ms=NOW, received_ms=NOW)
    for number in range(1, 4):
        sent_ms = NOW + number * (WINDOW_MS + 1)
        skew.note_message("gate", sent_ms=sent_ms, received_ms=sent_ms + 60_000)
    assert skew.measured_ms("gate") == 60_000


def test_a_clock_that_was_set_back_is_noticed_at_once() -> None:
    skew = ClockSkew()
    skew.note_message("gate", sent_ms=NOW, received_ms=NOW)
    skew.note_message("gate", sent_ms=NOW + 100, received_ms=NOW - 60_000)
    assert skew.measured_ms("gate") == -60_100


def test_what_the_network_takes_is_not_notable() -> None:
    skew = ClockSkew()
    skew.note_answer("gate", NOTABLE_MS - 1)
    assert skew.notable_ms("gate") is None
    skew.note_answer("gate", -NOTABLE_MS)
    assert skew.notable_ms("gate") == -NOTABLE_MS
