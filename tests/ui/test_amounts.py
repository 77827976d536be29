from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from levdesk.domain.money import to_text
from levdesk.ui.dialogs.amounts import amount_text, read_amount

D = Decimal
ENGLISH, GERMAN, FRENCH, SWISS, HINDI = (QLocale(name) for name in ("en_US", "de_DE", "fr_FR", "de_CH", "hi_IN"))


@pytest.mark.parametrize(
    ("locale", "text", "value"),
    [
        (ENGLISH, "0.000000000000000001", "0.000000000000000001"),
        (ENGLISH, "1234.50", "1234.50"),
        (ENGLISH, "1,234.50", "1234.50"),
        (ENGLISH, "1,234,567", "1234567"),
        (ENGLISH, "1,234", "1234"),
        (ENGLISH, " 12 ", "12"),
        (ENGLISH, "\u221212.5", "-12.5"),
        (ENGLISH, "+7", "7"),
        (ENGLISH, "1 234.5", "1234.5"),
        (ENGLISH, "1\u202f234.5", "1234.5"),
        (ENGLISH, "1'234.5", "1234.5"),
        (ENGLISH, ".5", "0.5"),
        (ENGLISH, "1e-18", "0.000000000000000001"),
        (GERMAN, "1.234,50", "1234.50"),
        (GERMAN, "2,4614", "2.4614"),
        (GERMAN, "2.4614", "2.4614"),  # plain spelling, as exchanges write it
        (GERMAN, "0.123", "0.123"),
        (GERMAN, "1.234.567", "1234567"),
        (GERMAN, "1,234,567.89", "1234567.89"),
        (GERMAN, "0,000000000000000001", "0.000000000000000001"),
        (FRENCH, "1\u202f234,5", "1234.5"),
        (FRENCH, "2.4614", "2.4614"),
        (SWISS, "1’234.5", "1234.5"),
        (HINDI, "12,34,567.8", "1234567.8"),
    ],
)
def test_numbers_are_read_as_the_locale_or_a_machine_writes_them(locale: QLocale, text: str, value: str) -> None:
    read = read_amount(text, locale)
    assert to_text(read) == to_text(D(value))


@pytest.mark.parametrize(
    ("locale", "text", "reason"),
    [
        (ENGLISH, "", "is missing"),
        (ENGLISH, "   ", "is missing"),
        (ENGLISH, "abc", "“abc” is not a number"),
        (ENGLISH, "1..2", "not a number"),
        (ENGLISH, "1,2,3", "thousands are not grouped by three"),
        (ENGLISH, "2,4614", "write 2.4614 with a point"),
        (ENGLISH, "12,34", "write 12.34 with a point"),
        (ENGLISH, "NaN", "is not a finite number"),
        (ENGLISH, "inf", "is not a finite number"),
        (ENGLISH, "1_000", "is not a number"),
        (ENGLISH, "1.2.3,4", "is not a number"),
        (ENGLISH, "1" * 40, "is out of range"),
        (GERMAN, "1.234", "can be read in two ways: write 1234 or 1,234"),
        (GERMAN, "-12.345", "can be read in two ways: write -12345 or -12,345"),
    ],
)
def test_what_is_no_number_or_two_numbers_is_refused_in_words(locale: QLocale, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        read_amount(text, locale)


@pytest.mark.parametrize("locale", [ENGLISH, GERMAN, FRENCH, SWISS, HINDI], ids=lambda each: each.name())
@given(value=st.decimals(min_value=-(10**20), max_value=10**20, places=18))
def test_what_is_written_into_a_field_is_read_back_digit_for_digit(locale: QLocale, value: Decimal) -> None:
    read = read_amount(amount_text(value, locale), locale)
    assert read == value
    assert read.is_zero() or to_text(read) == to_text(value)


@pytest.mark.parametrize("locale", [ENGLISH, GERMAN, FRENCH, HINDI], ids=lambda each: each.name())
@given(whole=st.integers(-(10**15), 10**15))
def test_whole_numbers_grouped_by_the_locale_are_read(locale: QLocale, whole: int) -> None:
    grouped = locale.toString(whole)
    if locale.zeroDigit() == "0" and not (locale.decimalPoint() == "," and grouped.count(".") == 1):
        assert read_amount(grouped, locale) == whole


def test_nothing_is_written_as_nothing() -> None:
    assert amount_text(None) == ""
