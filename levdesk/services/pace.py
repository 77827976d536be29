"""How long work tells how far it is, and hears that it should stop."""

from __future__ import annotations

from collections.abc import Callable

Pace = Callable[[float], None]
"""Told how far the work is, 0..1; raises when the person stopped it."""


def no_pace(_done_ratio: float) -> None:
    """Nobody watches."""


def part_of(pace: Pace, first: float, last: float) -> Pace:
    """The pace of a part of some work that goes from one ratio to another."""
    return lambda done_ratio: pace(first + done_ratio * (last - first))
