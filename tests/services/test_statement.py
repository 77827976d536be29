"""A period statement: its figures add up, and what is unknown stays unknown."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.money import ZERO
from levdesk.services.books import Books
from levdesk.services.explained_split import AttributionView, Term, TermView
from levdesk.services.statement import PriceThen, Statement, build_statement, period_words
from levdesk.services.statement_html import MOST_TRADES, cents, fee, price, statement_html, units
from levdesk.services.statement_pages import statement_csv
from levdesk.services.table_csv import safe_cell, table_csv
from tests.domain.strategies import BTC3L, START_MS, buy, draft
from tests.services.memory_writer import NOW_MS, books_of

MINUTE_MS = 60_000
FROM_MS, TO_MS = START_MS + 100 * MINUTE_MS, START_MS + 200 * MINUTE_MS
PRICES = {FROM_MS: Decimal(3), TO_MS: Decimal(5)}
BOOKS = books_of(
    buy("10", "2", at=0, fee="1"),
    draft("sell", "4", "4", at=150, fee="0.5"),
    buy("1", "9", at=300),
)


def price_at(token: LeveragedToken, at_ms: int) -> PriceThen | None:
    return PriceThen(PRICES[at_ms], at_ms, "told")


def unknown(token: LeveragedToken, at_ms: int) -> PriceThen | None:
    return None


def split_at(books: Books, at_ms: int) -> dict[object, AttributionView]:
    """All of the result so far is the leveraged move."""
    if not books.keys(None):
        return {}
    position = books.position(BTC3L, None)
    total = position.quantity * PRICES[at_ms] + position.money_out - position.money_in
    terms = tuple(TermView(term, total if term is Term.LEVERAGED_MOVE else ZERO, None) for term in Term)
    return {BTC3L: AttributionView(terms=terms, total=total, total_ratio=None, paid=ZERO, worth=ZERO)}


def statement(books: Books = BOOKS, *, prices: object = price_at, to_ms: int = TO_MS) -> Statement:
    return build_statement(
        books,
        1,
        FROM_MS,
        to_ms,
        now_ms=NOW_MS,
        price_at=prices,  # type: ignore[arg-type]
        split_at=split_at,  # type: ignore[arg-type]
    )


def test_what_was_held_dealt_and_made() -> None:
    made = statement()
    (line,) = made.lines
    assert (line.start.quantity, line.start.cost, line.start.value) == (Decimal(10), Decimal(21), Decimal(30))
    assert (line.end.quantity, line.end.value) == (Decimal(6), Decimal(30))
    assert (line.money_in, line.money_out, line.fees) == (ZERO, Decimal("15.5"), Decimal("0.5"))
    assert line.result == Decimal("15.5")
    assert line.realised == Decimal("15.5") - Decimal("8.4")
    assert [row.draft.quantity for row in made.trades] == [Decimal(4)]


def test_the_terms_add_up_to_the_result() -> None:
    made = statement()
    assert sum((money for _, money in made.split), ZERO) == made.total(lambda line: line.result)
    assert made.unsplit == ()


def test_without_a_price_the_result_is_unknown_and_not_zero() -> None:
    made = statement(prices=unknown)
    assert made.lines[0].result is None
    assert made.total(lambda line: line.result) is None
    assert "No price is stored" in statement_html(made)
    head = dict(row for row in csv.reader(io.StringIO(statement_csv(made).decode())) if len(row) == 2)
    assert head["result_of_the_period"] == ""


def test_a_token_that_is_neither_held_nor_dealt_in_the_period_is_left_out() -> None:
    gone = books_of(buy("1", "2", at=0), draft("sell", "1", "2", at=10))
    assert statement(gone).lines == ()


@pytest.mark.parametrize("to_ms", [FROM_MS, FROM_MS - 1])
def test_an_empty_period_is_refused(to_ms: int) -> None:
    with pytest.raises(UserError, match="empty"):
        statement(to_ms=to_ms)


def test_the_days_are_those_of_the_period() -> None:
    day_ms = 86_400_000
    made = replace(statement(), from_ms=20_000 * day_ms, to_ms=20_002 * day_ms)
    assert period_words(made) == ("2024-10-04", "2024-10-05")


def test_a_note_runs_in_no_sheet() -> None:
    books = books_of(replace(buy("1", "2", at=150), note="=HYPERLINK(1)"))
    assert "'=HYPERLINK(1)" in statement_csv(statement(books)).decode()


# -- any table -------------------------------------------------------------------------------------------------------


@given(st.text(max_size=12))
def test_a_cell_is_a_number_or_begins_with_no_sign(text: str) -> None:
    safe = safe_cell(text)
    assert safe in {text, f"'{text}"}
    if safe[:1] in set("=+-@\t\r"):
        float(safe.replace(",", "").replace("%", "").strip())


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_our_own_numbers_are_never_touched(value: Decimal) -> None:
    for text in (format(value, "f"), f"{value:,f}", f"{value:+f}", f"{value:f} %"):
        assert safe_cell(text) == text


@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=4), max_size=5))
def test_a_table_reads_back_but_for_the_guards(rows: list[list[str]]) -> None:
    rows = [[cell.replace("\r", "").replace("\n", "").replace("\0", "") for cell in row] for row in rows]
    rows = [row for row in rows if row != [""]]
    read = list(csv.reader(io.StringIO(table_csv(rows), newline="")))
    assert read == [[safe_cell(cell) for cell in row] for row in rows]


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("write", "value", "words"),
    [
        (cents, "-374.254", "−374.25"),
        (cents, "-0.001", "0.00"),
        (cents, "1234567.895", "1,234,567.90"),
        (units, "57423.81", "57,423.81"),
        (units, "80093.51561234", "80,093.516"),
        (units, "6200000", "6,200,000"),
        (price, "0.0080253", "0.0080253"),
        (price, "1.60966903", "1.60967"),
        (fee, "0.69999824", "0.7"),
        (fee, "12345.678", "12,345.68"),
        (fee, "0.00001234567", "0.00001235"),
    ],
)
def test_figures_of_the_page_are_rounded_for_reading(write: Callable[[Decimal], str], value: str, words: str) -> None:
    assert write(Decimal(value)) == words


def test_the_page_sums_up_and_speaks_in_words() -> None:
    page = statement_html(statement())
    for words in ("Together", "Where the money went", "Trades (1)", "At the start", "Sell"):
        assert words in page
    for machine in ("transfer_out", "fee_currency", "T00:", "units_start"):
        assert machine not in page


def test_paper_bears_only_so_many_trades() -> None:
    made = statement()
    page = statement_html(replace(made, trades=made.trades * (MOST_TRADES + 1)))
    assert page.count("Sell") == MOST_TRADES
    assert f"The first {MOST_TRADES:,} of {MOST_TRADES + 1:,}" in page
