"""Opens the window: paints what is known at once, and brings everything else in behind it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from levdesk.app.desk import LiveDesk
from levdesk.app.first_sight import read_first_sight
from levdesk.app.single_instance import listen_for_others, raised_other
from levdesk.domain.errors import LevdeskError, StoreCorrupt, StoreUnavailable, UserError
from levdesk.io.clock import SystemClock
from levdesk.io.paths import locate
from levdesk.ui import theme
from levdesk.ui.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from levdesk.app.alert_desk import AlertDesk
    from levdesk.app.command_line import Options
    from levdesk.app.engine import Engine, Opened
    from levdesk.app.safety_desk import Exchange
    from levdesk.app.unsaved_front import UnsavedFront
    from levdesk.domain.problems import Problem
    from levdesk.io.paths import Paths
    from levdesk.runtime.jobs import JobControl, JobRunner
    from levdesk.services.backup_rescue import DamagedLedger
    from levdesk.services.unsaved import Saved, Unsaved

APP_NAME = "LevDesk"
CLOSE_TIMEOUT_S = 5.0


def open_window(options: Options, *, on_painted: Callable[[], None] = lambda: None) -> int:
    """Open the window and stay until it closes; returns the exit code. One that is open already is raised instead.

    Args:
        options: the call.
        on_painted: called once, right after the first paint.
    """
    paths = locate(options.data_dir, demo=options.demo)
    with suppress(StoreUnavailable):  # the books are kept in memory then, and the window says so
        paths.create()
    application, is_new = _application()
    if raised_other(paths):
        return 0
    sight = read_first_sight(paths)
    desk = LiveDesk(
        now_ms=SystemClock().now_ms,
        settings=sight.settings,
        snapshot=sight.view,
        is_demo=options.demo,
        is_offline=options.offline,
    )
    looks = theme.install(application, sight.settings, is_new=is_new)
    window = MainWindow(desk, state_path=paths.window_state, place=_place(options, paths))
    looks.put_on()
    window.draws_itself = False
    behind = _Behind(options, paths, desk, window)
    window.first_painted.connect(on_painted)
    window.first_painted.connect(behind.furnish)
    window.show()
    code = application.exec()
    behind.leave()
    return code


def _application() -> tuple[QApplication, bool]:
    """The application, and whether it is a new one."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing, False
    QApplication.setApplicationName(APP_NAME)
    QApplication.setDesktopFileName("levdesk")
    return QApplication([sys.argv[0], *theme.FUSION]), True


def _place(options: Options, paths: Paths) -> str:
    """What the title bar says of books that are not the usual ones."""
    return paths.data_dir.name if options.data_dir is not None else ""


class _Behind(QObject):
    """Everything behind the window, built after the first paint and torn down in one written order."""

    _told = Signal(object)  # LevdeskError, Problem, Unsaved or Saved, from the writer thread or a crash hook

    def __init__(self, options: Options, paths: Paths, desk: LiveDesk, window: MainWindow) -> None:
        super().__init__()
        self._options = options
        self._paths = paths
        self._desk = desk
        self._window = window
        self._runner: JobRunner | None = None
        self._engine: Engine | None = None
        self._alerts: AlertDesk | None = None
        self._is_rescuing = self._is_leaving = self._is_drawing = False
        window.closing.connect(self._note_leaving)
        self._undo: list[Callable[[], None]] = []
        self._unsaved: UnsavedFront | None = None
        self._told.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    @Slot()
    def furnish(self) -> None:
        """Open the books in the pool, then put the engine under the desk."""
        from levdesk.app.crash import install_crash_hooks, set_up_logs
        from levdesk.app.farewell import heed_signals

        self._undo.append(heed_signals(self._say_goodbye))
        self._undo.append(listen_for_others(self._paths, self._window).close)
        self._undo.append(set_up_logs(self._paths.log_file, or_in_memory=True))
        self._undo.append(install_crash_hooks(self._paths.log_dir, lambda sentence: self._tell(UserError(sentence))))
        self._desk.exchange = self._exchange
        self._desk.signals.act_failed.connect(self._look_at_damage)
        self._open_books()

    def _draw(self, _nothing: None) -> None:
        self._is_drawing = True
        self._window.draw()

    def _open_books(self) -> None:
        """Read everything in the pool, then put the engine under the desk."""
        self._hire().run("Opening your books", self._open, self._stand_up, self._fail)
        if not self._is_drawing:
            self._hire().run("Getting ready to draw", _learn_to_draw, self._draw, self._fail, quiet=True)

    def _hire(self) -> JobRunner:
        """The job pool, a new one where the last was closed."""
        if self._runner is None:
            from levdesk.runtime.jobs import JobRunner

            self._runner = JobRunner(self._desk.now_ms, parent=self)
            self._runner.jobs_changed.connect(self._desk.signals.jobs_changed)
        return self._runner

    def _exchange(self, title: str, work: Exchange) -> None:
        """Close the books, let a piece of work have their files, and open what stands there then."""
        try:
            self._unsaved_front.require_saved()
        except UserError as error:
            self._fail(error)
            return
        self._change_over(title, work)

    def _change_over(self, title: str, work: Exchange) -> None:
        closed = self._close_books()

        def job(_control: JobControl) -> str:
            if not closed:
                raise StoreUnavailable("Saving takes too long; nothing was changed.", hint="Try again in a moment.")
            return work(self._paths, SystemClock())

        def done(words: str) -> None:
            self._open_books()
            if words:
                self._desk.signals.act_done.emit(words)

        def failed(error: LevdeskError) -> None:
            self._open_books()
            self._desk.signals.act_failed.emit(error)

        self._hire().run(title, job, done, failed)

    @property
    def _unsaved_front(self) -> UnsavedFront:
        if self._unsaved is None:
            from levdesk.app.unsaved_front import UnsavedFront

            self._unsaved = UnsavedFront(self._desk, self._window, self._open_anew)
        return self._unsaved

    def _open_anew(self) -> None:
        if self._engine is None and not self._is_leaving:  # they are being opened already; that must end first
            QTimer.singleShot(200, self, self._open_anew)
            return
        self._change_over("Reading your books again", lambda _paths, _clock: "")

    def _close_books(self) -> bool:
        """Stop alerts, engine, pool and writer in order; False when something would not end in time."""
        self._desk.detach()
        alerts, self._alerts = self._alerts, None
        engine, self._engine = self._engine, None
        runner, self._runner = self._runner, None
        if alerts is not None:
            alerts.stop()
        in_time = engine is None or engine.stop()
        in_time = (runner is None or runner.close()) and in_time
        if engine is not None:
            in_time = engine.house.close(CLOSE_TIMEOUT_S) and in_time
            engine.deleteLater()
        return in_time

    @Slot(object)
    def _look_at_damage(self, error: LevdeskError) -> None:
        """Should the books really be damaged, offer the three ways on."""
        if self._is_rescuing or not isinstance(error, StoreCorrupt):
            return
        self._is_rescuing = True

        def job(_control: JobControl) -> DamagedLedger | None:
            from levdesk.io.salvage import find_damage

            return find_damage(self._paths, error.message)

        def offer(found: DamagedLedger | None) -> None:
            self._is_rescuing = found is not None
            if found is not None and not self._is_leaving:
                from levdesk.ui.safety.damaged_dialog import DamagedDialog

                dialog = DamagedDialog(found, self._window)
                self._window.closing.connect(dialog.reject)  # or the program would live on in its dialog
                dialog.way_chosen.connect(self._desk.safety.rescue)
                dialog.finished.connect(self._rescued)
                dialog.open()

        self._hire().run("Looking at your books", job, offer, lambda _error: self._rescued())

    @Slot()
    def _note_leaving(self) -> None:
        self._is_leaving = True

    @Slot()
    def _rescued(self) -> None:
        self._is_rescuing = False

    def _open(self, _control: JobControl) -> Opened:
        """In the pool: read everything."""
        from levdesk.app.opened import open_everything

        return open_everything(self._options, on_failure=self._tell, on_problem=self._tell, on_unsaved=self._tell)

    def _stand_up(self, opened: Opened) -> None:
        from levdesk.app.engine import Engine

        assert self._runner is not None
        engine = self._engine = Engine(opened, self._desk.signals, self._runner, parent=self)
        self._runner.jobs_changed.disconnect(self._desk.signals.jobs_changed)
        self._desk.attach(engine)
        engine.start()
        self._watch_out(engine)
        if opened.demo is None:
            from levdesk.app.safety_desk import DailyCare

            DailyCare(engine).start()
            self._unsaved_front.look_behind(engine)
            self._desk.accounts.check_soon()

    def _watch_out(self, engine: Engine) -> None:
        """Put the alerts on top of the engine."""
        from levdesk.app.alert_desk import AlertDesk
        from levdesk.app.login_item import LoginItem

        self._alerts = AlertDesk(engine, self._desk.alerts.signals)
        self._desk.alerts.attach(self._alerts)
        self._alerts.start()
        self._login = LoginItem(engine)

    def _say_goodbye(self) -> None:
        """The system wants the program to end: no dialog is asked."""
        self._window.leave_unasked()
        QApplication.exit()

    def _fail(self, error: LevdeskError) -> None:
        self._desk.signals.act_failed.emit(error)

    def _tell(self, what: LevdeskError | Problem | Unsaved | Saved) -> None:
        """From any thread: have the person told."""
        self._told.emit(what)

    @Slot(object)
    def _hear(self, what: Any) -> None:
        from levdesk.services.unsaved import Saved, Unsaved  # late: the first paint needs none of it

        if isinstance(what, LevdeskError):
            self._fail(what)
        elif isinstance(what, Unsaved | Saved):
            self._unsaved_front.hear(what)
        elif self._engine is not None:
            self._engine.add_problem(what)
        else:
            QTimer.singleShot(200, lambda: self._hear(what))

    def leave(self) -> None:
        """Close in order: alerts, charts; pulse, poller, streams and their pool; the demo; the pool; the writer."""
        from levdesk.ui.views.copying import leave_clipboard  # late: only an end needs it

        leave_clipboard()
        if self._alerts is not None:
            self._alerts.stop()
        engine, self._engine = self._engine, None
        in_time = engine is None or engine.stop()
        in_time = (self._runner is None or self._runner.close()) and in_time
        saved = engine is None or engine.house.close(CLOSE_TIMEOUT_S)
        for undo in reversed(self._undo):
            undo()
        if not (in_time and saved):
            os._exit(0 if saved else 1)  # a thread that hangs in the network must not keep a closed window alive


def _learn_to_draw(_control: JobControl) -> None:
    """Import what charts are worked out with; a window that did this itself would stand still for a tenth of a second.

    Not what they are drawn with: PySide makes its types when they are first used, and not in two threads at once.
    """
    import numpy  # noqa: F401
