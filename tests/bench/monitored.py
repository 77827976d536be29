"""vnpy under the same stream: `python3 -m tests.bench.monitored PORT TOKENS SECONDS`; tells in JSON, null without it.

Its own event engine and tick monitor; a thread reads the venue's socket and puts each tick into the engine, as its
gateways do. Not a dependency: looked for where PYTHONPATH says.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.bench.clockwork import resident_mib
from tests.bench.gaps import GapMeter

WARM_UP_MS = 5_000


class Reader(threading.Thread):
    """Reads tickers and puts ticks into the engine, one event each."""

    def __init__(self, port: int, engine: Any, parts: tuple[Any, Any, Any]) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._engine = engine
        self._tick, self._event, self._exchange = parts
        self.read = 0

    def run(self) -> None:
        with suppress(ConnectionClosed), connect(f"ws://127.0.0.1:{self._port}/ws/v4/", compression=None) as socket:
            for message in socket:
                self._engine.put(self._event("eTick.", self._read(json.loads(message)["result"])))
                self.read += 1

    def _read(self, row: dict[str, str]) -> Any:
        return self._tick(
            gateway_name="BENCH",
            symbol=row["currency_pair"],
            exchange=self._exchange,
            datetime=datetime.now(UTC),
            name=row["currency_pair"],
            last_price=float(row["last"]),
            bid_price_1=float(row["highest_bid"]),
            ask_price_1=float(row["lowest_ask"]),
            high_price=float(row["high_24h"]),
            low_price=float(row["low_24h"]),
            volume=float(row["base_volume"]),
        )


class Trial(QObject):
    """Warms up, measures for a while, tells, and ends."""

    def __init__(self, reader: Reader, monitor: Any, seconds: float) -> None:
        super().__init__()
        self._reader = reader
        self._monitor = monitor
        self._seconds = seconds
        self._shown = 0
        self._meter = GapMeter(self)
        monitor.signal.connect(self._count)
        QTimer.singleShot(WARM_UP_MS, self._measure)

    @Slot(object)
    def _count(self, _event: object) -> None:
        self._shown += 1

    @Slot()
    def _measure(self) -> None:
        self._read, self._shown = self._reader.read, 0
        self._mib = resident_mib(os.getpid())
        self._cpu_s, self._begun_s = time.process_time(), time.perf_counter()
        self._meter.start()
        QTimer.singleShot(round(self._seconds * 1000), self._tell)

    @Slot()
    def _tell(self) -> None:
        took_s = time.perf_counter() - self._begun_s
        found = {
            **asdict(self._meter.gaps()),
            "quotes_per_s": self._shown / took_s,
            "read_per_s": (self._reader.read - self._read) / took_s,
            "grown_mib": resident_mib(os.getpid()) - self._mib,
            "mib": self._mib,
            "cpu_ratio": (time.process_time() - self._cpu_s) / took_s,
        }
        print(json.dumps(found), flush=True)
        os._exit(0)  # its threads know no quick end


def main() -> int:
    """Open the monitor, stream, tell."""
    home = tempfile.mkdtemp(prefix="levdesk-bench-")
    os.environ["HOME"] = home  # it writes its settings there
    os.chdir(home)
    Path(home, ".vntrader").mkdir()
    application = QApplication(sys.argv)
    try:
        event = importlib.import_module("vnpy.event")
        objects = importlib.import_module("vnpy.trader.object")
        constants = importlib.import_module("vnpy.trader.constant")
        widgets = importlib.import_module("vnpy.trader.ui.widget")
    except ImportError as error:
        print(error, file=sys.stderr)
        print("null", flush=True)
        return 0
    port, seconds = int(sys.argv[1]), float(sys.argv[3])
    engine = event.EventEngine()
    monitor = widgets.TickMonitor(None, engine)
    monitor.resize(1440, 900)
    monitor.show()
    engine.start()
    reader = Reader(port, engine, (objects.TickData, event.Event, constants.Exchange.LOCAL))
    reader.start()
    trial = Trial(reader, monitor, seconds)
    assert trial is not None
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
