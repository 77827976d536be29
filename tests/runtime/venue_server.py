"""A real WebSocket server on this machine, and an adapter for what it says; for tests of the feed."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import ClassVar

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as UpgradeRequest
from websockets.http11 import Response
from websockets.sync.server import ServerConnection, serve

from levdesk.domain.errors import VenueGarbled
from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.venues.contract import Reply, Request, RequestKind
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

_UNHEARD = logging.getLogger("tests.venue_server")
"""A client that is gone in the middle of its handshake is what the tests are about."""
_UNHEARD.propagate = False
_UNHEARD.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Parrot(NothingOffered):
    """A venue that speaks plain JSON: {"op": "sub"|"unsub"|"ping"|"pong", "args": [...]} and {"pair", "last"|"nav"}."""

    url: str
    ping_every_s: float | None = None
    silent_after_s: float = 30.0
    message_gap_ms: int = 0
    needs_ticket: bool = False
    name: ClassVar[str] = "parrot"
    title: ClassVar[str] = "Parrot"
    streams: ClassVar[frozenset[TopicKind]] = frozenset({TopicKind.TOKEN})

    def stream_ticket(self) -> Request | None:
        if not self.needs_ticket:
            return None
        return Request(venue=self.name, kind=RequestKind.STREAM_TICKET, url="http://127.0.0.1/ticket", method="POST")

    def parse_stream_ticket(self, reply: Reply) -> Ticket:
        return Ticket(url=f"{self.url}?ticket={reply.body.decode()}")

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        if not topics:
            return ()
        return (
            StreamSocket(
                name="all",
                url=self.url if ticket is None else ticket.url,
                topics=tuple(topics),
                message_gap_ms=self.message_gap_ms,
                ping_every_s=self.ping_every_s,
                silent_after_s=self.silent_after_s,
            ),
        )

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        return (json.dumps({"op": "sub", "args": [topic.instrument for topic in topics]}),)

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        return (json.dumps({"op": "unsub", "args": [topic.instrument for topic in topics]}),)

    def ping(self, now_ms: int) -> str:
        return '{"op": "ping"}'

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        try:
            said = json.loads(message)
        except ValueError as error:
            raise VenueGarbled("Parrot talks nonsense.", venue=self.name) from error
        if said == "break":
            raise ZeroDivisionError("the adapter is broken")
        if said.get("op") == "ping":
            return StreamNews(answers=('{"op": "pong"}',))
        if "pair" not in said:
            return StreamNews()
        quote = TokenQuote(
            key=TokenKey(self.name, said["pair"]),
            last=Decimal(said["last"]) if "last" in said else None,
            price_ts_ms=received_ms if "last" in said else None,
            nav=Decimal(said["nav"]) if "nav" in said else None,
            nav_ts_ms=received_ms if "nav" in said else None,
        )
        return StreamNews(tokens=(quote,), sent_ms=said.get("sent_ms"))


@dataclass(slots=True)
class VenueServer:
    """What the server saw, and how it behaves; change it while it runs.

    Attributes:
        url: where it is.
        heard: messages of the clients, read as JSON.
        connections: open ones, oldest first.
        accepted: how many upgrades it has granted.
        status: answer upgrades with this, None to grant them.
        on_open: called in the server's thread for each connection.
    """

    url: str = ""
    heard: list[dict[str, object]] = field(default_factory=list)
    connections: list[ServerConnection] = field(default_factory=list)
    accepted: int = 0
    status: HTTPStatus | None = None
    on_open: Callable[[ServerConnection], None] | None = None
    asked: list[str] = field(default_factory=list)

    def say(self, **said: object) -> None:
        """Send to whoever is connected last."""
        self.connections[-1].send(json.dumps(said))

    def say_text(self, text: str) -> None:
        """Send as it is."""
        self.connections[-1].send(text)

    def drop(self) -> None:
        """Cut the connection without a word."""
        self.connections[-1].socket.shutdown(socket.SHUT_RDWR)

    def ops(self) -> list[tuple[object, object]]:
        """What was asked, as (op, args)."""
        return [(said.get("op"), said.get("args")) for said in tuple(self.heard)]

    def _process(self, connection: ServerConnection, request: UpgradeRequest) -> Response | None:
        self.asked.append(request.path)
        if self.status is None:
            return None
        return connection.respond(self.status, "no\n")

    def _handle(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        self.accepted += 1
        try:
            if self.on_open is not None:
                self.on_open(connection)
            for message in connection:
                self.heard.append(json.loads(message))
        except ConnectionClosed:
            pass


@contextmanager
def venue_server(tls: ssl.SSLContext | None = None) -> Iterator[VenueServer]:
    """Run it in a thread until the block ends."""
    seen = VenueServer()
    with serve(
        seen._handle,
        "127.0.0.1",
        0,
        process_request=seen._process,
        ssl=tls,
        ping_interval=None,
        compression=None,
        logger=_UNHEARD,
    ) as server:
        port = server.socket.getsockname()[1]
        seen.url = f"{'ws' if tls is None else 'wss'}://127.0.0.1:{port}/"
        thread = threading.Thread(target=server.serve_forever, name="venue server")
        thread.start()
        try:
            yield seen
        finally:
            for connection in seen.connections:
                connection.close_socket()
            server.shutdown()
            thread.join(20)
