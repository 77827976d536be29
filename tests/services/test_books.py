"""The books: one snapshot in memory, the next one after each act, and what they come to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import LeveragedToken, RebalanceRule, TokenKey
from levdesk.domain.transactions import CostMethod, Portfolio, TransactionDraft
from levdesk.services.books import Books
from levdesk.services.ports import BooksChange, StoredBooks
from tests.domain.strategies import BTC3L, ETH3S, START_MS, buy, draft, ledgers, token
from tests.services.memory_writer import books_of, rows_of

MINUTE_MS = 60_000


def figures(books: Books) -> dict[TokenKey, object]:
    return {key: books.position(key, None) for key in books.keys(None)}


# -- acts ------------------------------------------------------------------------------------------------------------


@given(ledgers(), ledgers(key=ETH3S), st.data())
def test_applying_acts_one_by_one_is_reading_the_result(
    one: tuple[TransactionDraft, ...], other: tuple[TransactionDraft, ...], data: st.DataObject
) -> None:
    rows = data.draw(st.permutations(rows_of((*one, *other))), label="order of entry")
    books = Books.read(StoredBooks(portfolios=(Portfolio(id=1, name="Main"),), transactions=(), tokens=(token(),)))
    for row in rows:
        books.position(row.draft.key, 1)  # so that there is something to carry over
        books = books.apply(BooksChange(label="add", added=(row,)))
    read = books_of(*one, *other)
    assert figures(books) == figures(read)
    assert [row.order for row in books.all_transactions(1)] == [row.order for row in read.all_transactions(1)]
    for row in rows[::2]:
        books = books.apply(BooksChange(label="delete", removed=(row,)))
    left = sorted(rows[1::2], key=lambda row: row.order)
    again = Books.read(StoredBooks(portfolios=books.portfolios, transactions=tuple(left), tokens=(token(),)))
    assert figures(books) == figures(again)


def test_an_act_leaves_the_snapshot_before_it_as_it_was() -> None:
    before = books_of(buy("10", "2"))
    assert before.position(BTC3L, 1).quantity == 10
    (row,) = rows_of([buy("5", "4", at=1)], first_id=7)
    after = before.apply(BooksChange(label="add", added=(row,), undo_label="add buy", redo_label=""))
    assert (before.position(BTC3L, 1).quantity, after.position(BTC3L, 1).quantity) == (Decimal(10), Decimal(15))
    assert (len(before.account(BTC3L, 1).state.open_lots()), len(after.account(BTC3L, 1).state.open_lots())) == (1, 2)
    assert (before.undo_label, after.undo_label) == ("", "add buy")


def test_only_the_holding_an_act_touches_is_worked_out_again() -> None:
    before = books_of(buy("10", "2"), draft("buy", "1", "1", key=ETH3S))
    untouched = before.account(ETH3S, 1)
    before.account(BTC3L, 1)
    (row,) = rows_of([buy("5", "4", at=1)], first_id=7)
    after = before.apply(BooksChange(label="add", added=(row,)))
    assert after.account(ETH3S, 1) is untouched


def test_an_edited_row_stands_in_both_lists_and_may_change_its_place_and_token() -> None:
    before = books_of(buy("10", "2"), draft("sell", "4", "3", at=5))
    old = before.transaction(1)
    new = replace(old, draft=draft("buy", "6", "1", at=2))
    after = before.apply(BooksChange(label="edit", removed=(old,), added=(new,)))
    assert after.position(BTC3L, 1).quantity == 2
    moved = replace(old, draft=draft("buy", "6", "1", key=ETH3S))
    elsewhere = before.apply(BooksChange(label="edit", removed=(old,), added=(moved,)))
    assert elsewhere.keys(1) == (BTC3L, ETH3S)
    assert elsewhere.position(ETH3S, 1).quantity == 6


def test_a_holding_without_rows_is_gone() -> None:
    before = books_of(buy("10", "2"))
    after = before.apply(BooksChange(label="delete", removed=before.transactions(BTC3L, 1)))
    assert after.keys(None) == ()
    assert after.position(BTC3L, 1).quantity == 0


def test_another_cost_method_works_the_portfolio_out_again() -> None:
    before = books_of(buy("2", "3"), buy("2", "5", at=1), draft("sell", "2", "6", at=2))
    assert before.position(BTC3L, 1).realised_pnl == 6
    lifo = (Portfolio(id=1, name="Main", cost_method=CostMethod.LIFO),)
    assert before.apply(BooksChange(label="use LIFO", portfolios=lifo)).position(BTC3L, 1).realised_pnl == 2


def test_a_deleted_portfolio_takes_its_rows_along() -> None:
    before = books_of(buy("2", "3"), elsewhere=[buy("5", "1")])
    assert before.position(BTC3L, None).quantity == 7
    after = before.apply(BooksChange(label="delete", portfolios=before.portfolios[:1]))
    assert after.position(BTC3L, None).quantity == 2
    with pytest.raises(UserError, match="no longer there"):
        after.portfolio(2)


# -- what is in them -------------------------------------------------------------------------------------------------


def test_one_portfolio_or_all_of_them_together() -> None:
    books = books_of(buy("2", "3", at=1), elsewhere=[buy("5", "1"), draft("buy", "1", "1", key=ETH3S)])
    assert books.keys(1) == (BTC3L,)
    assert books.keys(None) == (BTC3L, ETH3S)
    assert [row.id for row in books.transactions(BTC3L, None)] == [1001, 1]
    assert [row.id for row in books.transactions(BTC3L, 1)] == [1]
    assert books.position(BTC3L, None).cost_basis == 11
    assert [row.id for row in books.all_transactions(None)] == [1001, 1002, 1]


def test_each_portfolio_keeps_its_own_cost_method() -> None:
    rows = buy("2", "3"), buy("2", "5", at=1), draft("sell", "2", "6", at=2)
    books = books_of(*rows, method=CostMethod.LIFO, elsewhere=rows)
    assert [books.position(BTC3L, portfolio_id).realised_pnl for portfolio_id in (1, 2, None)] == [2, 6, 8]


def test_a_row_that_is_not_there_is_said_to_be_gone() -> None:
    with pytest.raises(UserError, match="no longer there"):
        books_of(buy("1", "1")).transaction(99)


def test_tokens_are_completed_when_read_and_after_each_act() -> None:
    rule = RebalanceRule(target_leverage=Decimal(3), band_low=Decimal(2))

    def complete(bare: LeveragedToken) -> LeveragedToken:
        return bare._replace(rules=bare.rules or (rule,))

    stored = StoredBooks(portfolios=(Portfolio(id=1, name="Main"),), transactions=(), tokens=(token(),))
    books = Books.read(stored, complete=complete)
    assert books.tokens[BTC3L].rules == (rule,)
    later = books.apply(BooksChange(label="define", tokens=(token(), token(ETH3S, target="-3"))))
    assert later.token(ETH3S).rules == (rule,)
    assert later.apply(BooksChange(label="add")).token(ETH3S).rules == (rule,)


def test_a_row_whose_token_is_not_stored_is_still_shown() -> None:
    books = books_of(tokens=())
    assert (books.token(ETH3S).underlying, books.token(ETH3S).target_leverage) == ("ETH", Decimal(-3))
    odd = books.token(TokenKey("toros", "MYSTERY"))
    assert (odd.underlying, odd.target_leverage) == ("MYSTERY", Decimal(1))


def test_a_stored_row_that_cannot_have_happened_is_passed_over_and_named() -> None:
    books = books_of(buy("2", "3"), draft("sell", "5", "4", at=1), draft("sell", "1", "4", at=2))
    assert books.position(BTC3L, 1).quantity == 1
    (fault,) = books.faults(BTC3L, None)
    assert fault.message.startswith("selling 5 BTC3L but only 2 held")


def test_disposals_are_told_per_row() -> None:
    books = books_of(buy("10", "2"), draft("sell", "4", "3", at=1), draft("settle", None, "1", at=2))
    assert [(each.row, each.units, each.realised) for each in books.disposals(BTC3L, 1)] == [
        (1, Decimal(4), Decimal(4)),
        (2, Decimal(6), Decimal(-6)),
    ]
    assert books.disposals(ETH3S, 1) == ()


def test_working_everything_out_is_asking_for_each() -> None:
    books = books_of(buy("10", "2"), elsewhere=[draft("buy", "1", "1", key=ETH3S)])
    asked = books.account(BTC3L, 1)
    books.work_out(None)
    assert books.account(BTC3L, 1) is asked
    assert books.account(ETH3S, 2) is books.account(ETH3S, 2)


def test_units_held_at_a_moment() -> None:
    books = books_of(buy("10", "1"), draft("merge", "10", at=1), buy("3", "1", at=2))
    held = [books.units_held(BTC3L, 1, START_MS + minute * MINUTE_MS) for minute in (-1, 0, 1, 2, 99)]
    assert held == [0, 10, 1, 4, 4]
    assert books.units_held(ETH3S, 1, START_MS) == 0


def test_rows_of_a_token_in_one_portfolio_are_given_as_they_stand() -> None:
    books = books_of(buy("1", "2", at=0), buy("3", "2", at=1))
    assert books.transactions(BTC3L, None) is books.transactions(BTC3L, 1)
