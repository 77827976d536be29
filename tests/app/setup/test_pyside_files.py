"""Whole processes in a pretended environment: PySide is imported once in each, and this one has it already."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from levdesk.app.setup import pyside_files
from tests.conftest import PROJECT


def _said(script: str, environment: Path) -> list[str]:
    """What a new interpreter whose environment is this folder prints, line by line."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.prefix = {str(environment)!r}\n{script}"],
        cwd=PROJECT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout.splitlines()


LAY_OUT = "from levdesk.app.setup import pyside_files\nprint(pyside_files.lay_out())"

IMPORT = """
from levdesk.app.setup import pyside_files
before = list(sys.meta_path)
pyside_files.lend()
from PySide6.QtWidgets import QApplication, QLabel
pyside_files.take_back()
import shiboken6, shibokensupport
print(shibokensupport.__file__)
print(shiboken6.__file__)
print([type(each).__name__ for each in sys.meta_path if each not in before])
application = QApplication([])
try:
    QLabel("levdesk").resize(1, 2, 3)
except TypeError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment")
    assert _said(LAY_OUT, folder) == ["True"]
    return folder


def test_pyside_reads_its_code_from_files_and_does_everything_as_ever(environment: Path, tmp_path: Path) -> None:
    text, place, finders, complaint = _said(IMPORT, tmp_path)
    assert not text.startswith(str(tmp_path))
    from_files = _said(IMPORT, environment)
    assert from_files[1:] == [place, finders, complaint]
    assert Path(from_files[0]).is_relative_to(environment / pyside_files.FOLDER)
    assert Path(place).is_file()
    assert "resize" in complaint


def test_what_writes_type_stubs_is_run_when_it_is_asked_for(environment: Path) -> None:
    asked = """
from levdesk.app.setup import pyside_files
pyside_files.lend()
from PySide6.QtWidgets import QWidget
pyside_files.take_back()
module = sys.modules["PySide6.support.signature.lib.pyi_generator"]
print("generate_pyi" in vars(module), hasattr(module, "__path__"), "generate_pyi" in vars(module))
print(module.generate_pyi.__name__, type(module).__name__)
"""
    assert _said(asked, environment) == ["False False False", "generate_pyi module"]


def test_every_file_is_compiled_before_the_first_start(environment: Path) -> None:
    sources = list(environment.rglob("*.py"))
    assert len(sources) > 5
    assert all(list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc")) for source in sources)


def test_what_is_laid_out_stays_and_what_an_older_pyside_left_goes(environment: Path) -> None:
    (laid_out,) = (environment / pyside_files.FOLDER).iterdir()
    written = {path: path.stat().st_mtime_ns for path in laid_out.rglob("*.py")}
    assert _said(LAY_OUT, environment) == ["True"]
    assert {path: path.stat().st_mtime_ns for path in laid_out.rglob("*.py")} == written

    older, draft = laid_out.with_name("1234-5"), laid_out.with_name("1234-5.77")
    for folder in (older, draft):
        folder.mkdir()
    laid_out.rename(laid_out.with_name("off"))
    assert _said(LAY_OUT, environment) == ["True"]
    assert sorted(path.name for path in laid_out.parent.iterdir()) == sorted([laid_out.name, draft.name])
    draft.rmdir()


def test_files_that_fail_their_trial_are_not_kept(tmp_path: Path) -> None:
    damaged = "from levdesk.app.setup import pyside_files\npyside_files._TRIAL = 'raise SystemExit(1)'\n"
    assert _said(damaged + "print(pyside_files.lay_out())", tmp_path) == ["False"]
    assert list((tmp_path / pyside_files.FOLDER).iterdir()) == []


def test_an_interpreter_that_has_pyside_already_lays_out_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import PySide6  # noqa: F401

    monkeypatch.setattr("sys.prefix", str(tmp_path))
    assert not pyside_files.lay_out()
    finders = list(sys.meta_path)
    pyside_files.lend(tmp_path)
    assert sys.meta_path == finders
    assert list(tmp_path.iterdir()) == []


def test_without_pyside_there_is_no_place_for_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyside_files, "PACKAGE", "no_such_package")
    assert pyside_files.place() is None
    pyside_files.lend()
    pyside_files.take_back()
