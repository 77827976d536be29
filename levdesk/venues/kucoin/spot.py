"""What KuCoin's spot replies say of tokens: which are left, their prices, their NAV, their bars.

KuCoin wound these tokens down from the end of 2025 on. What still answers is read; what does not is refused and so
switched off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, NavSource, TokenQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import RawBar, in_order, read_bar
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, RowReader, is_absent, printable
from levdesk.venues.kucoin.wire import ROWS, VENUE, data, gone
from levdesk.venues.rows import moment_ms, named_row
from levdesk.venues.token_names import NamedMultiple, long_short_multiple, tokens_among

QUOTE_CURRENCY: Final = "USDT"

_MARKET: Final = "ETF"
_MOST_LEVERAGE: Final = Decimal(100)
_UP_DOWN: Final = re.compile(r"(?P<underlying>.+?)(?P<side>UP|DOWN)", re.ASCII)
_UP_DOWN_TARGET: Final = Decimal(3)
"""The middle of the 2 to 4 such tokens float in."""

# -- which are left ----------------------------------------------------------------------------------------------


def read_name(symbol: str) -> NamedMultiple | None:
    """What a token's name says: BTC3L, ETH3S, and BTCUP or ETHDOWN at the middle of their range."""
    found = _UP_DOWN.fullmatch(symbol)
    if found is None:
        return long_short_multiple(symbol)
    return NamedMultiple(found["underlying"], -_UP_DOWN_TARGET if found["side"] == "DOWN" else _UP_DOWN_TARGET)


def tokens(reply: Reply) -> Parsed[LeveragedToken]:
    """The tokens among the pairs that KuCoin counts to its ETF market."""
    rows, problems = ROWS.each(
        reply, data(reply), lambda row: named_row(row, "baseCurrency"), "row_unreadable", "a pair"
    )
    found: dict[str, LeveragedToken] = {}
    for base, row in rows:
        symbol = base.upper()
        named = read_name(symbol)
        if row.get("market") == _MARKET and row.get("quoteCurrency") == QUOTE_CURRENCY and named is not None:
            found[symbol] = LeveragedToken(
                key=TokenKey(VENUE, symbol),
                underlying=named.underlying,
                target_leverage=named.target_leverage,
                quote_currency=QUOTE_CURRENCY,
            )
    if not found:
        problems.append(ROWS.problem("no_tokens_listed", "KuCoin lists no leveraged token any more."))
    return Parsed(tuple(found.values()), tuple(problems))


# -- prices ------------------------------------------------------------------------------------------------------


def token_quotes(reply: Reply, keys: frozenset[TokenKey] | None) -> Parsed[TokenQuote]:
    """Prices of the wanted tokens, or of all pairs named like one whose coin is in the list."""
    said = data(reply)
    if not isinstance(said, dict):
        raise ROWS.wrong_shape(reply, "a price list")
    listing = said.get("ticker", [said])
    named, problems = ROWS.each(reply, listing, lambda row: named_row(row, "symbol"), "row_unreadable", "a price row")
    if not named:
        raise ROWS.wrong_shape(reply, "a price list with anything in it")
    rows = _in_dollars(named)
    wanted = (
        tokens_among(rows, read_name) if keys is None else frozenset(key.symbol for key in keys if key.venue == VENUE)
    )
    moment = moment_ms(said.get("time"), reply.received_ms)
    quotes = [_quote(symbol, rows[symbol], moment, problems) for symbol in sorted(wanted & rows.keys())]
    for symbol in sorted(wanted - rows.keys()):
        words = f"{printable(symbol, 40)}: KuCoin does not list it any more."
        problems.append(ROWS.problem("token_not_listed", words, row=printable(symbol, 40)))
    return Parsed(tuple(quote for quote in quotes if quote is not None), tuple(problems))


def _in_dollars(named: Iterable[tuple[str, JsonRow]]) -> dict[str, JsonRow]:
    """Rows by the base of their pair, of pairs in USDT."""
    rows: dict[str, JsonRow] = {}
    for pair, row in named:
        symbol, _, currency = pair.upper().rpartition("-")
        if symbol and currency == QUOTE_CURRENCY:
            rows.setdefault(symbol, row)
    return rows


def _quote(symbol: str, row: JsonRow, moment: int, problems: list[Problem]) -> TokenQuote | None:
    reader = ROWS.reader(symbol, row, problems)
    last, bid, ask = (
        reader.price(field, words) for field, words in (("last", "last price"), ("buy", "bid"), ("sell", "ask"))
    )
    if last is None and bid is None and ask is None:
        return None
    return TokenQuote(key=TokenKey(VENUE, symbol), last=last, bid=bid, ask=ask, price_ts_ms=moment)


# -- NAV ---------------------------------------------------------------------------------------------------------


def token_navs(reply: Reply) -> Parsed[TokenQuote]:
    """NAV and leverage of every token; the reply tells no time, so they are of when it came.

    Raises:
        VenueRefused: nothing is listed any more.
    """
    said = data(reply)
    if is_absent(said) or said == []:
        raise gone()
    rows, problems = ROWS.each(reply, said, lambda row: named_row(row, "currency"), "row_unreadable", "a NAV row")
    quotes = [_nav(name.upper(), row, reply.received_ms, problems) for name, row in rows]
    return Parsed(tuple(quote for quote in quotes if quote is not None), tuple(problems))


def _nav(symbol: str, row: JsonRow, moment: int, problems: list[Problem]) -> TokenQuote | None:
    reader = ROWS.reader(symbol, row, problems)
    nav = reader.price("netAsset", "NAV", "nav_rejected")
    leverage = _leverage(symbol, reader)
    if nav is None and leverage is None:
        return None
    return TokenQuote(
        key=TokenKey(VENUE, symbol),
        nav=nav,
        nav_source=None if nav is None else NavSource.VENUE,
        nav_ts_ms=None if nav is None else moment,
        effective_leverage=leverage,
        leverage_ts_ms=None if leverage is None else moment,
    )


def _leverage(symbol: str, reader: RowReader) -> Decimal | None:
    """Effective leverage: the size is KuCoin's, the sign the name's; the basket of one published row contradicts it."""
    named = read_name(symbol)
    size = reader.magnitude("actualLeverage", "effective leverage", "leverage_rejected", _MOST_LEVERAGE)
    return None if named is None or size is None else size.copy_sign(named.target_leverage)


# -- bars --------------------------------------------------------------------------------------------------------


def bars(reply: Reply) -> Parsed[Candle]:
    """Bars; a row is [start s, open, close, high, low, volume, turnover], the close before the high."""

    def bar(row: JsonValue) -> tuple[Candle, bool | None]:
        if not isinstance(row, list) or len(row) < 5:
            raise ValueError("is not a row of five figures or more")
        time, first, close, high, low = row[:5]
        raw = RawBar(time, first, high, low, close, row[5] if len(row) > 5 else None)
        return read_bar(raw, received_ms=reply.received_ms)

    read_bars, problems = ROWS.each(reply, data(reply), bar, "candle_rejected", "a price bar")
    return Parsed(in_order(read_bars, received_ms=reply.received_ms), tuple(problems))
