"""What KuCoin's futures replies say of perpetuals: marks, funding now and before, bars of the traded price."""

from __future__ import annotations

from typing import Final

from levdesk.domain.market import Candle, FundingPoint, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import RawBar, in_order, read_bar
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue
from levdesk.venues.kucoin.wire import ROWS, VENUE, data
from levdesk.venues.rows import MOST_FUNDING, moment_ms, named_row, seconds_of_ms

_WEEK_MS: Final = 7 * 86_400_000


def perpetual(underlying: str) -> str:
    """KuCoin's spelling of a coin's USDT perpetual; Bitcoin is XBT there."""
    return f"{'XBT' if underlying == 'BTC' else underlying}USDTM"


def underlying_quotes(reply: Reply, instruments: frozenset[str] | None) -> Parsed[UnderlyingQuote]:
    """Perpetuals, from the list of all contracts, or from the mark price of one."""
    said = data(reply)
    listing: JsonValue = [said] if isinstance(said, dict) else said
    rows, problems = ROWS.each(
        reply, listing, lambda row: named_row(row, "symbol"), "row_unreadable", "a perpetual's row"
    )
    if not rows:
        raise ROWS.wrong_shape(reply, "a list of perpetuals with anything in it")
    quotes = [
        _quote(name, row, reply.received_ms, problems)
        for name, row in rows
        if instruments is None or name in instruments
    ]
    if isinstance(said, list):
        problems += ROWS.not_listed(instruments, {name for name, _ in rows})
    return Parsed(tuple(quotes), tuple(problems))


def _quote(name: str, row: JsonRow, received_ms: int, problems: list[Problem]) -> UnderlyingQuote:
    reader = ROWS.reader(name, row, problems)
    left_ms = reader.count("nextFundingRateTime", "time to the next funding", "time_rejected", low=0, high=_WEEK_MS)
    every_ms = reader.count("fundingRateGranularity", "funding interval", "funding_rejected", low=60_000, high=_WEEK_MS)
    moment = moment_ms(row.get("timePoint"), received_ms)
    return UnderlyingQuote(
        venue=VENUE,
        instrument=name,
        ts_ms=moment,
        mark=reader.price("markPrice" if "markPrice" in row else "value", "mark price"),
        index=reader.price("indexPrice", "index price"),
        last=reader.price("lastTradePrice", "last price"),
        funding_rate=reader.signed("fundingFeeRate", "funding rate", "funding_rejected", MOST_FUNDING),
        funding_interval_s=None if every_ms is None else every_ms // 1000,
        next_funding_ms=None if left_ms is None else moment + left_ms,
    )


def funding(reply: Reply) -> Parsed[FundingPoint]:
    """Settlements, oldest first; KuCoin sends the newest first."""
    return ROWS.settlements(reply, data(reply), "fundingRate", time="timepoint")


def bars(reply: Reply) -> Parsed[Candle]:
    """Bars; a row is [start ms, open, high, low, close, volume], the volume in contracts and so left out."""

    def bar(row: JsonValue) -> tuple[Candle, bool | None]:
        if not isinstance(row, list) or len(row) < 5:
            raise ValueError("is not a row of five figures or more")
        raw = RawBar(seconds_of_ms(row[0]), row[1], row[2], row[3], row[4])
        return read_bar(raw, received_ms=reply.received_ms)

    read_bars, problems = ROWS.each(reply, data(reply), bar, "candle_rejected", "a price bar")
    return Parsed(in_order(read_bars, received_ms=reply.received_ms), tuple(problems))
