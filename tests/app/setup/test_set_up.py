from __future__ import annotations

import contextlib
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from levdesk.app.setup import packages, stamp
from levdesk.app.setup import set_up as module
from levdesk.app.setup.pip_talk import SetupFailed
from levdesk.app.setup.plan import Environment, Facts
from levdesk.app.setup.set_up import set_up
from levdesk.app.setup.survey import Site
from levdesk.app.setup.terminal import Terminal
from levdesk.app.setup.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BARE = Facts(
    environment=Environment.ABSENT,
    is_inside=False,
    is_satisfied=False,
    can_make=True,
    is_writable=True,
    lacking=(),
    venv_package="python3.11-venv",
    can_install=True,
)
READY = replace(BARE, environment=Environment.READY)


class Diary:
    """A workshop that writes down what it was asked to do."""

    def __init__(self, *, another_was_first: bool = False) -> None:
        self.done: list[str] = []
        self._another_was_first = another_was_first

    @contextlib.contextmanager
    def locked(self) -> Iterator[bool]:
        self.done.append("lock")
        yield self._another_was_first
        self.done.append("unlock")

    def condemn(self) -> None:
        self.done.append("condemn")

    def make(self) -> None:
        self.done.append("make")

    def install(self) -> None:
        self.done.append("install")

    def install_system(self, names: Sequence[str]) -> None:
        self.done.append(f"install {' '.join(names)}")

    def note(self, fingerprint: str) -> None:
        self.done.append("note")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "desk"\ndependencies = []\n', encoding="utf-8")
    return Site(root=tmp_path, extras=(), window=False)


def seen(monkeypatch: pytest.MonkeyPatch, *facts: Facts) -> None:
    """Let the survey state these facts, one after the other."""
    states = iter(facts)
    monkeypatch.setattr(module, "look", lambda site: next(states))


def test_the_steps_are_counted_and_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, replace(BARE, environment=Environment.UNFINISHED, can_make=False, lacking=("libegl1",)))
    told, diary = io.StringIO(), Diary()
    assert set_up(site, Terminal(told), diary) == "inside"
    assert diary.done == ["lock", "install python3.11-venv libegl1", "make", "install", "note", "unlock"]
    lines = told.getvalue().splitlines()
    assert [line[:12] for line in lines] == ["Step 1 of 3:", "Step 2 of 3:", "Step 3 of 3:", "Ready."]
    assert "an earlier set-up was interrupted" in lines[1]


def test_a_ready_environment_is_entered_without_a_word(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, READY)
    told, diary = io.StringIO(), Diary()
    assert set_up(site, Terminal(told), diary) == "inside"
    assert (told.getvalue(), diary.done) == ("", [])


def test_what_another_start_did_meanwhile_is_not_done_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, BARE, READY)
    diary = Diary(another_was_first=True)
    assert set_up(site, Terminal(io.StringIO()), diary) == "inside"
    assert diary.done == ["lock", "unlock"]


def test_without_the_right_to_install_the_exact_command_is_the_hint(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(monkeypatch, replace(READY, lacking=("libegl1", "libgl1"), can_install=False))
    debian = packages.read_distribution('ID=debian\nPRETTY_NAME="Debian 12"')
    monkeypatch.setattr(module, "read_distribution", lambda: debian)
    monkeypatch.setattr(module, "is_root", lambda: False)
    with pytest.raises(SetupFailed, match="Debian 12 lacks parts") as caught:
        set_up(site, Terminal(io.StringIO()), Diary())
    assert caught.value.hint == "Type:  sudo apt-get install -y --no-install-recommends libegl1 libgl1"


def test_a_project_file_that_cannot_be_read_is_said_plainly(tmp_path: Path) -> None:
    bare = Site(root=tmp_path, extras=(), window=False)
    with pytest.raises(SetupFailed, match=r"pyproject\.toml"):
        set_up(bare, Terminal(io.StringIO()), Diary())
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["a==1"]\n', encoding="utf-8")
    with pytest.raises(SetupFailed, match="cannot read the requirement 'a==1'"):
        set_up(bare, Terminal(io.StringIO()), Diary())


def test_what_was_found_out_is_remembered_for_the_next_start(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.environment.mkdir()
    Workshop(site, Terminal(io.StringIO())).note(module._fingerprint(site))
    (site.root / "pyproject.toml").write_text('[project]\nname = "desk"\ndependencies = []\n#\n', encoding="utf-8")
    assert not stamp.covers(stamp.read(str(site.environment)), str(site.root), ())
    seen(monkeypatch, READY)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    set_up(Site(root=site.root, extras=(), window=True), Terminal(io.StringIO()), Diary())
    note = stamp.read(str(site.environment))
    assert stamp.covers(note, str(site.root), ())
    assert note["screen"].endswith(":offscreen")


def test_a_note_for_other_dependencies_is_not_made_to_look_fresh(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.environment.mkdir()
    Workshop(site, Terminal(io.StringIO())).note("of yesterday")
    before = stamp.read(str(site.environment))
    (site.root / "pyproject.toml").write_text('[project]\nname = "desk"\ndependencies = []\n#\n', encoding="utf-8")
    seen(monkeypatch, replace(READY, environment=Environment.OUTDATED))
    assert set_up(site, Terminal(io.StringIO()), Diary()) == "inside"
    assert stamp.read(str(site.environment)) == before
