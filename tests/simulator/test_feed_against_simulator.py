"""The program's own feed, with its real sockets and the real adapters, hears every simulated venue and recovers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import pytest
from pytestqt.qtbot import QtBot

from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.runtime.feed import Feed
from levdesk.runtime.jobs import JobRunner
from levdesk.runtime.mailbox import Mailbox
from levdesk.services.health import StreamState
from levdesk.services.stream_mail import merged
from levdesk.services.stream_state import Pacing
from levdesk.simulator.every_venue import every_dialect
from levdesk.simulator.faults import Fault, FaultKind, FaultPlan
from levdesk.simulator.market import Market
from levdesk.simulator.server import SimulatorServer
from levdesk.venues.binance import Binance
from levdesk.venues.contract import Request
from levdesk.venues.gate import Gate
from levdesk.venues.okx import Okx
from levdesk.venues.pionex import Pionex
from levdesk.venues.streams import Topic, TopicKind
from tests.patience import PATIENCE_MS
from tests.simulator.moments import ANCHOR_MS, HOUR_MS
from tests.simulator.test_streams import Stepping

KINDS = (Gate, Binance, Okx, Pionex)
TOKEN_VENUES = ("gate", "pionex")
HASTE = Pacing(first_wait_ms=50, longest_wait_ms=200, refused_wait_ms=60_000, open_gap_ms=10)


class Desk:
    """A feed that hears BTC and SOL of every venue, and BTC3L where it is listed."""

    def __init__(self, server: SimulatorServer, runner: JobRunner) -> None:
        self.mailbox: Mailbox[object, object] = Mailbox(merged)
        self.venues = {kind.name: kind(base_url=server.url) for kind in KINDS}
        self.failures: list[object] = []
        self.feed = Feed(self.mailbox, runner, _no_ticket, now_ms=lambda: ANCHOR_MS + HOUR_MS, pacing=HASTE)
        self.feed.failed.connect(self.failures.append)
        self.feed.start()
        self.feed.change_venues(self.venues)
        for name, venue in self.venues.items():
            topics = [Topic(TopicKind.UNDERLYING, venue.perpetual(coin)) for coin in ("BTC", "SOL")]
            if name in TOKEN_VENUES:
                topics.append(Topic(TopicKind.TOKEN, "BTC3L_USDT"))
            self.feed.want(name, topics)

    def heard(self) -> set[tuple[str, str]]:
        """What has come since the last look: (venue, instrument) with a figure."""
        found: set[tuple[str, str]] = set()
        for mail in self.mailbox.drain().values():
            if isinstance(mail, UnderlyingQuote) and mail.mark is not None:
                found.add((mail.venue, mail.instrument))
            if isinstance(mail, TokenQuote) and mail.last is not None:
                found.add((mail.key.venue, mail.key.symbol))
        return found

    def states(self) -> set[StreamState]:
        return {health.state for health in self.feed.health().values()}

    def reconnects(self, venue: str) -> int:
        return self.feed.health()[venue].reconnects


def _no_ticket(_request: Request) -> NoReturn:
    raise AssertionError("none of these venues hands out tickets")


@pytest.fixture
def server(market: Market, faults: FaultPlan) -> Iterator[SimulatorServer]:
    passing = iter(range(0, 10_000_000, 1000))
    with SimulatorServer(
        every_dialect(market), Stepping(), faults, limits_clock_s=lambda: float(next(passing)), stream_pace=5.0
    ) as serving:
        yield serving


@pytest.fixture
def desk(qtbot: QtBot, server: SimulatorServer) -> Iterator[Desk]:
    runner = JobRunner(lambda: 0)
    made = Desk(server, runner)
    yield made
    assert made.feed.stop(PATIENCE_MS)
    assert runner.close(PATIENCE_MS)
    assert made.failures == []


def everything(desk: Desk) -> set[tuple[str, str]]:
    perpetuals = {(name, venue.perpetual(coin)) for name, venue in desk.venues.items() for coin in ("BTC", "SOL")}
    return perpetuals | {(name, "BTC3L") for name in TOKEN_VENUES}


def until_all_is_heard(qtbot: QtBot, desk: Desk) -> None:
    """Everything has come anew since now."""
    heard: set[tuple[str, str]] = set()
    desk.heard()

    def complete() -> bool:
        heard.update(desk.heard())
        return heard >= everything(desk)

    qtbot.waitUntil(complete)


def test_every_venue_is_heard(qtbot: QtBot, desk: Desk, server: SimulatorServer) -> None:
    until_all_is_heard(qtbot, desk)
    qtbot.waitUntil(lambda: desk.states() == {StreamState.LIVE})
    assert server.streams.dropped == 0


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.GARBLED])
def test_a_broken_stream_comes_back_everywhere(qtbot: QtBot, desk: Desk, faults: FaultPlan, kind: FaultKind) -> None:
    until_all_is_heard(qtbot, desk)
    before = {name: desk.reconnects(name) for name in desk.venues}
    faults.add(*(Fault(kind=kind, path=path, times=1) for path in ("/v4/ws/usdt", "/market/*", "/ws/v5/*", "/wsPub")))
    qtbot.waitUntil(lambda: all(desk.reconnects(name) > before[name] for name in desk.venues))
    until_all_is_heard(qtbot, desk)


def test_rubbish_on_every_stream_ends_none(qtbot: QtBot, desk: Desk, faults: FaultPlan) -> None:
    until_all_is_heard(qtbot, desk)
    for kind in (FaultKind.HTML, FaultKind.HALF_JSON, FaultKind.BARE_NAN, FaultKind.ABSURD, FaultKind.WRONG_TYPES):
        faults.add(Fault(kind=kind, times=8))
    until_all_is_heard(qtbot, desk)


def test_a_flood_of_names_nobody_asked_for_is_survived(
    qtbot: QtBot, desk: Desk, faults: FaultPlan, server: SimulatorServer
) -> None:
    until_all_is_heard(qtbot, desk)
    sent = server.streams.sent
    faults.add(
        Fault(kind=FaultKind.FLOOD, per_s=2_000, symbols=tuple(f"C{n}USDT" for n in range(300)), path="/market/*")
    )
    qtbot.waitUntil(lambda: server.streams.sent > sent + 1_000)
    faults.clear()
    until_all_is_heard(qtbot, desk)
