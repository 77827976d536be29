"""A figure of a measure, before anybody knows what threshold it is held against."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar

Parts = tuple[float | int | str | None, ...]
Values = dict[str, float | str | None]


class Figure(NamedTuple):
    """What a measure reads now.

    Attributes:
        value: in the unit of the measure; None when it cannot be told, or does not apply.
        as_of_ms: when it was true, or None.
        why_not: the reason in plain words when it cannot be told.
        parts: what its words are made of.
        applies: the measure means something here.
        at_least: more may be true than is known: it says something only if it is beyond the threshold.
    """

    value: float | None
    as_of_ms: int | None = None
    why_not: str = ""
    parts: Parts = ()
    applies: bool = True
    at_least: bool = False


NOT_HERE = Figure(None, applies=False)
"""The measure means nothing at this subject."""

_Subject = TypeVar("_Subject")


class Gauge(NamedTuple, Generic[_Subject]):
    """How a measure is read and told.

    Attributes:
        read: the figure of a subject over a horizon in seconds (0 where there is none) at a moment.
        tell: its words, without any amount of money, and the numbers behind them by name.
    """

    read: Callable[[_Subject, int, int], Figure]
    tell: Callable[[_Subject, Figure, int], tuple[str, Values]]


AnyGauge = Gauge[Any]


def unknown(why_not: str) -> Figure:
    """A figure that cannot be told."""
    return Figure(None, why_not=why_not)


def oldest(*moments_ms: int | None) -> int | None:
    """The earliest of several moments; None when one of them is not known."""
    known = [moment for moment in moments_ms if moment is not None]
    return min(known) if len(known) == len(moments_ms) and known else None


def as_float(value: Decimal | None) -> float | None:
    """A decimal for comparing; None stays None."""
    return None if value is None else float(value)
