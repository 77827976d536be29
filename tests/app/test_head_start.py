"""Whole processes: what the head start changes cannot be looked at in one that has Qt already."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from levdesk.app import head_start

_ROOT = Path(__file__).resolve().parents[2]


def _said(script: str) -> list[str]:
    """What a new interpreter prints, errors and all, line by line."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=_ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


def test_qt_loaded_by_another_thread_still_belongs_to_the_first() -> None:
    script = """
import threading
from levdesk.app.head_start import load_qt_meanwhile
load_qt_meanwhile()
started = [each for each in threading.enumerate() if each.name == "head start"]
[each.join() for each in started]
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QApplication, QLabel
application = QApplication([])
label = QLabel("levdesk")
print(len(started), QThread.isMainThread(), label.thread() is QThread.currentThread(), label.sizeHint().height() > 0)
QTimer.singleShot(0, application.quit)
print(application.exec())
"""
    assert _said(script) == ["1 True True True" if os.name == "posix" else "0 True True True", "0"]


def test_where_qt_is_there_already_nothing_is_started() -> None:
    script = """
import threading
import PySide6.QtWidgets
from levdesk.app.head_start import load_qt_meanwhile
load_qt_meanwhile()
print(threading.active_count())
"""
    assert _said(script) == ["1"]


def test_no_source_is_read_of_what_is_imported_after_qt() -> None:
    script = """
import linecache
from levdesk.app.head_start import import_plainly
from PySide6 import QtCore
import_plainly()
import levdesk.domain.money
from PySide6.QtCore import Qt
print(any("levdesk" in name for name in linecache.cache), Qt.Orientation.Vertical.name)
"""
    assert _said(script) == ["False Vertical"]


def test_an_import_that_nobody_hooked_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    monkeypatch.delattr(builtins, "__orig_import__", raising=False)
    before = builtins.__import__
    head_start.import_plainly()
    assert builtins.__import__ is before


def test_what_the_first_paint_needs_brings_nothing_that_can_wait() -> None:
    script = """
import sys
import levdesk.app.window
late = (
    "levdesk.domain.problems levdesk.domain.token_rows levdesk.ui.sources.words levdesk.app.engine "
    "levdesk.services.unsaved "
    "numpy pyqtgraph requests PySide6.QtNetwork PySide6.QtSvg"
)
print(*[name for name in late.split() if name in sys.modules])
from levdesk.domain import instruments
print(*[name for name in instruments.__all__ if not hasattr(instruments, name)], hasattr(instruments, "rule_before"))
"""
    assert _said(script) == ["", "False"]
