"""Which parts of the window are remembered from one start to the next, and how each is written and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

from levdesk.services.charts import ChartRange
from levdesk.ui.window_state import STATE_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QSplitter

    from levdesk.ui.charts.value_chart import ValueChart
    from levdesk.ui.inspector import Inspector
    from levdesk.ui.main_window import MainWindow


def remember(window: MainWindow) -> bool:
    """Hand all parts to the window's state and take back what was stored; True when the docks were placed by it."""
    keep = window.state.keep
    keep("geometry", window.saveGeometry, window.restoreGeometry)
    is_placed = keep("window", *_places(window))
    keep("splitter", *_splitter(window.splitter))
    keep("columns", *_bytes(window.panel.save_state, window.panel.restore_state))
    keep("transactions", *_bytes(window.inspector.save_columns, window.inspector.restore_columns))
    keep("parts", window.pages.state, window.pages.restore)
    keep("ranges", *_ranges(window.chart, window.inspector))
    return is_placed


def _places(window: MainWindow) -> tuple[Callable[[], QByteArray], Callable[[QByteArray], bool]]:
    def save() -> QByteArray:
        return window.saveState(STATE_VERSION)

    def restore(stored: QByteArray) -> bool:
        return window.restoreState(stored, STATE_VERSION)

    return save, restore


def _splitter(splitter: QSplitter) -> tuple[Callable[[], QByteArray], Callable[[QByteArray], bool]]:
    """Sizes while both parts are shown; a hidden part would be remembered as one without height."""
    last = [splitter.saveState()]

    def save() -> QByteArray:
        parts = [splitter.widget(at) for at in range(splitter.count())]
        if not any(part is None or part.isHidden() for part in parts):
            last[0] = splitter.saveState()
        return last[0]

    def restore(stored: QByteArray) -> bool:
        if not splitter.restoreState(stored):
            return False
        last[0] = stored
        return True

    return save, restore


def _bytes(
    read: Callable[[], bytes], write: Callable[[bytes], bool]
) -> tuple[Callable[[], QByteArray], Callable[[QByteArray], bool]]:
    def save() -> QByteArray:
        return QByteArray(read())

    def restore(stored: QByteArray) -> bool:
        return write(bytes(stored.data()))

    return save, restore


def _ranges(chart: ValueChart, inspector: Inspector) -> tuple[Callable[[], str], Callable[[str], bool]]:
    def save() -> str:
        return f"{chart.ranges.chosen.value} {inspector.chart_range.value}"

    def restore(stored: str) -> bool:
        words = stored.split()
        if len(words) != 2 or not set(words) <= {each.value for each in ChartRange}:
            return False
        chart.ranges.choose(ChartRange(words[0]))
        inspector.choose_range(ChartRange(words[1]))
        return True

    return save, restore
