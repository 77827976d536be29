"""A loopback server that gives prepared answers under Gate's paths: recorded samples, or what a test needs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from levdesk.app.adapters import ADAPTERS
from tests.venues.samples import gate as samples

API = "/api/v4"
NOBODY = "http://127.0.0.1:9"
"""Where every other venue is sent: no test may ask the real ones."""


PAIRS = samples.PAIRS.replace(b'"sellable","delisting_time":1790100000', b'"tradable"')
DEEP_BOOK = b'{"current":1790000000000,"bids":[["2.46","900000"]],"asks":[["2.47","900000"]]}'


class GateDesk:
    """Answers by path.

    Attributes:
        answers: path below /api/v4 -> (status, body).
        headers: sent with every answer.
        asked: paths with their queries, in order.
        url: scheme, host and port.
    """

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {
            "/spot/tickers": (200, samples.TICKERS_REPLY),
            "/futures/usdt/tickers": (200, samples.PERPETUAL_TICKERS),
            "/futures/usdt/contracts": (200, samples.CONTRACTS),
            "/spot/time": (200, samples.SERVER_TIME),
            "/spot/candlesticks": (200, b"[]"),
            "/futures/usdt/candlesticks": (200, b"[]"),
            "/futures/usdt/funding_rate": (200, samples.FUNDING),
            "/spot/order_book": (200, DEEP_BOOK),
            "/spot/currency_pairs": (200, PAIRS),
            "/ann/list_article": (200, b'{"code":0,"data":{"total":0,"list":[]}}'),
        }
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        self.url = ""

    @property
    def arguments(self) -> list[str]:
        """The part of a call that has Gate asked here, and all other venues nowhere."""
        addresses = {**dict.fromkeys(ADAPTERS, NOBODY), "gate": self.url}
        return [part for name, url in addresses.items() for part in ("--venue-url", f"{name}={url}")]


@contextmanager
def gate_desk() -> Iterator[GateDesk]:
    """Serve until the block ends."""
    desk = GateDesk()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            desk.asked.append(self.path)
            path = urlsplit(self.path).path.removeprefix(API)
            status, body = desk.answers.get(path, (404, b'{"label":"NOT_FOUND","message":"no such path"}'))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in desk.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    desk.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield desk
    finally:
        server.shutdown()
        thread.join(20)
        server.server_close()
