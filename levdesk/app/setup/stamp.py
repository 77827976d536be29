"""The note that says an environment is finished, and for what: read at every start, so it imports next to nothing.

A file of `key=value` lines inside `.venv`:

* `python`: "3.11", the minor version the packages were installed for;
* `pyproject`: modification time and size of pyproject.toml when the note was last found true;
* `needs`: fingerprint of its dependency lists, compared only when `pyproject` differs;
* `extras`: the extras that are installed, joined by commas;
* `screen`: machine and platform for which Qt's system libraries were found.
"""

from __future__ import annotations

import os
import sys

READY = "levdesk-ready"
UNFINISHED = "levdesk-unfinished"

MINOR_VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


def read(environment: str) -> dict[str, str]:
    """The note inside an environment folder; empty when there is none or it cannot be read."""
    try:
        with open(os.path.join(environment, READY), encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return {key: value for key, separator, value in (line.partition("=") for line in lines) if separator}


def write(environment: str, note: dict[str, str]) -> None:
    """Replace the note in one step, so that no start ever reads half of it.

    Raises:
        OSError: the environment folder cannot be written to.
    """
    target = os.path.join(environment, READY)
    draft = f"{target}.{os.getpid()}"
    with open(draft, "w", encoding="utf-8") as file:
        file.write("".join(f"{key}={value}\n" for key, value in sorted(note.items())))
    os.replace(draft, target)


def is_unfinished(environment: str) -> bool:
    """Whether a set-up began in this folder and never said it was done."""
    return os.path.exists(os.path.join(environment, UNFINISHED))


def pyproject_key(root: str) -> str:
    """Modification time and size of pyproject.toml, "" when there is none."""
    try:
        status = os.stat(os.path.join(root, "pyproject.toml"))
    except OSError:
        return ""
    return f"{status.st_mtime_ns}-{status.st_size}"


def covers(note: dict[str, str], root: str, extras: tuple[str, ...]) -> bool:
    """Whether the note vouches for the project as it stands, with these extras."""
    return (
        bool(note)
        and note.get("pyproject") == pyproject_key(root)
        and set(extras) <= set(note.get("extras", "").split(","))
    )
