"""The loopback server: carries calls and streams to the dialects, plays the faults, and stops when told.

It listens on 127.0.0.1 only, one port for REST and WebSocket of every venue. Every thread is a daemon and ends when
the server closes its connection.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from levdesk.services.ports import Clock
from levdesk.simulator.dialect import Answer, Call, Dialect, TakesPosts, Toll, json_answer
from levdesk.simulator.faults import ANSWER_FAULTS, UPGRADE_FAULTS, WIRE_FAULTS, Fault, FaultKind, FaultPlan
from levdesk.simulator.limits import RequestLimits
from levdesk.simulator.loopback_http import LOOPBACK, Handler, LoopbackHttp
from levdesk.simulator.spoiling import refusal, spoil
from levdesk.simulator.stream_counts import StreamCounts, StreamLedger
from levdesk.simulator.talk import Moment

_JOIN_S = 2.0
_KEPT_REQUESTS = 1000
_SWITCHING = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that came in.

    Attributes:
        path, query: what was asked for.
        status: what was answered, or None when no whole answer went out.
        fault: what was played on it, or None.
    """

    path: str
    query: str
    status: int | None
    fault: FaultKind | None


@dataclass(frozen=True, slots=True)
class Heard:
    """A message a client sent on a stream."""

    path: str
    text: str


class SimulatorServer:
    """Serves dialects over HTTP and WebSocket until stopped; a context manager.

    Args:
        dialects: the first one that serves a path answers it.
        clock: market time.
        faults: what goes wrong; may be changed while serving.
        port: 0 for any free one.
        limits_clock_s: real seconds for the request limits.
        stream_pace: stream seconds per real second: beats, heartbeats and limits of streams run so much faster.
    """

    def __init__(
        self,
        dialects: Sequence[Dialect],
        clock: Clock,
        faults: FaultPlan | None = None,
        *,
        port: int = 0,
        limits_clock_s: Callable[[], float] = time.monotonic,
        stream_pace: float = 1.0,
    ) -> None:
        self.faults = FaultPlan() if faults is None else faults
        self.seen: deque[Seen] = deque(maxlen=_KEPT_REQUESTS)
        self.heard: deque[Heard] = deque(maxlen=_KEPT_REQUESTS)
        self._dialects = tuple(dialects)
        self._clock = clock
        self._limits = RequestLimits(limits_clock_s)
        self._closing = threading.Event()
        self._pace = stream_pace
        self._ledger = StreamLedger()
        self._http = LoopbackHttp(port, self)
        self._thread = threading.Thread(target=self._http.accept_until_woken, name="simulator", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Scheme, host and port, to stand in for a venue's."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def venues(self) -> tuple[str, ...]:
        """Short names of the venues it speaks for."""
        return tuple(dialect.venue for dialect in self._dialects)

    @property
    def streams(self) -> StreamCounts:
        """What has happened on its streams so far."""
        return self._ledger.read()

    def start(self) -> Self:
        """Begin to serve, in a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection and end every thread; harmless when repeated."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._http.wake()
        if self._thread.is_alive():
            self._thread.join(_JOIN_S)
        self._http.server_close()
        self._http.close_connections()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- one request, in its handler's thread ----------------------------------------------------------------------

    def handle(self, handler: Handler) -> None:
        """Answer one GET request, or play what goes wrong with it."""
        call = self._call(handler)
        dialect = next((dialect for dialect in self._dialects if dialect.streams_at(call.path)), None)
        if dialect is not None and call.headers.get("upgrade", "").lower() == "websocket":
            self._upgrade(handler, call, dialect)
            return
        fault = self.faults.strike(call.path, call.now_ms, ANSWER_FAULTS)
        answer = self._answer(call, str(handler.client_address[0]), fault)
        self._send(handler, answer, fault)

    def takes_post(self, path: str) -> bool:
        """Whether one of the dialects is asked by POST there."""
        return any(isinstance(one, TakesPosts) and path in one.posted for one in self._dialects)

    def _call(self, handler: Handler) -> Call:
        parts = urlsplit(handler.path)
        path, now_ms = unquote(parts.path), self._clock.now_ms()
        return Call(
            path=path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in handler.headers.items()},
            now_ms=now_ms,
            skew_ms=self._skew_ms(path, now_ms),
        )

    def _skew_ms(self, path: str, now_ms: int) -> int:
        fault = self.faults.standing(FaultKind.CLOCK_SKEW, path, now_ms)
        return 0 if fault is None else fault.skew_s * 1000

    def _answer(self, call: Call, client: str, fault: Fault | None) -> Answer:
        dialect = next((dialect for dialect in self._dialects if dialect.serves(call.path)), None)
        if dialect is None:
            return json_answer(404, {"message": f"nothing is served at {call.path}"})
        if fault is not None and fault.kind is FaultKind.STALE:
            call = replace(call, now_ms=call.now_ms - fault.stale_s * 1000)
        allowance = self._limits.take(client, dialect.toll(call))
        answer = dialect.answer(call) if allowance.granted else dialect.too_many(call)
        if fault is not None:
            answer = refusal(fault, dialect, call) or spoil(fault, answer, dialect.roles)
        return dialect.dressed(answer, call, allowance)

    def _send(self, handler: Handler, answer: Answer, fault: Fault | None) -> None:
        """Send an answer, or break the wire; remember which."""
        kind = None if fault is None else fault.kind
        status = None if kind in WIRE_FAULTS else answer.status
        self.seen.append(Seen(path=_path(handler), query=_query(handler), status=status, fault=kind))
        if kind is FaultKind.TIMEOUT:
            self._closing.wait()
        elif kind is FaultKind.RESET:
            handler.reset()
        else:
            handler.send(answer, upto=len(answer.body) // 2 if kind is FaultKind.CUT_SHORT else None)
        if kind in WIRE_FAULTS:
            handler.close_connection = True

    # -- one stream, in its handler's thread -----------------------------------------------------------------------

    def _upgrade(self, handler: Handler, call: Call, dialect: Dialect) -> None:
        """Talk on a stream until it ends, or refuse it."""
        handler.close_connection = True
        fault = self.faults.strike(call.path, call.now_ms, UPGRADE_FAULTS)
        client, doors = str(handler.client_address[0]), dialect.doors
        toll = Toll(counter="doors", limit=doors.most_opened[0], period_s=doors.most_opened[1])
        granted = self._limits.take(f"{client}/{dialect.venue}", toll).granted
        if fault is not None or not granted or not self._ledger.enter(dialect.venue, doors.most_open):
            self._ledger.add(refused=1)
            answer = None if fault is None else refusal(fault, dialect, call)
            self._send(handler, answer or dialect.too_many(call), fault)
            return
        try:
            self._converse(handler, call, dialect)
        finally:
            self._ledger.leave(dialect.venue)

    def _converse(self, handler: Handler, call: Call, dialect: Dialect) -> None:
        # Late: the first stream pays for the WebSocket library, not the start of the demo.
        from levdesk.simulator.conversation import Conversation, Setting

        self.seen.append(Seen(path=call.path, query=_query(handler), status=_SWITCHING, fault=None))
        setting = Setting(
            path=call.path,
            roles=dialect.roles,
            plan=self.faults,
            moment=lambda: self._moment(call.path),
            pace=self._pace,
            ledger=self._ledger,
            heard=lambda text: self.heard.append(Heard(call.path, text)),
            closing=self._closing,
        )
        conversation = Conversation(handler.connection, dialect.talk(call, self._moment(call.path)), setting)
        conversation.run(handler.path, list(handler.headers.items()))

    def _moment(self, path: str) -> Moment:
        now_ms = self._clock.now_ms()
        return Moment(now_ms=now_ms, real_s=time.monotonic() * self._pace, skew_ms=self._skew_ms(path, now_ms))


def _path(handler: Handler) -> str:
    return unquote(urlsplit(handler.path).path)


def _query(handler: Handler) -> str:
    return urlsplit(handler.path).query
