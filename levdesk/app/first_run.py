"""The way from a bare Python to the running program: a glance when everything is there, a set-up when it is not.

Standard library only, and next to nothing at the top: each start passes through here, and a second start must be
instant. The slow work stands in `levdesk.app.setup` and is imported when there is some.
"""

from __future__ import annotations

import os
import sys

from levdesk.app.setup import screen, stamp

TYPE_CHECKING = False  # spares every start the import of typing
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from levdesk.domain.errors import LevdeskError

# Counts how often one start handed over to another interpreter, so that a strange machine cannot make it go round.
_HANDOVERS = "LEVDESK_HANDOVERS"
_HANDOVERS_MAX = 3


def start(main_file: str, arguments: Sequence[str]) -> int:
    """Make sure that everything is there and run the program; returns its exit code.

    Args:
        main_file: the path of main.py, beside which `.venv` and pyproject.toml stand.
        arguments: the command line after the program's name.
    """
    root = os.path.dirname(os.path.realpath(main_file))
    if _is_ready(root, ()) and not _is_inside(root):
        _hand_over(_own_python(root))

    from levdesk.domain.errors import LevdeskError

    try:
        window = _opens_window(arguments)
        enter(root, window=window)
    except LevdeskError as error:
        return tell(error)

    from levdesk.app.main import main

    code = main(arguments)
    if window:
        end_process(code)
    return code


def end_process(code: int) -> NoReturn:
    """End at once after a window has closed in order and everything is saved.

    What is left is Python's and Qt's own tidying up; ended within its first second, a window crashed in that.
    """
    import contextlib
    import logging

    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(code)


def enter(root: str, *, extras: tuple[str, ...] = (), window: bool) -> None:
    """Return once the running interpreter has all that is needed; until then set up and start over in one that has.

    Args:
        root: the folder of pyproject.toml.
        extras: its extras that are needed too, e.g. ("dev",).
        window: whether Qt will draw, be it offscreen; it is loaded then, to see that it can be.

    Raises:
        LevdeskError: something is lacking and could not be had; the sentence and the hint say what.
    """
    is_ready = _is_ready(root, extras)
    if is_ready and not _is_inside(root):
        _hand_over(_own_python(root))
    if not is_ready or (window and not _screen_is_known(root)):
        where = _set_up(root, extras, window=window)
        if where == "inside":
            _hand_over(_own_python(root))
        if where == "outside":
            _hand_over(getattr(sys, "_base_executable", sys.executable))
    if window:
        _check_screen(root)
    os.environ.pop(_HANDOVERS, None)


def tell(error: LevdeskError) -> int:
    """Print a failure as a sentence and a hint; returns the exit code: 2 when the call was wrong, else 1."""
    from levdesk.domain.errors import SettingInvalid

    sys.stderr.write(f"levdesk: {error.message}\n" + (f"  {error.hint}\n" if error.hint else ""))
    return 2 if isinstance(error, SettingInvalid) else 1


def qt_conflict(python: tuple[int, ...], qt: tuple[int, ...]) -> str | None:
    """Why this Qt must not run on this Python, in one sentence; None when it may.

    PySide6 6.12.0 gives up references to True and None on Python 3.11 and aborts after some hundred signals.

    Args:
        python: version, e.g. sys.version_info.
        qt: version, e.g. PySide6.__version_info__.
    """
    if python[:2] < (3, 12) and qt[:2] >= (6, 12):
        return (
            f"PySide6 {'.'.join(map(str, qt[:2]))} crashes on Python {'.'.join(map(str, python[:2]))}: "
            "install PySide6-Essentials below 6.12, or use Python 3.12 or newer."
        )
    return None


def _is_ready(root: str, extras: tuple[str, ...]) -> bool:
    environment = os.path.join(root, ".venv")
    note = stamp.read(environment)
    if not stamp.covers(note, root, extras) or stamp.is_unfinished(environment):
        return False
    if _is_inside(root):
        return note.get("python") == stamp.MINOR_VERSION
    return os.path.exists(_own_python(root))


def _is_inside(root: str) -> bool:
    return os.path.realpath(sys.prefix) == os.path.realpath(os.path.join(root, ".venv"))


def _own_python(root: str) -> str:
    return os.path.join(root, ".venv", *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))


def _screen_is_known(root: str) -> bool:
    if not sys.platform.startswith("linux"):
        return True
    known = stamp.read(os.path.join(root, ".venv")).get("screen")
    return known == screen.note(screen.platforms(os.environ))


def _opens_window(arguments: Sequence[str]) -> bool:
    """Whether the call opens a window; a call that makes no sense ends here, before anything is downloaded."""
    from levdesk.app.command_line import WINDOW, parse_command_line

    return parse_command_line(arguments).command == WINDOW


def _set_up(root: str, extras: tuple[str, ...], *, window: bool) -> str:
    from pathlib import Path

    from levdesk.app.setup.set_up import set_up
    from levdesk.app.setup.survey import Site
    from levdesk.app.setup.terminal import Terminal

    return set_up(Site(root=Path(root), extras=extras, window=window), Terminal())


def _hand_over(python: str) -> NoReturn:
    """Start the same call again in another interpreter; this process becomes it, or on Windows waits for it."""
    handovers = int(os.environ.get(_HANDOVERS, "0")) + 1
    if handovers > _HANDOVERS_MAX:
        sys.stderr.write("LevDesk cannot start in its own environment. Delete the folder .venv and start again.\n")
        sys.exit(1)
    os.environ[_HANDOVERS] = str(handovers)
    command = [python, *sys.orig_argv[1:]]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":
        import subprocess

        sys.exit(subprocess.call(command))
    os.execv(python, command)


def _check_screen(root: str) -> None:
    """Make sure that Qt loads and has something to draw on.

    Raises:
        LevdeskError: it does not; the sentence and the hint say what to do.
    """
    from levdesk.app import head_start
    from levdesk.app.setup import doorstep

    doorstep.require_screen()
    head_start.begin()
    try:
        from PySide6 import QtWidgets, __version_info__  # noqa: F401 - the window's own first import, watched

        head_start.end()
    except ImportError as error:
        _look_again(root, error)
    doorstep.require_agreement(sys.version_info[:3], __version_info__[:3])


def _look_again(root: str, error: ImportError) -> NoReturn:
    """What the note vouches for is gone: forget that part of it and start over, once."""
    from levdesk.app.setup.pip_talk import SetupFailed

    environment = os.path.join(root, ".venv")
    note = stamp.read(environment)
    if not note or int(os.environ.get(_HANDOVERS, "0")) >= _HANDOVERS_MAX - 1:
        raise SetupFailed(
            f"Qt cannot be loaded: {error}.",
            hint="Install what it names, or delete the folder .venv, and start again.",
        ) from error
    is_package = isinstance(error, ModuleNotFoundError)
    note.pop("needs" if is_package else "screen", None)
    stamp.write(environment, note | {"pyproject": ""} if is_package else note)
    _hand_over(sys.executable)
