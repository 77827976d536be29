"""A window in a process of its own, left open: says "open" once the books stand, and ends when it is told to.

Where they never stand it says so and ends by itself: whoever reads what it says would wait for ever.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from levdesk.app.command_line import parse_command_line
from levdesk.app.first_run import end_process
from levdesk.app.window import open_window
from levdesk.ui.main_window import MainWindow

LOOK_EVERY_MS = 5
MOST_LOOKS = 60_000 // LOOK_EVERY_MS


def say_when_open(looks: int = 0) -> None:
    (window,) = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
    if window.desk.portfolios:
        print("open", flush=True)
    elif looks < MOST_LOOKS:
        QTimer.singleShot(LOOK_EVERY_MS, lambda: say_when_open(looks + 1))
    else:
        print("never opened", flush=True)
        QApplication.exit(1)


if __name__ == "__main__":
    end_process(open_window(parse_command_line(sys.argv[1:]), on_painted=say_when_open))
