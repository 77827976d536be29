"""The program left alone: `python3 -m tests.soak [--hours 24] [--speed 60]` lives a day of the demo in 24 minutes.

The real window, engine, feed and files over the simulated venues, everything by one clock that runs fast; once an hour
of that clock every stream is dropped and some requests fail. Memory, threads, open files and QObjects are told every
hour and have to be flat at the end, and the end itself has to be quick. Exit code 1 when they are not.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.__main__ import ensure_environment
from tests.bench.clockwork import resident_mib

if TYPE_CHECKING:
    from levdesk.app.engine import Opened

HOUR_S = 3600.0
WARM_UP_SHARE = 0.25
"""What is made once (pages, charts, pools, caches) is made in the first part, which is not judged."""
MOST_GROWTH_MIB = 12.0
MOST_MORE_THREADS = 2
MOST_MORE_FILES = 6
MOST_MORE_QOBJECTS_RATIO = 1.05
MOST_SHUTDOWN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The process at one moment."""

    hour: float
    resident_mib: float
    threads: int
    files: int
    qobjects: int


def main(hours: float, speed: float) -> int:
    """Live so many simulated hours and judge."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="levdesk-soak-") as folder:
        samples, shutdown_s = live(Path(folder), hours, speed)
    problems = judge(samples, shutdown_s)
    for problem in problems:
        print(f"not flat: {problem}")
    print("flat" if not problems else "NOT flat", f"- shut down in {shutdown_s:.2f} s")
    return 1 if problems else 0


def live(folder: Path, hours: float, speed: float) -> tuple[list[Sample], float]:
    """Run the demo in a window; the samples, one per simulated hour, and how long the end took."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from levdesk.app.command_line import parse_command_line
    from levdesk.app.opened import open_everything
    from levdesk.io.clock import SystemClock
    from levdesk.simulator.clock import ScaledClock
    from levdesk.ui import theme
    from tests.real_window import put_together

    options = parse_command_line(["--data-dir", str(folder), "--demo"])
    clock = ScaledClock(SystemClock(), speed=speed)
    application = QApplication([sys.argv[0], *theme.FUSION])
    opened = open_everything(options, on_failure=say, on_problem=say, clock=clock)
    real = put_together(application, opened, state_path=folder / "window.ini")
    real.engine.start()

    samples: list[Sample] = []
    begun_s = time.monotonic()

    def look() -> None:
        hour = (time.monotonic() - begun_s) * speed / HOUR_S
        if samples and hour < samples[-1].hour + 1.0 and hour < hours:
            return
        samples.append(sample(hour, [real.window, real.engine]))
        told = samples[-1]
        print(
            f"{told.hour:5.1f} h  {told.resident_mib:7.1f} MiB  {told.threads:3d} threads  {told.files:3d} files"
            f"  {told.qobjects:6d} QObjects",
            flush=True,
        )
        if hour >= hours:
            application.exit()
        else:
            trouble(opened)

    ticker = QTimer()
    ticker.timeout.connect(look)
    ticker.start(200)
    application.exec()
    ended_s = time.monotonic()
    real.window.close()
    real.end()
    return samples, time.monotonic() - ended_s


def trouble(opened: Opened) -> None:
    """Drop every stream once, and let a few requests fail."""
    from levdesk.simulator.faults import Fault, FaultKind

    demo = opened.demo
    assert demo is not None
    for kind in (FaultKind.DROP, FaultKind.SERVER_ERROR, FaultKind.HTML):
        demo.server.faults.add(Fault(kind=kind, times=4))


def sample(hour: float, roots: list[object]) -> Sample:
    """Count what could leak."""
    from PySide6.QtCore import QObject

    gc.collect()
    return Sample(
        hour=hour,
        resident_mib=resident_mib(os.getpid()),
        threads=threading.active_count(),
        files=len(list(Path("/proc/self/fd").iterdir())),
        qobjects=sum(len(root.findChildren(QObject)) for root in roots if isinstance(root, QObject)),
    )


def judge(samples: list[Sample], shutdown_s: float) -> list[str]:
    """What grew after the warm-up, in words."""
    settled = samples[int(len(samples) * WARM_UP_SHARE) :]
    half = len(settled) // 2
    early, late = settled[:half], settled[half:]
    if not early or not late:
        return ["too short to tell"]
    found = []
    grown_mib = min(one.resident_mib for one in late) - max(one.resident_mib for one in early)
    if grown_mib > MOST_GROWTH_MIB:
        found.append(f"memory grew by {grown_mib:.1f} MiB")
    for name, most in (("threads", MOST_MORE_THREADS), ("files", MOST_MORE_FILES)):
        more = max(getattr(one, name) for one in late) - max(getattr(one, name) for one in early)
        if more > most:
            found.append(f"{more} more {name}")
    ratio = max(one.qobjects for one in late) / max(one.qobjects for one in early)
    if ratio > MOST_MORE_QOBJECTS_RATIO:
        found.append(f"{ratio:.2f} times the QObjects")
    if shutdown_s > MOST_SHUTDOWN_S:
        found.append(f"the end took {shutdown_s:.1f} s")
    return found


def say(what: object) -> None:
    """A failure or a problem on the way."""
    print(what, file=sys.stderr)


if __name__ == "__main__":
    ensure_environment()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="simulated hours")
    parser.add_argument("--speed", type=float, default=60.0, help="simulated seconds per second")
    asked = parser.parse_args()
    sys.exit(main(asked.hours, asked.speed))
