"""What Pionex's rows say of perpetuals: mark, index and funding; the same rows come by request and by stream."""

from __future__ import annotations

from typing import Final

from levdesk.domain.market import FundingPoint, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import EARLIEST_S
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue
from levdesk.venues.pionex.wire import ROWS, VENUE, data, prices
from levdesk.venues.rows import MOST_FUNDING, moment_ms, named_row

_EARLIEST_MS: Final = EARLIEST_S * 1000
_WEEK_MS: Final = 7 * 86_400_000


def underlying_quotes(reply: Reply, instruments: frozenset[str] | None) -> Parsed[UnderlyingQuote]:
    """Mark, index and the coming funding of the wanted perpetuals, from a list of all of them."""
    rows = prices(reply, "indexes")
    quoted = quotes_of(reply, rows, instruments)
    listed = {name for row in rows if isinstance(row, dict) and isinstance(name := row.get("symbol"), str)}
    problems = list(quoted.problems)
    problems += ROWS.not_listed(instruments, listed)
    return Parsed(quoted.values, tuple(problems))


def quotes_of(reply: Reply, rows: JsonValue, instruments: frozenset[str] | None) -> Parsed[UnderlyingQuote]:
    """What the rows say of the wanted perpetuals (all when None).

    Raises:
        VenueGarbled: it is no list, or there are rows and none can be read.
    """

    def named(row: JsonValue) -> tuple[str, JsonRow]:
        return named_row(row, "symbol")

    named_rows, problems = ROWS.each(reply, rows, named, "row_unreadable", "a perpetual's row")
    wanted: dict[str, JsonRow] = {}
    for name, row in named_rows:
        if instruments is None or name in instruments:
            wanted.setdefault(name, row)
    quotes = [_quote(name, row, reply.received_ms, problems) for name, row in wanted.items()]
    return Parsed(tuple(quote for quote in quotes if quote is not None), tuple(problems))


def _quote(name: str, row: JsonRow, received_ms: int, problems: list[Problem]) -> UnderlyingQuote | None:
    reader = ROWS.reader(name, row, problems)
    mark = reader.price("markPrice", "mark price")
    index = reader.price("indexPrice", "index price")
    rate = reader.signed("nextFundingRate", "funding rate", "funding_rejected", MOST_FUNDING)
    if mark is None and index is None and rate is None:
        return None
    latest_ms = max(received_ms, _EARLIEST_MS) + _WEEK_MS
    return UnderlyingQuote(
        venue=VENUE,
        instrument=name,
        ts_ms=moment_ms(row.get("updateTime"), received_ms),
        mark=mark,
        index=index,
        funding_rate=rate,
        next_funding_ms=reader.count(
            "nextFundingTime", "next funding time", "time_rejected", low=_EARLIEST_MS, high=latest_ms
        ),
    )


def funding(reply: Reply) -> Parsed[FundingPoint]:
    """Settlements, oldest first; Pionex sends the newest first."""
    return ROWS.settlements(reply, data(reply, "rates"), "fundingRate", time="fundingTime")
