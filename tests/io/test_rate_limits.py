from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueBusy
from levdesk.io.rate_limits import Turnstile
from levdesk.venues.contract import RateLimit


@dataclass
class Time:
    """A clock that only moves when somebody sleeps or says so."""

    now_s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic_s(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


def turnstile(time: Time, requests: int, period_s: float) -> Turnstile:
    limits = {"gate": RateLimit(requests=requests, period_s=period_s)}
    return Turnstile(limits, monotonic_s=time.monotonic_s, sleep=time.sleep)


@given(
    requests=st.integers(1, 5),
    period_s=st.integers(1, 20),
    pauses=st.lists(st.integers(0, 10), max_size=40),
)
def test_no_stretch_of_time_ever_sees_more_than_the_limit(requests: int, period_s: int, pauses: list[int]) -> None:
    time = Time()
    gate = turnstile(time, requests, period_s)
    sent: list[float] = []
    for pause_s in pauses:
        time.now_s += pause_s
        gate.pass_through("gate", "GET /a", patience_s=1e9)
        sent.append(time.now_s)
    for first, later in zip(sent, sent[requests:], strict=False):
        assert later - first >= period_s


@given(
    limit=st.integers(1, 12),
    asked=st.lists(
        st.tuples(st.integers(0, 6), st.integers(1, 15), st.sampled_from(["GET /a", "GET /b"])), max_size=40
    ),
)
def test_weights_of_all_endpoints_together_never_exceed_a_shared_limit(
    limit: int, asked: list[tuple[int, int, str]]
) -> None:
    time = Time()
    limits = {"binance": RateLimit(requests=limit, period_s=10, per_endpoint=False)}
    gate = Turnstile(limits, monotonic_s=time.monotonic_s, sleep=time.sleep)
    sent: list[tuple[float, int]] = []
    for pause_s, weight, endpoint in asked:
        time.now_s += pause_s
        gate.pass_through("binance", endpoint, patience_s=1e9, weight=weight)
        sent.append((time.now_s, min(weight, limit)))
        used = sum(weight for sent_s, weight in sent if sent_s > time.now_s - 10)
        assert used <= limit
        assert gate.room("binance") == (limit - used, limit)


def test_room_is_that_of_the_fullest_endpoint() -> None:
    time = Time()
    gate = turnstile(time, 5, 10)
    for endpoint in ("GET /a", "GET /b", "GET /b"):
        gate.pass_through("gate", endpoint, patience_s=5)
    assert gate.room("gate") == (3, 5)
    assert gate.room("mexc") is None
    time.now_s = 10.0
    assert gate.room("gate") == (5, 5)


def test_what_is_within_the_limit_does_not_wait() -> None:
    time = Time()
    gate = turnstile(time, 3, 10)
    for _ in range(3):
        gate.pass_through("gate", "GET /a", patience_s=5)
    for _ in range(3):
        gate.pass_through("gate", "GET /b", patience_s=5)
    for _ in range(10):
        gate.pass_through("mexc", "GET /a", patience_s=5)
    assert time.slept == []


def test_a_turn_within_its_patience_is_waited_for() -> None:
    time = Time()
    gate = turnstile(time, 1, 10)
    gate.pass_through("gate", "GET /a", patience_s=5)
    time.now_s = 6.0
    gate.pass_through("gate", "GET /a", patience_s=5)
    assert time.slept == [4.0]


def test_a_turn_beyond_its_patience_is_named_and_not_taken() -> None:
    time = Time()
    gate = turnstile(time, 1, 10)
    gate.pass_through("gate", "GET /a", patience_s=5)
    time.now_s = 2.0
    for _ in range(2):
        with pytest.raises(VenueBusy, match="limit of 1 requests in 10 s") as caught:
            gate.pass_through("gate", "GET /a", patience_s=5)
        assert (caught.value.venue, caught.value.retry_after_s) == ("gate", 8.0)
    time.now_s = 10.0
    gate.pass_through("gate", "GET /a", patience_s=5)
    assert time.slept == []


def test_threads_that_wait_together_get_different_turns() -> None:
    slept: list[float] = []
    gate = Turnstile({"gate": RateLimit(requests=2, period_s=10)}, monotonic_s=lambda: 0.0, sleep=slept.append)
    threads = [
        threading.Thread(target=gate.pass_through, args=("gate", "GET /a"), kwargs={"patience_s": 1e9})
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(slept) == [10.0, 10.0, 20.0, 20.0]
