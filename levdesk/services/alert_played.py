"""One token's past, rebuilt and read moment by moment: quotes and holdings as they would have been.

Between two known prices the underlying is taken to have gone straight, and the token's basket is the one its rule, and
the rebalances seen, make of it. Imports numpy; import late.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

import numpy as np

from levdesk.domain.basket_tape import Floats
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.market import FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.observed import ObservedRebalance
from levdesk.domain.sources import NavSource, QuoteSource
from levdesk.services.alert_facts import PriceLine
from levdesk.services.explain_input import CandleSeries
from levdesk.services.explain_market import PriceHistory, even_history, read_market
from levdesk.services.explain_past import observed_moments, read_past
from levdesk.services.explain_rows import TokenPast
from levdesk.services.explain_rules import dated_rules
from levdesk.services.explain_tape import clean_bars, clean_funding, make_tape
from levdesk.services.explained import ExplainedHolding, MarketReading
from levdesk.services.views import HoldingView

_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000
_NEAR_MS: Final = 2 * _HOUR_MS
_EIGHT_HOURS_S: Final = 28_800


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialHistory:
    """What is stored of one token held.

    Attributes:
        token: with its dated rules.
        underlying: bars of its underlying.
        funding: settlements of its hedge.
        observed: rebalances seen at the venue.
        token_candles: bars of its market price; without any, NAV stands for the price and no premium is known.
        nav_now: moment and NAV that the rebuilt NAV is scaled to, or None to begin at 1.
        units, bought_ms, average_cost: as held; without a cost the NAV at the beginning of the trial stands for it.
    """

    token: LeveragedToken
    underlying: Sequence[CandleSeries]
    funding: Sequence[FundingPoint] = ()
    observed: Sequence[ObservedRebalance] = ()
    token_candles: Sequence[CandleSeries] = ()
    nav_now: tuple[int, float] | None = None
    units: Decimal = Decimal(1)
    bought_ms: int | None = None
    average_cost: Decimal | None = None


class PlayedToken:
    """One token's past, read moment by moment in order."""

    def __init__(self, history: TrialHistory, past: TokenPast, nav: Floats, from_ms: int) -> None:
        self.token = history.token
        self._history, self._past, self._nav = history, past, nav
        self.ts_ms: list[int] = past.ts_ms.tolist()
        self.prices: list[float] = past.prices.tolist()
        self._row = -1
        self._traded = _closes(history.token_candles)
        settled, rates = clean_funding(history.funding)
        self._settled_ms: list[int] = settled.tolist()
        self._rates: list[float] = rates.tolist()
        self._even = even_history(history.underlying)
        self._readings: dict[int, ExplainedHolding] = {}
        bought_ms = from_ms if history.bought_ms is None else history.bought_ms
        self._bought_ms = min(bought_ms, from_ms)
        self._peak: tuple[int, float] | None = None
        self._cost = history.average_cost

    @classmethod
    def of(cls, history: TrialHistory, from_ms: int, moments: range) -> PlayedToken | None:
        """A token's past with a row at each moment; None when there is nothing to rebuild it from."""
        rules = dated_rules(history.token)
        if rules is None:
            return None
        wanted = {*moments, *rules.changes_ms, *observed_moments(history.observed)}
        tape = make_tape(history.underlying, None, wanted)
        past = read_past(tape, rules, history.funding, history.observed)
        if past is None or not len(past) or past.ts_ms[0] > moments[-1]:
            return None
        return cls(history, past, _scaled(past, history.nav_now), from_ms)

    def move_to(self, now_ms: int) -> bool:
        """Go to the last row at a moment; False when none is near enough."""
        row = bisect_right(self.ts_ms, now_ms) - 1
        if row < 0 or now_ms - self.ts_ms[row] > _NEAR_MS:
            return False
        self._row = row
        worth = self._worth(now_ms)
        if self._cost is None:
            self._cost = _decimal(worth)
        if self._peak is None or worth > self._peak[1]:
            self._peak = (now_ms, worth)
        return True

    def quote(self, now_ms: int) -> TokenQuote:
        """The venue's figures as they would have been."""
        row = self._row
        nav, price = float(self._nav[row]), self.prices[row]
        leverage = float(self._past.units[row]) * price / float(self._past.nav[row])
        return TokenQuote(
            key=self.token.key,
            last=_decimal(self._worth(now_ms)),
            price_ts_ms=now_ms,
            nav=_decimal(nav),
            nav_source=NavSource.VENUE,
            nav_ts_ms=now_ms,
            effective_leverage=_decimal(leverage),
            leverage_ts_ms=now_ms,
            underlying_price=_decimal(price),
            underlying_ts_ms=now_ms,
        )

    def holding(self, now_ms: int) -> HoldingView:
        """The row of the table as it would have been."""
        history, quote = self._history, self.quote(now_ms)
        price, nav = quote.last or Decimal(0), quote.nav or Decimal(0)
        cost = (self._cost or price) * history.units
        traded = self._traded_at(now_ms) is not None
        return HoldingView(
            token=self.token,
            portfolio_id=None,
            quantity=history.units,
            cost_basis=cost,
            average_cost=self._cost,
            market_price=price,
            market_price_ts_ms=now_ms,
            market_price_source=QuoteSource.VENUE,
            nav=nav,
            nav_source=NavSource.VENUE,
            nav_ts_ms=now_ms,
            premium_ratio=price / nav - 1 if traded and nav else None,
            effective_leverage=quote.effective_leverage,
            leverage_ts_ms=now_ms,
            band_low=None,
            band_high=None,
            rule_assumed=False,
            market_value=price * history.units,
            unrealised_pnl=price * history.units - cost,
            realised_pnl=Decimal(0),
            fees_paid=Decimal(0),
            first_bought_ms=self._bought_ms,
        )

    def perpetual(self, now_ms: int) -> UnderlyingQuote | None:
        """The hedge with the rate that is about to be settled."""
        place = bisect_right(self._settled_ms, now_ms)
        if not 0 < place < len(self._settled_ms):
            return None
        length_s = (self._settled_ms[place] - self._settled_ms[place - 1]) // 1000
        venue, instrument = self.token.hedge
        return UnderlyingQuote(
            venue=venue,
            instrument=instrument,
            ts_ms=now_ms,
            funding_rate=_decimal(self._rates[place]),
            funding_interval_s=min(length_s, _EIGHT_HOURS_S),
        )

    def settled(self, now_ms: int) -> tuple[FundingPoint, ...]:
        """The last two settlements."""
        place = bisect_right(self._settled_ms, now_ms)
        rows = range(max(place - 2, 0), place)
        return tuple(FundingPoint(self._settled_ms[row], self._rates[row]) for row in rows)

    def explained(self, now_ms: int) -> ExplainedHolding:
        """The market as measured at the beginning of the day; nothing else of an explanation is rebuilt."""
        day = now_ms // _DAY_MS
        if day not in self._readings:
            self._readings = {
                day: ExplainedHolding(
                    key=self.token.key, portfolio_id=None, as_of_ms=now_ms, market=self._market(now_ms)
                )
            }
        return self._readings[day]

    def peak_line(self) -> PriceLine:
        """The highest price since the beginning, and no price of the future."""
        at_ms, price = self._peak or (self._bought_ms, 0.0)
        return PriceLine([at_ms], [price])

    def _market(self, now_ms: int) -> MarketReading | None:
        if self._even is None:
            return None
        known = int(np.searchsorted(self._even.starts_ms, now_ms - self._even.interval_s * 1000, side="right"))
        rules = dated_rules(self.token)
        if known < 3 or rules is None:
            return None
        clock_s = rules.period_at(now_ms).rule.clock_utc_s
        return read_market(self.token.underlying, _until(self._even, known), clock_s)

    def _worth(self, now_ms: int) -> float:
        traded = self._traded_at(now_ms)
        return float(self._nav[self._row]) if traded is None else traded

    def _traded_at(self, now_ms: int) -> float | None:
        place = bisect_right(self._traded[0], now_ms) - 1
        if place < 0 or now_ms - self._traded[0][place] > _NEAR_MS:
            return None
        return self._traded[1][place]


def _until(history: PriceHistory, count: int) -> PriceHistory:
    """The first bars of a history."""
    bars = history.bars
    cut = replace(bars, open=bars.open[:count], high=bars.high[:count], low=bars.low[:count], close=bars.close[:count])
    return replace(history, bars=cut, starts_ms=history.starts_ms[:count])


def _closes(series: Sequence[CandleSeries]) -> tuple[list[int], list[float]]:
    """Moments and closes of the shortest bars."""
    for one in sorted(series, key=lambda one: one.interval_s):
        cleaned = clean_bars(one.candles)
        if cleaned is not None:
            return (cleaned[1] + one.interval_s * 1000).tolist(), cleaned[0].close.tolist()
    return [], []


def _scaled(past: TokenPast, nav_now: tuple[int, float] | None) -> Floats:
    """NAV without jumps between unbroken stretches, in the units of a known one."""
    nav = past.nav.copy()
    for row in np.flatnonzero(np.diff(past.stretch)).tolist():
        nav[row + 1 :] *= nav[row] / nav[row + 1]
    if nav_now is None:
        return nav
    row = max(int(np.searchsorted(past.ts_ms, nav_now[0], side="right")) - 1, 0)
    scaled: Floats = nav * (nav_now[1] / nav[row])
    return scaled


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.10g}")
