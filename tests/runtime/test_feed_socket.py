"""One socket of the feed, used for one connection after the other."""

from __future__ import annotations

from http import HTTPStatus

from pytestqt.qtbot import QtBot

from levdesk.runtime.feed_socket import FeedSocket
from levdesk.services.stream_state import Failure, FailureKind
from tests.runtime.venue_server import venue_server


class Ears:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.opened = 0
        self.lost: list[Failure] = []

    def socket_opened(self, name: str) -> None:
        self.opened += 1

    def socket_heard(self, name: str, message: str | bytes) -> None:
        pass

    def socket_alive(self, name: str) -> None:
        pass

    def socket_lost(self, name: str, failure: Failure) -> None:
        self.lost.append(failure)


def test_a_connection_lost_after_one_was_refused_is_not_called_refused(qtbot: QtBot) -> None:
    """Qt remembers the words of a failed handshake for as long as the socket lives."""
    socket, ears = FeedSocket(), Ears()

    def lost() -> Failure:
        qtbot.waitUntil(lambda: bool(ears.lost))
        return ears.lost.pop()

    with venue_server() as server:
        server.status = HTTPStatus.FORBIDDEN
        for _ in range(2):
            socket.open("all", server.url, "Parrot", ears)
            assert lost().kind is FailureKind.REFUSED
        server.status = None
        socket.open("all", server.url, "Parrot", ears)
        qtbot.waitUntil(lambda: bool(ears.opened and server.connections))
        server.connections[0].socket.shutdown(2)
        after = lost()
        assert after.kind is FailureKind.LOST
        assert "403" not in after.words
        server.status = HTTPStatus.TOO_MANY_REQUESTS
        socket.open("all", server.url, "Parrot", ears)
        assert lost().kind is FailureKind.BUSY
    socket.open("all", "ws://127.0.0.1:9", "Parrot", ears)
    assert lost() == Failure(words="Parrot's stream: 127.0.0.1 refused the connection.")
    socket.end()
