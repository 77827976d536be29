"""A token's past row by row, and the laying of those rows from one basket path after another. Imports numpy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from levdesk.domain.basket_path import BasketPath
from levdesk.domain.basket_tape import Floats, Rows

Flags = NDArray[np.bool_]

_NOTHING = 1e-30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenPast:
    """A token's rows, per unit that was worth 1 at the start of each unbroken stretch.

    All arrays have shape (n,); rows at one moment stand in the order in which things happened.

    Attributes:
        ts_ms, prices: of the underlying; triggers between two known prices have rows of their own.
        nav: after whatever happened at the row.
        units: of the underlying held after it, signed.
        funding, fees: money taken so far, since the start of all rows.
        target: signed leverage aimed at from the row on.
        events: rows at which the basket was traded back to its target.
        observed: those of them that were seen at the venue.
        kinds: reason of each event row, by row.
        stretch: number of the unbroken stretch the row belongs to.
        cuts: rows from which another leverage holds without a rebalance: the token's price showed it.
        wiped_out_ms: moments at which the rule would have lost everything; the history goes on with a new basket.
    """

    ts_ms: Rows
    prices: Floats
    nav: Floats
    units: Floats
    funding: Floats
    fees: Floats
    target: Floats
    events: Flags
    observed: Flags
    cuts: Flags
    kinds: dict[int, str]
    stretch: Rows
    wiped_out_ms: tuple[int, ...] = ()

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.ts_ms)

    def row_at(self, ts_ms: int) -> int | None:
        """The last row of a moment that has one; None for any other moment."""
        row = int(np.searchsorted(self.ts_ms, ts_ms, side="right")) - 1
        return row if row >= 0 and self.ts_ms[row] == ts_ms else None

    def row_before(self, ts_ms: int, longest_ms: int) -> int | None:
        """The last row at or before a moment, None when it is older than the longest gap."""
        row = int(np.searchsorted(self.ts_ms, ts_ms, side="right")) - 1
        return row if row >= 0 and ts_ms - self.ts_ms[row] <= longest_ms else None

    def leverage_before(self, row: int) -> float | None:
        """Signed effective leverage right before whatever happened at a row; None at the start of a stretch."""
        if row == 0 or self.stretch[row] != self.stretch[row - 1]:
            return None
        taken = self.funding[row] - self.funding[row - 1] + self.fees[row] - self.fees[row - 1]
        nav = self.nav[row - 1] + self.units[row - 1] * (self.prices[row] - self.prices[row - 1]) - taken
        return float(self.units[row - 1] * self.prices[row] / nav) if nav > 0.0 else None


@dataclass(slots=True)
class LaidRows:
    """The rows so far, part by part.

    Attributes:
        parts: columns by name, in order.
        kinds: reason of each event row, by row of all parts.
        wiped_out_ms: as in `TokenPast`.
        count: rows so far.
        stretches: unbroken stretches so far.
    """

    parts: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    kinds: dict[int, str] = field(default_factory=dict)
    wiped_out_ms: list[int] = field(default_factory=list)
    count: int = 0
    stretches: int = 0

    def begin(self) -> None:
        """What follows does not continue what is there."""
        self.stretches += 1

    def add(self, path: BasketPath, ts_ms: Rows, *, watched: bool, first: bool) -> int | None:
        """Append a path up to the row at which nothing was left, which is told, None when there is no such row.

        The path's row 0 is already there unless it is the first of a stretch.
        """
        rows = _rows_of(path)
        # Fees within an interval can take what the search, which knows prices, believed alive.
        worthless = np.flatnonzero(rows["nav"] <= _NOTHING)
        died = path.dead_row if not len(worthless) else int(worthless[0])
        start, stop = 0 if first else 1, len(path.prices) if died is None else died
        if start == stop:
            return died
        rows["ts_ms"] = ts_ms
        rows["cuts"] = np.zeros(len(ts_ms), np.bool_)
        rows["observed"] = rows["events"] if watched else np.zeros(len(ts_ms), np.bool_)
        rows["stretch"] = np.full(len(ts_ms), self.stretches)
        if not first:
            # The basket that goes on aims at the new target from here.
            self.parts[-1]["target"][-1] = path.target
        for row, kind in zip(path.event_rows.tolist(), path.event_kinds, strict=True):
            if start <= row < stop:
                self.kinds[self.count + row - start] = kind.value
        self.parts.append({name: column[start:stop].copy() for name, column in rows.items()})
        self.count += stop - start
        return died

    def since(self, ts_ms: int) -> tuple[Rows, Floats, Rows]:
        """Moments, NAV and number of the basket of the rows laid so far; those before a moment may be missing."""
        late = [part for part in self.parts if part["ts_ms"][-1] >= ts_ms] or self.parts[-1:]
        joined = {name: np.concatenate([part[name] for part in late]) for name in ("ts_ms", "nav", "events", "cuts")}
        new_stretch = np.diff(np.concatenate([part["stretch"] for part in late]), prepend=0) != 0
        return joined["ts_ms"], joined["nav"], np.cumsum(joined["events"] | joined["cuts"] | new_stretch)

    def cut_after(self, ts_ms: int) -> None:
        """Forget every row after the last one at a moment."""
        while self.parts and self.parts[-1]["ts_ms"][0] > ts_ms:
            self.count -= len(self.parts.pop()["ts_ms"])
        last = self.parts[-1]
        keep = int(np.searchsorted(last["ts_ms"], ts_ms, side="right"))
        self.count -= len(last["ts_ms"]) - keep
        self.parts[-1] = {name: column[:keep].copy() for name, column in last.items()}
        self.kinds = {row: kind for row, kind in self.kinds.items() if row < self.count}
        self.wiped_out_ms = [died_ms for died_ms in self.wiped_out_ms if died_ms <= ts_ms]

    def past(self) -> TokenPast:
        """All rows in one piece."""
        joined = {name: np.concatenate([part[name] for part in self.parts]) for name in self.parts[0]}
        return TokenPast(
            ts_ms=joined["ts_ms"],
            prices=joined["prices"],
            nav=joined["nav"],
            units=joined["units"],
            funding=np.cumsum(joined["funding"]),
            fees=np.cumsum(joined["fees"]),
            target=joined["target"],
            events=joined["events"],
            observed=joined["observed"],
            cuts=joined["cuts"],
            kinds=self.kinds,
            stretch=joined["stretch"],
            wiped_out_ms=tuple(self.wiped_out_ms),
        )


def _rows_of(path: BasketPath) -> dict[str, NDArray[Any]]:
    """A basket path row by row: what is held, and what each row took."""
    made, count = path.intervals, len(path.prices)
    spans = np.diff(np.append(made.start_rows, count))
    opened = np.repeat(made.start_nav, spans)
    units = np.repeat(made.start_nav * made.leverage / path.prices[made.start_rows], spans)
    units[-1] = path.end.leverage * path.end.nav / path.prices[-1]
    funding, fees = np.zeros(count), np.zeros(count)
    if path.paid is not None:
        funding[1:] = units[:-1] * np.diff(path.paid)
    if path.fees is not None:
        fees[1:] = opened[:-1] * np.diff(path.fees)
    events = np.zeros(count, np.bool_)
    events[path.event_rows] = True
    target = np.full(count, path.target)
    columns = {"prices": path.prices, "nav": path.nav_rows(), "units": units, "funding": funding, "fees": fees}
    return {**columns, "events": events, "target": target}
