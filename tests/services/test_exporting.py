"""Exporting: the file that import reads, with nothing lost on the way there and back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import TransactionDraft
from levdesk.services.csv_format import guard_note, parse_time, time_text, unguard_note
from levdesk.services.exporting import export_csv, exportable
from levdesk.services.importing import preview_import
from tests.domain.strategies import BTC3L, ETH3S, buy, draft, ledgers, notes, token
from tests.services.memory_writer import NOW_MS, books_of, rows_of

TOKENS = (token(), token(ETH3S, target="-3"))


@given(ledgers(unknown_costs=True), ledgers(key=ETH3S))
@example((buy("1", "1"), draft("sell", "1", "2"), buy("1", "1")), ())
def test_export_then_import_then_export_changes_nothing(
    one: tuple[TransactionDraft, ...], other: tuple[TransactionDraft, ...]
) -> None:
    books = books_of(*one, *other, tokens=TOKENS)
    rows = exportable(books, 1)
    exported = export_csv(rows)
    preview = preview_import(exported, books_of(tokens=TOKENS), 1, now_ms=NOW_MS)
    assert (preview.problems, preview.duplicates) == ((), ())
    assert preview.drafts == tuple(row.draft for row in rows)
    assert export_csv(rows_of(preview.drafts)) == exported
    again = books_of(*preview.drafts, tokens=TOKENS)
    assert [again.position(key, 1) for key in books.keys(1)] == [books.position(key, 1) for key in books.keys(1)]


def test_a_row_is_written_in_full_and_in_utc() -> None:
    row = draft("buy", "100.123456789012345678", "0.00000000000000001", at=1, fee="0.10", fee_currency="BTC3L")
    assert export_csv(rows_of([row])).decode() == (
        "time,type,venue,symbol,quantity,price,fee,fee_currency,note\r\n"
        "2023-11-14T22:14:20Z,buy,gate,BTC3L,100.123456789012345678,0.00000000000000001,0.10,BTC3L,\r\n"
    )


def test_empty_cells_stand_for_what_a_row_does_not_have() -> None:
    exported = export_csv(rows_of([draft("merge", "1E+2"), draft("settle", None, "0")])).decode()
    assert exported.splitlines()[1:] == [
        "2023-11-14T22:13:20Z,merge,gate,BTC3L,100,,,,",
        "2023-11-14T22:13:20Z,settle,gate,BTC3L,,0,,,",
    ]


@given(st.integers(1_230_768_000_000, 4_102_444_800_000))
def test_times_survive_to_the_millisecond(time_ms: int) -> None:
    text = time_text(time_ms)
    assert parse_time(text) == time_ms
    assert ("." in text) is bool(time_ms % 1000)


@given(notes)
@example("''=1")
@example("'")
@example("")
def test_a_note_is_never_a_formula_and_comes_back_as_it_was(note: str) -> None:
    guarded = guard_note(note)
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguard_note(guarded) == note


def test_only_notes_are_guarded() -> None:
    exported = export_csv(rows_of([draft("sell", "1", "2", note="=1+1"), draft("sell", "1", "2", note="it's fine")]))
    cells = list(csv.reader(io.StringIO(exported.decode(), newline="")))
    assert [row[-1] for row in cells[1:]] == ["'=1+1", "it's fine"]


def test_all_portfolios_go_into_one_file_unless_they_share_a_token() -> None:
    apart = books_of(buy("1", "1", at=5), elsewhere=[draft("buy", "2", "1", key=ETH3S)])
    assert [row.draft.key for row in exportable(apart, None)] == [ETH3S, BTC3L]
    shared = books_of(buy("1", "1"), elsewhere=[buy("2", "1")])
    with pytest.raises(UserError, match="gate:BTC3L is held in several portfolios") as caught:
        exportable(shared, None)
    assert "each portfolio" in caught.value.hint
    assert len(exportable(shared, 2)) == 1


def test_a_token_with_a_separator_in_its_symbol_comes_back_where_it_is_known() -> None:
    odd = token(TokenKey("indexcoop", "ETH2X-FLI"))
    exported = export_csv(rows_of([draft("buy", "1", "2", key=odd.key)]))
    assert preview_import(exported, books_of(tokens=(odd,)), 1, now_ms=NOW_MS).drafts[0].key == odd.key
