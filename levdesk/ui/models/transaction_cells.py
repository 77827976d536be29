"""Writes the cells of one transaction: what it was, what it moved, and what was held after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Final

from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.services.csv_format import time_text
from levdesk.services.trial import TransactionEffect
from levdesk.ui import format as eye
from levdesk.ui.format import DOTS, UNKNOWN, Figures
from levdesk.ui.models.cells import NAN, UNKNOWN_CELL, Cell, Tone, plain_number, signed_tone, sort_value
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.models.transaction_words import TYPE_WORDS


class TransactionColumn(IntEnum):
    """Columns of the transactions table."""

    TIME = 0
    TYPE = 1
    UNITS = 2
    PRICE = 3
    AMOUNT = 4
    HELD = 5
    FEE = 6
    RESULT = 7
    PORTFOLIO = 8
    NOTE = 9


TRANSACTION_COLUMNS: Final[tuple[ColumnSpec, ...]] = (
    ColumnSpec(name="time", title="Time", about="When it happened, your local time", width=110, is_number=False),
    ColumnSpec(name="type", title="Type", about="What happened", width=60, is_number=False),
    ColumnSpec(name="quantity", title="Units", about="Units traded; for a merge, old units per new one", width=56),
    ColumnSpec(name="price", title="Price", about="Price of one unit", width=56),
    ColumnSpec(name="amount", title="Amount", about="What it cost or brought, fees included", width=64),
    ColumnSpec(name="units_after", title="Held after", about="Units held after it", width=80),
    ColumnSpec(name="fee", title="Fee", about="Fee and its currency", width=60),
    ColumnSpec(name="realised_pnl", title="Result", about="Profit or loss it realised", width=60),
    ColumnSpec(name="portfolio", title="Portfolio", about="Where it is booked", width=90, shown=False, is_number=False),
    ColumnSpec(name="note", title="Note", about="What you wrote down", width=160, is_number=False),
)


@dataclass(frozen=True, slots=True)
class TransactionPen:
    """What writing a row needs besides its effect.

    Attributes:
        figures: writes numbers.
        currency: the token's quote currency.
        portfolios: names by id.
    """

    figures: Figures
    currency: str
    portfolios: Mapping[int, str]

    def fee_currency(self, draft: TransactionDraft) -> str:
        """The fee's currency by name."""
        return draft.fee_currency or self.currency


Writer = Callable[[TransactionEffect, TransactionPen], Cell]


def _time(effect: TransactionEffect, _pen: TransactionPen) -> Cell:
    draft = effect.transaction.draft
    tone = Tone.CRITICAL if effect.fault else Tone.PLAIN
    return Cell(eye.moment(draft.time_ms), tone, sort=float(draft.time_ms), mark="!" if effect.fault else "")


def _type(effect: TransactionEffect, _pen: TransactionPen) -> Cell:
    return Cell(TYPE_WORDS[effect.transaction.draft.type].name)


def _units(effect: TransactionEffect, pen: TransactionPen) -> Cell:
    draft = effect.transaction.draft
    if draft.quantity is None:
        return Cell("all", Tone.MUTED)
    if draft.type is TransactionType.MERGE:
        return Cell(f"{_plain_count(draft.quantity, pen)} : 1", Tone.MUTED, sort_value(draft.quantity))
    return Cell(pen.figures.quantity(draft.quantity), sort=sort_value(draft.quantity))


def _plain_count(value: Decimal, pen: TransactionPen) -> str:
    return pen.figures.exact(value)


def _price(effect: TransactionEffect, pen: TransactionPen) -> Cell:
    price = effect.transaction.draft.price
    return UNKNOWN_CELL if price is None else Cell(pen.figures.price(price), sort=sort_value(price))


def _amount(effect: TransactionEffect, pen: TransactionPen) -> Cell:
    if effect.amount is None:
        return UNKNOWN_CELL
    return Cell(pen.figures.money(effect.amount), sort=sort_value(effect.amount))


def _held(effect: TransactionEffect, pen: TransactionPen) -> Cell:
    return Cell(pen.figures.quantity(effect.units_after), sort=sort_value(effect.units_after))


def _fee(effect: TransactionEffect, pen: TransactionPen) -> Cell:
    draft = effect.transaction.draft
    if not draft.fee:
        return Cell("0", Tone.MUTED, 0.0)
    return Cell(pen.figures.quantity(draft.fee), sort=sort_value(draft.fee), aside=pen.fee_currency(draft))


def _result(effect: TransactionEffect, pen: TransactionPen) -> Cell:
    if effect.realised is None:
        return Cell("", Tone.MUTED, NAN)
    return Cell(
        pen.figures.money(effect.realised, signed=True), signed_tone(effect.realised), sort_value(effect.realised)
    )


def _portfolio(effect: TransactionEffect, pen: TransactionPen) -> Cell:
    return Cell(pen.portfolios.get(effect.transaction.portfolio_id, UNKNOWN))


def _note(effect: TransactionEffect, _pen: TransactionPen) -> Cell:
    return Cell(" ".join(effect.transaction.draft.note.split()), Tone.MUTED)


_WRITERS: Final[tuple[Writer, ...]] = (
    _time,
    _type,
    _units,
    _price,
    _amount,
    _held,
    _fee,
    _result,
    _portfolio,
    _note,
)


def transaction_cells(effect: TransactionEffect, pen: TransactionPen) -> list[Cell]:
    """All cells of a row, in the order of the columns."""
    return [write(effect, pen) for write in _WRITERS]


def _number(value: Decimal | None) -> float:
    return float("-inf") if value is None else float(value)


_ORDERS: Final[Mapping[TransactionColumn, Callable[[TransactionEffect], float | str]]] = {
    TransactionColumn.TYPE: lambda effect: effect.transaction.draft.type.value,
    TransactionColumn.NOTE: lambda effect: effect.transaction.draft.note.casefold(),
    TransactionColumn.UNITS: lambda effect: _number(effect.transaction.draft.quantity),
    TransactionColumn.PRICE: lambda effect: _number(effect.transaction.draft.price),
    TransactionColumn.AMOUNT: lambda effect: _number(effect.amount),
    TransactionColumn.HELD: lambda effect: _number(effect.units_after),
    TransactionColumn.FEE: lambda effect: _number(effect.transaction.draft.fee),
    TransactionColumn.RESULT: lambda effect: _number(effect.realised),
    TransactionColumn.PORTFOLIO: lambda effect: float(effect.transaction.portfolio_id),
}


def transaction_order(column: TransactionColumn) -> Callable[[TransactionEffect], float | str] | None:
    """What rows are ordered by before time and entry; None for time and entry alone. No text is written for it."""
    return _ORDERS.get(column)


def transaction_sort_key(effect: TransactionEffect, column: TransactionColumn) -> tuple[float | str, float, int]:
    """What a row is ordered by: the column first, then time and entry."""
    transaction, first = effect.transaction, transaction_order(column)
    return (0.0 if first is None else first(effect), float(transaction.draft.time_ms), transaction.id)


def exported_transaction_text(effect: TransactionEffect, column: TransactionColumn, cell: Cell) -> str:
    """A cell for a spreadsheet: every digit, ISO time, the import's own words for types; dots stay dots."""
    draft = effect.transaction.draft
    if column is TransactionColumn.TIME:
        return time_text(draft.time_ms)
    if column is TransactionColumn.TYPE:
        return draft.type.value
    numbers = {
        TransactionColumn.UNITS: draft.quantity,
        TransactionColumn.PRICE: draft.price,
        TransactionColumn.AMOUNT: effect.amount,
        TransactionColumn.HELD: effect.units_after,
        TransactionColumn.RESULT: effect.realised,
    }
    if column in numbers and DOTS not in cell.text:
        return plain_number(numbers[column])
    return "" if cell.text == UNKNOWN else cell.shown_text


def transaction_note(effect: TransactionEffect, column: TransactionColumn, cell: Cell, pen: TransactionPen) -> str:
    """The tooltip of a cell."""
    draft = effect.transaction.draft
    if effect.fault:
        return f"This row cannot have happened: {effect.fault}."
    if column is TransactionColumn.TIME:
        came = "imported" if effect.transaction.import_batch_id is not None else "typed in"
        return f"{eye.moment_with_zone(draft.time_ms)}\n{time_text(draft.time_ms)}, {came}"
    if column is TransactionColumn.NOTE:
        return draft.note
    if column is TransactionColumn.AMOUNT and effect.amount is not None and not pen.figures.hide_amounts:
        words = TYPE_WORDS[draft.type].amount
        return f"{words}: {pen.figures.exact(effect.amount)} {pen.currency}, fees included"
    return cell.shown_text
