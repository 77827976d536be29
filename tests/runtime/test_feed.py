from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from http import HTTPStatus

import pytest
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import LevdeskError, VenueUnreachable
from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.runtime.feed import Feed
from levdesk.runtime.jobs import JobRunner
from levdesk.runtime.mailbox import Mailbox
from levdesk.services.health import StreamState
from levdesk.services.stream_mail import VenueProblem, VenueTime, merged
from levdesk.services.stream_state import Pacing
from levdesk.venues.contract import Reply, Request
from levdesk.venues.streams import Topic, TopicKind
from tests.runtime.venue_server import Parrot, VenueServer, venue_server

BTC = Topic(TopicKind.TOKEN, "BTC3L")
ETH = Topic(TopicKind.TOKEN, "ETH3S")
HASTE = Pacing(first_wait_ms=20, longest_wait_ms=200, refused_wait_ms=60_000, connect_ms=400, open_gap_ms=10)


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
    assert made.feed.stop()
    assert runner.close(2_000)


@pytest.fixture
def server() -> Iterator[VenueServer]:
    with venue_server() as running:
        yield running


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=5_000)


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
