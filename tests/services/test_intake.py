"""Foreign files: what is detected, what columns mean, what is left out, and that no bytes break it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from levdesk.domain.errors import ImportRejected, UserError
from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import TransactionType
from levdesk.services.csv_format import COLUMNS, parse_time
from levdesk.services.exporting import export_csv
from levdesk.services.importing import confirm_import, preview_import
from levdesk.services.intake.cells import TYPE_WORDS, moment_text, split_amount, split_pair
from levdesk.services.intake.choices import ENCODINGS, ColumnMapping, DateOrder, Field, IntakeChoices
from levdesk.services.intake.detecting import find_date_order, find_decimal_mark, header_zone
from levdesk.services.intake.mappings import (
    decode_mapping,
    encode_mapping,
    mapping_file,
    read_mapping_file,
    store_mapping,
    stored_mappings,
)
from levdesk.services.intake.reading import KnownFiles
from levdesk.services.intake.suspects import Likeness, choose_rows, find_suspects
from levdesk.services.intake.text import detect_encoding
from tests.domain.strategies import BTC3L, buy
from tests.services.intake_scene import PRESETS, reading, table, take_in
from tests.services.memory_writer import NOW_MS, books_of

KUCOIN = (
    "UID,Account Type,Order ID,Symbol,Side,Order Type,Avg. Filled Price,Filled Amount,Filled Volume,"
    "Filled Volume (USDT),Filled Time(UTC+08:00),Fee,Maker/Taker,Fee Currency"
)

# -- one file of each venue ------------------------------------------------------------------------------------------

SAMPLES = {
    "gate-trades": (
        "No,Time,Trade type,Market,Deal price,Deal amount,Total,Fee\n"
        "1,2022-11-14 10:00:00,Buy,BTC3L/USDT,2.5,12 BTC3L,30 USDT,0.024 BTC3L\n"
    ),
    "gate-fills": (
        "id,create_time,create_time_ms,currency_pair,side,role,amount,price,order_id,fee,fee_currency\n"
        "1,1668420000,1668420000000.325000,BTC3L_USDT,buy,taker,12,2.5,4,0.024,BTC3L\n"
    ),
    "mexc-trades": (
        "Pairs,Time,Side,Filled Price,Executed Amount,Total,Fee,Role\n"
        "BTC3L_USDT,2022-11-14 10:00:00,BUY,2.5,12,30,0.024,taker\n"
    ),
    "mexc-orders": (
        "Pairs,Time,Type,Direction,Average Filled Price,Order Price,Filled Quantity,"
        "Order Quantity,Order Amount,Status\n"
        "BTC3L_USDT,2022-11-14 10:00:00,Limit,Buy,2.5,2.5,12,12,30,Filled\n"
    ),
    "kucoin-orders": f"{KUCOIN}\nu,main,1,BTC3L-USDT,BUY,limit,2.5,12,30,30,2022-11-14 18:00:00,0.024,taker,BTC3L\n",
    "kucoin-old": (
        "tradeCreatedAt,orderId,symbol,side,price,size,funds,fee,liquidity,feeCurrency,orderType\n"
        "2022-11-14 10:00:00,1,BTC3L-USDT,buy,2.5,12,30,0.024,taker,BTC3L,limit\n"
    ),
    "kucoin-fills": (
        "id,orderId,symbol,side,price,size,funds,fee,feeRate,feeCurrency,createdAt\n"
        "1,2,BTC3L-USDT,buy,2.5,12,30,0.024,0.001,BTC3L,1668420000000\n"
    ),
    "pionex-fills": (
        "id,orderId,symbol,side,role,price,size,fee,feeCoin,timestamp\n"
        "1,2,BTC3L_USDT,BUY,TAKER,2.5,12,0.024,BTC3L,1668420000000\n"
    ),
    "bybit-trades": (
        "UID: 1,Company Name: ,Country:\n"
        "Uid,Spot Pairs,Order Type,Direction,Filled Value,Filled Price,Filled Quantity,Fees,Transaction ID,Order No.,"
        "Timestamp (UTC+0)\n"
        "1,BTC3LUSDT,LIMIT,BUY,30,2.5,12,0.024,22,18,10:00 2022-11-14\n"
    ),
    "bybit-trades-fee-coin": (
        "Spot Pairs,Order Type,Direction,feeCoin,ExecFeeV2,Filled Value,Filled Price,Filled Quantity,Fees,"
        "Transaction ID,Order No.,Timestamp (UTC)\n"
        "BTC3LUSDT,MARKET,BUY,BTC3L,0.024,30,2.5,12,--,t1, o1,10:00 2022-11-14\n"
    ),
    "bybit-fills": (
        "symbol,orderType,side,orderId,execTime,feeCurrency,isMaker,execFee,execId,execPrice,execQty,execType\n"
        "BTC3LUSDT,Market,Buy,1,1668420000000,,false,0.024,2,2.5,12,Trade\n"
    ),
    "bitrue-fills": (
        "symbol,id,orderId,origClientOrderId,price,qty,commission,commissionAssert,time,isBuyer,isMaker,isBestMatch\n"
        "BTC3LUSDT,1,2,,2.5,12,0.024,BTC3L,1668420000000,true,false,true\n"
    ),
    "lbank-trades": (
        "ID,Method,Type,Pair,Time,Direction,Average Price,Volume,Turnover,"
        "Transaction Fee Rate,Transaction Fee,Remarks\n"
        "1,m,SPOT,btc3l_usdt,2022-11-14 10:00:00 UTC0,buy_market,2.5,12btc3l,30usdt,0.2%,0.024btc3l,\n"
    ),
    "binance-trades": (
        "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"
        "2022-11-14 10:00:00,BTC3LUSDT,BUY,2.5,12BTC3L,30USDT,0.024BTC3L\n"
    ),
    "binance-trades-old": (
        "Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin\n"
        "2022-11-14 10:00:00,BTC3LUSDT,BUY,2.5,12,30,0.024,BTC3L\n"
    ),
    "mexc-fills": (
        "symbol,id,orderId,orderListId,price,qty,quoteQty,commission,commissionAsset,time,isBuyer,isMaker,isSelfTrade\n"
        "BTC3LUSDT,1,2,-1,2.5,12,30,0.024,BTC3L,1668420000000,true,false,false\n"
    ),
    "binance-fills": (
        "symbol,id,orderId,orderListId,price,qty,quoteQty,commission,commissionAsset,time,isBuyer,isMaker,isBestMatch\n"
        "BTC3LUSDT,1,2,-1,2.5,12,30,0.024,BTC3L,1668420000000,true,false,true\n"
    ),
}


@pytest.mark.parametrize("name", [preset.name for preset in PRESETS.mappings if preset.name != "levdesk"])
def test_each_preset_reads_a_file_of_its_venue(name: str) -> None:
    preview = take_in(SAMPLES[name])
    found = reading(preview)
    assert found.mapping.name == name
    assert found.missing == ()
    assert preview.problems == ()
    (row,) = preview.rows
    assert (row.draft.key, row.draft.type) == (TokenKey(found.mapping.venue, "BTC3L"), TransactionType.BUY)
    assert row.draft.time_ms == parse_time("2022-11-14T10:00:00Z")
    assert (row.draft.quantity, row.draft.price) == (Decimal(12), Decimal("2.5"))
    if name != "mexc-orders":  # which has no fees
        assert (row.draft.fee, row.draft.fee_currency) == (Decimal("0.024"), "BTC3L")


@pytest.mark.parametrize("preset", PRESETS.mappings, ids=lambda preset: preset.name)
def test_a_preset_says_where_it_is_from_and_warns_when_that_is_an_assumption(preset: ColumnMapping) -> None:
    assert preset.source
    if preset.name in SAMPLES:
        warned = any("assumed" in notice.message for notice in take_in(SAMPLES[preset.name]).notices)
        assert warned is preset.assumed


# -- what is left out ------------------------------------------------------------------------------------------------


def test_other_coins_are_counted_and_named() -> None:
    row = "u,main,1,{},BUY,limit,2.5,{},30,30,2022-11-14 18:00:00,0.024,taker,USDT"
    lines = [row.format(*each) for each in (("BTC-USDT", 1), ("BTC3L-USDT", 1), ("BTC-USDT", 2), ("JUP-USDT", 1))]
    preview = take_in(table(KUCOIN, *lines, row.format("BTC3L-USDT", 0)))
    assert [row.draft.key.symbol for row in preview.rows] == ["BTC3L"]
    assert reading(preview).skipped == (("BTC/USDT", 2), ("JUP/USDT", 1), ("orders that were not filled", 1))
    assert reading(preview).rows_read == 5


def test_a_fee_in_a_third_coin_stands_in_the_note() -> None:
    row = "u,main,1,BTC3L-USDT,BUY,limit,2.5,12,30,30,2022-11-14 18:00:00,0.024,taker,KCS"
    preview = take_in(table(KUCOIN, row))
    assert (preview.rows[0].draft.fee, preview.rows[0].draft.note) == (Decimal(0), "fee 0.024 KCS")
    assert reading(preview).foreign_fees == (("KCS", 1),)


def test_fees_that_are_all_below_zero_were_paid() -> None:
    rows = [f"2022-11-14,buy,gate,BTC3L,12,2.5,-0.0{digit},USDT" for digit in (1, 2)]
    preview = take_in(table("Date,Side,Exchange,Pair,Amount,Price,Fee,Fee Coin", *rows))
    assert reading(preview).shape.fees_negative
    assert [row.draft.fee for row in preview.rows] == [Decimal("0.01"), Decimal("0.02")]


# -- files nobody knows ----------------------------------------------------------------------------------------------


def test_columns_are_guessed_by_their_names_and_what_is_missing_is_asked() -> None:
    preview = take_in(
        "成交时间,交易对,方向,成交价,成交数量\n2022-11-14 10:00:00,BTC3L_USDT,买入,2.5,12\n".encode("gb18030")
    )
    found = reading(preview)
    assert found.shape.encoding == "gb18030"
    assert found.missing == (Field.VENUE,)
    assert preview.rows == ()
    told = take_in(
        "成交时间,交易对,方向,成交价,成交数量\n2022-11-14 10:00:00,BTC3L_USDT,买入,2.5,12\n".encode("gb18030"),
        IntakeChoices(mapping=replace(found.mapping, venue="gate")),
    )
    assert told.rows[0].draft.key == TokenKey("gate", "BTC3L")


def test_unknown_words_are_named_and_can_be_given_a_meaning() -> None:
    text = table("Date,Side,Exchange,Pair,Amount,Price", "2022-11-14,Zukauf,gate,BTC3L,12,2.5")
    preview = take_in(text)
    assert reading(preview).unknown_words == ("Zukauf",)
    assert preview.problems
    taught = replace(reading(preview).mapping, words=(("zukauf", "buy"),))
    assert take_in(text, IntakeChoices(mapping=taught)).rows[0].draft.type is TransactionType.BUY


def test_a_total_gives_the_price() -> None:
    preview = take_in(table("Date,Side,Exchange,Pair,Amount,Total", "2022-11-14,buy,gate,BTC3L,8,20"))
    assert preview.rows[0].draft.price == Decimal("2.5")


def test_without_a_type_nothing_is_guessed() -> None:
    mapping = ColumnMapping(
        venue="gate",
        columns=((Field.TIME, "t"), (Field.SYMBOL, "s"), (Field.QUANTITY, "q"), (Field.PRICE, "p")),
    )
    text = table("t,s,q,p", "2022-11-14,BTC3L,8,2.5")
    assert reading(take_in(text, IntakeChoices(mapping=mapping))).missing == (Field.TYPE,)


def test_a_sheet_of_a_german_program_is_read() -> None:
    text = table("Datum;Typ;Börse;Paar;Menge;Preis;Gebühr", "14.11.2022 10:00;Kauf;gate;BTC3L;1.200,5;2,5;0,024")
    for encoding in ("utf-8", "cp1252", "utf-16"):
        preview = take_in(text.encode(encoding))
        assert preview.problems == (), encoding
        (row,) = preview.rows
        assert (row.draft.quantity, row.draft.price, row.draft.fee) == (
            Decimal("1200.5"),
            Decimal("2.5"),
            Decimal("0.024"),
        )
        assert row.draft.time_ms == parse_time("2022-11-14T10:00:00Z")


def test_what_is_chosen_replaces_what_was_detected() -> None:
    text = table("Date;Side;Exchange;Pair;Amount;Price", "03/04/2022 10:00;buy;gate;BTC3L;1.500;2.5")
    assert not reading(take_in(text)).shape.is_order_sure
    choices = IntakeChoices(date_order=DateOrder.MONTH_FIRST, zone_min=120)
    chosen = take_in(text, choices)
    assert chosen.rows[0].draft.time_ms == parse_time("2022-03-04T08:00:00Z")
    assert reading(chosen).shape.is_order_sure


# -- the program's own files -----------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.decimals("0.000001", "1000000", places=6), st.text(max_size=20)),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=60)
def test_our_own_export_reads_as_the_command_line_reads_it(rows: list[tuple[int, Decimal, str]]) -> None:
    drafts = [
        replace(buy(str(quantity), "2", at=at % 100_000), note=note)
        for at, quantity, note in rows
        if not any(character in note for character in "\0") and note.isprintable() and note == note.strip()
    ]
    data = export_csv(books_of(*drafts).all_transactions(1))
    if not drafts:
        return
    plain = preview_import(data, books_of(), 1, now_ms=NOW_MS)
    assert reading(take_in(data)).mapping.name == "levdesk"
    assert [row.draft for row in take_in(data).rows] == [row.draft for row in plain.rows]


# -- single cells ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mark", "number", "unit"),
    [
        ("1,234.5", ".", "1234.5", ""),
        ("1.234,5", ",", "1234.5", ""),
        ("1 234,5", ",", "1234.5", ""),
        ("1'234.50", ".", "1234.50", ""),
        ("0.51INCHUP", ".", "0.5", "1INCHUP"),
        ("12 BTC3L", ".", "12", "BTC3L"),
        ("0,012 btc3l", ",", "0.012", "BTC3L"),
        ('="0.10"', ".", "0.10", ""),
        ("\u22125", ".", "-5", ""),
        ("$3.5", ".", "3.5", ""),
        ("1e-7", ".", "1e-7", ""),
        ("1,23", ".", "1,23", ""),
        ("1.5", ",", "1.5 ", ""),
        ("=1+2", ".", "=1+2", ""),
    ],
)
def test_amounts(text: str, mark: str, number: str, unit: str) -> None:
    assert split_amount(text, mark, "1INCHUP" if "INCH" in text else "") == (number, unit)


def test_a_number_written_the_other_way_is_never_taken_for_another_size() -> None:
    """1.234 under decimal commas is a thousand or a mistake, 1,234 under points too: never 1.234."""
    assert split_amount("1.234", ",")[0] == "1234"
    assert split_amount("1,234", ".")[0] == "1234"


@given(st.decimals("0.00000001", "99999999", places=8), st.sampled_from([".", ","]))
@settings(max_examples=80)
def test_an_amount_written_with_thousands_signs_reads_as_itself(value: Decimal, mark: str) -> None:
    text = f"{value:,f}"
    written = text if mark == "." else text.translate(str.maketrans(",.", ".,"))
    assert Decimal(split_amount(written, mark)[0]) == value


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("14:35 2024-11-24", DateOrder.YEAR_FIRST, "2024-11-24T14:35:00Z"),
        ("2024-11-24 14:35:01.25", DateOrder.YEAR_FIRST, "2024-11-24T14:35:01.250Z"),
        ("2024/11/24 2:35:01 PM", DateOrder.YEAR_FIRST, "2024-11-24T14:35:01Z"),
        ("2024-11-24T14:35:01+08:00", DateOrder.YEAR_FIRST, "2024-11-24T06:35:01Z"),
        ("24.11.2024", DateOrder.DAY_FIRST, "2024-11-24T00:00:00Z"),
        ("11/24/2024 14:35", DateOrder.MONTH_FIRST, "2024-11-24T14:35:00Z"),
        ("24 Nov 2024 14:35 UTC", DateOrder.DAY_FIRST, "2024-11-24T14:35:00Z"),
        ("Nov 24, 2024", DateOrder.DAY_FIRST, "2024-11-24T00:00:00Z"),
        ("2024年11月24日 14:35", DateOrder.YEAR_FIRST, "2024-11-24T14:35:00Z"),
        ("20241124 14:35:00", DateOrder.YEAR_FIRST, "2024-11-24T14:35:00Z"),
        ("24-11-24 14:35:00", DateOrder.YEAR_FIRST, "2024-11-24T14:35:00Z"),
        ("1732458901", DateOrder.YEAR_FIRST, "2024-11-24T14:35:01Z"),
        ("1732458901250.5", DateOrder.YEAR_FIRST, "2024-11-24T14:35:01.250Z"),
        ("1732458901250000", DateOrder.YEAR_FIRST, "2024-11-24T14:35:01.250Z"),
        ("2024-11-24 14:35:01 UTC0", DateOrder.YEAR_FIRST, "2024-11-24T14:35:01Z"),
        ("2024-11-24 14:35:01 (UTC+2)", DateOrder.YEAR_FIRST, "2024-11-24T12:35:01Z"),
    ],
)
def test_moments(text: str, order: DateOrder, moment: str) -> None:
    assert moment_text(text, order, 0) == moment


@pytest.mark.parametrize(
    "text", ["", "soon", "2024-13-01", "31.02.2024", "25:00 2024-11-24", "2024-11-24 14:99", "12345"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"missing|not a"):
        moment_text(text, DateOrder.DAY_FIRST, 0)


def test_a_zone_applies_to_times_that_name_none() -> None:
    assert moment_text("2024-11-24 14:35", DateOrder.YEAR_FIRST, 480) == "2024-11-24T06:35:00Z"
    assert moment_text("2024-11-24 14:35Z", DateOrder.YEAR_FIRST, 480) == "2024-11-24T14:35:00Z"
    assert [header_zone(header) for header in ("Time(UTC+8)", "Date(UTC)", "Filled Time(UTC-05:30)", "Time")] == [
        480,
        0,
        -330,
        None,
    ]


@given(st.text(max_size=60), st.sampled_from(list(DateOrder)), st.integers(-840, 840))
@settings(max_examples=200)
def test_any_text_is_a_moment_or_is_refused(text: str, order: DateOrder, zone_min: int) -> None:
    try:
        parse_time(moment_text(text, order, zone_min))
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either way is right, but a refusal has a reason


def test_pairs() -> None:
    assert split_pair("btc3l_usdt") == ("BTC3L", "USDT")
    assert split_pair("BTC3LUSDT") == ("BTC3L", "USDT")
    assert split_pair("BTC3L/USDC") == ("BTC3L", "USDC")
    assert split_pair("BTC3L") == ("BTC3L", "")
    assert split_pair("USDT") == ("USDT", "")


def test_dates_settle_their_order() -> None:
    assert find_date_order(["01/13/2024"]) == (DateOrder.MONTH_FIRST, True)
    assert find_date_order(["01/02/2024", "13/02/2024"]) == (DateOrder.DAY_FIRST, True)
    assert find_date_order(["01/02/2024"]) == (DateOrder.DAY_FIRST, False)
    assert find_date_order(["01/02/2024 3:00 PM"]) == (DateOrder.MONTH_FIRST, False)
    assert find_date_order(["2024-01-02"]) == (DateOrder.YEAR_FIRST, True)


def test_numbers_settle_the_decimal_mark() -> None:
    assert find_decimal_mark(["1,5", "1.000,25"], ";") == ","
    assert find_decimal_mark(["1,500", "0.25"], ",") == "."
    assert find_decimal_mark(["1,500"], ";") == ","
    assert find_decimal_mark([], ";") == "."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_told_by_its_bytes(encoding: str) -> None:
    text = "time,type,venue,symbol,quantity,price,note\n2022-11-14,buy,gate,BTC3L,1,2,Überschuß\n"
    preview = take_in(text.encode(encoding))
    assert preview.rows[0].draft.note == "Überschuß"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Datum,Gebühr,Börse,Anmerkung: schönes Geschäft\n", "cp1252"),
        ("дата,тип,цена,количество,комиссия\n", "cp1251"),
        ("成交时间,交易对,方向,成交价,成交数量,手续费\n", "gb18030"),
        ("거래시간,구분,가격,수량,수수료\n", "euc_kr"),
    ],
)
def test_older_encodings_are_told_by_their_letters(text: str, encoding: str) -> None:
    assert detect_encoding(text.encode(encoding)) == encoding


# -- mappings as values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS.mappings, ids=lambda preset: preset.name)
def test_a_mapping_survives_a_file_and_the_settings(preset: ColumnMapping) -> None:
    assert read_mapping_file(mapping_file(preset), "m.json") == preset
    assert decode_mapping(encode_mapping(preset)) == preset
    assert stored_mappings(store_mapping((), preset)) == (preset,)
    assert stored_mappings(store_mapping(store_mapping((), preset), replace(preset, venue="x"))) == (
        replace(preset, venue="x"),
    )


def test_a_persons_own_mapping_comes_first() -> None:
    own = replace(next(m for m in PRESETS.mappings if m.name == "binance-trades"), name="", title="Mine", venue="gate")
    preview = take_in(SAMPLES["binance-trades"], known=KnownFiles(PRESETS, (own,)))
    assert reading(preview).mapping.title == "Mine"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), st.lists) | st.binary(max_size=99))
@settings(max_examples=60)
def test_no_content_of_a_mapping_file_breaks(content: object) -> None:
    data = content if isinstance(content, bytes) else repr(content).encode()
    with pytest.raises(UserError, match=r"m\.json"):
        read_mapping_file(data, "m.json")


def test_type_words_are_types() -> None:
    assert set(TYPE_WORDS.values()) == {kind.value for kind in TransactionType}


# -- suspected duplicates --------------------------------------------------------------------------------------------


def test_a_row_that_is_there_a_row_within_the_second_and_a_twin() -> None:
    at = parse_time("2022-11-14T10:00:00Z")
    books = books_of(replace(buy("12", "2"), time_ms=at), replace(buy("7", "2"), time_ms=at + 250))
    rows = [
        "2022-11-14T10:00:00Z,buy,gate,BTC3L,12,2",
        "2022-11-14T10:00:00Z,buy,gate,BTC3L,7,2",
        "2022-11-14T11:00:00Z,buy,gate,BTC3L,5,2",
        "2022-11-14T11:00:00Z,buy,gate,BTC3L,5,2",
        "2022-11-14T12:00:00Z,buy,gate,BTC3L,5,2",
    ]
    preview = take_in(table("time,type,venue,symbol,quantity,price", *rows), books=books)
    suspects = find_suspects(preview, books)
    assert [(each.row.line, each.likeness, each.is_wanted) for each in suspects] == [
        (2, Likeness.THERE, False),
        (3, Likeness.SECOND, False),
        (5, Likeness.TWICE, True),
    ]
    chosen = choose_rows(preview, {each.row.line for each in suspects if not each.is_wanted})
    assert [row.line for row in confirm_import(books, chosen, allow_duplicates=True).rows] == [4, 5, 6]


def test_one_stored_row_answers_for_one_row_of_the_file() -> None:
    at = parse_time("2022-11-14T10:00:00Z")
    row = "2022-11-14T10:00:00Z,buy,gate,BTC3L,12,2"
    books = books_of(replace(buy("12", "2"), time_ms=at))
    preview = take_in(table("time,type,venue,symbol,quantity,price", row, row), books=books)
    assert [each.likeness for each in find_suspects(preview, books)] == [Likeness.THERE]


def test_bad_rows_can_be_left_out() -> None:
    text = table(
        "time,type,venue,symbol,quantity,price", "2022-11-14,buy,gate,BTC3L,x,2", "2022-11-14,buy,gate,BTC3L,1,2"
    )
    preview = take_in(text)
    chosen = choose_rows(preview, {problem.line for problem in preview.problems if problem.line})
    assert confirm_import(books_of(), chosen, allow_duplicates=False).rows[0].draft.key == BTC3L


# -- hostile files ---------------------------------------------------------------------------------------------------

HEADER = ",".join(COLUMNS).encode()


def survive(data: bytes, choices: IntakeChoices | None = None) -> None:
    try:
        take_in(data, choices)
    except ImportRejected as error:
        assert error.message  # noqa: PT017 - a refusal with words is as good as a preview


@given(st.binary(max_size=400), st.sampled_from([None, *ENCODINGS]), st.sampled_from([None, ",", ";", "\t", "|"]))
@example(b"", None, None)
@example(b"\xff\xfe", None, None)
@example(b"\0" * 64, None, None)
@example(b'"', None, None)
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, encoding: str | None, delimiter: str | None) -> None:
    survive(data, IntakeChoices(encoding=encoding, delimiter=delimiter))


_CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "1e400",
            "-1e400",
            "NaN",
            "Infinity",
            "=cmd()",
            "+1",
            "-",
            "@x",
            "1,2.3,4",
            "0x10",
            "９",
            "10:00",
            "2022-11-14",
        ]
    ),
)


@given(st.lists(st.lists(_CELL, max_size=10), max_size=8), st.sampled_from([*SAMPLES, "levdesk"]))
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_cells_under_any_known_header_are_read_or_refused(rows: list[list[str]], name: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    header = HEADER if name == "levdesk" else SAMPLES[name].rsplit("\n", 2)[0].encode()
    survive(header + b"\n" + text.getvalue().encode("utf-8", "surrogatepass"))


def test_a_figure_beyond_all_size_is_a_problem_of_its_row() -> None:
    preview = take_in(HEADER + b"\n2022-11-14,buy,gate,BTC3L,1e400,2,,,\n")
    assert "out of range" in preview.problems[0].message


def test_a_formula_is_no_number() -> None:
    preview = take_in(HEADER + b"\n2022-11-14,buy,gate,BTC3L,=1+1,2,,,\n")
    assert "not a number" in preview.problems[0].message


@pytest.mark.parametrize(
    "data",
    [
        b"time,type\n" + b"x" * 3_000_000,
        b"\0" * 3_000_000,
        HEADER + b"\n" + b"," * 2_000_000,
        HEADER + b"\n\xff\xfe\xfd" + b"\xff" * 300_000,
        HEADER + b'\n"' + b"2022,buy\n" * 200_000,
    ],
    ids=["one line", "nuls", "commas", "other bytes late", "open quote"],
)
def test_large_nonsense_ends_soon(data: bytes) -> None:
    survive(data)
