"""What the study commands are given as text, read into numbers: moves, rules, price files and rate files."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from levdesk.domain.basket import BasketRule
from levdesk.domain.errors import ImportRejected, SettingInvalid

FUNDINGS_PER_DAY = 3
_RATE_COLUMNS = ("rate", "funding_rate", "funding")
_TIME_COLUMNS = ("date", "datetime", "time")
_MEAN_COLUMN = "funding_mean"
_UNKNOWN = {"", ".", "null", "nan"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedValues:
    """Values by day, oldest first, each day once.

    Attributes:
        days: the days.
        values: prices above zero, or rates as ratios.
        source: name of the file, for messages.
    """

    days: tuple[date, ...]
    values: tuple[float, ...]
    source: str = ""


def parse_ratio(text: str) -> float:
    """A ratio written as "0.1", "10%" or "+10 %".

    Raises:
        SettingInvalid: it is no finite number.
    """
    number = text.strip().replace("−", "-")
    scale = 0.01 if number.endswith("%") else 1.0
    try:
        value = float(number.removesuffix("%").strip()) * scale
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SettingInvalid(f"“{text.strip()}” is not a number.", hint="Write 0.1 or 10%.")
    return value


def prices_from_moves(text: str) -> tuple[float, ...]:
    """Prices that start at 1 and make the moves written as "+10%,-10%"."""
    prices = [1.0]
    for part in text.split(","):
        move = parse_ratio(part)
        if move <= -1.0:
            raise SettingInvalid(f"A move of “{part.strip()}” leaves no price.")
        prices.append(prices[-1] * (1.0 + move))
    return tuple(prices)


def parse_rule(text: str, leverage: float, every_rows: int = 1) -> BasketRule:
    """The rule written as "daily", "band:LOW,HIGH" or "daily+emergency:X".

    Args:
        text: the rule; X is a move of the underlying against the holder, "0.15" or "15%".
        leverage: signed target.
        every_rows: rows from one daily reset to the next.
    """
    kind, _, rest = text.strip().lower().partition(":")
    if kind == "daily" and not rest:
        return BasketRule(target=leverage, every_rows=every_rows)
    if kind == "daily+emergency" and rest:
        return BasketRule(target=leverage, every_rows=every_rows, emergency_move_ratio=parse_ratio(rest))
    edges = rest.split(",")
    if kind == "band" and len(edges) == 2:
        low, high = (parse_ratio(edge) for edge in edges)
        return BasketRule(target=leverage, band=(low, high))
    raise SettingInvalid(
        f"“{text.strip()}” is not a rebalance rule.", hint="Use daily, band:2,4 or daily+emergency:0.15."
    )


def read_closes(text: str, source: str) -> tuple[float, ...]:
    """The `close` column of a price file, in file order; times, where there are any, must rise."""
    closes: list[float] = []
    last: datetime | None = None
    for line, row in _rows(text, source, lambda names: "close" in names):
        timed = next((row[name] for name in _TIME_COLUMNS if name in row), None)
        if timed is not None:
            last = _later(_moment(timed, source, line), last, source, line)
        closes.append(_positive(row["close"], source, line))
    return tuple(closes)


def read_prices(text: str, source: str) -> DatedValues:
    """Daily prices of a file with a date column and `adj_close` or, where there is none, `close`."""
    found: dict[date, float] = {}
    last: datetime | None = None
    for line, row in _rows(text, source, lambda names: "date" in names and bool({"adj_close", "close"} & names)):
        last = _later(_moment(row["date"], source, line), last, source, line)
        if last.date() in found:
            raise ImportRejected(f"{source}, line {line}: there are two rows for {last.date()}.", hint="Keep one.")
        found[last.date()] = _positive(row.get("adj_close", row.get("close", "")), source, line)
    return DatedValues(days=tuple(found), values=tuple(found.values()), source=source)


def read_financing(text: str, source: str) -> DatedValues:
    """Interest rates of a file whose first column is the date and whose second is percent per year.

    Days without a figure are left out; the rate before stays in force.
    """
    return _rates(text, source, lambda names: names[1], 0.01)


def read_funding(text: str, source: str) -> DatedValues:
    """Funding rates of a perpetual summed per UTC day.

    The first column is the date or time; the rate is in `rate`, `funding_rate` or `funding`, one row per settlement,
    or in `funding_mean`, the mean of a day's three settlements, or else in the second column.
    """

    def column(names: list[str]) -> str:
        return next((name for name in (*_RATE_COLUMNS, _MEAN_COLUMN) if name in names), names[1])

    found = _rates(text, source, column, 1.0)
    times = FUNDINGS_PER_DAY if column(_header(text)) == _MEAN_COLUMN else 1
    return DatedValues(days=found.days, values=tuple(rate * times for rate in found.values), source=source)


def _rates(text: str, source: str, column: Callable[[list[str]], str], scale: float) -> DatedValues:
    sums: dict[date, float] = {}
    names = _header(text)
    last: datetime | None = None
    for line, row in _rows(text, source, lambda found: len(found) >= 2):
        last = _later(_moment(row[names[0]], source, line), last, source, line)
        value = row[column(names)]
        if value.lower() not in _UNKNOWN:
            sums[last.date()] = sums.get(last.date(), 0.0) + _number(value, source, line) * scale
    return DatedValues(days=tuple(sums), values=tuple(sums.values()), source=source)


def _header(text: str) -> list[str]:
    return [name.strip().lower() for name in next(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), [])]


def _rows(text: str, source: str, fits: Callable[[set[str]], bool]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its line as an editor counts it, names in lower case; refuses a file without what is needed."""
    names = _header(text)
    if not fits(set(names)):
        raise ImportRejected(
            f"{source} does not have the columns that are needed.",
            hint="A price file needs date and close (or adj_close), a rate file date and rate.",
        )
    reader = csv.reader(io.StringIO(text))
    next(reader)
    empty = True
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        empty = False
        if len(cells) < len(names):
            raise ImportRejected(f"{source}, line {reader.line_num}: {len(cells)} of {len(names)} columns.")
        yield reader.line_num, {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    if empty:
        raise ImportRejected(f"{source} has no rows.")


def _moment(text: str, source: str, line: int) -> datetime:
    """A date or time in ISO form; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ImportRejected(f"{source}, line {line}: “{text}” is not a date.", hint="Write 2024-12-31.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _later(moment: datetime, last: datetime | None, source: str, line: int) -> datetime:
    if last is not None and moment <= last:
        raise ImportRejected(
            f"{source}, line {line}: {moment:%Y-%m-%d %H:%M} does not come after the row before.",
            hint="Sort the file, oldest first, and remove doubles.",
        )
    return moment


def _number(text: str, source: str, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ImportRejected(f"{source}, line {line}: “{text}” is not a number.")
    return value


def _positive(text: str, source: str, line: int) -> float:
    value = _number(text, source, line)
    if value <= 0.0:
        raise ImportRejected(f"{source}, line {line}: a price of {text} is not above zero.")
    return value
