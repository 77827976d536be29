"""The last look before a window opens: is there a screen, does Qt load, do Qt and Python agree."""

from __future__ import annotations

import os
import sys

from levdesk.app.setup import screen
from levdesk.domain.errors import LevdeskError, UserError


def require_screen() -> None:
    """Make sure that there is something to draw on.

    Raises:
        UserError: there is not.
    """
    if sys.platform.startswith("linux") and not screen.platforms(os.environ):
        raise UserError(
            "There is no screen to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set.",
            hint="Start it from a desktop session, or use a command that needs no window, for example: report",
        )


def require_agreement(python: tuple[int, ...], qt: tuple[int, ...]) -> None:
    """Make sure that this Qt may run on this Python.

    Raises:
        UserError: it would crash.
    """
    from levdesk.app.first_run import qt_conflict

    conflict = qt_conflict(python[:2], qt)
    if conflict:
        raise UserError(conflict)


def without_qt(error: ImportError) -> LevdeskError:
    """What to say when Qt does not load although LevDesk was installed: the one command that brings what it lacks."""
    from levdesk.app.setup import libraries, packages, survey

    lacking = libraries.missing(screen.platforms(os.environ), libraries.can_load, libraries.font_found)
    tool = survey.read_distribution().tool
    names = packages.library_packages(tool, lacking)
    command = packages.install_command(tool, names, is_root=survey.is_root()) if names else ""
    return LevdeskError(
        f"Qt cannot be loaded: {error}.", hint=f"Install what it lacks: {command}" if command else "Install it again."
    )
