"""Words of the import wizard: how a file was read, what was left out, and rows side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.services.intake.choices import DateOrder, Field, FileShape, Reading
from levdesk.services.intake.mappings import zone_text
from levdesk.services.intake.suspects import Likeness, Suspect
from levdesk.services.intake.text import encoding_title
from levdesk.ui import format as eye
from levdesk.ui.format import Figures
from levdesk.ui.models.cells import Cell, Tone
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.models.transaction_words import TYPE_WORDS

FIELD_WORDS: Final = {
    Field.TIME: "Time, or date",
    Field.CLOCK: "Time of day",
    Field.TYPE: "Type: buy, sell …",
    Field.VENUE: "Venue",
    Field.SYMBOL: "Token, or pair",
    Field.QUANTITY: "Units",
    Field.PRICE: "Price",
    Field.TOTAL: "Total",
    Field.FEE: "Fee",
    Field.FEE_CURRENCY: "Currency of the fee",
    Field.NOTE: "Note",
}
DELIMITER_WORDS: Final = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}
MARK_WORDS: Final = {".": "Point: 1,234.5", ",": "Comma: 1.234,5"}
ORDER_WORDS: Final = {
    DateOrder.YEAR_FIRST: "Year, month, day",
    DateOrder.DAY_FIRST: "Day, month, year",
    DateOrder.MONTH_FIRST: "Month, day, year",
}
ZONES_MIN: Final = (*range(-12 * 60, 14 * 60 + 1, 60), -570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765)
SUSPECT_COLUMNS: Final = (
    ColumnSpec(name="choice", title="Choice", about="Click, or press Enter, to change it", width=108, is_number=False),
    ColumnSpec(name="line", title="Line", about="Line in the file", width=54),
    ColumnSpec(name="file", title="In the file", about="The row of the file", width=310, is_number=False),
    ColumnSpec(name="like", title="Looks like", about="The row it resembles", width=310, is_number=False),
)


def reading_words(reading: Reading) -> str:
    """How the file was read, in one line."""
    shape = reading.shape
    parts = [f"Read as {reading.mapping.title or 'a table'}"]
    if reading.sheet:
        parts.append(f"sheet {reading.sheet}")
    parts += _text_words(shape)
    parts.append("decimal comma" if shape.decimal_mark == "," else "decimal point")
    if shape.date_order is not DateOrder.YEAR_FIRST:
        parts.append("day before month" if shape.date_order is DateOrder.DAY_FIRST else "month before day")
    parts.append(f"times in {zone_words(shape.zone_min)}")
    return " · ".join(parts)


def _text_words(shape: FileShape) -> list[str]:
    if not shape.encoding:
        return []
    return [encoding_title(shape.encoding), DELIMITER_WORDS.get(shape.delimiter, shape.delimiter).lower()]


def zone_words(zone_min: int) -> str:
    """A zone for people: "UTC", "UTC+08:00"."""
    return f"UTC{zone_text(zone_min)}" if zone_min else "UTC"


def skipped_words(reading: Reading, write: Figures) -> str:
    """What was left out on purpose: "Left out: 120 rows: BTC/USDT (80), ETH/USDT (40)"; "" for nothing."""
    if not reading.skipped:
        return ""
    count = reading.skipped_count
    named = ", ".join(f"{name} ({write.count(rows)})" for name, rows in reading.skipped[:6])
    more = f" and {write.count(len(reading.skipped) - 6)} more" if len(reading.skipped) > 6 else ""
    return f"{write.count(count)} row{'' if count == 1 else 's'} left out, not leveraged tokens: {named}{more}."


def missing_words(missing: Sequence[Field]) -> str:
    """What still has to be said before anything can be read."""
    names = {Field.PRICE: "the price or the total", Field.VENUE: "the venue", Field.SYMBOL: "the token"}
    asked = [names.get(each, f"the {each.value.replace('_', ' ')}") for each in missing]
    listed = asked[0] if len(asked) == 1 else f"{', '.join(asked[:-1])} and {asked[-1]}"
    return f"Say which column holds {listed}."


def suspect_cells(suspect: Suspect, *, is_wanted: bool, write: Figures) -> list[Cell]:
    """A suspected row beside its like."""
    tone = Tone.PLAIN if is_wanted else Tone.MUTED
    where = {
        Likeness.THERE: "in your books",
        Likeness.SECOND: "in your books, within a second",
        Likeness.TWICE: f"line {suspect.like_line}",
    }[suspect.likeness]
    return [
        Cell("Import" if is_wanted else "Leave out", Tone.STRONG if is_wanted else Tone.MUTED),
        Cell(str(suspect.row.line), Tone.MUTED),
        Cell(draft_words(suspect.row.draft, write), tone),
        Cell(draft_words(suspect.like, write), Tone.MUTED, aside=where),
    ]


def draft_words(draft: TransactionDraft, write: Figures) -> str:
    """A row in a line: "14 Nov 2022 10:00  Buy 12 BTC3L at 2.5"."""
    quantity = "all" if draft.quantity is None else write.exact(draft.quantity)
    price = "" if draft.price is None or draft.type is TransactionType.MERGE else f" at {write.exact(draft.price)}"
    return f"{eye.moment(draft.time_ms)}  {TYPE_WORDS[draft.type].name} {quantity} {draft.key.symbol}{price}"


def outcome_words(imported: int, left_out: int, bad: int, reading: Reading | None, write: Figures) -> str:
    """The counts at the end, a line each."""
    lines = [f"{write.count(imported)} transaction{'' if imported == 1 else 's'} imported."]
    if left_out:
        row, was = ("row", "was") if left_out == 1 else ("rows", "were")
        lines.append(f"{write.count(left_out)} {row} that looked familiar {was} left out.")
    if bad:
        lines.append(f"{write.count(bad)} row{'' if bad == 1 else 's'} that could not be read left out.")
    if reading is not None and reading.skipped:
        lines.append(skipped_words(reading, write))
    lines.append("One undo takes all of it back.")
    return "\n".join(lines)


def sample_words(samples: Sequence[Sequence[str]], column: int) -> str:
    """The first values of a column."""
    values = [row[column].strip() for row in samples if column < len(row) and row[column].strip()]
    return "   ".join(value[:24] for value in list(dict.fromkeys(values))[:2])
