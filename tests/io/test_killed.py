"""A program that is killed while it writes loses nothing it has answered for, and leaves no half act."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter

import pytest

from levdesk.io.checking import check
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.paths import Paths
from levdesk.io.writer import Writer
from tests.conftest import PROJECT
from tests.io.ledgers import StoppedClock

ROWS_PER_ACT = 3
PROGRAM = f"""
import sys
from pathlib import Path
from levdesk.domain.market import Candle
from levdesk.io.clock import SystemClock
from levdesk.io.ledger_store import LedgerStore
from levdesk.io.market_store import MarketFile
from levdesk.io.paths import locate
from levdesk.io.writer import Writer
from tests.io.ledgers import draft

paths, clock = locate(Path(sys.argv[1])), SystemClock()
writer = Writer(paths, clock)
ledger, market = LedgerStore(writer, clock), MarketFile(paths, clock, writer)
number = int(sys.argv[2])
while True:
    number += 1
    bars = [Candle(number * 60_000 + row, 1.0, 1.0, 1.0, 1.0, 1.0) for row in range(50)]
    market.save_candles("gate", "BTC_USDT", 60, bars)
    rows = [draft(note=str(number))] * {ROWS_PER_ACT}
    ledger.add_transactions(1, rows, label=f"act {{number}}", import_source="a.csv").result()
    if number % 5 == 0:
        ledger.undo().result()
        ledger.redo().result()
    print(number, flush=True)
"""


def killed_after(paths: Paths, acts: int, first: int) -> int:
    """Let a program write until it has answered for so many acts, kill it, and tell the last one it answered for."""
    command = [sys.executable, "-c", PROGRAM, str(paths.data_dir), str(first)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        answered = [int(program.stdout.readline()) for _ in range(acts)]
        program.kill()
        answered += [int(line) for line in program.stdout if line.endswith("\n")]
        assert program.wait(20) != 0
    return answered[-1]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_was_answered_for_is_lost(paths: Paths, clock: StoppedClock, seed: int) -> None:
    moments = random.Random(seed)
    last = 0
    for _ in range(2):  # the second program starts on what the first one left behind
        last = killed_after(paths, acts=moments.randint(1, 25), first=last)
        books = LedgerFile(paths, clock).read_books()
        rows = Counter(int(row.draft.note) for row in books.transactions)
        assert set(rows.values()) == {ROWS_PER_ACT}, "no half act"
        assert set(range(1, last + 1)) <= set(rows), "no answered act lost"
        assert len(rows) - last <= 1, "and only the one under way besides"
        assert check(paths) == ()
        last = max(rows)
    with Writer(paths, clock) as writer:
        assert len(LedgerStore(writer, clock).undo().result(20).removed) == ROWS_PER_ACT
