"""What every adapter that streams must keep; part of `ContractSuite`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueGarbled
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind
from tests.venues.contract_cases import (
    NOW_MS,
    StreamingVenue,
    VenueSamples,
    assert_sane_news,
    every_odd_document,
    every_venue,
    mutated_json,
    needs,
    reply,
)

MANY = 450
"""Topics of each kind: more than any venue takes on one connection."""

streaming = needs(*TopicKind)

UNREADABLE_MESSAGES = (
    "",
    "   ",
    "<html>",
    "{",
    '[{"a": 1',
    '{"a":',
    "\ud800",
    b"",
    b"\xff\xfe\x00\x01",
    b'{"a": "\xff"}',
)


def plain(text: str) -> str:
    """Letters and digits only, for a stream may spell an instrument in other ways than the rest of its venue."""
    return "".join(char for char in text.lower() if char.isalnum())


class StreamSuite:
    """Tests of sockets, of messages to send, and of messages that come."""

    venue: ClassVar[StreamingVenue]
    samples: ClassVar[VenueSamples]

    def packed(self, message: str) -> str | bytes:
        """The message as it comes over the wire; overridden where a venue compresses."""
        return message

    def topics(self, count: int = MANY) -> list[Topic]:
        """So many topics of each kind that is streamed, of coins that are no part of each other's names."""
        coins = [f"Q{chr(65 + number // 26)}{chr(65 + number % 26)}Z" for number in range(count)]
        found: list[Topic] = []
        if TopicKind.TOKEN in self.venue.streams:
            found += [Topic(TopicKind.TOKEN, self.venue.token_pair(self.token(coin))) for coin in coins]
        if TopicKind.UNDERLYING in self.venue.streams:
            found += [Topic(TopicKind.UNDERLYING, self.venue.perpetual(coin)) for coin in coins]
        return found

    def token(self, coin: str) -> LeveragedToken:
        """A threefold long token."""
        return LeveragedToken(
            key=TokenKey(self.venue.name, f"{coin}3L"),
            underlying=coin,
            target_leverage=Decimal(3),
            quote_currency="USDT",
        )

    def ticket(self) -> Ticket | None:
        """Leave to connect, where the venue wants that."""
        if self.venue.stream_ticket() is None:
            return None
        return self.venue.parse_stream_ticket(reply(self.samples.ticket[0]))

    def sockets(self, topics: Sequence[Topic], venue: StreamingVenue | None = None) -> tuple[StreamSocket, ...]:
        """The connections for topics."""
        return (venue or self.venue).sockets(topics, self.ticket())

    def read(self, message: str | bytes) -> StreamNews:
        """What a message says when it comes at `NOW_MS`."""
        return self.venue.read_message(message, NOW_MS)

    # -- sockets -------------------------------------------------------------------------------------------------

    @streaming
    def test_streamed_things_have_samples(self) -> None:
        said = [news for _, news in self.samples.stream_messages]
        heard = {TopicKind.TOKEN: any(news.tokens for news in said)}
        heard[TopicKind.UNDERLYING] = any(news.underlyings for news in said)
        assert {kind for kind, told in heard.items() if told} == self.venue.streams

    @streaming
    def test_the_same_topics_are_the_same_sockets_in_any_order(self) -> None:
        topics = self.topics()
        shuffled = random.Random(3).sample(topics, len(topics))
        expected = self.sockets(topics)
        assert self.sockets(topics) == expected
        assert self.sockets(shuffled) == expected
        assert self.sockets([*shuffled, *topics[:5]]) == expected

    @streaming
    def test_every_topic_is_carried_once(self) -> None:
        for count in (1, 2, MANY):
            topics = self.topics(count)
            sockets = self.sockets(topics)
            assert sorted(topic for socket in sockets for topic in socket.topics) == sorted(topics)
            assert all(socket.topics for socket in sockets)
            assert len({socket.name for socket in sockets}) == len(sockets)

    @streaming
    def test_without_topics_there_is_nothing_to_connect(self) -> None:
        assert self.sockets(()) == ()

    @streaming
    def test_sockets_keep_their_names_when_topics_come(self) -> None:
        few, many = ({socket.name for socket in self.sockets(self.topics(count))} for count in (2, MANY))
        assert few <= many

    @streaming
    def test_sockets_keep_the_limits_of_the_page(self) -> None:
        for socket in self.sockets(self.topics()):
            most = self.samples.most_topics_per_socket
            assert most is None or len(socket.topics) <= most
            assert socket.message_gap_ms >= self.samples.least_message_gap_ms
            assert socket.lives_s == self.samples.longest_life_s  # the engine renews a connection before it is ended
            assert socket.silent_after_s > 0

    @streaming
    def test_addresses_are_the_venues_own_or_those_of_its_mirror(self) -> None:
        own = self.sockets(self.topics())
        for base, scheme in (("http://127.0.0.1:9000", "ws"), ("https://mirror.example", "wss")):
            mirrored: Any = replace(self.venue, base_url=base)  # type: ignore[type-var]
            for socket, elsewhere in zip(own, self.sockets(self.topics(), mirrored), strict=True):
                there = urlsplit(elsewhere.url)
                assert socket.url.startswith("wss://")
                assert (there.scheme, there.netloc) == (scheme, urlsplit(base).netloc)
                assert (there.path, there.query) == urlsplit(socket.url)[2:4]
                assert replace(elsewhere, url=socket.url) == socket

    # -- messages to send ----------------------------------------------------------------------------------------

    @streaming
    def test_topics_are_asked_for_and_ended_by_the_same_words_each_time(self) -> None:
        for socket in self.sockets(self.topics()):
            for say in (self.venue.subscribe, self.venue.unsubscribe):
                assert say(socket, ()) == ()
                assert say(socket, socket.topics) == say(socket, socket.topics)
                self.assert_all_named(say(socket, socket.topics), socket.topics)
                self.assert_all_named(say(socket, socket.topics[:1]), socket.topics[:1])

    def assert_all_named(self, messages: Sequence[str], topics: Sequence[Topic]) -> None:
        """The messages name these topics and no more of them at once than the venue takes."""
        texts = [plain(message) for message in messages]
        names = [plain(topic.instrument) for topic in topics]
        assert [name for name in names if not any(name in text for text in texts)] == []
        most = self.samples.most_topics_per_message
        assert most is None or all(sum(name in text for name in names) <= most for text in texts)

    @streaming
    def test_connections_are_kept_alive_as_the_page_says(self) -> None:
        pinging = [socket for socket in self.sockets(self.topics()) if socket.ping_every_s is not None]
        assert bool(pinging) == (self.samples.ping_text is not None)
        for socket in pinging:
            assert socket.ping_every_s is not None
            assert 0 < socket.ping_every_s < socket.silent_after_s
            assert self.venue.ping(NOW_MS) == self.samples.ping_text

    # -- messages that come --------------------------------------------------------------------------------------

    @streaming
    def test_every_message_says_what_its_page_says(self) -> None:
        for message, news in self.samples.stream_messages:
            assert self.read(self.packed(message)) == news
            assert news.problems == ()

    @streaming
    def test_refused_topics_are_named(self) -> None:
        for message, refused in self.samples.stream_refusals:
            news = self.read(self.packed(message))
            assert news.refused == refused
            assert (news.tokens, news.underlyings) == ((), ())

    @streaming
    def test_pings_are_answered(self) -> None:
        for message, answers in self.samples.stream_pings:
            assert self.read(self.packed(message)).answers == answers

    @streaming
    def test_messages_nobody_can_read_are_garbled(self) -> None:
        for message in (*UNREADABLE_MESSAGES, *self.samples.stream_garbled):
            with pytest.raises(VenueGarbled) as caught:
                self.read(message)
            assert caught.value.venue == self.venue.name

    @streaming
    def test_half_a_message_is_garbled(self) -> None:
        for message in self.samples.messages:
            packed = self.packed(message)
            with pytest.raises(VenueGarbled):
                self.read(packed[: len(packed) // 2])

    @streaming
    def test_whatever_stands_in_a_message_it_is_read_or_garbled(self) -> None:
        for message in self.samples.messages:
            for odd in every_odd_document(message):
                self.read_or_refuse_message(self.packed(odd))

    @streaming
    @every_venue
    @given(data=st.data())
    def test_no_changed_message_raises_anything_but_garbled(self, data: st.DataObject) -> None:
        bodies = [message.encode() for message in self.samples.messages]
        self.read_or_refuse_message(self.packed(data.draw(mutated_json(bodies)).decode()))

    @streaming
    @every_venue
    @given(message=st.one_of(st.text(max_size=60), st.binary(max_size=60)))
    def test_no_message_raises_anything_but_garbled(self, message: str | bytes) -> None:
        self.read_or_refuse_message(message)

    def read_or_refuse_message(self, message: str | bytes) -> None:
        """Whatever comes is garbled or sane news."""
        try:
            news = self.read(message)
        except VenueGarbled as error:
            error.message.encode()
            return
        assert_sane_news(news, self.venue.name)
