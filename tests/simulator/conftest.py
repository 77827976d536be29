"""A simulated market at a fixed moment, shared by the tests that only read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from levdesk.services.registry import Registry, read_registry
from levdesk.simulator.clock import SetClock
from levdesk.simulator.dialect import Call
from levdesk.simulator.faults import FaultPlan
from levdesk.simulator.gate import GateDialect
from levdesk.simulator.listing import seeded_market
from levdesk.simulator.market import Market
from levdesk.simulator.server import SimulatorServer
from tests.conftest import PROJECT
from tests.simulator.moments import ANCHOR_MS, SEED
from tests.simulator.played import Played

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def registry() -> Registry:
    return read_registry(json.loads((PROJECT / "resources" / "registry.json").read_bytes()))


@pytest.fixture(scope="session")
def market(registry: Registry) -> Market:
    return seeded_market(registry.complete_token, seed=SEED, anchor_ms=ANCHOR_MS)


@pytest.fixture(scope="session")
def dialect(market: Market) -> GateDialect:
    return GateDialect(market)


@pytest.fixture(scope="session")
def ask(dialect: GateDialect) -> Ask:
    """Asks the dialect without a server; the parsed body of a 200, or (status, body)."""

    def asked(path: str, *, now_ms: int = ANCHOR_MS, headers: dict[str, str] | None = None, **query: str) -> Any:
        # `from` is a keyword of Python, so tests write `from_`.
        named = {name.rstrip("_"): value for name, value in query.items()}
        answer = dialect.answer(Call(path=f"/api/v4{path}", query=named, headers=headers or {}, now_ms=now_ms))
        body = json.loads(answer.body)
        return body if answer.status == 200 else (answer.status, body)

    return asked


@pytest.fixture
def clock() -> SetClock:
    return SetClock(ANCHOR_MS)


@pytest.fixture
def faults() -> Played:
    return Played()


@pytest.fixture
def server(dialect: GateDialect, clock: SetClock, faults: FaultPlan) -> Iterator[SimulatorServer]:
    with SimulatorServer((dialect,), clock, faults, limits_clock_s=lambda: 0.0) as serving:
        yield serving
