"""`python3 -m tests.bench`: prints every ratio of one run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import quantiles

from tests.__main__ import ensure_environment
from tests.bench.alerts import bench_alerts
from tests.bench.books import write_csv
from tests.bench.clockwork import ROOT, best_of, environment, median, run_command, run_window, tell
from tests.bench.large import bench_large
from tests.bench.mathematics import bench_attribution, bench_futures, bench_live
from tests.bench.streams import bench_streams

_PAIRS = 15
STREAM_S = 60.0


def bench_window(folder: Path) -> None:
    """Time to the first painted window with 10,000 transactions of 300 tokens, and idle memory, against the floor."""
    data_dir = folder / "window"
    csv = folder / "ten_thousand.csv"
    write_csv(csv, 10_000, 300)
    run_command(["--data-dir", str(data_dir), "import", str(csv)])
    arguments = ["--data-dir", str(data_dir), "--offline"]
    run_window("tests.bench.painted", arguments, 4.0)  # leaves the snapshot a returning person has
    pairs = []
    for _ in range(_PAIRS):
        floor_s = run_window("tests.bench.floor", [], 0.3).painted_s
        pairs.append((run_window("tests.bench.painted", arguments, 0.3).painted_s, floor_s))
    # A machine that is faster in one moment than in the next favours neither of two that run one after the other.
    ratio = median([our_s / floor_s for our_s, floor_s in pairs])
    middles = _ms(median([our_s for our_s, _ in pairs]), median([floor_s for _, floor_s in pairs]))
    tell("first painted window, 10,000 transactions, 300 tokens", ratio, "<= 1.6x floor", middles)
    low, _, high = quantiles([our_s / floor_s for our_s, floor_s in pairs], n=4)
    tell("  half of the pairs lie between this and the next", low, "", "")
    tell("  ", high, "", "")
    idle, empty = run_window("tests.bench.painted", arguments, 6.0), run_window("tests.bench.floor", [], 1.0)
    detail = f"{idle.idle_mib:.0f} MiB against {empty.idle_mib:.0f} MiB"
    tell("idle memory, the same window", idle.idle_mib / empty.idle_mib, "", detail)


def bench_report(folder: Path) -> None:
    """`report --json` over 10,000 and 100,000 transactions."""
    seconds = {}
    for count in (10_000, 100_000):
        csv = folder / f"{count}.csv"
        data_dir = folder / f"report{count}"
        write_csv(csv, count, 300)
        run_command(["--data-dir", str(data_dir), "import", str(csv)])
        arguments = ["--data-dir", str(data_dir), "--offline", "report", "--json"]
        seconds[count] = best_of(5, lambda arguments=arguments: run_command(arguments))  # type: ignore[misc]
    bare = best_of(5, lambda: run_command(["--version"]))
    tell(
        "report on 100,000 transactions, whole process",
        seconds[100_000],
        "<= 1 s",
        f"start alone {bare:.2f} s",
        unit="s",
    )
    growth = (seconds[100_000] - bare) / (seconds[10_000] - bare)
    tell("  growth from 10,000 to 100,000, start taken off", growth, "<= 12x", _ms(seconds[100_000], seconds[10_000]))


def _ms(ours_s: float, other_s: float) -> str:
    return f"{ours_s * 1000:.0f} ms against {other_s * 1000:.0f} ms"


def main() -> int:
    """Run every bench in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="levdesk-bench-") as folder:
        if "--large" in sys.argv[1:]:
            bench_large(Path(folder))  # some minutes
        bench_window(Path(folder))
        bench_report(Path(folder))
        bench_streams(Path(folder), STREAM_S)
    bench_attribution()
    bench_futures()
    bench_live()
    bench_alerts()
    subprocess.run([sys.executable, "-m", "tests.bench.panning"], cwd=ROOT, env=environment(), check=True)
    return 0


if __name__ == "__main__":
    ensure_environment()
    sys.exit(main())
