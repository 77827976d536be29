"""The server: loopback only, documented headers and limits, every thread gone when it stops."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable

import pytest

from levdesk.simulator.clock import ScaledClock, SetClock
from levdesk.simulator.dialect import Allowance, Answer, Call, Doors, FieldRoles, Toll, json_answer
from levdesk.simulator.faults import Fault, FaultKind, FaultPlan
from levdesk.simulator.gate import GateDialect
from levdesk.simulator.limits import RequestLimits
from levdesk.simulator.server import SimulatorServer
from levdesk.simulator.talk import Moment, Talk
from tests.simulator.moments import ANCHOR_MS, fetch

TICKERS = "/api/v4/spot/tickers"
TIME = "/api/v4/spot/time"
WAIT_S = 20.0


class Elsewhere:
    """A second venue, to show that dialects live side by side."""

    venue = "elsewhere"
    doors = Doors()
    roles = FieldRoles(names=("symbol",), figures=("price",), swapped=())

    def serves(self, path: str) -> bool:
        return path.startswith("/fapi/")

    def toll(self, call: Call) -> Toll:
        return Toll(counter=call.path, limit=2, period_s=1.0)

    def answer(self, call: Call) -> Answer:
        return json_answer(200, {"path": call.path, "query": dict(call.query), "now": call.now_ms})

    def too_many(self, call: Call) -> Answer:
        return json_answer(418, {"code": -1003})

    def banned(self, call: Call) -> Answer:
        return json_answer(403, {"code": -1})

    def broken(self, call: Call) -> Answer:
        return json_answer(500, {"code": -2})

    def dressed(self, answer: Answer, call: Call, allowance: Allowance) -> Answer:
        return answer.with_headers(("X-Used-Weight", str(allowance.limit - allowance.remaining)))

    def streams_at(self, path: str) -> bool:
        return False

    def talk(self, call: Call, moment: Moment) -> Talk:
        raise AssertionError(call.path)


def simulator_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("simulator")]


def until(true: Callable[[], bool]) -> None:
    """Wait for another thread, a few milliseconds as a rule."""
    give_up = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < give_up
        threading.Event().wait(0.002)


def test_it_listens_on_loopback_only(server: SimulatorServer) -> None:
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert server.port > 0


def test_answers_carry_gate_s_headers(server: SimulatorServer) -> None:
    reply = fetch(f"{server.url}{TIME}")
    assert reply.status == 200
    assert json.loads(reply.body) == {"server_time": ANCHOR_MS}
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-out-time"] == str(ANCHOR_MS * 1000)
    assert int(reply.headers["x-in-time"]) < int(reply.headers["x-out-time"])
    assert reply.headers["x-gate-ratelimit-limit"] == "200"
    assert reply.headers["x-gate-ratelimit-requests-remain"] == "199"
    assert 0 < int(reply.headers["x-gate-ratelimit-reset-timestamp"]) - ANCHOR_MS // 1000 <= 11
    assert len(reply.headers["x-gate-trace-id"]) == 32


def test_several_requests_follow_each_other_on_one_connection(server: SimulatorServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    for _ in range(3):
        connection.request("GET", TIME)
        assert connection.getresponse().read()
    until(lambda: len(simulator_threads()) == 2)
    connection.close()


def test_the_201st_request_in_ten_seconds_is_refused_and_the_next_window_is_open(dialect: GateDialect) -> None:
    seconds = [1000.0]
    with SimulatorServer((dialect,), SetClock(ANCHOR_MS), limits_clock_s=lambda: seconds[0]) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)

        def asked(path: str) -> tuple[int, bytes]:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

        assert {asked(TIME)[0] for _ in range(200)} == {200}
        status, body = asked(TIME)
        assert status == 429
        assert json.loads(body)["label"] == "TOO_MANY_REQUESTS"
        assert asked("/api/v4/futures/usdt/contracts/BTC_USDT")[0] == 200
        seconds[0] += 10.0
        assert asked(TIME)[0] == 200
        connection.close()


def test_limits_are_counted_for_each_client_and_endpoint() -> None:
    limits = RequestLimits(lambda: 3.0)
    x, y = (Toll(counter=path, limit=2, period_s=10.0) for path in ("/x", "/y"))
    assert [limits.take("a", x).granted for _ in range(3)] == [True, True, False]
    assert limits.take("a", y).remaining == 1
    assert limits.take("b", x).granted
    assert limits.take("b", x).reset_in_s == 7.0


def test_weights_add_up_and_a_ban_grows_with_every_further_request() -> None:
    seconds = [3.0]
    limits = RequestLimits(lambda: seconds[0])
    toll = Toll(counter="all", limit=10, period_s=1.0, weight=5, ban_s=60.0, ban_more_s=10.0)
    assert [limits.take("a", toll).granted for _ in range(3)] == [True, True, False]
    seconds[0] += 59.0
    again = limits.take("a", toll)
    assert (again.granted, again.reset_in_s) == (False, 11.0)
    seconds[0] += 11.0
    assert limits.take("a", toll).granted


def test_dialects_live_side_by_side(dialect: GateDialect) -> None:
    with SimulatorServer((dialect, Elsewhere()), SetClock(ANCHOR_MS), limits_clock_s=lambda: 0.0) as server:
        assert fetch(f"{server.url}{TIME}").status == 200
        reply = fetch(f"{server.url}/fapi/v1/x?a=1&b=%20c&a=2")
        assert json.loads(reply.body) == {"path": "/fapi/v1/x", "query": {"a": "2", "b": " c"}, "now": ANCHOR_MS}
        assert reply.headers["x-used-weight"] == "1"
        assert [fetch(f"{server.url}/fapi/v1/x").status for _ in range(2)] == [200, 418]
        assert fetch(f"{server.url}/nowhere").status == 404


def test_only_get_is_served(server: SimulatorServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    connection.request("POST", TIME, body=b"{}")
    assert connection.getresponse().status == 501
    connection.close()


def test_a_question_that_is_asked_by_post_is_answered_and_the_connection_goes_on(server: SimulatorServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    for _ in range(2):
        connection.request("POST", "/api/v4/ann/list_article", body=b'{"page":"1"}')
        reply = connection.getresponse()
        assert (reply.status, json.loads(reply.read())["code"]) == (200, 0)
    connection.close()


def test_what_came_in_is_remembered(server: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.SERVER_ERROR, times=1))
    fetch(f"{server.url}{TICKERS}?currency_pair=BTC_USDT")
    fetch(f"{server.url}{TIME}")
    first, second = server.seen
    assert (first.path, first.query, first.status, first.fault) == (
        TICKERS,
        "currency_pair=BTC_USDT",
        500,
        FaultKind.SERVER_ERROR,
    )
    assert (second.path, second.status, second.fault) == (TIME, 200, None)


def test_stopping_ends_every_thread_and_frees_the_port(dialect: GateDialect) -> None:
    until(lambda: not simulator_threads())
    server = SimulatorServer((dialect,), SetClock(ANCHOR_MS)).start()
    idle = socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S)
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    kept.request("GET", TIME)
    assert kept.getresponse().read()
    until(lambda: len(simulator_threads()) == 3)
    server.stop()
    # A thread says goodbye a moment before it is gone.
    until(lambda: not simulator_threads())
    with pytest.raises(OSError, match=r"refused|reset"):
        socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S)
    server.stop()
    idle.close()
    kept.close()


def test_a_server_that_never_started_stops_too(dialect: GateDialect) -> None:
    SimulatorServer((dialect,), SetClock(ANCHOR_MS)).stop()


def test_a_peer_that_leaves_in_the_middle_is_no_matter(server: SimulatorServer) -> None:
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S) as peer:
            peer.sendall(f"GET {TICKERS} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert fetch(f"{server.url}{TIME}").status == 200


def test_many_callers_at_once_get_the_same_answer(server: SimulatorServer) -> None:
    answers: list[bytes] = []

    def call() -> None:
        answers.append(fetch(f"{server.url}{TICKERS}").body)

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1


def test_a_faster_clock_runs_from_where_it_was_started() -> None:
    base = SetClock(1_000)
    fast = ScaledClock(base, speed=60.0, start_ms=500_000)
    assert fast.now_ms() == 500_000
    base.advance(250)
    assert fast.now_ms() == 515_000
    assert ScaledClock(base, speed=2.0).now_ms() == 1_250
