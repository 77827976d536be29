"""Names of system packages and the one command that installs them, per Linux distribution."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from levdesk.app.setup.libraries import FONT, Library

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Families by the words that ID and ID_LIKE of /etc/os-release use.
_FAMILIES = {
    "apt": ("debian", "ubuntu"),
    "dnf": ("fedora", "rhel", "centos"),
    "zypper": ("suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed"),
    "pacman": ("arch",),
    "apk": ("alpine",),
}
_COMMANDS = {
    "apt": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "zypper": "zypper install -y",
    "pacman": "pacman -S --needed",
    "apk": "apk add",
}
_FONTS = {"dnf": "dejavu-sans-fonts", "zypper": "dejavu-fonts", "apk": "font-dejavu"}
_PYTHON = {"dnf": "python3", "zypper": "python3", "pacman": "python", "apk": "python3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Which Linux this is.

    Attributes:
        tool: its package tool ("apt", "dnf", "zypper", "pacman", "apk"), or "" when unknown.
        name: its name for people.
    """

    tool: str
    name: str


def read_distribution(os_release: str) -> Distribution:
    """Understand the text of /etc/os-release; an unknown or empty text gives an unknown distribution."""
    fields: dict[str, str] = {}
    for line in os_release.splitlines():
        key, separator, value = line.partition("=")
        if separator:
            fields[key.strip()] = value.strip().strip("\"'")
    words = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".split()
    tool = next((tool for word in words for tool, names in _FAMILIES.items() if word in names), "")
    return Distribution(tool=tool, name=fields.get("PRETTY_NAME") or "this system")


def library_packages(tool: str, libraries: Iterable[Library]) -> tuple[str, ...]:
    """The packages that hold these libraries, each once, in order.

    dnf, zypper and apk find a package by the library it provides, so only apt and pacman need names of packages.
    """
    return tuple(dict.fromkeys(_spelled(tool, library) for library in libraries))


def venv_package(tool: str, python: tuple[int, ...]) -> str:
    """The package with the parts of Python that make environments; Debian splits them off, by Python version."""
    return f"python{python[0]}.{python[1]}-venv" if tool == "apt" else _PYTHON.get(tool, "python3-venv")


def install_command(tool: str, names: Sequence[str], *, is_root: bool) -> str:
    """The one command to type, or "" when the distribution's tool is unknown."""
    if tool not in _COMMANDS:
        return ""
    command = f"{_COMMANDS[tool]} {' '.join(shlex.quote(name) for name in names)}"
    return command if is_root else f"sudo {command}"


def _spelled(tool: str, library: Library) -> str:
    if library is FONT and tool in _FONTS:
        return _FONTS[tool]
    if tool == "apt":
        return library.debian
    if tool == "pacman":
        return library.arch
    if tool == "apk":
        return f"so:{library.soname}"
    return f"{library.soname}()(64bit)" if tool in ("dnf", "zypper") else library.soname
