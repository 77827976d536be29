"""Makes the plan come true: surveys, decides, works, and says where to start."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Protocol

from levdesk.app.setup import needs, packages, screen, stamp
from levdesk.app.setup.pip_talk import SetupFailed
from levdesk.app.setup.plan import AskForSystem, Condemn, Go, Install, InstallSystem, Make, Note, Refuse, decide
from levdesk.app.setup.survey import Site, is_root, look, read_distribution
from levdesk.app.setup.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from levdesk.app.setup.plan import Step
    from levdesk.app.setup.terminal import Terminal

_SIZES = {False: "about 280 MB to download, 800 MB on disk", True: "about 310 MB to download, 920 MB on disk"}


class Works(Protocol):
    """The work that a plan may ask for; each method raises SetupFailed when it cannot be done."""

    def locked(self) -> AbstractContextManager[bool]:
        """Hold the environment; the value says whether another set-up had to finish first."""

    def condemn(self) -> None:
        """Mark the environment as one to be made anew."""

    def make(self) -> None:
        """Make an empty environment in place of whatever stands there."""

    def install(self) -> None:
        """Fetch and unpack the packages."""

    def install_system(self, names: Sequence[str]) -> None:
        """Install system packages."""

    def note(self, fingerprint: str) -> None:
        """Write down that the environment is finished."""


def set_up(site: Site, terminal: Terminal, workshop: Works | None = None) -> str:
    """Do what is lacking; returns where to start: "here", "inside" or "outside" of the environment.

    Args:
        site: where, and for what.
        terminal: hears each step.
        workshop: does the work; the real one by default.

    Raises:
        SetupFailed: with one plain sentence and a hint.
    """
    try:
        steps = decide(look(site))
    except (OSError, ValueError) as error:
        raise SetupFailed(f"pyproject.toml beside main.py cannot be read: {error}") from error
    workshop = workshop or Workshop(site, terminal)
    if any(isinstance(step, Make | Install) for step in steps):
        with workshop.locked() as waited:
            where = _carry_out(decide(look(site)) if waited else steps, site, workshop, terminal)
    else:
        where = _carry_out(steps, site, workshop, terminal)
    _remember(site)
    return where


def _carry_out(steps: Sequence[Step], site: Site, workshop: Works, terminal: Terminal) -> str:
    count = sum(isinstance(step, InstallSystem | Make | Install) for step in steps)
    number = 0
    for step in steps:
        match step:
            case InstallSystem(names):
                number += 1
                terminal.say(f"Step {number} of {count}: installing system packages that Qt needs: {', '.join(names)}")
                workshop.install_system(names)
            case Make(because):
                number += 1
                terminal.say(f"Step {number} of {count}: making LevDesk's own Python environment in .venv ({because})")
                workshop.make()
            case Condemn():
                workshop.condemn()
            case Install():
                number += 1
                terminal.say(f"Step {number} of {count}: {_getting(steps, site)}")
                workshop.install()
            case Note():
                workshop.note(_fingerprint(site))
            case AskForSystem(names):
                raise _request(names)
            case Refuse(message, hint):
                raise SetupFailed(message, hint=hint)
            case Go(where):
                if number:
                    terminal.say("Ready.")
                return where
    raise AssertionError("a plan ends with Go, Refuse or AskForSystem")


def _getting(steps: Sequence[Step], site: Site) -> str:
    if any(isinstance(step, Make) for step in steps):
        return f"getting packages ({_SIZES[bool(site.extras)]})"
    return "bringing the packages up to date"


def _request(names: Sequence[str]) -> SetupFailed:
    distribution = read_distribution()
    command = packages.install_command(distribution.tool, names, is_root=is_root())
    if command:
        return SetupFailed(f"{distribution.name} lacks parts that LevDesk needs.", hint=f"Type:  {command}")
    return SetupFailed(
        f"{distribution.name} lacks parts that LevDesk needs: {', '.join(names)}.",
        hint="Install them with the system's package tool and start again.",
    )


def _fingerprint(site: Site) -> str:
    return needs.read_wanted(site.root / "pyproject.toml", sys.version_info[:2]).fingerprint


def _remember(site: Site) -> None:
    """Keep what was found out in the note, so that the next start need not look; a read-only note stays as it is."""
    folder = str(site.environment)
    note = stamp.read(folder)
    if stamp.is_unfinished(folder) or note.get("needs") != _fingerprint(site):
        return
    fresh = note | {"pyproject": stamp.pyproject_key(str(site.root))}
    if site.window:
        fresh["screen"] = screen.note(screen.platforms(os.environ))
    if fresh != note:
        with contextlib.suppress(OSError):
            stamp.write(folder, fresh)
