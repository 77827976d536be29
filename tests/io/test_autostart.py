"""Start at login: the text each system wants, and where it is put."""

from __future__ import annotations

import plistlib
import re
from configparser import ConfigParser
from pathlib import Path

import pytest

from levdesk.domain.errors import StoreUnavailable
from levdesk.io.autostart import Autostart, LoginEntry, desktop_entry, launch_agent, windows_command

PLAIN = LoginEntry(arguments=("/usr/bin/python3", "-m", "levdesk"))
AWKWARD = LoginEntry(
    arguments=("/opt/my python/bin/python3", "-m", "levdesk", "--data-dir", '/srv/me/100% "mine" & $HOME\\x <y>'),
    name="levdesk-1a2b3c4d",
)


def exec_of(entry: LoginEntry) -> list[str]:
    """The command as a desktop reads it: first the string value's backslashes, then quotes, then field codes."""
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(desktop_entry(entry))
    text = parser["Desktop Entry"]["Exec"].replace("\\\\", "\\")
    found = re.findall(r'"((?:\\.|[^"\\])*)"|([^ "]+)', text)
    return [(re.sub(r"\\(.)", r"\1", quoted) or bare).replace("%%", "%") for quoted, bare in found]


@pytest.mark.parametrize("entry", [PLAIN, AWKWARD], ids=["plain", "awkward"])
def test_a_desktop_reads_back_the_very_arguments(entry: LoginEntry) -> None:
    assert exec_of(entry) == list(entry.arguments)


@pytest.mark.parametrize("entry", [PLAIN, AWKWARD], ids=["plain", "awkward"])
def test_launchd_reads_back_the_very_arguments(entry: LoginEntry) -> None:
    read = plistlib.loads(launch_agent(entry).encode())
    assert read["ProgramArguments"] == list(entry.arguments)
    assert read["RunAtLoad"] is True
    assert read["Label"].startswith("org.levdesk.LevDesk")


def test_windows_gets_one_command_line() -> None:
    entry = LoginEntry(arguments=(r"C:\Program Files\Python\pythonw.exe", "-m", "levdesk"))
    assert windows_command(entry) == r'"C:\Program Files\Python\pythonw.exe" -m levdesk'


@pytest.mark.parametrize(
    ("platform", "environment", "place"),
    [
        ("linux", {}, ".config/autostart/levdesk.desktop"),
        ("linux", {"XDG_CONFIG_HOME": "relative/is/ignored"}, ".config/autostart/levdesk.desktop"),
        ("darwin", {}, "Library/LaunchAgents/org.levdesk.LevDesk.plist"),
    ],
)
def test_the_entry_is_written_where_the_system_looks_and_taken_away(
    tmp_path: Path, platform: str, environment: dict[str, str], place: str
) -> None:
    autostart = Autostart(PLAIN, platform=platform, home=tmp_path, environment=environment)
    assert autostart.path == tmp_path / place
    autostart.switch(on=False)  # nothing to take away
    autostart.switch(on=True)
    assert "levdesk" in (tmp_path / place).read_text(encoding="utf-8")
    autostart.switch(on=False)
    assert not (tmp_path / place).exists()


def test_a_config_folder_of_the_persons_own_is_used(tmp_path: Path) -> None:
    own = {"XDG_CONFIG_HOME": str(tmp_path / "conf")}
    autostart = Autostart(AWKWARD, platform="linux", home=tmp_path, environment=own)
    assert autostart.path == tmp_path / "conf" / "autostart" / "levdesk-1a2b3c4d.desktop"


def test_an_entry_that_is_as_wanted_is_left_alone(tmp_path: Path) -> None:
    autostart = Autostart(PLAIN, platform="linux", home=tmp_path, environment={})
    autostart.switch(on=True)
    assert autostart.path is not None
    written = autostart.path.stat().st_mtime_ns
    autostart.switch(on=True)
    assert autostart.path.stat().st_mtime_ns == written


def test_a_place_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("a file where a folder should be", encoding="utf-8")
    autostart = Autostart(PLAIN, platform="linux", home=tmp_path, environment={})
    with pytest.raises(StoreUnavailable) as caught:
        autostart.switch(on=True)
    assert "login" in caught.value.message
    assert caught.value.hint
