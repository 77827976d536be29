"""Every venue × every fault of an answer, through the real door and the real adapter; the table is printed at the end.

What may come of a fault is one of few words: there was no way, the venue is busy (and says for how long), it refused,
nobody can read it, the spoilt figure was left out and said so. "looks sound" is what an adapter cannot know alone: a
figure of the right kind, which the quote checks of the services weigh. Nothing here may raise anything else.
"""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from levdesk.app.adapters import ADAPTERS
from levdesk.domain.errors import VenueBusy, VenueGarbled, VenueRefused, VenueUnreachable
from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.io.http import RequestsDoor
from levdesk.io.rate_limits import Turnstile
from levdesk.simulator.canned import CannedDialect
from levdesk.simulator.clock import SetClock
from levdesk.simulator.dialect import FieldRoles
from levdesk.simulator.every_venue import every_dialect
from levdesk.simulator.faults import ANSWER_FAULTS, Fault, FaultKind, FaultPlan
from levdesk.simulator.market import Market
from levdesk.simulator.server import SimulatorServer
from levdesk.venues.contract import Parsed, Request, RequestKind
from tests.simulator.moments import ANCHOR_MS, HOUR_MS
from tests.venues import test_bitrue, test_bybit, test_htx, test_kucoin, test_lbank, test_mexc
from tests.venues.contract_suite import ContractSuite

CANNED: dict[str, tuple[type[ContractSuite], FieldRoles]] = {
    "bybit": (
        test_bybit.TestBybitKeepsTheContract,
        FieldRoles(names=("symbol",), figures=("markPrice",), swapped=(), within=("result", "list")),
    ),
    "kucoin": (
        test_kucoin.TestKucoinKeepsTheContract,
        FieldRoles(names=("symbol",), figures=("markPrice",), swapped=(), within=("data",)),
    ),
    "mexc": (
        test_mexc.TestMexcKeepsTheContract,
        FieldRoles(names=("symbol",), figures=("fairPrice",), swapped=(), within=("data",)),
    ),
    "htx": (
        test_htx.TestHtxKeepsTheContract,
        FieldRoles(names=("contract_code",), figures=("index_price",), swapped=(), within=("data",)),
    ),
    "lbank": (
        test_lbank.TestLbankKeepsTheContract,
        FieldRoles(names=("symbol",), figures=("latest",), swapped=(), within=("data", "ticker")),
    ),
    "bitrue": (
        test_bitrue.TestBitrueKeepsTheContract,
        FieldRoles(names=("symbol",), figures=("lastPrice",), swapped=()),
    ),
}
"""Venues without a dialect answer with the samples of their pages."""

NO_WAY, BUSY, REFUSED, UNREADABLE = "no way", "busy", "refused", "unreadable"
LEFT_OUT, MISSED, SOUND, OLD, NOTHING = "left out", "missed", "looks sound", "is old", "says nothing"
WELL = (SOUND, OLD)


@dataclass(frozen=True, slots=True)
class Row:
    """One fault, and what may come of it."""

    name: str
    fault: Fault | None
    outcomes: frozenset[str]
    base_url: str = ""


def row(kind: FaultKind, *outcomes: str, name: str = "", **more: int) -> Row:
    return Row(name or str(kind), Fault(kind=kind, **more), frozenset(outcomes))  # type: ignore[arg-type]


SPOILT = (LEFT_OUT, UNREADABLE)
ROWS = (
    row(FaultKind.TIMEOUT, NO_WAY),
    Row("dns failure", None, frozenset({NO_WAY}), "http://venue.invalid"),
    Row("tls failure", None, frozenset({NO_WAY}), "https"),
    Row("nobody listens", None, frozenset({NO_WAY}), "closed"),
    row(FaultKind.RESET, NO_WAY),
    row(FaultKind.CUT_SHORT, NO_WAY, UNREADABLE),
    row(FaultKind.BUSY, BUSY, name="429"),
    row(FaultKind.BUSY, "busy 30 s", name="429 with Retry-After", retry_after_s=30),
    row(FaultKind.TEAPOT, BUSY, REFUSED, name="418"),
    row(FaultKind.BANNED, REFUSED, BUSY, name="403"),
    row(FaultKind.SERVER_ERROR, BUSY, name="500"),
    row(FaultKind.BAD_GATEWAY, BUSY, name="502 as a page"),
    row(FaultKind.HTML, UNREADABLE),
    row(FaultKind.EMPTY, UNREADABLE),
    row(FaultKind.HALF_JSON, UNREADABLE),
    row(FaultKind.NOT_A_NUMBER, *SPOILT),
    row(FaultKind.BARE_NAN, *SPOILT),
    row(FaultKind.ZERO, *SPOILT),
    row(FaultKind.NEGATIVE, *SPOILT),
    row(FaultKind.ABSURD, *SPOILT),
    row(FaultKind.WRONG_TYPES, *SPOILT),
    row(FaultKind.SWAPPED_FIELDS, *WELL, *SPOILT),
    row(FaultKind.STALE, OLD),
    row(FaultKind.DELISTED, MISSED, UNREADABLE),
)
CASES = [
    pytest.param(case, venue, id=f"{case.name}-{venue}")
    for case in ROWS
    for venue in ADAPTERS
    # A set answer has no earlier one.
    if not (case.name == FaultKind.STALE and venue in CANNED)
]
TABLE: dict[str, dict[str, str]] = defaultdict(dict)


def asked_of(venue: str, base_url: str) -> Request:
    """The first request for prices: of perpetuals, or of tokens where there are none."""
    adapter, suite = ADAPTERS[venue](base_url=base_url), CANNED.get(venue)
    if RequestKind.UNDERLYING_QUOTES in adapter.serves:
        perpetual = adapter.perpetual("BTC") if suite is None else suite[0].samples.perpetual
        return adapter.underlying_quotes(frozenset({perpetual}))[0]
    assert suite is not None
    assert suite[0].samples.listed is not None
    return adapter.token_quotes(frozenset({suite[0].samples.listed}))[0]


def parsed(venue: str, request: Request, door: RequestsDoor) -> Parsed[Any]:
    adapter, reply = ADAPTERS[venue](), door.send(request)
    suite = CANNED.get(venue)
    if request.kind is RequestKind.UNDERLYING_QUOTES:
        perpetual = adapter.perpetual("BTC") if suite is None else suite[0].samples.perpetual
        return adapter.parse_underlying_quotes(reply, frozenset({perpetual}))
    assert suite is not None
    assert suite[0].samples.listed is not None
    return adapter.parse_token_quotes(reply, frozenset({suite[0].samples.listed}))


def outcome(venue: str, request: Request, door: RequestsDoor) -> str:
    try:
        found = parsed(venue, request, door)
    except VenueUnreachable:
        return NO_WAY
    except VenueBusy as busy:
        return BUSY if busy.retry_after_s is None else f"busy {busy.retry_after_s:.0f} s"
    except VenueRefused:
        return REFUSED
    except VenueGarbled:
        return UNREADABLE
    codes = {problem.code for problem in found.problems}
    if codes & {"instrument_not_listed", "token_not_listed"}:
        return MISSED
    if codes or not found.values:
        return LEFT_OUT if codes else NOTHING
    return OLD if all(_told_ms(quote) < ANCHOR_MS - HOUR_MS // 2 for quote in found.values) else SOUND


def _told_ms(quote: UnderlyingQuote | TokenQuote) -> int:
    """When the figures were true, by the venue's word."""
    moment_ms = quote.ts_ms if isinstance(quote, UnderlyingQuote) else quote.price_ts_ms
    assert moment_ms is not None
    return moment_ms


@pytest.fixture(scope="module")
def faults() -> FaultPlan:
    return FaultPlan()


@pytest.fixture(scope="module")
def server(market: Market, faults: FaultPlan) -> Iterator[SimulatorServer]:
    canned = [
        CannedDialect(
            venue,
            {asked_of(venue, "http://x").url.removeprefix("http://x"): suite.samples.of(_kind(venue))[0]},
            roles,
        )
        for venue, (suite, roles) in CANNED.items()
    ]
    passing = iter(range(0, 10_000_000, 1000))
    with SimulatorServer(
        (*canned, *every_dialect(market)), SetClock(ANCHOR_MS), faults, limits_clock_s=lambda: float(next(passing))
    ) as serving:
        yield serving


def _kind(venue: str) -> RequestKind:
    return asked_of(venue, "http://x").kind


@pytest.fixture(scope="module")
def door() -> Iterator[RequestsDoor]:
    made = RequestsDoor(SetClock(ANCHOR_MS + 40), Turnstile({}))
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def printed(request: pytest.FixtureRequest) -> Iterator[None]:
    """The table, when all of it is known; `-s` shows it."""
    yield
    venues = list(ADAPTERS)
    print("\n" + " | ".join([f"{'fault':20}", *(f"{venue:12}" for venue in venues)]))
    for name, cells in TABLE.items():
        print(" | ".join([f"{name:20}", *(f"{cells.get(venue, '—'):12}" for venue in venues)]))


@pytest.mark.parametrize("venue", ADAPTERS)
def test_all_is_well_without_a_fault(venue: str, server: SimulatorServer, door: RequestsDoor) -> None:
    assert outcome(venue, asked_of(venue, server.url), door) in (WELL if venue in CANNED else (SOUND,))


@pytest.mark.parametrize(("case", "venue"), CASES)
def test_what_comes_of_a_fault(
    case: Row,
    venue: str,
    server: SimulatorServer,
    door: RequestsDoor,
    faults: FaultPlan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base_url = {"": server.url, "https": server.url.replace("http", "https"), "closed": "http://127.0.0.1:9"}.get(
        case.base_url, case.base_url
    )
    request = replace(asked_of(venue, base_url), timeout_s=0.1 if case.name == "timeout" else 20.0)
    faults.clear()
    if case.fault is not None:
        faults.add(replace(case.fault, times=1))
    with monkeypatch.context() as patched:
        if case.name == "dns failure":
            patched.setattr(socket, "getaddrinfo", _no_such_name)
        came = outcome(venue, request, door)
    TABLE[case.name][venue] = came
    # A venue that names its own wait is busy too.
    assert came in case.outcomes or (BUSY in case.outcomes and came.startswith(BUSY))
    faults.clear()
    # The next request is answered as ever: nothing of a fault stays behind.
    assert outcome(venue, asked_of(venue, server.url), door) in WELL


def _no_such_name(*_args: object, **_more: object) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_every_fault_of_an_answer_has_its_row() -> None:
    assert {case.fault.kind for case in ROWS if case.fault is not None} == ANSWER_FAULTS
