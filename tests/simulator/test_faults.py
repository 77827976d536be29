"""Every fault can be seen from outside, strikes only where and when it is told to, and ends."""

from __future__ import annotations

import http.client
import json
import math
import threading
from collections.abc import Callable
from typing import Any

import pytest

from levdesk.domain.errors import LevdeskError, VenueBusy, VenueGarbled, VenueRefused
from levdesk.simulator.clock import SetClock
from levdesk.simulator.faults import STREAM_FAULTS, WIRE_FAULTS, Fault, FaultKind, FaultPlan
from levdesk.simulator.server import SimulatorServer
from levdesk.venues.gate import Gate
from tests.simulator.heard import WAIT_S
from tests.simulator.moments import ANCHOR_MS, carry, fetch
from tests.simulator.test_server import until

TICKERS = "/api/v4/spot/tickers"
TOKEN = f"{TICKERS}?currency_pair=BTC3L_USDT"
CONTRACTS = "/api/v4/futures/usdt/contracts"
CANDLES = "/api/v4/spot/candlesticks?currency_pair=BTC3L_USDT&interval=1h&limit=5"


def row(body: bytes) -> Any:
    return json.loads(body)[0]


def is_page(body: bytes) -> bool:
    return body.startswith(b"<html>")


def is_cut_json(body: bytes) -> bool:
    return body.startswith(b"[{") and not body.endswith(b"]")


SEEN: tuple[tuple[FaultKind, int, Callable[[bytes], bool]], ...] = (
    (FaultKind.BUSY, 429, lambda body: json.loads(body)["label"] == "TOO_MANY_REQUESTS"),
    (FaultKind.BANNED, 403, lambda body: json.loads(body)["label"] == "FORBIDDEN"),
    (FaultKind.TEAPOT, 418, lambda body: json.loads(body)["label"] == "FORBIDDEN"),
    (FaultKind.SERVER_ERROR, 500, lambda body: json.loads(body)["label"] == "SERVER_ERROR"),
    (FaultKind.BAD_GATEWAY, 502, is_page),
    (FaultKind.EMPTY, 200, lambda body: body == b""),
    (FaultKind.HALF_JSON, 200, is_cut_json),
    (FaultKind.HTML, 200, is_page),
    (FaultKind.NOT_A_NUMBER, 200, lambda body: row(body)["etf_net_value"] == "NaN"),
    (FaultKind.BARE_NAN, 200, lambda body: math.isnan(row(body)["etf_net_value"])),
    (FaultKind.ZERO, 200, lambda body: row(body)["etf_net_value"] == "0"),
    (FaultKind.NEGATIVE, 200, lambda body: float(row(body)["etf_net_value"]) < 0),
    (FaultKind.ABSURD, 200, lambda body: float(row(body)["etf_net_value"]) > 1e200),
    (FaultKind.SWAPPED_FIELDS, 200, lambda body: float(row(body)["highest_bid"]) > float(row(body)["lowest_ask"])),
    (FaultKind.WRONG_TYPES, 200, lambda body: isinstance(row(body)["last"], list)),
    (FaultKind.STALE, 200, lambda body: row(body)["etf_pre_timestamp"] < ANCHOR_MS // 1000),
    (FaultKind.DELISTED, 200, lambda body: json.loads(body) == []),
)


@pytest.mark.parametrize(("kind", "status", "shows"), SEEN)
def test_a_fault_shows_and_ends(
    server: SimulatorServer, faults: FaultPlan, kind: FaultKind, status: int, shows: Callable[[bytes], bool]
) -> None:
    sound = fetch(f"{server.url}{TOKEN}")
    faults.add(Fault(kind=kind, times=1))
    spoilt = fetch(f"{server.url}{TOKEN}")
    assert spoilt.status == status
    assert shows(spoilt.body)
    assert spoilt.body != sound.body
    assert fetch(f"{server.url}{TOKEN}").body == sound.body


def test_every_kind_of_fault_is_tested_here_or_with_the_streams() -> None:
    assert {kind for kind, _, _ in SEEN} | WIRE_FAULTS | STREAM_FAULTS | {FaultKind.CLOCK_SKEW} == set(FaultKind)


def test_a_timeout_never_answers_until_the_server_closes(server: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.TIMEOUT))
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            fetch(f"{server.url}{TOKEN}", timeout_s=60.0)
        except (OSError, http.client.HTTPException) as error:
            ended.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    until(lambda: [seen.fault for seen in server.seen] == [FaultKind.TIMEOUT])
    assert waiting.is_alive()
    server.stop()
    waiting.join(WAIT_S)
    assert not waiting.is_alive()
    assert [type(error) for error in ended] != [TimeoutError]
    assert len(ended) == 1


def test_a_reset_ends_the_connection_without_an_answer(server: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.RESET, times=1))
    with pytest.raises(ConnectionResetError):
        fetch(f"{server.url}{TOKEN}")
    assert fetch(f"{server.url}{TOKEN}").status == 200
    assert [seen.status for seen in server.seen] == [None, 200]


def test_an_answer_can_be_cut_short(server: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.CUT_SHORT, times=1))
    with pytest.raises(http.client.IncompleteRead):
        fetch(f"{server.url}{TOKEN}")


@pytest.mark.parametrize("retry_after_s", [None, 17])
def test_too_many_requests_with_and_without_a_wait(
    server: SimulatorServer, faults: FaultPlan, retry_after_s: int | None
) -> None:
    faults.add(Fault(kind=FaultKind.BUSY, retry_after_s=retry_after_s))
    named = fetch(f"{server.url}{TOKEN}").headers.get("retry-after")
    assert named == (None if retry_after_s is None else "17")


def test_a_stale_answer_is_the_whole_answer_of_then(server: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.STALE, path="*/spot/*", stale_s=7200))
    reply = fetch(f"{server.url}/api/v4/spot/time")
    assert json.loads(reply.body) == {"server_time": ANCHOR_MS - 7_200_000}
    assert reply.headers["x-out-time"] == str((ANCHOR_MS - 7_200_000) * 1000)


def test_a_clock_that_is_off_tells_true_figures_at_wrong_times(server: SimulatorServer, faults: FaultPlan) -> None:
    sound = fetch(f"{server.url}{TOKEN}")
    faults.add(Fault(kind=FaultKind.CLOCK_SKEW, skew_s=-90))
    skewed = fetch(f"{server.url}{TOKEN}")
    assert skewed.body == sound.body
    assert skewed.headers["x-out-time"] == str((ANCHOR_MS - 90_000) * 1000)
    assert json.loads(fetch(f"{server.url}/api/v4/spot/time").body) == {"server_time": ANCHOR_MS - 90_000}


def test_one_symbol_can_be_hit_alone(server: SimulatorServer, faults: FaultPlan) -> None:
    sound = {entry["currency_pair"]: entry for entry in json.loads(fetch(f"{server.url}{TICKERS}").body)}
    faults.add(Fault(kind=FaultKind.ZERO, symbol="ETH3L_USDT", times=1))
    spoilt = {entry["currency_pair"]: entry for entry in json.loads(fetch(f"{server.url}{TICKERS}").body)}
    assert {name for name in sound if sound[name] != spoilt[name]} == {"ETH3L_USDT"}
    faults.add(Fault(kind=FaultKind.DELISTED, symbol="ETH3L_USDT"))
    gone = {entry["currency_pair"] for entry in json.loads(fetch(f"{server.url}{TICKERS}").body)}
    assert sound.keys() - gone == {"ETH3L_USDT"}


def test_rows_that_are_lists_and_single_objects_are_hit_as_well(server: SimulatorServer, faults: FaultPlan) -> None:
    for kind in (FaultKind.NOT_A_NUMBER, FaultKind.SWAPPED_FIELDS, FaultKind.WRONG_TYPES):
        sound = row(fetch(f"{server.url}{CANDLES}").body)
        faults.add(Fault(kind=kind, times=1, path="*/candlesticks"))
        spoilt = row(fetch(f"{server.url}{CANDLES}").body)
        assert spoilt != sound
        assert len(spoilt) == len(sound)
    faults.add(Fault(kind=FaultKind.NEGATIVE, times=1))
    contract = json.loads(fetch(f"{server.url}{CONTRACTS}/BTC_USDT").body)
    assert float(contract["mark_price"]) < 0


def test_faults_keep_to_their_place_count_and_time(server: SimulatorServer, faults: FaultPlan, clock: SetClock) -> None:
    faults.add(
        Fault(kind=FaultKind.SERVER_ERROR, path="*/spot/tickers", skip=1, times=2),
        Fault(kind=FaultKind.BANNED, path="*/contracts", from_ms=ANCHOR_MS + 1000, until_ms=ANCHOR_MS + 3000),
    )

    def statuses(path: str, count: int) -> list[int]:
        return [fetch(f"{server.url}{path}").status for _ in range(count)]

    assert statuses(TOKEN, 4) == [200, 500, 500, 200]
    assert statuses(CONTRACTS, 1) == [200]
    clock.advance(1000)
    assert statuses(CONTRACTS, 2) == [403, 403]
    clock.advance(2000)
    assert statuses(CONTRACTS, 1) == [200]


def test_clearing_the_plan_heals_everything(server: SimulatorServer, faults: FaultPlan) -> None:
    faults.add(Fault(kind=FaultKind.EMPTY))
    assert fetch(f"{server.url}{TOKEN}").body == b""
    faults.clear()
    assert fetch(f"{server.url}{TOKEN}").body


# -- what the adapter makes of them --------------------------------------------------------------------------------

RAISED: tuple[tuple[FaultKind, type[LevdeskError]], ...] = (
    (FaultKind.BUSY, VenueBusy),
    (FaultKind.SERVER_ERROR, VenueBusy),
    (FaultKind.BAD_GATEWAY, VenueBusy),
    (FaultKind.BANNED, VenueRefused),
    (FaultKind.EMPTY, VenueGarbled),
    (FaultKind.HALF_JSON, VenueGarbled),
    (FaultKind.HTML, VenueGarbled),
)


@pytest.mark.parametrize(("kind", "error"), RAISED)
def test_the_adapter_names_what_is_wrong(
    server: SimulatorServer, faults: FaultPlan, kind: FaultKind, error: type[LevdeskError]
) -> None:
    gate = Gate(base_url=server.url)
    faults.add(Fault(kind=kind))
    reply = carry(gate.token_quotes(frozenset())[0], ANCHOR_MS)
    with pytest.raises(error):
        gate.parse_token_quotes(reply)


@pytest.mark.parametrize(
    "kind", [FaultKind.NOT_A_NUMBER, FaultKind.BARE_NAN, FaultKind.ZERO, FaultKind.NEGATIVE, FaultKind.ABSURD]
)
def test_the_adapter_leaves_a_spoilt_nav_out_and_keeps_the_price(
    server: SimulatorServer, faults: FaultPlan, kind: FaultKind
) -> None:
    gate = Gate(base_url=server.url)
    faults.add(Fault(kind=kind, symbol="BTC3L_USDT"))
    found = gate.parse_token_quotes(carry(gate.token_quotes(frozenset())[0], ANCHOR_MS))
    by_symbol = {quote.key.symbol: quote for quote in found.values}
    assert by_symbol["BTC3L"].nav is None
    assert by_symbol["BTC3L"].last is not None
    assert by_symbol["BTC3S"].nav is not None
    assert [problem.code for problem in found.problems] == ["nav_rejected"]
