"""What Gate's replies say, as domain values and problems.

Times on this wire are unix seconds, figures are strings, and leveraged tokens are told by the `etf_*` fields of the
spot tickers. A ticker's body carries no time; the `X-Out-Time` header (µs) does.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, FundingPoint, NavSource, TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import EARLIEST_S, RawBar, in_order, read_bar
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.gate.wire import ROWS, VENUE, moment_ms, read
from levdesk.venues.json_figures import JsonRow, JsonValue, RowReader, is_absent, number, printable, whole
from levdesk.venues.rows import MOST_FUNDING, as_object, funding_ratio, named_row, settlements_in_order
from levdesk.venues.token_names import long_short_multiple

QUOTE_CURRENCY: Final = "USDT"
_TOKEN_FIELDS: Final = ("etf_net_value", "etf_pre_net_value", "etf_leverage")
_MOST_LEVERAGE: Final = Decimal(100)

# -- tokens ------------------------------------------------------------------------------------------------------


def tokens(reply: Reply) -> Parsed[LeveragedToken]:
    """The leveraged tokens among the spot tickers."""
    rows, problems = _token_rows(reply, None)
    found: list[LeveragedToken] = []
    for symbol in rows:
        named = long_short_multiple(symbol)
        if named is None:
            words = f"{symbol}: Gate publishes a NAV, but the name does not tell what it follows; left out."
            problems.append(ROWS.problem("token_name_unread", f"{words} Define it by hand to hold it.", row=symbol))
            continue
        found.append(
            LeveragedToken(
                key=TokenKey(VENUE, symbol),
                underlying=named.underlying,
                target_leverage=named.target_leverage,
                quote_currency=QUOTE_CURRENCY,
            )
        )
    if not found:
        problems.append(ROWS.problem("no_tokens_listed", "Gate's price list holds no leveraged token at the moment."))
    return Parsed(tuple(found), tuple(problems))


def token_quotes(reply: Reply, keys: frozenset[TokenKey] | None) -> Parsed[TokenQuote]:
    """Price and NAV of the wanted tokens."""
    wanted = None if keys is None else frozenset(key.symbol for key in keys if key.venue == VENUE)
    rows, problems = _token_rows(reply, wanted)
    moment = moment_ms(reply)
    quotes = [token_quote(symbol, row, moment, problems) for symbol, row in rows.items()]
    for symbol in sorted((wanted or frozenset()) - rows.keys()):
        words = f"{printable(symbol, 40)}: Gate does not list it; it may have been delisted, merged or renamed."
        problems.append(ROWS.problem("token_not_listed", words, row=printable(symbol, 40)))
    return Parsed(tuple(quote for quote in quotes if quote is not None), tuple(problems))


def _token_rows(reply: Reply, wanted: frozenset[str] | None) -> tuple[dict[str, JsonRow], list[Problem]]:
    """Ticker rows by token symbol: those asked for, or those with NAV fields."""
    named_rows, problems = ROWS.each(
        reply, read(reply), lambda row: named_row(row, "currency_pair"), "row_unreadable", "a price row"
    )
    if not named_rows:
        raise ROWS.wrong_shape(reply, "a price list with anything in it")
    rows: dict[str, JsonRow] = {}
    for pair, row in named_rows:
        symbol, _, currency = pair.upper().rpartition("_")
        if symbol and currency == QUOTE_CURRENCY and (symbol in wanted if wanted is not None else _has_nav(row)):
            if symbol in rows and row != rows[symbol]:
                words = f"{symbol}: Gate lists it twice with different figures; the first row is used."
                problems.append(ROWS.problem("duplicate_row", words, row=symbol))
            rows.setdefault(symbol, row)
    return rows, problems


def _has_nav(row: JsonRow) -> bool:
    return any(_tells(row.get(field)) for field in _TOKEN_FIELDS)


def _tells(value: JsonValue) -> bool:
    """Whether an `etf_*` field says anything: other pairs carry none of them, or null, "" or zero."""
    if is_absent(value) or value is False:
        return False
    try:
        return bool(number(value))
    except ValueError:
        return True


def token_quote(symbol: str, row: JsonRow, moment: int, problems: list[Problem]) -> TokenQuote | None:
    """One ticker row, of the price list or of a stream; None when it says nothing."""
    reader = ROWS.reader(symbol, row, problems)
    last, bid, ask = (
        reader.price(field, words)
        for field, words in (("last", "last price"), ("highest_bid", "bid"), ("lowest_ask", "ask"))
    )
    nav = reader.price("etf_net_value", "NAV", "nav_rejected")
    leverage = _leverage(symbol, reader)
    rebalance_nav = reader.price("etf_pre_net_value", "NAV at the last rebalance", "nav_rejected")
    rebalance_s = reader.count(
        "etf_pre_timestamp", "time of the last rebalance", "time_rejected", low=EARLIEST_S, high=moment // 1000 + 86_400
    )
    if all(part is None for part in (last, bid, ask, nav, leverage, rebalance_nav)):
        return None
    return TokenQuote(
        key=TokenKey(VENUE, symbol),
        last=last,
        bid=bid,
        ask=ask,
        price_ts_ms=None if last is None and bid is None and ask is None else moment,
        nav=nav,
        nav_source=None if nav is None else NavSource.VENUE,
        nav_ts_ms=None if nav is None else moment,
        effective_leverage=leverage,
        leverage_ts_ms=None if leverage is None else moment,
        rebalance_nav=rebalance_nav,
        rebalance_ms=None if rebalance_s is None else rebalance_s * 1000,
    )


def _leverage(symbol: str, reader: RowReader) -> Decimal | None:
    """Effective leverage: the size is Gate's, the sign is the name's, for the page leaves the sign of shorts open."""
    size = reader.magnitude("etf_leverage", "effective leverage", "leverage_rejected", _MOST_LEVERAGE)
    named = None if size is None else long_short_multiple(symbol)
    if named is None or size is None:
        return None
    return size.copy_sign(named.target_leverage)


# -- perpetuals --------------------------------------------------------------------------------------------------


def underlying_quotes(reply: Reply, instruments: frozenset[str] | None) -> Parsed[UnderlyingQuote]:
    """Perpetuals, from rows of contracts or of tickers."""
    named_rows, problems = ROWS.each(
        reply, read(reply), lambda row: named_row(row, "name", "contract"), "row_unreadable", "a perpetual's row"
    )
    moment = moment_ms(reply)
    rows: dict[str, JsonRow] = {}
    for name, row in named_rows:
        if instruments is None or name in instruments:
            rows.setdefault(name, row)
    quotes = [underlying_quote(name, row, moment, problems) for name, row in rows.items()]
    return Parsed(tuple(quotes), (*problems, *ROWS.not_listed(instruments, rows)))


def underlying_quote(name: str, row: JsonRow, moment: int, problems: list[Problem]) -> UnderlyingQuote:
    """One row of contracts or of tickers, of a reply or of a stream."""
    reader = ROWS.reader(name, row, problems)
    next_s = reader.count(
        "funding_next_apply", "next funding time", "time_rejected", low=EARLIEST_S, high=moment // 1000 + 7 * 86_400
    )
    return UnderlyingQuote(
        venue=VENUE,
        instrument=name,
        ts_ms=moment,
        mark=reader.price("mark_price", "mark price"),
        index=reader.price("index_price", "index price"),
        last=reader.price("last_price" if "last_price" in row else "last", "last price"),
        funding_rate=reader.signed("funding_rate", "funding rate", "funding_rejected", MOST_FUNDING),
        funding_interval_s=reader.count(
            "funding_interval", "funding interval", "funding_rejected", low=60, high=7 * 86_400
        ),
        next_funding_ms=None if next_s is None else next_s * 1000,
    )


def funding(reply: Reply) -> Parsed[FundingPoint]:
    """Settlements, oldest first; Gate sends the newest first."""

    def point(value: JsonValue) -> FundingPoint:
        row = as_object(value)
        rate = funding_ratio(row.get("r"))
        ts_s = whole(row.get("t"), low=EARLIEST_S, high=max(reply.received_ms // 1000 + 86_400, EARLIEST_S))
        return FundingPoint(ts_s * 1000, rate)

    points, problems = ROWS.each(reply, read(reply), point, "funding_rejected", "a funding settlement")
    return Parsed(settlements_in_order(points), tuple(problems))


# -- bars --------------------------------------------------------------------------------------------------------


def token_bars(reply: Reply) -> Parsed[Candle]:
    """Spot bars; a row is [time, quote volume, close, high, low, open, base volume, closed]."""

    def raw(row: JsonValue) -> RawBar:
        if not isinstance(row, list) or len(row) < 6:
            raise ValueError("is not a row of six figures or more")
        time, _, close, high, low, first = row[:6]
        volume, closed = (row[6] if len(row) > 6 else None), (row[7] if len(row) > 7 else None)
        return RawBar(time, first, high, low, close, volume, closed)

    return _bars(reply, raw)


def perpetual_bars(reply: Reply) -> Parsed[Candle]:
    """Perpetual bars; `v` counts contracts, so the volume in base units stays unknown."""

    def raw(value: JsonValue) -> RawBar:
        row = as_object(value)
        return RawBar(row.get("t"), row.get("o"), row.get("h"), row.get("l"), row.get("c"))

    return _bars(reply, raw)


def _bars(reply: Reply, raw: Callable[[JsonValue], RawBar]) -> Parsed[Candle]:
    def bar(row: JsonValue) -> tuple[Candle, bool | None]:
        return read_bar(raw(row), received_ms=reply.received_ms)

    bars, problems = ROWS.each(reply, read(reply), bar, "candle_rejected", "a price bar")
    return Parsed(in_order(bars, received_ms=reply.received_ms), tuple(problems))
