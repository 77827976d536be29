from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from levdesk.app.setup import libraries, packages, screen
from levdesk.app.setup.libraries import FONT

if TYPE_CHECKING:
    from pathlib import Path

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
UBUNTU = 'NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\n'
MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nPRETTY_NAME="Linux Mint 22"\n'
FEDORA = "ID=fedora\nPRETTY_NAME='Fedora Linux 42'\n"
ROCKY = 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'
SUSE = 'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n'
ARCH = "ID=arch\n"
MANJARO = "ID=manjaro\nID_LIKE=arch\n"
ALPINE = "ID=alpine\n"

WITHOUT_X11 = {"libxcb-icccm.so.4", "libxcb-keysyms.so.1"}


def lacking(names: tuple[str, ...], absent: set[str], *, font: bool = True) -> list[str]:
    found = libraries.missing(names, lambda soname: soname not in absent, lambda: font)
    return [library.soname for library in found]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ()),
        ({"DISPLAY": ":0"}, ("xcb",)),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ("wayland",)),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, ("wayland", "xcb")),
        ({"QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":0"}, ("offscreen",)),
        ({"QT_QPA_PLATFORM": "wayland;xcb"}, ("wayland", "xcb")),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, ("vnc",)),
        ({"QT_QPA_PLATFORM": "", "DISPLAY": ""}, ()),
    ],
)
def test_the_platform_is_told_from_the_environment(environment: dict[str, str], expected: tuple[str, ...]) -> None:
    assert screen.platforms(environment) == expected


def test_only_what_the_platform_needs_is_asked_for() -> None:
    assert lacking(("offscreen",), WITHOUT_X11) == []
    assert lacking(("xcb",), WITHOUT_X11) == ["libxcb-icccm.so.4", "libxcb-keysyms.so.1"]
    assert lacking(("offscreen",), {"libEGL.so.1"}, font=False) == ["libEGL.so.1", FONT.soname]


def test_one_complete_platform_is_enough_when_qt_can_choose() -> None:
    assert lacking(("wayland", "xcb"), WITHOUT_X11) == []
    assert lacking(("wayland", "xcb"), {*WITHOUT_X11, "libwayland-cursor.so.0"}) == ["libwayland-cursor.so.0"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shared objects are named like this on Linux only")
def test_loading_tells_what_is_there() -> None:
    assert libraries.can_load("libc.so.6") or libraries.can_load("libc.musl-x86_64.so.1")
    assert not libraries.can_load("libno-such-thing.so.9")


def test_a_font_is_found_in_any_depth(tmp_path: Path) -> None:
    (tmp_path / "truetype" / "dejavu").mkdir(parents=True)
    assert not libraries.font_found([tmp_path, tmp_path / "absent"])
    (tmp_path / "truetype" / "dejavu" / "DejaVuSans.TTF").touch()
    assert libraries.font_found([tmp_path / "absent", tmp_path])


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        (DEBIAN, "apt"),
        (UBUNTU, "apt"),
        (MINT, "apt"),
        (FEDORA, "dnf"),
        (ROCKY, "dnf"),
        (SUSE, "zypper"),
        (ARCH, "pacman"),
        (MANJARO, "pacman"),
        (ALPINE, "apk"),
        ("ID=plan9\n", ""),
        ("", ""),
        ("garbage without a sign", ""),
    ],
)
def test_distributions_are_known_by_their_family(text: str, tool: str) -> None:
    assert packages.read_distribution(text).tool == tool


def test_a_distribution_is_named_as_it_names_itself() -> None:
    assert packages.read_distribution(DEBIAN).name == "Debian GNU/Linux 12 (bookworm)"
    assert packages.read_distribution("").name == "this system"


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        (
            "apt",
            "sudo apt-get install -y --no-install-recommends libegl1 libglib2.0-0 libxcb-icccm4 fonts-dejavu-core",
        ),
        (
            "dnf",
            (
                "sudo dnf install -y 'libEGL.so.1()(64bit)' 'libglib-2.0.so.0()(64bit)' "
                "'libgthread-2.0.so.0()(64bit)' 'libxcb-icccm.so.4()(64bit)' dejavu-sans-fonts"
            ),
        ),
        ("pacman", "sudo pacman -S --needed libglvnd glib2 xcb-util-wm ttf-dejavu"),
        (
            "apk",
            "sudo apk add so:libEGL.so.1 so:libglib-2.0.so.0 so:libgthread-2.0.so.0 so:libxcb-icccm.so.4 font-dejavu",
        ),
        ("", ""),
    ],
)
def test_the_command_names_each_package_once(tool: str, command: str) -> None:
    absent = {"libEGL.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0", "libxcb-icccm.so.4"}
    found = libraries.missing(("xcb",), lambda soname: soname not in absent, lambda: False)
    names = packages.library_packages(tool, found)
    assert packages.install_command(tool, names, is_root=False) == command


def test_root_needs_no_sudo() -> None:
    assert packages.install_command("apk", ["x"], is_root=True) == "apk add x"


def test_debian_splits_the_parts_that_make_environments_by_python_version() -> None:
    assert packages.venv_package("apt", (3, 12, 1)) == "python3.12-venv"
    assert packages.venv_package("pacman", (3, 12, 1)) == "python"
