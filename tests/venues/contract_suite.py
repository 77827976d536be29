"""What every venue adapter must keep: subclass `ContractSuite`, name the subclass `Test…`, and give it samples.

A venue is tested for exactly what it `serves` and `streams`: tests of the rest are taken out of its class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import Bug, VenueBusy, VenueError, VenueGarbled, VenueRefused
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.venues.contract import CandleQuery, Parsed, Reply, Request, RequestKind
from tests.venues.contract_cases import (
    GARBLED_BODIES,
    HOUR_MS,
    MIRROR,
    NOW_MS,
    StreamingVenue,
    VenueSamples,
    assert_readable,
    assert_sane,
    every_odd_document,
    every_venue,
    mutated_json,
    needs,
    reply,
)
from tests.venues.stream_suite import StreamSuite

__all__ = ["HOUR_MS", "MIRROR", "NOW_MS", "ContractSuite", "StreamingVenue", "VenueSamples", "reply"]

CANDLES = (RequestKind.TOKEN_CANDLES, RequestKind.UNDERLYING_CANDLES)


class ContractSuite(StreamSuite):
    """Tests every adapter passes."""

    venue: ClassVar[StreamingVenue]
    samples: ClassVar[VenueSamples]

    def __init_subclass__(cls) -> None:
        """Take out the tests of what the venue does not offer."""
        super().__init_subclass__()
        if not hasattr(cls, "venue"):
            return
        offered = cls.venue.serves | cls.venue.streams
        for name in dir(cls):
            wanted = getattr(getattr(cls, name), "needs", None)
            if wanted is not None and not wanted & offered:
                setattr(cls, name, None)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test per kind of request that the venue serves."""
        if "kind" in metafunc.fixturenames:
            metafunc.parametrize("kind", sorted(self.venue.serves))

    def parse(self, kind: RequestKind, given_reply: Reply) -> Parsed[Any]:
        """Read a reply as the kind it answers."""
        if kind is RequestKind.SERVER_TIME:
            return Parsed((self.venue.parse_server_time(given_reply),))
        if kind is RequestKind.STREAM_TICKET:
            return Parsed((self.venue.parse_stream_ticket(given_reply),))
        parsers: dict[RequestKind, Callable[[Reply], Parsed[Any]]] = {
            RequestKind.TOKENS: self.venue.parse_tokens,
            RequestKind.TOKEN_QUOTES: self.venue.parse_token_quotes,
            RequestKind.TOKEN_NAVS: self.venue.parse_token_navs,
            RequestKind.TOKEN_CANDLES: self.venue.parse_token_candles,
            RequestKind.UNDERLYING_QUOTES: self.venue.parse_underlying_quotes,
            RequestKind.UNDERLYING_CANDLES: self.venue.parse_underlying_candles,
            RequestKind.FUNDING_HISTORY: self.venue.parse_funding_history,
            RequestKind.TOKEN_DEPTH: self.venue.parse_token_depth,
            RequestKind.TOKEN_LISTINGS: self.venue.parse_token_listings,
            RequestKind.NOTICES: self.venue.parse_notices,
        }
        return parsers[kind](given_reply)

    def ask(self, kind: RequestKind, venue: StreamingVenue | None = None) -> tuple[Request, ...]:
        """The requests of one kind, for the token and the perpetual of the samples."""
        asked = venue or self.venue
        keys = frozenset({self.samples.listed} if self.samples.listed else ())
        perpetual = self.samples.perpetual
        start_ms = NOW_MS - 100 * HOUR_MS
        ways: dict[RequestKind, Callable[[], Request | tuple[Request, ...] | None]] = {
            RequestKind.SERVER_TIME: asked.server_time,
            RequestKind.TOKENS: asked.tokens,
            RequestKind.TOKEN_QUOTES: lambda: asked.token_quotes(keys),
            RequestKind.TOKEN_NAVS: lambda: asked.token_navs(keys),
            RequestKind.TOKEN_CANDLES: lambda: asked.token_candles(self.stretch(self.samples.pair, start_ms, NOW_MS)),
            RequestKind.UNDERLYING_QUOTES: lambda: asked.underlying_quotes(frozenset({perpetual})),
            RequestKind.UNDERLYING_CANDLES: lambda: asked.underlying_candles(self.stretch(perpetual, start_ms, NOW_MS)),
            RequestKind.FUNDING_HISTORY: lambda: asked.funding_history(perpetual, start_ms, NOW_MS),
            RequestKind.STREAM_TICKET: asked.stream_ticket,
            RequestKind.TOKEN_DEPTH: lambda: asked.token_depth(self.samples.pair),
            RequestKind.TOKEN_LISTINGS: asked.token_listings,
            RequestKind.NOTICES: asked.notices,
        }
        requests = ways[kind]()
        return requests if isinstance(requests, tuple) else (requests,) if requests is not None else ()

    def stretch(self, instrument: str, start_ms: int, end_ms: int) -> CandleQuery:
        """A query in hours."""
        return CandleQuery(instrument=instrument, interval_s=3600, start_ms=start_ms, end_ms=end_ms)

    # -- requests ------------------------------------------------------------------------------------------------

    def test_there_are_samples_of_all_that_is_served_and_of_nothing_else(self) -> None:
        assert {kind for kind in RequestKind if self.samples.of(kind)} == self.venue.serves

    def test_what_is_not_served_is_our_own_mistake(self) -> None:
        for kind in set(RequestKind) - self.venue.serves - {RequestKind.STREAM_TICKET}:
            with pytest.raises(Bug):
                self.ask(kind)
            with pytest.raises(Bug):
                self.parse(kind, reply(b"{}"))
        if RequestKind.STREAM_TICKET not in self.venue.serves:
            assert self.venue.stream_ticket() is None

    def test_the_same_question_is_the_same_request(self, kind: RequestKind) -> None:
        assert self.ask(kind)
        assert self.ask(kind) == self.ask(kind)

    def test_requests_name_their_venue_and_carry_their_query_apart(self, kind: RequestKind) -> None:
        for request in self.ask(kind):
            assert (request.venue, request.kind) == (self.venue.name, kind)
            assert request.url.startswith("https://")
            assert "?" not in request.url
            assert request.weight >= 1
            assert all(isinstance(part, str) for pair in request.query for part in pair)

    def test_a_mirror_stands_in_for_every_host(self, kind: RequestKind) -> None:
        mirrored: Any = replace(self.venue, base_url=MIRROR)  # type: ignore[type-var]
        for request, elsewhere in zip(self.ask(kind), self.ask(kind, mirrored), strict=True):
            assert elsewhere.url.startswith(f"{MIRROR}/")
            assert replace(elsewhere, url=request.url) == request

    @needs(*CANDLES)
    def test_a_stretch_without_a_bar_start_asks_for_nothing(self) -> None:
        start_ms = NOW_MS // HOUR_MS * HOUR_MS + 1
        for kind in self.venue.serves.intersection(CANDLES):
            ask = self.venue.token_candles if kind is RequestKind.TOKEN_CANDLES else self.venue.underlying_candles
            assert ask(self.stretch("X_USDT", start_ms, start_ms + 1)) == ()

    @needs(*CANDLES)
    def test_a_bar_length_that_is_not_served_is_our_own_mistake(self) -> None:
        for kind in self.venue.serves.intersection(CANDLES):
            ask = self.venue.token_candles if kind is RequestKind.TOKEN_CANDLES else self.venue.underlying_candles
            with pytest.raises(Bug):
                ask(replace(self.stretch("X_USDT", NOW_MS - HOUR_MS, NOW_MS), interval_s=7))

    @needs(*CANDLES)
    def test_bar_lengths_ascend(self) -> None:
        lengths = self.venue.candle_intervals_s
        assert 3600 in lengths
        assert list(lengths) == sorted(set(lengths))

    @needs(RequestKind.UNDERLYING_QUOTES, RequestKind.UNDERLYING_CANDLES, RequestKind.FUNDING_HISTORY)
    def test_a_coins_perpetual_has_the_venues_spelling(self) -> None:
        assert self.venue.perpetual(self.samples.coin) == self.samples.perpetual

    # -- good replies --------------------------------------------------------------------------------------------

    def test_every_sample_is_read_without_a_problem(self, kind: RequestKind) -> None:
        for body in self.samples.of(kind):
            parsed = self.parse(kind, reply(body))
            assert parsed.values
            assert parsed.problems == ()
            for value in parsed.values:
                assert_sane(value, self.venue.name)

    @needs(RequestKind.TOKENS)
    def test_tokens_carry_the_venues_name_and_a_sign(self) -> None:
        for body in self.samples.of(RequestKind.TOKENS):
            for token in self.venue.parse_tokens(reply(body)).values:
                assert isinstance(token, LeveragedToken)
                assert token.key.venue == self.venue.name
                assert token.target_leverage
                assert token.rules == ()
                assert self.venue.token_pair(token)

    @needs(RequestKind.TOKEN_LISTINGS)
    def test_only_the_tokens_asked_for_are_told_of(self) -> None:
        assert self.samples.listed is not None
        body = self.samples.token_listings[0]
        asked, unknown = frozenset({self.samples.listed}), frozenset({TokenKey(self.venue.name, "NOSUCH3L")})
        assert {one.key for one in self.venue.parse_token_listings(reply(body), asked).values} == asked
        assert self.venue.parse_token_listings(reply(body), unknown) == Parsed(())

    @needs(RequestKind.TOKEN_QUOTES)
    def test_only_the_tokens_asked_for_are_quoted(self) -> None:
        assert self.samples.listed is not None
        asked = frozenset({self.samples.listed})
        quoted = [self.venue.parse_token_quotes(reply(body), asked).values for body in self.samples.tickers]
        assert {quote.key for quotes in quoted for quote in quotes} == asked
        assert all(len(quotes) <= 1 for quotes in quoted)

    @needs(RequestKind.UNDERLYING_QUOTES)
    def test_only_the_perpetuals_asked_for_are_quoted(self) -> None:
        asked = frozenset({self.samples.perpetual})
        bodies = self.samples.underlying_quotes
        quoted = [self.venue.parse_underlying_quotes(reply(body), asked).values for body in bodies]
        assert {quote.instrument for quotes in quoted for quote in quotes} == asked
        assert all(len(quotes) <= 1 for quotes in quoted)

    @needs(RequestKind.TOKEN_QUOTES)
    def test_a_token_that_is_not_listed_is_a_problem(self) -> None:
        unknown = TokenKey(self.venue.name, "NOSUCH3L")
        parsed = self.venue.parse_token_quotes(reply(self.samples.tickers[0]), frozenset({unknown}))
        assert parsed.values == ()
        wanted = ["token_not_listed"] if self.samples.tickers_are_complete else []
        assert [problem.code for problem in parsed.problems] == wanted
        assert all("NOSUCH3L" in problem.message for problem in parsed.problems)

    @needs(RequestKind.UNDERLYING_QUOTES)
    def test_a_perpetual_that_is_not_listed_is_a_problem(self) -> None:
        body = self.samples.underlying_quotes[0]
        parsed = self.venue.parse_underlying_quotes(reply(body), frozenset({"NOSUCH"}))
        assert parsed.values == ()
        wanted = ["instrument_not_listed"] if self.samples.perpetuals_are_complete else []
        assert [problem.code for problem in parsed.problems] == wanted

    # -- bad replies ---------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("body", GARBLED_BODIES, ids=lambda body: repr(body[:12]))
    def test_what_nobody_can_read_is_garbled(self, kind: RequestKind, body: bytes) -> None:
        with pytest.raises(VenueGarbled) as caught:
            self.parse(kind, reply(body))
        assert caught.value.venue == self.venue.name
        assert caught.value.hint

    def test_half_a_reply_is_garbled(self, kind: RequestKind) -> None:
        for body in self.samples.of(kind):
            whole = body.strip()
            with pytest.raises(VenueGarbled):
                self.parse(kind, reply(whole[: len(whole) // 2]))

    def test_a_refusal_is_refused_and_named(self, kind: RequestKind) -> None:
        for status, body in (*self.samples.refusals, *self.samples.kind_refusals.get(kind, ())):
            with pytest.raises(VenueRefused) as caught:
                self.parse(kind, reply(body, status))
            assert caught.value.venue == self.venue.name
            assert caught.value.status == status
            assert status == 200 or str(status) in caught.value.message

    @pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"label":"SERVER_ERROR","message":"x"}', b"\xff"])
    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_a_busy_venue_is_waited_for(self, status: int, body: bytes) -> None:
        for kind in self.venue.serves:
            with pytest.raises(VenueBusy) as caught:
                self.parse(kind, reply(body, status))
            assert caught.value.retry_after_s is None
            with pytest.raises(VenueBusy) as caught:
                self.parse(kind, reply(body, status, Retry_After="7"))
            assert caught.value.retry_after_s == 7

    def test_the_venues_own_word_for_busy_counts(self, kind: RequestKind) -> None:
        for status, body in (*self.samples.busy, (429, b"")):
            with pytest.raises(VenueBusy):
                self.parse(kind, reply(body, status))

    def test_whatever_stands_in_a_reply_it_is_read_or_refused(self, kind: RequestKind) -> None:
        for body in self.samples.of(kind):
            for odd in every_odd_document(body):
                self.read_or_refuse(kind, reply(odd.encode()))

    # -- any reply -----------------------------------------------------------------------------------------------

    @every_venue
    @given(body=st.binary(max_size=60), status=st.sampled_from([200, 204, 301, 400, 403, 429, 500]))
    def test_no_bytes_raise_anything_but_a_venue_error(self, body: bytes, status: int) -> None:
        for kind in self.venue.serves:
            self.read_or_refuse(kind, reply(body, status))

    @every_venue
    @given(data=st.data())
    def test_no_changed_reply_raises_anything_but_a_venue_error(self, data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(sorted(self.venue.serves)))
        body = data.draw(mutated_json(self.samples.of(kind)))
        self.read_or_refuse(kind, reply(body))

    @every_venue
    @given(data=st.data(), text=st.text())
    def test_no_header_raises_anything_but_a_venue_error(self, data: st.DataObject, text: str) -> None:
        kind = data.draw(st.sampled_from(sorted(self.venue.serves)))
        headers = {data.draw(st.sampled_from(list(self.samples.headers))): text}
        for status in (200, 429):
            body = self.samples.of(kind)[0]
            self.read_or_refuse(kind, Reply(status=status, body=body, received_ms=NOW_MS, headers=headers))

    def read_or_refuse(self, kind: RequestKind, given_reply: Reply) -> None:
        """Whatever comes is either a venue error or sane values with printable problems."""
        try:
            parsed = self.parse(kind, given_reply)
        except VenueError as error:
            error.message.encode()
            return
        assert_readable(parsed.problems)
        for value in parsed.values:
            assert_sane(value, self.venue.name)
