"""Finds what ships beside the code: the icon and the change log, in a checkout as in an installed package."""

from __future__ import annotations

from pathlib import Path


def read_resource(name: str) -> bytes:
    """Content of a file of `resources`.

    Raises:
        FileNotFoundError: the package was built without it.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "resources", package.parent / "resources"):
        if folder.is_dir():
            return (folder / name).read_bytes()
    raise FileNotFoundError(name)
