"""What makes a row sound by itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given

from levdesk.domain.draft_rules import DAY_MS, EARLIEST_MS, MAX_NOTE_LENGTH, canonical_fee_currency, draft_problems
from levdesk.domain.instruments import TokenKey
from levdesk.domain.problems import Severity
from levdesk.domain.transactions import TransactionDraft
from tests.domain.strategies import START_MS, buy, draft, ledgers


def codes(row: TransactionDraft, now_ms: int | None = None) -> list[str]:
    problems = draft_problems(row, "USDT", now_ms)
    assert all(problem.severity is Severity.ERROR and problem.message.endswith(".") for problem in problems)
    return [problem.code for problem in problems]


@given(ledgers(unknown_costs=True))
def test_possible_rows_are_sound(rows: tuple[TransactionDraft, ...]) -> None:
    assert [codes(row) for row in rows] == [[]] * len(rows)


@pytest.mark.parametrize("kind", ["buy", "sell", "subscribe", "redeem"])
def test_a_trade_needs_a_quantity_and_a_price_above_zero(kind: str) -> None:
    assert codes(draft(kind, None, None)) == ["draft_quantity", "draft_price"]
    assert codes(draft(kind, "0", "0")) == ["draft_quantity", "draft_price"]
    assert codes(draft(kind, "-1", "-1")) == ["draft_quantity", "draft_price"]
    assert codes(draft(kind, "NaN", "Infinity")) == ["draft_quantity", "draft_price"]


@pytest.mark.parametrize("kind", ["transfer_in", "transfer_out"])
def test_a_transfer_may_come_without_a_price_or_with_a_price_of_zero(kind: str) -> None:
    assert codes(draft(kind, "1")) == codes(draft(kind, "1", "0")) == []
    assert codes(draft(kind, "1", "-1")) == ["draft_price"]
    assert codes(draft(kind, None)) == ["draft_quantity"]


def test_a_settlement_needs_a_price_that_may_be_zero_and_no_quantity() -> None:
    assert codes(draft("settle", None, "0")) == codes(draft("settle", "3", "0.1")) == []
    assert codes(draft("settle", None)) == ["draft_price"]
    assert codes(draft("settle", "0", "1")) == ["draft_quantity"]


def test_a_merge_has_a_ratio_and_nothing_else() -> None:
    assert codes(draft("merge", "100")) == []
    assert codes(draft("merge", None, "1", fee="1")) == ["draft_quantity", "draft_price", "draft_fee"]


def test_a_fee_is_not_negative_and_leaves_something() -> None:
    assert codes(buy("1", "1", fee="-1")) == ["draft_fee"]
    assert codes(buy("1", "1", fee="NaN")) == ["draft_fee"]
    assert codes(buy("1", "1", fee="1", fee_currency="BTC3L")) == ["draft_fee"]
    assert codes(buy("1", "1", fee="0.9", fee_currency="BTC3L")) == []
    assert codes(draft("sell", "1", "1", fee="2", fee_currency="BTC3L")) == []


def test_a_fee_is_in_the_quote_currency_or_in_the_token() -> None:
    assert codes(buy("1", "1", fee="0.1", fee_currency="USDT")) == []
    (problem,) = draft_problems(buy("1", "1", fee="0.1", fee_currency="BNB"), "USDT")
    assert problem.code == "draft_fee_currency"
    assert problem.message == "A fee in BNB cannot be booked; give it in USDT or in BTC3L."


def test_a_token_is_named_in_one_spelling() -> None:
    for venue, symbol in (("Gate", "BTC3L"), ("gate", "btc3l"), ("", "BTC3L"), ("gate", " ")):
        assert codes(draft("buy", "1", "1", key=TokenKey(venue, symbol))) == ["draft_token"]


def test_a_time_lies_between_2009_and_tomorrow() -> None:
    row = buy("1", "1")
    assert codes(row, START_MS) == codes(row, START_MS - DAY_MS) == []
    assert codes(row, START_MS - DAY_MS - 1) == ["draft_time"]
    assert codes(replace(row, time_ms=EARLIEST_MS), START_MS) == []
    assert codes(replace(row, time_ms=EARLIEST_MS - 1)) == ["draft_time"]


@pytest.mark.parametrize("note", ["a\0b", "\ud800", "x" * (MAX_NOTE_LENGTH + 1)])
def test_a_note_can_be_stored(note: str) -> None:
    assert codes(draft("buy", "1", "1", note=note)) == ["draft_note"]
    assert codes(draft("buy", "1", "1", note="=SUM(A1)\r\n“ünï” 🙂")) == []


def test_the_fees_currency_has_one_name_for_each_meaning() -> None:
    assert canonical_fee_currency(buy("1", "1", fee="1"), "USDT") == "USDT"
    assert canonical_fee_currency(buy("1", "1", fee="1", fee_currency="BTC3L"), "USDT") == "BTC3L"
    assert canonical_fee_currency(buy("1", "1", fee_currency="BTC3L"), "USDT") == ""
    assert replace(buy("1", "1"), fee=Decimal("0.00")).fee == 0
