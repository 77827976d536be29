"""The commands as a person or a script calls them: real main(), real files, real loopback HTTP, recorded replies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from levdesk.app.main import main
from tests.app.gate_desk import GateDesk, gate_desk
from tests.venues.samples import gate as samples

HEADER = "time,type,venue,symbol,quantity,price,fee,fee_currency,note\n"
BUY = "2026-05-03T09:30:00Z,buy,gate,BTC3L,1240,2.4614,6.10,,first lot\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def gate() -> Iterator[GateDesk]:
    with gate_desk() as desk:
        yield desk


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], gate: GateDesk) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        common = ["--data-dir", str(tmp_path / "data"), *gate.arguments]
        code = main([*common, *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.fixture
def csv(tmp_path: Path) -> Callable[[str], str]:
    def write(rows: str, name: str = "trades.csv") -> str:
        path = tmp_path / name
        path.write_text(HEADER + rows, encoding="utf-8")
        return str(path)

    return write


def holding(report: str, symbol: str) -> dict[str, Any]:
    (found,) = [row for row in json.loads(report)["holdings"] if row["symbol"] == symbol]
    return dict(found)


def test_recorded_gate_replies_go_through_report_refresh(run: Run, csv: Callable[[str], str]) -> None:
    assert run("import", csv(BUY))[0] == 0
    code, out, _ = run("report", "--json", "--refresh")
    row = holding(out, "BTC3L")
    assert code == 0
    assert (row["market_price"], row["nav"], row["nav_source"]) == ("2.46140352", "2.46316141", "venue")
    assert row["effective_leverage"] == "2.2803019447281203"
    assert Decimal(row["premium_ratio"]) == pytest.approx(Decimal("2.46140352") / Decimal("2.46316141") - 1)
    assert Decimal(row["market_value"]) == Decimal("2.46140352") * 1240
    assert Decimal(row["cost_basis"]) == Decimal("2.4614") * 1240 + Decimal("6.10")
    assert Decimal(row["unrealised_pnl"]) == Decimal(row["market_value"]) - Decimal(row["cost_basis"])
    assert isinstance(row["nav_ts_ms"], int)
    assert isinstance(row["market_price_ts_ms"], int)


def test_the_report_has_exactly_the_promised_names(run: Run, csv: Callable[[str], str]) -> None:
    run("import", csv(BUY))
    document = json.loads(run("report", "--json")[1])
    assert {"as_of_ms", "currency", "complete", "totals", "holdings", "problems"} <= document.keys()
    assert {"market_value", "cost_basis", "unrealised_pnl", "realised_pnl", "fees_paid"} <= document["totals"].keys()
    promised = (
        "venue symbol underlying direction target_leverage quantity cost_basis average_cost market_price "
        "market_price_ts_ms nav nav_source nav_ts_ms premium_ratio effective_leverage market_value unrealised_pnl "
        "realised_pnl fees_paid"
    )
    assert set(promised.split()) <= document["holdings"][0].keys()


def test_without_prices_a_figure_is_null_and_the_report_says_it_is_not_complete(
    run: Run, csv: Callable[[str], str]
) -> None:
    run("import", csv(BUY))
    document = json.loads(run("report", "--json")[1])
    row = document["holdings"][0]
    assert [row[name] for name in ("market_price", "nav", "market_value", "unrealised_pnl")] == [None] * 4
    assert document["complete"] is False
    assert document["totals"]["market_value"] == "0"
    assert "price_missing" in {problem["code"] for problem in document["problems"]}


def test_the_last_trade_is_clamped_into_bid_and_ask(run: Run, csv: Callable[[str], str], gate: GateDesk) -> None:
    run("import", csv(BUY))
    ticker = samples.BTC3L_TICKER.replace(b'"last": "2.46140352"', b'"last": "2.9"')
    gate.answers["/spot/tickers"] = (200, b"[" + ticker + b"]")
    assert holding(run("report", "--json", "--refresh")[1], "BTC3L")["market_price"] == "2.477"


def test_a_short_token_has_a_negative_effective_leverage_whatever_sign_the_venue_sends(
    run: Run, csv: Callable[[str], str], gate: GateDesk
) -> None:
    run("import", csv("2026-05-03,buy,gate,ETH3S,1000,0.0012,,,\n"))
    ticker = samples.ETH3S_TICKER.replace(b"-3.31", b"3.31")
    for reply in (ticker, samples.ETH3S_TICKER):
        gate.answers["/spot/tickers"] = (200, b"[" + reply + b"]")
        row = holding(run("report", "--json", "--refresh")[1], "ETH3S")
        assert (row["target_leverage"], row["effective_leverage"], row["direction"]) == ("-3", "-3.31", "short")


@pytest.mark.parametrize("nav", [b'"NaN"', b'"0"', b'"-2.4"', b"NaN", b'"9e99"', b'"246.3"', b"[]", b"true"])
def test_a_nav_that_cannot_be_is_rejected_and_the_last_good_one_stays_with_its_age(
    run: Run, csv: Callable[[str], str], gate: GateDesk, nav: bytes
) -> None:
    run("import", csv(BUY))
    before = holding(run("report", "--json", "--refresh")[1], "BTC3L")
    ticker = samples.BTC3L_TICKER.replace(b'"2.46316141"', nav).replace(b'"2.46140352"', b'"2.46150000"')
    gate.answers["/spot/tickers"] = (200, b"[" + ticker + b"]")
    code, out, _ = run("report", "--json", "--refresh")
    after = holding(out, "BTC3L")
    assert code == 0
    assert (after["nav"], after["nav_ts_ms"]) == (before["nav"], before["nav_ts_ms"])
    assert after["market_price"] == "2.4615"
    assert "nav_rejected" in {problem["code"] for problem in json.loads(out)["problems"]}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (502, b"<html><h1>Bad gateway</h1></html>"),
        (200, b"<html>maintenance</html>"),
        (200, b'[{"currency_pair":"BTC3L_USDT","last":'),
        (200, b""),
        (200, b"{}"),
        (429, b'{"label":"TOO_MANY_REQUESTS","message":"slow down"}'),
        (403, b'{"label":"FORBIDDEN","message":"banned"}'),
    ],
)
def test_a_venue_that_fails_leaves_the_last_figures_and_says_so(
    run: Run, csv: Callable[[str], str], gate: GateDesk, status: int, body: bytes
) -> None:
    run("import", csv(BUY))
    before = holding(run("report", "--json", "--refresh")[1], "BTC3L")
    gate.answers["/spot/tickers"] = (status, body)
    code, out, _ = run("report", "--json", "--refresh")
    assert code == 0
    assert holding(out, "BTC3L") == before
    assert any(problem["code"].startswith("venue_") for problem in json.loads(out)["problems"])


def test_offline_nothing_is_asked_and_the_last_figures_are_shown(
    run: Run, csv: Callable[[str], str], gate: GateDesk
) -> None:
    run("import", csv(BUY))
    before = holding(run("report", "--json", "--refresh")[1], "BTC3L")
    gate.asked.clear()
    code, out, _ = run("--offline", "report", "--json", "--refresh")
    assert code == 0
    assert gate.asked == []
    assert holding(out, "BTC3L") == before


def test_a_bad_row_is_named_by_its_line_and_nothing_is_written(run: Run, csv: Callable[[str], str]) -> None:
    rows = (
        BUY
        + "\n"
        + '2026-05-04,buy,gate,BTC3L,1,1,,,"a note\nover two lines"\n'
        + "2026-05-05,sell,gate,BTC3L,5000,1,,,\n"
    )
    code, out, err = run("import", csv(rows))
    assert code == 2
    assert out == ""
    assert "trades.csv:6: " in err
    assert json.loads(run("report", "--json")[1])["holdings"] == []


def test_rows_already_there_are_recognised_and_can_be_allowed(run: Run, csv: Callable[[str], str]) -> None:
    path = csv(BUY)
    run("import", path)
    code, _, err = run("import", path)
    assert code == 2
    assert "--allow-duplicates" in err
    assert run("import", path, "--allow-duplicates")[0] == 0
    assert holding(run("report", "--json")[1], "BTC3L")["quantity"] == "2480"


def test_identical_rows_within_one_file_are_two_fills(run: Run, csv: Callable[[str], str]) -> None:
    assert run("import", csv(BUY + BUY))[0] == 0
    assert holding(run("report", "--json")[1], "BTC3L")["quantity"] == "2480"


def test_a_dry_run_tells_and_writes_nothing(run: Run, csv: Callable[[str], str]) -> None:
    code, out, _ = run("import", csv(BUY), "--dry-run", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["rows"], told["imported"], told["dry_run"]) == (1, 0, True)
    assert json.loads(run("report", "--json")[1])["holdings"] == []


def test_every_digit_survives_import_and_report(run: Run, csv: Callable[[str], str]) -> None:
    quantity, price = "123456789.123456789012345678", "0.000000000000000001"
    assert run("import", csv(f"2026-05-03,buy,gate,ETH3S,{quantity},{price},,,\n"))[0] == 0
    row = holding(run("report", "--json")[1], "ETH3S")
    assert row["quantity"] == quantity
    assert Decimal(row["cost_basis"]) == Decimal("0.000000000123456789123456789012345678")


def test_export_import_export_is_the_identity(run: Run, csv: Callable[[str], str], tmp_path: Path) -> None:
    rows = BUY + '2026-06-01T00:00:00.123Z,sell,gate,BTC3L,0.5,2.9,0.01,BTC3L,"=SUM(A1), ""quoted"""\n'
    run("import", csv(rows))
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    assert run("export", str(first))[0] == 0
    assert main(["--data-dir", str(tmp_path / "other"), "import", str(first)]) == 0
    assert main(["--data-dir", str(tmp_path / "other"), "export", str(second)]) == 0
    assert first.read_bytes() == second.read_bytes()


def test_backup_then_check_then_a_damaged_file_is_found(run: Run, csv: Callable[[str], str], tmp_path: Path) -> None:
    run("import", csv(BUY))
    copy = tmp_path / "copy.db"
    assert run("backup", str(copy))[0] == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    assert run("backup", str(copy))[0] == 2
    assert run("check")[0] == 0
    database = tmp_path / "data" / "levdesk.db"
    content = bytearray(database.read_bytes())
    content[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    database.write_bytes(content)
    code, _, err = run("check")
    assert code == 1
    assert "damage" in err


def test_doctor_names_what_helps_to_find_a_fault(run: Run, gate: GateDesk) -> None:
    code, out, _ = run("doctor")
    assert code == 0
    for word in ("LevDesk", "Python", "SQLite", "Keyring", "Qt platform", "Database version", gate.url):
        assert word in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "/does/not/exist.csv"),
        ("report", "--portfolio", "Nobody"),
        ("--venue-url", "nobody=http://a", "report", "--refresh"),
    ],
)
def test_a_wrong_call_gets_one_sentence_a_hint_and_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("levdesk: ")
    assert len(err.splitlines()) == 2
    assert "Traceback" not in err


def test_the_demo_reports_eight_lively_holdings_without_any_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--data-dir", str(tmp_path), "--demo", "report", "--json", "--refresh"]
    assert main(arguments) == 0
    first = json.loads(capsys.readouterr().out)
    held = [row for row in first["holdings"] if Decimal(row["quantity"])]
    assert len(held) == 8
    assert {row["direction"] for row in held} == {"long", "short"}
    assert {abs(int(row["target_leverage"])) for row in held} == {2, 3, 5}
    assert first["complete"] is True
    assert all(row["nav_source"] == "venue" for row in held)
    assert (tmp_path / "demo" / "levdesk.db").exists()
    assert not (tmp_path / "levdesk.db").exists()
    assert main(arguments) == 0
    again = json.loads(capsys.readouterr().out)
    assert [row["cost_basis"] for row in again["holdings"]] == [row["cost_basis"] for row in first["holdings"]]


def test_a_ledger_of_a_newer_program_is_refused_with_both_versions(
    run: Run, csv: Callable[[str], str], tmp_path: Path
) -> None:
    import sqlite3
    from contextlib import closing

    run("import", csv(BUY))
    with closing(sqlite3.connect(tmp_path / "data" / "levdesk.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    code, _, err = run("report")
    assert code == 1
    assert "99" in err
    assert "1" in err.replace("99", "")
