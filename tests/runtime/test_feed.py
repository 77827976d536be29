from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from websockets.exceptions import ConnectionClosed

from levdesk.domain.errors import LevdeskError, VenueUnreachable
from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.runtime import feed_line, feed_worker
from levdesk.runtime.feed import Feed
from levdesk.runtime.feed_line import VenueLine
from levdesk.runtime.feed_socket import MAX_MESSAGE_BYTES
from levdesk.runtime.jobs import JobRunner
from levdesk.runtime.mailbox import Mailbox
from levdesk.services.health import StreamHealth, StreamState
from levdesk.services.stream_mail import VenueProblem, VenueTime, merged
from levdesk.services.stream_state import Pacing
from levdesk.venues.contract import Reply, Request
from levdesk.venues.streams import StreamSocket, Ticket, Topic, TopicKind
from tests.patience import PATIENCE_MS, PATIENCE_S
from tests.runtime.venue_server import Parrot, VenueServer, venue_server

BTC = Topic(TopicKind.TOKEN, "BTC3L")
ETH = Topic(TopicKind.TOKEN, "ETH3S")
HASTE = Pacing(first_wait_ms=20, longest_wait_ms=200, refused_wait_ms=600_000, busy_wait_ms=600_000, open_gap_ms=10)


class Listener:
    """A feed with its mailbox, and what it told."""

    def __init__(self, runner: JobRunner, *, pacing: Pacing = HASTE) -> None:
        self.mailbox: Mailbox[object, object] = Mailbox(merged)
        self.tickets: list[Request] = []
        self.ticket_error: LevdeskError | None = None
        self.failures: list[LevdeskError] = []
        self.feed = Feed(self.mailbox, runner, self._ticket, now_ms=lambda: 1_700_000_000_000, pacing=pacing)
        self.feed.failed.connect(self.failures.append)
        self.taken: dict[object, object] = {}
        self.feed.start()

    def _ticket(self, request: Request) -> Reply:
        self.tickets.append(request)
        if self.ticket_error is not None:
            raise self.ticket_error
        return Reply(status=200, body=f"{len(self.tickets)}".encode(), received_ms=0)

    def listen(self, venue: Parrot, *topics: Topic) -> None:
        self.feed.change_venues({venue.name: venue})
        self.feed.want(venue.name, topics or (BTC,))

    def quote(self, pair: str = "BTC3L") -> TokenQuote | None:
        self.taken.update(self.mailbox.drain())
        found = self.taken.get(TokenKey("parrot", pair))
        assert found is None or isinstance(found, TokenQuote)
        return found

    def last(self, pair: str = "BTC3L") -> Decimal | None:
        quote = self.quote(pair)
        return None if quote is None else quote.last

    def state(self) -> StreamState:
        health = self.feed.health().get("parrot")
        return StreamState.NONE if health is None else health.state

    def error(self) -> str:
        return self.feed.health()["parrot"].error


@pytest.fixture
def listener(qtbot: QtBot) -> Iterator[Listener]:
    runner = JobRunner(lambda: 0)
    made = Listener(runner)
    yield made
    assert made.feed.stop(PATIENCE_MS)
    assert runner.close(PATIENCE_MS)


@pytest.fixture
def server() -> Iterator[VenueServer]:
    with venue_server() as running:
        yield running


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition)


def connect(qtbot: QtBot, listener: Listener, server: VenueServer, venue: Parrot | None = None) -> None:
    listener.listen(venue or Parrot(server.url))
    until(qtbot, lambda: ("sub", ["BTC3L"]) in server.ops())


def test_what_a_venue_says_is_in_the_mailbox(qtbot: QtBot, listener: Listener, server: VenueServer) -> None:
    connect(qtbot, listener, server)
    server.say(pair="BTC3L", last="2.5", sent_ms=1_699_999_999_000)
    until(qtbot, lambda: listener.last() == Decimal("2.5"))
    until(qtbot, lambda: listener.state() is StreamState.LIVE)
    assert VenueTime("parrot", 1_699_999_999_000, 1_700_000_000_000) in listener.taken.values()
    health = listener.feed.health()["parrot"]
    assert (health.topics, health.messages, health.reconnects, health.error) == (1, 1, 0, "")
    assert health.last_message_ms is not None


def test_parts_of_a_token_do_not_push_each_other_out(qtbot: QtBot, listener: Listener, server: VenueServer) -> None:
    connect(qtbot, listener, server)
    server.say(pair="BTC3L", last="2.5")
    server.say(pair="BTC3L", nav="2.4")
    until(qtbot, lambda: listener.feed.health()["parrot"].messages == 2)
    quote = listener.quote()
    assert quote is not None
    assert (quote.last, quote.nav) == (Decimal("2.5"), Decimal("2.4"))
    assert listener.feed.health()["parrot"].replaced == 1


def test_a_lost_connection_is_made_again_and_asks_for_the_same(
    qtbot: QtBot, listener: Listener, server: VenueServer
) -> None:
    connect(qtbot, listener, server)
    server.say(pair="BTC3L", last="1")
    until(qtbot, lambda: listener.last() == 1)
    server.drop()
    until(qtbot, lambda: server.ops().count(("sub", ["BTC3L"])) == 2)
    server.say(pair="BTC3L", last="2")
    until(qtbot, lambda: listener.last() == 2)
    until(qtbot, lambda: listener.feed.health()["parrot"].reconnects == 1)


def test_a_silent_connection_is_made_again(qtbot: QtBot, listener: Listener, server: VenueServer) -> None:
    connect(qtbot, listener, server, Parrot(server.url, silent_after_s=0.3))
    until(qtbot, lambda: server.accepted >= 2)
    until(qtbot, lambda: "said nothing" in listener.error())


def test_pings_are_sent_and_the_venues_own_are_answered(qtbot: QtBot, listener: Listener, server: VenueServer) -> None:
    connect(qtbot, listener, server, Parrot(server.url, ping_every_s=0.1))
    server.say(op="ping")
    until(qtbot, lambda: {("ping", None), ("pong", None)} <= {(op, args) for op, args in server.ops() if args is None})


@dataclass(frozen=True, slots=True)
class Framed(Parrot):
    """Keeps its connection alive by ping frames of the protocol."""

    def ping(self, now_ms: int) -> str:
        return ""


def test_an_answered_ping_frame_counts_as_a_sign_of_life(
    qtbot: QtBot, listener: Listener, server: VenueServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as long as the line may be silent, by a clock that goes on as pings are answered."""
    answers: list[str] = []
    feed_ms = [1_000]
    note = VenueLine.socket_alive

    def alive(line: VenueLine, name: str) -> None:
        answers.append(name)
        note(line, name)

    monkeypatch.setattr(VenueLine, "socket_alive", alive)
    for module in (feed_line, feed_worker):
        monkeypatch.setattr(module, "moment_ms", lambda: feed_ms[0])
    connect(qtbot, listener, server, Framed(server.url, ping_every_s=0.1, silent_after_s=0.35))
    for count in range(1, 8):
        feed_ms[0] += 100
        until(qtbot, lambda count=count: len(answers) >= count)  # type: ignore[misc]
    assert server.accepted == 1


def test_other_topics_are_asked_for_without_connecting_anew(
    qtbot: QtBot, listener: Listener, server: VenueServer
) -> None:
    connect(qtbot, listener, server)
    listener.feed.want("parrot", (ETH,))
    until(qtbot, lambda: server.ops()[-2:] == [("unsub", ["BTC3L"]), ("sub", ["ETH3S"])])
    assert server.accepted == 1
    listener.feed.want("parrot", ())
    until(qtbot, lambda: listener.state() is StreamState.NONE)


def test_another_address_is_connected_to_with_the_same_topics(
    qtbot: QtBot, listener: Listener, server: VenueServer
) -> None:
    connect(qtbot, listener, server)
    with venue_server() as mirror:
        listener.feed.change_venues({"parrot": Parrot(mirror.url)})
        until(qtbot, lambda: ("sub", ["BTC3L"]) in mirror.ops())
        listener.feed.change_venues({})
        until(qtbot, lambda: not listener.feed.health())


def test_a_refusing_venue_is_off_until_a_person_asks_again(
    qtbot: QtBot, listener: Listener, server: VenueServer
) -> None:
    server.status = HTTPStatus.FORBIDDEN
    listener.listen(Parrot(server.url))
    until(qtbot, lambda: listener.state() is StreamState.OFF)
    assert listener.error() == "Parrot refuses its stream to us (HTTP 403)."
    server.status = None
    listener.feed.retry("parrot")
    until(qtbot, lambda: server.accepted == 1)


def test_slow_down_at_the_door_is_heeded_whatever_a_person_asks(
    qtbot: QtBot, listener: Listener, server: VenueServer
) -> None:
    server.status = HTTPStatus.TOO_MANY_REQUESTS
    listener.listen(Parrot(server.url))
    until(qtbot, lambda: listener.state() is StreamState.WAITING)
    listener.feed.retry()
    listener.feed.want("parrot", (ETH,))  # what is done after it shows that the retry has been taken note of
    until(qtbot, lambda: "slow down" in listener.error())
    assert len(server.asked) == 1


def test_a_ticket_is_fetched_in_the_pool_and_opens_the_door(
    qtbot: QtBot, listener: Listener, server: VenueServer
) -> None:
    connect(qtbot, listener, server, Parrot(server.url, needs_ticket=True))
    assert server.asked == ["/?ticket=1"]


def test_no_ticket_is_told_in_words_and_asked_for_again(qtbot: QtBot, listener: Listener, server: VenueServer) -> None:
    listener.ticket_error = VenueUnreachable("Parrot does not answer.", venue="parrot")
    listener.listen(Parrot(server.url, needs_ticket=True))
    until(qtbot, lambda: listener.state() is StreamState.WAITING and listener.error() == "Parrot does not answer.")
    listener.ticket_error = None
    until(qtbot, lambda: server.accepted == 1)


def test_nonsense_is_a_problem_and_the_connection_stays(qtbot: QtBot, listener: Listener, server: VenueServer) -> None:
    connect(qtbot, listener, server)
    server.say_text("<html>")
    server.say(pair="BTC3L", last="3")
    until(qtbot, lambda: listener.last() == 3)
    problems = [value for value in listener.taken.values() if isinstance(value, VenueProblem)]
    assert [(found.venue, found.problem.code) for found in problems] == [("parrot", "stream_garbled")]
    assert server.accepted == 1


def test_nothing_but_nonsense_ends_the_connection(qtbot: QtBot, listener: Listener, server: VenueServer) -> None:
    connect(qtbot, listener, server)
    for _ in range(20):
        server.say_text("<html>")
    until(qtbot, lambda: server.accepted == 2)
    until(qtbot, lambda: listener.error() == "Parrot's stream cannot be read.")


def test_a_broken_adapter_is_told_once_and_loses_only_its_message(
    qtbot: QtBot, listener: Listener, server: VenueServer, caplog: pytest.LogCaptureFixture
) -> None:
    connect(qtbot, listener, server)
    with caplog.at_level("ERROR", logger="levdesk.runtime"):
        server.say(pair="BTC3L", last="1")
        server.say_text('"break"')
        server.say_text('"break"')
        server.say(pair="BTC3L", nav="2")
        until(qtbot, lambda: bool(listener.failures))
        until(qtbot, lambda: (quote := listener.quote()) is not None and quote.nav == 2)
    assert [failure.code for failure in listener.failures] == ["bug"]
    assert caplog.text.count("ZeroDivisionError: ") == 1
    assert server.accepted == 1


@dataclass(frozen=True, slots=True)
class Clumsy(Parrot):
    """Cannot even name its sockets."""

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        raise KeyError("topics")


def test_an_adapter_that_cannot_connect_rests_and_says_so(
    qtbot: QtBot, listener: Listener, server: VenueServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("ERROR", logger="levdesk.runtime"):
        listener.listen(Clumsy(server.url))
        until(qtbot, lambda: bool(listener.failures))
        until(qtbot, lambda: "LevDesk itself failed" in listener.error())
        listener.listen(Parrot(server.url))
        until(qtbot, lambda: server.accepted == 1)
    assert len(listener.failures) == 1


def test_a_message_too_large_for_any_venue_ends_the_connection(
    qtbot: QtBot, listener: Listener, server: VenueServer
) -> None:
    connect(qtbot, listener, server)
    with suppress(ConnectionClosed):  # it may be cut while it is still being sent
        server.say_text(" " * (MAX_MESSAGE_BYTES + 1))
    until(qtbot, lambda: server.accepted == 2)


def test_a_large_message_is_read(qtbot: QtBot, listener: Listener, server: VenueServer) -> None:
    connect(qtbot, listener, server)
    server.say(pair="BTC3L", last="4", padding="x" * (MAX_MESSAGE_BYTES - 100))
    until(qtbot, lambda: listener.last() == 4)


def test_health_is_told_when_a_connection_changes_and_not_for_every_message(
    qtbot: QtBot, listener: Listener, server: VenueServer
) -> None:
    told: list[StreamState] = []
    listener.feed.health_changed.connect(lambda health: told.append(health["parrot"].state))
    connect(qtbot, listener, server)
    for number in range(300):
        server.say(pair="BTC3L", last=str(number + 1))
    until(qtbot, lambda: listener.last() == 300)
    until(qtbot, lambda: bool(told) and told[-1] is StreamState.LIVE)
    assert len(told) <= 5


def unknown_certificate(folder: Path) -> ssl.SSLContext:
    """A certificate that vouches for itself, as openssl makes it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    make = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(make, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_a_certificate_nobody_vouches_for_is_refused(qtbot: QtBot, listener: Listener, tmp_path: Path) -> None:
    with venue_server(tls=unknown_certificate(tmp_path)) as stranger:
        listener.listen(Parrot(stranger.url))
        until(qtbot, lambda: "secure connection" in (listener.feed.health().get("parrot") or StreamHealth()).error)
        assert stranger.accepted == 0


def test_a_flood_is_read_to_its_end_and_only_the_newest_kept(
    qtbot: QtBot, listener: Listener, server: VenueServer
) -> None:
    connect(qtbot, listener, server)
    for number in range(5_000):
        server.say(pair="BTC3L", last=str(number + 1))
    until(qtbot, lambda: listener.feed.health()["parrot"].messages == 5_000)
    assert listener.last() == 5_000
    assert listener.feed.health()["parrot"].replaced > 4_000


# -- stopping ----------------------------------------------------------------------------------------------------


def stops_in_time(feed: Feed) -> bool:
    """Whatever it waits for itself, it waits for far longer than this."""
    return feed.stop(PATIENCE_MS)


@pytest.fixture
def stopping(qtbot: QtBot) -> Iterator[Listener]:
    """A listener whose test stops the feed itself, and which waits for minutes before it connects again."""
    runner = JobRunner(lambda: 0)
    yield Listener(runner, pacing=Pacing(first_wait_ms=600_000, longest_wait_ms=1_200_000, connect_ms=600_000))
    assert runner.close(PATIENCE_MS)


@contextmanager
def deaf_port(*, accepts: bool) -> Iterator[int]:
    """A port where connections are accepted and nothing is ever said."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1 if accepts else 0)
        yield deaf.getsockname()[1]


def test_it_stops_before_anything_was_wanted(stopping: Listener) -> None:
    assert stops_in_time(stopping.feed)


def test_it_stops_twice(stopping: Listener) -> None:
    assert stops_in_time(stopping.feed)
    assert stops_in_time(stopping.feed)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_it_stops_in_the_middle_of_the_upgrade_and_of_tls(qtbot: QtBot, stopping: Listener, scheme: str) -> None:
    with deaf_port(accepts=True) as port:
        stopping.listen(Parrot(f"{scheme}://127.0.0.1:{port}/"))
        until(qtbot, lambda: stopping.state() is StreamState.CONNECTING)
        assert stops_in_time(stopping.feed)


def test_it_stops_while_it_waits_to_connect_again(qtbot: QtBot, stopping: Listener, server: VenueServer) -> None:
    server.status = HTTPStatus.SERVICE_UNAVAILABLE
    stopping.listen(Parrot(server.url))
    until(qtbot, lambda: stopping.state() is StreamState.WAITING)
    assert stops_in_time(stopping.feed)


def test_it_stops_while_it_is_connected_and_says_goodbye(qtbot: QtBot, stopping: Listener, server: VenueServer) -> None:
    connect(qtbot, stopping, server)
    assert stops_in_time(stopping.feed)
    until(qtbot, lambda: server.connections[-1].protocol.close_rcvd is not None)


def test_it_stops_in_the_middle_of_a_flood_and_nothing_comes_after(
    qtbot: QtBot, stopping: Listener, server: VenueServer
) -> None:
    connect(qtbot, stopping, server)
    ended = threading.Event()

    def flood() -> None:
        with suppress(ConnectionClosed, OSError):
            while not ended.is_set():
                server.say(pair="BTC3L", last="1")

    thread = threading.Thread(target=flood)
    thread.start()
    until(qtbot, lambda: stopping.feed.health()["parrot"].messages > 1_000)
    assert stops_in_time(stopping.feed)
    stopping.mailbox.drain()
    ended.set()
    thread.join(PATIENCE_S)
    assert stopping.mailbox.drain() == {}


def test_it_stops_while_a_ticket_is_being_fetched(qtbot: QtBot, server: VenueServer) -> None:
    runner = JobRunner(lambda: 0)
    asked, go_on = threading.Event(), threading.Event()

    def send(request: Request) -> Reply:
        asked.set()
        go_on.wait(3 * PATIENCE_S)
        return Reply(status=200, body=b"late", received_ms=0)

    feed = Feed(Mailbox(merged), runner, send, now_ms=lambda: 0)
    feed.start()
    feed.change_venues({"parrot": Parrot(server.url, needs_ticket=True)})
    feed.want("parrot", (BTC,))
    until(qtbot, asked.is_set)
    assert stops_in_time(feed)
    go_on.set()
    assert runner.close(PATIENCE_MS)
    assert server.asked == []


# -- locks -------------------------------------------------------------------------------------------------------


def test_connecting_never_locks_up_with_a_window_that_lets_go_of_objects() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.runtime.letting_go", "2"],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=120,
    )
    assert int(done.stdout) > 20
