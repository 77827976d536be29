"""Threads share heaps, counted by the C library itself, and the interpreter, in programs of their own."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from levdesk.runtime.sharing import MOST_HEAPS, TURN_S, share_heaps

_COUNT = """
import ctypes, sys, threading
from levdesk.runtime.sharing import share_heaps
if sys.argv[1] == "shared":
    assert share_heaps()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
together = threading.Barrier(8)
def work():
    together.wait()
    libc.malloc(5000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fflush.argtypes = [ctypes.c_void_p]
out = libc.fdopen(1, b"w")
libc.malloc_info(0, out)
libc.fflush(out)
"""


def heaps(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", _COUNT, how], capture_output=True, text=True, check=True)
    return len(re.findall(r"<heap nr=", done.stdout))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="heaps per thread are the GNU C library's")
def test_threads_share_a_few_heaps() -> None:
    assert heaps("shared") <= MOST_HEAPS < heaps("apart")


def test_another_system_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert share_heaps() is False


def test_whoever_computes_in_the_pool_gives_way_to_the_window() -> None:
    turns = (
        "import sys; from levdesk.runtime.jobs import JobRunner; JobRunner(lambda: 0); print(sys.getswitchinterval())"
    )
    done = subprocess.run([sys.executable, "-c", turns], capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(TURN_S)
