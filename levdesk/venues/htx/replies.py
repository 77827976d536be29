"""What HTX's replies about its linear perpetuals say, as domain values and problems.

Contracts are spelt BTC-USDT, at the coin's own scale (no 1000SHIB). Index and funding come from calls of their own; a
mark price is told only as the close of a one-minute bar. Figures come bare or quoted.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from levdesk.domain.market import Candle, FundingPoint, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import EARLIEST_S, RawBar, in_order, read_bar
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.htx.wire import ROWS, VENUE, read
from levdesk.venues.json_figures import JsonRow, JsonValue, RowReader, number
from levdesk.venues.rows import MOST_FUNDING, as_object, moment_ms, named_row

PERIODS: Final = {
    60: "1min",
    300: "5min",
    900: "15min",
    1800: "30min",
    3600: "60min",
    14_400: "4hour",
    86_400: "1day",
}
"""Bar lengths by seconds. Days begin at 16:00 UTC on HTX's spot market; its page does not say how that is here."""

_DAY_MS: Final = 86_400_000
_LONGEST_FUNDING_MS: Final = 7 * _DAY_MS
_PERIOD_S: Final = {period: seconds for seconds, period in PERIODS.items()}

# -- perpetuals now ----------------------------------------------------------------------------------------------


def underlying_quotes(reply: Reply, instruments: frozenset[str] | None) -> Parsed[UnderlyingQuote]:
    """The parts one of the three calls tells: index, funding, or a mark price."""
    envelope = read(reply)
    channel = envelope.get("ch")
    if isinstance(channel, str):
        return _mark(reply, envelope, channel, instruments)
    named, problems = ROWS.each(
        reply, envelope.get("data"), lambda row: named_row(row, "contract_code"), "row_unreadable", "a perpetual's row"
    )
    rows: dict[str, JsonRow] = {}
    for name, row in named:
        rows.setdefault(name, row)
    moment = moment_ms(envelope.get("ts"), reply.received_ms)
    is_index_list = any("index_price" in row for row in rows.values())
    if is_index_list:
        rows = {name: row for name, row in rows.items() if not _is_frozen(row, moment)}
    quotes = [
        _row_quote(name, row, moment, problems)
        for name, row in rows.items()
        if instruments is None or name in instruments
    ]
    if not named and instruments:
        problems.append(ROWS.problem("instrument_not_listed", "HTX tells of no perpetual that was asked for."))
    if is_index_list:
        problems += ROWS.not_listed(instruments, rows)
    return Parsed(tuple(quote for quote in quotes if quote is not None), tuple(problems))


def _is_frozen(row: JsonRow, moment: int) -> bool:
    """Whether an index stopped days ago: HTX keeps the rows of delisted perpetuals as they last were."""
    return moment_ms(row.get("index_ts"), moment) < moment - _DAY_MS


def _row_quote(name: str, row: JsonRow, moment: int, problems: list[Problem]) -> UnderlyingQuote | None:
    reader = ROWS.reader(name, row, problems)
    index = reader.price("index_price", "index price")
    rate = reader.signed("funding_rate", "funding rate", "funding_rejected", MOST_FUNDING)
    if index is None and rate is None:
        return None
    settles_ms, after_ms = (_ahead_ms(reader, field, moment) for field in ("funding_time", "next_funding_time"))
    interval_ms = after_ms - settles_ms if settles_ms is not None and after_ms is not None else 0
    return UnderlyingQuote(
        venue=VENUE,
        instrument=name,
        ts_ms=moment if index is None else moment_ms(row.get("index_ts"), moment),
        index=index,
        funding_rate=rate,
        funding_interval_s=interval_ms // 1000 if 0 < interval_ms <= _LONGEST_FUNDING_MS else None,
        next_funding_ms=settles_ms,
    )


def _ahead_ms(reader: RowReader, field: str, moment: int) -> int | None:
    """A settlement to come; one that has passed says nothing of the next."""
    found = reader.count(
        field, "funding time", "time_rejected", low=EARLIEST_S * 1000, high=moment + 2 * _LONGEST_FUNDING_MS
    )
    return found if found is not None and found >= moment else None


def _mark(reply: Reply, envelope: JsonRow, channel: str, instruments: frozenset[str] | None) -> Parsed[UnderlyingQuote]:
    """The mark price that the newest bar of a `market.BTC-USDT.mark_price.1min` reply closes at."""
    name, _, period = channel.removeprefix("market.").rpartition(".mark_price.")
    step_s = _PERIOD_S.get(period)
    if not name or step_s is None or " " in name or not name.isprintable():
        raise ROWS.wrong_shape(reply, "bars of a mark price")
    bars, problems = _bars(reply, envelope.get("data"))
    if not bars or (instruments is not None and name not in instruments):
        return Parsed((), tuple(problems))
    newest = max(bars, key=lambda found: found[0].ts_ms)
    moment = moment_ms(envelope.get("ts"), reply.received_ms)
    quote = UnderlyingQuote(
        venue=VENUE,
        instrument=name,
        ts_ms=min(moment, newest[0].ts_ms + step_s * 1000),
        mark=newest[1],
    )
    return Parsed((quote,), tuple(problems))


def _bars(reply: Reply, rows: JsonValue) -> tuple[list[tuple[Candle, Decimal]], list[Problem]]:
    def closed_at(row: JsonValue) -> tuple[Candle, Decimal]:
        return _bar(row, reply.received_ms)[0], number(as_object(row).get("close"))

    return ROWS.each(reply, rows, closed_at, "candle_rejected", "a price bar")


# -- history -----------------------------------------------------------------------------------------------------


def bars(reply: Reply) -> Parsed[Candle]:
    """Price bars, newest or oldest first on the wire; `amount` is the volume in base units."""
    found, problems = ROWS.each(
        reply,
        read(reply).get("data"),
        lambda row: _bar(row, reply.received_ms),
        "candle_rejected",
        "a price bar",
    )
    return Parsed(in_order(found, received_ms=reply.received_ms), tuple(problems))


def _bar(row: JsonValue, received_ms: int) -> tuple[Candle, bool | None]:
    figures = as_object(row)
    start, first, high, low, last, volume = map(figures.get, ("id", "open", "high", "low", "close", "amount"))
    return read_bar(RawBar(start, first, high, low, last, volume), received_ms=received_ms)


def funding(reply: Reply) -> Parsed[FundingPoint]:
    """Settlements of the v5 call, or of the older one, which lays them deeper and may tell the rate really paid."""
    data = read(reply).get("data")
    rows = data.get("data") if isinstance(data, dict) else data
    return ROWS.settlements(reply, rows, "realized_rate", "funding_rate", time="funding_time")
