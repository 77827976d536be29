"""Each named disaster has its outcome; `python -m tests.io.disasters` prints the same as a table."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from levdesk.io.paths import Paths
from tests.io.disasters import DISASTERS, kill_under_load, outcome_of

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
OUTCOMES = {
    "a damaged page": "restored to the last digit",
    "a damaged root page": "300 of 300 rows saved, restored to the last digit",
    "a damaged header": "300 of 300 rows saved, restored to the last digit",
    "a truncated file": "restored to the last digit",
    "a stale -wal beside the file": "refused with what to do",
    "a -wal left by a crash": "nothing lost",
    "a full disk": "There is no room left to write levdesk.db.",
    "a read-only directory": "read as usual; writing: ",
    "two programs at once": "40 of 40 acts",
    "locked by another program": "in use by another program",
    "killed in the middle of each migration": "the same holdings",
    "killed in the middle of a restore": "never anything between",
    "killed in a restore over damage": "never anything between",
    "a full disk under a window": "200 rows go on in memory and are saved",
    "a limit on file sizes under a window": "three acts go on in memory and are saved in order",
    "a read-only directory under a window": "noted in the cache folder, saved when it may be written",
    "locked at the start of a window": "read from a copy; three acts go on in memory",
    "each call failing under a window": "answered acts lost: 0",
}


def test_every_disaster_is_expected_to_come_to_something() -> None:
    assert OUTCOMES.keys() == DISASTERS.keys()


@pytest.mark.parametrize("name", DISASTERS)
def test_what_comes_of(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="levdesk-disaster-") as place:  # where another user may look
        Path(place).chmod(0o755)
        outcome = outcome_of(name, Path(place))
    with capsys.disabled():
        print(f"\n{name:40} {outcome}", end=" ")
    assert OUTCOMES[name] in outcome


def test_kills_under_load_lose_nothing(paths: Paths) -> None:
    assert kill_under_load(paths, 12, seed=2).endswith("0 lost, 0 halves, 0 damaged files")
