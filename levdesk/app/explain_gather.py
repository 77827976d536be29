"""Reads from the files what the explanation of one holding needs; for the window and the report alike."""

from __future__ import annotations

from dataclasses import dataclass

from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.market import FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.services.books import Books
from levdesk.services.explain_input import (
    FINER_S,
    HOUR_S,
    WARM_UP_MS,
    CandleSeries,
    ExplainInput,
    PortfolioRows,
    explain_needs,
)
from levdesk.services.history_sources import HistorySources
from levdesk.services.nav_anchor import Bars, last_check_ms, market_anchor
from levdesk.services.nav_estimate import NavAnchor
from levdesk.services.ports import MarketStore
from levdesk.venues.contract import RequestKind


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """Last known figures of a token, and of the perpetual that hedges it."""

    quote: TokenQuote | None
    perpetual: UnderlyingQuote | None


def gather_input(
    market: MarketStore,
    books: Books,
    token: LeveragedToken,
    portfolio_id: int | None,
    *,
    figures: LiveFigures,
    sources: HistorySources,
    now_ms: int,
) -> ExplainInput:
    """What is stored of a holding: its rows, the bars of its price and its underlying's, recorded NAVs, funding.

    Args:
        market: the stored market data.
        books: everything entered.
        token: the token, with its dated rules and fees.
        portfolio_id: the portfolio meant, None for all together.
        figures: last known ones.
        sources: whose bars tell its past.
        now_ms: the moment of the explanation.
    """
    rows = tuple(
        PortfolioRows(method=portfolio.cost_method, drafts=[row.draft for row in found])
        for portfolio in books.portfolios
        if portfolio_id in {None, portfolio.id} and (found := books.transactions(token.key, portfolio.id))
    )
    first_ms = min((portfolio.drafts[0].time_ms for portfolio in rows), default=None)
    underlying: list[CandleSeries] = []
    traded: list[CandleSeries] = []
    funding: list[FundingPoint] = []
    for want in explain_needs(token, first_ms, now_ms, pair=sources.pair, underlying=sources.underlying):
        key = want.key
        if key.kind is RequestKind.FUNDING_HISTORY:
            funding += market.read_funding(key.venue, key.instrument, want.start_ms, now_ms)
            continue
        of_mark = key.kind is RequestKind.UNDERLYING_CANDLES
        # Shorter bars of the mark are used where something else has had them fetched.
        for interval_s in (key.interval_s, *(FINER_S if of_mark and key.interval_s == HOUR_S else ())):
            bars = market.read_candles(key.venue, key.instrument, interval_s, want.start_ms, now_ms)
            (underlying if of_mark else traded).append(CandleSeries(interval_s=interval_s, candles=bars))
    return ExplainInput(
        token=token,
        portfolio_id=portfolio_id,
        rows=rows,
        now_ms=now_ms,
        quote=figures.quote,
        underlying=tuple(underlying),
        token_candles=tuple(traded),
        nav_history=market.read_nav_history(token.key, first_ms or 0, now_ms),
        funding=funding,
        perpetual=figures.perpetual,
        observed=market.read_rebalances(token.key, (first_ms or now_ms) - WARM_UP_MS, now_ms),
    )


def read_market_anchor(
    market: MarketStore, token: LeveragedToken, sources: HistorySources, now_ms: int
) -> NavAnchor | None:
    """The basket of a token at its last scheduled rebalance, out of stored bars; None where they do not tell it."""
    at_ms = last_check_ms(token, now_ms)
    if at_ms is None or not sources.pair or not sources.underlying[1]:
        return None

    def bars(venue: str, instrument: str) -> Bars:
        return {
            length_s: market.read_candles(venue, instrument, length_s, at_ms - length_s * 1000, now_ms)
            for length_s in (*FINER_S, HOUR_S)
        }

    return market_anchor(token, bars(token.key.venue, sources.pair), bars(*sources.underlying), now_ms)
