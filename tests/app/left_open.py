"""A window in a process of its own, left open: says "open" once the books stand, and ends when it is told to."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from levdesk.app.command_line import parse_command_line
from levdesk.app.window import open_window
from levdesk.ui.main_window import MainWindow


def say_when_open() -> None:
    (window,) = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
    if window.desk.portfolios:
        print("open", flush=True)
    else:
        QTimer.singleShot(5, say_when_open)


if __name__ == "__main__":
    sys.exit(open_window(parse_command_line(sys.argv[1:]), on_painted=say_when_open))
