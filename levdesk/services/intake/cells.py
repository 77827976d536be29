"""Single foreign cells to the one spelling that a transaction file has: numbers, moments, pairs, words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from levdesk.services.csv_format import time_text
from levdesk.services.intake.choices import DateOrder

_PLAIN: Final = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_GAPS: Final = re.compile("[\\s\u00a0\u202f\u2009'’]")
_MONEY_SIGNS: Final = re.compile("^[$€£¥₮]|[$€£¥₮]$")
_UNIT: Final = re.compile(
    r"(?P<number>[+-]?[\d.,]*\d(?:[eE][+-]?\d+)?)(?P<unit>[A-Za-z][A-Za-z0-9]{0,39}|\d{1,6}[A-Z]{2,}[A-Z0-9]{0,34})?",
    re.ASCII,
)
_COMMA_GROUPS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_POINT_GROUPS: Final = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?", re.ASCII)
_LONGEST_CELL: Final = 400


def split_amount(text: str, decimal_mark: str, symbol: str = "") -> tuple[str, str]:
    """(number in plain notation, unit or "") of a cell such as "1.234,5", "0.12 BTC3L" or "0.51INCHUP".

    What is no number is given back as it stands, for the rules of a row to refuse.

    Args:
        text: the cell.
        decimal_mark: "." or ",".
        symbol: the row's token, which may begin with digits and is then cut off first.
    """
    stripped = text.strip()
    if decimal_mark == "." and _PLAIN.fullmatch(stripped):
        return stripped, ""
    if len(stripped) > _LONGEST_CELL:
        return stripped[:_LONGEST_CELL], ""
    if stripped.startswith('="') and stripped.endswith('"'):
        stripped = stripped[2:-1]  # a sheet's way to keep digits as they are
    bare = _MONEY_SIGNS.sub("", _GAPS.sub("", stripped.replace("\u2212", "-")))
    if symbol and bare.upper().endswith(symbol) and bare.upper() != symbol:
        return _pointed(bare[: -len(symbol)], decimal_mark), symbol
    found = _UNIT.fullmatch(bare)
    if found is None:
        return stripped, ""
    return _pointed(found["number"], decimal_mark), (found["unit"] or "").upper()


def _pointed(number: str, decimal_mark: str) -> str:
    """Without thousands signs, decimals after a point; other uses of the two signs are left to be refused."""
    if decimal_mark == ",":
        if _POINT_GROUPS.fullmatch(number):
            number = number.replace(".", "")
        return number.replace(",", ".") if "." not in number else f"{number} "
    return number.replace(",", "") if _COMMA_GROUPS.fullmatch(number) else number


# -- moments -----------------------------------------------------------------------------------------------------------

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DIGITS: Final = {10: 1000, 13: 1, 16: -1000, 19: -1_000_000}
_EPOCH_TEXT: Final = re.compile(r"(\d{10}|\d{13}|\d{16}|\d{19})(\.\d+)?", re.ASCII)
_CLOCK: Final = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|[+-]\d\d:?\d\d|[+-]\d\d)?(?![\d:])",
    re.ASCII,
)
_YEAR_FIRST: Final = re.compile(r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?", re.ASCII)
_YEAR_LAST: Final = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d\d)(?!\d)", re.ASCII)
_SHORT: Final = re.compile(r"(?<!\d)(?P<y>\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)", re.ASCII)
_COMPACT: Final = re.compile(r"(?<!\d)(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?!\d)", re.ASCII)
_DAY_NAMED: Final = re.compile(r"(?P<d>\d{1,2})[ -](?P<name>[A-Za-z]{3})[a-z]*\.?[ ,-]+(?P<y>\d{4})", re.ASCII)
_MONTH_NAMED: Final = re.compile(r"(?P<name>[A-Za-z]{3})[a-z]*\.? (?P<d>\d{1,2}),? +(?P<y>\d{4})", re.ASCII)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONE: Final = re.compile(r"\(?(?:UTC|GMT)?(?P<zone>[+-]?\d{1,2}(?::?\d\d)?)?\)?Z?", re.ASCII)
_LONGEST_ZONE_MIN: Final = 14 * 60


def moment_text(text: str, order: DateOrder, zone_min: int) -> str:
    """A moment as ISO 8601 in UTC.

    Raises:
        ValueError: with the reason as a part of a sentence.
    """
    stripped = text.strip()
    if not stripped:
        raise ValueError("is missing")
    if len(stripped) > 80:
        raise ValueError(f"“{stripped[:40]}…” is not a time")
    epoch = _EPOCH_TEXT.fullmatch(stripped)
    if epoch:
        scale = _EPOCH_DIGITS[len(epoch[1])]
        whole = int(epoch[1]) * scale if scale > 0 else int(epoch[1]) // -scale
        return _text(_EPOCH, timedelta(milliseconds=whole), stripped)
    day, rest = _date(stripped, order)
    clock = _CLOCK.search(rest)
    if clock is None:
        return _text(_at_zone(day, _zone_of(rest, stripped), zone_min), timedelta(), stripped)
    around = f"{rest[: clock.start()]} {rest[clock.end() :]}"
    named = clock["zone"] or _zone_of(around, stripped)
    return _text(_at_zone(day, named, zone_min), _time_of_day(clock, stripped), stripped)


def _text(day: datetime, later: timedelta, original: str) -> str:
    try:
        moment = day + later
        return time_text((moment - _EPOCH) // timedelta(milliseconds=1))
    except (OverflowError, ValueError):
        raise ValueError(f"“{original[:40]}” is not a date and time that exists") from None


def _date(text: str, order: DateOrder) -> tuple[datetime, str]:
    """The day, and what stands around it."""
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _SHORT, _COMPACT, _DAY_NAMED, _MONTH_NAMED):
        if pattern is _YEAR_LAST and order is DateOrder.YEAR_FIRST and _SHORT.search(text):
            continue
        found = pattern.search(text)
        if found is None:
            continue
        parts = found.groupdict()
        year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
        month, day = _month_and_day(parts, order, text)
        try:
            return datetime(year, month, day, tzinfo=UTC), f"{text[: found.start()]} {text[found.end() :]}"
        except ValueError:
            raise ValueError(f"“{text[:40]}” is not a date that exists") from None
    raise ValueError(f"“{text[:40]}” is not a time")


def _month_and_day(parts: dict[str, str], order: DateOrder, text: str) -> tuple[int, int]:
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        return (first, second) if order is DateOrder.MONTH_FIRST else (second, first)
    if "name" in parts:
        name = parts["name"].lower()
        if name not in _MONTHS:
            raise ValueError(f"“{text[:40]}” is not a time")
        return _MONTHS.index(name) + 1, int(parts["d"])
    return int(parts["m"]), int(parts["d"])


def _time_of_day(clock: re.Match[str], text: str) -> timedelta:
    hour, minute, second = int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0)
    if clock["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"“{text[:40]}” is not a time that exists")
        hour = hour % 12 + (12 if clock["half"][0] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"“{text[:40]}” is not a time that exists")
    fraction = int((clock["fraction"] or "0")[:3].ljust(3, "0"))
    return timedelta(hours=hour, minutes=minute, seconds=second, milliseconds=fraction)


def _zone_of(around: str, text: str) -> str:
    """The zone named beside date and clock; "" for none."""
    rest = "".join(around.replace(",", " ").split())
    if rest.upper() in {"", "T"}:
        return ""
    found = _ZONE.fullmatch(rest.upper().removeprefix("T"))
    if found is None:
        raise ValueError(f"“{text[:40]}” is not a time")
    return found["zone"] or "Z"


def _at_zone(day: datetime, named: str, zone_min: int) -> datetime:
    minutes = zone_min if not named else 0 if named == "Z" else zone_minutes(named)
    return day.replace(tzinfo=timezone(timedelta(minutes=minutes)))


def zone_minutes(named: str) -> int:
    """Minutes east of UTC of "+08:00", "+0530", "-5" or "8".

    Raises:
        ValueError: no such zone.
    """
    sign = -1 if named.startswith("-") else 1
    digits = named.lstrip("+-").replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    total = sign * (int(hours or 0) * 60 + int(minutes))
    if abs(total) > _LONGEST_ZONE_MIN:
        raise ValueError(f"the zone {named} does not exist")
    return total


# -- pairs and words ---------------------------------------------------------------------------------------------------

_SEPARATED: Final = re.compile(r"(?P<base>[A-Za-z0-9.]+)\s*[_/\-:\s]\s*(?P<quote>[A-Za-z0-9]+)", re.ASCII)
_QUOTES: Final = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD", "EUR", "BTC", "ETH", "BNB")


def split_pair(text: str) -> tuple[str, str]:
    """(base, quote) of BTC3L_USDT, BTC3L/USDT, btc3l-usdt or BTC3LUSDT; the quote is "" when none can be told."""
    name = text.strip().upper()
    found = _SEPARATED.fullmatch(name)
    if found:
        return found["base"], found["quote"]
    for quote in _QUOTES:
        if name.endswith(quote) and len(name) > len(quote):
            return name.removesuffix(quote), quote
    return name, ""


TYPE_WORDS: Final[dict[str, str]] = {
    word: ours
    for ours, words in {
        "buy": "buy b bid bought purchase buy_market buy_limit market_buy limit_buy true 买入 買入 买 買 買い 매수 "
        "kauf compra achat покупка kupno alış",
        "sell": "sell s ask sold sale sell_market sell_limit market_sell limit_sell false 卖出 賣出 卖 賣 売り "
        "매도 verkauf venta vente продажа sprzedaż satış",
        "subscribe": "subscribe subscription tokens_subscription mint 申购 申購",
        "redeem": "redeem redemption tokens_redemption burn 赎回 贖回",
        "transfer_in": "transfer_in deposit transferin in 充值 转入 轉入",
        "transfer_out": "transfer_out withdraw withdrawal transferout out 提现 转出 轉出",
        "merge": "merge consolidation 合并 合併",
        "settle": "settle settlement delisting 结算 結算",
    }.items()
    for word in words.split()
}
"""Words for what happened, in the languages venues write; compared in lower case with spaces as underscores."""


def word_key(word: str) -> str:
    """A word as it is compared."""
    return "_".join(word.strip().lower().split())
