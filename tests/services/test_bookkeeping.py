"""The acts on the books: checked, named in words, and written as one step."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from levdesk.domain.errors import ImportRejected, UserError
from levdesk.domain.instruments import LeveragedToken, Provenance, TokenKey
from levdesk.domain.transactions import CostMethod, Portfolio, TransactionDraft
from levdesk.services.bookkeeping import Bookkeeper
from levdesk.services.books import Books
from levdesk.services.importing import preview_import
from tests.domain.strategies import BTC3L, ETH3S, START_MS, buy, draft, figures, token
from tests.services.memory_writer import NOW_MS, FixedClock, MemoryWriter, rows_of

HEADER = b"time,type,venue,symbol,quantity,price,fee,fee_currency,note\n"


@pytest.fixture
def writer() -> MemoryWriter:
    return MemoryWriter(*rows_of([buy("10", "2"), draft("sell", "6", "3", at=10)]))


@pytest.fixture
def keeper(writer: MemoryWriter) -> Bookkeeper:
    return Bookkeeper(writer, FixedClock())


@pytest.fixture
def books(writer: MemoryWriter) -> Books:
    return Books.read(writer.read())


# -- transactions ----------------------------------------------------------------------------------------------------


def test_a_transaction_is_added_under_a_name_in_words(writer: MemoryWriter, keeper: Bookkeeper, books: Books) -> None:
    change = keeper.record(books, draft("sell", "4.00", "3", at=20), 1).result()
    assert writer.acts == ["add sell of 4 BTC3L"]
    assert books.apply(change).position(BTC3L, 1).quantity == 0
    assert change.tokens is None


@pytest.mark.parametrize(
    ("row", "label"),
    [
        (draft("settle", None, "1", at=20), "add settle of all BTC3L"),
        (draft("merge", "100", at=20), "add merge of BTC3L at 100:1"),
        (draft("transfer_in", "0.10", at=20), "add transfer in of 0.1 BTC3L"),
    ],
)
def test_every_type_has_its_words(
    writer: MemoryWriter, keeper: Bookkeeper, books: Books, row: TransactionDraft, label: str
) -> None:
    keeper.record(books, row, 1)
    assert writer.acts == [label]


def test_an_impossible_transaction_is_refused_and_not_written(
    writer: MemoryWriter, keeper: Bookkeeper, books: Books
) -> None:
    with pytest.raises(UserError, match="Selling 5 BTC3L but only 4 held on"):
        keeper.record(books, draft("sell", "5", "3", at=20), 1)
    with pytest.raises(UserError, match="more than a day in the future"):
        keeper.record(books, replace(buy("1", "1"), time_ms=NOW_MS + 2 * 86_400_000), 1)
    with pytest.raises(UserError, match="no longer there"):
        keeper.record(books, buy("1", "1"), 9)
    assert writer.acts == []


def test_a_token_used_for_the_first_time_is_remembered_with_its_row(
    writer: MemoryWriter, keeper: Bookkeeper, books: Books
) -> None:
    change = keeper.record(books, draft("buy", "1", "1", key=ETH3S), 1).result()
    guessed = books.apply(change).tokens[ETH3S]
    assert figures(guessed, "underlying target_leverage provenance") == ["ETH", -3, Provenance.ASSUMED]


def test_a_venues_list_knows_better_than_the_name(writer: MemoryWriter, books: Books) -> None:
    listed = token(TokenKey("gate", "JUP"), target="2", quote_currency="USDC")
    keeper = Bookkeeper(writer, FixedClock(), {listed.key: listed}.get)
    row = draft("buy", "1", "1", key=listed.key, fee="0.1", fee_currency="USDC")
    assert books.apply(keeper.record(books, row, 1).result()).tokens[listed.key] == listed


def test_a_token_nobody_knows_is_refused_with_what_to_do(keeper: Bookkeeper, books: Books) -> None:
    with pytest.raises(UserError, match="JUP at gate is not a leveraged token we know") as caught:
        keeper.record(books, draft("buy", "1", "1", key=TokenKey("gate", "JUP")), 1)
    assert "underlying and leverage" in caught.value.hint


def test_an_edit_is_checked_in_place_of_the_old_row(writer: MemoryWriter, keeper: Bookkeeper, books: Books) -> None:
    with pytest.raises(UserError, match="A later row would no longer be possible: selling 6 BTC3L but only 5 held"):
        keeper.amend(books, 1, buy("5", "2"))
    change = keeper.amend(books, 1, buy("6", "2")).result()
    assert writer.acts == ["edit buy of 6 BTC3L"]
    assert books.apply(change).position(BTC3L, 1).quantity == 0


def test_a_buy_that_a_later_sale_needs_cannot_be_deleted(
    writer: MemoryWriter, keeper: Bookkeeper, books: Books
) -> None:
    with pytest.raises(UserError, match="selling 6 BTC3L but none held on") as caught:
        keeper.remove(books, [1])
    assert caught.value.hint
    with pytest.raises(UserError, match="No transaction is chosen"):
        keeper.remove(books, [])
    assert writer.acts == []
    keeper.remove(books, [2]).result()
    assert writer.acts == ["delete sell of 6 BTC3L"]


def test_several_rows_go_in_one_act(writer: MemoryWriter, keeper: Bookkeeper, books: Books) -> None:
    change = keeper.remove(books, [1, 2, 1]).result()
    assert writer.acts == ["delete 2 transactions"]
    assert books.apply(change).keys(None) == ()


# -- imports ---------------------------------------------------------------------------------------------------------


def test_an_import_is_one_act_that_brings_its_tokens(writer: MemoryWriter, keeper: Bookkeeper, books: Books) -> None:
    data = HEADER + b"2023-12-01,buy,gate,ETH3S,1,2,,,\n2023-12-02,sell,gate,BTC3L,4,2,,,\n"
    preview = preview_import(data, books, 1, now_ms=NOW_MS, source="trades.csv")
    after = books.apply(keeper.accept_import(books, preview).result())
    assert writer.acts == ["import 2 transactions from trades.csv"]
    assert (after.position(ETH3S, 1).quantity, after.position(BTC3L, 1).quantity) == (Decimal(1), Decimal(0))
    assert ETH3S in after.tokens
    assert all(row.import_batch_id == 1 for row in after.transactions(ETH3S, 1))


def test_an_import_is_checked_again_against_the_books_of_the_moment(keeper: Bookkeeper, books: Books) -> None:
    data = HEADER + b"2023-12-02,sell,gate,BTC3L,4,2,,,\n"
    preview = preview_import(data, books, 1, now_ms=NOW_MS, source="trades.csv")
    assert not preview.problems
    meanwhile = books.apply(keeper.record(books, draft("sell", "1", "1", at=20), 1).result())
    with pytest.raises(ImportRejected, match="1 bad row; nothing was written") as caught:
        keeper.accept_import(meanwhile, preview)
    assert [problem.line for problem in caught.value.problems] == [2]


def test_the_same_import_twice_needs_a_word(writer: MemoryWriter, keeper: Bookkeeper, books: Books) -> None:
    data = HEADER + b"2023-12-01,buy,gate,ETH3S,1,2,,,\n"
    preview = preview_import(data, books, 1, now_ms=NOW_MS, source="trades.csv")
    after = books.apply(keeper.accept_import(books, preview).result())
    with pytest.raises(ImportRejected, match=r"1 of 1 rows of trades\.csv is already in “Main”") as caught:
        keeper.accept_import(after, preview)
    assert "--allow-duplicates" in caught.value.hint
    twice = after.apply(keeper.accept_import(after, preview, allow_duplicates=True).result())
    assert twice.position(ETH3S, 1).quantity == 2


# -- portfolios and tokens -------------------------------------------------------------------------------------------


def test_a_portfolio_has_a_name_of_its_own(writer: MemoryWriter, keeper: Bookkeeper, books: Books) -> None:
    after = books.apply(keeper.add_portfolio(books, "  Long   term ", CostMethod.LIFO).result())
    assert after.portfolios[1] == Portfolio(id=2, name="Long term", cost_method=CostMethod.LIFO)
    assert writer.acts == ["add portfolio “Long term”"]
    for name, words in (("", "needs a name"), (" main ", "already a portfolio “Main”"), ("x" * 81, "at most 80")):
        with pytest.raises(UserError, match=words):
            keeper.add_portfolio(books, name, CostMethod.FIFO)


def test_a_portfolio_is_renamed_or_gets_another_method(writer: MemoryWriter, keeper: Bookkeeper, books: Books) -> None:
    keeper.edit_portfolio(books, Portfolio(id=1, name="MAIN"))
    keeper.edit_portfolio(books, Portfolio(id=1, name="Main", cost_method=CostMethod.AVERAGE))
    assert writer.acts == ["rename “Main” to “MAIN”", "use average cost in “Main”"]


def test_the_last_portfolio_stays(writer: MemoryWriter, keeper: Bookkeeper, books: Books) -> None:
    with pytest.raises(UserError, match="last portfolio"):
        keeper.remove_portfolio(books, 1)
    two = books.apply(keeper.add_portfolio(books, "Other", CostMethod.FIFO).result())
    one = two.apply(keeper.remove_portfolio(two, 1).result())
    assert [portfolio.name for portfolio in one.portfolios] == ["Other"]
    assert one.all_transactions(None) == ()
    assert writer.acts[-1] == "delete portfolio “Main”"


def test_a_token_is_defined_and_corrected(writer: MemoryWriter, keeper: Bookkeeper, books: Books) -> None:
    mystery = token(TokenKey("toros", "MYSTERY"), target="2")
    after = books.apply(keeper.define_token(books, mystery).result())
    keeper.define_token(after, mystery._replace(target_leverage=Decimal(3)))
    assert writer.acts == ["define MYSTERY at toros", "correct MYSTERY at toros"]
    assert after.tokens[mystery.key] == mystery


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (token(target="0"), "other than 0"),
        (token(target="101"), "other than 0"),
        (token(target="NaN"), "other than 0"),
        (token(TokenKey("", "BTC3L")), "a venue and a symbol"),
        (token()._replace(underlying=" "), "needs an underlying"),
        (token(quote_currency=""), "needs a quote currency"),
        (token(quote_currency="BTC3L"), "needs a quote currency"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(
    keeper: Bookkeeper, books: Books, bad: LeveragedToken, words: str
) -> None:
    with pytest.raises(UserError, match=words):
        keeper.define_token(books, bad)


def test_a_quote_currency_cannot_change_under_fees_that_name_it() -> None:
    writer = MemoryWriter(*rows_of([buy("1", "1", fee="0.1", fee_currency="USDT")]))
    keeper, books = Bookkeeper(writer, FixedClock()), Books.read(writer.read())
    with pytest.raises(UserError, match="cannot be quoted in USDC: its buy of 1 BTC3L has a fee in USDT"):
        keeper.define_token(books, token(quote_currency="USDC"))


def test_the_clock_of_these_tests_is_after_their_rows() -> None:
    assert FixedClock().now_ms() > START_MS
