"""Matching what came in with what went out: every result and every fee is somewhere, and only once."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.ledger import replay
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import CostMethod, TransactionDraft
from levdesk.services.explain_input import PortfolioRows
from levdesk.services.explain_lots import Holding, match_lots
from tests.domain.strategies import amounts, buy, draft, figures, ledgers, methods

PRICES = amounts("0.000000000001", "1000", places=12)


def matched(*drafts: TransactionDraft, method: CostMethod = CostMethod.FIFO, price: str | None = "5") -> Holding:
    rows = PortfolioRows(method=method, drafts=drafts)
    return match_lots([rows], None if price is None else Decimal(price))


def rounding(rows: tuple[TransactionDraft, ...], holding: Holding) -> Decimal:
    """What the shares of units carried away may be off: their 34 digits, at the price and fee of the dearest unit."""
    values = [stay.start_value + stay.end_value for stay in holding.stays]
    dearest = max(((row.price or ZERO) + row.fee / row.quantity for row in rows if row.quantity), default=ZERO)
    most = sum((row.quantity for row in rows if row.quantity), ZERO)
    return Decimal("1e-25") * (1 + max(values, default=ZERO)) + Decimal("1e-33") * len(rows) * most * dearest


@given(rows=ledgers(), method=methods, price=PRICES)
def test_the_stays_come_to_the_position_s_own_result_to_the_last_digit(
    rows: tuple[TransactionDraft, ...], method: CostMethod, price: Decimal
) -> None:
    holding = match_lots([PortfolioRows(method=method, drafts=rows)], price)
    position = replay(rows, method).position()
    assert holding.position == position
    assert position.cost_basis is not None
    made = sum((stay.end_value - stay.start_value - stay.fees for stay in holding.stays), ZERO)
    total = position.realised_pnl + position.quantity * price - position.cost_basis
    assert holding.total == total
    carried = any(row.type.value == "transfer_out" for row in rows)
    # Value and fee of units that are carried away are rounded apart; without them nothing is rounded at all.
    assert abs(made - holding.carried_fees - total) <= (rounding(rows, holding) if carried else 0)
    if not carried:
        assert sum((stay.fees for stay in holding.stays), ZERO) == position.fees_paid
    open_units = sum((stay.units for stay in holding.stays if stay.left is None), ZERO)
    assert abs(open_units - position.quantity) <= position.quantity * Decimal("1e-30")


@given(rows=ledgers(unknown_costs=True), method=methods)
def test_what_came_at_an_unknown_cost_is_in_no_stay(rows: tuple[TransactionDraft, ...], method: CostMethod) -> None:
    holding = match_lots([PortfolioRows(method=method, drafts=rows)], Decimal(1))
    assert (holding.total is None) is (holding.position.cost_basis is None)
    assert all(stay.start_value >= 0 and stay.end_value >= 0 and stay.fees >= 0 for stay in holding.stays)


def test_first_in_first_out_shares_one_sale_between_two_purchases() -> None:
    holding = matched(buy("10", "2", fee="1"), buy("10", "3", at=1), draft("sell", "15", "4", at=2, fee="3"))
    first, second, kept = holding.stays
    assert figures(first, "units start_value end_value fees") == [10, 20, 40, 3]
    assert figures(second, "units start_value end_value fees") == [5, 15, 20, 1]
    assert figures(kept, "units start_value end_value left") == [5, 15, 25, None]
    assert holding.total == 40 + 20 - 20 - 15 - 4 + 25 - 15


def test_last_in_first_out_and_average_cost_come_to_the_same_total() -> None:
    rows = (buy("10", "2"), buy("10", "3", at=1), draft("sell", "15", "4", at=2))
    totals = [matched(*rows, method=method).total for method in CostMethod]
    assert totals == [35, 35, 35]
    assert [stay.start_value for stay in matched(*rows, method=CostMethod.LIFO).stays] == [30, 10, 10]


def test_a_merge_between_changes_units_and_no_value() -> None:
    holding = matched(buy("1000", "0.02"), draft("merge", "100", at=1), draft("sell", "4", "3", at=2))
    sold, kept = holding.stays
    assert figures(sold, "start_units units start_value end_value") == [400, 4, 8, 12]
    assert figures(kept, "start_units units start_value end_value") == [600, 6, 12, 30]


def test_a_fee_in_units_is_a_dealing_fee_at_the_row_s_price() -> None:
    holding = matched(buy("10", "2", fee="0.5", fee_currency="BTC3L"))
    (kept,) = holding.stays
    assert figures(kept, "units start_value end_value fees") == [Decimal("9.5"), 19, Decimal("47.5"), 1]


def test_what_is_carried_away_leaves_its_fee_only() -> None:
    holding = matched(buy("10", "2"), draft("transfer_out", "4", at=1, fee="1"))
    assert holding.carried_fees == 1
    assert [stay.units for stay in holding.stays] == [6]
    assert holding.total == 30 - 12 - 1


def test_under_average_cost_every_lot_gives_its_share_to_what_is_carried_away() -> None:
    rows = (buy("10", "2", fee="1"), buy("30", "4", at=1), draft("transfer_out", "20", at=2))
    holding = matched(*rows, method=CostMethod.AVERAGE)
    first, second = holding.stays
    assert figures(first, "units start_value fees") == [5, 10, Decimal("0.5")]
    assert figures(second, "units start_value end_value") == [15, 60, 75]
    assert holding.total == 100 - Decimal("70.5")


def test_a_settlement_at_nothing_is_a_stay_that_ended_at_nothing() -> None:
    (lost,) = matched(buy("10", "2"), draft("settle", None, "0", at=1)).stays
    assert figures(lost, "end_value start_value") == [0, 20]


def test_without_a_price_what_is_still_held_has_no_result_and_what_was_sold_has() -> None:
    holding = matched(buy("10", "2"), draft("sell", "4", "3", at=1), price=None)
    assert holding.total is None
    assert holding.market_value is None
    assert [stay.units for stay in holding.stays] == [4]


def test_a_row_that_cannot_have_happened_is_passed_over() -> None:
    holding = matched(buy("10", "2"), draft("sell", "40", "3", at=1), draft("sell", "10", "3", at=2))
    assert [stay.end_value for stay in holding.stays] == [30]
    assert holding.last_ms == holding.flows[0][-1].ts_ms


@given(rows=st.lists(ledgers(max_rows=6), max_size=3))
def test_portfolios_are_matched_each_by_itself(rows: list[tuple[TransactionDraft, ...]]) -> None:
    price = Decimal("1.5")
    apart = [match_lots([PortfolioRows(method=CostMethod.FIFO, drafts=drafts)], price) for drafts in rows]
    both = match_lots([PortfolioRows(method=CostMethod.FIFO, drafts=drafts) for drafts in rows], price)
    assert len(both.stays) == sum(len(one.stays) for one in apart)
    assert both.total == sum((one.total or ZERO for one in apart), ZERO)
