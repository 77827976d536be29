"""Recorded prices replayed as if they happened now: the same `Paths` as the invented ones.

A recorded bar becomes minutes that start at its open, touch its low and high (the low first in a rising bar) and end
at the next bar's open, so that candles made from them are the recorded ones. After the last bar the recording starts
over, scaled to go on from where it ended.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from levdesk.domain.errors import SettingInvalid
from levdesk.simulator.funding import INTERVAL_MS, Funding, published
from levdesk.simulator.noise import Floats
from levdesk.simulator.paths import DAY_MS, MINUTE_MS
from levdesk.simulator.scenario import UnderlyingSpec

_TIME_COLUMNS = ("datetime", "date", "time")
_SHORTEST_BAR_MS = 3 * MINUTE_MS


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecordedBars:
    """Price bars without gaps; all arrays have shape (n,).

    Attributes:
        start_ms: start of the first bar, UTC.
        interval_ms: length of each.
        open, high, low, close: prices.
        volume: base units traded.
    """

    start_ms: int
    interval_ms: int
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    @property
    def end_ms(self) -> int:
        """End of the last bar."""
        return self.start_ms + len(self.open) * self.interval_ms

    def between(self, first_ms: int, stop_ms: int) -> RecordedBars:
        """The bars that start in [first_ms, stop_ms)."""
        left = max(-(-(first_ms - self.start_ms) // self.interval_ms), 0)
        right = max(-(-(stop_ms - self.start_ms) // self.interval_ms), left)
        part = slice(left, right)
        return RecordedBars(
            start_ms=self.start_ms + left * self.interval_ms,
            interval_ms=self.interval_ms,
            open=self.open[part],
            high=self.high[part],
            low=self.low[part],
            close=self.close[part],
            volume=self.volume[part],
        )


def read_bars(path: Path) -> RecordedBars:
    """Bars from a CSV file with a time column and open, high, low, close, volume.

    Raises:
        SettingInvalid: the file has no such columns, fewer than two bars, or a gap.
    """
    times: list[int] = []
    rows: list[list[float]] = []
    for row in _rows(path, ("open", "high", "low", "close", "volume")):
        times.append(_moment_ms(row))
        rows.append([float(row[name]) for name in ("open", "high", "low", "close", "volume")])
    steps = np.unique(np.diff(times))
    if len(steps) != 1 or steps[0] % MINUTE_MS or steps[0] < _SHORTEST_BAR_MS:
        raise SettingInvalid(
            f"The bars of {path.name} are not evenly spaced, or shorter than three minutes.",
            hint="Replay a file without gaps.",
        )
    opened, high, low, close, volume = np.array(rows).T
    return RecordedBars(
        start_ms=times[0], interval_ms=int(steps[0]), open=opened, high=high, low=low, close=close, volume=volume
    )


class ReplayPaths:
    """Recorded prices on the grid of minutes.

    Args:
        recordings: by underlying; they must all cover the stretch that is replayed.
        specs: the underlyings, in order.
        recorded_from_ms, recorded_until_ms: the stretch, UTC midnights.
        start_ms: when it is to happen, a UTC midnight.
    """

    def __init__(
        self,
        recordings: Mapping[str, RecordedBars],
        specs: Sequence[UnderlyingSpec],
        *,
        recorded_from_ms: int,
        recorded_until_ms: int,
        start_ms: int,
    ) -> None:
        if (recorded_until_ms - recorded_from_ms) % DAY_MS or recorded_from_ms % DAY_MS or start_ms % DAY_MS:
            raise SettingInvalid("A replay goes from one UTC midnight to another.")
        self._start_ms = start_ms
        self._specs = tuple(specs)
        self._minutes = (recorded_until_ms - recorded_from_ms) // MINUTE_MS
        self._prices: dict[str, Floats] = {}
        self._turnover: dict[str, Floats] = {}
        for spec in specs:
            recording = recordings[spec.name]
            if recording.start_ms > recorded_from_ms or recording.end_ms < recorded_until_ms:
                raise SettingInvalid(f"The recording of {spec.name} does not cover the stretch to replay.")
            part = recording.between(recorded_from_ms, recorded_until_ms)
            self._prices[spec.name] = _minute_prices(part)
            per_bar = part.interval_ms // MINUTE_MS
            self._turnover[spec.name] = np.repeat(part.volume * part.close / per_bar, per_bar)

    @property
    def start_ms(self) -> int:
        """Grid point 0, a UTC midnight."""
        return self._start_ms

    @property
    def underlyings(self) -> tuple[UnderlyingSpec, ...]:
        """What there is."""
        return self._specs

    def grid(self, name: str, first: int, stop: int) -> Floats:
        """Prices at the grid points first … stop − 1."""
        prices = self._prices[name]
        if stop <= len(prices):
            return prices[first:stop]
        rounds, points = np.divmod(np.arange(first, stop), self._minutes)
        again: Floats = prices[points] * (prices[-1] / prices[0]) ** rounds
        return again

    def extremes(self, name: str, first: int, stop: int) -> tuple[Floats, Floats]:
        """Lowest and highest price inside the minutes first … stop − 1."""
        prices = self.grid(name, first, stop + 1)
        return np.minimum(prices[:-1], prices[1:]), np.maximum(prices[:-1], prices[1:])

    def turnover(self, name: str, first: int, stop: int) -> Floats:
        """Quote currency traded in the minutes first … stop − 1."""
        return self._turnover[name][np.arange(first, stop) % self._minutes]

    def price_at(self, name: str, ts_ms: int) -> float:
        """Price at any moment: straight from grid point to grid point, second by second."""
        minute, within = divmod((ts_ms - self._start_ms) // 1000, 60)
        begin, end = self.grid(name, minute, minute + 2).tolist()
        return float(begin + (end - begin) * within / 60.0)


class RecordedFunding(Funding):
    """Daily means of recorded funding, settled three times a day; they start over as the prices do.

    Args:
        daily_rates: mean rate of each UTC day of the stretch that is replayed.
        start_ms: when the stretch is to happen.
    """

    def __init__(self, daily_rates: Sequence[float], *, start_ms: int) -> None:
        super().__init__(start_ms)
        self._daily = np.array(daily_rates, np.float64)

    def rates(self, first: int, stop: int) -> Floats:
        """Rates of the settlements first … stop − 1."""
        per_day = DAY_MS // INTERVAL_MS
        days: NDArray[np.int64] = (np.arange(first, stop) - 1) // per_day % len(self._daily)
        return published(self._daily[days])


def read_daily_funding(path: Path, first_ms: int, until_ms: int) -> list[float]:
    """One rate for each UTC day of a stretch, from a CSV file with `date` and `funding_mean`.

    A missing day has the rate of the day before.

    Raises:
        SettingInvalid: nothing is known at the start of the stretch.
    """
    known = sorted((_moment_ms(row), float(row["funding_mean"])) for row in _rows(path, ("funding_mean",)))
    days = [day for day, _ in known]
    found: list[float] = []
    for day in range(first_ms, until_ms, DAY_MS):
        at = bisect_right(days, day) - 1
        if at < 0:
            raise SettingInvalid(f"{path.name} does not reach back to the start of the replay.")
        found.append(known[at][1])
    return found


def _minute_prices(part: RecordedBars) -> Floats:
    """Prices at every minute of the bars and at their end."""
    per_bar = part.interval_ms // MINUTE_MS
    rising = part.close >= part.open
    third = per_bar // 3
    first, second = np.where(rising, part.low, part.high), np.where(rising, part.high, part.low)
    starts = np.arange(len(part.open)) * per_bar
    knots = np.append((starts[:, None] + np.array([0, third, 2 * third])).ravel(), len(part.open) * per_bar)
    prices = np.append(np.stack((part.open, first, second), axis=1).ravel(), part.close[-1])
    minutes: Floats = np.interp(np.arange(len(part.open) * per_bar + 1), knots, prices)
    return minutes


def _rows(path: Path, wanted: Sequence[str]) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        columns = reader.fieldnames or ()
        if not set(wanted) <= set(columns) or not set(_TIME_COLUMNS) & set(columns):
            raise SettingInvalid(f"{path.name} has no columns {', '.join(wanted)} and a time.")
        yield from reader


def _moment_ms(row: Mapping[str, str]) -> int:
    text = next(row[name] for name in _TIME_COLUMNS if name in row)
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
