"""Reads the files that ship with the program: `resources/` beside the checkout, or inside the installed package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from levdesk.domain.errors import Bug


def read_resource(name: str) -> bytes:
    """The bytes of a shipped file, e.g. "registry.json".

    Raises:
        Bug: the file is not there, so the installation is incomplete.
    """
    packaged = files("levdesk") / "resources" / name
    if packaged.is_file():
        return packaged.read_bytes()
    beside = Path(__file__).resolve().parents[2] / "resources" / name
    try:
        return beside.read_bytes()
    except OSError as error:
        raise Bug(f"The file {name} of the program is missing.", hint="Install LevDesk again.") from error
