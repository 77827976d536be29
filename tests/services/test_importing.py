"""Importing a transaction file: read exactly, tried out on the books, refused by line and reason."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import ImportRejected
from levdesk.domain.instruments import Provenance, TokenKey
from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.services.books import Books
from levdesk.services.csv_format import parse_time
from levdesk.services.importing import ImportPreview, confirm_import, preview_import
from tests.domain.strategies import BTC3L, ETH3S, START_MS, buy, draft, figures, token
from tests.services.memory_writer import NOW_MS, books_of

HEADER = "time,type,venue,symbol,quantity,price,fee,fee_currency,note"
EMPTY = books_of()


def preview(text: str | bytes, books: Books = EMPTY) -> ImportPreview:
    data = text if isinstance(text, bytes) else text.encode()
    return preview_import(data, books, 1, now_ms=NOW_MS, source="trades.csv")


def rows(*lines: str, books: Books = EMPTY) -> ImportPreview:
    return preview("\n".join([HEADER, *lines]), books)


def faults(found: ImportPreview) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.message) for problem in found.problems]


# -- what a good file means ------------------------------------------------------------------------------------------


def test_a_row_becomes_a_draft_with_every_digit() -> None:
    found = rows("2023-11-14T22:13:20.5Z,buy,gate,BTC3L,100.123456789012345678,2.4614,0.1,USDT,first buy")
    assert found.problems == ()
    (row,) = found.rows
    assert row.line == 2
    assert row.draft == TransactionDraft(
        time_ms=1_700_000_000_500,
        type=TransactionType.BUY,
        key=BTC3L,
        quantity=Decimal("100.123456789012345678"),
        price=Decimal("2.4614"),
        fee=Decimal("0.1"),
        fee_currency="USDT",
        note="first buy",
    )


def test_all_types_are_read_in_any_case() -> None:
    found = rows(
        "2023-01-01,BUY,gate,BTC3L,100,1,,,",
        "2023-01-02,Subscribe,gate,BTC3L,100,1,,,",
        "2023-01-03,transfer_in,gate,BTC3L,100,,,,",
        "2023-01-04,sell,gate,BTC3L,10,1,,,",
        "2023-01-05,redeem,gate,BTC3L,10,1,,,",
        "2023-01-06,transfer_out,gate,BTC3L,30,,,,",
        "2023-01-07,merge,gate,BTC3L,100,,,,",
        "2023-01-08,settle,gate,BTC3L,,12.5,,,",
    )
    assert found.problems == ()
    assert list(found.counts) == list(TransactionType)
    assert figures(found.drafts[-1], "quantity price") == [None, Decimal("12.5")]
    assert figures(found.drafts[-2], "quantity price") == [100, None]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-11-14", "2023-11-14T00:00:00Z"),
        ("2023-11-14T22:13:20", "2023-11-14T22:13:20Z"),
        ("2023-11-14 22:13:20", "2023-11-14T22:13:20Z"),
        ("2023-11-14T22:13", "2023-11-14T22:13:00Z"),
        ("2023-11-15T06:13:20+08:00", "2023-11-14T22:13:20Z"),
        ("2023-11-15T06:13:20+0800", "2023-11-14T22:13:20Z"),
        ("2023-11-14T17:13:20-05", "2023-11-14T22:13:20Z"),
        ("2023-11-14t22:13:20z", "2023-11-14T22:13:20Z"),
        ("2023-11-14 22:13:20 Z", "2023-11-14T22:13:20Z"),
        ("20231114T221320Z", "2023-11-14T22:13:20Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
    ],
)
def test_times_are_iso_8601_and_utc_unless_they_name_a_zone(text: str, moment: str) -> None:
    assert parse_time(text) == parse_time(moment)


def test_times_keep_milliseconds_and_cut_off_what_is_finer() -> None:
    assert parse_time("2023-11-14T22:13:20.123Z") == 1_700_000_000_123
    assert parse_time("2023-11-14T22:13:20,1239999Z") == 1_700_000_000_123
    assert parse_time("2023-11-14T22:13:20.1Z") == 1_700_000_000_100


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29",
        "2023-13-01",
        "2023-11-14T24:30",
        "2023-11-14T22:13:61",
        "2023-11-14T22:13:20+99:00",
        "0000-01-01",
    ],
)
def test_dates_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date and time that exists"):
        parse_time(text)


@pytest.mark.parametrize(
    "text", ["yesterday", "14.11.2023", "11/14/2023", "1700000000", "2023-11-14x22:13", "٢٠٢٣-١١-١٤"]
)
def test_other_spellings_of_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time like 2026-05-03T12:00:00Z"):
        parse_time(text)


def test_columns_stand_in_any_order_and_any_case_and_optional_ones_may_be_missing() -> None:
    found = preview("Price, QUANTITY ,symbol,venue,type,Time\n2,10,btc3l,Gate,buy,2023-11-14\n")
    assert found.problems == ()
    assert figures(found.drafts[0], "quantity price fee fee_currency note") == [10, 2, 0, "", ""]
    assert found.drafts[0].key == BTC3L


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_recognised_by_the_first_line(delimiter: str) -> None:
    found = preview(f"{HEADER}\n2023-11-14,buy,gate,BTC3L,10,2,,,a note\n".replace(",", delimiter))
    assert (found.problems, found.drafts[0].note) == ((), "a note")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_files_of_other_programs_are_read(encoding: str, line_end: str) -> None:
    text = line_end.join([HEADER, "2023-11-14,buy,gate,BTC3L,10,2,,,größer 🙂", "2023-11-15,sell,gate,BTC3L,99,2,,,"])
    found = preview(text.encode(encoding))
    assert found.drafts[0].note == "größer 🙂"
    assert [line for line, _ in faults(found)] == [3]


def test_a_short_row_lacks_optional_columns_and_empty_fields_behind_do_not_matter() -> None:
    found = rows("2023-11-14,buy,gate,BTC3L,10,2", "2023-11-15,buy,gate,BTC3L,10,2,,,,,,")
    assert (len(found.rows), found.problems) == (2, ())


def test_a_symbol_may_be_written_as_a_pair() -> None:
    found = rows(
        *(f"2023-11-14,buy,GATE,{name},1,2,,," for name in ("btc3l", "BTC3L_USDT", "BTC3L-usdt", "BTC3L/USDT"))
    )
    assert [row.draft.key for row in found.rows] == [BTC3L] * 4


def test_a_file_without_rows_is_read_and_has_nothing_to_import() -> None:
    found = preview(HEADER)
    assert (found.rows, found.problems, found.counts) == ((), (), {})
    with pytest.raises(ImportRejected, match="holds no transactions"):
        confirm_import(EMPTY, found, allow_duplicates=False)


# -- order -----------------------------------------------------------------------------------------------------------


def test_equal_times_keep_the_order_of_the_file() -> None:
    found = rows(
        "2023-11-14,buy,gate,BTC3L,10,1,,,",
        "2023-11-14,sell,gate,BTC3L,10,2,,,",
        "2023-11-13,buy,gate,ETH3S,1,1,,,",
        "2023-11-15,buy,gate,ETH3S,1,1,,,",
    )
    assert (found.newest_first, found.problems) == (False, ())
    assert [row.line for row in found.rows] == [4, 2, 3, 5]


def test_a_file_that_runs_newest_first_is_read_from_the_bottom_up() -> None:
    found = rows(
        "2023-11-15,buy,gate,BTC3L,1,1,,,",
        "2023-11-14,sell,gate,BTC3L,10,2,,,",
        "2023-11-14,buy,gate,BTC3L,10,1,,,",
    )
    assert (found.newest_first, found.problems) == (True, ())
    assert [row.line for row in found.rows] == [4, 3, 2]


def test_a_file_that_only_looks_backwards_is_read_as_it_stands_where_that_alone_is_possible() -> None:
    found = rows(
        "2023-11-14,buy,gate,BTC3L,10,1,,,",
        "2023-11-14,sell,gate,BTC3L,10,2,,,",
        "2023-11-13,buy,gate,ETH3S,1,1,,,",
    )
    assert (found.newest_first, found.problems) == (False, ())


# -- tokens ----------------------------------------------------------------------------------------------------------


def test_an_unknown_token_is_read_from_its_name() -> None:
    found = rows(
        "2023-11-14,buy,gate,ETH3S,1,2,,,",
        "2023-11-14,buy,kucoin,SOLUP-USDT,1,2,,,",
        "2023-11-14,buy,gate,BTC3L,1,2,,,",
    )
    assert [str(each.key) for each in found.new_tokens] == ["gate:ETH3S", "kucoin:SOLUP"]
    assert figures(found.new_tokens[0], "underlying target_leverage quote_currency") == ["ETH", -3, "USDT"]
    assert found.new_tokens[0].provenance is Provenance.ASSUMED


def test_the_pair_of_an_unknown_token_tells_its_quote_currency() -> None:
    found = rows("2023-11-14,buy,gate,ETH3S/USDC,1,2,0.1,usdc,", "2023-11-14,buy,gate,ETH3S,1,2,,,")
    assert (found.problems, found.new_tokens[0].quote_currency) == ((), "USDC")


def test_a_venues_list_is_asked_before_the_name() -> None:
    listed = token(TokenKey("gate", "JUP"), quote_currency="USDC")
    data = f"{HEADER}\n2023-11-14,buy,gate,JUP_USDC,1,2,0.1,USDC,\n".encode()
    found = preview_import(data, EMPTY, 1, now_ms=NOW_MS, find_token={listed.key: listed}.get)
    assert (found.problems, found.new_tokens) == ((), (listed,))


def test_a_token_defined_by_hand_may_have_a_separator_in_its_symbol() -> None:
    odd = token(TokenKey("indexcoop", "ETH2X-FLI"))
    found = rows("2023-11-14,buy,indexcoop,ETH2x-FLI,1,2,,,", books=books_of(tokens=(odd,)))
    assert (found.problems, found.drafts[0].key) == ((), odd.key)


@pytest.mark.parametrize(
    ("venue", "symbol", "message"),
    [
        ("gate", "=CMD()", "“=CMD()” at gate cannot be the symbol of a token."),
        ("gate", "BTC3L_USDC", "BTC3L at gate is quoted in USDT, not in USDC."),
        ("gate", "", "The symbol is missing."),
        ("", "BTC3L", "The venue is missing."),
        ("ga te", "BTC3L", "“ga te” is not the short name of a venue, such as gate."),
    ],
)
def test_a_token_that_cannot_be_known_is_refused(venue: str, symbol: str, message: str) -> None:
    assert faults(rows(f"2023-11-14,buy,{venue},{symbol},1,2,,,")) == [(2, message)]


@pytest.mark.parametrize("symbol", ["JUP", "TOK17", "ETHFOO"])
def test_a_name_that_tells_nothing_is_imported_at_one_times_and_pointed_out(symbol: str) -> None:
    found = rows(f"2023-11-14,buy,gate,{symbol},1,2,,,")
    assert found.problems == ()
    (guessed,) = found.new_tokens
    assert (guessed.target_leverage, guessed.provenance) == (Decimal(1), Provenance.ASSUMED)
    (notice,) = found.notices
    assert notice.code == "token_unread"
    assert symbol in notice.message


def test_a_name_that_can_be_read_needs_no_notice() -> None:
    assert rows("2023-11-14,buy,gate,BTC3L,1,2,,,").notices == ()


# -- bad rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2023-11-14,borrow,gate,BTC3L,1,2,,,", "The type “borrow” is none of buy, sell, subscribe"),
        ("2023-11-14,,gate,BTC3L,1,2,,,", "The type is missing."),
        (",buy,gate,BTC3L,1,2,,,", "The time is missing."),
        ("2023-02-30,buy,gate,BTC3L,1,2,,,", "The time “2023-02-30” is not a date and time that exists."),
        ("2008-12-31,buy,gate,BTC3L,1,2,,,", "The time is before 2009, when there was nothing to trade."),
        ("2043-01-01,buy,gate,BTC3L,1,2,,,", "The time is more than a day in the future."),
        ("2023-11-14,buy,gate,BTC3L,,2,,,", "The quantity is missing."),
        ("2023-11-14,buy,gate,BTC3L,NaN,2,,,", "The quantity “NaN” is not a finite number."),
        ("2023-11-14,buy,gate,BTC3L,-1,2,,,", "The quantity must be a number above 0."),
        ("2023-11-14,buy,gate,BTC3L,1,,,,", "The price is missing."),
        ("2023-11-14,buy,gate,BTC3L,1,inf,,,", "The price “inf” is not a finite number."),
        ("2023-11-14,buy,gate,BTC3L,1,0,,,", "The price must be above 0."),
        ("2023-11-14,buy,gate,BTC3L,1e400,2,,,", "The quantity “1e400” is out of range."),
        ('2023-11-14,buy,gate,BTC3L,"1,5",2,,,', "The quantity “1,5” is not a number; decimals stand after a point"),
        ("2023-11-14,buy,gate,BTC3L,1,2,-3,,", "The fee must be a number, and not below 0."),
        ("2023-11-14,buy,gate,BTC3L,1,2,3,BNB,", "A fee in BNB cannot be booked; give it in USDT or in BTC3L."),
        ("2023-11-14,merge,gate,BTC3L,100,1,,,", "A merge has no price"),
        ("2023-11-14,sell,gate,BTC3L,1,2,,,", "Selling 1 BTC3L but none held on 2023-11-14 00:00 UTC."),
        ("2023-11-14,merge,gate,BTC3L,10,,,,", "Merging BTC3L but none held on 2023-11-14 00:00 UTC."),
        ("2023-11-14,settle,gate,BTC3L,,1,,,", "Settling BTC3L but none held on 2023-11-14 00:00 UTC."),
        ("2023-11-14,buy,gate,BTC3L,1,2,,,a,b", "The row has 10 fields, but the first line names 9 columns."),
        ('2023-11-14,buy,gate,BTC3L,1,2,,,"note', "A quote is opened here and never closed."),
        ('2023-11-14,buy,gate,BTC3L,1,2,,,"a"b', "The quotes do not match"),
        ("2023-11-14,buy,gate,BTC3L,1,2,,," + "x" * 200_000, "A field is longer than 131,072 characters."),
        ("2023-11-14,buy,gate,BTC3L,1,2,,," + "x" * 20_000, "The note is longer than 10,000 characters."),
    ],
)
def test_a_bad_row_is_named_by_line_and_reason(row: str, message: str) -> None:
    found = rows("2022-01-01,buy,gate,ETH3S,1,2,,,", "", row)
    ((line, said),) = faults(found)
    assert line == 4
    assert said.startswith(message)


def test_all_bad_rows_are_named_at_once() -> None:
    found = rows("x,buy,gate,BTC3L,y,2,,,", "2023-11-14,buy,gate,BTC3L,1,2,,,", "2023-11-14,sell,gate,ETH3S,1,2,,,")
    assert [line for line, _ in faults(found)] == [2, 2, 4]
    with pytest.raises(ImportRejected, match=r"trades\.csv has 2 bad rows; nothing was written") as caught:
        confirm_import(EMPTY, found, allow_duplicates=True)
    assert caught.value.problems == found.problems


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    good = '2023-11-14,buy,gate,BTC3L,1,2,,,"one\r\ntwo\nthree"'
    bad = "2023-11-14,buy,gate,BTC3L,0,2,,,"
    found = preview(f"{HEADER}\r\n\r\n{good}\r\n   \r\n,,,,\r\n{bad}\r\n")
    assert faults(found) == [(8, "The quantity must be a number above 0.")]
    assert found.rows[0].line == 3
    assert found.rows[0].draft.note == "one\r\ntwo\nthree"


def test_reading_goes_on_behind_a_row_with_bad_quotes() -> None:
    found = rows(
        '2023-11-14,buy,gate,BTC3L,1,2,,,"a"b', "2023-11-14,buy,gate,BTC3L,0,2,,,", "2023-11-15,buy,gate,BTC3L,1,2,,,"
    )
    assert [line for line, _ in faults(found)] == [2, 3]
    assert [row.line for row in found.rows] == [4]


def test_a_bad_buy_is_not_blamed_on_the_sale_that_needed_it() -> None:
    found = rows(
        "2023-11-14,buy,gate,BTC3L,x,2,,,", "2023-11-15,sell,gate,BTC3L,1,2,,,", "2023-11-15,sell,gate,ETH3S,1,2,,,"
    )
    assert [line for line, _ in faults(found)] == [2, 4]


def test_rows_are_tried_out_among_those_in_the_book() -> None:
    books = books_of(buy("10", "2"), draft("sell", "8", "3", at=60))
    assert rows("2023-11-14T22:30:00Z,sell,gate,BTC3L,2,2,,,", books=books).problems == ()
    ((line, said),) = faults(rows("2023-11-14T22:30:00Z,sell,gate,BTC3L,3,2,,,", books=books))
    later = "selling 8 BTC3L but only 7 held on 2023-11-14 23:13 UTC."
    assert (line, said) == (2, f"With this row a transaction already in the book is no longer possible: {later}")
    assert faults(rows("2023-11-14T22:30:00Z,sell,gate,BTC3L,11,2,,,", books=books)) == [
        (2, "Selling 11 BTC3L but only 10 held on 2023-11-14 22:30 UTC.")
    ]


def test_one_sale_too_many_is_named_once() -> None:
    found = rows(
        "2023-11-14,buy,gate,BTC3L,10,2,,,",
        "2023-11-15,sell,gate,BTC3L,6,2,,,",
        "2023-11-16,sell,gate,BTC3L,6,2,,,",
        "2023-11-17,sell,gate,BTC3L,4,2,,,",
    )
    assert [line for line, _ in faults(found)] == [4]


# -- files that are none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "trades.csv is empty."),
        (b" \r\n \n", "trades.csv is empty."),
        (f"{HEADER}\nb\0".encode(), "trades.csv is not a text file: line 2 holds a NUL character."),
        (f"{HEADER}\nb\xe4r".encode("latin-1"), "trades.csv is not text in UTF-8: it holds other bytes on line 2."),
        (b"\xff\xfe\x00", "trades.csv is not text in UTF-8: it holds other bytes."),
        (b"%PDF-1.4", "The first line of trades.csv does not name the columns of a transaction file."),
    ],
)
def test_what_is_no_transaction_file_is_refused_in_words(data: bytes, message: str) -> None:
    with pytest.raises(ImportRejected) as caught:
        preview(data)
    assert caught.value.message == message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("header", "messages"),
    [
        ("time,type,venue,symbol,quantity", ["There is no column “price”."]),
        (f"{HEADER},colour", ["The column “colour” has no meaning here."]),
        (f"{HEADER},Fee", ["The column “fee” is there twice."]),
        ("date,type", [f"There is no column “{name}”." for name in ("time", "venue", "symbol", "quantity", "price")]),
    ],
)
def test_the_first_line_must_name_the_columns(header: str, messages: list[str]) -> None:
    with pytest.raises(ImportRejected) as caught:
        preview(f"\n{header}\n")
    assert [problem.message for problem in caught.value.problems][: len(messages)] == messages
    assert {problem.line for problem in caught.value.problems} == {2}


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_reader(junk: bytes) -> None:
    for data in (junk, f"{HEADER}\n".encode() + junk, b"\xef\xbb\xbf" + junk):
        try:
            problems = preview(data).problems
        except ImportRejected as rejected:
            problems = rejected.problems
        assert all(problem.message.endswith(".") and problem.line for problem in problems)


_cells = st.sampled_from(
    ["", "buy", "settle", "gate", "BTC3L", "1", "-1", "NaN", "1e400", "2023-11-14", "9999-12-31T23:59-23:59", '"', "\t"]
)


@given(st.lists(st.lists(_cells, max_size=10), max_size=5))
def test_no_cells_break_the_reader(table: list[list[str]]) -> None:
    found = rows(*(",".join(cells) for cells in table))
    assert all(2 <= (problem.line or 0) <= len(table) + 1 for problem in found.problems)


# -- rows that are already there -------------------------------------------------------------------------------------

FILLS = (
    "2023-11-14,buy,gate,BTC3L,10,2,0.10,USDT,",
    "2023-11-14,buy,gate,BTC3L,10,2,0.10,USDT,",
    "2023-11-15,sell,gate,BTC3L,5,3,,,",
)


def book_with(found: ImportPreview) -> Books:
    return books_of(*found.drafts)


def test_identical_rows_within_one_file_are_legal() -> None:
    found = rows(*FILLS)
    assert (found.duplicates, found.problems, len(found.rows)) == ((), (), 3)


def test_rows_already_there_are_recognised_as_values_not_as_text() -> None:
    books = book_with(rows(*FILLS))
    again = rows("2023-11-14T00:00:00+00:00,BUY,Gate,BTC3L_USDT,10.0,2.00,0.1,,another note", books=books)
    assert [row.line for row in again.duplicates] == [2]


def test_each_stored_row_accounts_for_one_row_of_the_file() -> None:
    books = book_with(rows(*FILLS))
    again = rows(*FILLS, FILLS[0], books=books)
    assert [row.line for row in again.duplicates] == [2, 3, 4]


@pytest.mark.parametrize(
    "other",
    [
        "2023-11-14T00:00:00.001Z,buy,gate,BTC3L,10,2,0.10,USDT,",
        "2023-11-14,subscribe,gate,BTC3L,10,2,0.10,USDT,",
        "2023-11-14,buy,mexc,BTC3L,10,2,0.10,USDT,",
        "2023-11-14,buy,gate,BTC3L,10.000000000000000001,2,0.10,USDT,",
        "2023-11-14,buy,gate,BTC3L,10,2.000000000000000001,0.10,USDT,",
        "2023-11-14,buy,gate,BTC3L,10,2,0.11,USDT,",
        "2023-11-14,buy,gate,BTC3L,10,2,0.10,BTC3L,",
    ],
)
def test_a_row_that_differs_in_any_figure_is_another_row(other: str) -> None:
    assert rows(other, books=book_with(rows(*FILLS))).duplicates == ()


def test_another_portfolio_does_not_count() -> None:
    books = books_of(elsewhere=rows(*FILLS).drafts)
    assert rows(*FILLS, books=books).duplicates == ()


def test_duplicates_are_refused_by_line_with_a_way_out() -> None:
    books = book_with(rows(*FILLS))
    again = rows(*FILLS, "2023-11-16,buy,gate,BTC3L,1,2,,,", books=books)
    with pytest.raises(ImportRejected, match=r"3 of 4 rows of trades\.csv are already in “Main”") as caught:
        confirm_import(books, again, allow_duplicates=False)
    assert "--allow-duplicates" in caught.value.hint
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]
    assert len(confirm_import(books, again, allow_duplicates=True).rows) == 4


def test_a_whole_history_imported_twice_is_recognised_and_not_called_impossible() -> None:
    history = (*FILLS, "2023-11-16,merge,gate,BTC3L,100,,,,", "2023-11-17,settle,gate,BTC3L,,1,,,")
    books = book_with(rows(*history))
    again = rows(*history, books=books)
    assert (len(again.duplicates), again.problems) == (5, ())
    with pytest.raises(ImportRejected, match="1 bad row"):
        confirm_import(books, again, allow_duplicates=True)  # then everything is settled twice, which cannot be


def test_tokens_that_came_in_meanwhile_are_not_saved_again() -> None:
    found = rows("2023-11-14,buy,gate,ETH3S,1,2,,,")
    assert len(confirm_import(EMPTY, found, allow_duplicates=False).new_tokens) == 1
    meanwhile = books_of(tokens=(token(), token(ETH3S, target="-3")))
    assert confirm_import(meanwhile, found, allow_duplicates=False).new_tokens == ()


def test_these_rows_lie_in_the_past() -> None:
    assert parse_time("2023-11-17") < START_MS + 86_400_000 * 4 < NOW_MS
