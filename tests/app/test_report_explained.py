"""`report` explains each holding: real main(), real files, the demo's market and recorded replies on loopback."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from levdesk.app.main import main
from tests.app.gate_desk import GateDesk, gate_desk
from tests.venues.samples import gate as samples

HEADER = "time,type,venue,symbol,quantity,price,fee,fee_currency,note\n"
BUY = "2026-05-03T09:30:00Z,buy,gate,BTC3L,1240,2.4614,6.10,,first lot\n"


@pytest.fixture
def gate() -> Iterator[GateDesk]:
    with gate_desk() as desk:
        yield desk


def held(report: str) -> list[dict[str, Any]]:
    return [row for row in json.loads(report)["holdings"] if Decimal(row["quantity"])]


def test_the_demo_is_explained_with_refresh_and_then_from_what_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--data-dir", str(tmp_path), "--demo", "report"]
    assert main([*common, "--json", "--refresh"]) == 0
    fresh = held(capsys.readouterr().out)
    assert len(fresh) == 8
    for row in fresh:
        parts = {name: Decimal(part["money"]) for name, part in row["attribution"].items()}
        total = parts.pop("total")
        assert total == sum(parts.values()) == Decimal(row["realised_pnl"]) + Decimal(row["unrealised_pnl"])
        assert parts["volatility_decay"] < 0
        assert parts["management_fee"] < 0
        # Nothing comes out of the costs but what the terms say.
        paid = ("funding", "management_fee", "rebalance_cost", "trading_fees")
        assert Decimal(row["costs"]["paid"]) == -sum(parts[name] for name in paid)
        assert -parts["trading_fees"] <= Decimal(row["fees_paid"])
        assert Decimal(row["costs"]["per_day"]) > 0
        assert Decimal(row["rebalance"]["lower_move_ratio"]) < 0 < Decimal(row["rebalance"]["upper_move_ratio"])
        assert row["rebalance"]["assumed"] is True
        assert 0 < Decimal(row["outlook"]["loss_probability"]) < 1
        assert row["outlook"]["horizon_days"] == 30
        brought = row["symbol"] == "XRP2L"  # came in at a cost of weeks before
        limit = Decimal(row["cost_basis"]) * (1 if brought else Decimal("0.06"))
        assert abs(parts["residual"]) < limit, row["symbol"]
    assert main([*common, "--json"]) == 0
    stored = held(capsys.readouterr().out)
    assert [row["symbol"] for row in stored if row["attribution"] is None] == []
    assert main(common) == 0
    told = capsys.readouterr().out
    assert told.count("Your ") == 8
    assert "volatility decay" in told


def test_without_any_history_only_the_next_rebalance_is_told_and_numpy_stays_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gate: GateDesk
) -> None:
    import subprocess

    path = tmp_path / "trades.csv"
    path.write_text(HEADER + BUY, encoding="utf-8")
    common = ["--data-dir", str(tmp_path / "data"), *gate.arguments]
    assert main([*common, "import", str(path)]) == 0
    assert main([*common, "report", "--json", "--refresh"]) == 0
    (row,) = held(capsys.readouterr().out.split("\n", 1)[1])
    assert [row[name] for name in ("attribution", "costs", "outlook")] == [None, None, None]
    assert Decimal(row["rebalance"]["lower_move_ratio"]) < 0
    assert row["rebalance"]["rule"]
    program = (
        "import sys\n"
        "from levdesk.app.main import main\n"
        "code = main(sys.argv[1:])\n"
        "sys.exit(code or ('numpy' in sys.modules and 9))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *common, "--offline", "report", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 0, done.stderr


def test_a_nav_the_venue_does_not_give_is_estimated_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gate: GateDesk
) -> None:
    path = tmp_path / "trades.csv"
    path.write_text(HEADER + BUY, encoding="utf-8")
    common = ["--data-dir", str(tmp_path / "data"), *gate.arguments]
    assert main([*common, "import", str(path)]) == 0
    ticker = json.loads(samples.BTC3L_TICKER)
    ticker |= {"etf_net_value": None, "etf_leverage": "2.97561"}
    gate.answers["/spot/tickers"] = (200, json.dumps([ticker]).encode())
    capsys.readouterr()
    assert main([*common, "report", "--json", "--refresh"]) == 0
    (row,) = held(capsys.readouterr().out)
    leverage = Decimal(ticker["etf_leverage"])
    assert row["nav_source"] == "estimate"
    assert Decimal(row["nav"]) == pytest.approx(
        Decimal(ticker["etf_pre_net_value"]) * 2 / (leverage - 1), rel=Decimal("1e-9")
    )
    assert row["premium_ratio"] is not None
    # The venue's own figure takes its place as soon as it is there again.
    gate.answers["/spot/tickers"] = (200, b"[" + samples.BTC3L_TICKER + b"]")
    assert main([*common, "report", "--json", "--refresh"]) == 0
    (row,) = held(capsys.readouterr().out)
    assert (row["nav_source"], row["nav"]) == ("venue", "2.46316141")


def test_an_estimate_that_the_price_contradicts_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gate: GateDesk
) -> None:
    """The recorded ticker is of a time when 3L aimed at 2.3: under today's rule its leverage tells another NAV."""
    path = tmp_path / "trades.csv"
    path.write_text(HEADER + BUY, encoding="utf-8")
    common = ["--data-dir", str(tmp_path / "data"), *gate.arguments]
    assert main([*common, "import", str(path)]) == 0
    ticker = json.loads(samples.BTC3L_TICKER) | {"etf_net_value": None}
    gate.answers["/spot/tickers"] = (200, json.dumps([ticker]).encode())
    capsys.readouterr()
    assert main([*common, "report", "--json", "--refresh"]) == 0
    (row,) = held(capsys.readouterr().out)
    assert (row["nav"], row["nav_source"]) == (None, None)


def test_a_venue_that_stops_answering_costs_no_explanation_that_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--data-dir", str(tmp_path), "--demo"]
    assert main([*common, "report", "--json", "--refresh"]) == 0
    capsys.readouterr()
    dead = ["--offline", "report", "--json", "--refresh"]
    assert main([*common, *dead]) == 0
    document = json.loads(capsys.readouterr().out)
    rows = [row for row in document["holdings"] if Decimal(row["quantity"])]
    assert all(row["attribution"] is not None for row in rows)
    assert document["problems"]
