"""The real window over the real engine, put together outside `main`: for what watches it from within one process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from levdesk.app.desk import LiveDesk
from levdesk.app.engine import Engine
from levdesk.runtime.jobs import JobRunner
from levdesk.ui import theme
from levdesk.ui.main_window import MainWindow

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from levdesk.app.engine import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class RealWindow:
    """A shown window and what stands behind it; `engine.start()` sets it going."""

    window: MainWindow
    desk: LiveDesk
    engine: Engine
    runner: JobRunner
    opened: Opened

    def end(self) -> None:
        """End what stands behind the window, in the order of the program."""
        self.engine.stop()
        self.runner.close()
        self.opened.house.close()


def put_together(
    application: QApplication,
    opened: Opened,
    *,
    state_path: Path,
    is_new: bool = True,
    size: tuple[int, int] | None = None,
) -> RealWindow:
    """Show the window of what was opened, by its clock and its preferences.

    Args:
        application: the one there is.
        opened: what `open_everything` gave.
        state_path: where the window's layout is kept.
        is_new: whether the application is, and has no look yet.
        size: width and height, or the window's own.
    """
    now_ms, settings = opened.house.clock.now_ms, opened.settings
    desk = LiveDesk(now_ms=now_ms, settings=settings, snapshot=None, is_demo=opened.demo is not None, is_offline=False)
    looks = theme.install(application, settings, is_new=is_new)
    window = MainWindow(desk, state_path=state_path, place="")
    looks.put_on()
    if size is not None:
        window.resize(*size)
    window.show()
    runner = JobRunner(now_ms)
    engine = Engine(opened, desk.signals, runner)
    desk.attach(engine)
    return RealWindow(window=window, desk=desk, engine=engine, runner=runner, opened=opened)
