"""Workbooks: read as they are shown, and hostile ones refused before they cost anything."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levdesk.domain.errors import ImportRejected
from levdesk.io.xlsx import is_workbook, read_sheet
from tests.io.workbooks import text_row, workbook
from tests.services.intake_scene import reading, take_in


def rows_of(data: bytes, sheet: str | None = None) -> list[tuple[int, list[str] | str]]:
    return list(read_sheet(data, sheet, "x.xlsx").rows)


def cell(inner: str) -> str:
    rows = rows_of(workbook(f'<row r="1"><c r="A1"><v>1</v></c>{inner}</row>'))
    return rows[0][1][1]


def test_texts_numbers_and_gaps_stand_where_they_were() -> None:
    strings = '<si><t>Pairs</t></si><si><r><t>Ti</t></r><r><t xml:space="preserve">me</t></r><rPh><t>x</t></rPh></si>'
    rows = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c></row><row r="4"><c><v>5</v></c></row>'
    assert rows_of(workbook(rows, strings=strings)) == [(2, ["Pairs", "", "Time"]), (4, ["5"])]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<c><v>2.4614000000000002E-5</v></c>", "0.000024614000000000002"),
        ("<c><v>0.10000000000000001</v></c>", "0.1"),
        ("<c><v>123456789012</v></c>", "123456789012"),
        ('<c t="str"><f>A1&amp;"x"</f><v>1x</v></c>', "1x"),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
        ("<c><f>1+1</f></c>", ""),
        ('<c t="b"><v>1</v></c>', "true"),
        ('<c t="e"><v>#DIV/0!</v></c>', ""),
        ('<c s="1"><v>45619.607638888891</v></c>', "2024-11-23 14:35:00"),
        ('<c s="3"><v>45619</v></c>', "2024-11-23 00:00:00"),
        ('<c s="2"><v>45619</v></c>', "45619"),
        ('<c t="s"><v>99</v></c>', ""),
        ("<c><v>1e400</v></c>", "1e400"),
        ("<c><v>abc</v></c>", "abc"),
    ],
)
def test_a_cell_is_what_is_shown(inner: str, text: str) -> None:
    assert cell(inner) == text


def test_workbooks_of_old_macintosh_programs_count_from_1904() -> None:
    row = '<row r="1"><c s="1"><v>44157</v></c></row>'
    assert rows_of(workbook(row, properties='<workbookPr date1904="1"/>')) == [(1, ["2024-11-23 00:00:00"])]


def test_a_sheet_is_chosen_by_name() -> None:
    data = workbook(text_row(1, "a"))
    assert read_sheet(data, "Other", "x").rows == [(3, ["7"])]
    assert read_sheet(data, None, "x").names == ("Trades", "Other")
    assert read_sheet(data, "gone", "x").name == "Trades"


def test_an_export_of_a_venue_comes_out_as_transactions() -> None:
    data = workbook(
        text_row(1, "Pairs", "Time", "Side", "Filled Price", "Executed Amount", "Total", "Fee", "Role")
        + text_row(2, "BTC3L_USDT", "2022-11-14 10:00:00", "BUY", "2.5", "12", "30", "0.024", "taker")
        + text_row(3, "BTC_USDT", "2022-11-14 10:00:00", "BUY", "2.5", "12", "30", "0.024", "taker")
    )
    assert is_workbook(data)
    preview = take_in(read_sheet(data, None, "x.xlsx"))
    assert reading(preview).mapping.name == "mexc-trades"
    assert reading(preview).sheets == ("Trades", "Other")
    assert [row.draft.key.symbol for row in preview.rows] == ["BTC3L"]
    assert reading(preview).skipped == (("BTC/USDT", 1),)


# -- hostile ---------------------------------------------------------------------------------------------------------

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>'
)


def refused(data: bytes) -> str:
    with pytest.raises(ImportRejected) as caught:
        read_sheet(data, None, "x.xlsx")
    return caught.value.message


def test_entities_are_refused() -> None:
    assert "document type" in refused(workbook("", xl__worksheets__sheet1_xml=LAUGHS))


def test_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    bomb = workbook(" " * 40_000_000)
    assert len(bomb) < 1_000_000
    tracemalloc.start()
    assert "far more than a list of trades" in refused(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04" + b"junk" * 99, "damaged"),
        (workbook(text_row(1, "a"))[:-40], "damaged"),
        (workbook("", xl__worksheets__sheet1_xml="<worksheet><sheetData><row>"), "damaged at line"),
        (workbook("", xl__worksheets__sheet1_xml="<a>" * 200), "nested too deeply"),
        (workbook("", xl__workbook_xml="<workbook/>"), "no sheets"),
    ],
)
def test_what_is_broken_is_said(data: bytes, words: str) -> None:
    assert words in refused(data)


def test_a_column_far_out_takes_no_room() -> None:
    assert rows_of(workbook('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>')) == [(1, ["1"])]


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(max_size=12))
@settings(max_examples=120, deadline=None)
def test_no_bytes_break_it(tail: bytes, cut: int, patch: bytes) -> None:
    sound = workbook(text_row(1, "a", "b"))
    spoilt = sound[:cut] + patch + sound[cut + len(patch) :] + tail
    for data in (b"PK\x03\x04" + tail, spoilt):
        try:
            read_sheet(data, None, "x.xlsx")
        except ImportRejected as error:
            assert error.message  # noqa: PT017 - either way is right


@given(st.text(max_size=200))
@settings(max_examples=80, deadline=None)
def test_no_xml_breaks_it(inner: str) -> None:
    data = workbook(f'<row r="{inner[:8]}"><c r="{inner[:4]}" s="{inner[:3]}" t="{inner[:2]}"><v>{inner}</v></c></row>')
    try:
        read_sheet(data, None, "x.xlsx")
    except ImportRejected as error:
        assert error.message  # noqa: PT017
