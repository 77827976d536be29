"""`python3 -m tests.bench.panning`: the token's chart over a year of minutes, moved under the mouse, frame by frame."""

from __future__ import annotations

import os
import sys
import time

import numpy as np
from PySide6.QtWidgets import QApplication

from levdesk.domain.instruments import TokenKey
from levdesk.services.charts import ChartRange, OverviewSeries
from levdesk.ui import theme
from levdesk.ui.charts.overview_plot import OverviewPlot
from levdesk.ui.format import Figures
from tests.__main__ import ensure_environment
from tests.bench.clockwork import tell

BARS = 525_600
FRAMES = 30
FRAME_MS = 16.0
_DAY_S = 86_400.0
_WINDOWS = {"a day": _DAY_S, "a week": 7 * _DAY_S, "a month": 30 * _DAY_S, "eleven months": 335 * _DAY_S}


def year_of_minutes() -> OverviewSeries:
    """Four lines of a year of minutes at 60 % volatility, from a fixed seed."""
    moves = np.random.default_rng(3).normal(0.0, 0.6 / np.sqrt(BARS), BARS)
    underlying = 100.0 * np.exp(np.cumsum(moves))
    token = 100.0 * np.exp(np.cumsum(np.log1p(np.clip(3.0 * np.expm1(moves), -0.9, None))))
    return OverviewSeries(
        key=TokenKey("gate", "BTC3L"),
        portfolio_id=None,
        range=ChartRange.ALL,
        times_s=1_735_689_600.0 + 60.0 * np.arange(BARS, dtype=np.float64),
        token=token,
        plain_multiple=100.0 * (1.0 + 3.0 * (underlying / 100.0 - 1.0)),
        underlying=underlying,
        drawdown=token / np.maximum.accumulate(token) - 1.0,
        base_ms=1_735_689_600_000,
        markers=(),
        summary="",
        token_label="BTC3L",
        multiple_label="3x",
        underlying_label="BTC",
    )


def frames_ms(plot: OverviewPlot, series: OverviewSeries, window_s: float) -> list[float]:
    """Milliseconds of each frame while a window of that length moves over the whole year."""
    start, end = float(series.times_s[0]), float(series.times_s[-1])
    took: list[float] = []
    for left in np.linspace(start, end - window_s, FRAMES + 5):
        begun = time.perf_counter()
        plot.panes[0].setXRange(left, left + window_s, padding=0)
        QApplication.processEvents()  # paints what became invalid
        took.append((time.perf_counter() - begun) * 1000)
    return sorted(took[5:])


def bench_panning() -> None:
    """Pan the chart at four magnifications."""
    series = year_of_minutes()
    plot = OverviewPlot(lambda _entries, _moment: None, Figures())
    plot.resize(1200, 600)
    plot.show()
    begun = time.perf_counter()
    plot.show_series(series)
    plot.viewport().repaint()
    first_ms = (time.perf_counter() - begun) * 1000
    for name, window_s in _WINDOWS.items():
        took = frames_ms(plot, series, window_s)
        detail = f"median {took[len(took) // 2]:.1f} ms, longest {took[-1]:.1f} ms; four lines"
        tell(
            f"panning {BARS:,} minutes, {name} in sight: frame, p95",
            took[len(took) * 95 // 100],
            f"<= {FRAME_MS:g} ms",
            detail,
            unit="ms",
        )
    tell("  drawing them for the first time", first_ms, "", "", unit="ms")
    plot.close()


def main() -> int:
    """Run this bench alone."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([sys.argv[0], *theme.FUSION])
    assert application is not None
    bench_panning()
    return 0


if __name__ == "__main__":
    ensure_environment()
    sys.exit(main())
