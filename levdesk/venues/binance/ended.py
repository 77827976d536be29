"""Payloads of Binance's leveraged tokens (BLVT, ended in April 2024), so that what was kept of them can still be read.

Nothing here is asked of Binance any more. `tokenInfo` was a list of tokens, `<token>@tokenNav` a stream of NAVs;
`lvtKlines` and the stream `<token>@nav_kline_<interval>` were bars of the NAV, with the leverage in place of a volume.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import FeeSchedule, LeveragedToken, Provenance, TokenKey, TokenStatus
from levdesk.domain.market import Candle, NavSource, TokenQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import RawBar
from levdesk.venues.binance.replies import bar, bars
from levdesk.venues.binance.wire import ROWS, VENUE, read
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, shown
from levdesk.venues.rows import as_object, moment_ms, named_row

_DESCRIBED: Final = re.compile(r"(?P<multiple>\d+(?:\.\d+)?)X (?P<side>Long|Short)\b", re.ASCII)
_SOURCE: Final = "Binance tokenInfo"
_MOST_LEVERAGE: Final = Decimal(100)
_MOST_FEE: Final = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NavBar:
    """One bar of a token's NAV as the stream sent it; `interval` is Binance's spelling ("1m"), "" when it has none."""

    key: TokenKey
    interval: str
    bar: Candle


def tokens(reply: Reply) -> Parsed[LeveragedToken]:
    """Tokens of a `tokenInfo` reply, with the multiple its description states and the fees it names.

    The multiple is the one in the description; later tokens hid theirs, and those are left out with a problem.
    """
    rows, problems = _rows(reply)
    found: list[LeveragedToken] = []
    for symbol, row in rows:
        try:
            found.append(_token(symbol, row, reply.received_ms, problems))
        except ValueError as error:
            words = f"{symbol}: the description {error}; left out. Define the token by hand to hold it."
            problems.append(ROWS.problem("token_name_unread", words, row=symbol))
    return Parsed(tuple(found), tuple(problems))


def quotes(reply: Reply) -> Parsed[TokenQuote]:
    """NAV and effective leverage of a `tokenInfo` reply."""
    rows, problems = _rows(reply)
    found = tuple(
        _quote(symbol, row, ("nav", "realLeverage", "timestamp"), reply.received_ms, problems) for symbol, row in rows
    )
    return Parsed(found, tuple(problems))


def nav_message(message: str | bytes, received_ms: int) -> Parsed[TokenQuote]:
    """NAV and effective leverage of a `<token>@tokenNav` message.

    Raises:
        VenueGarbled: nobody can read it.
    """
    value = ROWS.message(message, received_ms)
    try:
        symbol, row = named_row(value.get("data", value), "s")
    except ValueError as error:
        return Parsed((), (ROWS.problem("row_unreadable", f"Binance: a token's NAV {error}; it is left out."),))
    problems: list[Problem] = []
    return Parsed((_quote(symbol, row, ("n", "l", "E"), received_ms, problems),), tuple(problems))


def nav_bars(reply: Reply) -> Parsed[Candle]:
    """NAV bars of an `lvtKlines` reply, oldest first; the sixth figure is a leverage, so there is no volume."""
    return bars(reply)


def nav_bar_message(message: str | bytes, received_ms: int) -> Parsed[NavBar]:
    """The bar of a `<token>@nav_kline_<interval>` message.

    Raises:
        VenueGarbled: nobody can read it.
    """
    value = ROWS.message(message, received_ms)
    try:
        symbol, row = named_row(as_object(value.get("data", value)).get("k"), "s")
        prices = RawBar(row.get("t"), row.get("o"), row.get("h"), row.get("l"), row.get("c"))
        candle, closed = bar(prices, row.get("T"), received_ms)
    except ValueError as error:
        return Parsed((), (ROWS.problem("candle_rejected", f"Binance: a NAV bar {error}; it is left out."),))
    interval = row.get("i")
    return Parsed(
        (
            NavBar(
                key=TokenKey(VENUE, symbol),
                interval=interval if isinstance(interval, str) else "",
                bar=replace(candle, closed=closed),
            ),
        )
    )


def _rows(reply: Reply) -> tuple[list[tuple[str, JsonRow]], list[Problem]]:
    def named(value: JsonValue) -> tuple[str, JsonRow]:
        return named_row(value, "tokenName")

    rows, problems = ROWS.each(reply, read(reply), named, "row_unreadable", "a token's row")
    if not rows:
        raise ROWS.wrong_shape(reply, "a list of tokens with anything in it")
    return rows, problems


def _token(symbol: str, row: JsonRow, received_ms: int, problems: list[Problem]) -> LeveragedToken:
    described, underlying = row.get("description"), row.get("underlying")
    found = _DESCRIBED.match(described) if isinstance(described, str) else None
    if found is None or not isinstance(underlying, str) or not underlying:
        raise ValueError(f"{shown(described)} does not tell what it follows")
    multiple = Decimal(found["multiple"])
    reader = ROWS.reader(symbol, row, problems)
    day = datetime.fromtimestamp(moment_ms(row.get("timestamp"), received_ms) / 1000, UTC).date()
    fees = FeeSchedule(
        management_per_day_ratio=reader.signed("dailyManagementFee", "management fee", "fee_rejected", _MOST_FEE),
        subscribe_ratio=reader.signed("purchaseFeePct", "subscription fee", "fee_rejected", _MOST_FEE),
        redeem_ratio=reader.signed("redeemFeePct", "redemption fee", "fee_rejected", _MOST_FEE),
        provenance=Provenance.STATED,
        source=_SOURCE,
        as_of=day.isoformat(),
    )
    return LeveragedToken(
        key=TokenKey(VENUE, symbol),
        underlying=underlying,
        target_leverage=-multiple if found["side"] == "Short" else multiple,
        hedge_instrument=_basket(row),
        name=described if isinstance(described, str) else "",
        status=TokenStatus.DELISTED,
        fees=(fees,),
        provenance=Provenance.STATED,
    )


def _basket(row: JsonRow) -> str:
    """The perpetual its basket holds; "" when that is not one alone."""
    baskets = row.get("currentBaskets")
    if not isinstance(baskets, list) or len(baskets) != 1:
        return ""
    try:
        symbol = as_object(baskets[0]).get("symbol")
    except ValueError:
        return ""
    return symbol if isinstance(symbol, str) else ""


def _quote(
    symbol: str, row: JsonRow, fields: tuple[str, str, str], received_ms: int, problems: list[Problem]
) -> TokenQuote:
    """NAV and leverage from the fields (NAV, leverage, moment); Binance signs the leverage of shorts itself."""
    nav_field, leverage_field, moment_field = fields
    reader = ROWS.reader(symbol, row, problems)
    ts_ms = moment_ms(row.get(moment_field), received_ms)
    nav = reader.price(nav_field, "NAV", "nav_rejected")
    leverage = reader.signed(leverage_field, "effective leverage", "leverage_rejected", _MOST_LEVERAGE)
    return TokenQuote(
        key=TokenKey(VENUE, symbol),
        nav=nav,
        nav_source=None if nav is None else NavSource.VENUE,
        nav_ts_ms=None if nav is None else ts_ms,
        effective_leverage=leverage or None,
        leverage_ts_ms=ts_ms if leverage else None,
    )
