"""The care of the books from the command line: real main(), real files."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from levdesk.app.main import main
from tests.io.test_backup import damage

HEADER = "time,type,venue,symbol,quantity,price,fee,fee_currency,note\n"
BUY = "2026-05-03T09:30:00Z,buy,gate,BTC3L,1240,2.4614,6.10,,first lot\n"
SELL = "2026-05-04T09:30:00Z,sell,gate,BTC3L,40,2.5,,,\n"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = main(["--data-dir", str(data), "--offline", *(str(argument) for argument in arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.fixture
def filled(run: Run, tmp_path: Path) -> Run:
    for name, rows in (("buys.csv", BUY), ("sells.csv", SELL)):
        (tmp_path / name).write_text(HEADER + rows, encoding="utf-8")
        assert run("import", tmp_path / name)[0] == 0
    return run


def quantity(run: Run) -> str | None:
    rows = json.loads(run("report", "--json")[1])["holdings"]
    return str(rows[0]["quantity"]) if rows else None


def test_every_import_leaves_a_backup_from_before_it(filled: Run) -> None:
    code, out, _ = filled("backup", "--list", "--json")
    found = json.loads(out)
    assert code == 0
    assert [(row["reason"], row["transactions"], row["sound"]) for row in found] == [("before-import", 1, True)]
    assert filled("backup")[0] == 0
    lines = filled("backup", "--list")[1].splitlines()
    assert len(lines) == 2
    assert "2 transactions, made by hand" in lines[0]
    assert "1 transactions, before an import" in lines[1]


def test_a_refused_import_leaves_none(filled: Run, tmp_path: Path) -> None:
    before = filled("backup", "--list")[1]
    assert filled("import", tmp_path / "buys.csv")[0] == 2
    assert filled("backup", "--list")[1] == before


def test_restore_puts_the_holdings_back_and_can_be_taken_back(filled: Run) -> None:
    (backup,) = json.loads(filled("backup", "--list", "--json")[1])
    code, out, _ = filled("restore", Path(backup["path"]).name, "--json")
    report = json.loads(out)
    assert (code, report["transactions"], quantity(filled)) == (0, 1, "1240")
    code, out, _ = filled("restore", report["kept_aside"])
    assert (code, quantity(filled)) == (0, "1200")
    assert "Restored 2 transactions" in out
    assert "What was there before is kept as" in out
    assert "Restore levdesk-" in filled("history")[1]


@pytest.mark.parametrize("name", ["nowhere.db", "buys.csv"])
def test_what_is_no_backup_is_refused_with_the_exit_code_of_a_wrong_call(
    filled: Run, tmp_path: Path, name: str
) -> None:
    code, _, err = filled("restore", tmp_path / name)
    assert (code, quantity(filled)) == (2, "1200")
    assert err.startswith("levdesk: ")


def test_a_damaged_database_can_be_restored_or_salvaged(filled: Run, data: Path) -> None:
    backup = json.loads(filled("backup", "--json")[1])
    damage(data / "levdesk.db", "transactions_portfolio")
    assert filled("check")[0] == 1
    code, out, _ = filled("salvage", "--json")
    report = json.loads(out)
    assert (code, report["transactions"], report["whole"]) == (0, 2, True)
    assert (filled("check")[0], quantity(filled)) == (0, "1200")
    (data / "levdesk.db").write_bytes(b"gone")
    assert filled("report")[0] == 1
    assert filled("restore", backup["path"])[0] == 0
    assert (filled("check")[0], quantity(filled)) == (0, "1200")
    assert len(list((data / "set-aside").iterdir())) >= 2


def test_salvage_in_words(filled: Run, data: Path) -> None:
    damage(data / "levdesk.db", "transactions_portfolio")
    code, out, _ = filled("salvage")
    assert code == 0
    assert "2 transactions could be read: all of them" in out
    assert "kept as" in out


def test_everything_goes_out_and_comes_back(filled: Run, tmp_path: Path, data: Path) -> None:
    target = tmp_path / "all.zip"
    code, out, _ = filled("export", "--portable", target)
    assert code == 0
    assert out.startswith("Exported 2 transactions and everything else (")
    assert filled("export", "--portable")[0] == 2
    assert filled("export", "--portable", "--portfolio", "Main", tmp_path / "b.zip")[0] == 2
    (data / "levdesk.db").unlink()
    assert quantity(filled) is None
    code, out, _ = filled("import-portable", target, "--dry-run")
    assert (code, quantity(filled)) == (0, None)
    assert "2 transactions can be taken in" in out
    assert json.loads(filled("import-portable", target, "--dry-run", "--json")[1])["rows"]["transactions"] == 2
    code, out, _ = filled("import-portable", target)
    assert (code, quantity(filled)) == (0, "1200")
    assert out.startswith("Took in 2 transactions")
    assert filled("import-portable", tmp_path / "buys.csv")[0] == 2


def test_history_tells_what_when_and_by_which_act(filled: Run) -> None:
    code, out, _ = filled("history")
    assert code == 0
    assert [line.split("  ", 1)[1] for line in out.splitlines()] == [
        "act 2  Import 1 transaction from sells.csv",
        "act 1  Import 1 transaction from buys.csv",
    ]
    assert filled("history", "--search", "BUYS")[1].count("\n") == 1
    assert filled("history", "--limit", 1)[1].count("\n") == 1
    assert filled("history", "--limit", 0)[0] == 2
    assert [row["act"] for row in json.loads(filled("history", "--json")[1])] == [2, 1]
    assert "quantity 1240" in filled("history", "--act", 1)[1]
    fields = [row["fields"] for row in json.loads(filled("history", "--act", 2, "--json")[1])]
    assert fields[-1]["price"] == {"before": None, "after": "2.5"}
    assert filled("history", "--act", 99)[0] == 2
    assert filled("history", "--search", "nowhere")[1].startswith("Nothing in the history")


def test_history_as_csv(filled: Run) -> None:
    rows = list(csv.reader(io.StringIO(filled("history", "--csv")[1], newline="")))
    assert rows[0] == ["time", "what", "act", "event", "state"]
    assert [row[2] for row in rows[1:]] == ["2", "1"]


def test_the_bin_is_listed(filled: Run, data: Path) -> None:
    assert filled("bin")[1] == "The bin is empty.\n"
    from levdesk.io.clock import SystemClock
    from levdesk.io.ledger_store import LedgerStore
    from levdesk.io.paths import locate
    from levdesk.io.writer import Writer

    with Writer(locate(data), SystemClock()) as writer:
        LedgerStore(writer, SystemClock()).remove_transactions([2], label="delete").result(20)
    assert "sell of 40 BTC3L (29 days left)" in filled("bin")[1]
    (entry,) = json.loads(filled("bin", "--json")[1])
    assert (entry["what"], entry["portfolio"], entry["transactions"]) == ("sell of 40 BTC3L", "Main", 1)


def test_before_the_first_act_everything_says_so(run: Run, data: Path) -> None:
    assert run("backup", "--list")[1].startswith("There is no backup in")
    assert run("backup", "--list", "x.db")[0] == 2
    assert run("history")[1] == "Nothing was changed yet.\n"
    assert run("bin")[1] == "The bin is empty.\n"
    assert run("salvage")[0] == 2
    assert not (data / "levdesk.db").exists()


def test_a_ledger_of_a_newer_program_is_refused_everywhere(filled: Run, data: Path) -> None:
    with closing(sqlite3.connect(data / "levdesk.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    for command in (("history",), ("bin",), ("report",), ("export", "--portable", data / "x.zip")):
        code, _, err = filled(*command)
        assert code == 1
        assert "format 99" in err
