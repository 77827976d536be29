"""The scenes that `tests.look` renders: each opens a window or a dialog in one state and hands it over."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from levdesk.domain.errors import StoreUnavailable
from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.services.health import JobView
from levdesk.services.settings import RowDensity, Settings, ThemeChoice
from levdesk.ui import about, notices_dialog, settings_dialog, theme
from levdesk.ui.charts.time_chart import TimeChart
from levdesk.ui.explain.names import NAMES as EXPLAINED
from levdesk.ui.explain.why_page import WhyPage
from levdesk.ui.main_window import MainWindow
from tests.look_accounts import ACCOUNT_DIALOGS
from tests.look_alerts import ALERT_DIALOGS
from tests.look_dialogs import DESK_DIALOGS
from tests.ui.fake_alerts import firing, rules
from tests.ui.fake_desk import DeskState, FakeDesk

USUAL = (1600, 1000)
SMALL = (1024, 700)
SIZES = (USUAL, SMALL, (1440, 900), (2560, 1440))
BTC3L = TokenKey("gate", "BTC3L")

Size = tuple[int, int]


@dataclass(frozen=True)
class Scene:
    """One picture: its name, and how to make what is on it."""

    name: str
    make: Callable[[Settings], QWidget]
    size: Size | None = USUAL


def render(folder: Path, scale: str, only: str) -> None:
    """Write all pictures of one scale; beyond 1× only the usual size."""
    app = QApplication(sys.argv[:1])
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
        settings = Settings(theme=choice)
        theme.install(app, settings).apply(settings)
        for scene in scenes():
            name = f"{choice.value}-{scale}x-{scene.name}"
            if only in name and (scale == "1" or scene.size in (None, USUAL)):
                shown = scene.make(settings)
                shown.show()
                _settle()
                shown.grab().save(str(folder / f"{name}.png"))
                shown.close()
                shown.deleteLater()
                _settle()


def scenes() -> Iterator[Scene]:
    """Every page and state."""
    for size in SIZES:
        yield Scene(f"overview-{size[0]}x{size[1]}", _open(lively, size=size), size)
    for size in (USUAL, SMALL):
        suffix = "" if size is USUAL else f"-{size[0]}x{size[1]}"
        yield Scene(f"transactions{suffix}", _open(transactions, size=size), size)
        for page in EXPLAINED:
            yield Scene(f"{page.lower()}{suffix}", _open(explained(page), size=size), size)
        yield Scene(f"empty{suffix}", _open(quiet, state=DeskState.EMPTY, demo=False, size=size), size)
        yield Scene(f"partial{suffix}", _open(lively, state=DeskState.PARTIAL, demo=False, size=size), size)
    yield Scene("loading", _open(quiet, state=DeskState.LOADING))
    yield Scene("charts-loading", _open(quiet, hold=True))
    yield Scene("offline", _open(lively, offline=True, demo=False))
    yield Scene("failed", _open(broken, state=DeskState.FAILED, demo=False))
    yield Scene("hidden-compact", _open(discreet))
    yield Scene("busy", _open(busy))
    yield Scene("palette", _open(searching))
    for size in (USUAL, SMALL):
        suffix = "" if size is USUAL else f"-{size[0]}x{size[1]}"
        yield Scene(f"warned{suffix}", _open(warned, size=size), size)
    yield Scene("warned-seen", _open(dealt_with))
    yield Scene("crosshair", _open(pointing))
    for size in (USUAL, SMALL):
        suffix = "" if size is USUAL else f"-{size[0]}x{size[1]}"
        yield Scene(f"lots{suffix}", _open(lot_by_lot, size=size), size)
        yield Scene(f"sum-underlying{suffix}", _open(looked_through, size=size), size)
        yield Scene(f"sum-portfolio{suffix}", _open(all_together, size=size), size)
    for name in DIALOGS:
        yield Scene(f"dialog-{name}", _dialog(name), None)


def _open(
    prepare: Callable[[MainWindow, FakeDesk], None],
    *,
    size: Size = USUAL,
    state: DeskState = DeskState.LIVELY,
    demo: bool = True,
    offline: bool = False,
    hold: bool = False,
) -> Callable[[Settings], QWidget]:
    def make(settings: Settings) -> QWidget:
        theme.active().apply(settings)
        desk = FakeDesk(state=state, settings=settings, demo=demo, offline=offline, hold=hold)
        window = MainWindow(desk)
        window.resize(*size)
        window.show()
        _settle()
        desk.report_health()
        prepare(window, desk)
        return window

    return make


def quiet(_window: MainWindow, _desk: FakeDesk) -> None:
    """Just as it opens."""


def lively(window: MainWindow, _desk: FakeDesk) -> None:
    """A token chosen."""
    window.panel.select(BTC3L)


def transactions(window: MainWindow, desk: FakeDesk) -> None:
    """Its transactions."""
    lively(window, desk)
    window.commands.open_transactions()


def explained(page: str, symbol: str = "BTC3L") -> Callable[[MainWindow, FakeDesk], None]:
    """One of the pages that explain."""

    def prepare(window: MainWindow, _desk: FakeDesk) -> None:
        window.panel.select(next(key for key in window.panel.table.holdings.listed_keys() if key.symbol == symbol))
        window.inspector.open_page(page)

    return prepare


def lot_by_lot(window: MainWindow, desk: FakeDesk) -> None:
    """The lots of a holding, one of them open."""
    explained("Why")(window, desk)
    page = window.inspector.book.page("Why")
    assert isinstance(page, WhyPage)
    page.lots.toggle.click()
    assert page.lots.table is not None
    page.lots.table.expand(page.lots.table.lots.index(0, 0))
    _settle()
    page.scroller.ensureWidgetVisible(page.lots.table)


def looked_through(window: MainWindow, _desk: FakeDesk) -> None:
    """The holdings of one underlying together."""
    table = window.panel.table
    table.setCurrentIndex(table.order.index(0, 0))


def all_together(window: MainWindow, _desk: FakeDesk) -> None:
    """Everything together."""
    window.actions_["open_sum"].trigger()


def broken(window: MainWindow, desk: FakeDesk) -> None:
    """An act that failed."""
    lively(window, desk)
    hint = "Free some space, then add it again."
    desk.fail(StoreUnavailable("The transaction was not saved: the disk is full.", hint=hint))


def discreet(window: MainWindow, desk: FakeDesk) -> None:
    """Amounts hidden, rows compact."""
    lively(window, desk)
    desk.change_settings(desk.settings._replace(hide_amounts=True, density=RowDensity.COMPACT))


def busy(window: MainWindow, desk: FakeDesk) -> None:
    """Something done, something running."""
    lively(window, desk)
    now_ms, price = desk.now_ms(), Decimal("2.46")
    draft = TransactionDraft(time_ms=now_ms, type=TransactionType.BUY, key=BTC3L, quantity=Decimal(10), price=price)
    desk.record(draft, 1)
    desk.report_jobs(
        JobView(id=1, title="Reading trades.csv", done_ratio=0.4, started_ms=now_ms - 2_000),
        JobView(id=2, title="Fetching candles", done_ratio=None, started_ms=now_ms - 900),
    )


def warned(window: MainWindow, desk: FakeDesk) -> None:
    """Three alerts have just begun."""
    lively(window, desk)
    desk.alerts.fire()


def dealt_with(window: MainWindow, desk: FakeDesk) -> None:
    """The same, later: one is seen, one put off, one silenced."""
    warned(window, desk)
    window.alert_room.banner.hide()
    first, second, third = firing(rules(), desk.now_ms())
    desk.alerts.acknowledge([first.key])
    desk.alerts.snooze([second.key], desk.now_ms() + 3_600_000)
    desk.alerts.mute(third.key.target, None, on=True)


def searching(window: MainWindow, desk: FakeDesk) -> None:
    """The command palette."""
    lively(window, desk)
    window.open_palette()
    assert window.palette_ is not None
    window.palette_.field.setText("po")


def pointing(window: MainWindow, desk: FakeDesk) -> None:
    """Crosshairs."""
    lively(window, desk)
    for plot in window.findChildren(TimeChart):
        plot.point_at(len(plot.times) // 2)


DIALOGS: dict[str, Callable[[MainWindow], QWidget]] = {
    "settings": lambda window: settings_dialog.SettingsDialog(window.desk, None, venues=(("gate", "Gate"),)),
    "about": lambda _window: about.AboutDialog(None),
    "whats-new": lambda _window: about.WhatsNewDialog(None),
    "shortcuts": lambda window: about.ShortcutsDialog(window.actions_, None),
    "notices": lambda window: notices_dialog.NoticesDialog(window.desk.view.problems if window.desk.view else (), None),
    **DESK_DIALOGS,
    **ALERT_DIALOGS,
    **ACCOUNT_DIALOGS,
}


def _dialog(name: str) -> Callable[[Settings], QWidget]:
    def make(settings: Settings) -> QWidget:
        theme.active().apply(settings)
        window = MainWindow(FakeDesk(settings=settings))
        dialog = DIALOGS[name](window)
        dialog.destroyed.connect(window.deleteLater)
        return dialog

    return make


def _settle() -> None:
    """Let timers of zero and relayouts run out."""
    for _ in range(40):
        QApplication.processEvents()
