from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from levdesk.domain.errors import StoreUnavailable
from levdesk.io.paths import Paths, create_private_file, locate


def test_a_named_directory_keeps_everything_inside(tmp_path: Path) -> None:
    paths = locate(tmp_path)
    named = [
        paths.levdesk_db, paths.market_db, paths.backups_dir, paths.log_dir, paths.log_file, paths.window_state,
        paths.lock,
    ]  # fmt: skip
    assert [path.relative_to(tmp_path).as_posix() for path in named] == [
        "levdesk.db", "market.db", "backups", "log", "log/levdesk.log", "window.ini", "levdesk.lock",
    ]  # fmt: skip


def test_the_demo_has_a_folder_of_its_own_inside(tmp_path: Path) -> None:
    paths = locate(tmp_path, demo=True)
    assert paths == Paths(tmp_path / "demo", tmp_path / "demo" / "log")


def test_a_relative_directory_does_not_move_with_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate(Path("desk")).data_dir == tmp_path / "desk"


def test_the_usual_place_is_this_persons_own(own_home: Path) -> None:
    paths = locate()
    assert paths.data_dir.is_relative_to(own_home)
    assert paths.data_dir.name == "levdesk"
    assert locate(demo=True) == Paths(paths.data_dir / "demo", paths.data_dir / "demo" / "log")
    assert not own_home.exists(), "finding out where files are makes none"


@pytest.mark.skipif(os.name != "posix", reason="other systems keep rights differently")
def test_folders_and_files_are_for_their_owner_only(tmp_path: Path) -> None:
    paths = locate(tmp_path / "new" / "desk")
    before = os.umask(0)
    try:
        paths.create()
        create_private_file(paths.levdesk_db)
    finally:
        os.umask(before)
    folders = (paths.data_dir, paths.backups_dir, paths.log_dir)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert stat.S_IMODE(paths.levdesk_db.stat().st_mode) == 0o600


def test_making_what_is_there_changes_nothing(tmp_path: Path) -> None:
    paths = locate(tmp_path)
    paths.create()
    paths.levdesk_db.write_bytes(b"precious")
    paths.create()
    create_private_file(paths.levdesk_db)
    assert paths.levdesk_db.read_bytes() == b"precious"


def test_a_place_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match=r"cannot be made: .*xists") as caught:
        locate(tmp_path / "file").create()
    assert "--data-dir" in caught.value.hint


def test_a_folder_that_may_not_be_written_to_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the tests may run as root, who may do everything
    with pytest.raises(StoreUnavailable, match="cannot be written to"):
        locate(tmp_path / "desk").create()
