"""Where the moves of a simulated underlying come from: a lognormal walk, or blocks of its own history.

Every source yields the same numbers for the same seed whatever token is run over them, so two tokens, rules or
leverages are compared on the same futures (common random numbers).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from levdesk.domain.basket_tape import Floats
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.volatility import log_returns


class ReturnSource(Protocol):
    """Makes log returns of an underlying for many paths, step by step."""

    @property
    def steps_per_day(self) -> int:
        """Steps that make a day."""

    def steps(self, seed: int, paths: int, count: int) -> Iterator[Floats]:
        """Yield `count` arrays of shape (paths,); each is valid until the next one is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lognormal:
    """Independent normal log returns.

    Attributes:
        volatility: standard deviation of the log return per day.
        drift: expected growth per day; the mean price grows by e^drift.
        steps_per_day: steps that make a day.
    """

    volatility: float
    drift: float = 0.0
    steps_per_day: int = 24

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        if not (math.isfinite(self.volatility) and self.volatility >= 0.0 and math.isfinite(self.drift)):
            raise SettingInvalid("Volatility and drift must be numbers, and volatility not below zero.")
        _require_steps(self.steps_per_day)

    def steps(self, seed: int, paths: int, count: int) -> Iterator[Floats]:
        """Yield log returns of one step for every path."""
        rng = np.random.default_rng(seed)
        spread = self.volatility / math.sqrt(self.steps_per_day)
        mean = (self.drift - 0.5 * self.volatility**2) / self.steps_per_day
        moves = np.empty(paths)
        for _ in range(count):
            rng.standard_normal(out=moves)
            np.multiply(moves, spread, out=moves)
            np.add(moves, mean, out=moves)
            yield moves


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockBootstrap:
    """Stretches of real history strung together at random, which keeps its fat tails, trends and calm spells.

    Attributes:
        returns: log returns of the underlying per step, oldest first, shape (n,).
        steps_per_day: steps that make a day.
        block: steps in a stretch.
    """

    returns: Floats
    steps_per_day: int
    block: int

    def __post_init__(self) -> None:
        """Refuse a history that is shorter than one stretch."""
        _require_steps(self.steps_per_day)
        if not 1 <= self.block <= len(self.returns):
            raise SettingInvalid(
                f"A history of {len(self.returns)} moves cannot be cut into stretches of {self.block}.",
                hint="Load more history or take shorter stretches.",
            )
        if not np.isfinite(self.returns).all():
            raise SettingInvalid("A return in the history is not a number.")

    def steps(self, seed: int, paths: int, count: int) -> Iterator[Floats]:
        """Yield log returns of one step for every path, each path within its own stretches."""
        rng = np.random.default_rng(seed)
        moves = np.empty(paths)
        at = np.empty(paths, np.intp)
        for step in range(count):
            if step % self.block == 0:
                at[:] = rng.integers(0, len(self.returns) - self.block + 1, size=paths)
            # The stretches fit by construction, so "clip" only saves the check.
            np.take(self.returns, at, out=moves, mode="clip")
            at += 1
            yield moves


def bootstrap_of(close: Floats, steps_per_day: int, block_days: float = 2.0) -> BlockBootstrap:
    """Blocks of the history of a price series with a fixed number of rows per day."""
    block = max(1, round(block_days * steps_per_day))
    return BlockBootstrap(returns=log_returns(close), steps_per_day=steps_per_day, block=block)


def _require_steps(steps_per_day: int) -> None:
    if steps_per_day < 1:
        raise SettingInvalid(f"{steps_per_day} steps do not make a day.")
