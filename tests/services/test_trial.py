from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import TokenKey
from levdesk.domain.ledger import append_possible_rows, new_ledger, replay
from levdesk.domain.transactions import CostMethod, Transaction, TransactionDraft, TransactionType
from levdesk.services.trial import Trial, effects

D = Decimal
KEY = TokenKey("gate", "BTC3L")
T = TransactionType


def draft(kind: TransactionType, quantity: str | None, price: str | None = None, **fields: object) -> TransactionDraft:
    made = TransactionDraft(
        time_ms=0,
        type=kind,
        key=KEY,
        quantity=None if quantity is None else D(quantity),
        price=None if price is None else D(price),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def booked(*drafts: TransactionDraft, portfolio_id: int = 1, first_id: int = 1) -> list[Transaction]:
    return [
        Transaction(
            id=first_id + place, portfolio_id=portfolio_id, draft=replace(each, time_ms=each.time_ms or 1000 * place)
        )
        for place, each in enumerate(drafts)
    ]


ROWS = booked(
    draft(T.BUY, "10", "2", fee=D("0.5")),
    draft(T.BUY, "10", "4"),
    draft(T.SELL, "5", "6", fee=D(1)),
    draft(T.MERGE, "3"),
    draft(T.TRANSFER_OUT, "1"),
    draft(T.SETTLE, None, "9"),
)


def test_each_row_says_what_it_moved_booked_and_left() -> None:
    found = effects(ROWS, {1: CostMethod.FIFO})
    assert [(row.amount, row.realised, row.units_after) for row in found] == [
        (D("20.5"), None, D(10)),
        (D(40), None, D(20)),
        (D(29), D("18.75"), D(15)),
        (None, None, D(5)),
        (D("6.15"), None, D(4)),
        (D(36), D("36") - (D("10.25") + D(40) - D("6.15")), D(0)),
    ]


def test_units_are_summed_over_portfolios_and_each_keeps_its_own_lots() -> None:
    one = booked(draft(T.BUY, "10", "2"), draft(T.SETTLE, None, "3", time_ms=9000))
    two = booked(draft(T.BUY, "4", "5", time_ms=500), portfolio_id=2, first_id=10)
    found = effects(sorted([*one, *two], key=lambda row: row.order), {1: CostMethod.FIFO, 2: CostMethod.LIFO})
    assert [row.units_after for row in found] == [10, 14, 4]
    assert found[-1].realised == 10


def test_an_unknown_cost_leaves_the_result_unknown() -> None:
    found = effects(booked(draft(T.TRANSFER_IN, "3"), draft(T.SELL, "3", "2")), {})
    assert (found[0].amount, found[1].amount, found[1].realised) == (None, D(6), None)


def test_a_row_that_cannot_have_happened_is_named_and_passed_over() -> None:
    found = effects(booked(draft(T.BUY, "1", "2"), draft(T.SELL, "5", "2"), draft(T.BUY, "1", "3")), {})
    assert "only 1 held" in found[1].fault
    assert [row.units_after for row in found] == [1, 1, 2]


# -- trying a draft out ------------------------------------------------------------------------------------------------


def test_an_outcome_counts_the_rows_after_it_too() -> None:
    rows = booked(draft(T.BUY, "10", "2"), draft(T.SELL, "4", "3", time_ms=5000))
    outcome = Trial(rows, CostMethod.FIFO).outcome(draft(T.BUY, "2", "1", time_ms=1000))
    assert outcome is not None
    assert (outcome.amount, outcome.realised, outcome.units) == (D(2), None, D(8))
    assert outcome.average_cost == (D(6) * 2 + 2) / 8


@pytest.mark.parametrize(
    ("method", "realised"), [(CostMethod.FIFO, D(5)), (CostMethod.LIFO, D(-1)), (CostMethod.AVERAGE, D(2))]
)
def test_the_cost_method_decides_what_a_sale_realises(method: CostMethod, realised: Decimal) -> None:
    rows = booked(draft(T.BUY, "3", "2"), draft(T.BUY, "3", "4"))
    outcome = Trial(rows, method).outcome(draft(T.SELL, "3", "4", time_ms=9000, fee=D(1)))
    assert outcome is not None
    assert outcome.realised == realised


def test_what_cannot_happen_has_no_outcome() -> None:
    trial = Trial(booked(draft(T.BUY, "10", "2")), CostMethod.FIFO)
    assert trial.outcome(draft(T.SELL, "11", "2", time_ms=9000)) is None
    assert trial.outcome(draft(T.BUY, None, "2", time_ms=9000)) is None
    assert trial.outcome(draft(T.SELL, "10", "2", time_ms=9000)) is not None  # a failed try leaves no trace


def test_an_edited_row_is_tried_without_itself_and_in_its_place() -> None:
    rows = booked(draft(T.BUY, "10", "2"), draft(T.SELL, "4", "3"))
    trial = Trial(rows, CostMethod.FIFO, replacing=2)
    assert trial.units_before(1000) == 10
    outcome = trial.outcome(draft(T.SELL, "10", "3", time_ms=1000))
    assert outcome is not None
    assert (outcome.units, outcome.average_cost) == (D(0), None)


def test_units_before_follow_the_time_asked_for() -> None:
    trial = Trial(ROWS, CostMethod.FIFO)
    assert [trial.units_before(ms) for ms in (-1, 0, 1500, 2500, 3500, 9000)] == [0, 10, 20, 15, 5, 0]


moves = st.lists(
    st.builds(
        lambda kind, units, price, fee: draft(kind, f"{units}", f"{price}", fee=fee),
        st.sampled_from([T.BUY, T.SELL, T.SUBSCRIBE, T.REDEEM]),
        st.decimals("0.01", 50, places=2),
        st.decimals("0.01", 9, places=4),
        st.decimals(0, 1, places=2),
    ),
    min_size=1,
    max_size=12,
)


@given(drafts=moves, method=st.sampled_from(list(CostMethod)))
def test_effects_add_up_to_what_the_ledger_says(drafts: list[TransactionDraft], method: CostMethod) -> None:
    rows = booked(*drafts)
    found = effects(rows, {1: method})
    sound = [row.transaction.draft for row in found if not row.fault]
    state = replay(sound, method)
    assert found[-1].units_after == state.quantity
    assert sum((row.realised for row in found if row.realised is not None), D(0)) == state.realised
    money = [(-1 if row.transaction.draft.type in {T.BUY, T.SUBSCRIBE} else 1) * (row.amount or 0) for row in found]
    assert sum(money, D(0)) == state.money_out - state.money_in


@given(drafts=moves, method=st.sampled_from(list(CostMethod)), place=st.integers(0, 12))
def test_an_outcome_is_what_the_ledger_says_once_it_is_booked(
    drafts: list[TransactionDraft], method: CostMethod, place: int
) -> None:
    candidate = replace(drafts[0], time_ms=1000 * place + 1)
    rows = [effect.transaction for effect in effects(booked(*drafts), {}) if not effect.fault]
    outcome = Trial(rows, method).outcome(candidate)
    ordered = sorted([*(row.draft for row in rows), candidate], key=lambda each: each.time_ms)
    state = new_ledger(method)
    faults = append_possible_rows(state, ordered)
    if any(fault.draft is candidate for fault in faults):
        assert outcome is None
    else:
        assert outcome is not None
        assert outcome.units == state.quantity
