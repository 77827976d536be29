"""Journeys through the real window: main() opens it, a script of steps uses it, the last step closes it.

    with_window(arguments, script)

`script(window)` is a generator: it yields conditions to wait for (callables) and acts in between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from levdesk.app import market_lines
from levdesk.app import window as window_of_the_program
from levdesk.app.command_line import parse_command_line
from levdesk.app.window import open_window
from levdesk.runtime.jobs import JobRunner
from levdesk.ui.main_window import MainWindow
from tests import patience

Condition = Callable[[], object]
Script = Callable[[MainWindow], Iterator[Condition]]

PATIENCE_S = patience.PATIENCE_S
LOOK_EVERY_MS = 5


class JourneyStuck(AssertionError):
    """A condition of the script did not come true in time."""


class _Guide:
    """Runs a script beside the event loop of the window."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._steps: Iterator[Condition] | None = None
        self._waiting: Condition = lambda: True
        self._since_s = time.monotonic()
        self.failure: BaseException | None = None
        self._timer = QTimer()
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def begin(self) -> None:
        self._timer.start()

    def _look(self) -> None:
        try:
            if self._waiting():
                self._step()
            elif time.monotonic() - self._since_s > PATIENCE_S:
                raise JourneyStuck(f"waited {PATIENCE_S:.0f} s for {describe(self._waiting)}")
        except BaseException as error:  # noqa: BLE001 - whatever it is, the journey reports it
            self.failure = error
            self._end()

    def _step(self) -> None:
        if self._steps is None:
            self._steps = self._script(the_window())
        try:
            self._waiting = next(self._steps)
            self._since_s = time.monotonic()
        except StopIteration:
            self._end()

    def _end(self) -> None:
        self._timer.stop()
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QMessageBox):
                widget.reject()
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, MainWindow):
                if self.failure is not None:
                    widget.leave_unasked()  # a question about unsaved changes would wait for ever
                widget.close()


def describe(condition: Condition) -> str:
    """Where a condition stands, for the failure message."""
    code = getattr(condition, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(condition)


def the_window() -> MainWindow:
    """The one visible main window."""
    (window,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()]
    return window


@contextmanager
def patient_end() -> Iterator[None]:
    """A window's threads may take as long to end as a busy machine makes them.

    The program gives up on them soon and then ends its whole process; here that fails the test, and not all tests
    after it, which would go missing without a word.
    """
    close = JobRunner.close

    def close_in_peace(runner: JobRunner, timeout_ms: int = patience.PATIENCE_MS) -> bool:
        return close(runner, max(timeout_ms, patience.PATIENCE_MS))

    def end_all(code: int) -> NoReturn:
        raise JourneyStuck(f"the window did not end in time (exit code {code})")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(market_lines, "STOP_MS", patience.PATIENCE_MS)
        patch.setattr(window_of_the_program, "CLOSE_TIMEOUT_S", patience.PATIENCE_S)
        patch.setattr(JobRunner, "close", close_in_peace)
        patch.setattr("os._exit", end_all)
        yield


def with_window(arguments: list[str], script: Script) -> int:
    """Open the window as `main(arguments)` would, run the script, and return the exit code once it has closed."""
    guide = _Guide(script)
    with patient_end():
        code = open_window(parse_command_line(arguments), on_painted=guide.begin)
    if guide.failure is not None:
        raise guide.failure
    return code
