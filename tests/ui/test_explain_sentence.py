from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.ui.explain.sentence import KeyFigure, stressed, without_amounts
from levdesk.ui.format import DOTS
from levdesk.ui.theme import LIGHT

TEXT = (
    "Your BTC3L is 1,412.18 USDT below what you paid since 12 October: 3× BTC (BTC +0.4 %) made +42.30; "
    "volatility decay took 291.44 and fees and funding 98.02; −22.77 is unexplained."
)


def test_the_result_and_the_largest_loss_stand_out() -> None:
    html = stressed(TEXT, (KeyFigure(Decimal("-1412.18")), KeyFigure(Decimal("-291.44"), "loss")), LIGHT)
    assert '<span style="font-weight:600">1,412.18 USDT below</span>' in html
    assert f'<span style="color:{LIGHT.loss.name()};font-weight:600">291.44</span>' in html
    assert html.count("<span") == 2


def test_a_ratio_a_date_or_a_multiple_is_never_taken_for_an_amount() -> None:
    assert "<span" not in stressed(
        TEXT, (KeyFigure(Decimal("0.4")), KeyFigure(Decimal(12)), KeyFigure(Decimal(3))), LIGHT
    )


def test_a_figure_is_found_as_it_is_rounded() -> None:
    assert "<span" in stressed("It cost 291 in decay.", (KeyFigure(Decimal("-291.44")),), LIGHT)
    assert "<span" not in stressed("It cost 291 in decay.", (KeyFigure(Decimal("-291.51")),), LIGHT)


def test_markup_in_the_text_stays_text() -> None:
    assert stressed("<b>1 < 2</b>", (), LIGHT) == "&lt;b&gt;1 &lt; 2&lt;/b&gt;"


def test_hidden_amounts_leave_everything_else_to_read() -> None:
    hidden = without_amounts(TEXT)
    assert not any(amount in hidden for amount in ("1,412", "42.30", "291", "98.02", "22.77"))
    assert hidden.count(DOTS) == 5
    for kept in ("BTC3L", "12 October", "3× BTC", "+0.4 %"):
        assert kept in hidden


@pytest.mark.parametrize(
    "text",
    ["since 3 May 2025", "23 rebalances", "in 30 days", "16:00 UTC", "at 4.125×", "2.9 σ", "10 h", "63 % of 10,000"],
)
def test_what_is_no_amount_stays(text: str) -> None:
    assert without_amounts(text.replace(" of 10,000", "")) == text.replace(" of 10,000", "")


@given(st.decimals(min_value="0.01", max_value="99999999", places=2))
def test_no_amount_survives_hiding(amount: Decimal) -> None:
    written = f"{amount:,.2f}"
    assert written not in without_amounts(f"It made +{written} and took {written} USDT.")
