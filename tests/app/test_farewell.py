"""However a session ends, the next one begins with the figures of this one."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from levdesk.app import snapshots
from levdesk.app.farewell import heed_signals
from levdesk.app.first_sight import read_first_sight
from levdesk.app.main import main
from levdesk.io.paths import locate
from levdesk.services.views import HoldingView
from levdesk.ui.main_window import MainWindow
from tests.app.journey import Condition, with_window
from tests.conftest import PROJECT

ROWS = "time,type,venue,symbol,quantity,price\n2026-05-03,buy,gate,BTC3L,1240,2\n"


@pytest.fixture
def with_books(tmp_path: Path) -> list[str]:
    csv = tmp_path / "trades.csv"
    csv.write_text(ROWS, encoding="utf-8")
    arguments = ["--data-dir", str(tmp_path), "--offline"]
    assert main([*arguments, "import", str(csv)]) == 0
    return arguments


def remembered(data_dir: Path) -> tuple[HoldingView, ...]:
    view = read_first_sight(locate(data_dir)).view
    return () if view is None else view.holdings


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends programs by window messages, not by signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_log_out_is_an_orderly_end(tmp_path: Path, with_books: list[str], number: signal.Signals) -> None:
    command = [sys.executable, "-m", "tests.app.left_open", *with_books]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        assert window.stdout.readline() == "open\n"
        assert remembered(tmp_path) == ()
        window.send_signal(number)
        _, said = window.communicate(timeout=60)
    complaints = [line for line in said.splitlines() if not line.startswith("This plugin does not support")]
    assert (window.returncode, complaints) == (0, [])
    (holding,) = remembered(tmp_path)
    assert holding.quantity == Decimal(1240)
    assert (tmp_path / "window.ini").is_file()


@pytest.mark.usefixtures("qapp")
def test_the_view_is_saved_while_the_window_is_open(
    tmp_path: Path, with_books: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "SAVE_EVERY_MS", 20)

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: remembered(tmp_path)
        (holding,) = remembered(tmp_path)
        assert holding.quantity == Decimal(1240)

    assert with_window(with_books, script) == 0


@pytest.mark.usefixtures("qapp")
def test_signals_mean_what_they_meant_before_once_the_window_has_closed(with_books: list[str]) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: window.desk.portfolios
        assert signal.getsignal(signal.SIGTERM) not in before

    assert with_window(with_books, script) == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system knows no SIGHUP")
@pytest.mark.usefixtures("qapp")
def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        undo = heed_signals(lambda: None)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        undo()
    finally:
        signal.signal(signal.SIGHUP, before)
