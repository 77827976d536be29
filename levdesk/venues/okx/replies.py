"""What OKX's rows say, as domain values and problems; the same rows come by request and by stream.

Figures are strings and times are milliseconds. Mark price, funding and index come from three lists, so each row gives
its own parts. An index is named without the perpetual's ending: BTC-USDT is the index of BTC-USDT-SWAP.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from levdesk.domain.market import Candle, FundingPoint, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import EARLIEST_S, RawBar, in_order, read_bar
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, RowReader, whole
from levdesk.venues.okx.wire import ROWS, VENUE, data_rows, price_rows
from levdesk.venues.rows import MOST_FUNDING, moment_ms, named_row

PERPETUAL_ENDING: Final = "-SWAP"
_EARLIEST_MS: Final = EARLIEST_S * 1000
_DAY_MS: Final = 86_400_000
_LONGEST_INTERVAL_S: Final = 7 * 86_400
_BAR_WIDTHS: Final = frozenset({6, 9})
"""Bars of mark and index prices, and bars of trades, which carry three volumes more."""
_FLAGS: Final = {"1": True, "0": False}

# -- quotes ------------------------------------------------------------------------------------------------------


def underlying_quotes(reply: Reply, instruments: frozenset[str] | None) -> Parsed[UnderlyingQuote]:
    """Parts of perpetuals; only the list of mark prices tells which perpetuals there are."""
    quoted, listed = quotes_of(reply, price_rows(reply), instruments)
    problems = list(quoted.problems)
    if listed:
        problems += ROWS.not_listed(instruments, listed)
    return Parsed(quoted.values, tuple(problems))


def quotes_of(
    reply: Reply, rows: Sequence[JsonValue], instruments: frozenset[str] | None
) -> tuple[Parsed[UnderlyingQuote], frozenset[str]]:
    """What the rows say of the wanted perpetuals (all when None), and the names of those with a mark price's row.

    Raises:
        VenueGarbled: there are rows, and none can be read.
    """

    def named(row: JsonValue) -> tuple[str, JsonRow]:
        name, figures = named_row(row, "instId")
        return (f"{name}{PERPETUAL_ENDING}" if "idxPx" in figures else name), figures

    named_rows, problems = ROWS.each(reply, list(rows), named, "row_unreadable", "a perpetual's row")
    wanted: dict[str, JsonRow] = {}
    for name, row in named_rows:
        if name in instruments if instruments is not None else name.endswith(PERPETUAL_ENDING):
            wanted.setdefault(name, row)
    quotes = [_quote(name, row, reply.received_ms, problems) for name, row in wanted.items()]
    listed = frozenset(name for name, row in named_rows if "markPx" in row)
    return Parsed(tuple(quote for quote in quotes if quote is not None), tuple(problems)), listed


def _quote(name: str, row: JsonRow, received_ms: int, problems: list[Problem]) -> UnderlyingQuote | None:
    reader = ROWS.reader(name, row, problems)
    mark, index, last = (
        reader.price(field, words)
        for field, words in (("markPx", "mark price"), ("idxPx", "index price"), ("last", "last price"))
    )
    rate = reader.signed("fundingRate", "funding rate", "funding_rejected", MOST_FUNDING)
    if all(part is None for part in (mark, index, last, rate)):
        return None
    next_ms, interval_s = _funding_times(reader, received_ms)
    return UnderlyingQuote(
        venue=VENUE,
        instrument=name,
        ts_ms=moment_ms(row.get("ts"), received_ms),
        mark=mark,
        index=index,
        last=last,
        funding_rate=rate,
        funding_interval_s=interval_s,
        next_funding_ms=next_ms,
    )


def _funding_times(reader: RowReader, received_ms: int) -> tuple[int | None, int | None]:
    """The next settlement, which OKX calls `fundingTime`, and the interval: from it to the one after."""
    latest_ms = max(received_ms, _EARLIEST_MS) + 14 * _DAY_MS
    next_ms, after_ms = (
        reader.count(field, words, "time_rejected", low=_EARLIEST_MS, high=latest_ms)
        for field, words in (("fundingTime", "next funding time"), ("nextFundingTime", "funding time after the next"))
    )
    if next_ms is None or after_ms is None:
        return next_ms, None
    interval_s = (after_ms - next_ms) // 1000
    if not 60 <= interval_s <= _LONGEST_INTERVAL_S:
        words = f"{reader.label}: a funding interval of {interval_s} s cannot be; the last good figure stays."
        reader.problems.append(ROWS.problem("funding_rejected", words, row=reader.label))
        return next_ms, None
    return next_ms, interval_s


# -- history -----------------------------------------------------------------------------------------------------


def funding(reply: Reply) -> Parsed[FundingPoint]:
    """Settlements, oldest first, at the rate that was realised; OKX sends the newest first."""
    return ROWS.settlements(reply, data_rows(reply), "realizedRate", "fundingRate", time="fundingTime")


def bars(reply: Reply) -> Parsed[Candle]:
    """Bars, oldest first; a row is [time, open, high, low, close, …, closed] and a mark price has no volume."""

    def bar(row: JsonValue) -> tuple[Candle, bool | None]:
        if not isinstance(row, list) or len(row) not in _BAR_WIDTHS:
            raise ValueError("is not a row of six figures")
        time, first, high, low, close = row[:5]
        flag = row[-1]
        closed = _FLAGS.get(flag) if isinstance(flag, str) else None
        raw = RawBar(_whole_second(time), first, high, low, close, closed=closed)
        return read_bar(raw, received_ms=reply.received_ms)

    read, problems = ROWS.each(reply, data_rows(reply), bar, "candle_rejected", "a price bar")
    return Parsed(in_order(read, received_ms=reply.received_ms), tuple(problems))


def _whole_second(ms: JsonValue) -> str:
    """A bar's start in seconds; cut, for the published example has a start within a second."""
    return str(whole(ms, low=_EARLIEST_MS, high=100 * _EARLIEST_MS) // 1000)
