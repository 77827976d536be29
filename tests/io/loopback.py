"""A real HTTP server on this machine that misbehaves on request."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class Handler(BaseHTTPRequestHandler):
    """Answers by path; remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    server: LoopbackServer

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.server.callers.add(self.client_address[1])
        answer: Callable[[], None] = getattr(self, "answer_" + urlsplit(self.path).path.strip("/").replace("/", "_"))
        answer()

    def do_POST(self) -> None:
        self.reply(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def reply(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def answer_plain(self) -> None:
        self.reply(b'{"n": 1.10}', headers={"X-Gate-Trace-Id": "abc"})

    def answer_zipped(self) -> None:
        self.reply(gzip.compress(b'{"zipped": true}' * 10_000), headers={"Content-Encoding": "gzip"})

    def answer_badly_zipped(self) -> None:
        self.reply(b"no gzip at all", headers={"Content-Encoding": "gzip"})

    def answer_bomb(self) -> None:
        self.reply(gzip.compress(b"\x00" * 3_000_000), headers={"Content-Encoding": "gzip"})

    def answer_large(self) -> None:
        self.reply(b"x" * 1_000_001)

    def answer_chunked(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (b'{"a"', b": 1", b"}"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def answer_busy(self) -> None:
        self.reply(b'{"label": "TOO_MANY_REQUESTS"}', 429, {"Retry-After": "7"})

    def answer_broken(self) -> None:
        self.reply(b"<html>Bad gateway</html>", 503, {"Retry-After": "1"})

    def answer_nothing(self) -> None:
        self.send_response(204)
        self.end_headers()

    def answer_elsewhere(self) -> None:
        self.reply(b"", 302, {"Location": "/plain"})

    def answer_half(self) -> None:
        self.reply(b'{"half', headers={"Content-Length": "5000"})
        self.hang_up()

    def answer_hang_up(self) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def answer_silence(self) -> None:
        self.server.released.wait(20)
        self.close_connection = True

    def answer_drops(self) -> None:
        self.reply(b"", headers={"Content-Length": "100000"})
        while not self.server.released.wait(0.02):
            self.wfile.write(b".")
            self.wfile.flush()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class LoopbackServer(ThreadingHTTPServer):
    """What was asked, and a way to end answers that never end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.callers: set[int] = set()
        self.released = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up on us is what some tests are about."""


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[LoopbackServer]:
    """A server for the length of a test, over TLS when given a certificate with its key."""
    with LoopbackServer() as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join(20)
