"""The loopback server: carries calls to the dialects, plays the faults, and stops when told.

It listens on 127.0.0.1 only. Every handler thread is a daemon and ends when the server closes its connection.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from levdesk.services.ports import Clock
from levdesk.simulator.dialect import Answer, Call, Dialect, json_answer
from levdesk.simulator.faults import WIRE_FAULTS, Fault, FaultKind, FaultPlan, spoil
from levdesk.simulator.limits import RequestLimits

LOOPBACK = "127.0.0.1"

_JOIN_S = 2.0
_KEPT_REQUESTS = 1000


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


class SimulatorServer:
    """Serves dialects over HTTP until stopped; a context manager.

    Args:
        dialects: the first one that serves a path answers it.
        clock: market time.
        faults: what goes wrong; may be changed while serving.
        port: 0 for any free one.
        limits_clock_s: real seconds for the request limits.
    """

    def __init__(
        self,
        dialects: Sequence[Dialect],
        clock: Clock,
        faults: FaultPlan | None = None,
        *,
        port: int = 0,
        limits_clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.faults = FaultPlan() if faults is None else faults
        self.seen: deque[Seen] = deque(maxlen=_KEPT_REQUESTS)
        self._dialects = tuple(dialects)
        self._clock = clock
        self._limits = RequestLimits(limits_clock_s)
        self._closing = threading.Event()
        self._http = _LoopbackHttp((LOOPBACK, port), self)
        self._thread = threading.Thread(target=self._http.accept_until_woken, name="simulator", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Scheme, host and port, to stand in for a venue's."""
        return f"http://{LOOPBACK}:{self.port}"

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

    def handle(self, handler: _Handler) -> None:
        """Answer one GET request, or play what goes wrong with it."""
        parts = urlsplit(handler.path)
        path = unquote(parts.path)
        call = Call(
            path=path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in handler.headers.items()},
            now_ms=self._clock.now_ms(),
        )
        fault = self.faults.strike(path, call.now_ms)
        answer = self._answer(call, str(handler.client_address[0]), fault)
        on_wire = fault is not None and fault.kind in WIRE_FAULTS
        self.seen.append(
            Seen(
                path=path,
                query=parts.query,
                status=None if on_wire else answer.status,
                fault=None if fault is None else fault.kind,
            )
        )
        if fault is not None and on_wire:
            self._break(handler, answer, fault.kind)
        else:
            handler.send(answer)

    def _answer(self, call: Call, client: str, fault: Fault | None) -> Answer:
        dialect = next((dialect for dialect in self._dialects if dialect.serves(call.path)), None)
        if dialect is None:
            return json_answer(404, {"message": f"nothing is served at {call.path}"})
        if fault is not None and fault.kind is FaultKind.STALE:
            call = Call(
                path=call.path, query=call.query, headers=call.headers, now_ms=call.now_ms - fault.stale_s * 1000
            )
        allowance = self._limits.take(client, dialect.endpoint(call.path), dialect.window)
        answer = dialect.answer(call) if allowance.granted else dialect.too_many(call)
        if fault is not None:
            answer = spoil(fault, answer, dialect.roles)
        return dialect.dressed(answer, call, allowance)

    def _break(self, handler: _Handler, answer: Answer, kind: FaultKind) -> None:
        if kind is FaultKind.TIMEOUT:
            self._closing.wait()
        elif kind is FaultKind.RESET:
            # Lingering for no time makes the kernel send a reset instead of a goodbye.
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()
        else:
            handler.send(answer, upto=len(answer.body) // 2)
        handler.close_connection = True


class _Handler(BaseHTTPRequestHandler):
    """One connection; several requests may follow each other on it."""

    protocol_version = "HTTP/1.1"
    # Head and body in one packet; otherwise each answer waits some 40 ms for the peer's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _LoopbackHttp

    def do_GET(self) -> None:
        self.server.owner.handle(self)

    def send(self, answer: Answer, *, upto: int | None = None) -> None:
        """Write an answer; with `upto` only so much of the promised body."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[:upto])

    def finish(self) -> None:
        # The peer, or a fault, may have closed the connection already.
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        pass


class _LoopbackHttp(HTTPServer):
    """Accepts connections and gives each a thread it remembers."""

    def __init__(self, address: tuple[str, int], owner: SimulatorServer) -> None:
        self.owner = owner
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._bell, self._bell_rope = socket.socketpair()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # The base class looks up the host's name, which can take seconds without a network.
        self.allow_reuse_address = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def accept_until_woken(self) -> None:
        """Take connections; unlike `serve_forever` it never polls, and it ends at once."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.socket, selectors.EVENT_READ)
            waiting.register(self._bell, selectors.EVENT_READ)
            while self._bell not in [key.fileobj for key, _ in waiting.select()]:
                self.handle_request()

    def wake(self) -> None:
        """End `accept_until_woken`, now or as soon as it begins."""
        self._bell_rope.send(b"!")

    def server_close(self) -> None:
        super().server_close()
        self._bell.close()
        self._bell_rope.close()

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        assert isinstance(request, socket.socket)
        thread = threading.Thread(
            target=self._serve_connection, args=(request, client_address), name="simulator-call", daemon=True
        )
        with self._lock:
            self._open[request] = thread
        thread.start()

    def _serve_connection(self, request: socket.socket, client_address: object) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:
            pass  # the peer went away; nobody is left to tell
        finally:
            self.shutdown_request(request)
            with self._lock:
                self._open.pop(request, None)

    def close_connections(self) -> None:
        """End every conversation and wait for its thread."""
        with self._lock:
            still_open = dict(self._open)
        for request, thread in still_open.items():
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
            thread.join(_JOIN_S)
