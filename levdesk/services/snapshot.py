"""The last view as text, so that the window can paint known figures before anything else has been read.

A snapshot is a cache: when it cannot be read it is as if there were none. It leaves rules, fees and notices out; the
real view replaces it within moments.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from operator import itemgetter
from typing import Any

from levdesk.domain.instruments import LeveragedToken, TokenKey, TokenStatus
from levdesk.domain.money import to_text
from levdesk.domain.sources import NavSource, QuoteSource
from levdesk.services.views import HoldingView, PortfolioView, TotalsView

FORMAT = 1

_STATUSES = {each.value: each for each in TokenStatus}
_QUOTE_SOURCES: dict[str | None, QuoteSource | None] = {None: None, **{each.value: each for each in QuoteSource}}
_NAV_SOURCES: dict[str | None, NavSource | None] = {None: None, **{each.value: each for each in NavSource}}

_TOTALS = (
    "market_value",
    "cost_basis",
    "unrealised_pnl",
    "realised_pnl",
    "fees_paid",
    "net_exposure",
    "change_today",
)
_DECIMALS = (
    "quantity",
    "cost_basis",
    "average_cost",
    "market_price",
    "nav",
    "premium_ratio",
    "effective_leverage",
    "band_low",
    "band_high",
    "market_value",
    "unrealised_pnl",
    "realised_pnl",
    "fees_paid",
    "change_today",
)
_PLAIN = (
    "portfolio_id",
    "market_price_ts_ms",
    "nav_ts_ms",
    "leverage_ts_ms",
    "rule_assumed",
    "first_bought_ms",
    "transaction_count",
)

_in_order = itemgetter(
    *map(
        ("token", *_DECIMALS, *_PLAIN, "market_price_source", "nav_source", "notices").index,
        HoldingView._fields,
    )
)
"""Puts what is read of a holding in the order of its fields: three hundred are read before the first paint."""


def encode_view(view: PortfolioView) -> str:
    """Write a view as compact JSON."""
    return json.dumps(
        {
            "format": FORMAT,
            "as_of_ms": view.as_of_ms,
            "currency": view.currency,
            "complete": view.complete,
            "totals": [_text(getattr(view.totals, name)) for name in _TOTALS],
            "holdings": [_encode_holding(holding) for holding in view.holdings],
        },
        separators=(",", ":"),
    )


def decode_view(text: str) -> PortfolioView | None:
    """Read a view back; None when the text is from another version or damaged."""
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            return None
        totals: dict[str, Any] = dict(zip(_TOTALS, map(_decimal, data["totals"]), strict=True))
        return PortfolioView(
            as_of_ms=int(data["as_of_ms"]),
            currency=str(data["currency"]),
            complete=bool(data["complete"]),
            totals=TotalsView(**totals),
            holdings=tuple(_decode_holding(row) for row in data["holdings"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation):
        return None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else to_text(value)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _encode_holding(holding: HoldingView) -> list[Any]:
    token = holding.token
    return [
        [
            token.key.venue,
            token.key.symbol,
            token.underlying,
            to_text(token.target_leverage),
            token.quote_currency,
            token.name,
            token.status.value,
        ],
        [_text(getattr(holding, name)) for name in _DECIMALS],
        [getattr(holding, name) for name in _PLAIN],
        [
            holding.market_price_source and holding.market_price_source.value,
            holding.nav_source and holding.nav_source.value,
        ],
    ]


def _decode_holding(row: list[Any]) -> HoldingView:
    (venue, symbol, underlying, target, quote, name, status), decimals, plain, (price_source, nav_source) = row
    if len(decimals) != len(_DECIMALS) or len(plain) != len(_PLAIN):
        raise ValueError("a holding of another shape")
    token = LeveragedToken(
        key=TokenKey(venue, symbol),
        underlying=underlying,
        target_leverage=Decimal(target),
        quote_currency=quote,
        name=name,
        status=_STATUSES[status],
    )
    figures = [None if text is None else Decimal(text) for text in decimals]
    sources = (_QUOTE_SOURCES[price_source], _NAV_SOURCES[nav_source])
    return HoldingView._make(_in_order((token, *figures, *plain, *sources, ())))
