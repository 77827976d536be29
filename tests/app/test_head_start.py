from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from levdesk.app.head_start import KeptCode
from tests.conftest import PROJECT

START = """
import builtins, gc, sys
from levdesk.app import head_start
compiled = []
real = compile
def counted(text, filename, *rest, **more):
    compiled.append(filename)
    return real(text, filename, *rest, **more)
head_start._compile = counted
head_start.begin()
asleep = not gc.isenabled()
from levdesk.domain.instruments import TokenKey
head_start.finish()
import dataclasses
assert TokenKey("gate", "BTC3L") == TokenKey("gate", "BTC3L") != TokenKey("gate", "BTC3S")
assert asleep and gc.isenabled()
assert builtins.compile is counted and "exec" not in vars(dataclasses)
assert builtins.__import__ is builtins.__orig_import__
print(len(compiled), end="")
"""


def start(folder: Path, **environment: str) -> int:
    """Take a head start in a process of its own whose compiled files live in a folder; how many texts it compiled."""
    done = subprocess.run(
        [sys.executable, "-c", START],
        cwd=PROJECT,
        env={**without("PYTHONDONTWRITEBYTECODE"), "PYTHONPYCACHEPREFIX": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return int(done.stdout)


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != name}


def kept(folder: Path) -> list[Path]:
    return list(folder.rglob("*.kept"))


def test_the_second_start_compiles_nothing(tmp_path: Path) -> None:
    assert start(tmp_path) > 10
    (file,) = kept(tmp_path)
    assert start(tmp_path) == 0
    file.write_bytes(file.read_bytes()[:-7])
    assert start(tmp_path) > 10, "a damaged file is as if there were none"
    assert start(tmp_path) == 0


def test_nothing_is_kept_where_python_may_keep_nothing(tmp_path: Path) -> None:
    assert start(tmp_path, PYTHONDONTWRITEBYTECODE="1") > 10
    assert kept(tmp_path) == []


def test_a_text_that_changed_is_compiled_anew(tmp_path: Path) -> None:
    path = tmp_path / "texts.kept"
    before = KeptCode(path)
    before.code("answer = 1", "a text")
    before.save()
    after = KeptCode(path)
    names: dict[str, int] = {}
    exec(after.code("answer = 2", "a text"), names)
    assert names["answer"] == 2


def test_texts_nobody_uses_any_more_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "texts.kept"
    old = KeptCode(path)
    for number in range(10):
        old.code(f"old = {number}", "a text")
    old.save()
    size = path.stat().st_size
    new = KeptCode(path)
    new.code("new = 1", "a text")
    new.save()
    assert path.stat().st_size < size


@pytest.mark.parametrize("content", [b"", b"abc", b"\x00\x00\x00\x00", b"\x00\x00\x00\x01\xff\xff"])
def test_a_file_that_is_none_of_ours_says_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "texts.kept"
    path.write_bytes(content)
    names: dict[str, int] = {}
    exec(KeptCode(path).code("answer = 3", "a text"), names)
    assert names["answer"] == 3


def test_a_folder_nobody_may_write_to_is_no_failure(tmp_path: Path) -> None:
    code = KeptCode(tmp_path / "absent" / "texts.kept")
    code.code("answer = 4", "a text")
    code.save()
    assert list(tmp_path.iterdir()) == []
