"""What the simulated weeks are like, as data: the underlyings, the moods of the market, one crash, one story's end.

Days count from the start of the history, which is a UTC midnight. Moves and drifts are natural logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderlyingSpec:
    """One underlying and how it behaves.

    Attributes:
        name: e.g. "BTC".
        start_price: mark price at the start of the history, quote currency.
        beta: how much of the market's move it makes.
        own_vol_per_day: standard deviation of its own daily move on top of the market's.
        price_decimals, mark_decimals: digits its last price and its mark price are published with.
        turnover_per_day: quote currency traded on a calm day.
        contract_size: base units in one contract of its perpetual.
    """

    name: str
    start_price: float
    beta: float
    own_vol_per_day: float
    price_decimals: int
    mark_decimals: int
    turnover_per_day: float
    contract_size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """Some days of one kind.

    Attributes:
        days: how many.
        drift_per_day: of the market.
        vol: multiplies every standard deviation.
        tilts: extra drift per day of single underlyings.
    """

    days: int
    drift_per_day: float
    vol: float
    tilts: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shock:
    """A stretch in which the whole market makes a set move on top of everything else.

    Attributes:
        day, start_s: when it starts: day of the history and second of that day.
        minutes: how long it takes.
        move: of the market over the whole stretch.
        vol: multiplies the market's standard deviation in that stretch.
    """

    day: int
    start_s: int
    minutes: int
    move: float
    vol: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """Bends the last stretch before the anchor so that one underlying makes a set move in it: how a story ends.

    Attributes:
        underlying: its name.
        minutes: length of the stretch.
        move_ratio: simple return over it.
        calm: multiplies the noise in it.
    """

    underlying: str
    minutes: int
    move_ratio: float
    calm: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole market.

    Attributes:
        underlyings: those with a perpetual.
        moods: the history, in order; they add up to `history_days`.
        later_moods: what follows, drawn at random, one after the other.
        shocks, approaches: single events.
        market_vol_per_day: standard deviation of the common daily move.
    """

    underlyings: tuple[UnderlyingSpec, ...]
    moods: tuple[Mood, ...]
    later_moods: tuple[Mood, ...]
    shocks: tuple[Shock, ...] = ()
    approaches: tuple[Approach, ...] = field(default=())
    market_vol_per_day: float = 0.02

    @property
    def history_days(self) -> int:
        """Whole days before the day of the anchor."""
        return sum(mood.days for mood in self.moods)


_HOUR_S = 3600

SIX_UNDERLYINGS = (
    UnderlyingSpec(
        name="BTC", start_price=71_400.0, beta=1.0, own_vol_per_day=0.008, price_decimals=1, mark_decimals=2,
        turnover_per_day=1.9e9, contract_size="0.0001",
    ),
    UnderlyingSpec(
        name="ETH", start_price=2_480.0, beta=1.25, own_vol_per_day=0.016, price_decimals=2, mark_decimals=2,
        turnover_per_day=1.1e9, contract_size="0.01",
    ),
    UnderlyingSpec(
        name="SOL", start_price=118.0, beta=1.45, own_vol_per_day=0.024, price_decimals=2, mark_decimals=3,
        turnover_per_day=4.2e8, contract_size="1",
    ),
    UnderlyingSpec(
        name="XRP", start_price=1.62, beta=1.15, own_vol_per_day=0.026, price_decimals=4, mark_decimals=5,
        turnover_per_day=2.6e8, contract_size="10",
    ),
    UnderlyingSpec(
        name="DOGE", start_price=0.1460, beta=1.45, own_vol_per_day=0.028, price_decimals=5, mark_decimals=6,
        turnover_per_day=2.1e8, contract_size="10",
    ),
    UnderlyingSpec(
        name="ADA", start_price=0.512, beta=1.3, own_vol_per_day=0.025, price_decimals=4, mark_decimals=5,
        turnover_per_day=9.0e7, contract_size="10",
    ),
)  # fmt: skip

HALF_A_YEAR = Scenario(
    underlyings=SIX_UNDERLYINGS,
    moods=(
        Mood(days=36, drift_per_day=0.006, vol=0.8),
        Mood(days=28, drift_per_day=0.000, vol=1.2),
        Mood(days=14, drift_per_day=0.005, vol=1.6),
        Mood(days=34, drift_per_day=-0.005, vol=0.9),
        Mood(days=36, drift_per_day=0.001, vol=1.1),
        Mood(days=32, drift_per_day=0.005, vol=0.8),
    ),
    later_moods=(
        Mood(days=9, drift_per_day=0.006, vol=0.8),
        Mood(days=9, drift_per_day=-0.006, vol=0.9),
        Mood(days=9, drift_per_day=0.0, vol=1.3),
        Mood(days=9, drift_per_day=0.0, vol=0.6),
    ),
    shocks=(
        # One bad day: down in legs through the daily check of the tokens, a last plunge, then a sharp bounce.
        Shock(day=64, start_s=12 * _HOUR_S, minutes=70, move=-0.045, vol=4.0),
        Shock(day=64, start_s=13 * _HOUR_S + 600, minutes=40, move=0.018, vol=4.0),
        Shock(day=64, start_s=13 * _HOUR_S + 3000, minutes=95, move=-0.095, vol=6.0),
        Shock(day=64, start_s=15 * _HOUR_S + 1500, minutes=65, move=0.03, vol=5.0),
        Shock(day=64, start_s=16 * _HOUR_S + 1800, minutes=75, move=-0.09, vol=6.0),
        Shock(day=64, start_s=17 * _HOUR_S + 2700, minutes=18, move=-0.15, vol=9.0),
        Shock(day=64, start_s=18 * _HOUR_S + 300, minutes=25, move=0.12, vol=8.0),
        Shock(day=64, start_s=18 * _HOUR_S + 2400, minutes=110, move=-0.03, vol=5.0),
        Shock(day=64, start_s=20 * _HOUR_S + 1800, minutes=150, move=0.08, vol=4.0),
    ),
)
"""Trend, chop, a crash with its bounce, a slide, chop again, a rally."""
