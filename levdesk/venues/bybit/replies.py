"""What Bybit's replies say of perpetuals, as domain values and problems.

Figures and most times are strings, times are milliseconds, and rows come newest first. The envelope carries the time
that all figures of a price list were true.
"""

from __future__ import annotations

from typing import Final

from levdesk.domain.market import Candle, FundingPoint, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import EARLIEST_S, RawBar, in_order, read_bar
from levdesk.venues.bybit.wire import ROWS, VENUE, read
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, whole
from levdesk.venues.rows import MOST_FUNDING, named_row, seconds_of_ms

_HOUR_S: Final = 3600
_WEEK_S: Final = 7 * 86_400
_NANOSECONDS_PER_MS: Final = 1_000_000


def server_time(reply: Reply) -> int:
    """Bybit's clock, ms UTC."""
    stamp = read(reply).result.get("timeNano")
    earliest_ns = EARLIEST_S * 1000 * _NANOSECONDS_PER_MS
    try:
        return whole(stamp, low=earliest_ns, high=earliest_ns * 10) // _NANOSECONDS_PER_MS
    except ValueError:
        raise ROWS.wrong_shape(reply, "a server time") from None


def underlying_quotes(reply: Reply, instruments: frozenset[str] | None) -> Parsed[UnderlyingQuote]:
    """Perpetuals, from rows of tickers."""
    envelope = read(reply)
    named_rows, problems = ROWS.each(
        reply,
        envelope.result.get("list"),
        lambda row: named_row(row, "symbol"),
        "row_unreadable",
        "a perpetual's row",
    )
    if not named_rows:
        raise ROWS.wrong_shape(reply, "a price list with anything in it")
    listed: dict[str, JsonRow] = {}
    for name, row in named_rows:
        if instruments is None or name in instruments:
            listed.setdefault(name, row)
    quotes = tuple(perpetual(name, row, envelope.ts_ms, reply.received_ms, problems) for name, row in listed.items())
    return Parsed(quotes, (*problems, *ROWS.not_listed(instruments, listed)))


def perpetual(name: str, row: JsonRow, ts_ms: int, received_ms: int, problems: list[Problem]) -> UnderlyingQuote:
    """The figures of a ticker, in a reply or in a stream; fields that are not there stay None."""
    reader = ROWS.reader(name, row, problems)
    hours = reader.count("fundingIntervalHour", "funding interval", "funding_rejected", low=1, high=_WEEK_S // _HOUR_S)
    return UnderlyingQuote(
        venue=VENUE,
        instrument=name,
        ts_ms=ts_ms,
        mark=reader.price("markPrice", "mark price"),
        index=reader.price("indexPrice", "index price"),
        last=reader.price("lastPrice", "last price"),
        funding_rate=reader.signed("fundingRate", "funding rate", "funding_rejected", MOST_FUNDING),
        funding_interval_s=None if hours is None else hours * _HOUR_S,
        next_funding_ms=reader.count(
            "nextFundingTime",
            "next funding time",
            "time_rejected",
            low=EARLIEST_S * 1000,
            high=max(ts_ms, received_ms) + _WEEK_S * 1000,
        ),
    )


def bars(reply: Reply) -> Parsed[Candle]:
    """Mark price bars; a row is [start, open, high, low, close], and those of trades have two figures more."""

    def bar(row: JsonValue) -> tuple[Candle, bool | None]:
        if not isinstance(row, list) or len(row) < 5:
            raise ValueError("is not a row of five figures or more")
        start, first, high, low, close = row[:5]
        volume = row[5] if len(row) > 5 else None
        return read_bar(RawBar(seconds_of_ms(start), first, high, low, close, volume), received_ms=reply.received_ms)

    found, problems = ROWS.each(reply, read(reply).result.get("list"), bar, "candle_rejected", "a price bar")
    return Parsed(in_order(found, received_ms=reply.received_ms), tuple(problems))


def funding(reply: Reply) -> Parsed[FundingPoint]:
    """Settlements, oldest first."""
    return ROWS.settlements(reply, read(reply).result.get("list"), "fundingRate", time="fundingRateTimestamp")
