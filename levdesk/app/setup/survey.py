"""Looks at the machine and the checkout, and states the facts that the plan is made from; changes nothing."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from levdesk.app.setup import libraries, needs, packages, screen, stamp
from levdesk.app.setup.plan import Environment, Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the set-up works and for what.

    Attributes:
        root: the folder of main.py and pyproject.toml.
        extras: the extras that this start needs.
        window: whether Qt will draw, on a screen or offscreen.
    """

    root: Path
    extras: tuple[str, ...]
    window: bool

    @property
    def environment(self) -> Path:
        """The folder of the program's own environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter of that environment."""
        return self.environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def is_inside(self) -> bool:
        """Whether the running interpreter belongs to that environment."""
        return os.path.realpath(sys.prefix) == os.path.realpath(self.environment)


def look(site: Site) -> Facts:
    """The facts as they are now.

    Raises:
        OSError, ValueError: pyproject.toml cannot be read.
    """
    python = sys.version_info[:2]
    wanted = needs.read_wanted(site.root / "pyproject.toml", python)
    environment = _environment(site, wanted.fingerprint)
    distribution = read_distribution()
    return Facts(
        environment=environment,
        is_inside=site.is_inside,
        is_satisfied=not needs.unmet(wanted.with_extras(site.extras), needs.installed_version),
        can_make=all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
        is_writable=os.access(site.environment if site.environment.exists() else site.root, os.W_OK),
        lacking=_lacking(site, distribution.tool),
        venv_package=packages.venv_package(distribution.tool, python),
        can_install=distribution.tool == "apt" and is_root(),
    )


def read_distribution() -> packages.Distribution:
    """Which Linux this is; unknown on other systems."""
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        text = ""
    return packages.read_distribution(text)


def is_root() -> bool:
    """Whether system packages may be installed by this process."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _environment(site: Site, fingerprint: str) -> Environment:
    folder = site.environment
    if stamp.is_unfinished(str(folder)):
        return Environment.UNFINISHED
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return Environment.ABSENT
    if not (folder / "pyvenv.cfg").is_file():
        return Environment.FOREIGN
    if not site.python.exists():
        return Environment.BROKEN
    note = stamp.read(str(folder))
    if not note:
        return Environment.UNKNOWN
    if site.is_inside and note.get("python") != stamp.MINOR_VERSION:
        return Environment.BROKEN
    has_extras = set(site.extras) <= set(note.get("extras", "").split(","))
    return Environment.READY if note.get("needs") == fingerprint and has_extras else Environment.OUTDATED


def _lacking(site: Site, tool: str) -> tuple[str, ...]:
    if not site.window or not sys.platform.startswith("linux"):
        return ()
    names = screen.platforms(os.environ)
    found = libraries.missing(names, libraries.can_load, libraries.font_found)
    return packages.library_packages(tool, found)
