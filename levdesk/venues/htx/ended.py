"""Payloads of HTX's leveraged tokens (ETPs), delisted 2022-11-21: kept so that old records can still be read.

A token is spelt btc3l, its pair btc3lusdt, and its NAV bars btc3lusdtnav. Times of day in these payloads are UTC+8. The
unit of the management fee (`mgmt-fee-rate`, `mfr`) is not documented, so it is not read; rules and fees come from the
registry.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import FeeSchedule, LeveragedToken, Provenance, TokenKey, TokenStatus
from levdesk.domain.market import Candle, NavSource, TokenQuote
from levdesk.domain.problems import Problem
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.htx import replies
from levdesk.venues.htx.wire import ROWS, VENUE, read
from levdesk.venues.json_figures import JsonRow, JsonValue, RowReader, number
from levdesk.venues.rows import as_object, moment_ms, past_ms
from levdesk.venues.token_names import any_long_short_multiple

_QUOTE: Final = "USDT"
_MOST_LEVERAGE: Final = Decimal(100)
_AS_OF: Final = "2021-06-23"
"""Date of the documentation these payloads are known from."""


def tokens(reply: Reply) -> Parsed[LeveragedToken]:
    """Tokens among the symbols of `/v1/common/symbols` or `/v1/settings/common/market-symbols`, all of them ended.

    The list's own tag says what is a token; underlying and multiple are read from the name.
    """

    def token(row: JsonValue) -> LeveragedToken | None:
        figures = as_object(row)
        if "etp" not in str(figures.get("tags", "")).split(","):
            return None
        key = _key(_text(figures, "symbol"))
        named = any_long_short_multiple(key.symbol)
        if named is None:
            raise ValueError("has a name that does not tell what it follows")
        follows = next((text for name in ("underlying", "u") if isinstance(text := figures.get(name), str)), "")
        return LeveragedToken(
            key=key,
            underlying=follows.upper().removesuffix(_QUOTE) or named.underlying,
            target_leverage=named.target_leverage,
            quote_currency=_QUOTE,
            status=TokenStatus.DELISTED,
        )

    found, problems = ROWS.each(reply, read(reply).get("data"), token, "token_name_unread", "a symbol")
    return Parsed(tuple(token for token in found if token is not None), tuple(problems))


def net_value(reply: Reply) -> Parsed[TokenQuote]:
    """NAV and effective leverage of one token, from `/market/etp` or a message of `market.….etp` (the same object)."""
    tick, key = _tick(reply)
    problems: list[Problem] = []
    reader = RowReader(row=tick, label=key.symbol, source=str(key), problems=problems)
    nav = reader.price("nav", "NAV", "nav_rejected")
    size = reader.magnitude("actualLeverage", "effective leverage", "leverage_rejected", _MOST_LEVERAGE)
    named = any_long_short_multiple(key.symbol)
    leverage = None if size is None or named is None else size.copy_sign(named.target_leverage)
    moment = moment_ms(tick.get("navTime"), reply.received_ms)
    if nav is None and leverage is None:
        return Parsed((), tuple(problems))
    quote = TokenQuote(
        key=key,
        nav=nav,
        nav_source=None if nav is None else NavSource.VENUE,
        nav_ts_ms=None if nav is None else moment,
        effective_leverage=leverage,
        leverage_ts_ms=None if leverage is None else moment,
    )
    return Parsed((quote,), tuple(problems))


def _tick(reply: Reply) -> tuple[JsonRow, TokenKey]:
    """The `tick` of an answer, or of a message, which has no `status`; and its token."""
    row = read(reply) if b'"status"' in reply.body else ROWS.message(reply.body, reply.received_ms)
    try:
        tick = as_object(row.get("tick"))
        return tick, _key(_text(tick, "symbol"))
    except ValueError:
        raise ROWS.wrong_shape(reply, "the NAV of a token") from None


def rebalances(reply: Reply) -> Parsed[TokenQuote]:
    """Each rebalance of `/v2/etp/rebalance` as a quote that knows only when it was, oldest first."""

    def rebalance(row: JsonValue) -> TokenQuote:
        figures = as_object(row)
        moment = past_ms(figures.get("rebalTime"), reply.received_ms)
        return TokenQuote(key=_key(_text(figures, "symbol")), rebalance_ms=moment)

    found, problems = ROWS.each(reply, read(reply).get("data"), rebalance, "time_rejected", "a rebalance")
    return Parsed(tuple(sorted(found, key=lambda quote: quote.rebalance_ms or 0)), tuple(problems))


def dealing_fees(reply: Reply) -> FeeSchedule:
    """What creation and redemption cost, from `/v2/etp/reference`; its other fees are not in there.

    Raises:
        VenueGarbled: it holds no fees.
    """
    data = read(reply).get("data")
    if not isinstance(data, dict):
        raise ROWS.wrong_shape(reply, "a token's reference")
    try:
        subscribe, redeem = (_ratio(data.get(name)) for name in ("creationFeeRate", "redemptionFeeRate"))
    except ValueError:
        raise ROWS.wrong_shape(reply, "a token's fees") from None
    return FeeSchedule(
        subscribe_ratio=subscribe,
        redeem_ratio=redeem,
        provenance=Provenance.STATED,
        source="HTX's reference call of the token",
        as_of=_AS_OF,
    )


nav_bars: Final[Callable[[Reply], Parsed[Candle]]] = replies.bars
"""Bars of a NAV, from the spot bars of the symbol btc3lusdtnav: shaped as all bars of HTX. Days begin at 16:00 UTC."""


def _ratio(value: JsonValue) -> Decimal:
    ratio = number(value)
    if not 0 <= ratio < 1:
        raise ValueError("is no ratio")
    return ratio


def _text(row: JsonRow, name: str) -> str:
    text = row.get(name)
    if not isinstance(text, str) or not text.isascii() or not text.isalnum():
        raise ValueError("has no readable symbol")
    return text


def _key(pair: str) -> TokenKey:
    return TokenKey(VENUE, pair.upper().removesuffix(_QUOTE))
