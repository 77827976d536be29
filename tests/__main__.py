"""`python3 -m tests [--fast] [pytest arguments]`: sets up what is missing, then checks everything.

Lint, formatting, types, borders between the rooms, and the tests, room by room, two of these at a time. Every step
runs, whatever became of the others; the last line says how it went, and the exit code is 0 only when all of them
passed. `--fast` runs the tests alone. With pytest arguments one pytest takes them, after the checks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from levdesk.app import first_run
from main import wrong_python

TYPE_CHECKING = False  # an environment may have to be made before anything else is worth importing
if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CHECKS = (
    ("lint", ("-m", "ruff", "check", ".")),
    ("formatting", ("-m", "ruff", "format", "--check", ".")),
    ("borders between rooms", ("-c", _LINT_IMPORTS)),
    ("types", ("-m", "mypy")),
)


def ensure_environment() -> None:
    """Return in an interpreter that has everything the tests need; sets up and starts over until then.

    Ends the process with exit code 1 and one plain sentence when that cannot be had.
    """
    from levdesk.domain.errors import LevdeskError

    refusal = wrong_python()
    if refusal:
        sys.stderr.write(refusal)
        sys.exit(1)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
    try:
        first_run.enter(ROOT, extras=("dev",), window=True)
    except LevdeskError as error:
        sys.exit(first_run.tell(error))


def run_check(name: str, arguments: Sequence[str]) -> bool:
    """Run one tool over the project and say how it went; its output is shown only when it failed."""
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"{name}: {verdict} ({time.monotonic() - began_s:.1f} s)", flush=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0


def run_as_told(to_pytest: Sequence[str], *, is_fast: bool) -> bool:
    """The checks one by one, then one pytest with these arguments and this terminal."""
    passed = [] if is_fast else [run_check(name, command) for name, command in CHECKS]
    tests = subprocess.run([sys.executable, "-m", "pytest", *to_pytest], cwd=ROOT, check=False)
    return all(passed) and tests.returncode == 0


def main(arguments: list[str]) -> int:
    """Run the checks and the tests; returns the exit code."""
    ensure_environment()
    is_fast = "--fast" in arguments
    to_pytest = [argument for argument in arguments if argument != "--fast"]
    if to_pytest:
        return 0 if run_as_told(to_pytest, is_fast=is_fast) else 1
    from tests.rounds import run_everything  # late: needs a Python that is known to be new enough

    return 0 if run_everything(() if is_fast else CHECKS, ROOT) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
