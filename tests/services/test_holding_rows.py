"""Very many rows of one holding: what each did, found and ordered as the small table does it, and stopped at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import CostMethod, Transaction, TransactionDraft, TransactionType
from levdesk.services import holding_rows
from levdesk.services.holding_rows import HoldingRows
from levdesk.services.pace import Pace
from levdesk.services.trial import TransactionEffect, effects

KEY = TokenKey("gate", "BTC3L")
METHODS = {1: CostMethod.FIFO, 2: CostMethod.AVERAGE}


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Transaction, ...]:
    rows = []
    for number in range(draw(st.integers(0, 30))):
        draft = TransactionDraft(
            time_ms=draw(st.integers(0, 5)) + number * 3,
            type=draw(st.sampled_from([TransactionType.BUY, TransactionType.SELL])),
            key=KEY,
            quantity=Decimal(draw(st.integers(1, 5))),
            price=Decimal(draw(st.integers(1, 3))),
        )
        rows.append(Transaction(id=number + 1, portfolio_id=draw(st.sampled_from([1, 2])), draft=draft))
    return tuple(sorted(rows, key=lambda row: row.order))


def price(effect: TransactionEffect) -> float:
    return float(effect.transaction.draft.price or 0)


@given(rows=ledgers())
def test_each_row_did_what_it_does_in_the_small_table(rows: tuple[Transaction, ...]) -> None:
    held = HoldingRows(rows, METHODS)
    assert tuple(held.effect(place) for place in range(len(held))) == effects(rows, METHODS)


@given(rows=ledgers(), is_down=st.booleans(), step=st.integers(1, 7))
def test_rows_are_found_and_ordered_by_value_then_time_then_entry(
    rows: tuple[Transaction, ...], is_down: bool, step: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holding_rows, "STEP", step)
        held = HoldingRows(rows, METHODS)
        found = held.matching(lambda row: row.portfolio_id == 1)
        ordered = held.ordered(found, price, is_down=is_down)
    wanted = [effect for effect in effects(rows, METHODS) if effect.transaction.portfolio_id == 1]
    wanted.sort(key=lambda effect: (price(effect), effect.transaction.order), reverse=is_down)
    assert [held.effect(place) for place in ordered] == wanted


def test_without_a_key_rows_stand_by_time() -> None:
    rows = tuple(
        Transaction(
            id=number,
            portfolio_id=1,
            draft=TransactionDraft(
                time_ms=number, type=TransactionType.BUY, key=KEY, quantity=Decimal(1), price=Decimal(1)
            ),
        )
        for number in range(3)
    )
    held = HoldingRows(rows, METHODS)
    assert list(held.ordered(range(3), None, is_down=True)) == [2, 1, 0]
    assert list(held.ordered(range(3), None, is_down=False)) == [0, 1, 2]


WORK: dict[str, Callable[[Sequence[Transaction], HoldingRows, Pace], object]] = {
    "replay": lambda rows, _held, pace: HoldingRows(rows, METHODS, pace),
    "find": lambda _rows, held, pace: held.matching(lambda _row: True, pace),
    "order": lambda rows, held, pace: held.ordered(range(len(rows)), price, is_down=False, pace=pace),
}


@pytest.mark.parametrize("work", WORK)
def test_the_pace_stops_it_anywhere(work: str) -> None:
    draft = TransactionDraft(time_ms=1, type=TransactionType.BUY, key=KEY, quantity=Decimal(1), price=Decimal(1))
    rows = tuple(Transaction(id=number, portfolio_id=1, draft=draft) for number in range(3))
    held = HoldingRows(rows, METHODS)

    def stop(_done_ratio: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        WORK[work](rows, held, stop)
