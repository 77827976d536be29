from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING

import pytest

from levdesk.app.setup import needs, stamp, survey, workshop
from levdesk.app.setup.pip_talk import SetupFailed
from levdesk.app.setup.plan import Environment
from levdesk.app.setup.survey import Site
from levdesk.app.setup.terminal import Terminal
from levdesk.app.setup.workshop import Workshop

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = '[project]\nname = "desk"\ndependencies = ["alpha>=1,<2"]\n[project.optional-dependencies]\ndev = []\n'


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return Site(root=tmp_path, extras=(), window=False)


def work(site: Site) -> Workshop:
    return Workshop(site, Terminal(io.StringIO()))


def make_environment(site: Site) -> None:
    """The least that counts as an environment."""
    site.python.parent.mkdir(parents=True)
    site.python.touch()
    (site.environment / "pyvenv.cfg").touch()


def state(site: Site) -> Environment:
    return survey.look(site).environment


def test_the_survey_tells_an_environment_by_what_lies_in_it(site: Site) -> None:
    assert state(site) is Environment.ABSENT
    site.environment.mkdir()
    assert state(site) is Environment.ABSENT
    (site.environment / "holiday.jpg").touch()
    assert state(site) is Environment.FOREIGN
    (site.environment / "pyvenv.cfg").touch()
    assert state(site) is Environment.BROKEN
    site.python.parent.mkdir(parents=True)
    site.python.touch()
    assert state(site) is Environment.UNKNOWN
    work(site).note("anything")
    assert state(site) is Environment.OUTDATED
    (site.environment / stamp.UNFINISHED).touch()
    assert state(site) is Environment.UNFINISHED


def test_a_note_makes_an_environment_ready_until_the_dependencies_change(site: Site) -> None:
    make_environment(site)
    fingerprint = needs.read_wanted(site.root / "pyproject.toml", (3, 11)).fingerprint
    work(site).note(fingerprint)
    assert state(site) is Environment.READY
    (site.root / "pyproject.toml").write_text(PYPROJECT + "\n# a remark\n", encoding="utf-8")
    assert state(site) is Environment.READY
    (site.root / "pyproject.toml").write_text(PYPROJECT.replace("<2", "<3"), encoding="utf-8")
    assert state(site) is Environment.OUTDATED


def test_an_environment_without_the_extras_wanted_is_outdated_and_keeps_those_it_has(site: Site) -> None:
    make_environment(site)
    fingerprint = needs.read_wanted(site.root / "pyproject.toml", (3, 11)).fingerprint
    with_dev = Site(root=site.root, extras=("dev",), window=False)
    work(site).note(fingerprint)
    assert state(with_dev) is Environment.OUTDATED
    work(with_dev).note(fingerprint)
    assert state(with_dev) is Environment.READY
    work(site).note(fingerprint)
    assert state(with_dev) is Environment.READY


def test_a_set_up_that_fails_leaves_its_mark_and_one_that_ends_well_takes_it_away(site: Site) -> None:
    folder = str(site.environment)
    with pytest.raises(SetupFailed, match="no luck"), work(site).locked():
        raise SetupFailed("no luck")
    assert stamp.is_unfinished(folder)
    with work(site).locked() as waited:
        work(site).note("fingerprint")
    assert not waited
    assert not stamp.is_unfinished(folder)


def test_a_second_set_up_waits_for_the_first(site: Site) -> None:
    told = io.StringIO()
    outcomes: list[bool] = []
    asked = threading.Event()

    class Listening(Terminal):
        def say(self, text: str = "") -> None:
            super().say(text)
            asked.set()

    def second() -> None:
        with Workshop(site, Listening(told)).locked() as waited:
            outcomes.append(waited)

    other = threading.Thread(target=second)
    with work(site).locked() as waited:
        assert not waited
        other.start()
        assert asked.wait(20)
        assert outcomes == []
    other.join(20)
    assert outcomes == [True]
    assert "waiting for it" in told.getvalue()


def test_making_an_environment_clears_what_was_there_and_gives_a_python(site: Site) -> None:
    make_environment(site)
    (site.environment / "lib" / "half").mkdir(parents=True)
    if os.name != "nt":
        (site.environment / "lib64").symlink_to("lib")
    with work(site).locked():
        workshop._empty(site.environment, but=stamp.UNFINISHED)
        assert [entry.name for entry in site.environment.iterdir()] == [stamp.UNFINISHED]


def test_a_python_that_cannot_make_environments_is_said_plainly(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop, "_base_python", lambda: "false")
    with work(site).locked(), pytest.raises(SetupFailed, match="could not make an environment"):
        work(site).make()


def test_a_place_where_nothing_can_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(SetupFailed, match="cannot be written to"),
        work(Site(root=tmp_path / "file", extras=(), window=False)).locked(),
    ):
        pytest.fail("the lock was given out")


def test_a_note_is_read_back_as_written_and_a_damaged_one_is_no_note(tmp_path: Path) -> None:
    note = {"python": "3.11", "extras": "dev", "screen": "host:xcb,wayland", "needs": "ab=cd"}
    stamp.write(str(tmp_path), note)
    assert stamp.read(str(tmp_path)) == note
    (tmp_path / stamp.READY).write_bytes(b"\xff\xfe\x00broken")
    assert stamp.read(str(tmp_path)) == {}
    assert stamp.read(str(tmp_path / "absent")) == {}
