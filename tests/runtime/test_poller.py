from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import VenueBusy, VenueUnreachable
from levdesk.domain.instruments import TokenKey
from levdesk.runtime.jobs import JobRunner
from levdesk.runtime.poller import Poller
from levdesk.services import sync
from levdesk.services.fetching import Harvest
from levdesk.services.health import SourceHealth, SourceState
from levdesk.services.sync_health import health
from levdesk.services.sync_state import SyncPlan, SyncState, Task, VenueWant
from levdesk.venues.contract import RequestKind
from tests.patience import PATIENCE_MS, PATIENCE_S

Describe = Callable[[SyncState, int], tuple[SourceHealth, ...]]
SERVER_MS = 1_790_000_000_000


class Clock:
    def __init__(self) -> None:
        self.ms = 1_000_000

    def now_ms(self) -> int:
        return self.ms


class Exchange:
    """Answers tasks in the pool; counts them by kind and can be made to fail."""

    def __init__(self) -> None:
        self.asked: list[RequestKind] = []
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def carry_out(self, task: Task) -> Harvest:
        self.asked.append(task.key.kind)
        self.gate.wait(PATIENCE_S)
        if self.error is not None:
            raise self.error
        server_ms = SERVER_MS if task.key.kind is RequestKind.SERVER_TIME else None
        return Harvest(task=task, received_ms=SERVER_MS + 90_000, server_ms=server_ms)

    def count(self, kind: RequestKind) -> int:
        return self.asked.count(kind)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def make(qtbot: QtBot, clock: Clock, exchange: Exchange) -> Iterator[Callable[..., Poller]]:
    runner = JobRunner(clock.now_ms)

    def build(*, offline: bool = False, describe: Describe = health) -> Poller:
        plan = SyncPlan(venues=(GATE,), poll_s=5.0, offline=offline)
        return Poller(
            sync.begin(plan), exchange.carry_out, runner, now_ms=clock.now_ms, jitter=lambda: 0.0, describe=describe
        )

    yield build
    exchange.gate.set()
    assert runner.close(PATIENCE_MS)


def settle(qtbot: QtBot, poller: Poller) -> None:
    qtbot.waitUntil(lambda: not poller.state.under_way)


QUOTES = RequestKind.TOKEN_QUOTES
GATE = VenueWant(
    name="gate",
    title="Gate",
    serves=frozenset(RequestKind),
    tokens=(TokenKey("gate", "BTC3L"),),
    perpetuals=("BTC_USDT",),
)


def test_prices_are_asked_at_once_and_again_after_the_poll_interval(
    qtbot: QtBot, clock: Clock, exchange: Exchange, make: Callable[..., Poller]
) -> None:
    poller = make()
    poller.turn()
    settle(qtbot, poller)
    poller.turn()
    settle(qtbot, poller)
    assert exchange.count(QUOTES) == 1

    clock.ms += 5_000
    poller.turn()
    settle(qtbot, poller)
    assert exchange.count(QUOTES) == 2


def test_prices_are_asked_for_again_after_the_clock_was_set_back(
    qtbot: QtBot, clock: Clock, exchange: Exchange, make: Callable[..., Poller]
) -> None:
    poller = make()
    clock.ms += 3_600_000
    poller.turn()
    settle(qtbot, poller)
    clock.ms -= 3_600_000
    poller.turn()
    settle(qtbot, poller)
    clock.ms += 5_000
    poller.turn()
    settle(qtbot, poller)
    assert exchange.count(QUOTES) == 2
    assert exchange.count(RequestKind.SERVER_TIME) == 2


def test_a_slow_answer_is_not_asked_for_twice(
    qtbot: QtBot, clock: Clock, exchange: Exchange, make: Callable[..., Poller]
) -> None:
    exchange.gate.clear()
    poller = make()
    poller.turn()
    clock.ms += 60_000
    poller.turn()
    exchange.gate.set()
    settle(qtbot, poller)
    assert exchange.count(QUOTES) == 1


def test_a_failure_is_shown_in_words_and_the_recovery_too(
    qtbot: QtBot, clock: Clock, exchange: Exchange, make: Callable[..., Poller]
) -> None:
    told: list[tuple[SourceHealth, ...]] = []
    exchange.error = VenueUnreachable("Gate does not answer.", venue="gate")
    poller = make()
    poller.health_changed.connect(told.append)
    poller.turn()
    settle(qtbot, poller)
    assert (told[-1][0].state, told[-1][0].error) == (SourceState.DOWN, "Gate does not answer.")

    exchange.error = None
    clock.ms += 60_000
    for _ in range(4):
        poller.turn()
        settle(qtbot, poller)
    assert (told[-1][0].state, told[-1][0].error) == (SourceState.LIVE, "")


def test_the_wait_a_venue_names_is_kept_also_against_an_impatient_person(
    qtbot: QtBot, clock: Clock, exchange: Exchange, make: Callable[..., Poller]
) -> None:
    exchange.error = VenueBusy("Too many requests.", venue="gate", retry_after_s=90)
    poller = make()
    poller.turn()
    settle(qtbot, poller)
    exchange.error = None
    asked = len(exchange.asked)

    clock.ms += 89_000
    poller.ask_now()
    settle(qtbot, poller)
    assert len(exchange.asked) == asked

    clock.ms += 2_000
    poller.ask_now()
    settle(qtbot, poller)
    assert len(exchange.asked) > asked


def test_offline_nothing_is_asked_whatever_happens(
    qtbot: QtBot, clock: Clock, exchange: Exchange, make: Callable[..., Poller]
) -> None:
    poller = make(offline=True)
    poller.turn()
    poller.ask_now()
    clock.ms += 3_600_000
    poller.turn()
    settle(qtbot, poller)
    assert exchange.asked == []


def test_a_harvest_is_announced_once_the_planner_knows_of_it(
    qtbot: QtBot, exchange: Exchange, make: Callable[..., Poller]
) -> None:
    poller = make()
    seen: list[tuple[RequestKind, bool]] = []
    poller.harvested.connect(
        lambda harvest: seen.append((harvest.task.key.kind, harvest.task in poller.state.under_way))
    )
    poller.turn()
    settle(qtbot, poller)
    assert (QUOTES, False) in seen
    assert all(not under_way for _, under_way in seen)


def test_the_clocks_difference_is_measured(
    qtbot: QtBot, clock: Clock, exchange: Exchange, make: Callable[..., Poller]
) -> None:
    poller = make()
    told: list[tuple[SourceHealth, ...]] = []
    poller.health_changed.connect(told.append)
    poller.turn()
    settle(qtbot, poller)
    clock.ms += 1_000
    poller.tell_health()
    skew_ms = told[-1][0].skew_ms
    assert skew_ms is not None
    assert 85_000 < skew_ms <= 90_000


def test_counters_alone_are_told_once_a_second(
    qtbot: QtBot, clock: Clock, exchange: Exchange, make: Callable[..., Poller]
) -> None:
    left = iter(range(100, 0, -1))
    poller = make(describe=lambda state, now_ms: health(state, now_ms, room=lambda _venue: (next(left), 100)))
    told: list[tuple[SourceHealth, ...]] = []
    poller.health_changed.connect(told.append)
    for _ in range(5):
        poller.tell_health()
    assert len(told) == 1
    clock.ms += 1_000
    poller.tell_health()
    assert [source.requests_left for (source,) in told] == [100, 95]
