"""How the bench measures: whole processes, interleaved runs, medians, and the memory the kernel counts."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Window:
    """A started window: seconds from the start of the process to its first paint, and resident memory when idle."""

    painted_s: float
    idle_mib: float


def environment() -> dict[str, str]:
    """This process's environment, without a screen; compiled modules are kept, as on every ordinary machine."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "QT_QPA_PLATFORM": "offscreen", "PYQTGRAPH_QT_LIB": "PySide6", "PYTHONPATH": str(ROOT)}


def run_window(module: str, arguments: Sequence[str], idle_s: float) -> Window:
    """Start `python -m module arguments`, which prints "painted" at its first paint; end it after `idle_s` seconds."""
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        line = child.stdout.readline().strip()
        painted_s = time.perf_counter() - begun
        if line != "painted":
            child.kill()
            raise RuntimeError(f"{module} did not paint but said “{line}”")
        time.sleep(idle_s)
        idle_mib = resident_mib(child.pid)
        child.terminate()
    return Window(painted_s, idle_mib)


def resident_mib(pid: int) -> float:
    """Resident memory of a process in MiB, as the kernel counts it."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no memory figure for process {pid}")


def run_command(arguments: Sequence[str]) -> float:
    """Seconds a whole `python main.py arguments` takes."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        cwd=ROOT,
        env=environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - begun


def best_of(runs: int, measure: Callable[[], float]) -> float:
    """Smallest of several measurements: the one least disturbed by the rest of the machine."""
    return min(measure() for _ in range(runs))


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def tell(name: str, figure: float, target: str, detail: str, *, unit: str = "x") -> None:
    """Print one line of the table."""
    print(f"{name:<58} {figure:8.2f} {unit:<3} {target:<13} {detail}", flush=True)
