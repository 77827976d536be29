"""A long line as few points: the lowest and the highest value of every pixel column, whatever part is in sight.

Lowest and highest are kept for buckets of 2, 4, 8 … points, so that a year of minutes is thinned in a fraction of a
millisecond. Buckets lie at fixed places of the line, so that it does not shimmer while it is moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from levdesk.services.charts import FloatArray

DENSE: Final = 3
"""A line is thinned from so many points per pixel column on."""


class ThinnedLine:
    """The points of a line, ready to be thinned.

    Args:
        times: rising, shape (n,).
        values: of the same length; NaN where unknown.
    """

    def __init__(self, times: FloatArray, values: FloatArray) -> None:
        self.times = times
        self.values = values
        self._levels: list[tuple[FloatArray, FloatArray]] = []

    def between(self, start: float, end: float, columns: int) -> tuple[FloatArray, FloatArray]:
        """Points that look like the line between two times on so many pixel columns, one beyond either end included.

        All points where they are few enough; else two per bucket, its lowest and its highest, NaN where all of a bucket
        is unknown.
        """
        first = max(int(np.searchsorted(self.times, start)) - 1, 0)
        stop = min(int(np.searchsorted(self.times, end, side="right")) + 1, len(self.times))
        depth = self._depth(stop - first, columns)
        if depth == 0:
            return self.times[first:stop], self.values[first:stop]
        lows, highs = self._level(depth)
        first, stop = first >> depth, min((stop >> depth) + 1, len(lows))
        at = np.arange(first, stop) << depth
        points = np.empty(2 * (stop - first))
        points[0::2], points[1::2] = lows[first:stop], highs[first:stop]
        return np.repeat(self.times[at], 2), points

    def is_thinned(self, columns: int) -> bool:
        """Whether the whole line is too long for so many columns."""
        return self._depth(len(self.times), columns) > 0

    def _depth(self, count: int, columns: int) -> int:
        """How many times points are halved: 0 for a line that is short enough."""
        if count <= DENSE * max(columns, 1):
            return 0
        return int(np.ceil(np.log2(count / max(columns, 1))))

    def _level(self, depth: int) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest of each bucket of 2**depth points; made when first wanted."""
        while len(self._levels) < depth:
            lows, highs = self._levels[-1] if self._levels else (self.values, self.values)
            if len(lows) % 2:
                lows, highs = np.append(lows, np.nan), np.append(highs, np.nan)
            self._levels.append((np.fmin(lows[0::2], lows[1::2]), np.fmax(highs[0::2], highs[1::2])))
        return self._levels[depth - 1]
