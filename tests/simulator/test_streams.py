"""Streams over real sockets, heard by an independent client: handshake, beat, faults, a bound on waiting, the end."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidMessage, InvalidStatus
from websockets.sync.client import ClientConnection

from levdesk.simulator import conversation
from levdesk.simulator.clock import ScaledClock, SetClock, WallClock
from levdesk.simulator.faults import MESSAGE_FAULTS, STREAM_FAULTS, Fault, FaultKind, FaultPlan
from levdesk.simulator.gate import GateDialect
from levdesk.simulator.server import SimulatorServer
from tests.simulator.heard import WAIT_S, dial, drain, hear, say
from tests.simulator.moments import ANCHOR_MS, fetch
from tests.simulator.played import Played
from tests.simulator.test_server import simulator_threads, until

SPOT, FUTURES = "/ws/v4/", "/v4/ws/usdt"
PACE = 50.0


class Stepping:
    """Market time that goes on by a second whenever somebody looks, so that every beat has news."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now_ms = ANCHOR_MS

    def now_ms(self) -> int:
        with self._lock:
            self._now_ms += 1000
            return self._now_ms


@pytest.fixture
def streaming(dialect: GateDialect, faults: FaultPlan) -> Iterator[SimulatorServer]:
    with SimulatorServer((dialect,), Stepping(), faults, stream_pace=PACE) as serving:
        yield serving


def subscribe(client: ClientConnection, *names: str, channel: str = "futures.tickers") -> None:
    say(client, {"time": 1, "channel": channel, "event": "subscribe", "payload": list(names)})
    assert hear(client)["result"] == {"status": "success"}


def test_rest_and_streams_share_a_port(streaming: SimulatorServer) -> None:
    assert fetch(f"{streaming.url}/api/v4/spot/time").status == 200
    with dial(streaming, SPOT) as client:
        subscribe(client, "BTC3L_USDT", channel="spot.tickers")
        assert hear(client)["result"]["currency_pair"] == "BTC3L_USDT"
        assert hear(client)["time_ms"] > ANCHOR_MS
        assert streaming.streams.live == 1
    assert json.loads(streaming.heard[0].text)["channel"] == "spot.tickers"
    until(lambda: streaming.streams.live == 0)
    counted = streaming.streams
    assert (counted.opened, counted.refused, counted.dropped) == (1, 0, 0)
    assert counted.sent >= 2


def test_a_path_without_a_stream_refuses_the_upgrade(streaming: SimulatorServer) -> None:
    with pytest.raises(InvalidStatus) as refused, dial(streaming, "/ws/v9/"):
        pass
    assert refused.value.response.status_code == 404


def test_a_stream_s_path_without_an_upgrade_is_not_found(streaming: SimulatorServer) -> None:
    assert fetch(f"{streaming.url}{SPOT}").status == 404


def test_a_handshake_that_is_none_is_refused(streaming: SimulatorServer) -> None:
    with socket.create_connection(("127.0.0.1", streaming.port), timeout=WAIT_S) as peer:
        peer.sendall(f"GET {SPOT} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n".encode())
        assert peer.recv(1000).startswith(b"HTTP/1.1 400")
    until(lambda: streaming.streams.refused == 1)


def test_the_server_pings_and_answers_pings(streaming: SimulatorServer) -> None:
    with dial(streaming, SPOT) as client:
        assert client.ping().wait(WAIT_S)


def test_it_says_goodbye_when_it_stops_and_a_hundred_connections_end(dialect: GateDialect, clock: SetClock) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(SimulatorServer((dialect,), clock))
        clients = [stack.enter_context(dial(server, SPOT, ping_interval=None)) for _ in range(100)]
        for client in clients[::10]:
            subscribe(client, "BTC_USDT", channel="spot.tickers")
        assert server.streams.live == 100
        server.stop()
        until(lambda: not simulator_threads())
        assert server.streams.live == 0
        with pytest.raises(ConnectionClosed) as goodbye:
            drain(clients[0])
        assert goodbye.value.rcvd is not None
        assert goodbye.value.rcvd.code == 1001


def test_a_client_that_leaves_is_forgotten(streaming: SimulatorServer) -> None:
    with dial(streaming, SPOT) as client:
        subscribe(client, "BTC_USDT", channel="spot.tickers")
        client.socket.shutdown(socket.SHUT_RDWR)
        until(lambda: streaming.streams.live == 0)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted by way of /proc")
def test_coming_and_going_leaves_nothing_behind(streaming: SimulatorServer) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def come_and_go() -> None:
        with dial(streaming, FUTURES) as client:
            subscribe(client, "BTC_USDT")
            hear(client)

    come_and_go()
    until(lambda: len(simulator_threads()) == 1)
    before = open_files()
    for _ in range(30):
        come_and_go()
    until(lambda: len(simulator_threads()) == 1)
    until(lambda: open_files() <= before)
    assert streaming.streams.live == 0


@contextmanager
def deaf_client(server: SimulatorServer) -> Iterator[None]:
    """A client that subscribes and never reads again."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S) as peer:
        peer.sendall(
            f"GET {FUTURES} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert peer.recv(16).startswith(b"HTTP/1.1 101")
        request = b'{"channel":"futures.tickers","event":"subscribe","payload":["BTC_USDT"]}'
        peer.sendall(bytes([0x81, len(request) | 0x80, 0, 0, 0, 0]) + request)
        yield


def test_a_client_that_does_not_read_gets_less_and_costs_no_memory(
    streaming: SimulatorServer, faults: FaultPlan
) -> None:
    faults.add(Fault(kind=FaultKind.FLOOD, per_s=100_000))
    with deaf_client(streaming):
        until(lambda: streaming.streams.dropped > 1_000)
        assert (streaming.streams.live, streaming.streams.stuck) == (1, 0)


def test_a_client_that_reads_nothing_for_long_is_cut_off(
    streaming: SimulatorServer, faults: FaultPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "_STUCK_S", 0.05)
    faults.add(Fault(kind=FaultKind.FLOOD, per_s=100_000))
    with deaf_client(streaming):
        until(lambda: streaming.streams.stuck == 1)
        until(lambda: streaming.streams.live == 0)


def test_it_stops_in_the_middle_of_a_flood(
    streaming: SimulatorServer, faults: FaultPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without waiting for those to be cut off who do not read."""
    monkeypatch.setattr(conversation, "_STUCK_S", 600.0)
    faults.add(Fault(kind=FaultKind.FLOOD, per_s=100_000))
    with deaf_client(streaming), dial(streaming, FUTURES) as reading:
        subscribe(reading, "BTC_USDT")
        until(lambda: streaming.streams.dropped > 0)
        streaming.stop()
        until(lambda: not simulator_threads())


def test_a_fast_market_is_not_a_flood(dialect: GateDialect) -> None:
    clock = ScaledClock(WallClock(), speed=1000.0, start_ms=ANCHOR_MS)
    with SimulatorServer((dialect,), clock, stream_pace=20.0) as server, dial(server, FUTURES) as client:
        began = time.monotonic()
        subscribe(client, "BTC_USDT")
        first = hear(client)
        later = [hear(client) for _ in range(5)]
        assert time.monotonic() - began >= 5 * 0.9 / 20.0
        assert later[-1]["time_ms"] - first["time_ms"] >= 150_000


# -- faults --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.BUSY, 429),
        (FaultKind.BANNED, 403),
        (FaultKind.TEAPOT, 418),
        (FaultKind.SERVER_ERROR, 500),
        (FaultKind.BAD_GATEWAY, 502),
    ],
)
def test_an_upgrade_can_be_refused(streaming: SimulatorServer, faults: FaultPlan, kind: FaultKind, status: int) -> None:
    faults.add(Fault(kind=kind, path="*/ws*", times=1, retry_after_s=9))
    with pytest.raises(InvalidStatus) as refused, dial(streaming, FUTURES):
        pass
    assert refused.value.response.status_code == status
    if status < 500:
        assert refused.value.response.headers["Retry-After"] == "9"
    with dial(streaming, FUTURES):
        assert [seen.status for seen in streaming.seen] == [status, 101]


def test_an_upgrade_can_break_or_never_come(streaming: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.RESET, times=1), Fault(kind=FaultKind.TIMEOUT, skip=0, times=1))
    with pytest.raises((OSError, InvalidMessage)), dial(streaming, FUTURES):
        pass
    with socket.create_connection(("127.0.0.1", streaming.port), timeout=WAIT_S) as peer:
        peer.sendall(f"GET {SPOT} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n".encode())
        until(lambda: streaming.seen[-1].fault is FaultKind.TIMEOUT)
        peer.settimeout(0.05)
        with pytest.raises(TimeoutError):
            peer.recv(1)


SPOILT: tuple[tuple[FaultKind, Callable[[str], bool]], ...] = (
    (FaultKind.EMPTY, lambda text: text == ""),
    (FaultKind.HALF_JSON, lambda text: text.startswith("{") and not text.endswith("}")),
    (FaultKind.HTML, lambda text: text.startswith("<html>")),
    (FaultKind.NOT_A_NUMBER, lambda text: mark(text) == "NaN"),
    (FaultKind.BARE_NAN, lambda text: isinstance(mark(text), float) and math.isnan(mark(text))),
    (FaultKind.ZERO, lambda text: mark(text) == "0"),
    (FaultKind.NEGATIVE, lambda text: float(mark(text)) < 0),
    (FaultKind.ABSURD, lambda text: float(mark(text)) > 1e200),
    (FaultKind.SWAPPED_FIELDS, lambda text: abs(float(mark(text))) < 0.01),
    (FaultKind.WRONG_TYPES, lambda text: isinstance(mark(text), list)),
    (FaultKind.STALE, lambda text: json.loads(text)["time_ms"] < ANCHOR_MS),
    (FaultKind.DELISTED, lambda text: json.loads(text)["result"] == []),
)


def mark(text: str) -> Any:
    return json.loads(text)["result"][0]["mark_price"]


@pytest.mark.parametrize(("kind", "shows"), SPOILT)
def test_a_message_can_be_spoilt(
    streaming: SimulatorServer, faults: FaultPlan, kind: FaultKind, shows: Callable[[str], bool]
) -> None:
    faults.add(Fault(kind=kind, path=FUTURES, skip=1, times=1))
    with dial(streaming, FUTURES) as client:
        subscribe(client, "BTC_USDT")
        sound, spoilt, healed = (client.recv(timeout=WAIT_S) for _ in range(3))
        assert isinstance(sound, str)
        assert isinstance(spoilt, str)
        assert isinstance(healed, str)
        assert shows(spoilt)
        assert not shows(sound)
        assert not shows(healed)


def test_every_fault_of_a_message_is_tested_here() -> None:
    assert {kind for kind, _ in SPOILT} | STREAM_FAULTS - {FaultKind.FLOOD, FaultKind.NO_PONG} == MESSAGE_FAULTS


def test_only_messages_of_a_symbol_are_hit_and_counted(streaming: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.ZERO, symbol="ETH_USDT", times=2))
    with dial(streaming, FUTURES) as client:
        subscribe(client, "BTC_USDT", "ETH_USDT")
        marks = [client.recv(timeout=WAIT_S) for _ in range(6)]
        assert [mark(str(text)) == "0" for text in marks] == [False, True, False, True, False, False]


def test_a_dropped_socket_ends_without_a_goodbye(streaming: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.DROP, skip=2, times=1))
    with dial(streaming, FUTURES) as client:
        subscribe(client, "BTC_USDT")
        assert [hear(client)["channel"] for _ in range(2)] == ["futures.tickers"] * 2
        with pytest.raises(ConnectionClosedError) as ended:
            client.recv(timeout=WAIT_S)
        assert ended.value.rcvd is None


def test_half_a_frame_is_followed_by_the_end(streaming: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.HALF_FRAME, times=1))
    with dial(streaming, FUTURES) as client:
        subscribe(client, "BTC_USDT")
        with pytest.raises(ConnectionClosedError):
            client.recv(timeout=WAIT_S)


def test_garbled_bytes_are_no_text(streaming: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.GARBLED, times=1))
    with dial(streaming, FUTURES) as client:
        subscribe(client, "BTC_USDT")
        with pytest.raises((UnicodeDecodeError, ConnectionClosedError)):
            client.recv(timeout=WAIT_S)


def test_a_silent_stream_is_open_and_comes_back(streaming: SimulatorServer, faults: Played) -> None:
    with dial(streaming, FUTURES) as client:
        subscribe(client, "BTC_USDT")
        hear(client)
        faults.add(Fault(kind=FaultKind.SILENT))
        say(client, {"channel": "futures.ping"})
        while hear(client)["channel"] != "futures.pong":
            pass  # sent before the fault
        until(lambda: faults.met[FaultKind.SILENT] >= 3)
        say(client, {"channel": "futures.ping"})
        assert hear(client)["channel"] == "futures.pong"
        faults.clear()
        assert hear(client)["channel"] == "futures.tickers"


def test_pings_can_be_left_unanswered(streaming: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.NO_PONG, times=2))
    with dial(streaming, SPOT, ping_interval=None) as client:
        lost = client.ping()
        say(client, {"channel": "spot.ping"})
        say(client, {"channel": "spot.ping"})
        assert hear(client)["channel"] == "spot.pong"
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.05)
        assert not lost.is_set()
        assert client.ping().wait(WAIT_S)


def test_a_flood_of_what_was_asked_for(streaming: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.FLOOD, per_s=5_000))
    with dial(streaming, FUTURES) as client:
        subscribe(client, "BTC_USDT", "SOL_USDT")
        heard = [hear(client) for _ in range(1_000)]
        assert 400 < [message["result"][0]["contract"] for message in heard].count("SOL_USDT") < 600
        # Far more messages than moments; without a flood each contract is told of once in a moment.
        assert len({message["time_ms"] for message in heard}) < 250


def test_a_flood_of_many_names(streaming: SimulatorServer, faults: FaultPlan) -> None:
    names = tuple(f"C{number}_USDT" for number in range(500))
    faults.add(Fault(kind=FaultKind.FLOOD, per_s=5_000, symbols=names))
    with dial(streaming, FUTURES) as client:
        subscribe(client, "BTC_USDT")
        told = {hear(client)["result"][0]["contract"] for _ in range(600)}
        assert set(names) <= told


def test_a_clock_that_is_off_runs_through_the_stream(streaming: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.CLOCK_SKEW, skew_s=-86_400))
    with dial(streaming, FUTURES) as client:
        subscribe(client, "BTC_USDT")
        assert ANCHOR_MS - 86_400_000 < hear(client)["time_ms"] < ANCHOR_MS - 86_000_000
