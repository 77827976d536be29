from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.attribution import TERM_NAMES, Terms, explain, with_observed
from levdesk.domain.basket import BasketCosts, BasketRule
from levdesk.domain.basket_path import run_basket
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.money_split import HoldingPiece, MoneyTerms, split_piece, split_result

MONEY = st.decimals("0.00000001", "1000000", allow_nan=False, allow_infinity=False, places=18)
LOGS = st.builds(Terms, **{name: st.floats(-2, 2) for name in TERM_NAMES})


@given(start=MONEY, end=MONEY, fees=st.decimals(0, 100, places=18), terms=LOGS)
def test_the_parts_are_the_profit_or_loss_to_the_last_digit(
    start: Decimal, end: Decimal, fees: Decimal, terms: Terms
) -> None:
    found = split_piece(HoldingPiece(start_value=start, end_value=end, terms=terms, trading_fees=fees))
    assert found.total == end - start - fees
    assert found.trading_fees == -fees


@given(start=MONEY, end=MONEY, terms=LOGS)
def test_the_split_is_the_logarithmic_mean(start: Decimal, end: Decimal, terms: Terms) -> None:
    found = split_piece(HoldingPiece(start_value=start, end_value=end, terms=terms))
    first, last = float(start), float(end)
    log = math.log(float(end / start))
    mean = (last - first) / log if abs(log) > 1e-6 else first
    slack = 1e-5 * max(first, last) + 1e-7
    assert float(found.funding) == pytest.approx(mean * terms.funding, abs=slack)
    assert float(found.leveraged_move) == pytest.approx(mean * terms.leveraged_move, abs=slack)


@given(pieces=st.lists(st.tuples(MONEY, MONEY, LOGS), max_size=6))
def test_lots_holdings_and_portfolios_add_up(pieces: list[tuple[Decimal, Decimal, Terms]]) -> None:
    held = [HoldingPiece(start_value=start, end_value=end, terms=terms) for start, end, terms in pieces]
    found = split_result(held)
    assert found.total == sum((end - start for start, end, _ in pieces), Decimal(0))
    half = len(held) // 2
    assert split_result(held[:half]) + split_result(held[half:]) == found


def test_the_same_input_gives_the_same_split_and_a_term_of_nothing_stays_nothing() -> None:
    terms = Terms(leveraged_move=0.1, volatility_decay=-0.3, funding=-0.01)
    piece = HoldingPiece(
        start_value=Decimal("1000.123456789012345678"), end_value=Decimal("800.5"), terms=terms, trading_fees=Decimal(1)
    )
    found = split_piece(piece)
    assert found == split_piece(piece)
    assert found.management_fee == found.rebalance_cost == 0
    assert str(found.rebalance_cost) == "0E-8"
    # The digits finer than eight places are with the largest part.
    assert found.volatility_decay.as_tuple().exponent == -18
    assert found.funding.as_tuple().exponent == -8


def test_what_the_terms_do_not_explain_is_shown_as_residual() -> None:
    found = split_piece(HoldingPiece(start_value=Decimal(100), end_value=Decimal(110), terms=Terms()))
    assert found == MoneyTerms(residual=Decimal(10))
    still = split_piece(HoldingPiece(start_value=Decimal(100), end_value=Decimal(100), terms=Terms()))
    assert still.total == 0


def test_a_flat_result_can_hide_large_parts() -> None:
    terms = Terms(leveraged_move=0.2, volatility_decay=-0.2)
    found = split_piece(HoldingPiece(start_value=Decimal(100), end_value=Decimal(100), terms=terms))
    assert found.leveraged_move == Decimal(20)
    assert found.volatility_decay == Decimal(-20)


def test_a_partial_sale_is_two_pieces_of_one_lot() -> None:
    """100 units bought, 40 of them sold at row 5, the rest held to the end."""
    prices = np.array([100.0, 102, 99, 105, 103, 101, 104, 108, 110, 104, 101, 99, 100])
    path = run_basket(
        prices,
        BasketRule(target=3.0, every_rows=3),
        costs=BasketCosts(fee_ratio=0.0003, cost_ratio=0.0006),
        funding_rates=0.0001,
    )
    navs = [Decimal(repr(nav)) for nav in path.nav_rows().tolist()]
    sold = HoldingPiece(start_value=40 * navs[0], end_value=40 * navs[5], terms=explain(path, 0, 5).terms)
    kept = HoldingPiece(start_value=60 * navs[0], end_value=60 * navs[12], terms=explain(path).terms)
    found = split_result([sold, kept])
    assert found.total == 40 * (navs[5] - navs[0]) + 60 * (navs[12] - navs[0])
    assert abs(found.residual) < Decimal("1e-7")
    assert found.funding < 0


def test_a_wiped_out_piece_lost_its_last_value_to_the_move_itself() -> None:
    path = run_basket(np.array([100.0, 110.0, 66.0]), BasketRule(target=3.0, every_rows=1))
    found = explain(path)
    split = split_piece(HoldingPiece(start_value=Decimal(100), end_value=Decimal(0), terms=found.terms))
    assert split.total == Decimal(-100)
    assert float(split.leveraged_move) == pytest.approx(100 * 0.3 / math.log(1.3) * 3 * math.log(1.1) - 130)
    assert split.residual == 0


def test_a_premium_is_a_part_of_its_own() -> None:
    terms = with_observed(Terms(leveraged_move=0.1), math.exp(0.1) * 1.01, 0.0, 0.01)
    end = Decimal(repr(100 * math.exp(0.1) * 1.01))
    found = split_piece(HoldingPiece(start_value=Decimal(100), end_value=end, terms=terms))
    assert found.premium_change > 1
    assert abs(found.residual) < Decimal("1e-7")


@pytest.mark.parametrize(
    ("start", "end", "fees"), [("0", "1", "0"), ("-1", "1", "0"), ("1", "-1", "0"), ("1", "1", "-1")]
)
def test_values_that_no_holding_has_are_refused(start: str, end: str, fees: str) -> None:
    piece = HoldingPiece(start_value=Decimal(start), end_value=Decimal(end), terms=Terms(), trading_fees=Decimal(fees))
    with pytest.raises(SettingInvalid):
        split_piece(piece)
