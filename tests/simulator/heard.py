"""Small readings of streams the simulator's tests share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from levdesk.simulator.dialect import Call, Dialect
from levdesk.simulator.server import SimulatorServer
from levdesk.simulator.talk import Line, LineKind, Moment, Said, Talk
from tests.patience import PATIENCE_S
from tests.simulator.moments import ANCHOR_MS

WAIT_S = PATIENCE_S


def dial(server: SimulatorServer, path: str, **options: Any) -> AbstractContextManager[ClientConnection]:
    """A stream over a real socket, by an independent client."""
    options.setdefault("proxy", None)
    # A flooded client cannot shut down in good order; it shall not wait for it.
    options.setdefault("close_timeout", 0.2)
    client: AbstractContextManager[ClientConnection] = connect(
        f"ws://127.0.0.1:{server.port}{path}", open_timeout=WAIT_S, **options
    )
    return client


def say(client: ClientConnection, value: Any) -> None:
    client.send(value if isinstance(value, str) else json.dumps(value))


def hear(client: ClientConnection) -> Any:
    return json.loads(client.recv(timeout=WAIT_S))


def drain(client: ClientConnection, *, timeout_s: float = WAIT_S) -> None:
    """Read until nothing comes for so long (TimeoutError) or the connection ends (ConnectionClosed)."""
    while True:
        client.recv(timeout=timeout_s)


def at(seconds: float = 0.0, *, now_ms: int | None = None, skew_ms: int = 0) -> Moment:
    """So many seconds after the anchor, market and stream alike."""
    return Moment(now_ms=ANCHOR_MS + int(seconds * 1000) if now_ms is None else now_ms, real_s=seconds, skew_ms=skew_ms)


def opened(dialect: Dialect, path: str, **query: str) -> Talk:
    """A talk without a socket, opened at second 0."""
    return dialect.talk(Call(path=path, query=query, now_ms=ANCHOR_MS), at())


def values(said: Iterable[Said]) -> list[Any]:
    return [json.loads(line.text) for line in said if isinstance(line, Line)]


def data(said: Iterable[Said]) -> list[Any]:
    return [json.loads(line.text) for line in said if isinstance(line, Line) and line.kind is LineKind.DATA]
