"""`python3 -m tests.bench.streams [--seconds 60]`: the window under 5,000 quotes a second, and a peer under the same.

Three processes: a venue on a loopback WebSocket, the window (ours or the peer's), and this one, which prints.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.__main__ import ensure_environment
from tests.bench.clockwork import ROOT, environment, run_command, tell
from tests.bench.quote_server import symbol

TOKENS = 500
RATE = 5_000
GAP_MS = 20.0
OURS = "tests.bench.streamed"
PEER = "tests.bench.monitored"
PATIENCE_S = 40.0
_RATES = (100, 250, 500, 1_000, 2_000, 3_500, 5_000, 7_500, 10_000, 15_000)

Found = dict[str, Any]

SILENT: Found = {"p99_ms": math.inf, "quotes_per_s": 0.0}
"""A window whose event loop did not come round to ending the trial."""


@contextmanager
def quote_server(rate: float) -> Iterator[int]:
    """A venue that streams, at the port given."""
    command = [sys.executable, "-m", "tests.bench.quote_server", str(rate), str(TOKENS)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()
            server.wait(10)


def write_holdings(path: Path) -> None:
    """One buy of each token."""
    rows = ["time,type,venue,symbol,quantity,price,fee,fee_currency,note"]
    rows += [f"2026-01-05T10:00:00Z,buy,gate,{symbol(number)},100,2.4,0,," for number in range(TOKENS)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def run_trial(module: str, arguments: Sequence[str], rate: float, seconds: float) -> Found | None:
    """One window under one rate; None where the peer is not installed."""
    with quote_server(rate) as port:
        command = [sys.executable, "-m", module, *arguments, str(port), str(TOKENS), str(seconds)]
        kept = os.environ.get("PYTHONPATH", "")
        paths = {"PYTHONPATH": os.pathsep.join(part for part in (str(ROOT), kept) if part)}
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**environment(), **paths},
                stdout=subprocess.PIPE,
                text=True,
                check=False,
                timeout=seconds + PATIENCE_S,
            )
        except subprocess.TimeoutExpired:
            return SILENT
    if done.returncode:
        raise RuntimeError(f"{module} ended with code {done.returncode}")
    found: Found | None = json.loads(done.stdout.splitlines()[-1])
    return found


def tell_load(name: str, found: Found) -> None:
    """The lines of one trial."""
    if found is SILENT:
        print(f"{name}: its event loop did not come back within {PATIENCE_S:g} s after the trial")
        return
    tell(f"{name}: event-loop gap, p99", found["p99_ms"], f"<= {GAP_MS:g} ms", f"{_rates(found)}", unit="ms")
    detail = f"median {found['p50_ms']:.1f} ms; processor {found['cpu_ratio']:.0%} of one core"
    tell("  the same, longest", found["max_ms"], "", detail, unit="ms")
    tell("  memory gained while measuring", found["grown_mib"], "flat", f"of {found['mib']:.0f} MiB", unit="MiB")


def _rates(found: Found) -> str:
    words = f"{found['quotes_per_s']:,.0f} quotes/s read"
    if "overtaken_per_s" not in found:
        return words
    return f"{words}, {found['overtaken_per_s']:,.0f}/s overtaken, {found['shown_per_s']:,.0f}/s shown"


def fastest(module: str, arguments: Sequence[str], seconds: float) -> Found | None:
    """The highest rate at which the gap still holds and every quote is read.

    A rate that fails is tried once more, for something else may have wanted the machine; two rates in a row that fail
    end the search.
    """
    best: Found | None = None
    failed = 0
    for rate in _RATES:
        held = next(
            (found for _ in range(2) if _holds(found := run_trial(module, arguments, rate, seconds), rate)), None
        )
        best, failed = (held, 0) if held is not None else (best, failed + 1)
        if failed == 2:
            break
    return best


def _holds(found: Found | None, rate: float) -> bool:
    return found is not None and found["p99_ms"] <= GAP_MS and found["quotes_per_s"] >= 0.95 * rate


def bench_streams(folder: Path, seconds: float, *, compare: bool = True) -> None:
    """The window under load, then the highest rate of ours and of the peer."""
    data_dir, csv = folder / "streams", folder / "five_hundred.csv"
    write_holdings(csv)
    run_command(["--data-dir", str(data_dir), "import", str(csv)])
    found = run_trial(OURS, [str(data_dir)], RATE, seconds)
    assert found is not None
    tell_load(f"{RATE:,} quotes/s for {TOKENS} held tokens", found)
    if not compare:
        return
    peer = run_trial(PEER, [], RATE, min(seconds, 20.0))
    if peer is None:
        print("  vnpy: not installed, not compared")
        return
    tell_load("  vnpy's event engine and tick monitor", peer)
    short_s = min(seconds, 8.0)
    best_of_peer, best = fastest(PEER, [], short_s), fastest(OURS, [str(data_dir)], short_s)
    if best is None:
        print(f"  ours keeps the gap at none of {_RATES} quotes/s")
        return
    ours = best["quotes_per_s"]
    theirs = best_of_peer["quotes_per_s"] if best_of_peer is not None else float(_RATES[0])
    words = f"{ours:,.0f} against {'' if best_of_peer else 'less than '}{theirs:,.0f} quotes/s"
    tell(f"quotes/s within a gap of {GAP_MS:g} ms: ours / vnpy", ours / theirs, ">= 5x", words)


def main() -> int:
    """Run this bench alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--alone", action="store_true", help="without the peer")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="levdesk-bench-") as folder:
        bench_streams(Path(folder), arguments.seconds, compare=not arguments.alone)
    return 0


if __name__ == "__main__":
    ensure_environment()
    sys.exit(main())
