"""What the venue contract is tested with: a venue's samples, bodies nobody can read, and what sane values are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from typing import Any, Final, Protocol, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.listings import TokenListing, VenueNotice
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook
from levdesk.domain.problems import Problem
from levdesk.venues.contract import Reply, RequestKind, Venue
from levdesk.venues.streams import Stream, StreamNews, Ticket, TopicKind

NOW_MS: Final = 1_790_000_000_000
HOUR_MS: Final = 3_600_000
MIRROR: Final = "http://127.0.0.1:9000"

GARBLED_BODIES: Final = (
    b"",
    b"   ",
    b"<html><head><title>502</title></head></html>",
    b"{",
    b'[{"a": 1',
    b"null",
    b"true",
    b"42",
    b'"text"',
    b"NaN",
    b"[[[[" * 20_000,
    b"\xff\xfe\x00\x01",
    b'{"a": "\xff"}',
    b"[1, 2, 3]",
    b"[null]",
    b"[{}]",
)

every_venue = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors])
"""For tests with random data that every venue's class inherits: one test, run for several venues on purpose."""

F = TypeVar("F", bound=Callable[..., Any])


class StreamingVenue(Venue, Stream, Protocol):
    """An adapter as the engine sees it."""


@dataclass(frozen=True, kw_only=True)
class VenueSamples:
    """A venue's replies and messages, all of them good: each is read without a problem.

    Attributes:
        tickers: replies to TOKEN_QUOTES, and to TOKENS unless `token_lists` has them.
        listed, pair, perpetual, coin: a token that is in the tickers, its pair, and a coin with its perpetual.
        tickers_are_complete, perpetuals_are_complete: the first sample speaks of all there are, so that one that is
            missing in it is not listed.
        refusals, busy: status and body that every kind of request may be answered with; the status may be 200.
        kind_refusals: what only one kind is answered with.
        headers: names of headers the adapter looks at.
        stream_messages: a message, and what it says when it comes at `NOW_MS`.
        stream_refusals: a message, and the instruments it refuses.
        stream_pings: a message of the venue, and what is answered.
        stream_garbled: messages that are this venue's, and wrong.
        ping_text: what `ping` says at `NOW_MS`, or None where only the venue pings.
        most_topics_per_socket, most_topics_per_message, least_message_gap_ms, longest_life_s: limits of its page.
    """

    server_time: Sequence[bytes] = ()
    token_lists: Sequence[bytes] = ()
    tickers: Sequence[bytes] = ()
    token_navs: Sequence[bytes] = ()
    token_candles: Sequence[bytes] = ()
    underlying_quotes: Sequence[bytes] = ()
    underlying_candles: Sequence[bytes] = ()
    funding_history: Sequence[bytes] = ()
    ticket: Sequence[bytes] = ()
    token_depth: Sequence[bytes] = ()
    token_listings: Sequence[bytes] = ()
    notices: Sequence[bytes] = ()
    listed: TokenKey | None = None
    pair: str = ""
    perpetual: str = ""
    coin: str = "BTC"
    tickers_are_complete: bool = True
    perpetuals_are_complete: bool = True
    refusals: Sequence[tuple[int, bytes]] = ()
    kind_refusals: Mapping[RequestKind, Sequence[tuple[int, bytes]]] = field(default_factory=dict)
    busy: Sequence[tuple[int, bytes]] = ()
    headers: Sequence[str] = ("retry-after", "date")
    stream_messages: Sequence[tuple[str, StreamNews]] = ()
    stream_refusals: Sequence[tuple[str, tuple[str, ...]]] = ()
    stream_pings: Sequence[tuple[str, tuple[str, ...]]] = ()
    stream_garbled: Sequence[str | bytes] = ()
    ping_text: str | None = None
    most_topics_per_socket: int | None = None
    most_topics_per_message: int | None = None
    least_message_gap_ms: int = 0
    longest_life_s: float | None = None

    def of(self, kind: RequestKind) -> Sequence[bytes]:
        """The samples for one kind of request."""
        return {
            RequestKind.SERVER_TIME: self.server_time,
            RequestKind.TOKENS: self.token_lists or self.tickers,
            RequestKind.TOKEN_QUOTES: self.tickers,
            RequestKind.TOKEN_NAVS: self.token_navs,
            RequestKind.TOKEN_CANDLES: self.token_candles,
            RequestKind.UNDERLYING_QUOTES: self.underlying_quotes,
            RequestKind.UNDERLYING_CANDLES: self.underlying_candles,
            RequestKind.FUNDING_HISTORY: self.funding_history,
            RequestKind.STREAM_TICKET: self.ticket,
            RequestKind.TOKEN_DEPTH: self.token_depth,
            RequestKind.TOKEN_LISTINGS: self.token_listings,
            RequestKind.NOTICES: self.notices,
        }[kind]

    @property
    def messages(self) -> tuple[str, ...]:
        """Every text the venue sends on its streams, before it is packed."""
        return tuple(
            message for group in (self.stream_messages, self.stream_refusals, self.stream_pings) for message, _ in group
        )


def needs(*kinds: RequestKind | TopicKind) -> Callable[[F], F]:
    """Mark a test of the suite: it is for venues that serve or stream at least one of these."""

    def mark(test: F) -> F:
        setattr(test, "needs", frozenset(kinds))  # noqa: B010 - a function has no such attribute for mypy
        return test

    return mark


def reply(body: bytes, status: int = 200, **headers: str) -> Reply:
    """A reply received at `NOW_MS`; header names take `_` for `-`."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Reply(status=status, body=body, received_ms=NOW_MS, headers=named)


# -- changed replies ---------------------------------------------------------------------------------------------

WEIRD_JSON: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", "--", "0", "-1", "NaN", "Infinity", "1e400", "1e-400", "１２", "1_0", "\ud800", "9" * 60]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@st.composite
def mutated_json(draw: st.DrawFn, bodies: Sequence[bytes]) -> bytes:
    """A good document with one node somewhere replaced, removed or repeated; what is not JSON stays as it is."""
    body = draw(st.sampled_from(list(bodies)))
    try:
        document = json.loads(body)
    except ValueError:
        return body
    node: Any = document
    while isinstance(node, (dict, list)):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = draw(st.sampled_from(keys))
        if isinstance(node[key], (dict, list)) and node[key] and draw(st.booleans()):
            node = node[key]
            continue
        match draw(st.sampled_from(["replace", "replace", "remove", "repeat"])):
            case "replace":
                node[key] = draw(WEIRD_JSON)
            case "remove":
                del node[key]
            case "repeat" if isinstance(node, list):
                node.append(node[key])
        break
    return json.dumps(document).encode()


ODD_VALUES: Final[tuple[object, ...]] = (
    None,
    True,
    [],
    {},
    [None],
    {"a": 1},
    "",
    "--",
    "x",
    "-1",
    "\ud800",
    -1,
    0,
    1e300,
    10**40,
)
"""For every place of a document in turn; chance alone finds few of these places."""


def every_odd_document(body: str | bytes) -> Iterator[str]:
    """A good document with each node in turn replaced by each odd value, or taken away; nothing where it is no JSON."""
    try:
        document = json.loads(body)
    except ValueError:
        return
    for node, key in list(_places(document)):
        good = node[key]
        for odd in ODD_VALUES:
            node[key] = odd
            yield json.dumps(document)
        node[key] = good
        if isinstance(node, dict):
            del node[key]
            yield json.dumps(document)
            node[key] = good


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys; of a long list the first and the last row."""
    keys: list[Any] = list(node) if isinstance(node, dict) else []
    if isinstance(node, list):
        keys = list(range(len(node))) if len(node) <= 12 else [0, len(node) - 1]
    for key in keys:
        yield node, key
        yield from _places(node[key])


# -- what is sane ------------------------------------------------------------------------------------------------


def assert_readable(problems: Sequence[Problem]) -> None:
    """Problems have words that any screen and log can show."""
    for problem in problems:
        assert problem.message
        problem.message.encode()
        problem.source.encode()


def assert_sane(value: object, venue: str) -> None:
    """Figures that come out are finite, prices above zero, and the venue is named."""
    match value:
        case TokenQuote():
            assert value.key.venue == venue
            for figure in (value.last, value.bid, value.ask, value.nav, value.rebalance_nav):
                assert figure is None or (figure.is_finite() and 0 < figure <= Decimal(10) ** 12)
            assert value.effective_leverage is None or 0 < abs(value.effective_leverage) <= 100
            assert (value.nav is None) == (value.nav_ts_ms is None) == (value.nav_source is None)
        case UnderlyingQuote():
            assert value.venue == venue
            assert value.instrument
            assert value.ts_ms > 0
            for figure in (value.mark, value.index, value.last):
                assert figure is None or (figure.is_finite() and figure > 0)
            assert value.funding_rate is None or abs(value.funding_rate) <= 1
            assert value.funding_interval_s is None or 0 < value.funding_interval_s <= 7 * 86_400
        case Candle():
            assert 0 < value.low <= min(value.open, value.close) <= max(value.open, value.close) <= value.high
            assert isfinite(value.high)
            assert value.ts_ms > 0
        case FundingPoint():
            assert isfinite(value.rate)
            assert value.ts_ms > 0
        case LeveragedToken():
            assert value.key.venue == venue
            assert value.target_leverage.is_finite()
        case Ticket():
            assert value.url.startswith(("wss://", "ws://"))
            assert value.ping_every_s is None or 0 < value.ping_every_s <= 3600
        case int():
            assert value > 0
        case _:
            _assert_sane_future(value, venue)


def _assert_sane_future(value: object, venue: str) -> None:
    """What is told of a token's future at the venue."""
    match value:
        case OrderBook():
            assert value.ts_ms > 0
            assert all(level.price > 0 and level.size > 0 for level in (*value.bids, *value.asks))
            assert [level.price for level in value.bids] == sorted((x.price for x in value.bids), reverse=True)
            assert [level.price for level in value.asks] == sorted(x.price for x in value.asks)
        case TokenListing():
            assert value.key.venue == venue
            assert value.ends_ms is None or value.ends_ms > 0
        case VenueNotice():
            assert value.venue == venue
            assert value.title.isprintable()
            assert value.title.strip()
            assert value.url.startswith("https://") or not value.url
            assert value.ts_ms > 0
        case _:
            raise AssertionError(f"unexpected value {value!r}")


def assert_sane_news(news: StreamNews, venue: str) -> None:
    """What a message said is as sane as what a reply says."""
    for value in (*news.tokens, *news.underlyings):
        assert_sane(value, venue)
    assert_readable(news.problems)
    for text in (*news.answers, *news.refused):
        text.encode()
    assert news.sent_ms is None or news.sent_ms > 0
