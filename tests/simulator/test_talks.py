"""What holds for the talks of all venues: nothing a client says breaks one, and time alone decides what is said."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.simulator.dialect import Dialect
from levdesk.simulator.every_venue import every_dialect
from levdesk.simulator.market import Market
from levdesk.simulator.talk import Line, LineKind, Said, Talk
from tests.simulator.heard import at, opened, values

STREAMS = {
    "gate": ("/ws/v4/", "/v4/ws/usdt"),
    "binance": ("/market/ws", "/public/stream"),
    "okx": ("/ws/v5/public",),
    "pionex": ("/wsPub",),
}
WORDS = st.sampled_from(
    [
        "op",
        "method",
        "event",
        "channel",
        "payload",
        "args",
        "params",
        "topic",
        "symbol",
        "limit",
        "id",
        "instId",
        "subscribe",
        "SUBSCRIBE",
        "UNSUBSCRIBE",
        "PONG",
        "spot.tickers",
        "tickers",
        "DEPTH",
        "BTC_USDT",
        "btcusdt@bookTicker",
    ]
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS | st.text()
)
PONG = Line(text="pong", kind=LineKind.PONG)
REQUESTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner), max_leaves=12)


@pytest.fixture(scope="module")
def dialects(market: Market) -> dict[str, Dialect]:
    return {dialect.venue: dialect for dialect in every_dialect(market)}


def talks(dialects: dict[str, Dialect]) -> list[Talk]:
    return [opened(dialects[venue], path) for venue, paths in STREAMS.items() for path in paths]


@given(said=st.lists(REQUESTS.map(json.dumps) | st.text(), max_size=4))
def test_whatever_a_client_says_is_answered_or_ignored(dialects: dict[str, Dialect], said: list[str]) -> None:
    for talk in talks(dialects):
        for number, text in enumerate(said):
            values(line for line in talk.hear(text, at(float(number))) if line != PONG)
        talk.speak(at(float(len(said))))


def test_the_same_moments_are_told_in_the_same_words(dialects: dict[str, Dialect]) -> None:
    def told() -> list[tuple[Said, ...]]:
        talk = opened(dialects["okx"], "/ws/v5/public")
        asked = {"op": "subscribe", "args": [{"channel": "mark-price", "instId": "BTC-USDT-SWAP"}]}
        return [talk.hear(json.dumps(asked), at()), *(talk.speak(at(n / 4)) for n in range(40))]

    assert told() == told()


def test_a_talk_says_when_it_wants_to_speak_next(dialects: dict[str, Dialect]) -> None:
    for talk in talks(dialects):
        due_s = talk.next_s()
        assert talk.speak(at(due_s - 0.001)) == ()
    talk = opened(dialects["gate"], "/v4/ws/usdt")
    talk.hear('{"channel":"futures.tickers","event":"subscribe","payload":["BTC_USDT"]}', at(7.0))
    assert talk.next_s() == 7.0
    talk.speak(at(7.3))
    # The beat keeps its step, whenever it was looked at.
    assert talk.next_s() == 8.0
    talk.speak(at(60.0))
    assert talk.next_s() == 61.0
