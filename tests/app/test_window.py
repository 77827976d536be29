"""Journeys through the real window on real files: what a person does in an evening, and comes back to the next day."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from levdesk.app.main import main
from levdesk.domain.instruments import LeveragedToken, Provenance, TokenKey
from levdesk.domain.market import NavSource, QuoteSource, TokenQuote
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType
from levdesk.services.charts import OverviewSeries
from levdesk.services.views import HoldingView
from levdesk.ui.main_window import MainWindow
from levdesk.ui.safety.damaged_dialog import DamagedDialog
from tests.app.gate_desk import GateDesk, gate_desk
from tests.app.journey import Condition, JourneyStuck, patient_end, with_window
from tests.conftest import PROJECT

BTC3L = TokenKey("gate", "BTC3L")
MOMENT_MS = round(datetime(2026, 5, 3, 9, 30, tzinfo=UTC).timestamp() * 1000)
pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def gate() -> Iterator[GateDesk]:
    with gate_desk() as desk:
        yield desk


def buy(key: TokenKey = BTC3L, quantity: str = "1240") -> TransactionDraft:
    return TransactionDraft(
        time_ms=MOMENT_MS, type=TransactionType.BUY, key=key, quantity=Decimal(quantity), price=Decimal("2.4614")
    )


def row(window: MainWindow, key: TokenKey = BTC3L) -> HoldingView | None:
    view = window.desk.view
    return next((row for row in view.holdings if row.token.key == key), None) if view else None


def open_books(window: MainWindow) -> bool:
    return bool(window.desk.portfolios)


def test_recorded_gate_replies_reach_the_window_and_are_there_the_next_day_offline(
    tmp_path: Path, gate: GateDesk
) -> None:
    arguments = ["--data-dir", str(tmp_path), *gate.arguments]

    def first_evening(window: MainWindow) -> Iterator[Condition]:
        yield lambda: open_books(window)
        window.desk.record(buy(), window.desk.portfolios[0].id)
        yield lambda: (found := row(window)) is not None and found.nav is not None
        found = row(window)
        assert found is not None
        assert (found.market_price, found.nav) == (Decimal("2.46140352"), Decimal("2.46316141"))
        assert found.effective_leverage == Decimal("2.2803019447281203")

    assert with_window(arguments, first_evening) == 0
    gate.asked.clear()

    def next_day(window: MainWindow) -> Iterator[Condition]:
        painted = row(window)
        assert painted is not None, "the first paint shows what was known"
        assert painted.market_price == Decimal("2.46140352")
        yield lambda: open_books(window)
        found = row(window)
        assert found is not None
        assert (found.quantity, found.nav) == (Decimal(1240), Decimal("2.46316141"))

    assert with_window(["--data-dir", str(tmp_path), "--offline"], next_day) == 0
    assert gate.asked == []


def test_every_act_can_be_taken_back_and_done_again_also_after_a_restart(tmp_path: Path) -> None:
    arguments = ["--data-dir", str(tmp_path), "--offline"]

    def acts(window: MainWindow) -> Iterator[Condition]:
        yield lambda: open_books(window)
        desk = window.desk
        said: list[str] = []
        desk.signals.act_done.connect(said.append)
        first = desk.portfolios[0].id
        desk.record(buy(), first)
        yield lambda: row(window) is not None
        (added,) = desk.transactions(BTC3L, first)
        desk.amend(added.id, buy(quantity="5"))
        yield lambda: (found := row(window)) is not None and found.quantity == 5
        desk.undo()
        yield lambda: (found := row(window)) is not None and found.quantity == 1240
        yield lambda: said[-1].startswith("Undid: edit buy of")
        desk.add_portfolio("Savings", CostMethod.AVERAGE)
        yield lambda: len(desk.portfolios) == 2
        yield lambda: desk.selected_portfolio_id == desk.portfolios[1].id
        assert "Savings" in desk.undo_label

    def later(window: MainWindow) -> Iterator[Condition]:
        yield lambda: open_books(window)
        desk = window.desk
        remembered = desk.selected_portfolio_id
        assert remembered == desk.portfolios[1].id
        desk.undo()
        yield lambda: len(desk.portfolios) == 1 and desk.selected_portfolio_id is None
        desk.undo()
        yield lambda: row(window) is None
        desk.redo()
        yield lambda: row(window) is not None

    assert with_window(arguments, acts) == 0
    assert with_window(arguments, later) == 0


def test_an_import_on_the_command_line_reaches_the_open_window(tmp_path: Path) -> None:
    csv = tmp_path / "t.csv"
    csv.write_text("time,type,venue,symbol,quantity,price\n2026-05-03,buy,gate,BTC3L,7,2\n", encoding="utf-8")

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: open_books(window)
        command = [sys.executable, "-m", "levdesk", "--data-dir", str(tmp_path), "import", str(csv)]
        subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
        yield lambda: (found := row(window)) is not None and found.quantity == 7
        assert "import" in window.desk.undo_label

    assert with_window(["--data-dir", str(tmp_path), "--offline"], script) == 0


def test_an_impossible_act_is_refused_in_words_and_changes_nothing(tmp_path: Path) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: open_books(window)
        desk = window.desk
        refused: list[object] = []
        desk.signals.act_failed.connect(refused.append)
        sell = TransactionDraft(
            time_ms=MOMENT_MS, type=TransactionType.SELL, key=BTC3L, quantity=Decimal(1), price=Decimal(1)
        )
        desk.record(sell, desk.portfolios[0].id)
        yield lambda: bool(refused)
        assert "BTC3L" in str(refused[0])
        assert desk.undo_label == ""
        assert row(window) is None

    assert with_window(["--data-dir", str(tmp_path), "--offline"], script) == 0


def test_a_token_defined_and_valued_by_hand_is_a_full_holding(tmp_path: Path) -> None:
    key = TokenKey("index coop", "ETH2X")
    token = LeveragedToken(key=key, underlying="ETH", target_leverage=Decimal(2), provenance=Provenance.USER)

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: open_books(window)
        desk = window.desk
        desk.define_token(token)
        yield lambda: token.key in {known.key for known in desk.catalogue()}
        desk.record(buy(key, "10"), desk.portfolios[0].id)
        yield lambda: row(window, key) is not None
        now_ms = desk.now_ms()
        desk.value_by_hand(
            TokenQuote(
                key=key,
                last=Decimal(3),
                price_ts_ms=now_ms,
                price_source=QuoteSource.MANUAL,
                nav=Decimal("3.03"),
                nav_source=NavSource.MANUAL,
                nav_ts_ms=now_ms,
            )
        )
        yield lambda: (found := row(window, key)) is not None and found.market_value == 30
        found = row(window, key)
        assert found is not None
        assert (found.nav, found.nav_source) == (Decimal("3.03"), NavSource.MANUAL)

    assert with_window(["--data-dir", str(tmp_path), "--offline"], script) == 0


def test_the_demo_is_lively_through_the_gate_adapter_and_draws_its_charts(tmp_path: Path) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        overviews: list[OverviewSeries] = []
        window.desk.signals.overview_ready.connect(overviews.append)
        assert "Demo" in window.windowTitle()
        yield lambda: open_books(window)
        yield lambda: (view := window.desk.view) is not None and view.complete and len(view.open_holdings) == 8
        yield lambda: any(not series.problem and len(series.times_s) > 100 for series in overviews)
        before = row(window)
        assert before is not None
        price = before.market_price
        yield lambda: (now := row(window)) is not None and now.market_price != price

    assert with_window(["--data-dir", str(tmp_path), "--demo"], script) == 0


def test_a_venue_that_dies_is_seen_and_its_figures_stay(tmp_path: Path, gate: GateDesk) -> None:
    csv = tmp_path / "t.csv"
    csv.write_text("time,type,venue,symbol,quantity,price\n2026-05-03,buy,gate,BTC3L,1,2\n", encoding="utf-8")
    assert main(["--data-dir", str(tmp_path), "import", str(csv)]) == 0

    def script(window: MainWindow) -> Iterator[Condition]:
        states: list[str] = []
        window.desk.signals.health_changed.connect(lambda sources: states.append(sources[0].state.value))
        yield lambda: (found := row(window)) is not None and found.nav is not None
        gate.answers["/spot/tickers"] = (502, b"<html>")
        for _ in range(4):
            asked = len(gate.asked)
            window.desk.refresh()
            yield lambda asked=asked: len(gate.asked) > asked  # type: ignore[misc]
        yield lambda: states[-1] in {"slow", "down"}
        found = row(window)
        assert found is not None
        assert found.nav == Decimal("2.46316141")

    assert with_window(["--data-dir", str(tmp_path), *gate.arguments], script) == 0


def test_a_damaged_ledger_is_said_in_the_window_and_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "levdesk.db").write_bytes(b"this is no database" * 300)
    before = (tmp_path / "levdesk.db").read_bytes()

    def script(window: MainWindow) -> Iterator[Condition]:
        said: list[object] = []
        window.desk.signals.act_failed.connect(said.append)
        yield lambda: bool(said)
        assert "levdesk.db" in str(said[0])

    with caplog.at_level("WARNING"):
        assert with_window(["--data-dir", str(tmp_path), "--offline"], script) == 0
    assert (tmp_path / "levdesk.db").read_bytes() == before


def test_a_window_that_closes_takes_the_dialog_about_damaged_books_along(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "levdesk.db").write_bytes(b"this is no database" * 300)

    def script(_window: MainWindow) -> Iterator[Condition]:
        yield lambda: any(isinstance(each, DamagedDialog) for each in QApplication.topLevelWidgets())

    with caplog.at_level("WARNING"):
        assert with_window(["--data-dir", str(tmp_path), "--offline"], script) == 0


def test_an_end_that_is_cut_short_fails_its_test_and_does_not_end_all_of_them() -> None:
    with patient_end(), pytest.raises(JourneyStuck, match="did not end in time"):
        os._exit(0)


def test_nothing_is_left_running_when_the_window_has_closed(tmp_path: Path) -> None:
    import threading

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: open_books(window)

    before = set(threading.enumerate())
    assert with_window(["--data-dir", str(tmp_path), "--demo"], script) == 0
    left = [thread for thread in set(threading.enumerate()) - before if not thread.name.startswith("Dummy")]
    for thread in left:
        thread.join(20)  # one may be on its last line
    assert not [thread for thread in left if thread.is_alive()]
    QApplication.processEvents()
