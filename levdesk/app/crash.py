"""Nothing goes wrong silently: hooks that send every unexpected failure to the log, and to the person."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from levdesk.domain.errors import StoreUnavailable
from levdesk.io.logs import LogInMemory, open_log, redact

_log = logging.getLogger("levdesk.crash")

Tell = Callable[[str], None]
Undo = Callable[[], None]


def set_up_logs(log_file: Path, *, or_in_memory: bool = False) -> Undo:
    """Send everything of note to the log file, nothing to the terminal; what is returned ends that.

    Args:
        log_file: which one.
        or_in_memory: keep the last lines in memory where there can be no file.

    Raises:
        StoreUnavailable: the folder cannot be written to.
    """
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    handler: logging.Handler
    try:
        handler = open_log(log_file)
    except StoreUnavailable:
        if not or_in_memory:
            raise
        handler = LogInMemory()
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
    crash_file = _crash_file(log_dir)
    is_ours = crash_file is not None and not faulthandler.is_enabled()
    if crash_file is not None and is_ours:
        faulthandler.enable(crash_file)

    def undo() -> None:
        sys.excepthook, threading.excepthook = before
        if is_ours:
            faulthandler.disable()
        if crash_file is not None:
            crash_file.close()

    return undo


def _crash_file(log_dir: Path) -> TextIO | None:
    """Where hard crashes are written; None where there is no place for a file, and the system's report must do."""
    try:
        return (log_dir / "crash.txt").open("a", encoding="utf-8")
    except OSError:
        return None
