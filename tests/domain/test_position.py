"""Positions together, prices across merges, and the holding along its rows."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given

from levdesk.domain.holding_history import HistoryPoint, holding_history, quantity_at
from levdesk.domain.ledger import replay
from levdesk.domain.position import NOTHING_HELD, Position, combine, merge_factor
from levdesk.domain.transactions import CostMethod, TransactionDraft
from tests.domain.strategies import START_MS, buy, draft, ledgers, methods

MINUTE_MS = 60_000


@given(ledgers(unknown_costs=True), methods)
def test_positions_of_several_portfolios_add_up(rows: tuple[TransactionDraft, ...], method: CostMethod) -> None:
    one, other = replay(rows, method).position(), replay(rows[:3], CostMethod.FIFO).position()
    both = combine([one, other])
    assert both.quantity == one.quantity + other.quantity
    assert both.realised_pnl == one.realised_pnl + other.realised_pnl
    assert both.row_count == one.row_count + other.row_count
    if one.cost_basis is None or other.cost_basis is None:
        assert both.cost_basis is None
    else:
        assert both.cost_basis == one.cost_basis + other.cost_basis
    assert both.money_in - both.money_out == one.money_in - one.money_out + other.money_in - other.money_out


@given(ledgers(), methods)
def test_together_they_still_explain_where_the_money_is(rows: tuple[TransactionDraft, ...], method: CostMethod) -> None:
    both = combine([replay(rows, method).position(), replay(rows[:3], CostMethod.FIFO).position()])
    assert both.cost_basis is not None
    assert both.money_in - both.money_out == both.cost_basis - both.realised_pnl


def test_a_position_alone_is_itself_and_none_is_nothing() -> None:
    alone = Position(quantity=Decimal(1))
    assert combine([alone]) is alone
    assert combine([]) == NOTHING_HELD


def test_a_price_before_a_merge_is_multiplied_to_stand_in_todays_units() -> None:
    merges = ((100, Decimal(10)), (200, Decimal(3)))
    assert [merge_factor(merges, ts_ms) for ts_ms in (0, 99, 100, 199, 200)] == [30, 30, 3, 3, 1]


def test_the_quantity_at_a_moment_counts_the_rows_of_that_moment() -> None:
    rows = buy("10", "1"), draft("merge", "10", at=1), buy("3", "1", at=2)
    times = [START_MS - 1, START_MS, START_MS + MINUTE_MS - 1, START_MS + MINUTE_MS, START_MS + 2 * MINUTE_MS]
    assert [quantity_at(rows, at_ms) for at_ms in times] == [0, 10, 10, 1, 4]


def test_a_row_that_cannot_have_happened_is_passed_over() -> None:
    rows = buy("10", "1"), draft("sell", "11", "1", at=1), draft("sell", "4", "1", at=2)
    assert quantity_at(rows, START_MS + MINUTE_MS) == 10
    assert [point.quantity for point in holding_history(rows, CostMethod.FIFO)] == [10, 10, 6]


def test_the_history_has_one_point_for_each_moment() -> None:
    rows = buy("10", "2"), buy("10", "4"), draft("merge", "10", at=1), draft("sell", "1", "50", at=2, fee="1")
    assert holding_history(rows, CostMethod.FIFO) == (
        HistoryPoint(ts_ms=START_MS, quantity=Decimal(20), invested=Decimal(60)),
        HistoryPoint(ts_ms=START_MS + MINUTE_MS, quantity=Decimal(2), invested=Decimal(60)),
        HistoryPoint(ts_ms=START_MS + 2 * MINUTE_MS, quantity=Decimal(1), invested=Decimal(11)),
    )


@given(ledgers(), methods)
def test_the_history_ends_where_the_position_stands(rows: tuple[TransactionDraft, ...], method: CostMethod) -> None:
    points = holding_history(rows, method)
    position = replay(rows, method).position()
    end = points[-1] if points else HistoryPoint(ts_ms=0, quantity=Decimal(0), invested=Decimal(0))
    assert (end.quantity, end.invested) == (position.quantity, position.money_in - position.money_out)
    assert all(point.quantity == quantity_at(rows, point.ts_ms) for point in points)
