"""Round steps of an axis, for charts that need neither numpy nor pyqtgraph."""

from __future__ import annotations

import math


def step_for(span: float, at_most: int) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that cuts a span into at most that many pieces."""
    rough = span / max(1, at_most)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(size * power for size in (1.0, 2.0, 2.5, 5.0, 10.0) if size * power >= rough * 0.999)


def ticks(low: float, high: float, at_most: int) -> list[float]:
    """Round values between two others, both included; empty when they do not span anything."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    step = step_for(high - low, at_most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def decimals_for(values: list[float]) -> int:
    """Decimals that tell neighbouring labels apart."""
    if len(values) < 2:
        return 0
    step = values[1] - values[0]
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    return places + (1 if abs(step / 10.0**-places - round(step / 10.0**-places)) > 1e-6 else 0)
