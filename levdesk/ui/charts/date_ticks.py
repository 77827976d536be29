"""Where a time axis carries its words: round local times, far enough apart to be read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from levdesk.ui.format import month

HOUR_S: Final = 3_600
DAY_S: Final = 86_400

_HOUR_STEPS: Final = (HOUR_S // 12, HOUR_S // 4, HOUR_S // 2, HOUR_S, 2 * HOUR_S, 3 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S)
_DAY_STEPS: Final = (1, 2, 5, 10, 15)
_MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)

Tick = tuple[float, str]


def date_ticks(start_s: float, end_s: float, at_most: int) -> list[Tick]:
    """Round local moments between two times, with their labels; at most that many.

    Labels: 16:00 within a day, 12 Oct within a year, Oct, and 2026 at a turn of the year.
    """
    span_s = end_s - start_s
    if not math.isfinite(span_s) or span_s <= 0 or at_most < 1:
        return []
    for step_s in _HOUR_STEPS:
        if span_s / step_s <= at_most:
            return list(_within(_hours(start_s, end_s, step_s), start_s, end_s, _hour_label))
    for days in _DAY_STEPS:
        if span_s / (days * DAY_S) <= at_most:
            return list(_within(_days(start_s, end_s, days), start_s, end_s, _day_label))
    for months in _MONTH_STEPS:
        if span_s / (months * 30.4 * DAY_S) <= at_most:
            return list(_within(_months(start_s, end_s, months), start_s, end_s, _month_label))
    return []


def _local(ts_s: float) -> datetime:
    return datetime.fromtimestamp(ts_s, tz=UTC).astimezone()


def _within(
    moments: Iterator[datetime], start_s: float, end_s: float, words: Callable[[datetime], str]
) -> Iterator[Tick]:
    for moment in moments:
        ts_s = moment.timestamp()
        if start_s <= ts_s <= end_s:
            yield ts_s, words(moment)


def _midnight(ts_s: float) -> datetime:
    return _local(ts_s).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def _hours(start_s: float, end_s: float, step_s: int) -> Iterator[datetime]:
    """Wall-clock multiples of the step, so that a change of summer time moves no label off its round hour."""
    naive = _midnight(start_s)
    while True:
        moment = naive.astimezone()
        if moment.timestamp() > end_s:
            return
        yield moment
        naive += timedelta(seconds=step_s)


def _days(start_s: float, end_s: float, step: int) -> Iterator[datetime]:
    """Every day, or days 1, 1+step, … of each month, leaving out one that crowds the next month's first."""
    naive = _midnight(start_s)
    while naive.astimezone().timestamp() <= end_s:
        crowded = (naive + timedelta(days=(step + 1) // 2)).month != naive.month
        if step == 1 or ((naive.day - 1) % step == 0 and not crowded):
            yield naive.astimezone()
        naive += timedelta(days=1)


def _months(start_s: float, end_s: float, step: int) -> Iterator[datetime]:
    first = _midnight(start_s)
    index = (first.year * 12 + first.month - 1) // step * step
    while True:
        moment = datetime(index // 12, index % 12 + 1, 1).astimezone()
        if moment.timestamp() > end_s:
            return
        yield moment
        index += step


def _hour_label(moment: datetime) -> str:
    return _day_label(moment) if moment.hour == moment.minute == 0 else f"{moment:%H:%M}"


def _day_label(moment: datetime) -> str:
    return f"{moment.day} {month(moment.month)}"


def _month_label(moment: datetime) -> str:
    return str(moment.year) if moment.month == 1 else month(moment.month)
