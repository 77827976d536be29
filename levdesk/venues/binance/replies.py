"""What Binance's replies say of perpetuals, as domain values and problems.

Times on this wire are whole milliseconds, prices and rates are strings, and rows come oldest first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from levdesk.domain.market import Candle, FundingPoint, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import EARLIEST_S, RawBar, in_order, read_bar
from levdesk.venues.binance.wire import ROWS, VENUE, read
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, whole
from levdesk.venues.rows import MOST_FUNDING, moment_ms, named_row, seconds_of_ms

_WEEK_S: Final = 7 * 86_400
_HOUR_S: Final = 3600
_USUAL_INTERVAL_S: Final = 8 * _HOUR_S
_LONGEST_BAR_MS: Final = 32 * 86_400_000
_INTERVAL_FIELD: Final = "fundingIntervalHours"


@dataclass(frozen=True, slots=True)
class QuoteFields:
    """How a row spells the figures of a perpetual; a stream's names are single letters."""

    moment: str
    mark: str
    index: str
    rate: str
    next: str


_PREMIUM_INDEX: Final = QuoteFields("time", "markPrice", "indexPrice", "lastFundingRate", "nextFundingTime")


def server_time(reply: Reply) -> int:
    """Binance's clock, ms UTC."""
    value = read(reply)
    return ROWS.clock_ms(reply, value.get("serverTime") if isinstance(value, dict) else None)


def underlying_quotes(reply: Reply, instruments: frozenset[str] | None) -> Parsed[UnderlyingQuote]:
    """Perpetuals from rows of premiumIndex (one, or a list), or their funding intervals from rows of fundingInfo."""
    value = read(reply)
    rows: JsonValue = [value] if isinstance(value, dict) else value
    named_rows, problems = ROWS.each(
        reply, rows, lambda row: named_row(row, "symbol"), "row_unreadable", "a perpetual's row"
    )
    if not named_rows:
        raise ROWS.wrong_shape(reply, "a list of perpetuals with anything in it")
    listed: dict[str, JsonRow] = {}
    for name, row in named_rows:
        if instruments is None or name in instruments:
            listed.setdefault(name, row)
    if any(_INTERVAL_FIELD in row for _, row in named_rows):
        missing = sorted((instruments or frozenset()) - listed.keys())
        return _intervals(listed, missing, reply.received_ms, problems)
    quotes = tuple(perpetual(name, row, _PREMIUM_INDEX, reply.received_ms, problems) for name, row in listed.items())
    return Parsed(quotes, (*problems, *ROWS.not_listed(instruments, listed)))


def perpetual(
    name: str, row: JsonRow, fields: QuoteFields, received_ms: int, problems: list[Problem]
) -> UnderlyingQuote:
    """Mark, index and funding from a row, as of the time it names."""
    ts_ms = moment_ms(row.get(fields.moment), received_ms)
    latest_ms = max(ts_ms, received_ms) + _WEEK_S * 1000
    reader = ROWS.reader(name, row, problems)
    return UnderlyingQuote(
        venue=VENUE,
        instrument=name,
        ts_ms=ts_ms,
        mark=reader.price(fields.mark, "mark price"),
        index=reader.price(fields.index, "index price"),
        funding_rate=reader.signed(fields.rate, "funding rate", "funding_rejected", MOST_FUNDING),
        next_funding_ms=reader.count(
            fields.next, "next funding time", "time_rejected", low=EARLIEST_S * 1000, high=latest_ms
        ),
    )


def _intervals(
    listed: dict[str, JsonRow], missing: list[str], received_ms: int, problems: list[Problem]
) -> Parsed[UnderlyingQuote]:
    """Funding intervals: only perpetuals off the usual eight hours are listed, so a missing one settles at those."""
    found: dict[str, int | None] = dict.fromkeys(missing, _USUAL_INTERVAL_S)
    for name, row in listed.items():
        reader = ROWS.reader(name, row, problems)
        hours = reader.count(_INTERVAL_FIELD, "funding interval", "funding_rejected", low=1, high=_WEEK_S // _HOUR_S)
        found[name] = None if hours is None else hours * _HOUR_S
    quotes = tuple(
        UnderlyingQuote(venue=VENUE, instrument=name, ts_ms=received_ms, funding_interval_s=seconds)
        for name, seconds in sorted(found.items())
        if seconds is not None
    )
    return Parsed(quotes, tuple(problems))


def bars(reply: Reply) -> Parsed[Candle]:
    """Mark price bars; a row is [open time, open, high, low, close, 0, close time, …], and the 0 is no volume."""

    def row_of(value: JsonValue) -> tuple[Candle, bool]:
        if not isinstance(value, list) or len(value) < 7:
            raise ValueError("is not a row of seven figures or more")
        start, first, high, low, close, _, end = value[:7]
        return bar(RawBar(start, first, high, low, close), end, reply.received_ms)

    found, problems = ROWS.each(reply, read(reply), row_of, "candle_rejected", "a price bar")
    return Parsed(in_order(found, received_ms=reply.received_ms), tuple(problems))


def bar(raw: RawBar, end_ms: JsonValue, received_ms: int) -> tuple[Candle, bool]:
    """A bar that starts in ms, and whether its close time has passed.

    Raises:
        ValueError: with a plain reason.
    """
    candle, _ = read_bar(replace(raw, time_s=seconds_of_ms(raw.time_s)), received_ms=received_ms)
    return candle, whole(end_ms, low=candle.ts_ms, high=candle.ts_ms + _LONGEST_BAR_MS) < received_ms


def funding(reply: Reply) -> Parsed[FundingPoint]:
    """Settlements, oldest first."""
    return ROWS.settlements(reply, read(reply), "fundingRate", time="fundingTime")
