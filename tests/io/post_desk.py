"""A real HTTP server on this machine that takes POSTs: stands for a webhook, for ntfy, and for Telegram's bot API."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class PostDesk(ThreadingHTTPServer):
    """Answers every POST with what a test prepared, and remembers them.

    Attributes:
        answers: (status, headers, body) of the next answers; the last one is repeated.
        taken: (path, headers by lower-case name, document) of each POST.
        mode: "answer", "silence" (no answer until released), "drops" (an answer that never ends) or "hang_up".
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[int, dict[str, str], bytes]] = [(200, {}, b'{"ok":true}')]
        self.taken: list[tuple[str, dict[str, str], Any]] = []
        self.mode = "answer"
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def documents(self) -> list[Any]:
        return [document for _, _, document in self.taken]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PostDesk

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.taken.append((self.path, headers, json.loads(body)))
        match self.server.mode:
            case "silence":
                self.server.released.wait(20)
                self.close_connection = True
            case "hang_up":
                self.close_connection = True
            case "drops":
                self._answer(200, {"Content-Length": "100000"}, b"")
                while not self.server.released.wait(0.02):
                    self.wfile.write(b".")
            case _:
                answers = self.server.answers
                self._answer(*(answers.pop(0) if len(answers) > 1 else answers[0]))

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def post_desk(certificate: Path | None = None) -> Iterator[PostDesk]:
    """Serve until the block ends, over TLS when given a certificate with its key."""
    with PostDesk() as desk:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            desk.socket = context.wrap_socket(desk.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=desk.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield desk
        finally:
            desk.released.set()
            desk.shutdown()
            thread.join(20)
