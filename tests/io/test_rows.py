from __future__ import annotations

import gc
from decimal import Decimal

import pytest
from hypothesis import given

from levdesk.domain.errors import StoreCorrupt
from levdesk.domain.instruments import LeveragedToken, RebalanceRule
from levdesk.domain.transactions import Transaction, TransactionDraft
from levdesk.io.codec import from_object, to_object
from levdesk.io.rows import (
    encode_decimal,
    name_key,
    token_from_row,
    token_row,
    transaction_fault,
    transaction_row,
    transactions_from_rows,
)
from tests.io.ledgers import draft, drafts, rules, signed, token, tokens


def stored(entry: TransactionDraft, id_: int = 7) -> tuple[int | str | None, ...]:
    time_ms, *rest = transaction_row(entry, 1, None)
    return (time_ms, id_, *rest)


@given(drafts)
def test_a_transaction_keeps_every_digit_and_letter(entry: TransactionDraft) -> None:
    (transaction,) = transactions_from_rows([stored(entry)])
    assert transaction == Transaction(id=7, portfolio_id=1, draft=entry, import_batch_id=None)
    for before, after in ((entry.quantity, transaction.draft.quantity), (entry.fee, transaction.draft.fee)):
        assert (before is None) == (after is None)
        assert before is None or (after is not None and before.as_tuple() == after.as_tuple())
    assert hash(transaction) == hash(Transaction(id=7, portfolio_id=1, draft=entry))


@given(tokens)
def test_a_token_keeps_its_dated_rules_and_fees(token: LeveragedToken) -> None:
    assert token_from_row(token_row(token)) == token


@given(signed)
def test_money_is_written_plainly(value: Decimal) -> None:
    text = encode_decimal(value)
    assert text is not None
    assert "E" not in text
    assert Decimal(text).as_tuple() == value.as_tuple()


def test_rows_of_one_token_share_its_key_and_leave_the_collector_on() -> None:
    one, other = transactions_from_rows([stored(draft(), 1), stored(draft(), 2)])
    assert one.draft.key is other.draft.key
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (6, "12,5", "InvalidOperation"),
        (6, "NaN", "quantity is not a finite number"),
        (7, "Infinity", "price is not a finite number"),
        (8, None, "TypeError"),
        (3, "gift", "gift"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(column: int, value: str | None, words: str) -> None:
    row = list(stored(draft()))
    row[column] = value
    assert words in transaction_fault(tuple(row))


def test_reading_stops_at_a_row_that_cannot_be_read() -> None:
    good = stored(draft(), 1)
    bad = (*good[:1], 2, *good[2:6], "many", *good[7:])
    with pytest.raises(StoreCorrupt, match="Transaction 2 in the ledger cannot be read") as caught:
        transactions_from_rows([good, bad])
    assert caught.value.hint
    assert gc.isenabled()


def test_a_token_that_cannot_be_read_is_named() -> None:
    row = list(token_row(token()))
    row[8] = '[{"target_leverage": 3}]'
    with pytest.raises(StoreCorrupt, match="gate:BTC3L"):
        token_from_row(row)


@given(rules)
def test_an_object_of_another_version_reads_as_far_as_it_can(rule: RebalanceRule) -> None:
    value = to_object(rule) | {"field_of_tomorrow": 1}
    assert from_object(RebalanceRule, value) == rule
    shorter = from_object(RebalanceRule, {"target_leverage": "3"})
    assert shorter == RebalanceRule(target_leverage=Decimal(3))


@pytest.mark.parametrize(
    "value",
    [
        None, [], "x", {}, {"target_leverage": None}, {"target_leverage": "x"}, {"target_leverage": "NaN"},
        {"target_leverage": 3}, {"target_leverage": "3", "effective_from_ms": True},
        {"target_leverage": "3", "provenance": "guessed"}, {"target_leverage": "3", "source": 4},
    ],
)  # fmt: skip
def test_an_object_that_does_not_fit_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"RebalanceRule|number|value|Provenance"):
        from_object(RebalanceRule, value)


def test_names_that_look_the_same_have_one_key() -> None:
    assert name_key("STRASSE ﬁ") == name_key("straße fi")
    assert name_key("Main") != name_key("Main 2")
