"""Serves simulated venues until interrupted: `python -m levdesk.simulator --port 0 --seed 7` prints their URL."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from levdesk.services.registry import Registry, read_registry
from levdesk.simulator.clock import ScaledClock, WallClock
from levdesk.simulator.every_venue import every_dialect
from levdesk.simulator.faults import Fault, FaultKind, FaultPlan
from levdesk.simulator.listing import seeded_market
from levdesk.simulator.server import SimulatorServer


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve, print the URL on one line, and end with the first interrupt."""
    asked = _parser().parse_args(arguments)
    clock = ScaledClock(WallClock(), speed=asked.speed)
    market = seeded_market(_registry().complete_token, seed=asked.seed, anchor_ms=clock.now_ms())
    ended = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: ended.set())
    faults = FaultPlan(*(Fault(kind=kind, path=path) for kind, path in asked.fault))
    with SimulatorServer(every_dialect(market), clock, faults, port=asked.port) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        ended.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m levdesk.simulator",
        description=(
            "A simulated market on this computer that answers and streams as Gate, Binance, OKX and Pionex do, "
            "all at one URL."
        ),
        epilog="Use it with: levdesk --venue-url gate=URL --venue-url binance=URL --venue-url okx=URL "
        "--venue-url pionex=URL",
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes any free one")
    parser.add_argument("--seed", type=int, default=7, help="another number is another market")
    parser.add_argument("--speed", type=float, default=1.0, help="simulated seconds per second, up to 1000")
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="KIND[@PATH]",
        help=f"what goes wrong, everywhere or on paths like /wsPub or *klines: {', '.join(FaultKind)}",
    )
    return parser


def _fault(text: str) -> tuple[FaultKind, str]:
    """A kind of fault and the paths it is on."""
    name, _, path = text.partition("@")
    if name not in set(FaultKind):
        raise argparse.ArgumentTypeError(f"there is no fault called {name}")
    return FaultKind(name), path or "*"


def _registry() -> Registry:
    packaged = files("levdesk") / "resources" / "registry.json"
    beside = Path(__file__).resolve().parents[2] / "resources" / "registry.json"
    return read_registry(json.loads((packaged if packaged.is_file() else beside).read_bytes()))


if __name__ == "__main__":
    sys.exit(main())
