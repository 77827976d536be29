"""Pictures of every page and state, to be looked at: `python3 -m tests.look OUTDIR`.

Renders offscreen with the fake desk, light and dark, at 1× and 2×, in several sizes. Each scale is a process of its own
because Qt reads it only once.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

    from levdesk.ui.main_window import MainWindow

SIZES = ((1600, 1000), (1024, 700), (1440, 900), (2560, 1440))
SCALES = ("1", "2")


def main() -> int:
    """Render everything, or one scale when called by itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--only", default="", help="only pictures whose name contains this")
    parser.add_argument("--scale", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.scale:
        return _render(arguments.folder, arguments.scale, arguments.only)
    codes = [_run(arguments.folder, scale, arguments.only) for scale in SCALES]
    print(f"{len(list(arguments.folder.glob('*.png')))} pictures in {arguments.folder}")
    return max(codes)


def _run(folder: Path, scale: str, only: str) -> int:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": scale,
        "PYQTGRAPH_QT_LIB": "PySide6",
    }
    command = [sys.executable, "-m", "tests.look", str(folder), "--scale", scale, "--only", only]
    return subprocess.run(command, env=environment, check=False).returncode


def _render(folder: Path, scale: str, only: str) -> int:
    from PySide6.QtWidgets import QApplication

    from levdesk.services.settings import Settings, ThemeChoice
    from levdesk.ui import theme

    app = QApplication(sys.argv[:1])
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
        settings = Settings(theme=choice)
        theme.install(app, settings).apply(settings)
        for name, size, make in _scenes(settings):
            full = f"{choice.value}-{scale}x-{name}"
            if only not in full or (scale != "1" and size not in (None, SIZES[0])):
                continue
            shown = make()
            if size is not None:
                shown.resize(*size)
            shown.show()
            _settle(app)
            shown.grab().save(str(folder / f"{full}.png"))
            shown.close()
            shown.deleteLater()
            _settle(app)
    return 0


def _settle(app: QApplication) -> None:
    """Let timers of zero and relayouts run out."""
    for _ in range(40):
        app.processEvents()


Scene = tuple[str, "tuple[int, int] | None", "Callable[[], QWidget]"]


def _scenes(settings: object) -> Iterator[Scene]:
    from levdesk.services.settings import RowDensity, Settings

    assert isinstance(settings, Settings)
    usual = SIZES[0]
    for size in SIZES:
        yield f"overview-{size[0]}x{size[1]}", size, lambda size=size: _window(settings, _lively, size=size)  # type: ignore[misc]
    yield "transactions", usual, lambda: _window(settings, _transactions)
    yield "transactions-1024x700", SIZES[1], lambda: _window(settings, _transactions, size=SIZES[1])
    yield "empty", usual, lambda: _window(settings, _nothing, state="empty", demo=False)
    yield "empty-1024x700", SIZES[1], lambda: _window(settings, _nothing, state="empty", demo=False)
    yield "loading", usual, lambda: _window(settings, _nothing, state="loading")
    yield "charts-loading", usual, lambda: _window(settings, _nothing, hold=True)
    yield "partial", usual, lambda: _window(settings, _lively, state="partial", demo=False)
    yield "offline", usual, lambda: _window(settings, _lively, offline=True, demo=False)
    yield "failed", usual, lambda: _window(settings, _broken, state="failed", demo=False)
    yield (
        "hidden-compact",
        usual,
        lambda: _window(replace(settings, hide_amounts=True, density=RowDensity.COMPACT), _lively),
    )
    yield "busy", usual, lambda: _window(settings, _busy)
    yield "palette", usual, lambda: _window(settings, _searching)
    yield "crosshair", usual, lambda: _window(settings, _pointing)
    for name in ("settings", "about", "whats-new", "shortcuts", "notices"):
        yield f"dialog-{name}", None, lambda name=name: _dialog(settings, name)  # type: ignore[misc]


def _window(
    settings: object,
    prepare: Callable[[MainWindow], None],
    *,
    size: tuple[int, int] = SIZES[0],
    **desk_options: object,
) -> QWidget:
    from PySide6.QtCore import QCoreApplication

    from levdesk.services.settings import Settings
    from levdesk.ui import theme
    from levdesk.ui.main_window import MainWindow
    from tests.ui.fake_desk import DeskState, FakeDesk

    assert isinstance(settings, Settings)
    state = DeskState(str(desk_options.pop("state", "lively")))
    theme.active().apply(settings)
    window = MainWindow(FakeDesk(state=state, settings=settings, **desk_options))  # type: ignore[arg-type]
    window.resize(*size)
    window.show()
    for _ in range(20):
        QCoreApplication.processEvents()
    prepare(window)
    return window


def _nothing(window: MainWindow) -> None:
    _desk(window).report_health()


def _lively(window: MainWindow) -> None:
    from levdesk.domain.instruments import TokenKey

    _desk(window).report_health()
    window.panel.select(TokenKey("gate", "BTC3L"))


def _transactions(window: MainWindow) -> None:
    _lively(window)
    window.commands.open_transactions()


def _broken(window: MainWindow) -> None:
    from levdesk.domain.errors import StoreUnavailable

    _lively(window)
    _desk(window).fail(
        StoreUnavailable("The transaction was not saved: the disk is full.", hint="Free some space, then add it again.")
    )


def _busy(window: MainWindow) -> None:
    from levdesk.domain.instruments import TokenKey
    from levdesk.domain.transactions import TransactionDraft, TransactionType
    from levdesk.services.health import JobView

    _lively(window)
    desk = _desk(window)
    from decimal import Decimal

    key = TokenKey("gate", "BTC3L")
    draft = TransactionDraft(
        time_ms=desk.now_ms(), type=TransactionType.BUY, key=key, quantity=Decimal(10), price=Decimal("2.46")
    )
    desk.record(draft, 1)
    desk.report_jobs(
        JobView(id=1, title="Reading trades.csv", done_ratio=0.4, started_ms=desk.now_ms() - 2_000),
        JobView(id=2, title="Fetching candles", done_ratio=None, started_ms=desk.now_ms() - 900),
    )


def _searching(window: MainWindow) -> None:
    _lively(window)
    window.open_palette()
    assert window.palette_ is not None
    window.palette_.field.setText("po")


def _pointing(window: MainWindow) -> None:
    _lively(window)
    for panel in (window.chart, window.inspector.overview.chart if window.inspector.overview else None):
        if panel is not None and panel.plot is not None:
            panel.plot.point_at(len(panel.plot.times) // 2)


def _desk(window: MainWindow):  # type: ignore[no-untyped-def]
    from tests.ui.fake_desk import FakeDesk

    assert isinstance(window.desk, FakeDesk)
    return window.desk


def _dialog(settings: object, name: str) -> QWidget:
    from levdesk.ui import about, notices_dialog, settings_dialog

    window = _window(settings, _lively)
    if name == "settings":
        dialog: QWidget = settings_dialog.SettingsDialog(window.desk, None, venues=(("gate", "Gate"),))  # type: ignore[attr-defined]
    elif name == "about":
        dialog = about.AboutDialog(None)
    elif name == "whats-new":
        dialog = about.WhatsNewDialog(None)
    elif name == "shortcuts":
        dialog = about.ShortcutsDialog(window.actions_, None)  # type: ignore[attr-defined]
    else:
        dialog = notices_dialog.NoticesDialog(window.desk.view.problems, None)  # type: ignore[attr-defined]
    window.close()
    return dialog


if __name__ == "__main__":
    raise SystemExit(main())
