"""Everything at once: the checks and the tests of each room, each in a process of its own, two of them at a time.

What failed is shown whole, what passed in a line; the end lists every failed test once more and gives one verdict.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final

AT_ONCE: Final = 2
LONGEST_S: Final = 1_800.0
"""A step that lasts longer stands still; what it printed tells where, for pytest says so after a minute."""

STUCK: Final = -1

SLOWEST_FIRST: Final = ("app", "ui", "io", "domain", "simulator", "services")
"""So that neither of two processes is left with a long one at the end."""

_SUMMARY: Final = re.compile(r"=+ short test summary info =+\n(?P<lines>.*?)(?=^=+ |\Z)", re.MULTILINE | re.DOTALL)
_SINGLE: Final = re.compile(r"(?:FAILED|ERROR|SKIPPED|XFAIL|XPASS) ")
_COUNTS: Final = re.compile(r"^\d+ (?:passed|failed|skipped|error)\w*.* in [\d.]+ ?s.*$", re.MULTILINE)
_COUNTED: Final = re.compile(r"(\d+) (passed|failed|error|skipped)")


@dataclass(frozen=True, slots=True)
class Step:
    """One process: a name for the report, what Python is started with, and whether it counts tests."""

    name: str
    arguments: tuple[str, ...]
    has_tests: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a step went.

    Attributes:
        step: which.
        code: its exit code.
        output: what it printed.
        lasted_s: how long it took.
    """

    step: Step
    code: int
    output: str
    lasted_s: float

    @property
    def summary(self) -> tuple[str, ...]:
        """What pytest says of single tests at its end: those that failed, those that were skipped."""
        found = _SUMMARY.search(self.output)
        lines = found["lines"].splitlines() if found else ()
        return tuple(line for line in lines if _SINGLE.match(line))

    @property
    def failures(self) -> tuple[str, ...]:
        """What failed in it, a line each."""
        if self.passed:
            return ()
        named = tuple(line for line in self.summary if line.startswith(("FAILED ", "ERROR ")))
        how = "stood still" if self.code == STUCK else f"exit code {self.code}"
        return named or (f"FAILED {self.step.name}: {how}",)

    @property
    def passed(self) -> bool:
        """Whether all went well: a pytest whose process was ended in the middle has not counted its tests."""
        return not self.code and (not self.step.has_tests or bool(_COUNTED.search(self._last_line)))

    def counted(self, what: str) -> int:
        """How many tests it says passed, failed or were skipped."""
        return sum(int(count) for count, word in _COUNTED.findall(self._last_line) if word == what)

    @property
    def _last_line(self) -> str:
        """Where pytest counts; what an interpreter says while it ends may follow."""
        counts = _COUNTS.findall(self.output)
        return counts[-1] if counts else ""

    def report(self) -> str:
        """A line when it passed, with a line for each test that was skipped; everything when it did not."""
        verdict = "ok" if self.passed else "FAILED"
        tests = f"{self.counted('passed')} passed, " if self.counted("passed") else ""
        lines = [f"{self.step.name}: {verdict} ({tests}{self.lasted_s:.1f} s)"]
        return "\n".join([*lines, *self.summary] if self.passed else [*lines, self.output])


def rooms(tests: Path) -> tuple[str, ...]:
    """Names of what holds tests, folders and files, the slow ones first."""
    names = [path.name for path in sorted(tests.iterdir()) if _holds_tests(path)]
    order = {name: place for place, name in enumerate(SLOWEST_FIRST)}
    return tuple(sorted(names, key=lambda name: order.get(name, len(order))))


def _holds_tests(path: Path) -> bool:
    if path.is_dir():
        return any(path.rglob("test_*.py"))
    return path.name.startswith("test_") and path.suffix == ".py"


def run_everything(checks: Sequence[tuple[str, tuple[str, ...]]], root: Path | str) -> bool:
    """Run the checks and all tests of a project; True when everything passed."""
    steps = [Step(name, arguments) for name, arguments in checks]
    # A cache of what failed last would only be that of the room that ends last.
    pytest = ("-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider")
    steps += [Step(f"tests/{name}", (*pytest, f"tests/{name}"), has_tests=True) for name in rooms(Path(root) / "tests")]
    began_s = time.monotonic()
    outcomes: list[Outcome] = []
    for outcome in _run(steps, Path(root)):
        print(outcome.report(), flush=True)
        outcomes.append(outcome)
    print(verdict(outcomes, time.monotonic() - began_s), flush=True)
    return all(outcome.passed for outcome in outcomes)


def verdict(outcomes: Sequence[Outcome], lasted_s: float) -> str:
    """The failures of all steps, and one line that says how it went."""
    failures = [line for outcome in outcomes for line in outcome.failures]
    passed, skipped = (sum(outcome.counted(what) for outcome in outcomes) for what in ("passed", "skipped"))
    figures = f"{passed} tests passed, {skipped} skipped, {lasted_s:.0f} s"
    rule = "=" * 80
    if not failures:
        return f"{rule}\nEverything passed: {figures}."
    return "\n".join([rule, *failures, f"NOT everything passed: {len(failures)} failed, {figures}."])


def _run(steps: Iterable[Step], root: Path) -> Iterable[Outcome]:
    """Run them, as many at a time as there are processors for, and tell each as it ends."""
    with ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1)) as pool:
        running = [pool.submit(_run_step, step, root) for step in steps]
        try:
            for future in as_completed(running):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _run_step(step: Step, root: Path) -> Outcome:
    began_s = time.monotonic()
    # The same examples each time: whether everything passes depends on the project alone.
    environment = {**os.environ, "LEVDESK_TESTS_REPEAT": "1"}
    command = [sys.executable, *step.arguments]
    # A file and no pipe: a program that outlives its test would hold the pipe open, and the end would never come.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
        try:
            code = subprocess.run(
                command,
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                timeout=LONGEST_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            code = STUCK
        printed.seek(0)
        output = printed.read()
    return Outcome(step=step, code=code, output=output, lasted_s=time.monotonic() - began_s)
