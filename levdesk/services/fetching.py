"""Carrying out a planner's task through the HTTP door, and the one-off refresh of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from levdesk.domain.errors import LevdeskError, VenueError, VenueRefused
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.listings import TokenListing, VenueNotice
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook
from levdesk.domain.problems import Problem, Severity
from levdesk.services.ports import HttpDoor
from levdesk.services.quote_book import underlying_parts
from levdesk.services.sync_histories import BAR_SETTLE_MS
from levdesk.services.sync_state import LineKey, Span, Task
from levdesk.services.underlying_book import Perpetual, UnderlyingBook, underlying_part
from levdesk.venues.contract import CandleQuery, Parsed, Reply, Request, RequestKind, Venue

T = TypeVar("T")

MOST_STAND_INS: Final = 3
"""Venues asked in turn for an underlying whose hedge told nothing."""

_CANDLES: Final = frozenset({RequestKind.TOKEN_CANDLES, RequestKind.UNDERLYING_CANDLES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What a task brought; only the fields of its kind are filled.

    Attributes:
        server_ms: the venue's clock when it answered, None for other kinds.
        received_ms: this computer's clock at the last answer.
    """

    task: Task
    received_ms: int
    tokens: tuple[LeveragedToken, ...] = ()
    quotes: tuple[TokenQuote, ...] = ()
    underlyings: tuple[UnderlyingQuote, ...] = ()
    candles: tuple[Candle, ...] = ()
    funding: tuple[FundingPoint, ...] = ()
    book: OrderBook | None = None
    listings: tuple[TokenListing, ...] = ()
    notices: tuple[VenueNotice, ...] = ()
    server_ms: int | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def received_to_ms(self) -> int | None:
        """The last point of a history that came: a closed bar or a settlement."""
        times = [candle.ts_ms for candle in self.candles if candle.closed] + [point.ts_ms for point in self.funding]
        return max(times, default=None)


def requests_of(venue: Venue, task: Task) -> tuple[Request, ...]:
    """The requests a task consists of, in order."""
    kind = task.key.kind
    match kind:
        case RequestKind.SERVER_TIME:
            return (venue.server_time(),)
        case RequestKind.TOKENS:
            return (venue.tokens(),)
        case RequestKind.TOKEN_QUOTES:
            return venue.token_quotes(task.tokens)
        case RequestKind.TOKEN_NAVS:
            return venue.token_navs(task.tokens)
        case RequestKind.UNDERLYING_QUOTES:
            return venue.underlying_quotes(task.perpetuals)
        case RequestKind.TOKEN_DEPTH | RequestKind.TOKEN_LISTINGS | RequestKind.NOTICES:
            return (_future_request(venue, task),)
    return () if task.span is None else _history_requests(venue, task, task.span)


def _future_request(venue: Venue, task: Task) -> Request:
    if task.key.kind is RequestKind.TOKEN_DEPTH:
        return venue.token_depth(task.key.instrument)
    return venue.token_listings() if task.key.kind is RequestKind.TOKEN_LISTINGS else venue.notices()


def _history_requests(venue: Venue, task: Task, span: Span) -> tuple[Request, ...]:
    kind = task.key.kind
    if kind is RequestKind.FUNDING_HISTORY:
        return venue.funding_history(task.key.instrument, span.first_ms, span.last_ms)
    query = CandleQuery(
        instrument=task.key.instrument,
        interval_s=task.key.interval_s,
        start_ms=span.first_ms,
        end_ms=span.last_ms,
    )
    return venue.token_candles(query) if kind is RequestKind.TOKEN_CANDLES else venue.underlying_candles(query)


def carry_out(venue: Venue, task: Task, http: HttpDoor) -> Harvest:
    """Fetch and read a task; blocks, safe in any thread.

    Raises:
        VenueError: no answer, a refusal, or an answer nobody can read.
    """
    replies = [http.send(request) for request in requests_of(venue, task)]
    if not replies:
        return Harvest(task=task, received_ms=0)
    received_ms = max(reply.received_ms for reply in replies)
    match task.key.kind:
        case RequestKind.SERVER_TIME:
            return Harvest(task=task, received_ms=received_ms, server_ms=venue.parse_server_time(replies[-1]))
        case RequestKind.TOKENS:
            listed = venue.parse_tokens(replies[-1])
            return Harvest(task=task, received_ms=received_ms, tokens=listed.values, problems=listed.problems)
        case RequestKind.TOKEN_QUOTES:
            wanted = task.tokens or None
            quoted = _together(replies, lambda reply: venue.parse_token_quotes(reply, wanted))
            problems = (*quoted.problems, *(() if wanted else _missing(venue, task, quoted)))
            return Harvest(task=task, received_ms=received_ms, quotes=quoted.values, problems=problems)
        case RequestKind.TOKEN_NAVS:
            navs = _together(replies, venue.parse_token_navs)
            held = tuple(quote for quote in navs.values if not task.tokens or quote.key in task.tokens)
            return Harvest(task=task, received_ms=received_ms, quotes=held, problems=navs.problems)
        case RequestKind.UNDERLYING_QUOTES:
            asked = task.perpetuals or None
            marks = _together(replies, lambda reply: venue.parse_underlying_quotes(reply, asked))
            return Harvest(task=task, received_ms=received_ms, underlyings=marks.values, problems=marks.problems)
        case RequestKind.TOKEN_DEPTH | RequestKind.TOKEN_LISTINGS | RequestKind.NOTICES:
            return _future(venue, task, replies[-1])
    read = _funding if task.key.kind is RequestKind.FUNDING_HISTORY else _candles
    return read(venue, task, replies, received_ms)


def _future(venue: Venue, task: Task, reply: Reply) -> Harvest:
    """What a reply tells of a token's future: who buys it, how it is traded, what is announced."""
    harvest = Harvest(task=task, received_ms=reply.received_ms)
    if task.key.kind is RequestKind.TOKEN_DEPTH:
        books = venue.parse_token_depth(reply)
        return replace(harvest, book=books.values[0], problems=books.problems)
    if task.key.kind is RequestKind.TOKEN_LISTINGS:
        listings = venue.parse_token_listings(reply, task.tokens or None)
        return replace(harvest, listings=listings.values, problems=listings.problems)
    told = venue.parse_notices(reply)
    return replace(harvest, notices=told.values, problems=told.problems)


def _missing(venue: Venue, task: Task, quoted: Parsed[TokenQuote]) -> Iterator[Problem]:
    """Tokens the answer about all should tell of and does not."""
    told = {quote.key for quote in quoted.values}
    complained_of = {problem.source for problem in quoted.problems}
    for key in sorted(task.expected - told):
        if str(key) not in complained_of:
            words = f"{key.symbol}: {venue.title} does not list it now; it may have been delisted, merged or renamed."
            yield Problem(severity=Severity.WARNING, code="token_not_listed", message=words, source=str(key))


def _together(replies: Sequence[Reply], parse: Callable[[Reply], Parsed[T]]) -> Parsed[T]:
    """What several replies said, in order; one of many that is refused (a symbol gone) does not spoil the others.

    Raises:
        VenueError: as the parsing does; a refusal only when every reply was one.
    """
    values: list[T] = []
    problems: list[Problem] = []
    refused: list[VenueRefused] = []
    for reply in replies:
        try:
            page = parse(reply)
        except VenueRefused as error:
            refused.append(error)
            problems.append(venue_problem(error))
            continue
        values += page.values
        problems += page.problems
    if refused and len(refused) == len(replies):
        raise refused[0]
    return Parsed(tuple(values), tuple(problems))


def _candles(venue: Venue, task: Task, replies: Sequence[Reply], received_ms: int) -> Harvest:
    of_token = task.key.kind is RequestKind.TOKEN_CANDLES
    parse = venue.parse_token_candles if of_token else venue.parse_underlying_candles
    pages = [parse(reply) for reply in replies]
    by_time = {bar.ts_ms: bar for page in pages for bar in page.values}
    problems = tuple(problem for page in pages for problem in page.problems)
    bars = tuple(by_time[ts_ms] for ts_ms in sorted(by_time))
    if len(bars) == 1:
        bars = (_lone(bars[0], task.key.interval_s * 1000, received_ms),)
    return Harvest(task=task, received_ms=received_ms, candles=bars, problems=problems)


def _lone(bar: Candle, interval_ms: int, received_ms: int) -> Candle:
    """A bar that came alone, which tells an adapter no length: it is closed once its own has passed."""
    is_over = bar.ts_ms + interval_ms + BAR_SETTLE_MS <= received_ms
    return replace(bar, closed=True) if is_over and not bar.closed else bar


def _funding(venue: Venue, task: Task, replies: Sequence[Reply], received_ms: int) -> Harvest:
    pages = [venue.parse_funding_history(reply) for reply in replies]
    by_time = {point.ts_ms: point for page in pages for point in page.values}
    problems = tuple(problem for page in pages for problem in page.problems)
    points = tuple(by_time[ts_ms] for ts_ms in sorted(by_time))
    return Harvest(task=task, received_ms=received_ms, funding=points, problems=problems)


# -- one-off -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Fresh figures of the tokens asked for, of their hedges, and what went wrong on the way."""

    quotes: tuple[TokenQuote, ...]
    problems: tuple[Problem, ...]
    underlyings: tuple[UnderlyingQuote, ...] = ()


def refresh_once(
    venues: Mapping[str, Venue],
    http: HttpDoor,
    tokens: Iterable[LeveragedToken],
    stand_ins: Callable[[LeveragedToken], Iterable[Perpetual]] = lambda _token: (),
) -> Refreshed:
    """Fetch price, NAV and the underlying's mark of these tokens now; a venue that fails is a Problem.

    Args:
        venues: those that may be asked.
        http: the door.
        tokens: whose figures.
        stand_ins: perpetuals of a token's coin elsewhere, asked in order where its hedge tells nothing.
    """
    held = tuple(tokens)
    quotes: list[TokenQuote] = []
    underlyings: list[UnderlyingQuote] = []
    problems: list[Problem] = []
    by_venue = _grouped((token.key.venue, token) for token in held)
    for name, here in by_venue.items():
        venue = venues.get(name)
        if venue is None or RequestKind.TOKEN_QUOTES not in venue.serves:
            words = f"No figures are fetched from {name}; value {_names(here)} by hand."
            problems.append(Problem(severity=Severity.INFO, code="venue_not_served", message=words, source=name))
            continue
        keys = frozenset(token.key for token in here)
        quotes += _asked(venue, Task(LineKey(name, RequestKind.TOKEN_QUOTES), tokens=keys), http, problems).quotes
        if RequestKind.TOKEN_NAVS in venue.serves:  # nobody promised it, so that its absence is no problem
            quotes += _asked(venue, Task(LineKey(name, RequestKind.TOKEN_NAVS), tokens=keys), http, []).quotes
    for name, hedged in _grouped((token.hedge[0], token) for token in held if token.hedge[1]).items():
        venue = venues.get(name)
        if venue is not None and RequestKind.UNDERLYING_QUOTES in venue.serves:
            marks = frozenset(token.hedge[1] for token in hedged)
            task = Task(LineKey(name, RequestKind.UNDERLYING_QUOTES), perpetuals=marks)
            found = _asked(venue, task, http, problems).underlyings
            underlyings += found
            quotes += underlying_parts(found, hedged)
    told = {quote.key for quote in quotes if quote.underlying_price is not None}
    quotes += _stood_in_for(venues, http, [token for token in held if token.key not in told], stand_ins)
    return Refreshed(tuple(quotes), tuple(problems), tuple(underlyings))


def _stood_in_for(
    venues: Mapping[str, Venue],
    http: HttpDoor,
    tokens: Sequence[LeveragedToken],
    stand_ins: Callable[[LeveragedToken], Iterable[Perpetual]],
) -> list[TokenQuote]:
    """Underlyings of tokens whose hedge told nothing, from other venues in turn; that one of those fails is no news."""
    parts: list[TokenQuote] = []
    left = {
        token: [one for one in stand_ins(token) if one[0] != token.hedge[0] and _tells_marks(venues.get(one[0]))]
        for token in tokens
    }
    for turn in range(MOST_STAND_INS):
        book = UnderlyingBook()
        asked = {found[turn] for found in left.values() if len(found) > turn}
        for name in sorted({venue for venue, _ in asked}):
            marks = frozenset(instrument for venue, instrument in asked if venue == name)
            task = Task(LineKey(name, RequestKind.UNDERLYING_QUOTES), perpetuals=marks)
            harvest = _asked(venues[name], task, http, [])
            book.take(harvest.underlyings, now_ms=harvest.received_ms)
        for token, found in list(left.items()):
            priced = book.price(found[turn]) if len(found) > turn else None
            if priced is not None:
                parts.append(underlying_part(token.key, found[turn], *priced))
                del left[token]
    return parts


def _tells_marks(venue: Venue | None) -> bool:
    return venue is not None and RequestKind.UNDERLYING_QUOTES in venue.serves


def _grouped(pairs: Iterable[tuple[str, LeveragedToken]]) -> dict[str, list[LeveragedToken]]:
    groups: dict[str, list[LeveragedToken]] = {}
    for name, token in sorted(pairs, key=lambda pair: (pair[0], pair[1].key)):
        groups.setdefault(name, []).append(token)
    return groups


def _asked(venue: Venue, task: Task, http: HttpDoor, problems: list[Problem]) -> Harvest:
    """What a task brought; nothing, and a problem, when the venue fails."""
    try:
        harvest = carry_out(venue, task, http)
    except VenueError as error:
        problems.append(venue_problem(error))
        return Harvest(task=task, received_ms=0)
    problems += harvest.problems
    return harvest


def venue_problem(error: LevdeskError) -> Problem:
    """A failed fetch in words, with what to do."""
    words = error.message if error.message.endswith(".") else f"{error.message}."
    source = error.venue if isinstance(error, VenueError) else ""
    return Problem(severity=Severity.WARNING, code=error.code, message=f"{words} {error.hint}".strip(), source=source)


def _names(tokens: Sequence[LeveragedToken]) -> str:
    return ", ".join(sorted(token.key.symbol for token in tokens))
