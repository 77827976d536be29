from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.services import stream_session
from levdesk.services.health import StreamHealth, StreamState
from levdesk.services.stream_health import stream_health
from levdesk.services.stream_state import CloseSocket, Failure, Heard, OpenSocket, Pacing, SendPing, SendText, Wait
from levdesk.venues.streams import StreamSocket, Ticket, Topic, TopicKind
from tests.services.stream_world import TOPICS, TURN_MS, Plain, World, busy, refused

EPOCH_MS = 1_700_000_000_000


def health_of(world: World) -> StreamHealth:
    return stream_health(world.session, world.now_ms, epoch_ms=EPOCH_MS)


def state_of(world: World) -> StreamState:
    return health_of(world).state


def living(venue: Plain | None = None, *topics: Topic) -> World:
    """A world in which everything wanted is heard."""
    world = World(venue=venue or Plain())
    world.want(*(topics or TOPICS[:2]))
    world.turn()
    world.live(5_000)
    assert state_of(world) is StreamState.LIVE
    return world


# -- connecting --------------------------------------------------------------------------------------------------


def test_nothing_is_opened_while_nothing_is_wanted() -> None:
    world = World()
    world.live(10_000)
    assert world.said == []
    assert state_of(world) is StreamState.NONE


def test_each_socket_asks_for_its_topics_once_it_is_open() -> None:
    world = living(None, *TOPICS[:4])
    assert world.heard_topics == {"s0": {"T0", "T1"}, "s1": {"T2", "T3"}}
    assert (world.count(OpenSocket), health_of(world).topics) == (2, 4)


def test_sockets_of_one_venue_are_opened_one_after_the_other() -> None:
    world = World(pacing=Pacing(open_gap_ms=350))
    world.want(*TOPICS)
    world.live(5_000)
    moments = world.moments(OpenSocket)
    assert len(moments) == 3
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 350


def test_messages_keep_the_gap_the_venue_asks_for() -> None:
    world = living(Plain(message_gap_ms=200), *TOPICS[:2])
    moments = world.moments(SendText, "s0")
    assert len(moments) == 2
    assert moments[1] - moments[0] >= 200


@dataclass(frozen=True, slots=True)
class Wordy(Plain):
    """Hears everything on one socket."""

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        return (StreamSocket(name="all", url="ws://127.0.0.1/", topics=tuple(topics)),)


def test_a_venue_without_a_gap_gets_a_long_list_in_bursts() -> None:
    world = World(venue=Wordy(message_gap_ms=0))
    world.want(*(Topic(TopicKind.TOKEN, f"T{number:03}") for number in range(50)))
    world.live(3_000)
    assert len(world.heard_topics["all"]) == 50
    moments = sorted(set(world.moments(SendText)))
    assert max(world.moments(SendText).count(moment) for moment in moments) == Pacing().burst
    assert min(later - earlier for earlier, later in pairwise(moments)) >= Pacing().burst_gap_ms


def test_a_connection_that_does_not_come_is_given_up_and_tried_again() -> None:
    world = World()
    world.want(*TOPICS[:2])
    world.turn()
    while world.count(CloseSocket) == 0:
        world.now_ms += 1_000
        world.turn()
    assert world.now_ms - world.moments(OpenSocket)[0] in range(15_000, 17_001)
    assert "could not be reached" in health_of(world).error


# -- topics ------------------------------------------------------------------------------------------------------


def test_other_topics_are_asked_for_on_the_open_socket() -> None:
    world = living(None, *TOPICS[:2])
    world.want(TOPICS[0], TOPICS[3])
    world.live(3_000)
    assert world.heard_topics == {"s0": {"T0", "T3"}}
    assert (world.count(OpenSocket), world.count(CloseSocket)) == (1, 0)


def test_wanting_the_same_again_changes_nothing() -> None:
    world = living()
    before = world.session
    world.want(*reversed(TOPICS[:2]))
    assert world.session is before


def test_sockets_nobody_needs_any_more_are_closed() -> None:
    world = living(None, *TOPICS[:4])
    world.want(*TOPICS[:2])
    world.live(1_000)
    assert world.open == {"s0"}
    world.want()
    world.live(1_000)
    assert world.open == set()
    assert state_of(world) is StreamState.NONE


def test_what_the_venue_would_not_give_is_said_and_not_counted() -> None:
    world = living()
    world.hear("s0", Heard(refused=("T1", "")))
    assert (health_of(world).topics, health_of(world).error) == (1, "Plain streams no T1.")


# -- keeping alive -----------------------------------------------------------------------------------------------


def test_a_ping_is_sent_as_often_as_the_venue_asks() -> None:
    world = living(Plain(ping_every_s=10.0))
    world.live(60_000)
    moments = world.moments(SendPing)
    assert len(moments) in {6, 7}
    assert all(10_000 <= later - earlier <= 10_000 + TURN_MS for earlier, later in pairwise(moments))


def test_answers_go_before_everything_else_and_only_the_newest_of_a_flood() -> None:
    world = living(Plain(message_gap_ms=0), *TOPICS[:2])
    sent = len(world.texts("s0"))
    world.want(TOPICS[0], TOPICS[4])
    world.hear("s0", Heard(messages=100, answers=tuple(f"pong{number}" for number in range(100))))
    world.turn()
    assert world.texts("s0")[sent:] == [*(f"pong{number}" for number in range(92, 100)), "-T1", "+T4"]


def test_silence_is_seen_before_it_ends_the_connection() -> None:
    world = living(Plain(silent_after_s=30.0))
    world.mute = True
    world.live(16_000)
    assert (state_of(world), world.count(CloseSocket)) == (StreamState.SILENT, 0)
    world.live(15_000)
    assert world.count(CloseSocket) == 1
    assert "said nothing for 30 s" in health_of(world).error
    world.mute = False
    world.live(2_100 + TURN_MS)
    assert state_of(world) is StreamState.LIVE


def test_a_connection_that_lives_but_brings_no_figures_is_not_called_live_and_says_so() -> None:
    world = living()
    world.mute = True
    for _ in range(950):
        world.live(TURN_MS)
        for name in world.open:
            world.hear(name, Heard(messages=0))  # pongs
    assert (state_of(world), world.count(CloseSocket)) == (StreamState.SILENT, 0)
    assert health_of(world).error == "Plain's stream is connected but brings nothing."
    world.mute = False
    world.live(2_000)
    assert (state_of(world), health_of(world).error) == (StreamState.LIVE, "")


def test_a_connection_that_lives_but_brings_no_figures_is_made_anew() -> None:
    world = living()
    world.mute = True
    for _ in range(1_300):
        world.live(TURN_MS)
        for name in world.open:
            world.hear(name, Heard(messages=0))  # pongs
    assert world.count(CloseSocket) == 1
    assert "brings no figures" in health_of(world).error


def test_a_connection_is_renewed_before_the_venue_ends_it() -> None:
    world = living(Plain(lives_s=600.0))
    world.live(560_000)
    assert world.count(CloseSocket) == 1
    assert world.moments(CloseSocket)[0] < 600_000
    world.live(1_000)
    assert (state_of(world), health_of(world).reconnects, health_of(world).error) == (StreamState.LIVE, 1, "")


# -- failing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jitter", [0.0, 0.999])
def test_the_first_wait_is_a_second_or_two_and_the_longest_a_minute(jitter: float) -> None:
    wait, pauses = Wait(), []
    for _ in range(12):
        wait = stream_session.wait_after(wait, Failure(words="away"), Pacing(), 0, jitter=jitter)
        pauses.append(wait.until_ms)
    assert 1_000 <= pauses[0] <= 2_000
    assert pauses == sorted(pauses)
    assert 30_000 <= pauses[-1] <= 60_000


def test_waits_start_over_only_once_figures_have_come() -> None:
    world = World(venue=Plain(ping_every_s=None))
    world.want(*TOPICS[:2])
    world.mute = True
    world.turn()
    for expected_ms in (1_500, 3_000, 6_000):
        (name,) = world.opening
        world.accept(name)
        world.lose(name)
        assert world.session.links[name].wait.until_ms - world.now_ms == expected_ms
        while not world.opening:
            world.now_ms += TURN_MS
            world.turn()
    world.accept("s0")
    world.hear("s0", Heard(figures=True))
    world.lose("s0")
    assert world.session.links["s0"].wait.until_ms - world.now_ms == 1_500


def test_a_venue_that_refuses_streams_is_off_in_words_and_left_alone() -> None:
    world = World(well=False, refusal=refused())
    world.want(*TOPICS[:2])
    world.live(299_000)
    assert world.count(OpenSocket) == 1
    assert (state_of(world), health_of(world).error) == (StreamState.OFF, refused().words)
    world.well = True
    world.live(200_000)
    assert (state_of(world), health_of(world).error) == (StreamState.LIVE, "")


@pytest.mark.parametrize(("named_s", "kept_ms"), [(90.0, 90_000), (None, 60_000)])
def test_slow_down_is_kept_even_against_an_impatient_person(named_s: float | None, kept_ms: int) -> None:
    world = World(well=False, refusal=busy(named_s))
    world.want(*TOPICS[:2])
    world.live(200)
    world.well = True
    world.session = stream_session.retry(world.session, world.now_ms)
    world.live(kept_ms - 500)
    assert world.count(OpenSocket) == 1
    world.live(2_000)
    assert state_of(world) is StreamState.LIVE


def test_a_person_may_cut_a_wait_short() -> None:
    world = World(well=False, refusal=refused())
    world.want(*TOPICS[:2])
    world.live(1_000)
    world.well = True
    world.session = stream_session.retry(world.session, world.now_ms)
    world.live(1_000)
    assert state_of(world) is StreamState.LIVE


# -- tickets -----------------------------------------------------------------------------------------------------


def test_a_ticket_is_fetched_before_connecting_and_used_for_all_sockets() -> None:
    world = living(Plain(needs_ticket=True), *TOPICS)
    kinds = [type(command).__name__ for _, command in world.said if not isinstance(command, SendText)]
    assert kinds == ["FetchTicket", "OpenSocket", "OpenSocket", "OpenSocket"]


def test_each_new_attempt_has_a_new_ticket() -> None:
    world = living(Plain(needs_ticket=True))
    world.live(120_000)
    world.lose("s0")
    world.live(5_000)
    urls = [command.url for _, command in world.said if isinstance(command, OpenSocket)]
    assert len(urls) == len(set(urls)) == 2


def test_no_ticket_is_a_failure_in_words_with_a_growing_wait() -> None:
    world = World(venue=Plain(needs_ticket=True), well=False)
    world.want(*TOPICS[:2])
    world.live(60_000)
    assert (state_of(world), health_of(world).error) == (StreamState.WAITING, "Plain is away.")
    assert world.count(OpenSocket) == 0
    assert len(world.said) in range(4, 8)


# -- whatever happens --------------------------------------------------------------------------------------------

VENUES = st.builds(
    Plain,
    needs_ticket=st.booleans(),
    ping_every_s=st.sampled_from([None, 5.0]),
    silent_after_s=st.sampled_from([5.0, 30.0]),
    lives_s=st.sampled_from([None, 20.0, 600.0]),
    message_gap_ms=st.sampled_from([0, 200]),
)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["topics", "lose", "well", "ill", "mute", "busy", "refuse", "retry", "answer", "pass"]),
        st.integers(0, 63),
        st.integers(0, 40_000),
    ),
    max_size=25,
)


def happen(world: World, event: str, number: int) -> None:
    """One thing that can happen; the world's own assertions watch what the session makes of it."""
    match event:
        case "topics":
            world.want(*(topic for bit, topic in enumerate(TOPICS) if number >> bit & 1))
        case "lose" if world.open | world.opening:
            sockets = sorted(world.open | world.opening)
            world.lose(sockets[number % len(sockets)])
        case "well":
            world.well, world.mute = True, False
        case "ill" | "busy" | "refuse":
            world.well = False
            world.refusal = {"ill": Failure(words="away"), "busy": busy(number), "refuse": refused()}[event]
        case "mute":
            world.mute = True
        case "retry":
            world.session = stream_session.retry(world.session, world.now_ms)
        case "answer" if world.open:
            world.hear(min(world.open), Heard(answers=("pong",) * number))
        case _:
            world.jitter = number / 64


def worst_wait_ms(world: World) -> int:
    """Until the last wait that is still to be sat out ends."""
    waits = [world.session.ticket_wait, *(link.wait for link in world.session.links.values())]
    return max(0, *(wait.until_ms - world.now_ms for wait in waits))


@given(venue=VENUES, events=EVENTS)
def test_whatever_happened_it_recovers_within_one_wait_once_the_venue_is_well(
    venue: Plain, events: list[tuple[str, int, int]]
) -> None:
    world = World(venue=venue)
    world.want(*TOPICS[:2])
    for event, number, length_ms in events:
        happen(world, event, number)
        world.turn()
        world.live(length_ms, step_ms=500)
    world.want(*TOPICS[:5])
    world.well, world.mute = True, False
    world.live(TURN_MS)
    settling_ms = 15_000  # the slowest connection, then one opening after the other and the topics' messages
    world.live(worst_wait_ms(world) + settling_ms)
    assert world.open == {"s0", "s1", "s2"}
    assert set().union(*world.heard_topics.values()) == {topic.instrument for topic in TOPICS[:5]}


@given(venue=VENUES, events=EVENTS)
def test_commands_never_come_in_a_flood(venue: Plain, events: list[tuple[str, int, int]]) -> None:
    world = World(venue=venue)
    for event, number, length_ms in events:
        happen(world, event, number)
        for _ in range(5):  # a turn after every event, however many there are
            world.turn()
        world.live(length_ms % 3_000)
    opens = world.moments(OpenSocket)
    assert all(later - earlier >= world.pacing.open_gap_ms for earlier, later in pairwise(opens))
    for name in ("s0", "s1", "s2"):
        sent = sorted(world.moments(SendText, name) + world.moments(SendPing, name))
        opened_ms = world.moments(OpenSocket, name)
        gaps = [
            later - earlier
            for earlier, later in pairwise(sent)
            if not any(earlier < moment <= later for moment in opened_ms)  # a new connection counts anew
        ]
        assert all(gap >= venue.message_gap_ms for gap in gaps)


@given(events=EVENTS)
def test_a_well_venue_that_is_left_alone_is_not_reconnected(events: list[tuple[str, int, int]]) -> None:
    world = living(Plain(), *TOPICS[:2])
    for event, number, length_ms in events:
        if event in {"topics", "retry", "answer", "pass"}:
            happen(world, event, number | 1)  # its first socket stays wanted
            world.live(length_ms % 2_000)
    assert len(world.moments(OpenSocket, "s0")) == 1
