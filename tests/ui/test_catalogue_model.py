from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from levdesk.domain.instruments import TokenKey
from levdesk.ui.models.catalogue_model import MAX_MATCHES, CatalogueModel
from tests.ui.fake_books import tokens

BTC5L = TokenKey("gate", "BTC5L")


@pytest.fixture
def catalogue(qapp: object) -> CatalogueModel:
    made = CatalogueModel()
    made.set_tokens(tokens(), held=())
    return made


def matches(catalogue: CatalogueModel, text: str) -> list[str]:
    catalogue.narrow(text)
    return [catalogue.token_at(catalogue.index(row, 0)).key.symbol for row in range(catalogue.rowCount())]


def test_it_is_a_sound_model(qtmodeltester: ModelTester, catalogue: CatalogueModel) -> None:
    qtmodeltester.check(catalogue)  # type: ignore[no-untyped-call]
    catalogue.narrow("btc")
    catalogue.narrow("")
    catalogue.narrow("zzz")


def test_every_word_has_to_be_found_and_symbols_come_first(catalogue: CatalogueModel) -> None:
    assert matches(catalogue, "btc") == ["BTC2L", "BTC3L", "BTC5L"]
    assert matches(catalogue, "long gate btc") == ["BTC3L", "BTC5L"]
    assert matches(catalogue, "pionex") == ["BTC2L"]
    assert matches(catalogue, "nothing of the kind") == []


def test_held_tokens_come_first_among_equals_and_the_exact_symbol_before_all(catalogue: CatalogueModel) -> None:
    catalogue.set_tokens(tokens(), held=(BTC5L,))
    assert matches(catalogue, "btc") == ["BTC5L", "BTC2L", "BTC3L"]
    assert matches(catalogue, "btc3l")[0] == "BTC3L"


def test_a_text_names_a_token_only_in_full(catalogue: CatalogueModel) -> None:
    assert [token.key for token in catalogue.named("btc5l · gate")] == [BTC5L]
    assert catalogue.named("btc") == ()
    assert catalogue.named("") == ()


def test_twins_of_two_venues_are_both_named(catalogue: CatalogueModel) -> None:
    twin = tokens()[0]._replace(key=TokenKey("mexc", "BTC3L"))
    catalogue.set_tokens((*tokens(), twin), held=())
    assert {token.key.venue for token in catalogue.named("BTC3L")} == {"gate", "mexc"}
    assert [token.key.venue for token in catalogue.named("mexc:btc3l")] == ["mexc"]


def test_a_row_says_what_the_token_is_to_the_eye_and_the_ear(catalogue: CatalogueModel) -> None:
    catalogue.narrow("eth5s")
    index = catalogue.index(0, 0)
    assert index.data() == "ETH5S · Gate"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "ETH5S, Gate · 5× short ETH"


def test_a_long_list_is_cut_but_counted(catalogue: CatalogueModel) -> None:
    many = tuple(tokens()[0]._replace(key=TokenKey("gate", f"AA{number}3L")) for number in range(500))
    catalogue.set_tokens(many, held=())
    assert catalogue.narrow("aa") == 500
    assert catalogue.rowCount() == MAX_MATCHES
