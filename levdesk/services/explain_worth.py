"""What several holdings were worth together right before each of many moments. Imports numpy.

Summed over what changed, a price or the units of one holding, and not over every holding at every moment: a million
rows of 300 tokens would be 300 million values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from levdesk.domain.basket_tape import Floats
from levdesk.services.price_line import IntArray

if TYPE_CHECKING:
    from typing import Literal

    from levdesk.services.explain_performance import HeldPrices


def worth_before(holdings: Sequence[HeldPrices], moments: IntArray) -> Floats | None:
    """Value of the units held right before each moment, at the prices of that moment.

    Args:
        holdings: what is summed.
        moments: ascending, UTC in ms.

    Returns:
        None where some of it has no price.
    """
    repriced, moved, counted = _Changes(), _Changes(), _Changes()
    for held in holdings:
        line = held.line
        times = np.array([step.ts_ms for step in held.steps], np.int64)
        units = np.array([0.0, *(step.after for step in held.steps)])
        unpriced = moments[: np.searchsorted(moments, line.times_ms[0])] if len(line.times_ms) else moments
        if (units[np.searchsorted(times, unpriced)] > 0.0).any():
            return None
        before = units[np.searchsorted(times, line.times_ms)]
        repriced.take(line.times_ms, before * np.diff(np.append(0.0, line.prices)))
        moved.take(times, np.diff(units) * np.nan_to_num(line.at(times)))
        counted.take(times, np.diff((units > 0.0).astype(np.float64)))
    worth = repriced.until(moments, "right") + moved.until(moments, "left")
    is_held = counted.until(moments, "left") > 0.5  # what a long sum leaves over is no value
    return np.where(is_held, worth, 0.0)


class _Changes:
    """Changes of a sum over time."""

    def __init__(self) -> None:
        self._times: list[IntArray] = []
        self._changes: list[Floats] = []

    def take(self, times: IntArray, changes: Floats) -> None:
        """Add the changes of one holding."""
        self._times.append(times)
        self._changes.append(changes)

    def until(self, moments: IntArray, side: Literal["left", "right"]) -> Floats:
        """The sum at each moment: "right" with the changes of the moment itself, "left" without."""
        if not self._times:
            return np.zeros(len(moments))
        times = np.concatenate(self._times)
        order = np.argsort(times, kind="stable")
        sums = np.append(0.0, np.cumsum(np.concatenate(self._changes)[order]))
        found: Floats = sums[np.searchsorted(times[order], moments, side=side)]
        return found
