from __future__ import annotations

import io
import itertools
import os
import sys
from typing import TYPE_CHECKING

import pytest

from levdesk.app.setup import pip_talk
from levdesk.app.setup.pip_run import PipRun
from levdesk.app.setup.pip_talk import Fetch, Retrying, SetupFailed, Unpacking, explain, read_line
from levdesk.app.setup.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

OFFLINE = """\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new \
connection: [Errno 111] Connection refused')': /simple/hatchling/
ERROR: Could not find a version that satisfies the requirement hatchling<2,>=1.27 (from versions: none)
ERROR: No matching distribution found for hatchling<2,>=1.27
""".splitlines()
TOO_NEW = """\
ERROR: Could not find a version that satisfies the requirement PySide6-Essentials<6.13,>=6.11 (from versions: none)
ERROR: No matching distribution found for PySide6-Essentials<6.13,>=6.11
""".splitlines()


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (
            "Downloading PySide6_Essentials-6.11.3-cp39-abi3-manylinux_2_34_x86_64.whl (80.3 MB)",
            Fetch(
                file="PySide6_Essentials-6.11.3-cp39-abi3-manylinux_2_34_x86_64.whl",
                package="PySide6_Essentials 6.11.3",
                size_mb=80.3,
                is_cached=False,
            ),
        ),
        (
            "  Downloading https://example.invalid/a/b/numpy-2.4.6-cp311-x86_64.whl (16.9 MB)",
            Fetch(file="numpy-2.4.6-cp311-x86_64.whl", package="numpy 2.4.6", size_mb=16.9, is_cached=False),
        ),
        (
            "Using cached keyring-25.7.0-py3-none-any.whl (39 kB)",
            Fetch(file="keyring-25.7.0-py3-none-any.whl", package="keyring 25.7.0", size_mb=0.039, is_cached=True),
        ),
        (
            "  Downloading colorama-0.4.6.tar.gz (27 kB)",
            Fetch(file="colorama-0.4.6.tar.gz", package="colorama 0.4.6", size_mb=0.027, is_cached=False),
        ),
        ("  Downloading numpy-2.4.6-cp311.whl.metadata (6.6 kB)", None),
        ("Installing collected packages: zipp, numpy, levdesk", Unpacking(count=3)),
        (OFFLINE[0], Retrying()),
        ("Collecting numpy<3,>=1.26", None),
        ("", None),
    ],
)
def test_each_line_of_pip_is_one_event_or_none(line: str, event: pip_talk.Fetch | None) -> None:
    assert read_line(line) == event


def test_only_large_new_files_get_a_line() -> None:
    assert Fetch(file="x.whl", package="x", size_mb=2.0, is_cached=False).is_worth_a_line
    assert not Fetch(file="x.whl", package="x", size_mb=0.2, is_cached=False).is_worth_a_line
    assert not Fetch(file="x.whl", package="x", size_mb=80.0, is_cached=True).is_worth_a_line


@pytest.mark.parametrize(
    ("lines", "sentence", "hint"),
    [
        (OFFLINE, "could not be reached", "HTTPS_PROXY"),
        (["pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out."], "could not be reached", "connection"),
        (["ERROR: HTTP error 503 while getting numpy"], "could not be reached", "connection"),
        (["... SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]"], "certificate", "PIP_CERT"),
        (
            ["ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"],
            "disk is full",
            "room",
        ),
        (TOO_NEW, "PySide6-Essentials is not published for Python 3.19 on linux x86_64", "3.11 to 3.14"),
        (["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."], "damaged", "same command"),
        (["ERROR: Could not install: [Errno 13] Permission denied: '/x'"], "could not be written", ".venv"),
        (["fine so far", "ERROR: something new"], "something new", "same command"),
        ([], "pip gave no reason", "same command"),
    ],
)
def test_a_failed_pip_is_one_plain_sentence_with_a_hint(lines: list[str], sentence: str, hint: str) -> None:
    failure = explain(lines, system="Python 3.19 on linux x86_64")
    assert sentence in failure.message
    assert hint in failure.hint
    assert "\n" not in failure.message


# -------------------------------------------------------------------------------------------------- a run, for real


def stand_in(folder: Path, program: str) -> Path:
    """An "interpreter" that runs the given program whatever it is asked to run."""
    script = folder / "stand_in.py"
    script.write_text(program, encoding="utf-8")
    shell = folder / "python"
    shell.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n', encoding="utf-8")
    shell.chmod(0o755)
    return shell


pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in interpreter is a shell script")


def run(tmp_path: Path, program: str) -> str:
    heard = io.StringIO()
    PipRun(stand_in(tmp_path, program), tmp_path / "downloads", Terminal(heard), ()).install(["-e", "."])
    return heard.getvalue()


def test_a_run_tells_the_packages_and_cleans_up(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        "print('Downloading numpy-2.4.6-cp311.whl (16.9 MB)')\n"
        "print('Downloading zipp-4.1-py3.whl (9 kB)')\n"
        "print('Installing collected packages: numpy, zipp')\n",
    )
    assert told == "  numpy 2.4.6, 17 MB\n  all there (17 MB); unpacking 2 packages\n"
    assert not (tmp_path / "downloads").exists()


def test_a_run_that_fails_raises_the_sentence_and_cleans_up(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="could not be reached"):
        run(tmp_path, f"import sys\nprint({OFFLINE[0]!r})\nsys.exit(1)\n")
    assert not (tmp_path / "downloads").exists()


def test_a_long_download_is_counted_while_it_arrives(tmp_path: Path) -> None:
    heard, clock = Screen(), itertools.count(0.0)
    program = (
        "import os, pathlib, time\n"
        "folder = pathlib.Path(os.environ['TMPDIR'], 'pip-unpack-x')\n"
        "folder.mkdir()\n"
        "(folder / 'earlier-1.0.whl').write_bytes(bytes(9_000_000))\n"
        "(folder / 'numpy-2.4.6-cp311.whl').write_bytes(bytes(3_000_000))\n"
        "print('Downloading numpy-2.4.6-cp311.whl (16.9 MB)', flush=True)\n"
        "end = time.monotonic() + 60\n"
        f"while not os.path.exists({str(tmp_path / 'seen')!r}) and time.monotonic() < end: pass\n"
    )

    class Watching(Terminal):
        def meter(self, text: str) -> None:
            super().meter(text)
            (tmp_path / "seen").touch()

    PipRun(stand_in(tmp_path, program), tmp_path / "downloads", Watching(heard, clock.__next__), ()).install([])
    assert heard.getvalue().startswith("  numpy 2.4.6, 17 MB\n    3 of 17 MB")


def test_a_run_that_is_killed_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="stopped before it was done"):
        run(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")


def test_pip_is_asked_plainly_and_sheltered_from_the_persons_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    with pytest.raises(SetupFailed, match="gave away") as caught:
        run(
            tmp_path,
            "import os, sys\n"
            "names = ('PIP_TARGET', 'PIP_USER', 'TMPDIR')\n"
            "print('ERROR: gave away', sys.argv[1:], [os.environ.get(n) for n in names])\n"
            "sys.exit(1)\n",
        )
    assert "'-m', 'pip', 'install', '--no-input', '--progress-bar', 'off', '-e', '.'" in caught.value.message
    assert f"[None, '0', '{tmp_path / 'downloads'}']" in caught.value.message


# -------------------------------------------------------------------------------------------------------- terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_screen_the_meter_counts_in_place() -> None:
    clock = iter([0.0, 1.0, 1.0, 1.1, 2.0, 2.0])
    heard = Screen()
    terminal = Terminal(heard, lambda: next(clock))
    terminal.meter("10 of 80 MB")
    terminal.meter("11 of 80 MB")
    terminal.meter("20 MB")
    terminal.say("done")
    assert heard.getvalue() == f"10 of 80 MB\r{' ' * 11}\r20 MB\r{' ' * 5}\rdone\n"


def test_in_a_file_the_meter_writes_a_line_now_and_then() -> None:
    clock = iter([0.0, 5.0, 11.0, 11.0, 12.0])
    heard = io.StringIO()
    terminal = Terminal(heard, lambda: next(clock))
    for text in ("1 MB", "2 MB", "3 MB"):
        terminal.meter(text)
    assert heard.getvalue() == "2 MB\n"


def test_without_any_terminal_nothing_is_written_and_nothing_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    Terminal().say("nobody hears this")
    assert sys.stderr is None
