"""Payloads of Bybit's leveraged tokens (LT, ended in July 2025), so that what was kept of them can still be read.

Nothing here is asked of Bybit any more. Two calls told a token's terms and its basket; three streams told its NAV.
A basket holds `basket` units of the underlying for all tokens in circulation, so each token has basket / circulation
of it (the stream's `basketPosition`), and a loan that makes up the rest: NAV = units · price + loan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Final

from levdesk.domain.instruments import FeeSchedule, LeveragedToken, Provenance, TokenKey, TokenStatus
from levdesk.domain.market import Candle, NavSource, TokenQuote
from levdesk.domain.money import ZERO
from levdesk.domain.problems import Problem
from levdesk.venues.bars import RawBar, in_order, read_bar
from levdesk.venues.bybit.wire import ROWS, VENUE, read
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, RowReader, number, shown
from levdesk.venues.rows import as_object, moment_ms, named_row, seconds_of_ms
from levdesk.venues.token_names import any_long_short_multiple

_DESCRIBED: Final = re.compile(r"(?P<multiple>\d+(?:\.\d+)?)X (?P<side>Long|Short)", re.ASCII)
_SOURCE: Final = "Bybit spot-lever-token/info"
_QUOTE_CURRENCY: Final = "USDT"
_BAR_LENGTHS_S: Final = {
    **{str(minutes): minutes * 60 for minutes in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)},
    "D": 86_400,
    "W": 7 * 86_400,
}
_MOST_LEVERAGE: Final = Decimal(100)
_MOST_FEE: Final = Decimal(1)
_IMPLIED: Final = Context(prec=12)
"""The figures a price is worked out from agree to about 15 digits; more would be made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavBars:
    """Bars of a token's NAV as `kline_lt` sent them; `interval_s` is None for a calendar month."""

    key: TokenKey
    interval_s: int | None
    bars: tuple[Candle, ...]


# -- calls -------------------------------------------------------------------------------------------------------


def tokens(reply: Reply) -> Parsed[LeveragedToken]:
    """Tokens of an `info` reply, with the multiple and the fees they state."""
    rows, ts_ms, problems = _info(reply)
    found: list[LeveragedToken] = []
    for symbol, row in rows:
        try:
            found.append(_token(symbol, row, ts_ms, problems))
        except ValueError as error:
            words = f"{symbol}: {error}; left out. Define the token by hand to hold it."
            problems.append(ROWS.problem("token_name_unread", words, row=symbol))
    return Parsed(tuple(found), tuple(problems))


def quotes(reply: Reply) -> Parsed[TokenQuote]:
    """NAVs of an `info` reply, at the time of the reply."""
    rows, ts_ms, problems = _info(reply)
    return Parsed(
        tuple(_quote(ROWS.reader(symbol, row, problems), "netValue", ts_ms) for symbol, row in rows), tuple(problems)
    )


def reference(reply: Reply) -> Parsed[TokenQuote]:
    """NAV, effective leverage, and the price of the underlying they imply, of a `reference` reply."""
    envelope = read(reply)
    try:
        symbol, row = named_row(dict(envelope.result), "ltCoin")
    except ValueError:
        raise ROWS.wrong_shape(reply, "a token's reference") from None
    problems: list[Problem] = []
    reader = ROWS.reader(symbol, row, problems)
    price = _implied_price(row, "basket", "leverage", "nav", "circulation")
    return Parsed((_quote(reader, "nav", moment_ms(row.get("navTime"), envelope.ts_ms), price),), tuple(problems))


def _info(reply: Reply) -> tuple[list[tuple[str, JsonRow]], int, list[Problem]]:
    def named(value: JsonValue) -> tuple[str, JsonRow]:
        return named_row(value, "ltCoin")

    envelope = read(reply)
    rows, problems = ROWS.each(reply, envelope.result.get("list"), named, "row_unreadable", "a token's row")
    return rows, envelope.ts_ms, problems


def _token(symbol: str, row: JsonRow, ts_ms: int, problems: list[Problem]) -> LeveragedToken:
    """A token by its own words; the underlying is only in its symbol, which has to agree with them."""
    described, named = row.get("ltName"), any_long_short_multiple(symbol)
    found = _DESCRIBED.fullmatch(described) if isinstance(described, str) else None
    if found is None or not isinstance(described, str):
        raise ValueError(f"{shown(described)} does not tell what it follows")
    target = Decimal(found["multiple"]).copy_sign(-1 if found["side"] == "Short" else 1)
    if named is None or named.target_leverage != target:
        raise ValueError(f"its symbol does not agree with {shown(described)}")
    reader = ROWS.reader(symbol, row, problems)
    fees = FeeSchedule(
        management_per_day_ratio=reader.signed("manageFeeRate", "management fee", "fee_rejected", _MOST_FEE),
        subscribe_ratio=reader.signed("purchaseFeeRate", "subscription fee", "fee_rejected", _MOST_FEE),
        redeem_ratio=reader.signed("redeemFeeRate", "redemption fee", "fee_rejected", _MOST_FEE),
        provenance=Provenance.STATED,
        source=_SOURCE,
        as_of=datetime.fromtimestamp(ts_ms / 1000, UTC).date().isoformat(),
    )
    return LeveragedToken(
        key=TokenKey(VENUE, symbol),
        underlying=named.underlying,
        target_leverage=target,
        quote_currency=_QUOTE_CURRENCY,
        name=described,
        status=TokenStatus.DELISTED,
        fees=(fees,),
        provenance=Provenance.STATED,
    )


# -- streams -----------------------------------------------------------------------------------------------------


def nav_message(message: str | bytes, received_ms: int) -> Parsed[TokenQuote]:
    """What an `lt.` message (NAV, leverage, basket) or a `tickers_lt.` message (NAV alone) says.

    Raises:
        VenueGarbled: nobody can read it.
    """
    value = ROWS.message(message, received_ms)
    try:
        pair, row = named_row(value.get("data"), "symbol")
    except ValueError as error:
        return Parsed((), (ROWS.problem("row_unreadable", f"Bybit: a token's NAV {error}; it is left out."),))
    sent_ms = moment_ms(value.get("ts"), received_ms)
    problems: list[Problem] = []
    reader = ROWS.reader(pair.removesuffix(_QUOTE_CURRENCY), row, problems)
    if "nav" not in row:
        return Parsed((_quote(reader, "lastPrice", sent_ms),), tuple(problems))
    price = _implied_price(row, "basketPosition", "leverage", "nav")
    return Parsed((_quote(reader, "nav", moment_ms(row.get("time"), sent_ms), price),), tuple(problems))


def nav_bars(message: str | bytes, received_ms: int) -> Parsed[NavBars]:
    """Bars of a `kline_lt.` message.

    Raises:
        VenueGarbled: nobody can read it.
    """
    value = ROWS.message(message, received_ms)
    body = message if isinstance(message, bytes) else message.encode("utf-8", "replace")
    reply = Reply(status=200, body=body, received_ms=received_ms)

    def bar(item: JsonValue) -> tuple[Candle, bool | None]:
        row = as_object(item)
        start = seconds_of_ms(row.get("start"))
        prices = (row.get("open"), row.get("high"), row.get("low"), row.get("close"))
        return read_bar(RawBar(start, *prices, None, row.get("confirm")), received_ms=received_ms)

    found, problems = ROWS.each(reply, value.get("data"), bar, "candle_rejected", "a NAV bar")
    topic = value.get("topic")
    parts = topic.split(".") if isinstance(topic, str) else []
    if len(parts) != 3 or parts[0] != "kline_lt":
        raise ROWS.wrong_shape(reply, "bars of a token's NAV")
    return Parsed(
        (
            NavBars(
                key=TokenKey(VENUE, parts[2].removesuffix(_QUOTE_CURRENCY)),
                interval_s=_BAR_LENGTHS_S.get(parts[1]),
                bars=in_order(found, received_ms=received_ms),
            ),
        ),
        tuple(problems),
    )


# -- figures -----------------------------------------------------------------------------------------------------


def _quote(reader: RowReader, nav_field: str, ts_ms: int, implied: Decimal | None = None) -> TokenQuote:
    """NAV from the named field, and leverage, which Bybit signs itself, where there is one."""
    nav = reader.price(nav_field, "NAV", "nav_rejected")
    leverage = reader.signed("leverage", "effective leverage", "leverage_rejected", _MOST_LEVERAGE) or None
    return TokenQuote(
        key=TokenKey(VENUE, reader.label),
        nav=nav,
        nav_source=None if nav is None else NavSource.VENUE,
        nav_ts_ms=None if nav is None else ts_ms,
        effective_leverage=leverage,
        leverage_ts_ms=None if leverage is None else ts_ms,
        underlying_price=implied,
        underlying_ts_ms=None if implied is None else ts_ms,
    )


def _implied_price(row: JsonRow, divisor_field: str, *fields: str) -> Decimal | None:
    """The product of some fields over another; None unless every one is a figure and the price is above zero.

    Leverage = units · price / NAV, so price = leverage · NAV / units: Bybit's last traded price of the underlying.
    """
    try:
        divisor = number(row.get(divisor_field))
        figures = [number(row.get(field)) for field in fields]
    except ValueError:
        return None
    product = Decimal(1)
    for figure in figures:
        product *= figure
    price = _IMPLIED.divide(product, divisor) if divisor else ZERO
    return price if price > ZERO else None
