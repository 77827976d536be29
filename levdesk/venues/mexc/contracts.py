"""What MEXC's contract replies say of perpetuals: marks, funding now and before, bars of the mark price."""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from levdesk.domain.errors import VenueRefused
from levdesk.domain.market import Candle, FundingPoint, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import RawBar, in_order, read_bar
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue
from levdesk.venues.mexc.wire import ROWS, UNKNOWN_CONTRACT, VENUE, contract_data, listed
from levdesk.venues.rows import MOST_FUNDING, moment_ms, named_row

_COLUMNS: Final = ("time", "open", "high", "low", "close")
_WEEK_MS: Final = 7 * 86_400_000


def underlying_quotes(reply: Reply, instruments: frozenset[str] | None) -> Parsed[UnderlyingQuote]:
    """Perpetuals, from the list of all tickers or from one contract's funding."""
    try:
        data = contract_data(reply)
    except VenueRefused as refusal:
        # One contract's funding, asked for beside the list of all: that list says it by name.
        if refusal.label == UNKNOWN_CONTRACT:
            return Parsed(())
        raise
    rows, problems = ROWS.each(
        reply,
        listed(reply, data, "a list of perpetuals"),
        lambda row: named_row(row, "symbol"),
        "row_unreadable",
        "a perpetual's row",
    )
    quotes = [
        underlying_quote(name, row, reply.received_ms, problems)
        for name, row in rows
        if instruments is None or name in instruments
    ]
    if isinstance(data, list):
        problems += ROWS.not_listed(instruments, {name for name, _ in rows})
    return Parsed(tuple(quotes), tuple(problems))


def underlying_quote(name: str, row: JsonRow, received_ms: int, problems: list[Problem]) -> UnderlyingQuote:
    """One row of tickers or of funding, of a reply or of a stream."""
    reader = ROWS.reader(name, row, problems)
    hours = reader.count("collectCycle", "funding interval", "funding_rejected", low=1, high=7 * 24)
    return UnderlyingQuote(
        venue=VENUE,
        instrument=name,
        ts_ms=moment_ms(row.get("timestamp"), received_ms),
        mark=reader.price("fairPrice", "mark price"),
        index=reader.price("indexPrice", "index price"),
        last=reader.price("lastPrice", "last price"),
        funding_rate=reader.signed("fundingRate", "funding rate", "funding_rejected", MOST_FUNDING),
        funding_interval_s=None if hours is None else hours * 3600,
        next_funding_ms=reader.count(
            "nextSettleTime", "next funding time", "time_rejected", low=1, high=received_ms + _WEEK_MS
        ),
    )


def funding(reply: Reply) -> Parsed[FundingPoint]:
    """Settlements, oldest first; MEXC sends the newest first."""
    data = contract_data(reply)
    rows = data.get("resultList") if isinstance(data, dict) else None
    return ROWS.settlements(reply, rows, "fundingRate", time="settleTime")


def bars(reply: Reply) -> Parsed[Candle]:
    """Bars of the mark price, sent column by column; the volume is no volume of it."""
    data = contract_data(reply)
    columns = [data.get(name) for name in _COLUMNS] if isinstance(data, dict) else []
    cells = [column for column in columns if isinstance(column, list)]
    if len(cells) != len(_COLUMNS):
        raise ROWS.wrong_shape(reply, "columns of price bars")

    def bar(row: JsonValue) -> tuple[Candle, bool | None]:
        assert isinstance(row, list)
        return read_bar(RawBar(*row), received_ms=reply.received_ms)

    rows: list[JsonValue] = [list(row) for row in zip_longest(*cells)]
    read_bars, problems = ROWS.each(reply, rows, bar, "candle_rejected", "a price bar")
    return Parsed(in_order(read_bars, received_ms=reply.received_ms), tuple(problems))
