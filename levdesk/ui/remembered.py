"""Which parts of the window are remembered from one start to the next, and how each is written and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

from levdesk.ui.window_state import STATE_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QSplitter

    from levdesk.ui.charts.panel import RangeButtons
    from levdesk.ui.main_window import MainWindow


def remember(window: MainWindow) -> bool:
    """Hand all parts to the window's state and take back what was stored; True when the docks were placed by it."""
    keep = window.state.keep
    keep("geometry", QByteArray, window.saveGeometry, window.restoreGeometry)
    is_placed = keep("window", QByteArray, *_places(window))
    keep("splitter", QByteArray, *_splitter(window.splitter))
    keep("columns", QByteArray, *_bytes(window.panel.save_state, window.panel.restore_state))
    keep("parts", str, window.pages.state, window.pages.restore)
    return is_placed


def remember_pages(window: MainWindow) -> None:
    """The same for what is made after the first paint: charts and the inspector's pages."""
    overview, transactions = window.inspector.overview, window.inspector.transactions
    assert overview is not None, "fill the inspector first"
    window.state.keep("transactions", QByteArray, *_bytes(transactions.save_state, transactions.restore_state))
    window.state.keep("ranges", str, *_ranges(window.chart.ranges, overview.chart.ranges))


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


def _ranges(portfolio: RangeButtons, token: RangeButtons) -> tuple[Callable[[], str], Callable[[str], bool]]:
    from levdesk.services.charts import ChartRange  # late: nobody draws before the first paint

    def save() -> str:
        return f"{portfolio.chosen.value} {token.chosen.value}"

    def restore(stored: str) -> bool:
        words = stored.split()
        if len(words) != 2 or not set(words) <= {each.value for each in ChartRange}:
            return False
        portfolio.choose(ChartRange(words[0]))
        token.choose(ChartRange(words[1]))
        return True

    return save, restore
