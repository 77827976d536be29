"""Every simulated venue × every fault of a stream, over a real socket and the real adapter; printed as a table.

The socket is an independent client's; what the program's own sockets make of the same faults is specified with them.
What comes is waited for, however long it takes. That nothing comes is told from what comes after it, never from a
short wait alone: a slow machine is no fault.
"""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from levdesk.domain.errors import VenueGarbled
from levdesk.simulator.every_venue import every_dialect
from levdesk.simulator.faults import MESSAGE_FAULTS, STREAM_FAULTS, UPGRADE_FAULTS, Fault, FaultKind
from levdesk.simulator.market import Market
from levdesk.simulator.server import SimulatorServer
from levdesk.venues.binance import Binance
from levdesk.venues.gate import Gate
from levdesk.venues.okx import Okx
from levdesk.venues.pionex import Pionex
from levdesk.venues.streams import StreamSocket, Topic, TopicKind
from tests.simulator.heard import WAIT_S
from tests.simulator.played import Played
from tests.simulator.test_server import until
from tests.simulator.test_streams import Stepping

ADAPTERS: dict[str, type[Gate | Binance | Okx | Pionex]] = {kind.name: kind for kind in (Gate, Binance, Okx, Pionex)}
NO_WAY, CLOSED, QUIET, UNREADABLE, LEFT_OUT = "no way", "closed", "quiet", "unreadable", "left out"
OLD, SOUND, NOTHING, FLOODED = "is old", "looks sound", "says nothing", "flood"
PONG, NO_PONG = "pong", "no pong"
SPOILT = (LEFT_OUT, UNREADABLE)
REFUSED_FOR_S = 0.25
"""So long an upgrade is waited for that is known not to come."""

FLOOD = 500
SAY_NOTHING = 8
HELD_BACK = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One fault, and what may come of it."""

    kind: FaultKind
    outcomes: tuple[str, ...]


ROWS = (
    Row(FaultKind.TIMEOUT, (NO_WAY,)),
    Row(FaultKind.RESET, (NO_WAY,)),
    Row(FaultKind.BUSY, ("refused 429",)),
    Row(FaultKind.BANNED, ("refused 403",)),
    Row(FaultKind.TEAPOT, ("refused 418",)),
    Row(FaultKind.SERVER_ERROR, ("refused 500",)),
    Row(FaultKind.BAD_GATEWAY, ("refused 502",)),
    Row(FaultKind.DROP, (CLOSED,)),
    Row(FaultKind.HALF_FRAME, (CLOSED,)),
    Row(FaultKind.GARBLED, (CLOSED,)),
    Row(FaultKind.SILENT, (QUIET,)),
    Row(FaultKind.NO_PONG, (NO_PONG,)),
    Row(FaultKind.FLOOD, (FLOODED,)),
    Row(FaultKind.EMPTY, (UNREADABLE,)),
    Row(FaultKind.HTML, (UNREADABLE,)),
    Row(FaultKind.HALF_JSON, (UNREADABLE,)),
    Row(FaultKind.NOT_A_NUMBER, SPOILT),
    Row(FaultKind.BARE_NAN, SPOILT),
    Row(FaultKind.ZERO, SPOILT),
    Row(FaultKind.NEGATIVE, SPOILT),
    Row(FaultKind.ABSURD, SPOILT),
    Row(FaultKind.WRONG_TYPES, (*SPOILT, NOTHING)),
    Row(FaultKind.SWAPPED_FIELDS, (*SPOILT, SOUND)),
    Row(FaultKind.STALE, (OLD,)),
    Row(FaultKind.CLOCK_SKEW, (OLD,)),
    Row(FaultKind.DELISTED, (NOTHING, SOUND)),
)
TABLE: dict[str, dict[str, str]] = defaultdict(dict)


@pytest.fixture(scope="module")
def faults() -> Played:
    return Played()


@pytest.fixture(scope="module")
def market_time() -> Stepping:
    return Stepping()


@pytest.fixture(scope="module")
def server(market: Market, faults: Played, market_time: Stepping) -> Iterator[SimulatorServer]:
    passing = iter(range(0, 10_000_000, 1000))
    with SimulatorServer(
        every_dialect(market), market_time, faults, limits_clock_s=lambda: float(next(passing)), stream_pace=20.0
    ) as serving:
        yield serving


@pytest.fixture(scope="module", autouse=True)
def printed() -> Iterator[None]:
    """The table, when all of it is known; `-s` shows it."""
    yield
    print("\n" + " | ".join([f"{'fault of a stream':17}", *(f"{venue:12}" for venue in ADAPTERS)]))
    for name, cells in TABLE.items():
        print(" | ".join([f"{name:17}", *(f"{cells.get(venue, '—'):12}" for venue in ADAPTERS)]))


class Visit:
    """One adapter at the server, from opening a stream to what comes of it."""

    def __init__(self, venue: str, server: SimulatorServer, faults: Played, market_time: Stepping) -> None:
        self._adapter = ADAPTERS[venue](base_url=server.url)
        self._faults = faults
        self._market_time = market_time
        self._began_ms = market_time.now_ms()

    def outcome(self, kind: FaultKind | None) -> str:
        """What comes of a fault, or of none."""
        socket = self._socket()
        open_s = REFUSED_FOR_S if kind is FaultKind.TIMEOUT else WAIT_S
        try:
            with dialled(socket, open_s) as client:
                for text in self._adapter.subscribe(socket, socket.topics):
                    client.send(text)
                if kind is FaultKind.FLOOD:
                    return self._flood(client)
                if kind is FaultKind.NO_PONG:
                    return self._pinged(socket, client)
                if kind is FaultKind.SILENT:
                    return self._silence(client)
                return self._first_news(client, None if kind is None else SAY_NOTHING)
        except InvalidStatus as refused:
            return f"refused {refused.response.status_code}"
        except ConnectionClosed:
            return CLOSED
        except (OSError, InvalidMessage):
            return NO_WAY

    def ping(self) -> str:
        """Whether a ping is answered while nothing is wrong."""
        socket = self._socket()
        with dialled(socket, WAIT_S) as client:
            for text in self._adapter.subscribe(socket, socket.topics):
                client.send(text)
            return self._pinged(socket, client)

    def _socket(self) -> StreamSocket:
        (socket,) = self._adapter.sockets([Topic(TopicKind.UNDERLYING, self._adapter.perpetual("BTC"))])
        return socket

    def _first_news(self, client: ClientConnection, most: int | None) -> str:
        """What the first message that says anything says; without a `most` one has to come."""
        said_nothing = 0
        while most is None or said_nothing < most:
            try:
                news = self._adapter.read_message(client.recv(timeout=WAIT_S), self._began_ms)
            except VenueGarbled:
                return UNREADABLE
            if news.problems:
                return LEFT_OUT
            if news.underlyings:
                assert news.underlyings[0].instrument == self._adapter.perpetual("BTC")
                return OLD if news.underlyings[0].ts_ms < self._began_ms else SOUND
            said_nothing += 1
        return NOTHING

    def _flood(self, client: ClientConnection) -> str:
        """Whether far more messages come than moments pass; without a flood each tells of a moment of its own."""
        told_ms = [self._priced_ms(client.recv(timeout=WAIT_S)) for _ in range(FLOOD)]
        return FLOODED if len(set(told_ms)) < FLOOD / 2 else SOUND

    def _silence(self, client: ClientConnection) -> str:
        """Whether no price comes, though the server had some to send and is awake."""
        until(lambda: self._faults.met[FaultKind.SILENT] >= HELD_BACK)
        # Its answer comes after all that was sent before it.
        assert client.ping().wait(WAIT_S)
        with contextlib.suppress(TimeoutError):
            while True:
                if self._priced_ms(client.recv(timeout=0)) is not None:
                    return SOUND
        return QUIET

    def _pinged(self, socket: StreamSocket, client: ClientConnection) -> str:
        """Whether a ping in the venue's own way is answered; it is not when a price comes that is younger."""
        text = "" if socket.ping_every_s is None else self._adapter.ping(self._began_ms)
        ponged = None if text else client.ping()
        if text:
            client.send(text)
        withheld_ms: int | None = None
        give_up_s = time.monotonic() + WAIT_S
        while time.monotonic() < give_up_s:
            came = client.recv(timeout=WAIT_S)
            if ponged.is_set() if ponged is not None else PONG in str(came):
                return PONG
            if withheld_ms is None:
                withheld_ms = self._market_time.now_ms() if self._faults.met[FaultKind.NO_PONG] else None
            elif (self._priced_ms(came) or 0) > withheld_ms:
                return NO_PONG
        raise AssertionError("neither answered nor withheld")

    def _priced_ms(self, text: str | bytes) -> int | None:
        """When the price was made that a message tells, or None."""
        underlyings = self._adapter.read_message(text, self._began_ms).underlyings
        return underlyings[0].ts_ms if underlyings else None


def dialled(socket: StreamSocket, open_s: float) -> AbstractContextManager[ClientConnection]:
    """An independent client that reads all that comes, so that an answer is never stuck behind what was not taken."""
    client: AbstractContextManager[ClientConnection] = connect(
        socket.url, proxy=None, open_timeout=open_s, close_timeout=0.05, ping_interval=None, max_queue=None
    )
    return client


@pytest.mark.parametrize("venue", ADAPTERS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.kind))
def test_what_comes_of_a_fault_of_a_stream(
    row: Row, venue: str, server: SimulatorServer, faults: Played, market_time: Stepping
) -> None:
    until(lambda: server.streams.live == 0)
    faults.only(Fault(kind=row.kind, skew_s=-7_200, stale_s=7_200, per_s=5_000))
    came = Visit(venue, server, faults, market_time).outcome(row.kind)
    while came == NO_WAY and not faults.met[row.kind]:
        # A short wait may be over before the server was asked at all.
        came = Visit(venue, server, faults, market_time).outcome(row.kind)
    TABLE[row.kind][venue] = came
    assert came in row.outcomes
    # It came of the fault, and not of a slow machine.
    assert faults.met[row.kind]
    faults.only()
    # The next connection is as ever: nothing of a fault stays behind.
    assert Visit(venue, server, faults, market_time).outcome(None) == SOUND


@pytest.mark.parametrize("venue", ADAPTERS)
def test_a_ping_is_answered_without_a_fault(
    venue: str, server: SimulatorServer, faults: Played, market_time: Stepping
) -> None:
    faults.only()
    assert Visit(venue, server, faults, market_time).ping() == PONG


def test_every_fault_of_a_stream_has_its_row() -> None:
    kinds = {row.kind for row in ROWS}
    assert kinds == MESSAGE_FAULTS | UPGRADE_FAULTS | STREAM_FAULTS | {FaultKind.CLOCK_SKEW}
