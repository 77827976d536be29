"""Pictures of every page and state, to be looked at: `python3 -m tests.look OUTDIR`.

Renders offscreen with the fake desk, light and dark, at 1× and 2×, in several sizes. Each scale is a process of its own
because Qt reads it only once.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

SCALES = ("1", "2")


def main() -> int:
    """Render everything, or one scale when called by itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--only", default="", help="only pictures whose name contains this")
    parser.add_argument("--scale", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.scale:
        from tests.looks import render

        render(arguments.folder, arguments.scale, arguments.only)
        return 0
    codes = [_run(arguments.folder, scale, arguments.only) for scale in SCALES]
    print(f"{len(list(arguments.folder.glob('*.png')))} pictures in {arguments.folder}")
    return max(codes)


def _run(folder: Path, scale: str, only: str) -> int:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": scale,
        "PYQTGRAPH_QT_LIB": "PySide6",
        "QT_LOGGING_RULES": "qt.qpa.*=false",
    }
    command = [sys.executable, "-m", "tests.look", str(folder), "--scale", scale, "--only", only]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
