"""The real window under a stream: `python3 -m tests.bench.streamed DATA_DIR PORT TOKENS SECONDS`; tells in JSON.

The path is that of the program: socket and adapter in the feed thread, mailbox, pulse, quote book, valuation, model,
table. Only the venue is in another process.
"""

from __future__ import annotations

import cProfile
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from levdesk.app.adapters import ADAPTERS
from levdesk.app.command_line import parse_command_line
from levdesk.app.engine import Engine
from levdesk.app.house import paths_of
from levdesk.app.opened import open_everything
from levdesk.domain.market import TokenQuote
from levdesk.services.health import StreamHealth
from levdesk.ui import theme
from tests.bench.clockwork import resident_mib
from tests.bench.gaps import GapMeter
from tests.real_window import put_together

WARM_UP_MS = 10_000
"""Until every topic is asked for, and the pages have been drawn once."""


class Trial(QObject):
    """Warms up, measures for a while, tells, and ends."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        super().__init__(engine)
        self._engine = engine
        self._seconds = seconds
        self._beats = self._shown = 0
        self._meter = GapMeter(self)
        engine.market._pulse.beat.connect(self._count)
        QTimer.singleShot(WARM_UP_MS, self._measure)

    def _stream(self) -> StreamHealth:
        return next(health.stream for health in self._engine.market.health() if health.venue == "gate")

    @Slot(object)
    def _count(self, beat: dict[object, object]) -> None:
        self._beats += 1
        self._shown += sum(isinstance(value, TokenQuote) for value in beat.values())

    @Slot()
    def _measure(self) -> None:
        self._before = self._stream()
        self._beats = self._shown = 0
        self._mib = resident_mib(os.getpid())
        self._cpu_s, self._begun_s = time.process_time(), time.perf_counter()
        self._meter.start()
        QTimer.singleShot(round(self._seconds * 1000), self._tell)

    @Slot()
    def _tell(self) -> None:
        took_s = time.perf_counter() - self._begun_s
        stream = self._stream()
        found = {
            **asdict(self._meter.gaps()),
            "quotes_per_s": (stream.messages - self._before.messages) / took_s,
            "overtaken_per_s": (stream.replaced - self._before.replaced) / took_s,
            "shown_per_s": self._shown / took_s,
            "beats_per_s": self._beats / took_s,
            "grown_mib": resident_mib(os.getpid()) - self._mib,
            "mib": self._mib,
            "cpu_ratio": (time.process_time() - self._cpu_s) / took_s,
        }
        print(json.dumps(found), flush=True)
        QApplication.exit(0)


def main() -> int:
    """Open the window, stream, tell."""
    data_dir, port, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[4])
    venue = f"http://127.0.0.1:{port}"
    urls = [argument for name in ADAPTERS for argument in ("--venue-url", f"{name}={venue}")]
    options = parse_command_line(["--data-dir", str(data_dir), *urls])
    application = QApplication([sys.argv[0], *theme.FUSION])
    opened = open_everything(options, on_failure=_say, on_problem=_say)
    real = put_together(application, opened, state_path=paths_of(options).window_state, size=(1440, 900))
    real.engine.start()
    trial = Trial(real.engine, seconds)
    profile = os.environ.get("LEVDESK_BENCH_PROFILE", "")
    profiler = cProfile.Profile()
    code = profiler.runcall(application.exec) if profile else application.exec()
    if profile:
        profiler.dump_stats(profile)
    del trial
    real.end()
    return code


def _say(what: object) -> None:
    print(what, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
