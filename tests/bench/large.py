"""A million transactions: imported, reported, opened, scrolled and filtered, beside a hundred thousand.

Printed with `python3 -m tests.bench --large`; the window is measured in a process of its own by this file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.books import write_csv
from tests.bench.clockwork import ROOT, environment, run_command, tell

if TYPE_CHECKING:
    from levdesk.ui.main_window import MainWindow

COUNTS = (100_000, 1_000_000)
TOKENS = 300
_STEP_S = 60
_SCROLLS = 60
_LONGEST_S = 120.0


def bench_large(folder: Path) -> None:
    """Measure both sizes and print how each figure grows; ten times the rows should cost about ten times."""
    figures = {count: _measure(folder, count) for count in COUNTS}
    small, large = (figures[count] for count in COUNTS)
    for name, seconds in large.items():
        growth = seconds / max(small[name], 1e-9)
        detail = f"{small[name] * 1000:,.0f} ms at 100,000: {growth:.1f} times"
        tell(f"1,000,000 transactions, {name}", seconds, "", detail, unit="s")


def _measure(folder: Path, count: int) -> dict[str, float]:
    csv, data_dir = folder / f"large{count}.csv", folder / f"large{count}"
    write_csv(csv, count, TOKENS, step_s=_STEP_S)
    common = ["--data-dir", str(data_dir), "--offline"]
    found = {"import": run_command([*common, "import", str(csv)]), "report": run_command([*common, "report", "--json"])}
    window = subprocess.run(
        [sys.executable, "-m", "tests.bench.large", str(data_dir)],
        cwd=ROOT,
        env=environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    measured: dict[str, float] = json.loads(window.stdout.splitlines()[-1])
    return found | measured


def measure_window(data_dir: str) -> None:
    """Print the seconds until the books are shown, to list one token's rows, to scroll a page, and to filter."""
    from PySide6.QtWidgets import QApplication

    from tests.app import journey

    journey.PATIENCE_S = 300.0
    begun_s = time.perf_counter()
    found: dict[str, float] = {}

    def script(window: MainWindow) -> Iterator[journey.Condition]:
        yield lambda: bool(window.desk.portfolios) and window.desk.view is not None and window.desk.view.holdings
        found["open, process and books"] = time.perf_counter() - begun_s
        engine = window.desk._engine  # type: ignore[attr-defined]
        begun_quiet_s = time.perf_counter()
        yield lambda: not engine.runner._jobs or time.perf_counter() - begun_quiet_s > _LONGEST_S
        found["work behind the window after that"] = time.perf_counter() - begun_quiet_s
        table = window.panel.table
        assert window.desk.view is not None
        key = window.desk.view.holdings[0].token.key
        with timed(found, "choose a token and list its rows"):
            window.panel.select(key)
            QApplication.processEvents()
        with timed(found, "scroll the holdings by a page"):
            bar = table.verticalScrollBar()
            for step in range(_SCROLLS):
                bar.setValue(bar.minimum() + (bar.maximum() - bar.minimum()) * step // _SCROLLS)
                table.viewport().repaint()
        found["scroll the holdings by a page"] /= _SCROLLS
        with timed(found, "filter the holdings"):
            window.panel.filter.setText(key.symbol[:3])
            QApplication.processEvents()
        print(json.dumps(found), flush=True)  # at once: a window that is closed while it computes ends its process
        yield lambda: True

    assert journey.with_window(["--data-dir", data_dir, "--offline"], script) == 0


class timed:  # noqa: N801 - reads as a word before "with"
    """Puts the seconds of its block under a name."""

    def __init__(self, found: dict[str, float], name: str) -> None:
        self._found, self._name = found, name

    def __enter__(self) -> None:
        self._begun_s = time.perf_counter()

    def __exit__(self, *_given: object) -> None:
        self._found[self._name] = time.perf_counter() - self._begun_s


if __name__ == "__main__":
    measure_window(sys.argv[1])
