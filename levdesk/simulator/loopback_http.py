"""The HTTP door of the loopback server: accepts connections, one remembered daemon thread each, and ends them all.

It knows no venue. A request goes to the owner; a connection may be handed over to a stream, which then has the socket.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Protocol

from levdesk.simulator.dialect import Answer

LOOPBACK = "127.0.0.1"

_GRACE_S = 0.3
_JOIN_S = 2.0


class Owner(Protocol):
    """Who answers."""

    def handle(self, handler: Handler) -> None:
        """Answer one request."""

    def takes_post(self, path: str) -> bool:
        """Whether a POST is served there."""


class Handler(BaseHTTPRequestHandler):
    """One connection; several requests may follow each other on it."""

    protocol_version = "HTTP/1.1"
    # Head and body in one packet; otherwise each answer waits some 40 ms for the peer's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: LoopbackHttp

    def do_GET(self) -> None:
        """Every GET goes to the owner."""
        self.server.owner.handle(self)

    def do_POST(self) -> None:
        """The few POSTs that are served; what they carry is read, for the next request comes after it."""
        self.rfile.read(max(int(self.headers.get("Content-Length") or 0), 0))
        if self.server.owner.takes_post(self.path):
            self.server.owner.handle(self)
        else:
            self.send_error(501, "Only GET is served here")

    def send(self, answer: Answer, *, upto: int | None = None) -> None:
        """Write an answer; with `upto` only so much of the promised body."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[:upto])

    def reset(self) -> None:
        """End the connection as a crash would."""
        reset(self.connection)
        self.close_connection = True

    def finish(self) -> None:
        """Flush and close, where there is still something to close."""
        # The peer, or a fault, may have closed the connection already.
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Quiet: `SimulatorServer.seen` remembers what came in."""


def reset(connection: socket.socket) -> None:
    """Close a socket so that the peer gets a reset."""
    # Lingering for no time makes the kernel send a reset instead of a goodbye.
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()


class LoopbackHttp(HTTPServer):
    """Accepts connections and gives each a thread it remembers."""

    # A hundred streams may come back at the same moment.
    request_queue_size = 256

    def __init__(self, port: int, owner: Owner) -> None:
        self.owner = owner
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._bell, self._bell_rope = socket.socketpair()
        super().__init__((LOOPBACK, port), Handler)

    def server_bind(self) -> None:
        """Bind without asking anybody for a name."""
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
        """Stop listening."""
        super().server_close()
        self._bell.close()
        self._bell_rope.close()

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Give a new connection its thread."""
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
        """End every conversation and wait for its thread: first only its reading, so that it can say goodbye."""
        for how, patience_s in ((socket.SHUT_RD, _GRACE_S), (socket.SHUT_RDWR, _JOIN_S)):
            with self._lock:
                still_open = dict(self._open)
            for request in still_open:
                with contextlib.suppress(OSError):
                    request.shutdown(how)
            give_up_s = time.monotonic() + patience_s
            for thread in still_open.values():
                thread.join(max(give_up_s - time.monotonic(), 0.0))
