"""Prices of the underlyings on a grid of minutes, and between them every second.

`Paths` is what a market needs, wherever the prices come from; `SeededPaths` makes them up. A minute k covers the time
from grid point k to grid point k + 1; grid point 0 is `start_ms`.
"""

from __future__ import annotations

import math
import threading
from typing import Protocol

import numpy as np

from levdesk.simulator.noise import Counters, Floats, Stream, Swell
from levdesk.simulator.scenario import Approach, Mood, Scenario, UnderlyingSpec

MINUTE_MS = 60_000
DAY_MS = 86_400_000
DAY_MINUTES = 1440
_COARSE = 15
"""Minutes for which the mood of a day is held."""

_TURNOVER_SCALE = 1.35
"""Mean of the random part of a minute's turnover."""


class Paths(Protocol):
    """Mark prices of some underlyings from `start_ms` on; every figure is the same whoever asks and when."""

    @property
    def start_ms(self) -> int:
        """Grid point 0, a UTC midnight."""

    @property
    def underlyings(self) -> tuple[UnderlyingSpec, ...]:
        """What there is."""

    def grid(self, name: str, first: int, stop: int) -> Floats:
        """Prices at the grid points first … stop − 1, shape (stop − first,)."""

    def extremes(self, name: str, first: int, stop: int) -> tuple[Floats, Floats]:
        """Lowest and highest price inside the minutes first … stop − 1."""

    def turnover(self, name: str, first: int, stop: int) -> Floats:
        """Quote currency traded in the minutes first … stop − 1."""

    def price_at(self, name: str, ts_ms: int) -> float:
        """Price at any moment; it moves every second."""


def minute_of(paths: Paths, ts_ms: int) -> int:
    """The minute of the grid that a moment falls into; below 0 before the start."""
    return (ts_ms - paths.start_ms) // MINUTE_MS


class SeededPaths:
    """Invented prices: a pure function of the scenario, the seed, the anchor and the time.

    History is made at once, later days when somebody asks for them. Safe to call from several threads.

    Args:
        scenario: what the market is like.
        seed: of everything random.
        anchor_ms: the moment the story is told for; the history lies before it.
    """

    def __init__(self, scenario: Scenario, *, seed: int, anchor_ms: int) -> None:
        self._scenario = scenario
        self._seed = seed
        self._start_ms = (anchor_ms // DAY_MS - scenario.history_days) * DAY_MS
        self._anchor_minute = (anchor_ms - self._start_ms) // MINUTE_MS
        self._specs = {spec.name: spec for spec in scenario.underlyings}
        names = self._specs
        self._market = Stream(seed, "market/return")
        self._own = {name: Stream(seed, f"{name}/return") for name in names}
        self._wicks = {name: (Stream(seed, f"{name}/low"), Stream(seed, f"{name}/high")) for name in names}
        self._traded = {name: Stream(seed, f"{name}/turnover") for name in names}
        self._seconds = {name: Stream(seed, f"{name}/seconds") for name in names}
        self._later = Stream(seed, "moods")
        self._nerves = Swell(Stream(seed, "nerves"), (9_700.0, 31_000.0, 90_000.0, 320_000.0, 910_000.0))
        self._lock = threading.Lock()
        self._logs = {spec.name: math.log(spec.start_price) for spec in scenario.underlyings}
        self._prices = {spec.name: np.array([spec.start_price]) for spec in scenario.underlyings}
        self._points = 1
        self._within: dict[tuple[str, int], Floats] = {}

    @property
    def start_ms(self) -> int:
        """Grid point 0, a UTC midnight."""
        return self._start_ms

    @property
    def underlyings(self) -> tuple[UnderlyingSpec, ...]:
        """What there is."""
        return self._scenario.underlyings

    def grid(self, name: str, first: int, stop: int) -> Floats:
        """Prices at the grid points first … stop − 1, shape (stop − first,)."""
        self._reach(stop)
        return self._prices[name][first:stop]

    def extremes(self, name: str, first: int, stop: int) -> tuple[Floats, Floats]:
        """Lowest and highest price inside the minutes first … stop − 1."""
        prices = self.grid(name, first, stop + 1)
        minutes = np.arange(first, stop)
        below, above = self._wicks[name]
        reach = self._minute_vol(name)
        low = np.minimum(prices[:-1], prices[1:]) * (1.0 - reach * below.uniform(minutes))
        high = np.maximum(prices[:-1], prices[1:]) * (1.0 + reach * above.uniform(minutes))
        return low, high

    def turnover(self, name: str, first: int, stop: int) -> Floats:
        """Quote currency traded in the minutes first … stop − 1."""
        prices = self.grid(name, first, stop + 1)
        agitation = 1.0 + np.abs(prices[1:] / prices[:-1] - 1.0) / self._minute_vol(name)
        chance = 0.25 + self._traded[name].uniform(np.arange(first, stop))
        calm = self._specs[name].turnover_per_day / (DAY_MINUTES * _TURNOVER_SCALE)
        return calm * agitation * chance

    def price_at(self, name: str, ts_ms: int) -> float:
        """Price at any moment; it moves every second."""
        second = (ts_ms - self._start_ms) // 1000
        minute, within = divmod(second, 60)
        if within == 0:
            return float(self.grid(name, minute, minute + 1)[0])
        return float(self._inside(name, minute)[within])

    # -- the grid ----------------------------------------------------------------------------------------------

    def _reach(self, points: int) -> None:
        """Make the grid at least so many points long, by whole days."""
        if points <= self._points:
            return
        with self._lock:
            done = self._points - 1
            # The first portion holds the anchor and all that a story bends around it.
            wanted = max(points - 1, (self._scenario.history_days + 2) * DAY_MINUTES)
            stop = -(-wanted // DAY_MINUTES) * DAY_MINUTES
            if stop <= done:
                return
            drift, vol = self._mood(done, stop)
            common = self._common(done, stop, drift, vol)
            for spec in self._scenario.underlyings:
                steps = self._steps(spec, common, vol, done, stop)
                for approach in self._scenario.approaches:
                    if approach.underlying == spec.name:
                        self._steer(approach, steps, done, stop)
                self._append(spec.name, steps)
            self._points = stop + 1

    def _append(self, name: str, steps: Floats) -> None:
        # One running sum, whatever the portions: the same bits however the grid grew.
        steps[0] += self._logs[name]
        logs = np.cumsum(steps, out=steps)
        self._logs[name] = float(logs[-1])
        self._prices[name] = np.concatenate((self._prices[name], np.exp(logs)))

    def _common(self, first: int, stop: int, drift: Floats, vol: Floats) -> Floats:
        """The market's own move in each minute."""
        draws = self._market.bell(np.arange(first, stop))
        common = draws * vol * (self._scenario.market_vol_per_day / math.sqrt(DAY_MINUTES)) + drift
        for shock in self._scenario.shocks:
            begin = shock.day * DAY_MINUTES + shock.start_s // 60
            left, right = max(begin, first) - first, min(begin + shock.minutes, stop) - first
            if left < right:
                common[left:right] *= shock.vol
                common[left:right] += shock.move / shock.minutes
        return common

    def _steps(self, spec: UnderlyingSpec, common: Floats, vol: Floats, first: int, stop: int) -> Floats:
        """One underlying's move in each minute."""
        steps = self._own[spec.name].bell(np.arange(first, stop)) * vol
        steps *= spec.own_vol_per_day / math.sqrt(DAY_MINUTES)
        steps += common * spec.beta
        for day in range(first // DAY_MINUTES, stop // DAY_MINUTES):
            tilt = dict(self._mood_of(day).tilts).get(spec.name, 0.0)
            if tilt:
                begin = day * DAY_MINUTES - first
                steps[begin : begin + DAY_MINUTES] += tilt / DAY_MINUTES
        return steps

    def _steer(self, approach: Approach, steps: Floats, first: int, stop: int) -> None:
        """Bend the moves of the last stretch before the anchor so that they add up to what the story wants."""
        begin, end = self._anchor_minute - approach.minutes, self._anchor_minute
        if not first <= begin < end <= stop:
            return
        part = steps[begin - first : end - first]
        part *= approach.calm
        part += (math.log1p(approach.move_ratio) - part.sum()) / len(part)

    # -- moods -------------------------------------------------------------------------------------------------

    def _mood(self, first: int, stop: int) -> tuple[Floats, Floats]:
        """Drift per minute and multiplier of the standard deviations, for each minute of whole days."""
        moods = [self._mood_of(day) for day in range(first // DAY_MINUTES, stop // DAY_MINUTES)]
        drift = np.repeat([mood.drift_per_day / DAY_MINUTES for mood in moods], DAY_MINUTES)
        times_s = np.arange(first, stop, _COARSE, dtype=np.float64) * 60.0
        vol = np.repeat([mood.vol for mood in moods], DAY_MINUTES // _COARSE)
        vol = vol * np.exp(0.8 * self._nerves.over(times_s))
        # Quiet while Asia sleeps late, busy when New York opens.
        vol *= 1.0 + 0.25 * np.sin(2.0 * math.pi * (times_s / 86_400.0 - 9.0 / 24.0))
        return drift, np.repeat(vol, _COARSE)

    def _mood_of(self, day: int) -> Mood:
        left = day
        for mood in self._scenario.moods:
            if left < mood.days:
                return mood
            left -= mood.days
        later = self._scenario.later_moods
        length = later[0].days
        return later[int(self._later.uniform_at(left // length) * len(later))]

    # -- inside a minute ---------------------------------------------------------------------------------------

    def _minute_vol(self, name: str) -> float:
        spec = self._specs[name]
        return math.hypot(spec.beta * self._scenario.market_vol_per_day, spec.own_vol_per_day) / math.sqrt(DAY_MINUTES)

    def _inside(self, name: str, minute: int) -> Floats:
        """Prices at the 60 seconds of a minute: a random bridge from grid point to grid point."""
        known = self._within.get((name, minute))
        if known is not None:
            return known
        begin, end = self.grid(name, minute, minute + 2)
        low, high = self.extremes(name, minute, minute + 1)
        seconds: Counters = np.arange(minute * 64 + 1, minute * 64 + 61)
        walk = np.concatenate((np.zeros(1), np.cumsum(self._seconds[name].bell(seconds))))
        share = np.arange(61) / 60.0
        bridge = (walk - share * walk[-1]) * (0.6 * self._minute_vol(name) / math.sqrt(60.0))
        prices: Floats = np.clip(begin * (end / begin) ** share * (1.0 + bridge), low[0], high[0])
        if len(self._within) >= 512:
            self._within.clear()
        self._within[name, minute] = prices
        return prices
