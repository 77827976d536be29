"""Whether an act fits the books, and what is said when it does not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import TokenKey
from levdesk.domain.ledger import LedgerFault, replay
from levdesk.domain.transactions import CostMethod, TransactionDraft
from levdesk.services.book_checks import check_draft, check_removal
from tests.domain.strategies import BTC3L, ETH3S, START_MS, buy, draft, ledgers, token
from tests.services.memory_writer import books_of

BOOKS = books_of(buy("10", "2"), draft("sell", "6", "3", at=10), buy("5", "2", at=20))


def said(row: TransactionDraft, replacing: int | None = None) -> list[str]:
    return [problem.message for problem in BOOKS.check_draft(row, 1, replacing)]


def test_a_row_that_fits_has_no_problem() -> None:
    assert said(draft("sell", "9", "3", at=30)) == []
    assert said(draft("sell", "4", "3", at=15)) == []
    assert said(buy("1", "3", at=-5)) == []


def test_a_row_by_itself_comes_first() -> None:
    (problem,) = BOOKS.check_draft(draft("sell", "99", None), 1)
    assert (problem.code, problem.message) == ("draft_price", "The price is missing.")


def test_more_than_is_held_at_that_moment_is_refused() -> None:
    (problem,) = BOOKS.check_draft(draft("sell", "5", "3", at=15), 1)
    assert problem.code == "draft_held"
    assert problem.message == "Selling 5 BTC3L but only 4 held on 2023-11-14 22:28 UTC."


def test_a_row_that_starves_a_later_one_is_refused_with_the_later_one_named() -> None:
    assert said(draft("sell", "5", "3", at=5)) == [
        "A later row would no longer be possible: selling 6 BTC3L but only 5 held on 2023-11-14 22:23 UTC."
    ]


def test_an_edited_row_is_tried_in_place_of_the_old_one() -> None:
    assert said(draft("sell", "10", "3", at=10), replacing=2) == []
    assert len(said(buy("5", "2"), replacing=1)) == 1
    assert said(buy("6", "2"), replacing=1) == []


def test_an_edited_row_keeps_its_place_among_rows_of_the_same_moment() -> None:
    books = books_of(buy("1", "1"), draft("sell", "1", "2"), buy("7", "3"))
    assert check_draft(books, buy("2", "1"), 1, 1) == ()
    assert len(check_draft(books, draft("sell", "2", "2"), 1, 2)) == 1, "the second buy comes after it"


def test_a_row_moved_to_another_token_must_be_spared_by_the_old_one() -> None:
    assert len(said(draft("buy", "10", "2", key=ETH3S), replacing=1)) == 1
    assert said(draft("buy", "5", "2", at=20, key=ETH3S), replacing=3) == []


def test_the_token_must_be_known_by_list_or_by_name() -> None:
    (problem,) = BOOKS.check_draft(draft("buy", "1", "1", key=TokenKey("gate", "JUP")), 1)
    assert problem.code == "draft_token"
    assert "define it first" in problem.message
    listed = token(TokenKey("gate", "JUP"), quote_currency="USDC")
    row = draft("buy", "1", "1", key=listed.key, fee="1", fee_currency="USDC")
    assert BOOKS.check_draft(row, 1, token=listed) == ()
    assert BOOKS.check_draft(draft("buy", "1", "1", key=TokenKey("mexc", "SOL3S")), 1) == ()


def test_the_clock_decides_what_is_the_future() -> None:
    assert BOOKS.check_draft(buy("1", "1", at=30), 1, now_ms=START_MS) == ()
    (problem,) = BOOKS.check_draft(buy("1", "1", at=3000), 1, now_ms=START_MS)
    assert problem.code == "draft_time"


def test_faults_that_were_there_before_are_not_blamed_on_a_new_row() -> None:
    books = books_of(draft("sell", "5", "1"), buy("2", "3", at=1))
    assert check_draft(books, buy("1", "1", at=-1), 1) == ()
    assert len(check_draft(books, draft("sell", "3", "1", at=2), 1)) == 1


def test_rows_can_go_unless_a_later_one_needs_them() -> None:
    assert check_removal(BOOKS, [3]) == ()
    assert check_removal(BOOKS, [1, 2]) == ()
    (problem,) = check_removal(BOOKS, [1])
    assert "selling 6 BTC3L but none held" in problem.message
    with pytest.raises(UserError, match="no longer there"):
        check_removal(BOOKS, [77])


@given(ledgers(), st.integers(0, 13), st.sampled_from(["buy", "sell", "transfer_out", "settle"]), st.integers(0, 20))
def test_checking_says_what_recording_would_do(
    rows: tuple[TransactionDraft, ...], place: int, kind: str, tenths: int
) -> None:
    place = min(place, len(rows))
    time_ms = rows[place - 1].time_ms if place else START_MS - 1
    books = books_of(*rows)
    quantity = books.units_held(BTC3L, 1, time_ms) * tenths / 10
    row = TransactionDraft(
        time_ms=time_ms, type=draft(kind, "1").type, key=BTC3L, quantity=quantity or Decimal(1), price=Decimal(2)
    )
    after = sorted([*rows, row], key=lambda each: each.time_ms)  # stable, and the new row is last
    try:
        replay(after, CostMethod.FIFO)
        possible = True
    except LedgerFault:
        possible = False
    assert (check_draft(books, row, 1) == ()) is possible
