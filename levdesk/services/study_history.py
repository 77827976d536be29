"""A real token explained from two price files: year by year, with its merges and its tracking error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from levdesk.domain.attribution import Terms
from levdesk.domain.basket_tape import Floats
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.fund import FundRows, fund_rows
from levdesk.domain.merges import UnitMerge, find_merges, in_present_units
from levdesk.domain.problems import Problem, Severity
from levdesk.services.study import terms_json
from levdesk.services.study_inputs import DatedValues

ROWS_PER_YEAR = 252
_YEAR_DAYS = 365.25
_LONG_GAP_DAYS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyInput:
    """What a study needs.

    Attributes:
        underlying, token: daily prices, the token's as traded; the token's days are its resets.
        leverage: signed target.
        fee_per_year: management fee; 1/252 of it is charged per row.
        financing: yearly rates as ratios, charged on (L − 1) for each calendar day, or None.
        spread: added to those rates.
        funding: funding rates of a perpetual summed per day, charged on L, or None.
    """

    underlying: DatedValues
    token: DatedValues
    leverage: float
    fee_per_year: float = 0.0
    financing: DatedValues | None = None
    spread: float = 0.0
    funding: DatedValues | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPeriod:
    """A stretch of the history.

    Attributes:
        year: calendar year, or None for the whole.
        underlying_ratio, token_ratio: simple returns, merges taken out.
        terms: log terms, the residual included.
    """

    year: int | None
    underlying_ratio: float
    token_ratio: float
    terms: Terms

    def to_json(self) -> dict[str, Any]:
        """The row for scripts; without a year for the whole."""
        row: dict[str, Any] = {} if self.year is None else {"year": self.year}
        return row | {
            "underlying_ratio": self.underlying_ratio,
            "token_ratio": self.token_ratio,
            "log": terms_json(self.terms, extra=("residual",)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResult:
    """A real token, explained.

    Attributes:
        years: one per calendar year, from the last row of the year before to the last row of the year.
        total: the whole.
        merges: (day, merge) of each unit merge found and taken out.
        tracking_error_daily: standard deviation per row of real less modelled return, or None for one return.
        problems: what the files lack and what the model could not explain.
    """

    years: tuple[StudyPeriod, ...]
    total: StudyPeriod
    merges: tuple[tuple[date, UnitMerge], ...]
    tracking_error_daily: float | None
    problems: tuple[Problem, ...]

    def to_json(self) -> dict[str, Any]:
        """The result for scripts."""
        return {
            "years": [period.to_json() for period in self.years],
            "merges": [{"date": day.isoformat(), "factor": merge.factor} for day, merge in self.merges],
            "tracking_error_daily": self.tracking_error_daily,
            "total": self.total.to_json(),
        }


def study(given: StudyInput) -> StudyResult:
    """Explain a real token day by day with the daily-reset model.

    Raises:
        SettingInvalid: fewer than two days in common, or rates that begin after the token.
    """
    days, underlying, traded = _shared(given.underlying, given.token)
    found = find_merges(traded, underlying, given.leverage)
    token = in_present_units(traded, found)
    financing, unpaid = _charges(given, days, underlying)
    rows = fund_rows(underlying, given.leverage, given.fee_per_year / ROWS_PER_YEAR, financing)
    ends = [row for row, day in enumerate(days) if row == len(days) - 1 or days[row + 1].year != day.year]
    # The first year starts at the first row, even where that is the only row of its year.
    starts = [0, *ends[:-1]]
    years = tuple(
        _period(rows, underlying, token, start, end, days[end].year)
        for start, end in zip(starts, ends, strict=True)
        if end > start
    )
    return StudyResult(
        years=years,
        total=_period(rows, underlying, token, 0, len(days) - 1, None),
        merges=tuple((days[merge.row], merge) for merge in found),
        tracking_error_daily=rows.tracking_error(token),
        problems=(*_gaps(given, days), *unpaid, *_impossible(rows, days)),
    )


def _period(rows: FundRows, underlying: Floats, token: Floats, start: int, end: int, year: int | None) -> StudyPeriod:
    return StudyPeriod(
        year=year,
        underlying_ratio=float(underlying[end] / underlying[start]) - 1.0,
        token_ratio=float(token[end] / token[start]) - 1.0,
        terms=rows.terms(token, start, end),
    )


def _shared(underlying: DatedValues, token: DatedValues) -> tuple[list[date], Floats, Floats]:
    """The token's days on which the underlying has a price too, with both prices."""
    base = dict(zip(underlying.days, underlying.values, strict=True))
    pairs = [(day, base[day], price) for day, price in zip(token.days, token.values, strict=True) if day in base]
    if len(pairs) < 2:
        raise SettingInvalid("The two files have fewer than two days in common.", hint="Check their dates.")
    days, first, second = zip(*pairs, strict=True)
    return list(days), np.array(first, np.float64), np.array(second, np.float64)


def _charges(given: StudyInput, days: Sequence[date], underlying: Floats) -> tuple[Floats, list[Problem]]:
    """Financing and funding per row as ratios of NAV, and days of the token for which the funding file has none."""
    charged = np.zeros(len(days) - 1)
    if given.financing is not None or given.spread:
        charged += (given.leverage - 1.0) * _interest(given.financing, given.spread, days)
    if given.funding is None:
        return charged, []
    rates = dict(zip(given.funding.days, given.funding.values, strict=True))
    sums, missing = np.zeros(len(days) - 1), 0
    for row, (sooner, later) in enumerate(pairwise(days)):
        between = [date.fromordinal(day) for day in range(sooner.toordinal() + 1, later.toordinal() + 1)]
        sums[row] = sum(rates.get(day, 0.0) for day in between)
        missing += sum(day not in rates for day in between)
    charged += given.leverage * sums * underlying[1:] / underlying[:-1]
    if not missing:
        return charged, []
    message = f"{given.funding.source} has no funding for {missing} days; they were counted as free."
    return charged, [_warning("funding_missing", message, given.funding.source)]


def _interest(financing: DatedValues | None, spread: float, days: Sequence[date]) -> Floats:
    """Rate plus spread for the calendar days of each row, from its start up to its end, actual/365.25."""
    first, last = days[0].toordinal(), days[-1].toordinal()
    daily = np.full(last - first, spread)
    if financing is not None:
        known = np.array([day.toordinal() for day in financing.days])
        if not len(known) or known[0] > first:
            raise SettingInvalid(f"{financing.source} begins after the token.", hint=f"It must reach {days[0]}.")
        in_force = np.searchsorted(known, np.arange(first, last), side="right") - 1
        daily += np.array(financing.values)[in_force]
    sums = np.concatenate([[0.0], np.cumsum(daily)])
    at = np.array([day.toordinal() - first for day in days])
    interest: Floats = np.diff(sums[at]) / _YEAR_DAYS
    return interest


def _gaps(given: StudyInput, days: Sequence[date]) -> list[Problem]:
    problems = []
    left_out = len(given.token.days) - len(days)
    if left_out:
        message = f"{given.underlying.source} has no price for {left_out} days of the token; they were left out."
        problems.append(_warning("prices_missing", message, given.underlying.source))
    problems += [
        _warning("gap", f"There is no price between {sooner} and {later}.", given.token.source)
        for sooner, later in pairwise(days)
        if (later - sooner).days > _LONG_GAP_DAYS
    ]
    return problems


def _impossible(rows: FundRows, days: Sequence[date]) -> list[Problem]:
    return [
        _warning(
            "reset_impossible",
            f"A daily reset would have lost everything on {days[row + 1]}; what the token did is in the residual.",
            "",
        )
        for row in np.flatnonzero(rows.impossible).tolist()
    ]


def _warning(code: str, message: str, source: str) -> Problem:
    return Problem(severity=Severity.WARNING, code=code, message=message, source=source)
