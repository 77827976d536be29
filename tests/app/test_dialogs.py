"""The dialogs at the real desk: what is typed reaches the file, and what fails is told where it was typed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QDialog

from levdesk.domain.instruments import RebalanceRule, TokenKey
from levdesk.domain.market import QuoteSource
from levdesk.domain.transactions import TransactionType
from levdesk.services.views import HoldingView
from levdesk.ui.dialogs.import_dialog import ImportDialog
from levdesk.ui.dialogs.portfolio_dialog import PortfoliosDialog
from levdesk.ui.dialogs.price_dialog import PriceDialog
from levdesk.ui.dialogs.row_forms import RuleForm
from levdesk.ui.dialogs.rules_dialog import RulesDialog
from levdesk.ui.dialogs.token_dialog import TokenDialog
from levdesk.ui.dialogs.transaction_dialog import TransactionDialog
from levdesk.ui.main_window import MainWindow
from tests.app.gate_desk import GateDesk, gate_desk
from tests.app.journey import Condition, with_window

D = TypeVar("D", bound=QDialog)
BTC3L = TokenKey("gate", "BTC3L")
FILE = (
    "time,type,venue,symbol,quantity,price,fee,fee_currency,note\n"
    "2026-05-04T10:00:00Z,buy,gate,ETH3S,10,3.1,0.03,,hello\n"
    "2026-05-05T10:00:00Z,sell,gate,ETH3S,4,3.2,,,\n"
)
pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def gate() -> Iterator[GateDesk]:
    with gate_desk() as desk:
        yield desk


def opened(window: MainWindow, kind: type[D]) -> D:
    """The dialog that was opened last."""
    return window.findChildren(kind)[-1]


def held(window: MainWindow, key: TokenKey = BTC3L) -> HoldingView | None:
    view = window.desk.view
    return next((row for row in view.holdings if row.token.key == key), None) if view else None


def ready(window: MainWindow) -> bool:
    return bool(window.desk.portfolios) and bool(window.desk.catalogue())


def test_a_typed_trade_is_booked_to_the_last_digit_and_a_wrong_one_is_refused(tmp_path: Path, gate: GateDesk) -> None:
    def evening(window: MainWindow) -> Iterator[Condition]:
        yield lambda: ready(window)
        window.commands.add_transaction()
        dialog = opened(window, TransactionDialog)
        dialog.form.token.setText("btc3l")
        dialog.form.token.textEdited.emit("btc3l")
        dialog.form.quantity.setText("100.000000000000000001")
        dialog.form.price.setText("2.5")
        dialog.check()
        assert dialog.outcome.sentence.text() == "After this you hold 100 BTC3L, average cost 2.5000 USDT."
        dialog.send()
        yield lambda: held(window) is not None and not window.findChildren(TransactionDialog)
        row = held(window)
        assert row is not None
        assert row.quantity == Decimal("100.000000000000000001")

        window.commands.add_transaction_of(BTC3L)
        dialog = opened(window, TransactionDialog)
        dialog.form.kind.setCurrentIndex(dialog.form.kind.findData(TransactionType.SELL))
        dialog.form.quantity.setText("101")
        dialog.form.price.setText("2")
        dialog.check()
        assert "only 100.000000000000000001 held" in dialog.form.rows["quantity"].hint.text()
        assert not dialog.ok.isEnabled()
        dialog.reject()

    assert with_window(["--data-dir", str(tmp_path), *gate.arguments], evening) == 0


def test_a_file_is_imported_once_and_known_again(tmp_path: Path, gate: GateDesk) -> None:
    file = tmp_path / "trades.csv"
    file.write_text(FILE)
    eth3s = TokenKey("gate", "ETH3S")

    def read(window: MainWindow, path: Path) -> ImportDialog:
        window.commands.import_csv()
        dialog = opened(window, ImportDialog)
        dialog.read(path)
        return dialog

    def evening(window: MainWindow) -> Iterator[Condition]:
        yield lambda: ready(window)
        dialog = read(window, file)
        yield dialog.ok.isEnabled
        assert dialog.page.summary.text() == "2 transactions, 4 May 2026 to 5 May 2026: 1 buy, 1 sale."
        dialog.send()
        yield lambda: held(window, eth3s) is not None and not window.findChildren(ImportDialog)

        again = read(window, file)
        yield again.page.suspects.isVisible
        assert again.page.suspects.words.text() == "2 rows look familiar; 2 left out."
        assert not again.ok.isEnabled()
        again.reject()

        missing = read(window, tmp_path / "none.csv")
        yield lambda: missing.start.words.text() == "This file was not imported"
        missing.reject()

    assert with_window(["--data-dir", str(tmp_path / "data"), *gate.arguments], evening) == 0


def test_portfolios_tokens_and_prices_by_hand_reach_the_books(tmp_path: Path) -> None:
    own = TokenKey("acme", "FOO4S")

    def evening(window: MainWindow) -> Iterator[Condition]:
        yield lambda: bool(window.desk.portfolios)
        window.commands.manage_portfolios()
        portfolios = opened(window, PortfoliosDialog)
        portfolios.new.click()
        portfolios.name.setText("Second")
        portfolios.save.click()
        yield lambda: len(window.desk.portfolios) == 2
        assert [portfolios.list.item(row).text() for row in range(2)] == ["Main", "Second"]
        portfolios.reject()

        window.commands.define_token()
        token = opened(window, TokenDialog)
        token.fields["venue"].setText("acme")
        token.fields["symbol"].setText("FOO4S")
        token.fields["symbol"].editingFinished.emit()
        token.send()
        yield lambda: any(each.key == own for each in window.desk.catalogue())
        yield lambda: not window.findChildren(TokenDialog)

        window.commands.add_transaction_of(own)
        trade = opened(window, TransactionDialog)
        trade.form.quantity.setText("10")
        trade.form.price.setText("1")
        trade.send()
        yield lambda: held(window, own) is not None
        window.commands.value_by_hand(own)
        price = opened(window, PriceDialog)
        price.price.setText("3")
        price.send()
        yield lambda: (row := held(window, own)) is not None and row.market_price == 3
        row = held(window, own)
        assert row is not None
        assert (row.market_price_source, row.unrealised_pnl) == (QuoteSource.MANUAL, Decimal(20))

    assert with_window(["--data-dir", str(tmp_path), "--offline"], evening) == 0


def test_a_corrected_rule_stands_beside_the_issuers_and_goes_when_it_is_dropped(tmp_path: Path, gate: GateDesk) -> None:
    def rules(window: MainWindow) -> tuple[RebalanceRule, ...]:
        return next(token.rules for token in window.desk.catalogue() if token.key == BTC3L)

    def evening(window: MainWindow) -> Iterator[Condition]:
        yield lambda: ready(window)
        issuers = rules(window)
        window.commands.correct_rules_of(BTC3L)
        dialog = opened(window, RulesDialog)
        dialog.edit_rule(dialog.rules.chosen)
        form = dialog.findChildren(RuleForm)[-1]
        form.fields["band_high"].setText("4.250000000000000001")
        form.ok.click()
        dialog.send()
        yield lambda: not window.findChildren(RulesDialog)
        assert rules(window)[:-1] == issuers[:-1]
        assert (rules(window)[-1].band_high, rules(window)[-1].source) == (Decimal("4.250000000000000001"), "you")

        window.commands.correct_rules_of(BTC3L)
        dialog = opened(window, RulesDialog)
        dialog.back.click()
        dialog.send()
        yield lambda: rules(window) == issuers
        window.desk.undo()
        yield lambda: rules(window) != issuers
        assert rules(window)[-1].source == "you"

    assert with_window(["--data-dir", str(tmp_path), *gate.arguments], evening) == 0
