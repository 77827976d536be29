"""The system libraries that Qt's wheels expect to find on Linux, and how to see what is missing without importing Qt.

Source: the NEEDED entries of PySide6-Essentials 6.11.3 and 6.12.0 (QtGui, QtWidgets, QtNetwork, QtDBus and the platform
plugins), less what the wheels bring along and what the C library has.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Library:
    """One shared object.

    Attributes:
        soname: what the loader is asked for.
        debian: the package that has it in Debian and Ubuntu.
        arch: the package that has it in Arch Linux.
    """

    soname: str
    debian: str
    arch: str


FONT = Library("a font", "fonts-dejavu-core", "ttf-dejavu")

_ALWAYS = (
    Library("libEGL.so.1", "libegl1", "libglvnd"),
    Library("libGL.so.1", "libgl1", "libglvnd"),
    Library("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon"),
    Library("libdbus-1.so.3", "libdbus-1-3", "dbus"),
    Library("libfontconfig.so.1", "libfontconfig1", "fontconfig"),
    Library("libfreetype.so.6", "libfreetype6", "freetype2"),
    Library("libglib-2.0.so.0", "libglib2.0-0", "glib2"),
    Library("libgthread-2.0.so.0", "libglib2.0-0", "glib2"),
    Library("libX11.so.6", "libx11-6", "libx11"),
    Library("libz.so.1", "zlib1g", "zlib"),
    Library("libzstd.so.1", "libzstd1", "zstd"),
    Library("libgssapi_krb5.so.2", "libgssapi-krb5-2", "krb5"),
    Library("libbrotlidec.so.1", "libbrotli1", "brotli"),
)
_PLATFORMS: Mapping[str, tuple[Library, ...]] = {
    "xcb": (
        Library("libxcb.so.1", "libxcb1", "libxcb"),
        Library("libX11-xcb.so.1", "libx11-xcb1", "libx11"),
        Library("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor"),
        Library("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm"),
        Library("libxcb-image.so.0", "libxcb-image0", "xcb-util-image"),
        Library("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms"),
        Library("libxcb-randr.so.0", "libxcb-randr0", "libxcb"),
        Library("libxcb-render.so.0", "libxcb-render0", "libxcb"),
        Library("libxcb-render-util.so.0", "libxcb-render-util0", "xcb-util-renderutil"),
        Library("libxcb-shape.so.0", "libxcb-shape0", "libxcb"),
        Library("libxcb-shm.so.0", "libxcb-shm0", "libxcb"),
        Library("libxcb-sync.so.1", "libxcb-sync1", "libxcb"),
        Library("libxcb-util.so.1", "libxcb-util1", "xcb-util"),
        Library("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb"),
        Library("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb"),
        Library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11"),
    ),
    "wayland": (
        Library("libwayland-client.so.0", "libwayland-client0", "wayland"),
        Library("libwayland-cursor.so.0", "libwayland-cursor0", "wayland"),
        Library("libwayland-egl.so.1", "libwayland-egl1", "wayland"),
    ),
}

_FONT_SUFFIXES = (".ttf", ".otf", ".ttc", ".pfb")


def missing(
    names: tuple[str, ...], can_load: Callable[[str], bool], font_found: Callable[[], bool]
) -> tuple[Library, ...]:
    """What Qt would lack on these platforms.

    When several platforms would be tried, one that is complete is enough: Qt falls back to it by itself.
    """
    lacking = tuple(library for library in _ALWAYS if not can_load(library.soname))
    by_platform = [
        tuple(library for library in _PLATFORMS.get(name, ()) if not can_load(library.soname)) for name in names
    ]
    if by_platform and all(by_platform):
        lacking += by_platform[0]
    return lacking if font_found() else (*lacking, FONT)


def can_load(soname: str) -> bool:
    """Whether the system's loader finds a shared object and everything it needs in turn."""
    import ctypes

    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def font_found(folders: Iterable[Path] | None = None) -> bool:
    """Whether at least one font file lies in the folders that fontconfig reads by default."""
    for folder in _font_folders() if folders is None else folders:
        for _, _, files in os.walk(folder):
            if any(name.lower().endswith(_FONT_SUFFIXES) for name in files):
                return True
    return False


def _font_folders() -> tuple[Path, ...]:
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return (
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        Path("/run/current-system/sw/share/X11/fonts"),
        data / "fonts",
        home / ".fonts",
    )
