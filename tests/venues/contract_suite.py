"""What every venue adapter must keep: subclass `ContractSuite`, name the subclass `Test…`, and give it samples."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueBusy, VenueError, VenueGarbled, VenueRefused
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.venues.contract import CandleQuery, Parsed, Reply, Request, RequestKind, Venue

NOW_MS = 1_790_000_000_000
HOUR_MS = 3_600_000

GARBLED_BODIES = (
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


@dataclass(frozen=True, kw_only=True)
class VenueSamples:
    """A venue's replies, all of them good: `parse_*` must read each without a problem."""

    server_time: Sequence[bytes]
    tickers: Sequence[bytes]
    token_candles: Sequence[bytes]
    underlying_quotes: Sequence[bytes]
    underlying_candles: Sequence[bytes]
    funding_history: Sequence[bytes]
    listed: TokenKey
    pair: str
    perpetual: str
    refusals: Sequence[tuple[int, bytes]]

    def of(self, kind: RequestKind) -> Sequence[bytes]:
        """The samples for one kind of request."""
        return {
            RequestKind.SERVER_TIME: self.server_time,
            RequestKind.TOKENS: self.tickers,
            RequestKind.TOKEN_QUOTES: self.tickers,
            RequestKind.TOKEN_CANDLES: self.token_candles,
            RequestKind.UNDERLYING_QUOTES: self.underlying_quotes,
            RequestKind.UNDERLYING_CANDLES: self.underlying_candles,
            RequestKind.FUNDING_HISTORY: self.funding_history,
        }[kind]


KINDS = tuple(kind for kind in RequestKind if kind not in {RequestKind.TOKEN_NAVS, RequestKind.STREAM_TICKET})

WEIRD_JSON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", "--", "0", "-1", "NaN", "Infinity", "1e400", "1e-400", "１２", "1_0", "\ud800", "9" * 60]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def reply(body: bytes, status: int = 200, **headers: str) -> Reply:
    """A reply received at `NOW_MS`; header names take `_` for `-`."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Reply(status=status, body=body, received_ms=NOW_MS, headers=named)


@st.composite
def mutated_json(draw: st.DrawFn, bodies: Sequence[bytes]) -> bytes:
    """A good reply with one node somewhere replaced, removed or repeated."""
    document = json.loads(draw(st.sampled_from(list(bodies))))
    node: Any = document
    while True:
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


class ContractSuite:
    """Tests every adapter passes."""

    venue: ClassVar[Venue]
    samples: ClassVar[VenueSamples]

    def parse(self, kind: RequestKind, given_reply: Reply) -> Parsed[Any]:
        """Read a reply as the kind it answers."""
        if kind is RequestKind.SERVER_TIME:
            return Parsed((self.venue.parse_server_time(given_reply),))
        parsers: dict[RequestKind, Callable[[Reply], Parsed[Any]]] = {
            RequestKind.TOKENS: self.venue.parse_tokens,
            RequestKind.TOKEN_QUOTES: self.venue.parse_token_quotes,
            RequestKind.TOKEN_CANDLES: self.venue.parse_token_candles,
            RequestKind.UNDERLYING_QUOTES: self.venue.parse_underlying_quotes,
            RequestKind.UNDERLYING_CANDLES: self.venue.parse_underlying_candles,
            RequestKind.FUNDING_HISTORY: self.venue.parse_funding_history,
        }
        return parsers[kind](given_reply)

    def requests(self) -> list[Request]:
        """One call of everything that can be asked."""
        token_query = CandleQuery(
            instrument=self.samples.pair, interval_s=3600, start_ms=NOW_MS - 100 * HOUR_MS, end_ms=NOW_MS
        )
        underlying_query = CandleQuery(
            instrument=self.samples.perpetual, interval_s=3600, start_ms=NOW_MS - 100 * HOUR_MS, end_ms=NOW_MS
        )
        return [
            self.venue.server_time(),
            self.venue.tokens(),
            *self.venue.token_quotes(frozenset({self.samples.listed})),
            *self.venue.token_candles(token_query),
            *self.venue.underlying_quotes(frozenset({self.samples.perpetual})),
            *self.venue.underlying_candles(underlying_query),
            *self.venue.funding_history(self.samples.perpetual, NOW_MS - 100 * HOUR_MS, NOW_MS),
        ]

    # -- requests ------------------------------------------------------------------------------------------------

    def test_the_same_question_is_the_same_request(self) -> None:
        assert self.requests() == self.requests()

    def test_requests_name_their_venue_and_carry_their_query_apart(self) -> None:
        asked = self.requests()
        assert {request.kind for request in asked} == self.venue.serves
        for request in asked:
            assert request.venue == self.venue.name
            assert request.url.startswith("https://")
            assert "?" not in request.url
            assert all(isinstance(part, str) for pair in request.query for part in pair)

    @pytest.mark.parametrize("kind", [RequestKind.TOKEN_CANDLES, RequestKind.UNDERLYING_CANDLES])
    def test_a_stretch_without_a_bar_start_asks_for_nothing(self, kind: RequestKind) -> None:
        start_ms = NOW_MS // HOUR_MS * HOUR_MS + 1
        query = CandleQuery(instrument="X_USDT", interval_s=3600, start_ms=start_ms, end_ms=start_ms + 1)
        ask = self.venue.token_candles if kind is RequestKind.TOKEN_CANDLES else self.venue.underlying_candles
        assert ask(query) == ()

    # -- good replies --------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_sample_is_read_without_a_problem(self, kind: RequestKind) -> None:
        for body in self.samples.of(kind):
            parsed = self.parse(kind, reply(body))
            assert parsed.values
            assert parsed.problems == ()

    def test_tokens_carry_the_venues_name_and_a_sign(self) -> None:
        for body in self.samples.tickers:
            for token in self.venue.parse_tokens(reply(body)).values:
                assert isinstance(token, LeveragedToken)
                assert token.key.venue == self.venue.name
                assert token.target_leverage
                assert token.rules == ()
                assert self.venue.token_pair(token)

    def test_only_the_tokens_asked_for_are_quoted(self) -> None:
        for body in self.samples.tickers:
            parsed = self.venue.parse_token_quotes(reply(body), frozenset({self.samples.listed}))
            assert [quote.key for quote in parsed.values] == [self.samples.listed]

    # -- bad replies ---------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("body", GARBLED_BODIES, ids=lambda body: repr(body[:12]))
    def test_what_nobody_can_read_is_garbled(self, kind: RequestKind, body: bytes) -> None:
        with pytest.raises(VenueGarbled) as caught:
            self.parse(kind, reply(body))
        assert caught.value.venue == self.venue.name
        assert caught.value.hint

    @pytest.mark.parametrize("kind", KINDS)
    def test_half_a_reply_is_garbled(self, kind: RequestKind) -> None:
        for body in self.samples.of(kind):
            whole = body.strip()
            with pytest.raises(VenueGarbled):
                self.parse(kind, reply(whole[: len(whole) // 2]))

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_refusal_is_refused_and_named(self, kind: RequestKind) -> None:
        for status, body in self.samples.refusals:
            with pytest.raises(VenueRefused) as caught:
                self.parse(kind, reply(body, status))
            assert caught.value.status == status
            assert str(status) in caught.value.message

    @pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"label":"SERVER_ERROR","message":"x"}', b"\xff"])
    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_a_busy_venue_is_waited_for(self, status: int, body: bytes) -> None:
        with pytest.raises(VenueBusy) as caught:
            self.venue.parse_token_quotes(reply(body, status))
        assert caught.value.retry_after_s is None
        with pytest.raises(VenueBusy) as caught:
            self.venue.parse_token_quotes(reply(body, status, Retry_After="7"))
        assert caught.value.retry_after_s == 7

    def test_a_token_that_is_not_listed_is_a_problem(self) -> None:
        unknown = TokenKey(self.venue.name, "NOSUCH3L")
        parsed = self.venue.parse_token_quotes(reply(self.samples.tickers[0]), frozenset({unknown}))
        assert parsed.values == ()
        assert [problem.code for problem in parsed.problems] == ["token_not_listed"]
        assert "NOSUCH3L" in parsed.problems[0].message

    def test_a_perpetual_that_is_not_listed_is_a_problem(self) -> None:
        body = self.samples.underlying_quotes[0]
        parsed = self.venue.parse_underlying_quotes(reply(body), frozenset({"NOSUCH"}))
        assert parsed.values == ()
        assert [problem.code for problem in parsed.problems] == ["instrument_not_listed"]

    # -- any reply -----------------------------------------------------------------------------------------------

    @given(body=st.binary(max_size=60), status=st.sampled_from([200, 204, 301, 400, 403, 429, 500]))
    def test_no_bytes_raise_anything_but_a_venue_error(self, body: bytes, status: int) -> None:
        for kind in KINDS:
            self.read_or_refuse(kind, reply(body, status))

    @given(data=st.data())
    def test_no_changed_reply_raises_anything_but_a_venue_error(self, data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(KINDS))
        body = data.draw(mutated_json(self.samples.of(kind)))
        self.read_or_refuse(kind, reply(body))

    @given(name=st.sampled_from(["retry-after", "x-out-time", "x-gate-ratelimit-reset-timestamp"]), text=st.text())
    def test_no_header_raises_anything_but_a_venue_error(self, name: str, text: str) -> None:
        for status in (200, 429):
            given_reply = Reply(status=status, body=self.samples.tickers[0], received_ms=NOW_MS, headers={name: text})
            self.read_or_refuse(RequestKind.TOKEN_QUOTES, given_reply)

    def read_or_refuse(self, kind: RequestKind, given_reply: Reply) -> None:
        """Whatever comes is either a venue error or sane values with printable problems."""
        try:
            parsed = self.parse(kind, given_reply)
        except VenueError as error:
            error.message.encode()
            return
        for problem in parsed.problems:
            assert problem.message
            problem.message.encode()
            problem.source.encode()
        for value in parsed.values:
            assert_sane(value)


def assert_sane(value: object) -> None:
    """Figures that come out are finite, and prices above zero."""
    match value:
        case TokenQuote():
            for figure in (value.last, value.bid, value.ask, value.nav, value.rebalance_nav):
                assert figure is None or (figure.is_finite() and 0 < figure <= Decimal(10) ** 12)
            assert value.effective_leverage is None or 0 < abs(value.effective_leverage) <= 100
            assert (value.nav is None) == (value.nav_ts_ms is None) == (value.nav_source is None)
        case UnderlyingQuote():
            for figure in (value.mark, value.index, value.last):
                assert figure is None or (figure.is_finite() and figure > 0)
            assert value.funding_rate is None or abs(value.funding_rate) <= 1
        case Candle():
            assert 0 < value.low <= min(value.open, value.close) <= max(value.open, value.close) <= value.high
            assert isfinite(value.high)
            assert value.ts_ms > 0
        case FundingPoint():
            assert isfinite(value.rate)
        case LeveragedToken():
            assert value.target_leverage.is_finite()
        case int():
            assert value > 0
        case _:
            raise AssertionError(f"unexpected value {value!r}")
