from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from levdesk.domain.errors import StoreUnavailable
from levdesk.io.paths import Paths, locate
from levdesk.io.watch_lock import WatchLock
from tests.conftest import PROJECT

OTHER = """
import sys
from pathlib import Path
from levdesk.io.paths import locate
from levdesk.io.watch_lock import WatchLock
lock = WatchLock(locate(Path(sys.argv[1])))
print(lock.take(), flush=True)
sys.stdin.read()
"""


def other_program(paths: Paths) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OTHER, str(paths.data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )


def answer(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


def test_one_program_watches_at_a_time_and_a_killed_one_leaves_no_lock(bare_paths: Paths) -> None:
    mine = WatchLock(bare_paths)
    with other_program(bare_paths) as first:
        assert answer(first) == "True"
        assert not mine.take()
        first.kill()
    assert mine.take()
    assert mine.take(), "it is mine already"
    with other_program(bare_paths) as second:
        assert answer(second) == "False"
    mine.release()
    with other_program(bare_paths) as third:
        assert answer(third) == "True"


def test_two_desks_in_one_program_are_told_apart(bare_paths: Paths) -> None:
    first, second = WatchLock(bare_paths), WatchLock(bare_paths)
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"watch\.lock cannot be used"):
        WatchLock(locate(tmp_path / "missing")).take()


def test_a_window_watches_also_where_no_lock_can_be_made(tmp_path: Path) -> None:
    lock = WatchLock(locate(tmp_path / "gone"), or_without=True)
    assert lock.take()
    lock.release()
