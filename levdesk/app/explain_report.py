"""Explanations for a report: histories of what is held, fetched once, and every holding explained from the files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from levdesk.app.deal_minutes import Saving, fetch_deal_minutes
from levdesk.app.explain_gather import LiveFigures, gather_input, read_market_anchor
from levdesk.app.house import House
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.domain.problems import Problem
from levdesk.io.coverage import read_coverage
from levdesk.services.books import Books
from levdesk.services.explain_fetching import LONGEST_MS, Fetcher, fetch_histories
from levdesk.services.explain_input import DAY_S, FINER_S, HOUR_S, explain_needs
from levdesk.services.explain_rebalance import rebalance_view
from levdesk.services.explain_rules import dated_rules
from levdesk.services.explained import ExplainedHolding
from levdesk.services.history_sources import HistorySources, history_sources
from levdesk.services.nav_estimate import (
    STALE_MS,
    anchor_of,
    estimate_nav,
    marks_between,
    nav_from_leverage,
    price_within,
    with_estimated_nav,
)
from levdesk.services.sync_state import HistoryWant, LineKey
from levdesk.venues.contract import RequestKind

if TYPE_CHECKING:
    from levdesk.venues.contract import Venue

Quotes = Mapping[TokenKey, TokenQuote]
SourcesOf = Callable[[LeveragedToken], HistorySources]


# -- fetching ------------------------------------------------------------------------------------------------------


def fetch_missing(
    house: House,
    books: Books,
    portfolio_id: int | None,
    venues: Mapping[str, Venue],
    *,
    more: Sequence[HistoryWant] = (),
) -> tuple[Problem, ...]:
    """Fetch and store what the explanation of the open holdings still needs, and more, of the venues that may be asked.

    Bounded in number and in time.
    """
    now_ms = house.clock.now_ms()
    sources = sources_of(house)
    wants = _wants(books, books.held_tokens(portfolio_id), portfolio_id, sources, now_ms)
    known = {want.key for want in wants}
    wants += tuple(want for want in more if want.key not in known)
    served = [want for want in wants if _serves(venues.get(want.key.venue), want.key)]
    saving = Saving(house)
    fetcher = Fetcher(venues=venues, http=house.http, clock=house.clock, keep=saving.keep, until_ms=now_ms + LONGEST_MS)
    problems = fetch_histories(fetcher, served, read_coverage(house.paths, [want.key for want in served]))
    if not problems:
        problems = fetch_deal_minutes(house, books, portfolio_id, fetcher, lambda token: sources(token).underlying)
    saving.finish()
    return problems


def _serves(venue: Venue | None, key: LineKey) -> bool:
    return venue is not None and key.kind in venue.serves


def sources_of(house: House) -> SourcesOf:
    """A function that tells whose bars tell a token's past: the same whoever may be asked just now."""
    settings, _ = house.read_settings()
    venues = house.venues(settings)
    return lambda token: history_sources(token, venues, house.registry.fallbacks(token.underlying))


def _wants(
    books: Books, tokens: Sequence[LeveragedToken], portfolio_id: int | None, sources: SourcesOf, now_ms: int
) -> tuple[HistoryWant, ...]:
    """The histories of several holdings, each once and as far back as any of them asks."""
    starts: dict[LineKey, int] = {}
    for token in tokens:
        rows = books.transactions(token.key, portfolio_id)
        first_ms = rows[0].draft.time_ms if rows else None
        whose = sources(token)
        for want in explain_needs(token, first_ms, now_ms, pair=whose.pair, underlying=whose.underlying):
            starts[want.key] = min(want.start_ms, starts.get(want.key, want.start_ms))
    return tuple(HistoryWant(key, start_ms) for key, start_ms in starts.items())


# -- explaining ----------------------------------------------------------------------------------------------------


def explain_all(
    house: House, books: Books, portfolio_id: int | None, quotes: Quotes, now_ms: int
) -> dict[TokenKey, ExplainedHolding]:
    """Every holding explained; without any stored history of its underlying only its next rebalance can be told."""
    tokens = [books.token(key) for key in books.keys(portfolio_id)]
    sources = sources_of(house)
    stored = _stored_underlyings(house, {sources(token).underlying for token in tokens})
    found = {token.key: _radar_only(books, token, portfolio_id, quotes.get(token.key), now_ms) for token in tokens}
    known = [token for token in tokens if sources(token).underlying in stored]
    if not known:
        return found
    from levdesk.services.explain import explain_holding  # numpy, only where there is a history

    for token in known:
        given = gather_input(
            house.stores.market,
            books,
            token,
            portfolio_id,
            figures=LiveFigures(quotes.get(token.key), None),
            sources=sources(token),
            now_ms=now_ms,
        )
        found[token.key] = explain_holding(given)
    return found


def _stored_underlyings(house: House, perpetuals: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of some perpetuals with any bars stored."""
    keys = [
        LineKey(venue, RequestKind.UNDERLYING_CANDLES, instrument, interval_s)
        for venue, instrument in perpetuals
        for interval_s in (HOUR_S, DAY_S)
        if instrument
    ]
    return {(key.venue, key.instrument) for key in read_coverage(house.paths, keys)}


def _radar_only(
    books: Books, token: LeveragedToken, portfolio_id: int | None, quote: TokenQuote | None, now_ms: int
) -> ExplainedHolding:
    rules = dated_rules(token)
    held = rules is not None and bool(books.position(token.key, portfolio_id).quantity)
    radar = rebalance_view(token.underlying, rules, quote, now_ms) if held and rules is not None else None
    return ExplainedHolding(key=token.key, portfolio_id=portfolio_id, as_of_ms=now_ms, rebalance=radar)


# -- NAV between updates -------------------------------------------------------------------------------------------


def estimated_quotes(house: House, tokens: Sequence[LeveragedToken], quotes: Quotes, now_ms: int) -> Quotes:
    """The quotes with an estimate where the venue's NAV is missing, or older than the underlying's price."""
    known = [token for token in tokens if token.key in quotes]
    sources = sources_of(house)
    return {
        **quotes,
        **{token.key: _estimated(house, token, quotes[token.key], sources(token), now_ms) for token in known},
    }


def _estimated(
    house: House, token: LeveragedToken, quote: TokenQuote, sources: HistorySources, now_ms: int
) -> TokenQuote:
    newest_ms = max(quote.underlying_ts_ms or 0, quote.leverage_ts_ms or 0)
    if quote.nav is not None and quote.nav_ts_ms is not None and newest_ms - quote.nav_ts_ms <= STALE_MS:
        return quote
    estimates = [nav_from_leverage(token, quote)]
    if quote.nav is None and quote.underlying_price is not None and quote.underlying_ts_ms is not None:
        basket = read_market_anchor(house.stores.market, token, sources, now_ms)
        if basket is not None:
            estimates.append(estimate_nav(token, basket, [(quote.underlying_ts_ms, float(quote.underlying_price))]))
    if quote.nav_ts_ms is not None and quote.underlying_price is not None and quote.underlying_ts_ms is not None:
        for interval_s in (*FINER_S, HOUR_S):
            bars = house.stores.market.read_candles(
                *sources.underlying,
                interval_s,
                quote.nav_ts_ms - interval_s * 1000,
                quote.underlying_ts_ms,
            )
            price = price_within(bars, interval_s, quote.nav_ts_ms)
            anchor = None if price is None else anchor_of(token, quote, price)
            if anchor is not None:
                live = (quote.underlying_ts_ms, float(quote.underlying_price))
                marks = [*marks_between(bars, interval_s, anchor.ts_ms, live[0]), live]
                estimates.append(estimate_nav(token, anchor, marks))
                break
    return with_estimated_nav(quote, estimates, now_ms)
