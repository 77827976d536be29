from __future__ import annotations

import os
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from levdesk.ui import format as fmt
from levdesk.ui.format import DOTS, MINUS, NARROW, UNKNOWN, Figures

ENGLISH = QLocale("en_US")
D = Decimal


@pytest.fixture
def figures() -> Figures:
    return Figures(ENGLISH)


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(os.environ, "TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12431.2", "12,431.20"),
        ("-812.4", f"{MINUS}812.40"),
        ("0", "0.00"),
        ("-0.001", "0.00"),
        ("1234567890123456789012.345", "1,234,567,890,123,456,789,012.34"),
    ],
)
def test_money_is_written_to_cents_in_groups(figures: Figures, value: str, text: str) -> None:
    assert figures.money(D(value)) == text


def test_signed_money_says_plus_or_minus_but_never_signs_zero(figures: Figures) -> None:
    assert figures.money(D("42.3"), signed=True) == "+42.30"
    assert figures.money(D("-42.3"), signed=True) == f"{MINUS}42.30"
    assert figures.money(D("0.001"), signed=True) == "0.00"


def test_arrows_replace_the_sign(figures: Figures) -> None:
    assert figures.money(D("-231.06"), arrow=True) == f"▼{NARROW}231.06"
    assert figures.percent(D("0.018"), arrow=True) == f"▲{NARROW}1.80{NARROW}%"
    assert figures.money(D(0), arrow=True) == "0.00"


def test_money_names_its_currency_only_when_known(figures: Figures) -> None:
    assert figures.money_in(D(5), "USDT") == f"5.00{NARROW}USDT"
    assert figures.money_in(None, "USDT") == UNKNOWN


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("61000", "61,000"),
        ("61000.5", "61,000.50"),
        ("345.128", "345.13"),
        ("18.441", "18.4410"),
        ("2.4614", "2.4614"),
        ("0.0188", "0.0188"),
        ("0.000238", "0.000238"),
        ("0.00000001234567", "0.00000001235"),
        ("0.5", "0.5000"),
        ("0", "0.0000"),
    ],
)
def test_prices_keep_the_digits_that_mean_something(figures: Figures, value: str, text: str) -> None:
    assert figures.price(D(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("61000", "61,000"), ("1240.000", "1,240"), ("0.12345678", "0.12345678"), ("0.000000000123", "0.000000000123")],
)
def test_quantities_are_not_padded(figures: Figures, value: str, text: str) -> None:
    assert figures.quantity(D(value)) == text


def test_percent_has_two_digits_and_exists_only_here(figures: Figures) -> None:
    assert figures.percent(D("-0.0007")) == f"{MINUS}0.07{NARROW}%"
    assert figures.percent(D("0.0052"), signed=True) == f"+0.52{NARROW}%"


def test_leverage_and_multiples(figures: Figures) -> None:
    assert figures.leverage(D("-6.62")) == f"{MINUS}6.62"
    assert figures.multiple(D("-3")) == f"{MINUS}3×"
    assert figures.multiple(D("1.8442")) == "1.84×"


def test_exact_shows_every_digit(figures: Figures) -> None:
    assert figures.exact(D("1234.567890123456789012")) == "1,234.567890123456789012"


def test_unknown_is_a_dash_everywhere(figures: Figures) -> None:
    writers = (figures.money, figures.price, figures.quantity, figures.percent, figures.leverage, figures.multiple)
    assert {write(None) for write in (*writers, figures.exact)} == {UNKNOWN}
    assert (
        fmt.age(None, 0)
        == fmt.clock(None)
        == fmt.day(None)
        == fmt.moment(None)
        == fmt.moment_with_zone(None)
        == UNKNOWN
    )


def test_hidden_amounts_are_dots_and_market_figures_are_not() -> None:
    hidden = Figures(ENGLISH, hide_amounts=True)
    assert hidden.money(D("5")) == hidden.quantity(D("5")) == DOTS
    assert hidden.money(D("-5"), arrow=True) == f"▼{NARROW}{DOTS}"
    assert hidden.money(None) == UNKNOWN
    assert hidden.price(D("2.4614")) == "2.4614"
    assert hidden.percent(D("0.01")) == f"1.00{NARROW}%"


@pytest.mark.parametrize(
    ("locale", "text"),
    [("de_DE", "12.345.678,90"), ("en_IN", "1,23,45,678.90"), ("de_CH", "12'345'678.90"), ("C", "12,345,678.90")],
)
def test_separators_and_group_sizes_come_from_the_locale(locale: str, text: str) -> None:
    assert Figures(QLocale(locale)).money(D("12345678.9")) == text


def test_spanish_groups_only_from_five_digits() -> None:
    spanish = Figures(QLocale("es_ES"))
    assert (spanish.money(D("1234.5")), spanish.money(D("12345.5"))) == ("1234,50", "12.345,50")


def test_digits_stay_latin_where_the_locale_has_its_own() -> None:
    assert Figures(QLocale("ar_EG")).money(D("1234.5")) == "1,234.50"


@given(st.decimals(min_value=-(10**20), max_value=10**20, allow_nan=False, places=6))
def test_every_digit_of_the_exact_text_can_be_read_back(value: Decimal) -> None:
    text = Figures(ENGLISH).exact(value)
    assert D(text.replace(",", "").replace(MINUS, "-")) == value


@given(st.decimals(min_value=-(10**18), max_value=10**18, allow_nan=False, places=8))
def test_rounded_money_is_within_half_a_cent(value: Decimal) -> None:
    shown = D(Figures(ENGLISH).money(value).replace(",", "").replace(MINUS, "-"))
    assert abs(shown - value) <= D("0.005")


@pytest.mark.parametrize(
    ("span_ms", "text"),
    [
        (0, "now"),
        (-5000, "now"),
        (4_000, "4 s ago"),
        (61_000, "1 min ago"),
        (10_800_000, "3 h ago"),
        (172_800_000, "2 d ago"),
    ],
)
def test_ages_use_the_largest_whole_unit(span_ms: int, text: str) -> None:
    assert fmt.age(1_000_000_000_000 - span_ms, 1_000_000_000_000).replace(NARROW, " ") == text


@pytest.mark.usefixtures("berlin")
def test_times_are_local_and_the_tooltip_names_the_zone() -> None:
    ts_ms = 1_795_262_578_000
    assert fmt.clock(ts_ms) == "13:02:58"
    assert fmt.moment(ts_ms, ENGLISH) == "21 Nov 2026 13:02"
    assert fmt.moment_with_zone(ts_ms, ENGLISH) == "21 Nov 2026 13:02:58 CET (UTC+01:00)"


def test_ten_thousand_figures_are_written_quickly(figures: Figures) -> None:
    """A full table repaint writes some thousand; this only guards against a slip by orders of magnitude."""
    values = [D(number) / 7 for number in range(1, 101)]
    start = time.process_time()
    for _ in range(100):
        for value in values:
            figures.money(value)
    assert time.process_time() - start < 0.5
