"""The simulated market as a venue sees it: spot pairs and perpetuals with quotes, day figures and order books.

Nothing here knows a protocol. A dialect asks for figures at a moment and writes them down its own way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from levdesk.simulator.candles import bars
from levdesk.simulator.funding import Funding
from levdesk.simulator.noise import Stream
from levdesk.simulator.paths import DAY_MS, MINUTE_MS
from levdesk.simulator.scenario import UnderlyingSpec
from levdesk.simulator.series import Series, minute_at, opened_ms, trades_at
from levdesk.simulator.tokens import NavPath

_SIGNIFICANT_DIGITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PairQuote:
    """Published prices of a pair at one moment, on its tick.

    Attributes:
        last: last trade; it may stand a little outside bid and ask, because trades are not quotes.
        last_ms: when that was.
    """

    last: float
    bid: float
    ask: float
    last_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """The last 24 hours; `open` is the price at their start, volumes are in base and quote units."""

    open: float
    high: float
    low: float
    base_volume: float
    quote_volume: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLevel:
    """A price with the base units offered there."""

    price: float
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSpec:
    """What a venue publishes about a spot pair besides prices.

    Attributes:
        base, quote: the two currencies.
        name: longer name of the base.
        price_decimals: digits of its prices, or None to give them five significant digits at the anchor.
        amount_decimals: digits of quantities.
        spread_ratio: distance of bid and ask over price.
        trade_every_s: seconds between trades.
        shows_empty_etf: True when the venue sends the token fields of this ordinary pair as null.
    """

    base: str
    quote: str = "USDT"
    name: str = ""
    price_decimals: int | None = None
    amount_decimals: int = 2
    spread_ratio: float = 0.0002
    trade_every_s: int = 1
    shows_empty_etf: bool = False

    @property
    def pair(self) -> str:
        """BASE_QUOTE."""
        return f"{self.base}_{self.quote}"


class SpotPair:
    """One spot pair.

    Args:
        spec: what is published about it.
        series: its price.
        token: its NAV when it is a leveraged token.
        anchor_ms: moment at which its digits are fixed.
        seed: of sizes and spreads.
    """

    def __init__(
        self, spec: PairSpec, series: Series, *, token: NavPath | None = None, anchor_ms: int, seed: int
    ) -> None:
        self.spec = spec
        self.series = series
        self.token = token
        self._anchor_ms = anchor_ms
        self._digits = spec.price_decimals
        self._sizes = Stream(seed, f"{spec.pair}/sizes")
        self._quoted: tuple[int, PairQuote] | None = None

    @property
    def name(self) -> str:
        """BASE_QUOTE."""
        return self.spec.pair

    @property
    def delisted_ms(self) -> int | None:
        """When trading ended, or None."""
        end = self.series.end_minute
        return None if end is None else self.series.start_ms + end * MINUTE_MS

    def trades(self, ts_ms: int) -> bool:
        """Whether it can be traded at a moment."""
        return trades_at(self.series, ts_ms)

    def price_decimals(self, ts_ms: int | None = None) -> int:
        """Digits of prices now, or those in use at a moment before units were merged."""
        if self._digits is None:
            self._digits = self._digits_at_anchor()
        if ts_ms is None or self.token is None:
            return self._digits
        minute = minute_at(self.series, ts_ms)
        later = [m.old_per_new for m in self.token.spec.merges if m.day * DAY_MS // MINUTE_MS > minute]
        return self._digits + round(math.log10(math.prod(later)))

    def quote(self, now_ms: int) -> PairQuote:
        """Last trade and best offers; they change with the second."""
        second = (now_ms - self.series.start_ms) // 1000
        quoted = self._quoted
        if quoted is None or quoted[0] != second:
            # Streams look several times a second, at price and size apart.
            quoted = self._quoted = (second, self._quote(second))
        return quoted[1]

    def _quote(self, second: int) -> PairQuote:
        now_ms = self.series.start_ms + second * 1000
        digits, mid = self.price_decimals(now_ms), self.series.price_at(now_ms)
        half = self.spec.spread_ratio * (0.35 + 0.3 * self._sizes.uniform_at(second // 2))
        bid, ask = _down(mid * (1.0 - half), digits), _up(mid * (1.0 + half), digits)
        traded = second - second % self.spec.trade_every_s
        last_ms = self.series.start_ms + traded * 1000
        side = half if self._sizes.uniform_at(-traded) < 0.5 else -half
        last = round(self.series.price_at(last_ms) * (1.0 + 0.8 * side), digits)
        return PairQuote(last=last, bid=bid, ask=ask, last_ms=last_ms)

    def day(self, now_ms: int) -> DayFigures:
        """The last 24 hours, or what there is of them."""
        return day_figures(self.series, now_ms)

    def book(self, now_ms: int, levels: int) -> tuple[tuple[BookLevel, ...], tuple[BookLevel, ...]]:
        """Bids and asks, best first."""
        quote, digits = self.quote(now_ms), self.price_decimals(now_ms)
        step = max(10.0**-digits, self.spec.spread_ratio * quote.last * 0.4)
        typical = 900.0 / quote.last
        moment = (now_ms - self.series.start_ms) // 1000 * 512

        def level(price: float, number: int) -> BookLevel:
            size = typical * (0.2 + 3.0 * self._sizes.uniform_at(moment + number) ** 2) * (1.0 + 0.15 * number)
            return BookLevel(price=round(price, digits), size=_up(size, self.spec.amount_decimals))

        depth = range(min(levels, int(quote.bid / step)))
        bids = tuple(level(quote.bid - number * step, number) for number in depth)
        asks = tuple(level(quote.ask + number * step, number + 256) for number in range(levels))
        return bids, asks

    def _digits_at_anchor(self) -> int:
        delisted_ms = self.delisted_ms
        moment = self._anchor_ms if delisted_ms is None else min(self._anchor_ms, delisted_ms - MINUTE_MS)
        price = self.series.price_at(moment)
        return max(2, _SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(price)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Perpetual:
    """A perpetual future on an underlying.

    Attributes:
        name: e.g. "BTC_USDT".
        spec: digits and contract size.
        mark, index, last: its three prices.
        funding: its rates.
    """

    name: str
    spec: UnderlyingSpec
    mark: Series
    index: Series
    last: Series
    funding: Funding

    @property
    def contract_size(self) -> float:
        """Base units in one contract."""
        return float(self.spec.contract_size)

    @property
    def tick(self) -> float:
        """Smallest step of its last price."""
        return 10.0**-self.spec.price_decimals


class Market:
    """Everything that is listed.

    Args:
        anchor_ms: the moment its story is told for.
        pairs: spot pairs.
        perpetuals: futures.
    """

    def __init__(self, *, anchor_ms: int, pairs: Iterable[SpotPair], perpetuals: Iterable[Perpetual]) -> None:
        self.anchor_ms = anchor_ms
        self._pairs = {pair.name: pair for pair in pairs}
        self._perpetuals = {perpetual.name: perpetual for perpetual in perpetuals}

    @property
    def start_ms(self) -> int:
        """Where the history begins."""
        return next(iter(self._pairs.values())).series.start_ms

    @property
    def pairs(self) -> tuple[SpotPair, ...]:
        """All spot pairs, also those that no longer trade."""
        return tuple(self._pairs.values())

    @property
    def perpetuals(self) -> tuple[Perpetual, ...]:
        """All perpetuals."""
        return tuple(self._perpetuals.values())

    def pair(self, name: str) -> SpotPair | None:
        """A spot pair by BASE_QUOTE, or None."""
        return self._pairs.get(name)

    def perpetual(self, name: str) -> Perpetual | None:
        """A perpetual by name, or None."""
        return self._perpetuals.get(name)

    def warm_up(self, now_ms: int) -> None:
        """Make the history now instead of at the first question."""
        for pair in self._pairs.values():
            if pair.trades(now_ms):
                pair.quote(now_ms)


class DayBook:
    """Day figures that are made anew once a minute, for streams that tell them many times a minute.

    Whoever asks first in a minute does not change what is told: the figures are those of the minute's start.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, DayFigures]] = {}

    def day(self, name: str, series: Series, now_ms: int) -> DayFigures:
        """The 24 hours before the current minute."""
        minute_ms = max(now_ms // MINUTE_MS * MINUTE_MS, opened_ms(series))
        known = self._known.get(name)
        if known is None or known[0] != minute_ms:
            known = self._known[name] = (minute_ms, day_figures(series, minute_ms))
        return known[1]


def day_figures(series: Series, now_ms: int) -> DayFigures:
    """The 24 hours of a series before a moment, or what there is of them."""
    begin_ms = max(now_ms - DAY_MS, opened_ms(series)) // MINUTE_MS * MINUTE_MS
    made = bars(series, MINUTE_MS, begin_ms, now_ms, now_ms)
    return DayFigures(
        open=float(made.open[0]),
        high=float(made.high.max()),
        low=float(made.low.min()),
        base_volume=float((made.turnover / made.close).sum()),
        quote_volume=float(made.turnover.sum()),
    )


def _down(value: float, digits: int) -> float:
    return round(math.floor(value * 10.0**digits + 1e-9) / 10.0**digits, digits)


def _up(value: float, digits: int) -> float:
    return round(math.ceil(value * 10.0**digits - 1e-9) / 10.0**digits, digits)
