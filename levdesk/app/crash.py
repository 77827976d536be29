"""Nothing goes wrong silently: hooks that send every unexpected failure to the log, and to the person."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from levdesk.io.logs import open_log, redact

_log = logging.getLogger("levdesk.crash")

Tell = Callable[[str], None]
Undo = Callable[[], None]


def set_up_logs(log_file: Path) -> Undo:
    """Send everything of note to the log file, nothing to the terminal; what is returned ends that.

    Raises:
        StoreUnavailable: the folder cannot be written to.
    """
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    handler = open_log(log_file)
    root.addHandler(handler)

    def undo() -> None:
        root.removeHandler(handler)
        handler.close()

    return undo


def install_crash_hooks(log_dir: Path, tell: Tell) -> Undo:
    """Log what reaches the top of any thread and `tell` the person one sentence; dump hard crashes to a file.

    What is returned puts the hooks back as they were.

    Args:
        log_dir: existing directory; `crash.txt` in it gets the traces of hard crashes.
        tell: called with the sentence, from the thread that failed.
    """

    def on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        _log.critical("Unexpected failure", exc_info=(kind, error, trace))
        tell(f"Something went wrong inside LevDesk: {redact(str(error)) or kind.__name__}. The log has the details.")

    def on_thread_exception(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            on_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    before = (sys.excepthook, threading.excepthook)
    sys.excepthook, threading.excepthook = on_exception, on_thread_exception
    crash_file = (log_dir / "crash.txt").open("a", encoding="utf-8")
    was_enabled = faulthandler.is_enabled()
    if not was_enabled:
        faulthandler.enable(crash_file)

    def undo() -> None:
        sys.excepthook, threading.excepthook = before
        if not was_enabled:
            faulthandler.disable()
        crash_file.close()

    return undo
