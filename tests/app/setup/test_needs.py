from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.app.setup import needs
from tests.conftest import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

versions = st.lists(st.integers(0, 40), min_size=1, max_size=4).map(tuple)

PYPROJECT = """
[project]
name = "desk"
dependencies = ["alpha>=1.2,<2", "beta>=6,<7; python_version < '3.12'", "beta>=6,<8; python_version >= '3.12'"]
[project.optional-dependencies]
dev = ["gamma>=3"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_requirement_of_this_project_can_be_read_on_every_supported_python() -> None:
    for python in ((3, 11), (3, 12), (3, 13), (3, 14)):
        wanted = needs.read_wanted(PROJECT / "pyproject.toml", python)
        names = [need.name for need in wanted.with_extras(["dev"])]
        assert names.count("PySide6-Essentials") == 1
        assert {"pytest", "mypy", "ruff"} <= set(names)


def test_qt_612_is_kept_away_from_python_311() -> None:
    def qt(python: tuple[int, int]) -> needs.Need:
        base = needs.read_wanted(PROJECT / "pyproject.toml", python).base
        return next(need for need in base if need.name == "PySide6-Essentials")

    assert not qt((3, 11)).allows("6.12.0")
    assert qt((3, 11)).allows("6.11.3")
    assert qt((3, 12)).allows("6.12.0")


@pytest.mark.parametrize(
    ("text", "version", "allowed"),
    [
        ("alpha>=1.2,<2", "1.2", True),
        ("alpha>=1.2,<2", "1.2.0", True),
        ("alpha>=1.2,<2", "1.10", True),
        ("alpha>=1.2,<2", "1.1.9", False),
        ("alpha>=1.2,<2", "2.0.0", False),
        ("alpha>=1.2,<2", "1.9.0rc1", True),
        ("alpha>=1.2", "unknown", False),
        ("alpha", "0.0.1", True),
        ("types-x>=2.32,<3", "2.33.0.20261030", True),
    ],
)
def test_bounds_are_compared_as_release_numbers(text: str, version: str, allowed: bool) -> None:
    need = needs.parse(text, (3, 11))
    assert need is not None
    assert need.allows(version) is allowed


def test_a_marker_chooses_by_python_version(tmp_path: Path) -> None:
    path = write(tmp_path, PYPROJECT)
    on_311, on_313 = needs.read_wanted(path, (3, 11)), needs.read_wanted(path, (3, 13))
    assert [need.bounds[1] for need in on_311.base] == [("<", (2,)), ("<", (7,))]
    assert [need.bounds[1] for need in on_313.base] == [("<", (2,)), ("<", (8,))]
    assert on_311.fingerprint == on_313.fingerprint


@pytest.mark.parametrize("text", ["alpha==1.0", "alpha~=1.2", "alpha[extra]>=1", "alpha; sys_platform == 'linux'", ""])
def test_a_form_that_the_reader_does_not_know_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot read the requirement"):
        needs.parse(text, (3, 11))


@given(versions, versions)
def test_exactly_one_of_at_least_and_below_holds(version: tuple[int, ...], bound: tuple[int, ...]) -> None:
    assert needs.holds(version, ">=", bound) != needs.holds(version, "<", bound)
    assert needs.holds((*version, 0), ">=", bound) == needs.holds(version, ">=", bound)


def test_the_fingerprint_follows_the_dependencies_and_nothing_else(tmp_path: Path) -> None:
    before = needs.read_wanted(write(tmp_path, PYPROJECT), (3, 11)).fingerprint
    assert needs.read_wanted(write(tmp_path, PYPROJECT + "\n[tool.other]\nx = 1\n"), (3, 11)).fingerprint == before
    assert needs.read_wanted(write(tmp_path, PYPROJECT.replace("gamma>=3", "gamma>=4")), (3, 11)).fingerprint != before
    assert needs.read_wanted(write(tmp_path, PYPROJECT.replace("<2", "<3")), (3, 11)).fingerprint != before


def test_unmet_names_what_is_absent_or_of_the_wrong_version(tmp_path: Path) -> None:
    wanted = needs.read_wanted(write(tmp_path, PYPROJECT), (3, 11))
    installed = {"alpha": "1.5", "beta": "5.9"}
    assert needs.unmet(wanted.with_extras(["dev"]), installed.get) == ("beta", "gamma")


def test_installed_versions_are_read_from_this_interpreter() -> None:
    assert needs.installed_version("pytest") == pytest.__version__
    assert needs.installed_version("no-such-package-here") is None
