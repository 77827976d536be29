"""Nothing goes wrong silently: hooks that send every unexpected failure to the log, and to the person."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from levdesk.io.logs import open_log

_log = logging.getLogger("levdesk.crash")

Tell = Callable[[str], None]


def set_up_logs(log_file: Path) -> None:
    """Send everything of note to the log file; nothing goes to the terminal.

    Raises:
        StoreUnavailable: the folder cannot be written to.
    """
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(open_log(log_file))


def install_crash_hooks(log_dir: Path, tell: Tell) -> None:
    """Log what reaches the top of any thread and `tell` the person one sentence; dump hard crashes to a file.

    Args:
        log_dir: existing directory; `crash.txt` in it gets the traces of hard crashes.
        tell: called with the sentence, from the thread that failed.
    """

    def on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        _log.critical("Unexpected failure", exc_info=(kind, error, trace))
        tell(f"Something went wrong inside LevDesk: {str(error) or kind.__name__}. The log has the details.")

    def on_thread_exception(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            on_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    sys.excepthook = on_exception
    threading.excepthook = on_thread_exception
    crash_file = (log_dir / "crash.txt").open("a", encoding="utf-8")
    faulthandler.enable(crash_file)
