"""Reads what a person types into a field of its own kind: numbers, percents, times of the UTC day, moments, days."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import BEGINNING_MS
from levdesk.domain.money import EXACT
from levdesk.ui.dialogs.amounts import amount_text, read_amount

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T]+(\S+))?")


def number(text: str) -> Decimal:
    """A number.

    Raises:
        ValueError: with a whole sentence, as all of these do.
    """
    try:
        return read_amount(text)
    except ValueError as error:
        reason = str(error)
        raise ValueError(f"{reason[:1].upper()}{reason[1:]}.") from None


def multiple(text: str) -> Decimal:
    """A leverage, with or without its ×."""
    return number(text.removesuffix("x").removesuffix("×"))


def percent(text: str) -> Decimal:
    """A percentage as a ratio, digit for digit: "0.1" is 0.001."""
    return EXACT.scaleb(number(text.removesuffix("%")), -2)


def percent_text(ratio: Decimal | None) -> str:
    """A ratio as `percent` takes it back, without padding zeros."""
    return "" if ratio is None else amount_text(_trimmed(EXACT.scaleb(ratio, 2)))


def clock(text: str) -> int:
    """A second of the UTC day."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError("Give the time as 24 hours and minutes, such as 16:00.")
    return int(found[1]) * 3_600 + int(found[2]) * 60 + int(found[3] or 0)


def clock_text(second: int | None) -> str:
    """A second of the day as `clock` takes it back."""
    if second is None:
        return ""
    seconds = f":{second % 60:02d}" if second % 60 else ""
    return f"{second // 3_600:02d}:{second % 3_600 // 60:02d}{seconds}"


def moment(text: str) -> int:
    """A UTC moment in ms: a day, or a day and a time."""
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        midnight = datetime.combine(date.fromisoformat(found[1]), datetime.min.time(), tzinfo=UTC)
        at_ms = (midnight - _EPOCH) // _MS + clock(found[2] or "00:00") * 1000
    except ValueError:
        raise ValueError("Give day and time as 2025-12-01 08:00; without a time it is midnight.") from None
    if at_ms < BEGINNING_MS:
        raise ValueError("Leave it empty when it has always been so.")
    return at_ms


def moment_text(at_ms: int) -> str:
    """A moment to the second as `moment` takes it back; "" for the beginning."""
    if at_ms <= BEGINNING_MS:
        return ""
    second = at_ms % 86_400_000 // 1000
    return f"{day_text(at_ms)} {clock_text(second)}"


def day(text: str) -> str:
    """An ISO day."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("Give the day as 2025-12-01.") from None


def day_text(at_ms: int) -> str:
    """The UTC day of a moment."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).date().isoformat()


def _trimmed(value: Decimal) -> Decimal:
    text = f"{value:f}"
    return Decimal(text.rstrip("0").rstrip(".")) if "." in text else value
