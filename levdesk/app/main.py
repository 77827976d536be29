"""The front door: understands the call, opens the window or runs one command, and answers with an exit code."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import sys
from collections.abc import Callable, Sequence

from levdesk.app.command_line import WINDOW, Options, parse_command_line
from levdesk.domain.errors import LevdeskError, UserError

DONE, FAILED, WRONG_CALL, INTERRUPTED = 0, 1, 2, 130

_log = logging.getLogger("levdesk.app")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run LevDesk with the arguments of a command line (those of this process when None); returns the exit code."""
    try:
        return _run(parse_command_line(sys.argv[1:] if arguments is None else arguments))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else FAILED
    except LevdeskError as error:
        _log.info("Ended by %s: %s", error.code, error.message)
        say(error.message, error.hint)
        return WRONG_CALL if isinstance(error, UserError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last guard of the whole program
        if _log.hasHandlers():
            _log.critical("Unexpected failure", exc_info=error)
        from levdesk.io.logs import redact  # rarely wanted

        words = redact(str(error)) or type(error).__name__
        say(f"Something went wrong inside LevDesk: {words}.", "The log has the details.")
        return FAILED


def say(sentence: str, hint: str = "") -> None:
    """Tell the person one sentence on stderr, and on a second line what to do."""
    print(f"levdesk: {sentence}", file=sys.stderr)
    if hint:
        print(f"  {hint}", file=sys.stderr)


def _run(options: Options) -> int:
    if options.command == WINDOW:
        return show_window(options)
    from levdesk.app.commands import run_command

    return run_command(options)


def show_window(options: Options, *, on_painted: Callable[[], None] = lambda: None) -> int:
    """Open the window and stay until it closes; returns the exit code.

    Args:
        options: the call.
        on_painted: called once, right after the first paint.

    Raises:
        LevdeskError: there is no screen, Qt cannot be loaded, or the files cannot be used.
    """
    from levdesk.app import head_start
    from levdesk.app.setup.doorstep import require_agreement, require_screen, without_qt

    def painted() -> None:
        on_painted()
        gc.freeze()  # or all of it would be looked through as soon as looking is allowed
        gc.enable()

    require_screen()
    gc.disable()  # nothing made on the way to the first paint is garbage, and looking for some takes 15 ms
    try:
        head_start.begin()
        try:
            from PySide6 import __version_info__

            head_start.end()
            from levdesk.app.window import open_window  # Qt only where a window opens
        except ImportError as error:
            raise without_qt(error) from error
        require_agreement(sys.version_info[:3], __version_info__[:3])
        return open_window(options, on_painted=painted)
    finally:
        gc.enable()


def _forget_stdout() -> None:
    # The reader of our output is gone; keep the interpreter from failing again while it flushes at exit.
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
