"""The portable export: what comes back is what went out, and no file, however hostile, does more than be refused."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levdesk.domain.errors import ImportRejected, LevdeskError, StoreTooNew, UserError
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.transactions import CostMethod, TransactionDraft
from levdesk.io.backup_contents import tables_of
from levdesk.io.checking import check
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.paths import Paths, locate
from levdesk.io.portable import check_portable, export_portable, import_portable
from levdesk.io.settings_store import SettingsFile
from levdesk.io.writer import Writer
from levdesk.services.portable import LEFT_OUT, guard, unguard
from tests.io.ledgers import StoppedClock, draft, drafts, tokens
from tests.io.test_frozen_layouts import DATA, FROZEN, make_ledger

WAIT_S = 20
Dump = dict[str, list[tuple[object, ...]]]


def dump(path: Path) -> Dump:
    """Every precious cell of a ledger, and the counters."""
    with closing(sqlite3.connect(path)) as connection:
        names = [*(name for name in tables_of(connection) if name not in LEFT_OUT), "sqlite_sequence"]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


def without_the_import(found: Dump) -> Dump:
    """The import itself is one more act in the trail."""
    last = max(row[0] for row in found["acts"])  # type: ignore[type-var]
    found["acts"] = [row for row in found["acts"] if row[0] != last]
    found["act_events"] = [row for row in found["act_events"] if row[1] != last]
    found["sqlite_sequence"] = []
    return found


@pytest.fixture
def full(made: tuple[Paths, Path], tmp_path: Path) -> Paths:
    """A ledger that uses every table, of this test alone."""
    return locate(Path(shutil.copytree(made[0].data_dir, tmp_path / "full")))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Paths, Path]:
    """That ledger and its export, made once."""
    folder = tmp_path_factory.mktemp("made")
    make_ledger(folder / "one.db", folder / "full")
    paths = locate(folder / "full")
    with closing(sqlite3.connect(paths.levdesk_db)) as connection, connection:
        connection.execute('INSERT INTO alert_rules (rule) VALUES (\'{"kind":"=x"}\')')
        connection.execute("INSERT INTO alert_states VALUES (1, 'gate:BTC3L', '{}')")
        connection.execute("INSERT INTO alert_mutes VALUES ('gate:BTC3L', NULL), ('-other', 5)")
    return paths, export_portable(paths, StoppedClock(), folder / "all.zip").path


@pytest.fixture
def exported(made: tuple[Paths, Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(made[1], tmp_path / "all.zip"))


def test_an_export_taken_in_elsewhere_is_the_same_ledger(
    full: Paths, exported: Path, bare_paths: Paths, clock: StoppedClock
) -> None:
    report = import_portable(bare_paths, exported, clock)
    assert report.kept_aside is None
    assert dump(bare_paths.levdesk_db) == dump(full.levdesk_db)
    assert LedgerFile(bare_paths, clock).read_books() == LedgerFile(full, clock).read_books()
    assert check(bare_paths) == ()
    with Writer(bare_paths, clock) as writer:
        assert LedgerStore(writer, clock).redo().result(WAIT_S).label.startswith("redo")


def test_taking_in_keeps_what_was_there_aside(
    full: Paths, exported: Path, paths: Paths, clock: StoppedClock, ledger: LedgerStore
) -> None:
    ledger.add_transactions(1, [draft(note="mine")], label="add").result(WAIT_S)
    report = import_portable(paths, exported, clock)
    assert without_the_import(dump(paths.levdesk_db)) == dump(full.levdesk_db) | {"sqlite_sequence": []}
    assert report.kept_aside is not None
    with closing(sqlite3.connect(report.kept_aside)) as kept:
        assert kept.execute("SELECT note FROM transactions").fetchall() == [("mine",)]


@pytest.mark.parametrize("name", FROZEN)
def test_an_export_of_any_released_format_is_read(
    name: str, tmp_path: Path, bare_paths: Paths, clock: StoppedClock
) -> None:
    """What a program of that day would have exported: today's writer on a file that is left as it was."""
    from levdesk.io import portable

    old = tmp_path / "old.zip"
    with zipfile.ZipFile(old, "w") as archive, closing(sqlite3.connect(DATA / name)) as connection:
        portable._write(archive, connection, clock.now_ms())
    import_portable(bare_paths, old, clock)
    books = LedgerFile(bare_paths, clock).read_books()
    assert len(books.transactions) == 8
    assert books.redo_label == "delete transfer in"
    assert check(bare_paths) == ()


class House:
    """Two data directories and an empty ledger, for many rounds."""

    def __init__(self, folder: Path, new: bytes) -> None:
        self.folder, self.new = folder, new

    def __repr__(self) -> str:
        return "House()"

    def fresh(self) -> tuple[Paths, Paths]:
        shutil.rmtree(self.folder)
        both = locate(self.folder / "one"), locate(self.folder / "other")
        for paths in both:
            paths.create()
        both[0].levdesk_db.write_bytes(self.new)
        return both


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, new_files: dict[str, bytes]) -> House:
    return House(tmp_path_factory.mktemp("round"), new_files["levdesk.db"])


nasty = st.text(alphabet=st.sampled_from("=+-@'\"\t\r\n,;\0 aä1.0️"), max_size=12)


@settings(max_examples=25)
@given(
    rows=st.lists(drafts, min_size=1, max_size=4),
    kept=st.lists(tokens, max_size=2),
    name=nasty,
    values=st.dictionaries(nasty, st.none() | st.integers() | nasty, max_size=3),
)
def test_the_round_trip_is_the_identity(
    rows: list[TransactionDraft], kept: list[LeveragedToken], name: str, values: dict[str, object], house: House
) -> None:
    one, other = house.fresh()
    clock = StoppedClock()
    with Writer(one, clock) as writer:
        ledger = LedgerStore(writer, clock)
        ledger.add_transactions(1, rows, label=f"={name}", import_source=name or "a.csv", tokens=kept).result(WAIT_S)
        if name.strip():
            ledger.add_portfolio(name, CostMethod.AVERAGE, label=name).result(WAIT_S)
        ledger.remove_transactions([1], label="delete").result(WAIT_S)
        ledger.undo().result(WAIT_S)
        SettingsFile(one, clock, writer).save_settings(values).result(WAIT_S)
    file = export_portable(one, clock, house.folder / "all.zip").path
    import_portable(other, file, clock)
    assert dump(other.levdesk_db) == dump(one.levdesk_db)


@given(nasty | st.text())
def test_guarding_is_exact_and_leaves_nothing_to_run(text: str) -> None:
    guarded = guard(text)
    assert unguard(guarded) == text
    assert not guarded.startswith(("=", "+", "@", "\t", "\r", "\n"))
    assert not guarded.startswith("-") or guarded[1:2].isdigit()


def test_it_is_readable_without_us(exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        names = set(archive.namelist())
        assert {"README.txt", "manifest.json", "transactions.csv", "tokens.csv", "settings.jsonl"} <= names
        rows = list(csv.DictReader(io.StringIO(archive.read("transactions.csv").decode(), newline="")))
        manifest = json.loads(archive.read("manifest.json"))
        for table in manifest["tables"]:
            assert table["meaning"], table["name"]
            assert hashlib.sha256(archive.read(table["file"])).hexdigest() == table["sha256"]
        readme = archive.read("README.txt").decode()
    assert rows[0]["quantity"] == "1000.000000000000000001"
    assert rows[2]["price"] == "", "unknown is empty, not 0"
    assert rows[4]["note"] == "two\nlines"
    undocumented = [
        (table["name"], column["name"])
        for table in manifest["tables"]
        for column in table["columns"]
        if not column["meaning"] and not table["name"].startswith("alert_")
    ]
    assert undocumented == []
    assert "import-portable" in readme
    if os.name == "posix":
        assert stat.S_IMODE(exported.stat().st_mode) == 0o600


def test_no_preference_that_speaks_of_a_secret_leaves(
    paths: Paths, clock: StoppedClock, writer: Writer, tmp_path: Path
) -> None:
    canary = "canary-4711"
    names = ("gate_api_key", "webhook_secret", "mail.password", "apikey", "credentials")
    SettingsFile(paths, clock, writer).save_settings({**dict.fromkeys(names, canary), "theme": "dark"}).result(WAIT_S)
    file = export_portable(paths, clock, tmp_path / "all.zip").path
    with zipfile.ZipFile(file) as archive:
        assert all(canary.encode() not in archive.read(name) for name in archive.namelist())
        assert b"dark" in archive.read("settings.jsonl")


def test_there_must_be_something_to_export_and_a_free_name(
    bare_paths: Paths, paths: Paths, clock: StoppedClock, tmp_path: Path
) -> None:
    shutil.rmtree(paths.data_dir)
    paths.create()
    with pytest.raises(UserError, match="nothing to export"):
        export_portable(paths, clock, tmp_path / "all.zip")
    assert not list(tmp_path.glob("*.zip*"))
    (tmp_path / "all.zip").write_text("precious")
    with pytest.raises(UserError, match="already there"):
        export_portable(paths, clock, tmp_path / "all.zip")


# ------------------------------------------------------------------------------------------------------- hostile


def packed(exported: Path, target: Path, change: Callable[[dict[str, bytes]], None], *, honest: bool = True) -> Path:
    """The export with other content; an honest one has the manifest tell of it."""
    with zipfile.ZipFile(exported) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    if honest and "manifest.json" in files:
        manifest = json.loads(files["manifest.json"])
        for table in manifest["tables"]:
            data = files.get(table["file"], b"")
            table["sha256"] = hashlib.sha256(data).hexdigest()
        files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target


def in_manifest(change: Callable[[Any], None]) -> Callable[[dict[str, bytes]], None]:
    def apply(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        change(manifest)
        files["manifest.json"] = json.dumps(manifest).encode()

    return apply


def swap(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def apply(files: dict[str, bytes]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return apply


def put(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({name: data})


def drop(name: str) -> Callable[[dict[str, bytes]], None]:
    def apply(files: dict[str, bytes]) -> None:
        del files[name]

    return apply


def one_table_more(files: dict[str, bytes]) -> None:
    files["x.csv"] = b"a\r\n"
    column = {"name": "a", "type": "TEXT", "may_be_empty": True}
    table = {"name": "x", "file": "x.csv", "columns": [column], "rows": 0, "sha256": ""}
    in_manifest(lambda manifest: manifest["tables"].append(table))(files)


HOSTILE: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "a file that is not named": (put("extra.exe", b"MZ"), "exactly the tables"),
    "a path out of the folder": (put("../../evil.csv", b"x"), "folders"),
    "a path of another system": (put("..\\evil.csv", b"x"), "folders"),
    "no manifest": (drop("manifest.json"), "no manifest"),
    "a manifest that is no JSON": (put("manifest.json", b"{"), "refused"),
    "a manifest nested too deep": (put("manifest.json", b"[" * 200_000), "refused"),
    "a manifest too large": (put("manifest.json", random.Random(1).randbytes(1_100_000)), "too large"),
    "another kind of manifest": (put("manifest.json", b'{"what":"photos"}'), "not a portable export"),
    "a newer export": (in_manifest(lambda m: m.update(format=2)), "newer LevDesk wrote it"),
    "a format that never was": (in_manifest(lambda m: m.update(ledger_format=0)), "never was"),
    "a bomb": (put("transactions.csv", b"0" * 40_000_000), "unpack to more"),
    "a table missing": (drop("tokens.csv"), "exactly the tables"),
    "a table more": (one_table_more, "not those of format"),
    "a row more than told": (swap("portfolios.csv", b"1,Main", b"9,N,n,fifo\r\n1,Main"), "rows"),
    "a column more": (swap("portfolios.csv", b"cost_method\r\n", b"cost_method,x\r\n"), "columns' names"),
    "a cell less": (swap("portfolios.csv", b"1,Main,main,fifo", b"1,Main,fifo"), "cells instead of"),
    "a word for a number": (swap("portfolios.csv", b"1,Main", b"one,Main"), "whole number"),
    "a number too large": (swap("portfolios.csv", b"1,Main", b"9999999999999999999,Main"), "should"),
    "a price that is none": (swap("transactions.csv", b",0.0123,", b",1e400,"), "do not fit together"),
    "a price of NaN": (swap("transactions.csv", b",0.0123,", b",NaN,"), "do not fit together"),
    "a type that is none": (swap("transactions.csv", b",buy,", b",gift,"), "do not fit together"),
    "a row of nobody's portfolio": (swap("transactions.csv", b"1,1,", b"1,77,"), "not there"),
    "a quotation without an end": (swap("portfolios.csv", b"1,Main", b'1,"Main'), "refused"),
    "bytes that are no text": (swap("portfolios.csv", b"Main", b"M\xffin"), "refused"),
    "a name folded otherwise": (swap("portfolios.csv", b"1,Main,main", b"1,Main,other"), "folded"),
    "an act nobody can undo": (swap("acts.jsonl", b"name_key", b"nickname"), "cannot be undone"),
    "a digit changed": (swap("transactions.csv", b"000000000001,", b"000000000002,"), "do not come to"),
    "half a surrogate": (swap("settings.jsonl", b'"dark', b'"\\ud800'), "should"),
    "a JSON line of another shape": (put("settings.jsonl", b"[]\n"), "columns"),
    "a JSON line nested too deep": (put("settings.jsonl", b"[" * 100_000 + b"\n"), "refused"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_export_is_refused_in_words_and_changes_nothing(
    what: str, exported: Path, tmp_path: Path, paths: Paths, clock: StoppedClock
) -> None:
    change, words = HOSTILE[what]
    before = paths.levdesk_db.read_bytes()
    file = packed(exported, tmp_path / "bad.zip", change, honest="manifest" not in what)
    with pytest.raises(ImportRejected, match=words):
        import_portable(paths, file, clock)
    assert paths.levdesk_db.read_bytes() == before
    assert [path.name for path in paths.data_dir.iterdir() if ".part" in path.name] == []


def test_a_table_changed_afterwards_is_noticed(
    exported: Path, tmp_path: Path, paths: Paths, clock: StoppedClock
) -> None:
    file = packed(exported, tmp_path / "bad.zip", swap("transactions.csv", b"two\nlines", b"two\nwords"), honest=False)
    with pytest.raises(ImportRejected, match="was changed after"):
        import_portable(paths, file, clock)


def test_a_file_of_a_newer_ledger_names_both(exported: Path, tmp_path: Path, paths: Paths, clock: StoppedClock) -> None:
    file = packed(exported, tmp_path / "new.zip", in_manifest(lambda m: m.update(ledger_format=99, written_by="7.5")))
    with pytest.raises(StoreTooNew, match=r"LevDesk 7\.5 in format 99"):
        import_portable(paths, file, clock)


def test_members_that_lie_are_refused(exported: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        first = archive.infolist()[0].filename
        files = {name: archive.read(name) for name in archive.namelist()}
    twice = tmp_path / "twice.zip"
    with zipfile.ZipFile(twice, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(first, b"")
    with pytest.raises(ImportRejected, match="twice"):
        check_portable(twice)
    odd = tmp_path / "odd.zip"
    with zipfile.ZipFile(odd, "w", zipfile.ZIP_LZMA) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    with pytest.raises(ImportRejected, match="a way we do not read"):
        check_portable(odd)
    with pytest.raises(ImportRejected, match="is not there"):
        check_portable(tmp_path / "nowhere.zip")


def test_no_bytes_do_more_than_be_refused(exported: Path, tmp_path: Path) -> None:
    """The export with bytes changed, cut and repeated at random, and plain noise."""
    content = exported.read_bytes()
    chance = random.Random(5)
    target = tmp_path / "any.zip"
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        data = bytearray(content)
        for _ in range(chance.choice((1, 1, 2, 8, 60))):
            place = chance.randrange(len(data))
            data[place : place + chance.choice((0, 1, 1, 4))] = chance.randbytes(chance.choice((0, 1, 1, 4)))
        if chance.random() < 0.2:
            data = data[: chance.randrange(len(data))]
        elif chance.random() < 0.1:
            data = bytearray(chance.randbytes(chance.randrange(400)))
        target.write_bytes(data)
        try:
            check_portable(target)
        except LevdeskError:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
    assert outcomes["refused"] > 200
