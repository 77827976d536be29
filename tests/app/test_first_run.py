from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from levdesk.app import first_run
from levdesk.app.setup import needs, screen, stamp
from tests.conftest import PROJECT

STUB_MAIN = """
import os, sys

def main(arguments):
    print("started", os.path.basename(sys.prefix), arguments, "LEVDESK_HANDOVERS" in os.environ)
    return 7
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A copy of the project, small enough to set up in a moment, whose program only says where it runs.

    Attributes:
        root: the folder of main.py.
    """

    root: Path

    @property
    def environment(self) -> Path:
        return self.root / ".venv"

    def make_environment(self) -> None:
        """An environment without a single package, noted as finished."""
        venv.create(self.environment, with_pip=False, symlinks=os.name != "nt")
        self.write_note()

    def write_note(self, **changes: str) -> None:
        wanted = needs.read_wanted(self.root / "pyproject.toml", sys.version_info[:2])
        note = {
            "python": stamp.MINOR_VERSION,
            "pyproject": stamp.pyproject_key(str(self.root)),
            "needs": wanted.fingerprint,
            "extras": "",
            "screen": screen.note(("offscreen",)),
        }
        stamp.write(str(self.environment), note | changes)

    def folder_with(self, module: str) -> str:
        """A folder for PYTHONPATH that hides a module of the standard library behind one that refuses to work."""
        folder = self.root / f"no {module}"
        folder.mkdir()
        (folder / f"{module}.py").write_text("raise SystemExit('no paper, no ink')", encoding="utf-8")
        return str(folder)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`python3 main.py ...` by the interpreter behind the one that runs the tests."""
        return subprocess.run(
            [getattr(sys, "_base_executable", sys.executable), str(self.root / "main.py"), *arguments],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    shutil.copy(PROJECT / "main.py", tmp_path)
    for room in ("app", "domain", "services"):
        shutil.copytree(
            PROJECT / "levdesk" / room, tmp_path / "levdesk" / room, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(PROJECT / "levdesk" / "__init__.py", tmp_path / "levdesk")
    (tmp_path / "levdesk" / "app" / "main.py").write_text(STUB_MAIN, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "levdesk"\ndependencies = ["no-such-package>=1"]\n', encoding="utf-8"
    )
    return Checkout(root=tmp_path)


def test_a_second_start_goes_straight_into_the_environment(checkout: Checkout) -> None:
    checkout.make_environment()
    done = checkout.run("report", "--json")
    assert done.stdout == "started .venv ['report', '--json'] False\n"
    assert (done.returncode, done.stderr) == (7, "")


def test_an_interpreter_that_has_everything_starts_without_an_environment(checkout: Checkout) -> None:
    (checkout.root / "pyproject.toml").write_text('[project]\nname = "levdesk"\ndependencies = []\n', encoding="utf-8")
    done = checkout.run("report")
    assert done.returncode == 7
    assert "['report']" in done.stdout
    assert not checkout.environment.exists()


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_a_question_about_the_program_needs_no_set_up(checkout: Checkout, argument: str) -> None:
    done = checkout.run(argument)
    assert done.returncode == 0
    assert "levdesk" in done.stdout.lower()
    assert not checkout.environment.exists()


@pytest.mark.parametrize(
    "arguments", [["--no-such-option"], ["no-such-command"], ["--venue-url", "nonsense", "report"]]
)
def test_a_wrong_call_is_refused_before_anything_is_downloaded(checkout: Checkout, arguments: list[str]) -> None:
    done = checkout.run(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert not checkout.environment.exists()


def test_changed_dependencies_are_noticed_and_a_failure_is_told_in_words(checkout: Checkout) -> None:
    checkout.make_environment()
    (checkout.root / "pyproject.toml").write_text(
        '[project]\nname = "levdesk"\ndependencies = ["no-such-package>=2"]\n', encoding="utf-8"
    )
    done = checkout.run("report", PYTHONPATH=checkout.folder_with("ensurepip"))
    assert done.returncode == 1
    assert "Step 1 of 1: bringing the packages up to date" in done.stderr
    assert "levdesk: The environment" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert stamp.is_unfinished(str(checkout.environment))


def test_a_touched_project_file_with_the_same_dependencies_changes_nothing(checkout: Checkout) -> None:
    checkout.make_environment()
    checkout.write_note(pyproject="0-0")
    done = checkout.run("report")
    assert (done.returncode, done.stderr) == (7, "")
    assert stamp.covers(stamp.read(str(checkout.environment)), str(checkout.root), ())


def test_an_environment_of_another_python_is_made_anew_from_outside(checkout: Checkout) -> None:
    checkout.make_environment()
    checkout.write_note(python="3.0")
    done = checkout.run("report", PYTHONPATH=checkout.folder_with("venv"))
    assert done.returncode == 1
    assert "Step 1 of 2: making LevDesk's own Python environment" in done.stderr
    assert f"could not make an environment in {checkout.environment}: no paper, no ink" in done.stderr
    assert [entry.name for entry in checkout.environment.iterdir()] == [stamp.UNFINISHED]


def test_a_window_without_a_screen_is_refused_in_words(checkout: Checkout) -> None:
    checkout.make_environment()
    checkout.write_note(screen=screen.note(()))
    done = checkout.run("--demo", QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    assert done.returncode == 1
    assert "no screen" in done.stderr
    assert "report" in done.stderr


def test_a_qt_that_has_gone_from_the_environment_is_fetched_again(checkout: Checkout) -> None:
    checkout.make_environment()
    done = checkout.run("--demo", QT_QPA_PLATFORM="offscreen", PYTHONPATH=checkout.folder_with("ensurepip"))
    assert done.returncode == 1
    assert "Step 1 of 1: bringing the packages up to date" in done.stderr
    assert "has no pip, and it could not be added: no paper, no ink" in done.stderr


def test_a_qt_that_cannot_be_loaded_is_looked_into_and_told(checkout: Checkout) -> None:
    checkout.make_environment()
    (packages,) = checkout.environment.glob("lib/python*/site-packages")
    (packages / "PySide6.py").write_text(
        "raise ImportError('libEGL.so.1: cannot open shared object file')", encoding="utf-8"
    )
    done = checkout.run("--demo", QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 1
    assert "levdesk: Qt cannot be loaded: libEGL.so.1: cannot open shared object file." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_machine_on_which_no_start_sticks_does_not_go_round(checkout: Checkout) -> None:
    checkout.make_environment()
    done = checkout.run("report", LEVDESK_HANDOVERS="3")
    assert done.returncode == 1
    assert "Delete the folder .venv" in done.stderr


def test_an_old_python_is_told_what_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    import main

    assert main.wrong_python() == ""
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert "needs Python 3.11 or newer; this is Python 3.10.4" in main.wrong_python()


@pytest.mark.parametrize(
    ("python", "qt", "refused"),
    [
        ((3, 11, 7), (6, 11, 3), False),
        ((3, 11, 7), (6, 12, 0), True),
        ((3, 11), (6, 13, 1), True),
        ((3, 12, 0), (6, 12, 0), False),
        ((3, 13, 0), (6, 12, 1), False),
    ],
)
def test_the_qt_that_aborts_on_python_311_is_refused(
    python: tuple[int, ...], qt: tuple[int, ...], refused: bool
) -> None:
    sentence = first_run.qt_conflict(python, qt)
    assert (sentence is not None) is refused


def test_a_start_imports_next_to_nothing_before_it_hands_over() -> None:
    seen = subprocess.run(
        [sys.executable, "-S", "-c", "import sys; import levdesk.app.first_run; print(*sorted(sys.modules))"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    dear = {"typing", "pathlib", "dataclasses", "subprocess", "argparse", "re", "PySide6", "ctypes", "json", "hashlib"}
    assert not dear & set(seen.stdout.split())
