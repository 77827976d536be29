"""Windows with very many rows, measured: `python -m tests.bench.large_windows books|rows|wizard DATA_DIR [FILE]`.

Prints one line of JSON: seconds by name; what ends with "longest gap" is milliseconds in which the event loop did not
turn, what ends with "peak memory" MiB.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.app import journey
from tests.bench.gaps import GapMeter

if TYPE_CHECKING:
    from levdesk.ui.main_window import MainWindow

_LONGEST_S = 120.0
_SCROLLS = 60
_PATIENCE_S = 600.0


class Measured:
    """Figures by name, and the longest absence of the event loop in each stretch."""

    def __init__(self) -> None:
        self.found: dict[str, float] = {}
        self._meter = GapMeter()
        self._begun_s = 0.0

    def begin(self) -> None:
        """Begin a stretch."""
        self._begun_s = time.perf_counter()
        self._meter.start()

    def end(self, name: str) -> None:
        """End it."""
        self.found[name] = time.perf_counter() - self._begun_s
        self.found[f"{name}: longest gap"] = self._meter.gaps().max_ms

    def tell(self) -> None:
        """Print everything at once: a window that is closed while it computes ends its process."""
        print(json.dumps(self.found), flush=True)


def _is_open(window: MainWindow) -> bool:
    return bool(window.desk.portfolios) and window.desk.view is not None and bool(window.desk.view.holdings)


def _at_rest(window: MainWindow) -> Callable[[], bool]:
    """True once nothing is listed as under way, or that has lasted too long."""
    runner = window.desk._engine.runner  # type: ignore[attr-defined]
    since_s = time.perf_counter()
    return lambda: not runner.views() or time.perf_counter() - since_s > _LONGEST_S


def books(window: MainWindow) -> Iterator[journey.Condition]:
    """Open, look at a token, scroll and filter the holdings."""
    measured = Measured()
    measured.begin()
    yield lambda: _is_open(window)
    measured.end("open the books")
    measured.begin()
    yield _at_rest(window)
    measured.end("work behind the window after that")
    table = window.panel.table
    assert window.desk.view is not None
    key = window.desk.view.holdings[0].token.key
    measured.begin()
    window.panel.select(key)
    QApplication.processEvents()
    measured.end("choose a token")
    measured.begin()
    bar = table.verticalScrollBar()
    for step in range(_SCROLLS):
        bar.setValue(bar.minimum() + (bar.maximum() - bar.minimum()) * step // _SCROLLS)
        table.viewport().repaint()
    measured.found["scroll the holdings by a page"] = (time.perf_counter() - measured._begun_s) / _SCROLLS
    measured.begin()
    window.panel.filter.setText(key.symbol[:3])
    QApplication.processEvents()
    measured.end("filter the holdings")
    measured.tell()
    yield lambda: True


def rows(window: MainWindow) -> Iterator[journey.Condition]:
    """All rows are of one token: list, find, order and scroll them."""
    measured = Measured()
    yield lambda: _is_open(window)
    yield _at_rest(window)
    assert window.desk.view is not None
    inspector = window.inspector
    window.panel.select(window.desk.view.holdings[0].token.key)
    inspector.open_page("Transactions")
    page = inspector.transactions
    page.show_holding(None, None)
    QApplication.processEvents()
    measured.begin()
    page.show_holding(window.desk.view.holdings[0].token.key, None)
    yield lambda: page.table.rows.matching_count and not page._lister.is_busy
    measured.end("list one token's rows")
    measured.begin()
    for typed in ("s", "se", "sel", "sell"):
        page.filter.setText(typed)
        QApplication.processEvents()
    yield lambda: not page._lister.is_busy
    measured.end("find a word in one token's rows")
    measured.begin()
    page.table.sortByColumn(7, Qt.SortOrder.DescendingOrder)
    yield lambda: not page._lister.is_busy
    measured.end("order one token's rows by result")
    measured.begin()
    bar = page.table.verticalScrollBar()
    for _ in range(_SCROLLS):
        bar.setValue(bar.value() + page.table.viewport().height())
        page.table.viewport().repaint()
        QApplication.processEvents()
    measured.end("scroll sixty pages of them")
    measured.tell()
    yield lambda: True


def wizard(window: MainWindow) -> Iterator[journey.Condition]:
    """Import a file through the wizard, and undo it."""
    from levdesk.ui.dialogs.import_dialog import ImportDialog

    measured = Measured()
    told: list[object] = []
    window.desk.signals.act_done.connect(told.append)
    window.desk.signals.act_failed.connect(told.append)
    yield lambda: bool(window.desk.portfolios)
    measured.begin()
    dialog = ImportDialog(window.desk, window, path=Path(sys.argv[3]))
    dialog.open()
    yield lambda: not dialog._is_reading
    measured.end("wizard reads the file")
    measured.begin()
    dialog.send()
    yield lambda: told
    measured.end("wizard writes it")
    measured.found["wizard: peak memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told.clear()
    measured.begin()
    window.desk.undo()
    yield lambda: told
    measured.end("undo of the import")
    measured.tell()
    yield lambda: True


if __name__ == "__main__":
    journey.PATIENCE_S = _PATIENCE_S
    scripts = {"books": books, "rows": rows, "wizard": wizard}
    try:
        journey.with_window(["--data-dir", sys.argv[2], "--offline"], scripts[sys.argv[1]])
    finally:
        sys.stdout.flush()
        os._exit(0)  # figures are printed; what still computes behind the window need not end
