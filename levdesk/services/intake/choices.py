"""How a file is written and what its columns mean, as values: detected, shown, changed by the person, saved, shared."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Field(StrEnum):
    """What a column can say."""

    TIME = "time"
    CLOCK = "clock"
    TYPE = "type"
    VENUE = "venue"
    SYMBOL = "symbol"
    QUANTITY = "quantity"
    PRICE = "price"
    TOTAL = "total"
    FEE = "fee"
    FEE_CURRENCY = "fee_currency"
    NOTE = "note"


class DateOrder(StrEnum):
    """Which part of a date such as 03/04/2026 is the day."""

    YEAR_FIRST = "ymd"
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


ENCODINGS: Final = (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "cp1251",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_kr",
)
"""What a person may choose; the first is UTF-8 with or without its mark."""

DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShape:
    """How a file is written.

    Attributes:
        encoding: of the bytes, one of ENCODINGS; "" for a sheet, which has none.
        delimiter: between cells; "" for a sheet.
        header_line: line that names the columns, counted from 1.
        decimal_mark: "." or ",".
        date_order: of dates that do not begin with the year.
        zone_min: minutes east of UTC of times that name no zone.
        fees_negative: a paid fee is written below zero.
        is_order_sure: some date in the file settles the order, or none needs it.
    """

    encoding: str = "utf-8-sig"
    delimiter: str = ","
    header_line: int = 1
    decimal_mark: str = "."
    date_order: DateOrder = DateOrder.YEAR_FIRST
    zone_min: int = 0
    fees_negative: bool = False
    is_order_sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """What the columns of one kind of file mean.

    Attributes:
        name: stable name; "" for one that was only guessed.
        title: for people.
        columns: (field, header) pairs; headers are compared without case, signs and zone.
        venue: where the trades happened when no column says so.
        words: (word in the file, our word) pairs for the type, above the words known everywhere.
        zone_min: minutes east of UTC when neither cell nor header says; None = UTC, unsaid.
        fee_in_received: a fee without a currency was taken from what was received: token on a buy, money on a sale.
        only_leveraged: rows of other coins are counted and left out.
        headers: every column of the known file, to tell it from its likes.
        assumed: no public sample confirms it.
        source: where it is from, in words.
    """

    name: str = ""
    title: str = ""
    columns: tuple[tuple[Field, str], ...] = ()
    venue: str = ""
    words: tuple[tuple[str, str], ...] = ()
    zone_min: int | None = None
    fee_in_received: bool = False
    only_leveraged: bool = True
    headers: tuple[str, ...] = ()
    assumed: bool = False
    source: str = ""

    def header_of(self, wanted: Field) -> str:
        """The column that says `wanted`; "" when none does."""
        return next((header for said, header in self.columns if said is wanted), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeChoices:
    """What the person set; None leaves it to detection."""

    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    decimal_mark: str | None = None
    date_order: DateOrder | None = None
    zone_min: int | None = None
    mapping: ColumnMapping | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file was understood, for the person to look over.

    Attributes:
        source: its name.
        shape: how it is written.
        headers: its columns, as named.
        samples: its first rows.
        mapping: what the columns were taken to mean.
        candidates: mappings that fit, the best first.
        missing: fields without which nothing can be imported.
        unknown_words: words in the type column that mean nothing here.
        skipped: (what, rows) that were left out on purpose: other coins by name, rows in which nothing happened.
        foreign_fees: (coin, rows) whose fee was paid in a third coin and stands in the note.
        rows_read: rows below the header.
        sheets: names of the sheets of a workbook.
        sheet: the one that was read.
    """

    source: str = ""
    shape: FileShape = field(default_factory=FileShape)
    headers: tuple[str, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()
    mapping: ColumnMapping = field(default_factory=ColumnMapping)
    candidates: tuple[ColumnMapping, ...] = ()
    missing: tuple[Field, ...] = ()
    unknown_words: tuple[str, ...] = ()
    skipped: tuple[tuple[str, int], ...] = ()
    foreign_fees: tuple[tuple[str, int], ...] = ()
    rows_read: int = 0
    sheets: tuple[str, ...] = ()
    sheet: str = ""

    @property
    def skipped_count(self) -> int:
        """Rows left out on purpose."""
        return sum(count for _, count in self.skipped)
