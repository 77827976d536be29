"""Figures for the eye: the only place where percent, thousands separators and rounded prices exist.

`Figures` turns exact Decimals into short text without ever passing through a float; the full number belongs into the
tooltip (`exact`). Unknown is "—"; amounts of the person's money become dots when they are to be hidden, market prices
and ratios do not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from math import isfinite
from typing import Final

from PySide6.QtCore import QLocale

MINUS: Final = "\u2212"
UNKNOWN: Final = "—"
DOTS: Final = "••••"
NARROW: Final = "\u00a0"
"""Between a number and its unit; does not break."""

QUANTITY_DECIMALS: Final = 8
_SIGNIFICANT: Final = Context(prec=4, rounding=ROUND_HALF_EVEN)
_HUNDRED: Final = Decimal(100)


class Figures:
    """Writes numbers the way one locale groups them.

    Args:
        locale: where separators come from; None = the system's.
        hide_amounts: True = dots in place of money and quantities.
    """

    __slots__ = ("_decimal", "_group", "_sizes", "hide_amounts")

    def __init__(self, locale: QLocale | None = None, *, hide_amounts: bool = False) -> None:
        self._group, self._decimal, self._sizes = _separators((locale or QLocale()).name())
        self.hide_amounts = hide_amounts

    def money(self, value: Decimal | None, *, signed: bool = False, arrow: bool = False) -> str:
        """An amount to cents: 12,431.20; `signed` adds + or −, `arrow` adds ▲ or ▼ in front of the bare amount."""
        if value is None:
            return UNKNOWN
        if self.hide_amounts:
            return _with_arrow(DOTS, value) if arrow else DOTS
        if arrow:
            return _with_arrow(self._write(format(abs(value), ".2f")), value)
        return self._sign(format(value, ".2f"), signed)

    def money_in(self, value: Decimal | None, currency: str, *, signed: bool = False) -> str:
        """An amount with its currency: 12,431.20 USDT."""
        text = self.money(value, signed=signed)
        return text if value is None else f"{text}{NARROW}{currency}"

    def price(self, value: Decimal | None) -> str:
        """A price to a sensible precision: 61,000 · 18.4410 · 0.0188 · 0.000238."""
        if value is None:
            return UNKNOWN
        size = abs(value)
        if size >= 1000 and value == value.to_integral_value():
            text = format(value, ".0f")
        elif size >= 100:
            text = format(value, ".2f")
        elif size >= 1 or not size:
            text = format(value, ".4f")
        else:
            text = _trimmed(format(_SIGNIFICANT.plus(value), "f"), at_least=4)
        return self._sign(text, signed=False)

    def quantity(self, value: Decimal | None) -> str:
        """Units held or traded, without padding: 61,000 · 0.12345678."""
        if value is None:
            return UNKNOWN
        if self.hide_amounts:
            return DOTS
        text = format(value, f".{QUANTITY_DECIMALS}f")
        if value and Decimal(text).is_zero():
            text = format(_SIGNIFICANT.plus(value), "f")
        return self._sign(_trimmed(text, at_least=0), signed=False)

    def percent(self, ratio: Decimal | None, *, signed: bool = False, arrow: bool = False) -> str:
        """A ratio as percent with two digits: −0.07 %."""
        if ratio is None:
            return UNKNOWN
        if arrow:
            return _with_arrow(f"{self._write(format(abs(ratio) * _HUNDRED, '.2f'))}{NARROW}%", ratio)
        return f"{self._sign(format(ratio * _HUNDRED, '.2f'), signed)}{NARROW}%"

    def leverage(self, value: Decimal | None) -> str:
        """Signed effective leverage: 3.06 · −6.62."""
        return UNKNOWN if value is None else self._sign(format(value, ".2f"), signed=False)

    def multiple(self, value: Decimal | None) -> str:
        """A target or a share as a multiple: 3× · −3× · 1.84×."""
        return UNKNOWN if value is None else self._sign(_trimmed(format(value, ".2f"), at_least=0), signed=False) + "×"

    def exact(self, value: Decimal | None) -> str:
        """Every digit, for tooltips; dots never apply, callers ask `hide_amounts` first."""
        return UNKNOWN if value is None else self._sign(_trimmed(format(value, "f"), at_least=0), signed=False)

    def ratio(self, value: float | None, decimals: int = 2, *, signed: bool = False) -> str:
        """A float ratio as percent: +8.40 %; unknown and not finite are the same."""
        if value is None or not isfinite(value):
            return UNKNOWN
        return f"{self._sign(format(value * 100, f'.{decimals}f'), signed)}{NARROW}%"

    def move(self, value: float | None) -> str:
        """A move still to come, signed and only as fine as it matters: −1.6 % · −10.1 % · +21 %."""
        return self.ratio(value, 0 if value is not None and abs(value) >= 0.2 else 1, signed=True)

    def chance(self, value: float | None) -> str:
        """A probability: < 0.1 % · 0.4 % · 37 % · > 99.9 %; never a bare 0 or 100."""
        if value is None or not isfinite(value):
            return UNKNOWN
        if value < 0.001:
            return f"<{NARROW}{self.ratio(0.001, 1)}"
        if value > 0.999:
            return f">{NARROW}{self.ratio(0.999, 1)}"
        return self.ratio(value, 1 if value < 0.1 or value > 0.9 else 0)

    def rounded(self, value: Decimal, *, signed: bool = False) -> str:
        """An amount where cents are too much: −291 · 3,464; small ones keep a digit or two."""
        if self.hide_amounts:
            return DOTS
        size = abs(value)
        return self._sign(format(value, ".0f" if size >= 10 else ".1f" if size >= 1 else ".2f"), signed)

    def count(self, number: int) -> str:
        """A whole number of things: 10,000."""
        return self._write(str(number))

    def reading(self, value: float, decimals: int, *, percent: bool = False, amount: bool = False) -> str:
        """A float read off a chart; NaN is unknown, an `amount` of money can be hidden, a ratio becomes percent."""
        if not isfinite(value):
            return UNKNOWN
        if amount and self.hide_amounts:
            return DOTS
        text = self._sign(format(value * 100 if percent else value, f".{decimals}f"), signed=False)
        return f"{text}{NARROW}%" if percent else text

    def _sign(self, text: str, signed: bool) -> str:
        negative = text.startswith("-")
        digits = text[1:] if negative else text
        if not digits.strip("0."):
            return self._write(digits)
        return (MINUS if negative else "+" if signed else "") + self._write(digits)

    def _write(self, digits: str) -> str:
        whole, point, fraction = digits.partition(".")
        if len(whole) >= self._sizes[2]:
            whole = self._grouped(whole)
        return whole + self._decimal + fraction if point else whole

    def _grouped(self, whole: str) -> str:
        first, later, _ = self._sizes
        parts = [whole[-first:]]
        rest = whole[:-first]
        while rest:
            parts.append(rest[-later:])
            rest = rest[:-later]
        return self._group.join(reversed(parts))


def as_decimal(value: float | None) -> Decimal | None:
    """A market figure worked out as float, to be written like the exact ones; None when it is not a number."""
    return Decimal(repr(value)) if value is not None and isfinite(value) else None


def _with_arrow(text: str, value: Decimal) -> str:
    if not value:
        return text
    return f"{'▲' if value > 0 else '▼'}{NARROW}{text}"


def _trimmed(text: str, *, at_least: int) -> str:
    """Without trailing zeros beyond `at_least` decimals, and padded up to them."""
    whole, point, fraction = text.partition(".")
    if not point:
        return text
    kept = fraction.rstrip("0")
    kept += "0" * max(0, at_least - len(kept))
    return f"{whole}.{kept}" if kept else whole


@lru_cache(maxsize=16)
def _separators(name: str) -> tuple[str, str, tuple[int, int, int]]:
    """Group sign, decimal sign, and (size of the last group, size of the others, digits from which to group)."""
    locale = QLocale(name)
    if locale.zeroDigit() != "0":  # digits stay the ones the font sets in equal widths
        locale = QLocale.c()
    locale.setNumberOptions(QLocale.NumberOption.DefaultNumberOptions)
    group, decimal = locale.groupSeparator(), locale.decimalPoint()
    parts = locale.toString(1234567890123).split(group) if group else ["1234567890123"]
    if len(parts) < 2:
        return group, decimal, (3, 3, 99)
    starts = next(digits for digits in range(4, 9) if group in locale.toString(int("1" * digits)))
    return group, decimal, (len(parts[-1]), len(parts[-2]), starts)


# -- times -------------------------------------------------------------------------------------------------------------

_AGES = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def age(ts_ms: int | None, now_ms: int) -> str:
    """How long ago: "4 s ago", "3 h ago"; "now" for less than a second; "—" for unknown."""
    if ts_ms is None:
        return UNKNOWN
    return "now" if now_ms - ts_ms < 1000 else f"{duration(now_ms - ts_ms)} ago"


def duration(span_ms: int) -> str:
    """A span in its largest whole unit: "38 s", "3 h"."""
    seconds = max(0, span_ms) // 1000
    for size, unit in _AGES:
        if seconds >= size:
            return f"{seconds // size}{NARROW}{unit}"
    return f"0{NARROW}s"


def countdown(span_ms: int) -> str:
    """A span in its two largest units: "3 h 57 min", "2 d 4 h", "45 s"."""
    left = max(0, span_ms) // 1000
    parts: list[str] = []
    for size, unit in _AGES:
        if left >= size or parts:
            parts.append(f"{left // size}{NARROW}{unit}")
            left %= size
        if len(parts) == 2:
            break
    return NARROW.join(parts) if parts else f"0{NARROW}s"


def utc_time(ts_ms: int) -> str:
    """The time of day of a venue's clock: 16:00 UTC."""
    return f"{datetime.fromtimestamp(ts_ms / 1000, tz=UTC):%H:%M}{NARROW}UTC"


def utc_moment(ts_ms: int, locale: QLocale | None = None) -> str:
    """A venue's date and time, without the zone: 1 Dec 2025 08:00."""
    at = datetime.fromtimestamp(ts_ms / 1000, tz=UTC)
    return f"{at.day} {month(at.month, locale)} {at.year} {at:%H:%M}"


def lately(ts_ms: int | None, now_ms: int, locale: QLocale | None = None) -> str:
    """Local day in words and time: today 16:00, yesterday 16:00, 12 Oct 16:00."""
    if ts_ms is None:
        return UNKNOWN
    local, today = _local(ts_ms), _local(now_ms).date()
    days = (today - local.date()).days
    near = {0: "today", 1: "yesterday"}.get(days)
    year = "" if local.year == today.year else f" {local.year}"
    return f"{near or f'{local.day} {month(local.month, locale)}{year}'} {local:%H:%M}"


def clock(ts_ms: int | None) -> str:
    """Local time of day: 12:03:22."""
    return UNKNOWN if ts_ms is None else f"{_local(ts_ms):%H:%M:%S}"


def day(ts_ms: int | None, locale: QLocale | None = None) -> str:
    """Local date: 21 Nov 2026."""
    if ts_ms is None:
        return UNKNOWN
    local = _local(ts_ms)
    return f"{local.day} {month(local.month, locale)} {local.year}"


def moment(ts_ms: int | None, locale: QLocale | None = None) -> str:
    """Local date and time without the zone, for cells: 21 Nov 2026 12:03."""
    return UNKNOWN if ts_ms is None else f"{day(ts_ms, locale)} {_local(ts_ms):%H:%M}"


def moment_with_zone(ts_ms: int | None, locale: QLocale | None = None) -> str:
    """Local date and time with seconds, zone and offset, for tooltips: 21 Nov 2026 12:03:22 CET (UTC+01:00)."""
    if ts_ms is None:
        return UNKNOWN
    local = _local(ts_ms)
    name, offset = f"{local:%Z}", f"UTC{local:%z}"
    zone = "UTC" if offset == "UTC+0000" else f"{name} ({offset[:-2].replace('-', MINUS)}:{offset[-2:]})"
    return f"{day(ts_ms, locale)} {local:%H:%M:%S} {zone}"


def month(number: int, locale: QLocale | None = None) -> str:
    """Short name of a month in the locale."""
    return _month((locale or QLocale()).name(), number)


@lru_cache(maxsize=64)
def _month(name: str, number: int) -> str:
    return QLocale(name).monthName(number, QLocale.FormatType.ShortFormat).rstrip(".")


def _local(ts_ms: int) -> datetime:
    return datetime.fromtimestamp(ts_ms / 1000, tz=UTC).astimezone()
