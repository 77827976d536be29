"""Finds what ships beside the code: the icon and the change log, in a checkout as in an installed package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def resource_path(name: str) -> Path:
    """Where a file of `resources` lies: inside an installed package, or beside it in a checkout."""
    inside = _PACKAGE / "resources"
    return (inside if inside.is_dir() else _PACKAGE.parent / "resources") / name


def read_resource(name: str) -> bytes:
    """Content of a file of `resources`.

    Raises:
        FileNotFoundError: the package was built without it.
    """
    return resource_path(name).read_bytes()
