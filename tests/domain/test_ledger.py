"""The ledger: lots, results and fees of one token's rows."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.ledger import LedgerFault, append_possible_rows, append_rows, new_ledger, replay
from levdesk.domain.ledger_state import LedgerState
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType
from tests.domain.strategies import START_MS, buy, draft, figures, ledgers, methods, prices, ratios

FIFO, LIFO, AVERAGE = CostMethod.FIFO, CostMethod.LIFO, CostMethod.AVERAGE
MINUTE_MS = 60_000


def after(*rows: TransactionDraft, method: CostMethod = FIFO) -> LedgerState:
    return replay(rows, method, keep_disposals=True)


# -- what each row means ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["buy", "subscribe"])
def test_a_fee_in_quote_currency_is_part_of_the_cost_of_what_is_bought(kind: str) -> None:
    position = after(draft(kind, "100", "2.4614", fee="0.49228")).position()
    assert position.quantity == 100
    assert position.cost_basis == Decimal("246.63228")
    assert position.fees_paid == Decimal("0.49228")
    assert position.money_in == Decimal("246.63228")
    assert position.first_bought_ms == START_MS


def test_a_fee_in_the_token_reduces_the_units_received_and_is_valued_at_the_trades_price() -> None:
    position = after(buy("100", "2", fee="0.2", fee_currency="BTC3L")).position()
    assert position.quantity == Decimal("99.8")
    assert position.cost_basis == 200
    assert position.fees_paid == Decimal("0.4")


@pytest.mark.parametrize("kind", ["sell", "redeem"])
def test_a_fee_on_a_sale_reduces_the_proceeds(kind: str) -> None:
    state = after(buy("10", "2"), draft(kind, "4", "3", at=1, fee="0.5"))
    position = state.position()
    assert position.realised_pnl == Decimal("3.5")  # 12 − 0.5 − 8
    assert figures(position, "quantity cost_basis") == [6, 12]
    assert position.money_out == Decimal("11.5")
    (disposal,) = state.disposals()
    assert figures(disposal, "proceeds cost realised") == [Decimal("11.5"), 8, Decimal("3.5")]
    assert figures(disposal, "row type ts_ms") == [1, TransactionType(kind), START_MS + MINUTE_MS]


def test_a_fee_in_the_token_on_a_sale_takes_its_units_along_at_cost() -> None:
    position = after(buy("10", "2"), draft("sell", "4", "3", at=1, fee="1", fee_currency="BTC3L")).position()
    assert position.quantity == 5
    assert position.realised_pnl == 2  # 4 × 3 − 5 × 2
    assert position.fees_paid == 3


def test_a_transfer_in_brings_its_cost_along() -> None:
    position = after(draft("transfer_in", "10", "1.5", fee="0.2")).position()
    assert figures(position, "quantity cost_basis") == [10, Decimal("15.2")]


def test_a_transfer_in_without_a_price_makes_the_cost_unknown_not_zero() -> None:
    state = after(buy("10", "2"), draft("transfer_in", "5", at=1), draft("sell", "12", "3", at=2))
    position = state.position()
    assert position.quantity == 3
    assert position.cost_basis is None
    assert figures(position, "realised_pnl unknown_results") == [0, 1]
    (disposal,) = state.disposals()
    assert figures(disposal, "proceeds cost realised") == [36, None, None]
    assert [lot.cost for lot in disposal.lots] == [20, None]


def test_an_unknown_lot_that_is_sold_leaves_a_known_cost_behind() -> None:
    position = after(draft("transfer_in", "5"), buy("10", "2", at=1), draft("sell", "5", "3", at=2)).position()
    assert figures(position, "quantity cost_basis unknown_results") == [10, 20, 1]


def test_a_transfer_out_leaves_at_cost_and_without_a_result() -> None:
    state = after(buy("10", "2"), buy("10", "4", at=1), draft("transfer_out", "15", at=2))
    position = state.position()
    assert figures(position, "quantity cost_basis realised_pnl") == [5, 20, 0]
    assert position.money_out == 40
    assert state.disposals()[0].realised == 0


@pytest.mark.parametrize(
    ("price", "fee", "currency", "left", "lost"),
    [
        (None, "0.7", "", "6", "0.7"),  # in quote currency
        (None, "1", "BTC3L", "5", "2"),  # units at their cost
        ("3", "1", "BTC3L", "5", "3"),  # units at the row's price
    ],
)
def test_a_fee_on_a_transfer_out_is_a_fee_and_a_loss(
    price: str | None, fee: str, currency: str, left: str, lost: str
) -> None:
    rows = buy("10", "2"), draft("transfer_out", "4", price, at=1, fee=fee, fee_currency=currency)
    position = after(*rows).position()
    assert position.quantity == Decimal(left)
    assert position.fees_paid == Decimal(lost)
    assert position.realised_pnl == -Decimal(lost)


def test_a_fee_in_units_that_nothing_values_is_counted_as_such() -> None:
    rows = draft("transfer_in", "10"), draft("transfer_out", "4", at=1, fee="1", fee_currency="BTC3L")
    position = after(*rows).position()
    assert figures(position, "quantity fees_paid unvalued_fees unknown_results") == [5, 0, 1, 1]
    arrival = after(draft("transfer_in", "10", fee="1", fee_currency="BTC3L")).position()
    assert figures(arrival, "quantity unvalued_fees") == [9, 1]


def test_a_merge_makes_fewer_units_of_the_same_cost_and_keeps_their_age() -> None:
    state = after(buy("1000", "0.05"), buy("500", "0.02", at=1), draft("merge", "100", at=2))
    first, second = state.open_lots()
    assert figures(first, "acquired_ms units cost") == [START_MS, 10, 50]
    assert figures(second, "acquired_ms units cost") == [START_MS + MINUTE_MS, 5, 10]
    position = state.position()
    assert figures(position, "quantity cost_basis realised_pnl") == [15, 60, 0]
    assert position.merges == ((START_MS + 2 * MINUTE_MS, Decimal(100)),)


def test_units_after_a_merge_are_new_units() -> None:
    rows = buy("1000", "0.05"), draft("merge", "100", at=1), buy("5", "6", at=2), draft("sell", "12", "7", at=3)
    position = after(*rows).position()
    assert figures(position, "quantity cost_basis") == [3, 18]
    assert position.realised_pnl == 84 - 50 - 12


def test_a_sale_of_what_is_shown_as_held_sells_everything_even_where_a_merge_does_not_divide() -> None:
    state = after(buy("20", "3"), draft("merge", "3", at=1))
    shown = state.quantity
    assert shown * 3 != 20
    append_rows(state, [draft("sell", str(shown), "10", at=2)])
    assert figures(state.position(), "quantity cost_basis") == [0, 0]


def test_merges_before_a_new_start_do_not_touch_later_units() -> None:
    rows = buy("10", "1"), draft("merge", "10", at=1), draft("sell", "1", "9", at=2), buy("7", "2", at=3)
    assert after(*rows).quantity == 7


def test_a_settlement_turns_all_units_into_money() -> None:
    position = after(buy("10", "2"), buy("10", "4", at=1), draft("settle", None, "1.5", at=2, fee="0.25")).position()
    assert figures(position, "quantity cost_basis first_bought_ms") == [0, 0, None]
    assert position.realised_pnl == Decimal("-30.25")
    assert position.fees_paid == Decimal("0.25")


def test_a_settlement_may_pay_nothing_and_may_name_its_units() -> None:
    assert after(buy("10", "2"), draft("settle", None, "0", at=1)).position().realised_pnl == -20
    assert after(buy("10", "2"), draft("settle", "4", "0", at=1)).quantity == 6


def test_a_settlement_fee_in_the_token_comes_out_of_the_units_settled() -> None:
    position = after(buy("10", "2"), draft("settle", None, "3", at=1, fee="1", fee_currency="BTC3L")).position()
    assert figures(position, "quantity realised_pnl fees_paid") == [0, 7, 3]


@pytest.mark.parametrize(
    ("method", "realised", "open_cost", "first_bought"),
    [(FIFO, 6, 10, 1), (LIFO, 2, 6, 0), (AVERAGE, "4", "8", 0)],
)
def test_the_cost_method_decides_which_lot_a_sale_uses(
    method: CostMethod, realised: str, open_cost: str, first_bought: int
) -> None:
    rows = buy("2", "3"), buy("2", "5", at=1), draft("sell", "2", "6", at=2)
    position = after(*rows, method=method).position()
    assert figures(position, "realised_pnl cost_basis") == [Decimal(realised), Decimal(open_cost)]
    assert position.first_bought_ms == START_MS + first_bought * MINUTE_MS


def test_a_part_of_a_lot_costs_its_exact_share_where_there_is_one() -> None:
    state = after(buy("3", "10"), draft("sell", "1", "10", at=1))
    assert state.position().realised_pnl == 0
    assert state.position().cost_basis == 20


def test_every_digit_of_a_long_number_is_kept() -> None:
    position = after(buy("123456789012.123456789012345678", "0.000000000000000001", fee="0.1")).position()
    assert position.cost_basis == Decimal("0.100000123456789012123456789012345678")


# -- rows that cannot be ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (draft("sell", "12", "1", at=60), "selling 12 BTC3L but only 10 held on 2023-11-14 23:13 UTC"),
        (draft("redeem", "10.5", "1", at=60), "redeeming 10.5 BTC3L but only 10 held on 2023-11-14 23:13 UTC"),
        (draft("transfer_out", "12", at=60), "transferring out 12 BTC3L but only 10 held on 2023-11-14 23:13 UTC"),
        (
            draft("sell", "10", "1", at=60, fee="0.1", fee_currency="BTC3L"),
            "selling 10.1 BTC3L (with a fee of 0.1) but only 10 held on 2023-11-14 23:13 UTC",
        ),
        (draft("settle", "11", "1", at=60), "settling 11 BTC3L but only 10 held on 2023-11-14 23:13 UTC"),
    ],
)
def test_more_than_is_held_cannot_leave(row: TransactionDraft, message: str) -> None:
    with pytest.raises(LedgerFault) as caught:
        after(buy("10", "2"), row)
    assert caught.value.message == message
    assert (caught.value.draft, caught.value.row) == (row, 1)


@pytest.mark.parametrize("row", [draft("merge", "10"), draft("settle", None, "1")])
def test_nothing_held_cannot_be_merged_or_settled(row: TransactionDraft) -> None:
    with pytest.raises(LedgerFault, match="BTC3L but none held on 2023-11-14 22:13 UTC"):
        after(row)


def test_a_fee_that_eats_the_whole_buy_cannot_be() -> None:
    with pytest.raises(LedgerFault, match="the fee of 2 leaves nothing of the buy of 2 BTC3L"):
        after(buy("2", "1", fee="2", fee_currency="BTC3L"))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (draft("buy", None, "1"), "buying BTC3L without a quantity"),
        (draft("buy", "1"), "buying BTC3L without a price"),
        (draft("sell", None, "1"), "selling BTC3L without a quantity"),
        (draft("settle", None), "settling BTC3L without a price"),
        (draft("merge", None), "merging BTC3L without a quantity"),
        (draft("transfer_out", None), "transferring out BTC3L without a quantity"),
    ],
)
def test_a_row_without_its_figures_is_named(row: TransactionDraft, words: str) -> None:
    with pytest.raises(LedgerFault, match=words):
        after(row)


@given(ledgers(), methods, st.sampled_from(["sell", "redeem", "transfer_out", "settle"]), ratios)
def test_a_faulty_row_leaves_no_trace(
    rows: tuple[TransactionDraft, ...], method: CostMethod, kind: str, ratio: Decimal
) -> None:
    state = replay(rows, method, keep_disposals=True)
    before = state.position(), state.open_lots(), state.disposals()
    too_much = state.quantity * 2 + ratio
    with pytest.raises(LedgerFault):
        append_rows(state, [draft(kind, str(too_much), "1", fee="1", fee_currency="BTC3L", at=10**7)])
    assert (state.position(), state.open_lots(), state.disposals()) == before


def test_faulty_rows_can_be_passed_over_and_named() -> None:
    state = new_ledger(FIFO, keep_disposals=True)
    rows = draft("merge", "2"), buy("10", "2", at=1), draft("sell", "11", "3", at=2), draft("sell", "4", "3", at=3)
    faults = append_possible_rows(state, rows)
    assert [(fault.row, fault.draft) for fault in faults] == [(0, rows[0]), (2, rows[2])]
    assert figures(state.position(), "quantity realised_pnl row_count") == [6, 4, 4]
    assert [disposal.row for disposal in state.disposals()] == [3]


# -- what no order of rows and no method may change --------------------------------------------------------------------


@given(ledgers(), methods)
def test_money_is_conserved_to_the_last_digit(rows: tuple[TransactionDraft, ...], method: CostMethod) -> None:
    state = replay(rows, method, keep_disposals=True)
    position = state.position()
    costs_gone = sum((disposal.cost or ZERO for disposal in state.disposals()), ZERO)
    assert position.cost_basis is not None
    assert position.cost_basis + costs_gone == position.money_in
    assert position.money_in - position.money_out == position.cost_basis - position.realised_pnl
    assert position.unknown_results == 0


@given(ledgers(unknown_costs=True), methods)
def test_units_are_conserved_and_do_not_depend_on_the_method(
    rows: tuple[TransactionDraft, ...], method: CostMethod
) -> None:
    state = replay(rows, method, keep_disposals=True)
    assert state.quantity == replay(rows, AVERAGE).quantity
    assert sum((units for _, units, _ in state.queue.lots), ZERO) == state.queue.units
    assert _close(state.queue.units / state.factor, _held_by_hand(rows))
    assert all(lot.units > 0 for lot in state.open_lots())
    assert all(cost is None or cost >= 0 for _, _, cost in state.queue.lots)


@given(ledgers(unknown_costs=True), methods)
def test_known_costs_are_found_again_in_open_lots_or_in_parts_used(
    rows: tuple[TransactionDraft, ...], method: CostMethod
) -> None:
    if method is AVERAGE:  # a pool with one unknown cost is unknown as a whole
        rows = tuple(row for row in rows if row.price is not None or row.type is not TransactionType.TRANSFER_IN)
    state = new_ledger(method, keep_disposals=True)
    append_possible_rows(state, rows)
    found = [lot.cost for lot in state.open_lots()]
    found += [lot.cost for disposal in state.disposals() for lot in disposal.lots]
    assert sum((cost for cost in found if cost is not None), ZERO) == state.money_in


@given(ledgers(sold_out=True))
def test_all_methods_agree_on_the_result_once_everything_is_gone(rows: tuple[TransactionDraft, ...]) -> None:
    ends = [replay(rows, method, keep_disposals=True).position() for method in CostMethod]
    without_transfers = not any(row.type is TransactionType.TRANSFER_OUT for row in rows)
    if without_transfers:  # what a transfer carries away depends on the lots it takes
        assert len({end.realised_pnl for end in ends}) == 1
        assert len({(end.money_in, end.money_out, end.fees_paid) for end in ends}) == 1
    assert {(end.quantity, end.cost_basis) for end in ends} == {(ZERO, ZERO)}
    assert all(end.realised_pnl == end.money_out - end.money_in for end in ends)


@given(ledgers(), methods, ratios, prices)
def test_a_merge_changes_no_value_and_no_cost(
    rows: tuple[TransactionDraft, ...], method: CostMethod, ratio: Decimal, price: Decimal
) -> None:
    before = replay(rows, method, keep_disposals=True)
    if not before.quantity:
        return
    after_merge = before.copy()
    append_rows(after_merge, [draft("merge", str(ratio), at=10**7)])
    assert after_merge.position().cost_basis == before.position().cost_basis
    assert after_merge.position().realised_pnl == before.position().realised_pnl
    assert [lot.cost for lot in after_merge.open_lots()] == [lot.cost for lot in before.open_lots()]
    value, value_after = before.quantity * price, after_merge.quantity * (price * ratio)
    assert _close(value, Fraction(value_after))


@given(ledgers(), methods, st.integers(0, 14))
def test_taking_rows_in_two_goes_is_taking_them_in_one(
    rows: tuple[TransactionDraft, ...], method: CostMethod, cut: int
) -> None:
    whole = replay(rows, method, keep_disposals=True)
    first = replay(rows[:cut], method, keep_disposals=True)
    first_position = first.position()
    second = first.copy()
    append_rows(second, rows[cut:])
    assert second.position() == whole.position()
    assert second.open_lots() == whole.open_lots()
    assert second.disposals() == whole.disposals()
    assert first.position() == first_position, "the copy must not touch its origin"


@given(ledgers(), methods)
def test_lots_agree_with_a_ledger_kept_in_fractions(rows: tuple[TransactionDraft, ...], method: CostMethod) -> None:
    state = replay(rows, method, keep_disposals=True)
    by_hand = _lots_by_hand(rows, method)
    lots = state.open_lots()
    assert [lot.acquired_ms for lot in lots] == [acquired_ms for acquired_ms, _, _ in by_hand]
    for lot, (_, units, cost) in zip(lots, by_hand, strict=True):
        assert lot.cost is not None
        assert _close(lot.units, units)
        assert _close(lot.cost, cost)


@given(ledgers(), methods)
def test_open_lots_stand_in_order_of_age(rows: tuple[TransactionDraft, ...], method: CostMethod) -> None:
    lots = replay(rows, method, keep_disposals=True).open_lots()
    assert all(older.acquired_ms <= newer.acquired_ms for older, newer in pairwise(lots))
    assert method is not AVERAGE or len(lots) <= 1


@given(ledgers(unknown_costs=True), methods)
def test_disposals_are_the_outgoing_rows(rows: tuple[TransactionDraft, ...], method: CostMethod) -> None:
    outgoing = {"sell", "redeem", "transfer_out", "settle"}
    disposals = replay(rows, method, keep_disposals=True).disposals()
    assert [disposal.row for disposal in disposals] == [n for n, row in enumerate(rows) if row.type in outgoing]
    for disposal in disposals:
        assert _close(disposal.units, sum((Fraction(lot.units) for lot in disposal.lots), Fraction(0)))


def test_disposals_are_kept_only_on_request() -> None:
    assert replay((buy("2", "1"), draft("sell", "1", "1", at=1)), FIFO).disposals() == ()


def test_a_new_ledger_holds_nothing() -> None:
    position = new_ledger(FIFO).position()
    assert figures(position, "quantity cost_basis first_bought_ms row_count") == [0, 0, None, 0]


# -- the same by hand ------------------------------------------------------------------------------------------------


def _close(value: Decimal, exact: Fraction) -> bool:
    """Equal but for the rounding of shares, which keeps 34 digits each time."""
    return abs(Fraction(value) - exact) <= abs(exact) * Fraction(1, 10**15) + Fraction(1, 10**25)


def _held_by_hand(rows: tuple[TransactionDraft, ...]) -> Fraction:
    return sum((units for _, units, _ in _lots_by_hand(rows, FIFO)), Fraction(0))


def _lots_by_hand(rows: tuple[TransactionDraft, ...], method: CostMethod) -> list[tuple[int, Fraction, Fraction]]:
    lots: list[tuple[int, Fraction, Fraction]] = []
    for row in rows:
        quantity = Fraction(row.quantity) if row.quantity is not None else sum((u for _, u, _ in lots), Fraction(0))
        fee = Fraction(row.fee)
        in_token = row.fee_currency == "BTC3L"
        if row.type in {"buy", "subscribe", "transfer_in"}:
            cost = quantity * Fraction(row.price or 0) + (0 if in_token else fee)
            lots.append((row.time_ms, quantity - (fee if in_token else 0), cost))
            if method is AVERAGE:
                lots = [
                    (lots[0][0], sum((u for _, u, _ in lots), Fraction(0)), sum((c for *_, c in lots), Fraction(0)))
                ]
        elif row.type is TransactionType.MERGE:
            lots = [(acquired_ms, units / quantity, cost) for acquired_ms, units, cost in lots]
        else:
            left = quantity + (fee if in_token else 0)
            while left > 0:
                acquired_ms, units, cost = lots.pop(-1 if method is LIFO else 0)
                if units > left:
                    rest = (acquired_ms, units - left, cost * (units - left) / units)
                    lots.insert(len(lots) if method is LIFO else 0, rest)
                left -= min(units, left)
    return lots


def test_the_strategy_reaches_every_type_of_row() -> None:
    seen: Counter[str] = Counter()

    @given(ledgers(unknown_costs=True))
    def collect(rows: tuple[TransactionDraft, ...]) -> None:
        seen.update(row.type.value for row in rows)

    collect()
    assert set(seen) == {kind.value for kind in TransactionType}


@pytest.mark.parametrize("method", CostMethod)
@pytest.mark.parametrize("kind", [kind for kind in TransactionType if kind is not TransactionType.SETTLE])
def test_a_row_of_no_units_cannot_have_happened_and_leaves_no_trace(kind: TransactionType, method: CostMethod) -> None:
    state = new_ledger(method)
    nothing = draft(kind, "0", "1")
    (alone,) = append_possible_rows(state, [nothing])
    assert "moves nothing" in alone.message
    append_rows(state, [buy("10", "2")])
    before = state.position()
    append_possible_rows(state, [nothing])
    assert state.position().quantity == before.quantity
    assert state.position().cost_basis == before.cost_basis
    append_rows(state, [draft(TransactionType.SELL, "10", "3")])
