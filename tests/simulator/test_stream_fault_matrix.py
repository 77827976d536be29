"""Every simulated venue × every fault of a stream, over a real socket and the real adapter; printed as a table.

The socket is an independent client's; what the program's own sockets make of the same faults is specified with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from levdesk.domain.errors import VenueGarbled
from levdesk.simulator.every_venue import every_dialect
from levdesk.simulator.faults import MESSAGE_FAULTS, STREAM_FAULTS, UPGRADE_FAULTS, Fault, FaultKind, FaultPlan
from levdesk.simulator.market import Market
from levdesk.simulator.server import SimulatorServer
from levdesk.venues.binance import Binance
from levdesk.venues.gate import Gate
from levdesk.venues.okx import Okx
from levdesk.venues.pionex import Pionex
from levdesk.venues.streams import StreamSocket, Topic, TopicKind
from tests.simulator.moments import ANCHOR_MS, HOUR_MS
from tests.simulator.test_streams import Stepping

ADAPTERS: dict[str, type[Gate | Binance | Okx | Pionex]] = {kind.name: kind for kind in (Gate, Binance, Okx, Pionex)}
NO_WAY, CLOSED, QUIET, UNREADABLE, LEFT_OUT = "no way", "closed", "quiet", "unreadable", "left out"
OLD, SOUND, NOTHING, FLOODED, NO_PONG = "is old", "looks sound", "says nothing", "flood", "no pong"
SPOILT = (LEFT_OUT, UNREADABLE)
LATER_MS = ANCHOR_MS + HOUR_MS
QUIET_S = 0.25


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
def faults() -> FaultPlan:
    return FaultPlan()


@pytest.fixture(scope="module")
def server(market: Market, faults: FaultPlan) -> Iterator[SimulatorServer]:
    passing = iter(range(0, 10_000_000, 1000))
    with SimulatorServer(
        every_dialect(market), Stepping(), faults, limits_clock_s=lambda: float(next(passing)), stream_pace=20.0
    ) as serving:
        yield serving


@pytest.fixture(scope="module", autouse=True)
def printed() -> Iterator[None]:
    """The table, when all of it is known; `-s` shows it."""
    yield
    print("\n" + " | ".join([f"{'fault of a stream':17}", *(f"{venue:12}" for venue in ADAPTERS)]))
    for name, cells in TABLE.items():
        print(" | ".join([f"{name:17}", *(f"{cells.get(venue, '—'):12}" for venue in ADAPTERS)]))


def outcome(adapter: Gate | Binance | Okx | Pionex, kind: FaultKind | None) -> str:
    (socket,) = adapter.sockets([Topic(TopicKind.UNDERLYING, adapter.perpetual("BTC"))])
    try:
        with connect(socket.url, proxy=None, open_timeout=QUIET_S, close_timeout=0.05, ping_interval=None) as client:
            for text in adapter.subscribe(socket, socket.topics):
                client.send(text)
            if kind is FaultKind.FLOOD:
                return flood(client)
            if kind is FaultKind.NO_PONG:
                return pinged(adapter, socket, client)
            return first_news(adapter, client)
    except InvalidStatus as refused:
        return f"refused {refused.response.status_code}"
    except ConnectionClosed:
        return CLOSED
    except (OSError, InvalidMessage):
        return NO_WAY


def first_news(adapter: Gate | Binance | Okx | Pionex, client: ClientConnection) -> str:
    """What the first message that says anything says."""
    for _ in range(8):
        try:
            news = adapter.read_message(client.recv(timeout=QUIET_S), LATER_MS)
        except TimeoutError:
            return QUIET
        except VenueGarbled:
            return UNREADABLE
        if news.problems:
            return LEFT_OUT
        if news.underlyings:
            assert news.underlyings[0].instrument == adapter.perpetual("BTC")
            return OLD if news.underlyings[0].ts_ms < ANCHOR_MS else SOUND
    return NOTHING


def flood(client: ClientConnection) -> str:
    for _ in range(500):
        client.recv(timeout=QUIET_S)
    return FLOODED


def pinged(adapter: Gate | Binance | Okx | Pionex, socket: StreamSocket, client: ClientConnection) -> str:
    """Whether a ping in the venue's own way is answered within a moment."""
    text = "" if socket.ping_every_s is None else adapter.ping(LATER_MS)
    if not text:
        return "pong" if client.ping().wait(QUIET_S) else NO_PONG
    client.send(text)
    for _ in range(8):
        try:
            if "pong" in str(client.recv(timeout=QUIET_S)):
                return "pong"
        except TimeoutError:
            break
    return NO_PONG


@pytest.mark.parametrize("venue", ADAPTERS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.kind))
def test_what_comes_of_a_fault_of_a_stream(row: Row, venue: str, server: SimulatorServer, faults: FaultPlan) -> None:
    adapter = ADAPTERS[venue](base_url=server.url)
    faults.clear()
    faults.add(Fault(kind=row.kind, skew_s=-7_200, stale_s=7_200, per_s=5_000))
    came = TABLE[row.kind][venue] = outcome(adapter, row.kind)
    assert came in row.outcomes
    faults.clear()
    # The next connection is as ever: nothing of a fault stays behind.
    assert outcome(adapter, None) == SOUND


def test_pings_are_answered_without_a_fault(server: SimulatorServer, faults: FaultPlan) -> None:
    faults.clear()
    assert {outcome(kind(base_url=server.url), FaultKind.NO_PONG) for kind in ADAPTERS.values()} == {"pong"}


def test_every_fault_of_a_stream_has_its_row() -> None:
    kinds = {row.kind for row in ROWS}
    assert kinds == MESSAGE_FAULTS | UPGRADE_FAULTS | STREAM_FAULTS | {FaultKind.CLOCK_SKEW}
