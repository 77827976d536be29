"""A venue in its own process: `python3 -m tests.bench.quote_server RATE TOKENS` streams spot tickers as Gate does.

Prints its port at once, and how many quotes it has sent when its input is closed.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from contextlib import suppress
from http import HTTPStatus

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

STEP_S = 0.005


def symbol(number: int) -> str:
    """The name of a token of the bench: four per coin, as issuers have them."""
    return f"T{number // 4}{('3L', '3S', '5L', '5S')[number % 4]}"


class Venue:
    """Sends `rate` quotes a second, in turn for each of `tokens` tokens, to everyone connected."""

    def __init__(self, rate: float, tokens: int) -> None:
        self._rate = rate
        self._rng = random.Random(7)
        self._prices = [2.5 + number / 1000 for number in range(tokens)]
        self._next = 0
        self.sent = 0

    def handle(self, connection: ServerConnection) -> None:
        """One client: what it says is read and thrown away."""
        threading.Thread(target=self._drain, args=(connection,), daemon=True).start()
        with suppress(ConnectionClosed, OSError):
            self._stream(connection)

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Only Gate's spot stream is here; whatever else is asked of this address is not found."""
        return None if request.path == "/ws/v4/" else connection.respond(HTTPStatus.NOT_FOUND, "")

    def _drain(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed, OSError):
            for _ in connection:
                pass

    def _stream(self, connection: ServerConnection) -> None:
        begun_s, sent = time.perf_counter(), 0
        while True:
            due = int((time.perf_counter() - begun_s) * self._rate)
            if due - sent > self._rate:  # a client that cannot follow is not owed the past
                begun_s, sent, due = time.perf_counter(), 0, 0
            for _ in range(due - sent):
                connection.send(self._ticker())
                self.sent += 1
            sent = due
            time.sleep(STEP_S)

    def _ticker(self) -> str:
        number = self._next
        self._next = (number + 1) % len(self._prices)
        price = self._prices[number] = self._prices[number] * (1 + self._rng.uniform(-0.0005, 0.0005))
        now_ms = time.time_ns() // 1_000_000
        return (
            f'{{"time":{now_ms // 1000},"time_ms":{now_ms},"channel":"spot.tickers","event":"update","result":'
            f'{{"currency_pair":"{symbol(number)}_USDT","last":"{price:.6f}","lowest_ask":"{price * 1.001:.6f}",'
            f'"highest_bid":"{price * 0.999:.6f}","change_percentage":"-0.51","base_volume":"481.2",'
            f'"quote_volume":"1203.3","high_24h":"{price * 1.1:.6f}","low_24h":"{price * 0.9:.6f}"}}}}'
        )


def main() -> int:
    """Serve until the input ends."""
    rate, tokens = float(sys.argv[1]), int(sys.argv[2])
    venue = Venue(rate, tokens)
    with serve(
        venue.handle, "127.0.0.1", 0, process_request=venue.admit, compression=None, ping_interval=None
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.socket.getsockname()[1], flush=True)
        sys.stdin.read()
        print(venue.sent, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
