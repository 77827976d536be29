"""The quote book: the last good figure of every part of every token, each with its own age.

A quote has parts — prices, NAV, leverage, last rebalance, underlying — that come and age apart. A part is replaced
as a whole by a newer good one; what is wrong is described and leaves the old part standing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import NavSource, QuoteSource, TokenQuote, UnderlyingQuote, market_price
from levdesk.domain.money import ZERO
from levdesk.domain.problems import Problem, Severity

MOST_NAV_TO_PRICE: Final = Decimal(10)
"""A NAV further than this factor from the market price, either way, is held back."""

LARGEST_FIGURE: Final = Decimal(10) ** 12
LARGEST_LEVERAGE: Final = Decimal(100)

Parts = dict[str, object]
"""Fields of a quote that change, by name: a quote is made anew once, not part by part, for thousands come a second."""

_NAV_RANK: Final = {NavSource.ESTIMATE: 0, NavSource.VENUE: 1, NavSource.MANUAL: 2}
_PRICE_RANK: Final = {QuoteSource.VENUE: 1, QuoteSource.MANUAL: 2}


@dataclass(frozen=True, slots=True)
class BookChange:
    """What an update did.

    Attributes:
        quotes: the merged quotes that are different now.
        problems: what was held back or looks odd.
    """

    quotes: tuple[TokenQuote, ...] = ()
    problems: tuple[Problem, ...] = ()


class QuoteBook:
    """Last good figures by token; owned by one thread, without a clock of its own."""

    __slots__ = ("_quotes",)

    def __init__(self, quotes: Iterable[TokenQuote] = ()) -> None:
        """Start from what was known last time."""
        self._quotes = {quote.key: quote for quote in quotes}

    def quote(self, key: TokenKey) -> TokenQuote | None:
        """Last good figures of a token."""
        return self._quotes.get(key)

    def quotes(self) -> dict[TokenKey, TokenQuote]:
        """All of them, as a copy."""
        return dict(self._quotes)

    def take(self, quotes: Iterable[TokenQuote], *, now_ms: int) -> BookChange:
        """Merge new figures; `now_ms` tells stored times that lie in the future, which anything may replace."""
        changed: dict[TokenKey, TokenQuote] = {}
        problems: list[Problem] = []
        for quote in quotes:
            old = self._quotes.get(quote.key) or TokenQuote(key=quote.key)
            merged = merge_quote(old, quote, now_ms=now_ms, problems=problems)
            if merged != old:
                self._quotes[quote.key] = changed[quote.key] = merged
        return BookChange(tuple(changed.values()), tuple(problems))


def merge_quote(old: TokenQuote, new: TokenQuote, *, now_ms: int, problems: list[Problem]) -> TokenQuote:
    """The old quote with every part that the new one has better; what is held back goes to `problems`."""
    good = _sane(new, problems)
    changes = _with_prices(old, good, now_ms)
    changes |= _with_nav(old, good, now_ms, problems)
    if good.effective_leverage is not None and _newer(good.leverage_ts_ms, old.leverage_ts_ms, now_ms):
        changes |= {"effective_leverage": good.effective_leverage, "leverage_ts_ms": good.leverage_ts_ms}
    if _has_rebalance(good) and _newer(good.rebalance_ms, old.rebalance_ms, now_ms):
        changes |= {"rebalance_nav": good.rebalance_nav, "rebalance_ms": good.rebalance_ms}
    if good.underlying_price is not None and _newer(good.underlying_ts_ms, old.underlying_ts_ms, now_ms):
        changes |= {
            "underlying_price": good.underlying_price,
            "underlying_ts_ms": good.underlying_ts_ms,
            "underlying_source": good.underlying_source,
        }
    return replace(old, **changes) if changes else old  # type: ignore[arg-type]


def underlying_parts(quotes: Iterable[UnderlyingQuote], tokens: Iterable[LeveragedToken]) -> tuple[TokenQuote, ...]:
    """The underlying part of the quotes of tokens, from the perpetuals that hedge them."""
    by_instrument = {(quote.venue, quote.instrument): quote for quote in quotes}
    parts: list[TokenQuote] = []
    for token in tokens:
        quote = by_instrument.get(token.hedge)
        price = None if quote is None else next((p for p in (quote.mark, quote.last, quote.index) if p), None)
        if quote is not None and price is not None:
            source = ":".join(token.hedge)
            parts.append(
                TokenQuote(
                    key=token.key,
                    underlying_price=price,
                    underlying_ts_ms=quote.ts_ms,
                    underlying_source=source,
                )
            )
    return tuple(parts)


# -- parts -------------------------------------------------------------------------------------------------------


def _newer(new_ms: int | None, old_ms: int | None, now_ms: int, *, new_rank: int = 1, old_rank: int = 1) -> bool:
    """Whether a part may replace another: later, or as late and of no lower rank, or against a time yet to come."""
    if old_ms is None:
        return True
    if new_ms is None:
        return False
    if old_ms > now_ms >= new_ms:
        return True
    return new_ms > old_ms or (new_ms == old_ms and new_rank >= old_rank)


def _has_rebalance(quote: TokenQuote) -> bool:
    return quote.rebalance_nav is not None or quote.rebalance_ms is not None


def _with_prices(old: TokenQuote, new: TokenQuote, now_ms: int) -> Parts:
    """Prices share one time, so they change together; offers without a trade do not push a known trade out."""
    nothing = new.last is None and new.bid is None and new.ask is None
    if nothing or (new.last is None and old.last is not None):
        return {}
    ranks = {"new_rank": _PRICE_RANK[new.price_source], "old_rank": _PRICE_RANK[old.price_source]}
    if not _newer(new.price_ts_ms, old.price_ts_ms, now_ms, **ranks):
        return {}
    return {
        "last": new.last,
        "bid": new.bid,
        "ask": new.ask,
        "price_ts_ms": new.price_ts_ms,
        "price_source": new.price_source,
    }


def _with_nav(old: TokenQuote, new: TokenQuote, now_ms: int, problems: list[Problem]) -> Parts:
    """The NAV of the new quote, unless it is older, or too far from the price that came with it or stands."""
    if new.nav is None:
        return {}
    new_rank = _NAV_RANK.get(new.nav_source or NavSource.VENUE, 1)
    old_rank = _NAV_RANK.get(old.nav_source or NavSource.ESTIMATE, 0)
    if not _newer(new.nav_ts_ms, old.nav_ts_ms, now_ms, new_rank=new_rank, old_rank=old_rank):
        return {}
    market = market_price(new) or market_price(old)
    if market is not None and new.nav_source is not NavSource.MANUAL:
        far = new.nav > market.price * MOST_NAV_TO_PRICE or market.price > new.nav * MOST_NAV_TO_PRICE
        if far:
            words = f"NAV {new.nav:f} is more than ten times away from the price {market.price:f}"
            problems.append(_problem(new.key, "nav_rejected", f"{words}; the last good NAV stays."))
            return {}
    return {"nav": new.nav, "nav_source": new.nav_source or NavSource.VENUE, "nav_ts_ms": new.nav_ts_ms}


# -- sanity ------------------------------------------------------------------------------------------------------


def _sane(quote: TokenQuote, problems: list[Problem]) -> TokenQuote:
    """The quote without figures nobody can mean; a crossed book is noted and kept."""

    def price(figure: Decimal | None, words: str, code: str) -> Decimal | None:
        if figure is None or (figure.is_finite() and ZERO < figure <= LARGEST_FIGURE):
            return figure
        problems.append(_problem(quote.key, code, f"{words} {figure} is not usable; the last good figure stays."))
        return None

    leverage = quote.effective_leverage
    if leverage is not None and not (leverage.is_finite() and ZERO < abs(leverage) <= LARGEST_LEVERAGE):
        words = f"effective leverage {leverage} is not usable; the last good figure stays."
        problems.append(_problem(quote.key, "leverage_rejected", words))
        leverage = None
    figures: Parts = {
        "last": price(quote.last, "last price", "price_rejected"),
        "bid": price(quote.bid, "bid", "price_rejected"),
        "ask": price(quote.ask, "ask", "price_rejected"),
        "nav": price(quote.nav, "NAV", "nav_rejected"),
        "rebalance_nav": price(quote.rebalance_nav, "NAV at the last rebalance", "nav_rejected"),
        "underlying_price": price(quote.underlying_price, "price of the underlying", "price_rejected"),
        "effective_leverage": leverage,
    }
    bad = {name: figure for name, figure in figures.items() if figure is not getattr(quote, name)}
    good = replace(quote, **bad) if bad else quote  # type: ignore[arg-type]
    if good.bid is not None and good.ask is not None and good.bid > good.ask:
        words = f"the bid {good.bid:f} is above the ask {good.ask:f}; the last trade is used as it is."
        problems.append(_problem(quote.key, "crossed_book", words, Severity.INFO))
    return good


def _problem(key: TokenKey, code: str, words: str, severity: Severity = Severity.WARNING) -> Problem:
    return Problem(severity=severity, code=code, message=f"{key.symbol}: {words}", source=str(key))
