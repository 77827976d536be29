"""What MEXC's spot replies say of tokens: which there are, their prices, their NAV, their bars.

A token is told by its name, and only where the coin of that name is listed too; no field says so.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey, TokenStatus
from levdesk.domain.market import Candle, NavSource, TokenQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import RawBar, in_order, read_bar
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, RowReader, printable, whole
from levdesk.venues.mexc.wire import ROWS, VENUE, gone, listed, read
from levdesk.venues.rows import moment_ms, named_row, seconds_of_ms
from levdesk.venues.token_names import long_short_multiple, tokens_among

QUOTE_CURRENCY: Final = "USDT"

_MOST_LEVERAGE: Final = Decimal(100)
_OFFLINE: Final = "3"
_FAR_MS: Final = 10**14

# -- which there are ---------------------------------------------------------------------------------------------


def tokens(reply: Reply) -> Parsed[LeveragedToken]:
    """The leveraged tokens among the pairs."""
    value = read(reply)
    pairs = value.get("symbols") if isinstance(value, dict) else None
    rows, problems = ROWS.each(
        reply,
        listed(reply, pairs, "a list of pairs"),
        lambda row: named_row(row, "baseAsset"),
        "row_unreadable",
        "a pair",
    )
    coins = {base.upper() for base, _ in rows}
    found = [
        LeveragedToken(
            key=TokenKey(VENUE, base.upper()),
            underlying=named.underlying,
            target_leverage=named.target_leverage,
            quote_currency=QUOTE_CURRENCY,
            status=TokenStatus.DELISTED if row.get("status") == _OFFLINE else TokenStatus.TRADING,
        )
        for base, row in {base: (base, row) for base, row in rows if row.get("quoteAsset") == QUOTE_CURRENCY}.values()
        if (named := long_short_multiple(base.upper())) is not None and named.underlying in coins
    ]
    if not found:
        problems.append(ROWS.problem("no_tokens_listed", "MEXC lists no leveraged token at the moment."))
    return Parsed(tuple(found), tuple(problems))


# -- prices ------------------------------------------------------------------------------------------------------


def token_quotes(reply: Reply, keys: frozenset[TokenKey] | None) -> Parsed[TokenQuote]:
    """Prices of the wanted tokens, or of all pairs named like one whose coin is in the list."""
    rows, problems = _by_symbol(reply, listed(reply, read(reply), "a price list with anything in it"), "a price row")
    wanted = (
        tokens_among(rows, long_short_multiple)
        if keys is None
        else frozenset(key.symbol for key in keys if key.venue == VENUE)
    )
    quotes = [_quote(symbol, rows[symbol], reply, problems) for symbol in sorted(wanted & rows.keys())]
    for symbol in sorted(wanted - rows.keys()):
        words = f"{printable(symbol, 40)}: MEXC does not list it; it may have been delisted, merged or renamed."
        problems.append(ROWS.problem("token_not_listed", words, row=printable(symbol, 40)))
    return Parsed(tuple(quote for quote in quotes if quote is not None), tuple(problems))


def token_navs(reply: Reply) -> Parsed[TokenQuote]:
    """NAV and leverage of every token.

    Raises:
        VenueRefused: the list is empty, so nothing is behind the endpoint any more.
    """
    value = read(reply)
    if value == []:
        raise gone()
    rows, problems = _by_symbol(reply, listed(reply, value, "a list of NAVs"), "a NAV row")
    quotes = [_nav(symbol, row, reply, problems) for symbol, row in rows.items()]
    return Parsed(tuple(quote for quote in quotes if quote is not None), tuple(problems))


def _by_symbol(reply: Reply, values: JsonValue, thing: str) -> tuple[dict[str, JsonRow], list[Problem]]:
    """Rows by the base of their pair, of pairs in USDT."""
    named, problems = ROWS.each(reply, values, lambda row: named_row(row, "symbol"), "row_unreadable", thing)
    rows: dict[str, JsonRow] = {}
    for pair, row in named:
        symbol = pair.upper().removesuffix(QUOTE_CURRENCY)
        if symbol and symbol != pair.upper():
            rows.setdefault(symbol, row)
    return rows, problems


def _quote(symbol: str, row: JsonRow, reply: Reply, problems: list[Problem]) -> TokenQuote | None:
    reader = ROWS.reader(symbol, row, problems)
    last, bid, ask = (
        reader.price(field, words)
        for field, words in (("lastPrice", "last price"), ("bidPrice", "bid"), ("askPrice", "ask"))
    )
    if last is None and bid is None and ask is None:
        return None
    moment = moment_ms(row.get("closeTime"), reply.received_ms)
    return TokenQuote(key=TokenKey(VENUE, symbol), last=last, bid=bid, ask=ask, price_ts_ms=moment)


def _nav(symbol: str, row: JsonRow, reply: Reply, problems: list[Problem]) -> TokenQuote | None:
    reader = ROWS.reader(symbol, row, problems)
    nav = reader.price("netValue", "NAV", "nav_rejected")
    leverage = _leverage(symbol, reader)
    if nav is None and leverage is None:
        return None
    moment = moment_ms(row.get("timestamp"), reply.received_ms)
    return TokenQuote(
        key=TokenKey(VENUE, symbol),
        nav=nav,
        nav_source=None if nav is None else NavSource.VENUE,
        nav_ts_ms=None if nav is None else moment,
        effective_leverage=leverage,
        leverage_ts_ms=None if leverage is None else moment,
    )


def _leverage(symbol: str, reader: RowReader) -> Decimal | None:
    """Effective leverage: `realLeverage` has the size, the target (else the name) the sign."""
    size = reader.magnitude("realLeverage", "effective leverage", "leverage_rejected", _MOST_LEVERAGE)
    target = reader.signed("leverage", "target leverage", "leverage_rejected", _MOST_LEVERAGE)
    named = long_short_multiple(symbol)
    sign = target or (named.target_leverage if named is not None else None)
    return None if size is None or sign is None else size.copy_sign(sign)


# -- bars --------------------------------------------------------------------------------------------------------


def bars(reply: Reply) -> Parsed[Candle]:
    """Bars; a row is [start ms, open, high, low, close, volume, end ms, turnover]."""

    def bar(row: JsonValue) -> tuple[Candle, bool | None]:
        if not isinstance(row, list) or len(row) < 6:
            raise ValueError("is not a row of six figures or more")
        closed = _closed(row[6] if len(row) > 6 else None, reply)
        raw = RawBar(seconds_of_ms(row[0]), row[1], row[2], row[3], row[4], row[5], closed)
        return read_bar(raw, received_ms=reply.received_ms)

    read_bars, problems = ROWS.each(reply, read(reply), bar, "candle_rejected", "a price bar")
    return Parsed(in_order(read_bars, received_ms=reply.received_ms), tuple(problems))


def _closed(end_ms: JsonValue, reply: Reply) -> bool | None:
    try:
        return whole(end_ms, low=0, high=_FAR_MS) <= reply.received_ms
    except ValueError:
        return None
