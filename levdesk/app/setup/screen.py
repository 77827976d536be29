"""Which screen Qt would draw on, told from the environment alone; every start asks, so it imports next to nothing."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # spares every start the import of typing
if TYPE_CHECKING:
    from collections.abc import Mapping


def platforms(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The Qt platforms a start would try on Linux, first choice first; empty when there is no screen to draw on."""
    asked = environment.get("QT_QPA_PLATFORM", "")
    if asked:
        return tuple(name.partition(":")[0] for name in asked.split(";"))
    found = []
    if environment.get("WAYLAND_DISPLAY"):
        found.append("wayland")
    if environment.get("DISPLAY"):
        found.append("xcb")
    return tuple(found)


def note(names: tuple[str, ...]) -> str:
    """Names this machine and the platforms it would use, to remember for which ones the libraries were found."""
    return f"{os.uname().nodename}:{','.join(names)}" if hasattr(os, "uname") else "any"
