"""A million transactions: imported, reported, opened, scrolled and filtered, beside a hundred thousand.

Printed with `python3 -m tests.bench --large`; each window is measured in a process of its own by `large_windows`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.bench.books import write_csv
from tests.bench.clockwork import ROOT, environment, run_command, tell

COUNTS = (100_000, 1_000_000)
TOKENS = 300
_STEP_S = 60


def bench_large(folder: Path) -> None:
    """Measure both sizes and print how each figure grows; ten times the rows should cost about ten times."""
    figures = {count: _measure(folder, count) for count in COUNTS}
    small, large = (figures[count] for count in COUNTS)
    for name, figure in large.items():
        growth = figure / max(small[name], 1e-9)
        unit, scale, what = next((found for ending, found in _UNITS.items() if name.endswith(ending)), _SECONDS)
        target = _TARGETS.get(name, "")
        detail = f"{small[name] * scale:,.0f} {what} at 100,000: {growth:.1f} times"
        tell(f"1,000,000 transactions, {name}", figure, target, detail, unit=unit)


_SECONDS = ("s", 1000, "ms")
_UNITS = {"longest gap": ("ms", 1, "ms"), "peak memory": ("MiB", 1, "MiB")}
_TARGETS = {"report": "<= 12x 100,000", "find a word in one token's rows": "~1 s, stops"}


def _measure(folder: Path, count: int) -> dict[str, float]:
    many, single = folder / f"large{count}.csv", folder / f"single{count}.csv"
    write_csv(many, count, TOKENS, step_s=_STEP_S)
    write_csv(single, count, 1, step_s=_STEP_S)
    common, lone = (["--data-dir", str(folder / f"{name}{count}"), "--offline"] for name in ("large", "single"))
    found = {"import": run_command([*common, "import", str(many)])}
    found["report"] = min(run_command([*common, "report", "--json"]) for _ in range(3))
    run_command([*lone, "import", str(single)])
    found |= _in_window("books", common[1])
    found |= _in_window("rows", lone[1])
    return found | _in_window("wizard", str(folder / f"wizard{count}"), str(many))


def _in_window(what: str, *arguments: str) -> dict[str, float]:
    """The figures one window prints as its last line."""
    window = subprocess.run(
        [sys.executable, "-m", "tests.bench.large_windows", what, *arguments],
        cwd=ROOT,
        env=environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    measured: dict[str, float] = json.loads(window.stdout.splitlines()[-1])
    return measured
