"""What an explanation is made of, and which histories it needs: plain values, before any numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from levdesk.domain.instruments import LeveragedToken, fees_at
from levdesk.domain.market import Candle, FundingPoint, NavSource, TokenQuote, UnderlyingQuote
from levdesk.domain.observed import ObservedRebalance
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType
from levdesk.services.explained_outlook import OutlookAssumptions
from levdesk.services.sync_state import HistoryWant, LineKey, Span
from levdesk.venues.contract import RequestKind

MINUTE_S: Final = 60
HOUR_S: Final = 3_600
DAY_S: Final = 86_400
FINER_S: Final = (MINUTE_S, 300, 900)
"""Bars of the underlying that sharpen an explanation where they happen to be stored; none of them is waited for."""
MOST_WINDOWS: Final = 60

_HOUR_MS: Final = HOUR_S * 1000
_DAY_MS: Final = DAY_S * 1000

LONGEST_HOURLY_MS: Final = 400 * _DAY_MS
"""Further back than this days stand in for hours."""
WARM_UP_MS: Final = 30 * _DAY_MS
"""History before the first row in which a rebuilt basket finds the leverage it had at that row."""
WEEK_MS: Final = 7 * _DAY_MS
"""Market price before the first row: it shows which leverage the token had by then."""
SHORTEST_MS: Final = 200 * _DAY_MS
"""History wanted even for a holding of today: futures drawn from half a year have seen more than one mood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleSeries:
    """Bars of one length, in any order; bad ones among them are left out by whoever reads them."""

    interval_s: int
    candles: Sequence[Candle]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioRows:
    """One token's rows in one portfolio, in ledger order, with the portfolio's cost method."""

    method: CostMethod
    drafts: Sequence[TransactionDraft]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainInput:
    """Everything one explanation reads.

    Attributes:
        token: with its dated rules and fees.
        portfolio_id: the portfolio meant, None for all together.
        rows: per portfolio.
        now_ms: the moment of the explanation.
        quote: last known figures.
        underlying: mark price bars of its underlying, of one length or several; the finest known counts.
        token_candles: bars of its market price, as traded.
        nav_history: recorded (ts_ms, nav), in the units of their time.
        funding: settlements of its perpetual.
        perpetual: the perpetual now, for the funding rate of today; None = the last settlement stands for it.
        observed: rebalances seen at the venue; the one of `quote` counts as well.
        outlook: what to assume; figures that are None are measured.
    """

    token: LeveragedToken
    portfolio_id: int | None
    rows: Sequence[PortfolioRows]
    now_ms: int
    quote: TokenQuote | None = None
    underlying: Sequence[CandleSeries] = ()
    token_candles: Sequence[CandleSeries] = ()
    nav_history: Sequence[tuple[int, float]] = ()
    funding: Sequence[FundingPoint] = ()
    perpetual: UnderlyingQuote | None = None
    observed: Sequence[ObservedRebalance] = ()
    outlook: OutlookAssumptions = field(default_factory=OutlookAssumptions)

    @property
    def first_ms(self) -> int | None:
        """Time of the first row; None without rows."""
        return min((portfolio.drafts[0].time_ms for portfolio in self.rows if portfolio.drafts), default=None)

    @property
    def drafts(self) -> Iterable[TransactionDraft]:
        """All rows, portfolio by portfolio."""
        return (draft for portfolio in self.rows for draft in portfolio.drafts)


def observed_in(quote: TokenQuote | None) -> tuple[ObservedRebalance, ...]:
    """The last rebalance a quote tells of."""
    if quote is None or quote.rebalance_ms is None:
        return ()
    spoken_ms = (
        quote.nav_ts_ms if quote.nav_source is NavSource.VENUE else None
    )  # an estimate is no word of the venue's
    until_ms = max(ms for ms in (spoken_ms, quote.leverage_ts_ms, quote.rebalance_ms) if ms is not None)
    return (ObservedRebalance(ts_ms=quote.rebalance_ms, until_ms=until_ms, nav=quote.rebalance_nav),)


def explain_needs(
    token: LeveragedToken,
    first_ms: int | None,
    now_ms: int,
    *,
    pair: str = "",
    underlying: tuple[str, str] | None = None,
) -> tuple[HistoryWant, ...]:
    """The histories the explanation of a holding needs, most wanted first.

    Args:
        token: the token.
        first_ms: its first row, None when it is only looked at.
        now_ms: the time.
        pair: its venue's spelling of its trading pair, "" when that venue serves no candles.
        underlying: venue and perpetual whose mark price stands for the underlying; None = the token's own hedge, where
            its venue serves candles.
    """
    venue, instrument = underlying or (token.key.venue, token.hedge_instrument if pair else "")
    since_ms = now_ms if first_ms is None else first_ms
    # Hours move in whole days, so that the want stays the same all day long.
    earliest_ms = (now_ms - LONGEST_HOURLY_MS) // _DAY_MS * _DAY_MS
    shortest_ms = (now_ms - SHORTEST_MS) // _DAY_MS * _DAY_MS
    hours_ms = max(min(since_ms - WARM_UP_MS, shortest_ms), earliest_ms)
    wants: list[HistoryWant] = []
    if instrument:
        wants.append(HistoryWant(LineKey(venue, RequestKind.UNDERLYING_CANDLES, instrument, HOUR_S), hours_ms))
        if any(fees is None or not fees.funding_inside for fees in (fees_at(token, since_ms), fees_at(token, now_ms))):
            wants.append(HistoryWant(LineKey(venue, RequestKind.FUNDING_HISTORY, instrument), hours_ms))
        if since_ms - WARM_UP_MS < earliest_ms:
            key = LineKey(venue, RequestKind.UNDERLYING_CANDLES, instrument, DAY_S)
            wants.append(HistoryWant(key, since_ms - WARM_UP_MS))
    if pair and first_ms is not None:
        key = LineKey(token.key.venue, RequestKind.TOKEN_CANDLES, pair, HOUR_S)
        wants.append(HistoryWant(key, max(first_ms - WEEK_MS, earliest_ms, token.listed_ms or 0)))
    return tuple(wants)


def deal_windows(drafts: Iterable[TransactionDraft], now_ms: int, *, most: int = MOST_WINDOWS) -> tuple[Span, ...]:
    """The whole hours around deals, newest first: their minutes tell the underlying's price at each deal.

    Args:
        drafts: rows of tokens on one underlying.
        now_ms: the time; the hour that still runs is left to the last quote.
        most: how many hours at most.
    """
    hours = {draft.time_ms // _HOUR_MS for draft in drafts if draft.type is not TransactionType.MERGE}
    past = sorted((hour for hour in hours if (hour + 1) * _HOUR_MS <= now_ms), reverse=True)[:most]
    return tuple(Span(hour * _HOUR_MS, (hour + 1) * _HOUR_MS - MINUTE_S * 1000) for hour in past)
