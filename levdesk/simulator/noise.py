"""Noise that needs no memory: the same seed, name and counter give the same number, in any order, on any machine.

A generator with a state would make the market depend on who asked first. Here every draw is a hash of its counter, so
a price of last March can be computed without the prices before it, and a restart shows the same history.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counters = NDArray[np.int64]

_STEP = 0x9E3779B97F4A7C15
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_MASK = (1 << 64) - 1

_FOUR_MEAN = 2.0 * 65535.0
_FOUR_SD = math.sqrt((65536.0**2 - 1.0) / 3.0)

BELL_LIMIT = _FOUR_MEAN / _FOUR_SD
"""No draw of `Stream.bell` is further than this from 0 (about 3.46)."""


class Stream:
    """One named sequence of independent draws.

    Args:
        seed: of the whole market.
        name: what the draws are for, e.g. "BTC/return".
    """

    __slots__ = ("_key",)

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
        self._key = int.from_bytes(digest, "little")

    def uniform(self, counters: Counters) -> Floats:
        """Draws in [0, 1), one per counter, same shape."""
        return (self._hash(counters) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def bell(self, counters: Counters) -> Floats:
        """Draws with mean 0 and variance 1, one per counter: near enough normal, and bounded by `BELL_LIMIT`.

        The sum of the four 16-bit parts of one hash; returns over an hour or more are normal by their own sums.
        """
        parts = self._hash(counters).view(np.uint16).reshape(-1, 4)
        total = parts[:, 0].astype(np.float64)
        for column in (1, 2, 3):
            total += parts[:, column]
        total -= _FOUR_MEAN
        total /= _FOUR_SD
        return total

    def uniform_at(self, counter: int) -> float:
        """The draw of `uniform` for one counter, without arrays."""
        return (_mix_int(counter * _STEP + self._key) >> 11) * 2.0**-53

    def _hash(self, counters: Counters) -> NDArray[np.uint64]:
        # Steele, Lea and Flood's SplitMix64: a counter, a multiplication and two xor-shifts.
        mixed = np.ascontiguousarray(counters, np.int64).view(np.uint64) * np.uint64(_STEP)
        mixed += np.uint64(self._key)
        shifted = mixed >> np.uint64(30)
        mixed ^= shifted
        mixed *= _MIX_1
        np.right_shift(mixed, np.uint64(27), out=shifted)
        mixed ^= shifted
        mixed *= _MIX_2
        np.right_shift(mixed, np.uint64(31), out=shifted)
        mixed ^= shifted
        return mixed


def _mix_int(value: int) -> int:
    value &= _MASK
    value = ((value ^ (value >> 30)) * int(_MIX_1)) & _MASK
    value = ((value ^ (value >> 27)) * int(_MIX_2)) & _MASK
    return value ^ (value >> 31)


class Swell:
    """A slow, bounded, mean-reverting wander around 0: a few sine waves of unlike periods and random phases.

    Args:
        stream: gives the phases.
        periods_s: one wave each, the longer ones a little higher; take many unlike ones, or the eye sees a sine.
    """

    __slots__ = ("_waves",)

    def __init__(self, stream: Stream, periods_s: tuple[float, ...]) -> None:
        weights = [math.sqrt(math.sqrt(period)) for period in periods_s]
        whole = sum(weights)
        self._waves = tuple(
            (weight / whole, 2.0 * math.pi / period, 2.0 * math.pi * stream.uniform_at(number))
            for number, (period, weight) in enumerate(zip(periods_s, weights, strict=True))
        )

    def over(self, times_s: Floats) -> Floats:
        """Its height in [−1, 1] at these times."""
        height = np.zeros(len(times_s), np.float64)
        for weight, speed, phase in self._waves:
            height += weight * np.sin(speed * times_s + phase)
        return height

    def at(self, time_s: float) -> float:
        """Its height in [−1, 1] at one time."""
        return sum(weight * math.sin(speed * time_s + phase) for weight, speed, phase in self._waves)
