"""Carrying out a planner's task through the HTTP door, and the one-off refresh of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from levdesk.domain.errors import LevdeskError, VenueError
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem, Severity
from levdesk.services.ports import HttpDoor
from levdesk.services.quote_book import underlying_parts
from levdesk.services.sync_state import LineKey, Task
from levdesk.venues.contract import CandleQuery, Parsed, Reply, Request, RequestKind, Venue

T = TypeVar("T")

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
    server_ms: int | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def received_to_ms(self) -> int | None:
        """The last point of a history that came: a closed bar or a settlement."""
        times = [candle.ts_ms for candle in self.candles if candle.closed] + [point.ts_ms for point in self.funding]
        return max(times, default=None)


def requests_of(
    venue: Venue,
    task: Task,
    keys: frozenset[TokenKey] = frozenset(),
    instruments: frozenset[str] = frozenset(),
) -> tuple[Request, ...]:
    """The requests a task consists of, in order; `keys` and `instruments` matter where a venue is asked one by one."""
    kind = task.key.kind
    match kind:
        case RequestKind.SERVER_TIME:
            return (venue.server_time(),)
        case RequestKind.TOKENS:
            return (venue.tokens(),)
        case RequestKind.TOKEN_QUOTES:
            return venue.token_quotes(keys)
        case RequestKind.TOKEN_NAVS:
            return venue.token_navs(keys)
        case RequestKind.UNDERLYING_QUOTES:
            return venue.underlying_quotes(instruments)
    if task.span is None:
        return ()
    if kind is RequestKind.FUNDING_HISTORY:
        return venue.funding_history(task.key.instrument, task.span.first_ms, task.span.last_ms)
    query = CandleQuery(
        instrument=task.key.instrument,
        interval_s=task.key.interval_s,
        start_ms=task.span.first_ms,
        end_ms=task.span.last_ms,
    )
    return venue.token_candles(query) if kind is RequestKind.TOKEN_CANDLES else venue.underlying_candles(query)


def carry_out(
    venue: Venue,
    task: Task,
    http: HttpDoor,
    *,
    keys: frozenset[TokenKey] | None = None,
    instruments: frozenset[str] | None = None,
) -> Harvest:
    """Fetch and read a task; blocks, safe in any thread.

    Raises:
        VenueError: no answer, a refusal, or an answer nobody can read.
    """
    asked = requests_of(venue, task, keys or frozenset(), instruments or frozenset())
    replies = [http.send(request) for request in asked]
    received_ms = max((reply.received_ms for reply in replies), default=0)
    match task.key.kind:
        case RequestKind.SERVER_TIME:
            return Harvest(task=task, received_ms=received_ms, server_ms=venue.parse_server_time(replies[-1]))
        case RequestKind.TOKENS:
            listed = venue.parse_tokens(replies[-1])
            return Harvest(task=task, received_ms=received_ms, tokens=listed.values, problems=listed.problems)
        case RequestKind.TOKEN_QUOTES:
            quoted = _together([venue.parse_token_quotes(reply, keys) for reply in replies])
            return Harvest(task=task, received_ms=received_ms, quotes=quoted.values, problems=quoted.problems)
        case RequestKind.TOKEN_NAVS:
            navs = _together([venue.parse_token_navs(reply) for reply in replies])
            return Harvest(task=task, received_ms=received_ms, quotes=navs.values, problems=navs.problems)
        case RequestKind.UNDERLYING_QUOTES:
            marks = _together([venue.parse_underlying_quotes(reply, instruments) for reply in replies])
            return Harvest(task=task, received_ms=received_ms, underlyings=marks.values, problems=marks.problems)
        case RequestKind.FUNDING_HISTORY:
            return _funding(venue, task, replies, received_ms)
    return _candles(venue, task, replies, received_ms)


def _together(pages: Sequence[Parsed[T]]) -> Parsed[T]:
    """What several replies said, in order."""
    return Parsed(
        tuple(value for page in pages for value in page.values),
        tuple(problem for page in pages for problem in page.problems),
    )


def _candles(venue: Venue, task: Task, replies: Sequence[Reply], received_ms: int) -> Harvest:
    of_token = task.key.kind is RequestKind.TOKEN_CANDLES
    parse = venue.parse_token_candles if of_token else venue.parse_underlying_candles
    pages = [parse(reply) for reply in replies]
    by_time = {bar.ts_ms: bar for page in pages for bar in page.values}
    problems = tuple(problem for page in pages for problem in page.problems)
    bars = tuple(by_time[ts_ms] for ts_ms in sorted(by_time))
    return Harvest(task=task, received_ms=received_ms, candles=bars, problems=problems)


def _funding(venue: Venue, task: Task, replies: Sequence[Reply], received_ms: int) -> Harvest:
    pages = [venue.parse_funding_history(reply) for reply in replies]
    by_time = {point.ts_ms: point for page in pages for point in page.values}
    problems = tuple(problem for page in pages for problem in page.problems)
    points = tuple(by_time[ts_ms] for ts_ms in sorted(by_time))
    return Harvest(task=task, received_ms=received_ms, funding=points, problems=problems)


# -- one-off -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Fresh figures of the tokens asked for, and what went wrong on the way."""

    quotes: tuple[TokenQuote, ...]
    problems: tuple[Problem, ...]


def refresh_once(venues: Mapping[str, Venue], http: HttpDoor, tokens: Iterable[LeveragedToken]) -> Refreshed:
    """Fetch price, NAV and the underlying's mark of these tokens now; a venue that fails is a Problem."""
    by_venue: dict[str, list[LeveragedToken]] = {}
    for token in tokens:
        by_venue.setdefault(token.key.venue, []).append(token)
    quotes: list[TokenQuote] = []
    problems: list[Problem] = []
    for name, held in sorted(by_venue.items()):
        venue = venues.get(name)
        if venue is None:
            words = f"No figures are fetched from {name}; value {_names(held)} by hand."
            problems.append(Problem(severity=Severity.INFO, code="venue_not_served", message=words, source=name))
        else:
            quotes += _token_figures(venue, http, held, problems)
            quotes += _underlying_figures(venue, http, held, problems)
    return Refreshed(tuple(quotes), tuple(problems))


def _token_figures(
    venue: Venue, http: HttpDoor, held: Sequence[LeveragedToken], problems: list[Problem]
) -> tuple[TokenQuote, ...]:
    task = Task(LineKey(venue.name, RequestKind.TOKEN_QUOTES))
    try:
        harvest = carry_out(venue, task, http, keys=frozenset(token.key for token in held))
    except VenueError as error:
        problems.append(venue_problem(error))
        return ()
    problems += harvest.problems
    return harvest.quotes


def _underlying_figures(
    venue: Venue, http: HttpDoor, held: Sequence[LeveragedToken], problems: list[Problem]
) -> tuple[TokenQuote, ...]:
    instruments = frozenset(token.hedge_instrument for token in held if token.hedge_instrument)
    if not instruments:
        return ()
    task = Task(LineKey(venue.name, RequestKind.UNDERLYING_QUOTES))
    try:
        harvest = carry_out(venue, task, http, instruments=instruments)
    except VenueError as error:
        problems.append(venue_problem(error))
        return ()
    problems += harvest.problems
    return underlying_parts(harvest.underlyings, held)


def venue_problem(error: LevdeskError) -> Problem:
    """A failed fetch in words, with what to do."""
    words = error.message if error.message.endswith(".") else f"{error.message}."
    source = error.venue if isinstance(error, VenueError) else ""
    return Problem(severity=Severity.WARNING, code=error.code, message=f"{words} {error.hint}".strip(), source=source)


def _names(tokens: Sequence[LeveragedToken]) -> str:
    return ", ".join(sorted(token.key.symbol for token in tokens))
