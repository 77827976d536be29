"""Start at login: the entry each system looks for, written and taken away. XDG autostart, LaunchAgents, the Run key."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from levdesk.domain.errors import StoreUnavailable
from levdesk.io.paths import reason_of

NAME: Final = "levdesk"
LABEL: Final = "org.levdesk.LevDesk"
RUN_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"
_HINT: Final = "Add LevDesk to your system's list of programs to start at login by hand."
_RESERVED: Final = frozenset(" \t\n\"'\\><~|&;$*?#()`")
_ESCAPED: Final = '"`$\\'


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginEntry:
    """What is to be started.

    Attributes:
        arguments: the program and what it is called with.
        name: of the entry; one per data directory.
    """

    arguments: Sequence[str]
    name: str = NAME


def desktop_entry(entry: LoginEntry) -> str:
    """The text of an XDG autostart file (freedesktop.org, Desktop Entry Specification 1.5)."""
    command = " ".join(_quoted(part) for part in entry.arguments)
    lines = (
        "[Desktop Entry]",
        "Type=Application",
        "Name=LevDesk",
        "Comment=Watches your leveraged tokens",
        f"Exec={command}",
        "Terminal=false",
        "X-GNOME-Autostart-enabled=true",
    )
    return "\n".join(lines) + "\n"


def launch_agent(entry: LoginEntry) -> str:
    """The text of a macOS LaunchAgent (launchd.plist)."""
    arguments = "\n".join(f"    <string>{escape(part)}</string>" for part in entry.arguments)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>{escape(_label(entry))}</string>
  <key>ProgramArguments</key>
  <array>
{arguments}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>ProcessType</key>
  <string>Interactive</string>
</dict>
</plist>
"""


def windows_command(entry: LoginEntry) -> str:
    """The value of the Run key: one command line."""
    import subprocess  # late: only Windows needs its quoting

    return subprocess.list2cmdline(list(entry.arguments))


class Autostart:
    """The entry of one data directory on this computer.

    Args:
        entry: what is to be started.
        platform: as `sys.platform` names it.
        home: the person's home folder.
        environment: variables of the process.
    """

    def __init__(
        self,
        entry: LoginEntry,
        *,
        platform: str = sys.platform,
        home: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._entry = entry
        self._platform = platform
        self._home = home or Path.home()
        self._environment = os.environ if environment is None else environment

    @property
    def path(self) -> Path | None:
        """The file of the entry; None where it lives in the registry."""
        if self._platform == "win32":
            return None
        if self._platform == "darwin":
            return self._home / "Library" / "LaunchAgents" / f"{_label(self._entry)}.plist"
        stated = self._environment.get("XDG_CONFIG_HOME", "")
        folder = Path(stated) if stated and Path(stated).is_absolute() else self._home / ".config"
        return folder / "autostart" / f"{self._entry.name}.desktop"

    def switch(self, *, on: bool) -> None:
        """Write the entry, or take it away; one that is as wanted is left alone.

        Raises:
            StoreUnavailable: it cannot be written or removed.
        """
        path = self.path
        try:
            if path is None:
                _switch_run_key(self._entry, on=on)
            elif on:
                _write(path, launch_agent(self._entry) if self._platform == "darwin" else desktop_entry(self._entry))
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"Starting at login could not be set: {reason_of(error)}.", hint=_HINT) from error


def _write(path: Path, text: str) -> None:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _switch_run_key(entry: LoginEntry, *, on: bool) -> None:
    if sys.platform == "win32":
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
            if on:
                winreg.SetValueEx(key, entry.name, 0, winreg.REG_SZ, windows_command(entry))
            else:
                try:
                    winreg.DeleteValue(key, entry.name)
                except FileNotFoundError:
                    return


def _label(entry: LoginEntry) -> str:
    return LABEL + entry.name.removeprefix(NAME)


def _quoted(part: str) -> str:
    """An argument as the Exec key wants it: reserved characters in double quotes, and %% for a percent sign."""
    part = part.replace("%", "%%")
    if part and not _RESERVED & set(part):
        return part
    escaped = "".join(f"\\{sign}" if sign in _ESCAPED else sign for sign in part)
    return '"' + escaped.replace("\\", "\\\\") + '"'  # a string value unescapes its backslashes first
