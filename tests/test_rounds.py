"""`python3 -m tests`: every room is run, and a failure anywhere fails the whole and is named at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import rounds
from tests.conftest import PROJECT
from tests.rounds import Outcome, Step, rooms, run_everything, verdict

PYTEST_SAYS = """..F
=================================== FAILURES ===================================
FAILED is a word that stands anywhere
=========================== short test summary info ============================
SKIPPED [2] tests/a/test_a.py:3: no such file
FAILED tests/a/test_a.py::test_b - assert 1 == 2
1 failed, 7 passed, 2 skipped in 0.10s
"""


def outcome(name: str = "tests/a", code: int = 0, output: str = "3 passed in 0.1s\n") -> Outcome:
    return Outcome(step=Step(name, (), has_tests=name.startswith("tests/")), code=code, output=output, lasted_s=1.0)


def test_every_test_file_is_in_a_room() -> None:
    tests = PROJECT / "tests"
    covered = {path for name in rooms(tests) for path in (tests / name, *(tests / name).rglob("*"))}
    assert set(tests.rglob("test_*.py")) <= covered
    assert len(rooms(tests)) == len(set(rooms(tests)))


def test_what_passed_is_a_line_and_what_failed_is_shown_whole() -> None:
    assert outcome().report() == "tests/a: ok (3 passed, 1.0 s)"
    failed = outcome(code=1, output=PYTEST_SAYS)
    assert failed.report() == f"tests/a: FAILED (7 passed, 1.0 s)\n{PYTEST_SAYS}"
    assert failed.failures == ("FAILED tests/a/test_a.py::test_b - assert 1 == 2",)
    skipped = outcome(output=PYTEST_SAYS.replace("FAILED tests/a", "XFAIL tests/a")).report().splitlines()
    assert [line.split()[0] for line in skipped] == ["tests/a:", "SKIPPED", "XFAIL"]


def test_tests_that_end_without_being_counted_have_not_passed() -> None:
    ended = outcome(output="........ [ 10%]\n....")
    assert not ended.passed
    assert ended.failures == ("FAILED tests/a: exit code 0",)
    assert outcome("lint", output="").passed


def test_the_end_names_what_failed_and_gives_one_verdict() -> None:
    assert verdict([outcome(), outcome()], 61.2).splitlines()[1:] == [
        "Everything passed: 6 tests passed, 0 skipped, 61 s."
    ]
    told = verdict([outcome(), outcome(code=1, output=PYTEST_SAYS), outcome("types", 2, "trouble")], 9.0)
    assert told.splitlines()[1:] == [
        "FAILED tests/a/test_a.py::test_b - assert 1 == 2",
        "FAILED types: exit code 2",
        "NOT everything passed: 2 failed, 10 tests passed, 2 skipped, 9 s.",
    ]


def test_a_step_that_stands_still_is_ended_and_fails_the_whole(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "LONGEST_S", 0.5)
    (tmp_path / "tests").mkdir()
    assert not run_everything([("types", ("-c", "while 1: pass"))], tmp_path)
    told = capfd.readouterr().out
    assert "FAILED types: stood still" in told


@pytest.mark.parametrize("truth", ["1 == 1", "1 == 2"])
def test_one_failure_fails_the_whole(tmp_path: Path, capfd: pytest.CaptureFixture[str], truth: str) -> None:
    for room, what in (("a", "1 == 1"), ("b", truth)):
        (tmp_path / "tests" / room).mkdir(parents=True)
        (tmp_path / "tests" / room / f"test_{room}.py").write_text(f"def test_it():\n    assert {what}\n")
    passed = run_everything([("lint", ("-c", "print('fine')"))], tmp_path)
    told = capfd.readouterr().out
    assert passed is (truth == "1 == 1")
    assert "lint: ok" in told
    assert ("FAILED tests/b/test_b.py::test_it" in told.splitlines()[-2]) is not passed
    assert told.splitlines()[-1].startswith("Everything passed: 2 tests" if passed else "NOT everything passed: 1")
