"""One window per data directory: a second start raises the first and ends; a crash leaves nothing in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from levdesk.app.command_line import parse_command_line
from levdesk.app.login_item import login_entry
from levdesk.app.single_instance import raised_other
from levdesk.io.autostart import Autostart
from levdesk.io.paths import Paths
from levdesk.runtime.one_instance import Doorbell, knock, name_of
from levdesk.ui.main_window import MainWindow
from tests.app.journey import Condition, with_window
from tests.conftest import PROJECT

pytestmark = pytest.mark.usefixtures("qapp")


def paths_in(folder: Path) -> Paths:
    return Paths(folder, folder / "log")


def test_the_first_takes_the_lock_and_a_second_does_not(tmp_path: Path) -> None:
    first = Doorbell(name_of(tmp_path), tmp_path / "lock")
    second = Doorbell(name_of(tmp_path), tmp_path / "lock")
    assert first.hang_up()
    assert not second.hang_up()
    first.close()
    assert second.hang_up()
    second.close()


def test_nobody_is_asked_where_no_window_was_ever_open(tmp_path: Path) -> None:
    assert not raised_other(paths_in(tmp_path))


def test_a_lock_that_a_crash_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from PySide6.QtCore import QLockFile\n"
        "lock = QLockFile(sys.argv[1])\n"
        "assert lock.tryLock(0)\n"
        "os._exit(9)\n"
    )
    lock = tmp_path / "levdesk.lock"
    assert subprocess.run([sys.executable, "-c", code, str(lock)], check=False).returncode == 9
    assert lock.exists()
    assert not raised_other(paths_in(tmp_path))
    bell = Doorbell(name_of(tmp_path), lock)
    assert bell.hang_up()
    bell.close()


def test_different_ways_of_writing_a_folder_have_one_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert name_of(tmp_path / "a") == name_of(tmp_path / "a" / ".." / "a")
    assert name_of(tmp_path / "a") != name_of(tmp_path)
    assert len(name_of(tmp_path)) < 40, "some systems cut long socket names"


def test_knocking_where_nobody_answers_gives_up(tmp_path: Path) -> None:
    assert not knock(name_of(tmp_path), patience_ms=50)


def test_a_second_start_raises_the_first_window_and_exits_with_0(tmp_path: Path) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: bool(window.desk.portfolios)
        window.hide()
        command = [sys.executable, "-m", "levdesk", "--data-dir", str(tmp_path), "--offline"]
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        second = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            yield lambda: second.poll() is not None
        finally:
            second.kill()
        out, err = second.communicate()
        assert second.returncode == 0, err.decode()
        assert out == b""
        yield window.isVisible

    assert with_window(["--data-dir", str(tmp_path), "--offline"], script) == 0


def test_start_at_login_follows_the_preference_and_names_the_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    arguments = ["--data-dir", str(tmp_path / "data"), "--offline"]
    entry = login_entry(parse_command_line(arguments))
    assert entry.arguments[-2:] == ["--data-dir", str(tmp_path / "data")]
    path = Autostart(entry).path
    if path is None:
        pytest.skip("this system keeps the entry in its registry")

    def script(window: MainWindow) -> Iterator[Condition]:

        yield lambda: bool(window.desk.portfolios)
        window.desk.change_settings(window.desk.settings._replace(start_at_login=True))
        yield path.exists
        window.desk.change_settings(window.desk.settings._replace(start_at_login=False))
        yield lambda: not path.exists()

    assert with_window(arguments, script) == 0


def test_a_ring_is_heard_by_whoever_listens(tmp_path: Path, qtbot: QtBot) -> None:
    bell = Doorbell(name_of(tmp_path), tmp_path / "lock")
    assert bell.hang_up()
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "app = QCoreApplication([])\n"
        "from levdesk.runtime.one_instance import knock, name_of\n"
        "sys.exit(0 if knock(name_of(Path(sys.argv[1]))) else 1)\n"
    )
    knocking = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=PROJECT)
    with qtbot.waitSignal(bell.rung):
        QCoreApplication.processEvents()
    assert knocking.wait(20) == 0
    bell.close()
