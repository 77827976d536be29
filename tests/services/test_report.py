"""The report: JSON for scripts, with the names the command line promises, and a table for people."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given

from levdesk.domain.market import NavSource, TokenQuote
from levdesk.domain.transactions import TransactionDraft
from levdesk.services.portfolio import build_view
from levdesk.services.report import report_document, report_json, report_text
from levdesk.services.views import PortfolioView
from tests.domain.strategies import BTC3L, ETH3S, START_MS, buy, draft, ledgers, token
from tests.services.memory_writer import NOW_MS, books_of

HOLDING_KEYS = [
    *("venue", "symbol", "underlying", "direction", "target_leverage", "quantity", "cost_basis", "average_cost"),
    *("market_price", "market_price_ts_ms", "nav", "nav_source", "nav_ts_ms", "premium_ratio", "effective_leverage"),
    *("market_value", "unrealised_pnl", "realised_pnl", "fees_paid"),
]
TOTAL_KEYS = ["market_value", "cost_basis", "unrealised_pnl", "realised_pnl", "fees_paid"]
PLAIN = re.compile(r"-?\d+(\.\d*[1-9])?")

QUOTE = TokenQuote(
    key=BTC3L,
    last=Decimal("2.50"),
    price_ts_ms=START_MS,
    nav=Decimal("2.4"),
    nav_source=NavSource.ESTIMATE,
    nav_ts_ms=START_MS + 1,
    effective_leverage=Decimal("3.10"),
)


def words(line: str) -> str:
    """A line of the table without its padding."""
    return " ".join(line.split())


def sample() -> PortfolioView:
    rows = (
        buy("100.50", "2.4614", fee="0.1"),
        draft("sell", "0.5", "3", at=1),
        draft("buy", "3", "1", key=ETH3S),
        draft("transfer_in", "2", key=ETH3S),
    )
    books = books_of(*rows, tokens=(token(), token(ETH3S, target="-3")))
    return build_view(books, {BTC3L: QUOTE}, NOW_MS)


def test_the_document_has_the_promised_names() -> None:
    document: dict[str, Any] = json.loads(report_json(sample()))
    assert list(document) == ["as_of_ms", "currency", "complete", "totals", "holdings", "problems"]
    assert list(document["totals"]) == TOTAL_KEYS
    assert [list(holding)[: len(HOLDING_KEYS)] for holding in document["holdings"]] == [HOLDING_KEYS] * 2
    assert {"severity", "code", "message"} <= document["problems"][0].keys()


def test_decimals_are_plain_strings_times_are_integers_and_unknown_is_null() -> None:
    document: dict[str, Any] = json.loads(report_json(sample()))
    known, unknown = document["holdings"]
    assert (document["as_of_ms"], document["currency"], document["complete"]) == (NOW_MS, "USDT", False)
    assert (known["quantity"], known["market_price"], known["market_value"]) == ("100", "2.5", "250")
    assert (known["target_leverage"], known["effective_leverage"], known["direction"]) == ("3", "3.1", "long")
    assert (known["nav_source"], known["nav_ts_ms"], known["market_price_ts_ms"]) == (
        "estimate",
        START_MS + 1,
        START_MS,
    )
    assert abs(Decimal(known["premium_ratio"]) - Decimal(1) / 24) < Decimal("1e-32")
    assert (unknown["target_leverage"], unknown["direction"]) == ("-3", "short")
    for name in (
        "cost_basis",
        "average_cost",
        "market_price",
        "market_price_ts_ms",
        "nav",
        "nav_source",
        "market_value",
    ):
        assert unknown[name] is None
    assert (unknown["realised_pnl"], unknown["fees_paid"], unknown["quantity"]) == ("0", "0", "5")


@given(ledgers(unknown_costs=True))
def test_every_decimal_is_written_plainly(rows: tuple[TransactionDraft, ...]) -> None:
    document: dict[str, Any] = report_document(build_view(books_of(*rows), {BTC3L: QUOTE}, NOW_MS))
    texts = [value for value in document["totals"].values() if value is not None]
    decimals = [*HOLDING_KEYS[4:9], "market_value", "unrealised_pnl", "realised_pnl", "fees_paid"]
    texts += [holding[name] for holding in document["holdings"] for name in decimals if holding[name] is not None]
    assert [text for text in texts if not PLAIN.fullmatch(text)] == []


def test_a_sold_out_holding_stays_with_its_result() -> None:
    books = books_of(buy("10.5", "2"), draft("sell", "10.5", "3", at=1))
    (holding,) = json.loads(report_json(build_view(books, {}, NOW_MS)))["holdings"]
    assert (holding["quantity"], holding["market_value"], holding["average_cost"]) == ("0", "0", None)
    assert holding["realised_pnl"] == "10.5"


def test_several_portfolios_are_named() -> None:
    document = report_document(sample(), portfolios=("Main", "Savings"))
    assert document["portfolios"] == ["Main", "Savings"]
    assert "portfolios" not in report_document(sample(), portfolios=("Main",))


def test_the_table_is_for_people() -> None:
    lines = report_text(sample()).splitlines()
    assert lines[0] == "As of 2023-12-14 22:13:20 UTC, in USDT"
    assert words(lines[2]) == "Token Quantity Price NAV Premium Leverage Value Unrealised Realised Fees"
    assert words(lines[3]) == "gate:BTC3L 100 2.5 2.4 est. +4.17% 3.10× 250.00 +3.76 +0.27 0.10"
    assert words(lines[4]) == "gate:ETH3S 5 — — — — — — 0.00 0.00"
    assert words(lines[6]) == "Total (partial) 250.00 +3.76 +0.27 0.10"
    assert lines[8].startswith("warning: ")
    assert len({len(line) for line in lines[2:5]}) == 1, "columns stand under each other"


def test_the_table_of_an_empty_book_is_its_total() -> None:
    lines = report_text(build_view(books_of(), {}, NOW_MS)).splitlines()
    assert lines[-1].split() == ["Total", "0.00", "0.00", "0.00", "0.00"]


def test_small_prices_keep_their_digits_in_the_table() -> None:
    quote = replace(QUOTE, last=Decimal("0.00000123456789"), nav=None, nav_source=None)
    books = books_of(buy("1000000", "0.000002"))
    text = report_text(build_view(books, {BTC3L: quote}, NOW_MS))
    assert "0.00000123457" in text
    assert "1,000,000" in text
    assert "-0.77" in text
