"""The odds over a horizon in closed form: a lognormal underlying and a token that resets continuously.

Model output, not forecast: every figure holds for the volatility, drift and costs put in. "If the price ends where it
started", "median" and "mean" are three different figures and are named as such.

Source: mathematics notes, 3; Leung and Santoli (2012) for value at risk; Bessembinder (2026) for the skewness;
Avellaneda and Zhang (2010) for the path formula; renewal-reward for band rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from levdesk.domain.basket import require_leverage
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.rebalance import trigger_move

_NORMAL = NormalDist()
FUNDINGS_PER_DAY = 3.0
_LARGEST_LOG = 700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is assumed of a token and its underlying over a horizon; all rates are ratios per day but the funding.

    Attributes:
        leverage: signed target leverage.
        volatility: standard deviation of the underlying's log return per day.
        days: length of the horizon.
        drift: expected growth of the underlying per day: E[S] grows by e^drift.
        fee: management fee per day.
        funding: funding rate per 8 hours; longs pay when it is above zero.
    """

    leverage: float
    volatility: float
    days: float
    drift: float = 0.0
    fee: float = 0.0
    funding: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        require_leverage(self.leverage)
        if not all(map(math.isfinite, (self.volatility, self.days, self.drift, self.fee, self.funding))):
            raise SettingInvalid("The assumptions of an outlook must be numbers.")
        if self.volatility < 0.0 or self.days <= 0.0 or not 0.0 <= self.fee < 1.0:
            raise SettingInvalid("Volatility and fee must not be below zero, and the horizon must be above zero.")
        if abs(self.log_mean) + 0.5 * self.log_spread**2 + 10.0 * self.log_spread > _LARGEST_LOG:
            raise SettingInvalid("Those assumptions lead to values no number can hold.", hint="They are per day.")

    @property
    def cost_per_day(self) -> float:
        """Fee and funding as a rate of NAV per day; below zero when the funding received is more than the fee."""
        return self.fee + FUNDINGS_PER_DAY * self.leverage * self.funding

    @property
    def decay_per_day(self) -> float:
        """Log NAV lost per day to volatility if the price ends where it started: ½L(L−1)σ²."""
        return 0.5 * self.leverage * (self.leverage - 1.0) * self.volatility**2

    @property
    def log_mean(self) -> float:
        """Expected log return of the token over the horizon."""
        leverage = self.leverage
        growth = leverage * self.drift - 0.5 * (leverage * self.volatility) ** 2 - self.cost_per_day
        return growth * self.days

    @property
    def log_spread(self) -> float:
        """Standard deviation of the token's log return over the horizon."""
        return abs(self.leverage) * self.volatility * math.sqrt(self.days)

    @property
    def half_life_days(self) -> float | None:
        """Days until half is gone if the price stays where it is; None when it does not shrink then."""
        loss = self.decay_per_day + self.cost_per_day
        return math.log(2.0) / loss if loss > 0.0 else None

    @property
    def breakeven_move_ratio(self) -> float:
        """Move of the underlying at which the token is worth what it was; a long needs more, a short less."""
        volatility = 0.5 * (self.leverage - 1.0) * self.volatility**2 * self.days
        return math.expm1(volatility + self.cost_per_day * self.days / self.leverage)

    @property
    def breakeven_drift(self) -> float:
        """Drift per day at which the median holder is whole; the mean one needs only cost over leverage."""
        return 0.5 * self.leverage * self.volatility**2 + self.cost_per_day / self.leverage

    @property
    def drift_to_beat_spot(self) -> float | None:
        """Drift per day above which its median growth beats plain holding; None for leverage of 1 or less."""
        if self.leverage <= 1.0:
            return None
        return 0.5 * (self.leverage + 1.0) * self.volatility**2 + self.cost_per_day / (self.leverage - 1.0)

    @property
    def median_ratio(self) -> float:
        """Median value at the end over the value now."""
        return math.exp(self.log_mean)

    @property
    def mean_ratio(self) -> float:
        """Expected value at the end over the value now; few holders get it, a lucky tail carries it."""
        return math.exp((self.leverage * self.drift - self.cost_per_day) * self.days)

    @property
    def loss_probability(self) -> float:
        """Chance of being worth less at the end than now."""
        return self.probability_below(1.0)

    def probability_below(self, ratio: float) -> float:
        """Chance that the value at the end over the value now is below a ratio."""
        if ratio <= 0.0:
            return 0.0
        distance = math.log(ratio) - self.log_mean
        if self.log_spread == 0.0:
            return 1.0 if distance > 0.0 else 0.0
        return _NORMAL.cdf(distance / self.log_spread)

    def quantile(self, share: float) -> float:
        """The value over the value now that a share of the outcomes stays below."""
        return math.exp(self.log_mean + self.log_spread * _NORMAL.inv_cdf(_share(share)))

    def value_at_risk(self, share: float = 0.05) -> float:
        """Loss, as a ratio of the value now, that only a share of the outcomes exceeds."""
        return 1.0 - self.quantile(share)

    def conditional_value_at_risk(self, share: float = 0.05) -> float:
        """Mean loss, as a ratio of the value now, within the worst share of the outcomes."""
        worst = _NORMAL.cdf(_NORMAL.inv_cdf(_share(share)) - self.log_spread)
        return 1.0 - self.mean_ratio * worst / share

    @property
    def optimal_leverage(self) -> float | None:
        """The leverage with the highest median growth, (μ − carry)/σ²; None without volatility."""
        carry = FUNDINGS_PER_DAY * self.funding
        return (self.drift - carry) / self.volatility**2 if self.volatility > 0.0 else None

    def path_ratio(self, move_ratio: float) -> float:
        """Value over the value now if the underlying ends at a move, at the volatility assumed."""
        loss = (self.decay_per_day + self.cost_per_day) * self.days
        return math.exp(self.leverage * math.log1p(_move(move_ratio)) - loss)

    def losing_zone(self) -> tuple[float, float] | None:
        """Moves of the underlying between which the token ends below the plain multiple; None when there are none.

        Either end may be the plain multiple's own end: the move at which it would have been liquidated, or +∞.
        """
        if 0.0 <= self.leverage <= 1.0 or (self.decay_per_day + self.cost_per_day) <= 0.0:
            return None
        return self._zone_end(-1.0), self._zone_end(1.0)

    def _zone_end(self, side: float) -> float:
        """Where the token catches up with the plain multiple on one side of no move, by bisection in the log move."""
        leverage, loss = self.leverage, (self.decay_per_day + self.cost_per_day) * self.days

        def lead(log_move: float) -> float:
            plain = 1.0 + leverage * math.expm1(log_move)
            return math.inf if plain <= 0.0 else leverage * log_move - loss - math.log(plain)

        near, far = 0.0, side * 0.1
        while lead(far) < 0.0:
            near, far = far, far * 2.0
            if abs(far) > 50.0:
                return -1.0 if side < 0.0 else math.inf
        for _ in range(200):
            middle = 0.5 * (near + far)
            near, far = (middle, far) if lead(middle) < 0.0 else (near, middle)
        return math.expm1(far)


def letf_cost_per_day(leverage: float, fee_per_year: float, rate_per_year: float, spread_per_year: float) -> float:
    """Cost of an exchange-traded fund per calendar day: its fee and the financing of (L−1) of borrowed money."""
    return (fee_per_year + (leverage - 1.0) * (rate_per_year + spread_per_year)) / 365.0


def path_formula_ratio(leverage: float, underlying_ratio: float, realised_variance: float, carry: float = 0.0) -> float:
    """Avellaneda and Zhang's value over starting value of a daily-reset token from endpoints and realised variance.

    Args:
        leverage: signed target leverage.
        underlying_ratio: underlying price at the end over the start.
        realised_variance: sum of squared returns over the time.
        carry: ((1−β)r − f)·t, plus β times the borrow cost of shorting: a log return, usually below zero.
    """
    require_leverage(leverage)
    decay = 0.5 * (leverage - leverage**2) * realised_variance
    return math.exp(leverage * math.log(underlying_ratio) + decay + carry)


def daily_reset_skewness(leverage: float, volatility: float, days: int) -> float:
    """Skewness of the value of a daily-reset token after some days of independent driftless returns."""
    variance = (leverage * volatility) ** 2
    if days * math.log1p(3.0 * variance) > _LARGEST_LOG:
        raise SettingInvalid("That volatility over that time has no skewness a number can hold.")
    squares, cubes = math.pow(1.0 + variance, days), math.pow(1.0 + 3.0 * variance, days)
    return (2.0 + cubes - 3.0 * squares) / (squares - 1.0) ** 1.5 if squares > 1.0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BandGrowth:
    """How a token that rebalances only at its band edges grows in the long run.

    Attributes:
        up_probability: chance that the next trigger is the one at the higher price.
        days_between: mean days from one trigger to the next.
        growth_per_day: long-run log growth per day, cost of trading and carry included.
        continuous_per_day: the same for a token that resets continuously, for comparison.
    """

    up_probability: float
    days_between: float
    growth_per_day: float
    continuous_per_day: float


def band_growth(outlook: Outlook, band: tuple[float, float], cost_ratio: float = 0.0) -> BandGrowth:
    """Long-run growth under a pure band rule by renewal-reward.

    Args:
        outlook: leverage, volatility, drift and carry; its horizon does not matter.
        band: magnitudes of effective leverage at which it trades back to the target.
        cost_ratio: cost per unit of notional traded.

    Raises:
        SettingInvalid: a band edge that no price reaches, or no volatility.
    """
    target, variance = outlook.leverage, outlook.volatility**2
    if variance <= 0.0:
        raise SettingInvalid("Without volatility a band is never reached.")
    edges = {trigger_move(target, math.copysign(edge, target)): edge for edge in band}
    down, up = sorted(edges)
    if not down < 0.0 < up:
        raise SettingInvalid(f"The band {band[0]:g} to {band[1]:g} does not hold the target {abs(target):g}.")
    above, below = math.log1p(up), -math.log1p(down)
    log_drift = outlook.drift - 0.5 * variance
    chance, days = _exit(log_drift, variance, above, below)
    gain = chance * math.log1p(target * up) + (1.0 - chance) * math.log1p(target * down)
    traded = chance * abs(abs(target) - edges[up]) + (1.0 - chance) * abs(abs(target) - edges[down])
    continuous = target * log_drift - outlook.decay_per_day
    return BandGrowth(
        up_probability=chance,
        days_between=days,
        growth_per_day=(gain - cost_ratio * traded) / days - outlook.cost_per_day,
        continuous_per_day=continuous - outlook.cost_per_day,
    )


def _exit(log_drift: float, variance: float, above: float, below: float) -> tuple[float, float]:
    """Chance that a drifting log price leaves an interval at its upper end, and the mean time until it leaves."""
    pull = 2.0 * abs(log_drift) / variance
    if pull * (above + below) < 1e-6:
        return below / (above + below), above * below / variance
    with_drift, against = (above, below) if log_drift > 0.0 else (below, above)
    favoured = math.expm1(-pull * against) / math.expm1(-pull * (with_drift + against))
    chance = favoured if log_drift > 0.0 else 1.0 - favoured
    return chance, (above * chance - below * (1.0 - chance)) / log_drift


def _share(share: float) -> float:
    if not 0.0 < share < 1.0:
        raise SettingInvalid(f"A share of {share!r} of the outcomes is not between 0 and 1.")
    return share


def _move(move_ratio: float) -> float:
    if not (math.isfinite(move_ratio) and move_ratio > -1.0):
        raise SettingInvalid(f"A move of {move_ratio!r} leaves no price.")
    return move_ratio
