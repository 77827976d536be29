"""One server is every venue: the real adapters read it over real sockets, and all venues tell of the same market."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TypeAlias

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from levdesk.domain.errors import VenueBusy, VenueRefused
from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.simulator.clock import SetClock
from levdesk.simulator.dialect import Dialect
from levdesk.simulator.elsewhere import seen_from
from levdesk.simulator.every_venue import every_dialect
from levdesk.simulator.faults import Fault, FaultKind, FaultPlan
from levdesk.simulator.market import Market
from levdesk.simulator.server import SimulatorServer
from levdesk.venues.binance import Binance
from levdesk.venues.contract import CandleQuery
from levdesk.venues.gate import Gate
from levdesk.venues.okx import Okx
from levdesk.venues.pionex import Pionex
from levdesk.venues.streams import Topic, TopicKind
from tests.simulator.heard import WAIT_S, dial
from tests.simulator.moments import ANCHOR_MS, DAY_MS, HOUR_MS, carry
from tests.simulator.test_server import simulator_threads, until

Adapter: TypeAlias = Gate | Binance | Okx | Pionex
ADAPTERS: tuple[type[Adapter], ...] = (Gate, Binance, Okx, Pionex)
LATER_MS = ANCHOR_MS + 40


@pytest.fixture(scope="module")
def dialects(market: Market) -> tuple[Dialect, ...]:
    return every_dialect(market)


@pytest.fixture
def everywhere(dialects: tuple[Dialect, ...], clock: SetClock, faults: FaultPlan) -> Iterator[SimulatorServer]:
    passing = iter(range(0, 1_000_000, 100))
    with SimulatorServer(dialects, clock, faults, limits_clock_s=lambda: float(next(passing))) as serving:
        yield serving


@pytest.fixture(params=ADAPTERS, ids=lambda kind: kind.name)
def adapter(request: pytest.FixtureRequest, everywhere: SimulatorServer) -> Adapter:
    made: Adapter = request.param(base_url=everywhere.url)
    return made


def quoted(adapter: Adapter) -> dict[str, UnderlyingQuote]:
    """BTC's and DOGE's perpetuals with all parts put together."""
    wanted = frozenset(adapter.perpetual(coin) for coin in ("BTC", "DOGE"))
    parts: dict[str, dict[str, object]] = {}
    for request in adapter.underlying_quotes(wanted):
        found = adapter.parse_underlying_quotes(carry(request, LATER_MS), wanted)
        assert found.problems == ()
        for quote in found.values:
            told = {name: value for name in ("mark", "index", "funding_rate") if (value := getattr(quote, name))}
            parts.setdefault(quote.instrument, {}).update(told)
    return {
        name: UnderlyingQuote(venue=adapter.name, instrument=name, ts_ms=ANCHOR_MS, **told)  # type: ignore[arg-type]
        for name, told in parts.items()
    }


def heard(adapter: Adapter, topics: Sequence[Topic], *, parts: int) -> list[UnderlyingQuote | TokenQuote]:
    """The first parts of quotes that come on one socket."""
    (socket,) = adapter.sockets(topics)
    found: list[UnderlyingQuote | TokenQuote] = []
    with connect(socket.url, proxy=None, open_timeout=WAIT_S, close_timeout=0.2) as client:
        for text in adapter.subscribe(socket, socket.topics):
            client.send(text)
        while len(found) < parts:
            news = adapter.read_message(client.recv(timeout=WAIT_S), LATER_MS)
            assert news.problems == ()
            found += [*news.underlyings, *news.tokens]
    return found


def test_every_dialect_is_named_as_its_adapter(dialects: tuple[Dialect, ...]) -> None:
    assert [dialect.venue for dialect in dialects] == [kind.name for kind in ADAPTERS]


def test_no_path_is_two_venues(dialects: tuple[Dialect, ...]) -> None:
    paths = ("/api/v4/spot/time", "/fapi/v1/time", "/api/v5/public/time", "/api/v1/market/depth")
    streams = ("/ws/v4/", "/v4/ws/usdt", "/market/stream", "/public/ws", "/ws/v5/public", "/wsPub")
    assert all(sum(dialect.serves(path) for dialect in dialects) == 1 for path in paths)
    assert all(sum(dialect.streams_at(path) for dialect in dialects) == 1 for path in streams)


def test_the_clock(adapter: Adapter, faults: FaultPlan) -> None:
    assert adapter.parse_server_time(carry(adapter.server_time(), LATER_MS)) == ANCHOR_MS
    faults.add(Fault(kind=FaultKind.CLOCK_SKEW, skew_s=-47))
    assert adapter.parse_server_time(carry(adapter.server_time(), LATER_MS)) == ANCHOR_MS - 47_000


def test_perpetuals_are_the_market_s_to_a_few_hundredths_of_a_percent(adapter: Adapter, market: Market) -> None:
    for coin, quote in zip(
        ("BTC", "DOGE"), [quoted(adapter)[adapter.perpetual(c)] for c in ("BTC", "DOGE")], strict=True
    ):
        perpetual = market.perpetual(f"{coin}_USDT")
        assert perpetual is not None
        assert quote.mark is not None
        assert quote.index is not None
        assert quote.funding_rate is not None
        assert float(quote.mark) == pytest.approx(perpetual.mark.price_at(ANCHOR_MS), rel=3e-4)
        assert float(quote.index) == pytest.approx(perpetual.index.price_at(ANCHOR_MS), rel=1e-4)
        coming = perpetual.funding.number_after(ANCHOR_MS)
        assert float(quote.funding_rate) == pytest.approx(perpetual.funding.rate(coming), abs=1e-9)


def test_history_is_the_market_s_too(adapter: Adapter, market: Market) -> None:
    instrument, perpetual = adapter.perpetual("ETH"), market.perpetual("ETH_USDT")
    assert perpetual is not None
    query = CandleQuery(
        instrument=instrument, interval_s=3600, start_ms=ANCHOR_MS - 20 * DAY_MS, end_ms=ANCHOR_MS - HOUR_MS
    )
    bars = [
        bar
        for request in adapter.underlying_candles(query)
        for bar in adapter.parse_underlying_candles(carry(request, LATER_MS)).values
        if query.start_ms <= bar.ts_ms <= query.end_ms
    ]
    assert [bar.ts_ms for bar in bars] == list(range(bars[0].ts_ms, ANCHOR_MS - HOUR_MS, HOUR_MS))
    assert len(bars) == 479
    for bar in bars[::97]:
        assert bar.open == pytest.approx(perpetual.mark.price_at(bar.ts_ms), rel=3e-4)
    # Where only the end of a page can be named, pages overlap.
    points = {
        point.ts_ms: point.rate
        for request in adapter.funding_history(instrument, ANCHOR_MS - 30 * DAY_MS, ANCHOR_MS)
        for point in adapter.parse_funding_history(carry(request, LATER_MS)).values
        if point.ts_ms >= ANCHOR_MS - 30 * DAY_MS
    }
    last = perpetual.funding.number_after(ANCHOR_MS)
    settled = [points[ts_ms] for ts_ms in sorted(points)]
    assert settled == pytest.approx(perpetual.funding.rates(last - 90, last).tolist())


def test_daily_bars_begin_at_utc_midnight_everywhere(adapter: Adapter) -> None:
    query = CandleQuery(
        instrument=adapter.perpetual("SOL"), interval_s=86_400, start_ms=ANCHOR_MS - 9 * DAY_MS, end_ms=ANCHOR_MS
    )
    (request,) = adapter.underlying_candles(query)
    assert all(bar.ts_ms % DAY_MS == 0 for bar in adapter.parse_underlying_candles(carry(request, LATER_MS)).values)


def test_streams_tell_what_requests_tell(adapter: Adapter) -> None:
    by_request = quoted(adapter)[adapter.perpetual("BTC")]
    topics = [Topic(TopicKind.UNDERLYING, adapter.perpetual("BTC"))]
    marks = [part.mark for part in heard(adapter, topics, parts=1) if isinstance(part, UnderlyingQuote) and part.mark]
    assert marks == [by_request.mark]


@pytest.mark.parametrize("kind", [Gate, Pionex])
def test_tokens_are_streamed_where_they_are_listed(
    kind: type[Gate | Pionex], everywhere: SimulatorServer, market: Market
) -> None:
    adapter, pair = kind(base_url=everywhere.url), market.pair("BTC3L_USDT")
    assert pair is not None
    parts = heard(adapter, [Topic(TopicKind.TOKEN, "BTC3L_USDT")], parts=2)
    lasts = [part.last for part in parts if isinstance(part, TokenQuote) and part.last is not None]
    bids = [part.bid for part in parts if isinstance(part, TokenQuote) and part.bid is not None]
    assert float(lasts[0]) == pytest.approx(pair.quote(ANCHOR_MS).last, rel=3e-3)
    assert float(bids[0]) == pytest.approx(pair.quote(ANCHOR_MS).bid, rel=3e-3)


def test_pionex_lists_tokens_and_prices_without_nav(everywhere: SimulatorServer) -> None:
    pionex = Pionex(base_url=everywhere.url)
    tokens = pionex.parse_tokens(carry(pionex.tokens(), LATER_MS)).values
    assert {"BTC3L", "ETH5S", "XRP2L"} <= {token.key.symbol for token in tokens}
    for request in pionex.token_quotes(frozenset()):
        found = pionex.parse_token_quotes(carry(request, LATER_MS))
        assert found.problems == ()
        assert len(found.values) == 23
        assert all(quote.nav is None for quote in found.values)


@pytest.mark.parametrize("kind", [FaultKind.BUSY, FaultKind.TEAPOT, FaultKind.SERVER_ERROR, FaultKind.BANNED])
def test_every_venue_refuses_in_its_own_words(adapter: Adapter, faults: FaultPlan, kind: FaultKind) -> None:
    faults.add(Fault(kind=kind, retry_after_s=30))
    reply = carry(adapter.server_time(), LATER_MS)
    assert reply.status == {"busy": 429, "teapot": 418, "server_error": 500, "banned": 403}[kind]
    with pytest.raises((VenueBusy, VenueRefused)):
        adapter.parse_server_time(reply)


@pytest.mark.parametrize("kind", [FaultKind.NOT_A_NUMBER, FaultKind.ZERO, FaultKind.NEGATIVE, FaultKind.ABSURD])
def test_spoilt_figures_are_found_inside_every_envelope(adapter: Adapter, faults: FaultPlan, kind: FaultKind) -> None:
    request = adapter.underlying_quotes(frozenset())[0]
    sound = {quote.instrument: quote.mark for quote in adapter.parse_underlying_quotes(carry(request, LATER_MS)).values}
    btc = adapter.perpetual("BTC")
    faults.add(Fault(kind=kind, symbol=btc))
    found = adapter.parse_underlying_quotes(carry(request, LATER_MS))
    spoilt = {quote.instrument: quote.mark for quote in found.values}
    assert spoilt.get(btc) is None
    assert {name: mark for name, mark in spoilt.items() if name != btc} == {
        name: mark for name, mark in sound.items() if name != btc
    }
    assert found.problems


def test_venues_differ_a_little_and_always_by_the_same(market: Market) -> None:
    for venue in ("binance", "okx", "pionex"):
        once, again = seen_from(market, venue), seen_from(market, venue)
        for here, there, twice in zip(market.perpetuals, once.perpetuals, again.perpetuals, strict=True):
            ratio = there.mark.price_at(ANCHOR_MS) / here.mark.price_at(ANCHOR_MS)
            assert 0 < abs(ratio - 1.0) < 0.0003
            assert there.mark.price_at(ANCHOR_MS) == twice.mark.price_at(ANCHOR_MS)
            assert there.last.price_at(ANCHOR_MS) / here.last.price_at(ANCHOR_MS) == pytest.approx(ratio, rel=1e-12)


def test_pionex_takes_ten_connections_and_okx_three_a_second(dialects: tuple[Dialect, ...], clock: SetClock) -> None:
    seconds = [50.0]
    with SimulatorServer(dialects, clock, limits_clock_s=lambda: seconds[0]) as server, ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(dial(server, "/wsPub"))
        for _ in range(3):
            stack.enter_context(dial(server, "/ws/v5/public"))
        for path in ("/wsPub", "/ws/v5/public"):
            with pytest.raises(InvalidStatus) as refused, dial(server, path):
                pass
            assert refused.value.response.status_code == 429
        seconds[0] += 1.0
        stack.enter_context(dial(server, "/ws/v5/public"))
        assert server.streams.live == 14


def test_all_streams_of_all_venues_end_with_the_server(dialects: tuple[Dialect, ...], clock: SetClock) -> None:
    paths = ("/ws/v4/", "/v4/ws/usdt", "/market/stream", "/public/ws", "/ws/v5/public", "/wsPub")
    with ExitStack() as stack:
        server = stack.enter_context(SimulatorServer(dialects, clock))
        for path in paths:
            stack.enter_context(dial(server, path))
        assert server.streams.live == len(paths)
        server.stop()
        until(lambda: not simulator_threads())
        assert server.streams.live == 0
