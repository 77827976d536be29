"""Columns of the recorded market data as arrays, cut by date."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

import numpy as np

from levdesk.domain.basket_tape import Floats
from levdesk.domain.volatility import Bars


@lru_cache(maxsize=64)
def columns(path: Path) -> dict[str, list[str]]:
    """Every column of a CSV file as text; the first column also as "when"."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    found = {name: [row[name] for row in rows] for name in rows[0]}
    found["when"] = found[next(iter(found))]
    return found


def series(path: Path, column: str, since: str = "", until: str = "~") -> dict[str, float]:
    """One numeric column by date (YYYY-MM-DD), both ends included."""
    data = columns(path)
    pairs = zip(data["when"], data[column], strict=True)
    return {when: float(value) for when, value in pairs if since <= when[:10] <= until}


def paired(first: dict[str, float], second: dict[str, float]) -> tuple[list[str], Floats, Floats]:
    """The rows two series share, in order: their dates and both values."""
    dates = sorted(set(first) & set(second))
    return dates, np.array([first[day] for day in dates]), np.array([second[day] for day in dates])


def bars(path: Path, since: str, until: str) -> Bars:
    """Price bars between two dates, both included."""
    opened, high, low, close = (
        np.array(list(series(path, name, since, until).values())) for name in ("open", "high", "low", "close")
    )
    return Bars(open=opened, high=high, low=low, close=close)
