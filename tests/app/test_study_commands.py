"""The study commands as a script calls them, held to the worked numbers of the published mathematics."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from levdesk.app.main import main

MARKS = (100, 102, 99, 105, 103, 101, 104, 108, 110, 104, 101, 99, 100)
TERMS = ["leveraged_move", "leverage_drift", "volatility_decay", "funding", "management_fee", "rebalance_cost"]

Ask = Callable[..., Any]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], own_home: Path) -> Ask:
    """Run a command with --json; its parsed answer. Nothing may be left in the person's home."""

    def call(*arguments: str) -> Any:
        assert main([*arguments, "--json"]) == 0
        assert not own_home.exists()
        return json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def marks(tmp_path: Path) -> str:
    path = tmp_path / "marks.csv"
    path.write_text("close\n" + "\n".join(map(str, MARKS)) + "\n", encoding="utf-8")
    return str(path)


# -- simulate ----------------------------------------------------------------------------------------------------


def test_example_f_to_the_printed_digits(ask: Ask, marks: str) -> None:
    costs = ["--every", "3", "--fee", "0.0003", "--funding", "0.0001", "--cost", "0.0006"]
    found = ask("simulate", "--leverage", "3", "--prices", marks, *costs)
    assert list(found) == ["nav", "log", "ratio", "plain_multiple", "compounding", "resets"]
    assert list(found["log"]) == list(found["ratio"]) == [*TERMS, "total"]
    assert f"{found['nav']:.12f}" == "0.983149036422"
    assert found["log"]["leveraged_move"] == 0.0
    logs = {name: f"{found['log'][name]:.9f}" for name in TERMS[2:]}
    assert logs == {
        "volatility_decay": "-0.011827917",
        "funding": "-0.003612890",
        "management_fee": "-0.001200180",
        "rebalance_cost": "-0.000353570",
    }
    assert f"{found['log']['total']:.9f}" == "-0.016994556"
    ratios = {name: f"{found['ratio'][name] * 100:.6f}" for name in TERMS[2:]}
    assert ratios == {
        "volatility_decay": "-1.172798",
        "funding": "-0.358236",
        "management_fee": "-0.119004",
        "rebalance_cost": "-0.035058",
    }
    assert found["resets"] == 4


@pytest.mark.parametrize(
    ("leverage", "nav", "decay"), [("3", "0.945455", "-0.056089"), ("-3", "0.890909", "-0.115513")]
)
def test_example_a_a_round_trip(ask: Ask, leverage: str, nav: str, decay: str) -> None:
    found = ask("simulate", "--leverage", leverage, "--moves=+10%,-9.0909090909%")
    assert f"{found['nav']:.6f}" == nav
    assert f"{found['log']['volatility_decay']:.6f}" == decay


@pytest.mark.parametrize(
    ("leverage", "moves", "percent", "plain", "compounding"),
    [
        ("3", "+10%,+10%,+10%,+10%", "185.61", "139.23", "0.271467"),
        ("3", "-10%,-10%,-10%,-10%", "-75.99", "-103.17", None),
        ("3", "+10%,-10%,+10%,-10%", "-17.19", "-5.97", "0.001254"),
        ("2", "+10%,-20%", "-28.00", "-24.00", "0.018770"),
    ],
)
def test_examples_b_to_e(
    ask: Ask, leverage: str, moves: str, percent: str, plain: str, compounding: str | None
) -> None:
    found = ask("simulate", "--leverage", leverage, f"--moves={moves}")
    assert f"{(found['nav'] - 1) * 100:.2f}" == percent
    assert f"{(found['plain_multiple'] - 1) * 100:.2f}" == plain
    told = None if found["compounding"] is None else f"{found['compounding']:.6f}"
    assert told == compounding


def test_rules_and_their_triggers(ask: Ask) -> None:
    band = ask("simulate", "--leverage", "3", "--moves=-12%,+5%", "--rule", "band:2.25,4.125")
    assert (band["resets"], f"{band['nav']:.6f}") == (1, f"{0.64 * 1.15:.6f}")
    emergency = ["--rule", "daily+emergency:15%", "--every", "100"]
    assert ask("simulate", "--leverage", "-3", "--moves=+15%", *emergency)["resets"] == 1
    assert ask("simulate", "--leverage", "-3", "--moves=-15%", *emergency)["resets"] == 0


def test_a_token_that_lost_everything_is_marked_and_never_nan(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    found = ask("simulate", "--leverage", "3", "--moves=-40%,+50%")
    assert found["nav"] == 0.0
    assert found["ratio"]["total"] == -1.0
    assert set(found["log"].values()) == {None}
    assert main(["simulate", "--leverage", "3", "--moves=-40%,+50%"]) == 0
    told = capsys.readouterr().out
    assert "wiped out" in told
    assert "nan" not in told.lower()


# -- outlook -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leverage", "volatility", "printed"),
    [
        ("3", "0.02", "288.81 2.4290 0.607904 0.913931 0.964640"),
        ("3", "4%", "115.52 6.1837 0.649291 0.777245 0.964640"),
        ("2", "0.04", "277.26 3.8212 0.610533 0.884264 0.973361"),
        ("-1", "0.04", "433.22 -4.6866 0.543615 0.976286 1.000000"),
        ("-3", "0.02", "385.08 -1.7839 0.543615 0.964640 1.018163"),
        ("-3", "0.04", "77.02 -8.6069 0.618387 0.820370 1.018163"),
    ],
)
def test_the_table_of_the_closed_form(ask: Ask, leverage: str, volatility: str, printed: str) -> None:
    costs = ["--days", "30", "--fee", "0.0003", "--funding", "0.0001", "--paths", "100"]
    found = ask("outlook", "--leverage", leverage, "--volatility", volatility, *costs)
    figures = [f"{found['half_life_days']:.2f}", f"{found['breakeven_move_ratio'] * 100:.4f}"]
    figures += [f"{found[name]:.6f}" for name in ("loss_probability", "median_ratio", "mean_ratio")]
    assert " ".join(figures) == printed


def test_the_simulation_beside_it_is_seeded_and_close_to_the_published_one(ask: Ask) -> None:
    call = ["outlook", "--leverage", "3", "--volatility", "0.04", "--days", "30", "--fee", "0.0003"]
    call += ["--funding", "0.0001", "--paths", "40000"]
    found = ask(*call, "--seed", "5")
    simulated = found["monte_carlo"]
    assert simulated["loss_probability"] == pytest.approx(0.6456, abs=0.008)
    assert simulated["median_ratio"] == pytest.approx(0.7813, abs=0.012)
    assert simulated["mean_ratio"] == pytest.approx(0.9656, abs=0.02)
    assert ask(*call, "--seed", "5") == found
    assert ask(*call, "--seed", "6") != found
    assert ask(*call, "--seed", "5", "--rule", "band:2,4")["monte_carlo"] != simulated


# -- trigger -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leverage", "to", "percent", "factor"),
    [
        ("3", "4", "-11.1111", "0.666667"),
        ("3", "2", "33.3333", "2.000000"),
        ("-3", "-4", "6.6667", "0.800000"),
        ("-3", "-5", "11.1111", "0.666667"),
        ("-3", "-2", "-11.1111", "1.333333"),
        ("-1", "-4", "60.0000", "0.400000"),
        ("3", "4.125", "-12.0000", "0.640000"),
        ("-3", "-2.25", "-7.6923", "1.230769"),
        ("3", "3.2", "-3.0303", "0.909091"),
        ("2.3", "1.8", "27.1739", "1.625000"),
    ],
)
def test_the_table_of_triggers(ask: Ask, leverage: str, to: str, percent: str, factor: str) -> None:
    found = ask("trigger", "--leverage", leverage, "--to", to)
    assert list(found) == ["move_ratio", "nav_factor"]
    assert f"{found['move_ratio'] * 100:.4f}" == percent
    assert f"{found['nav_factor']:.6f}" == factor


def test_a_trigger_from_where_the_leverage_is_now(ask: Ask) -> None:
    found = ask("trigger", "--leverage", "3", "--to", "4", "--from", "3.5")
    assert found["move_ratio"] == pytest.approx((4 - 3.5) / (3.5 * (1 - 4)))


# -- study -------------------------------------------------------------------------------------------------------


def test_a_study_of_tqqq_is_the_published_table(ask: Ask, shared_data: Path) -> None:
    files = [
        "--underlying",
        str(shared_data / "letf_daily/QQQ.csv"),
        "--token",
        str(shared_data / "letf_daily/TQQQ.csv"),
    ]
    rates = ["--financing", str(shared_data / "rates/DFF.csv"), "--spread", "0.004"]
    found = ask("study", *files, "--leverage", "3", "--fee-per-year", "0.0086", *rates)
    assert list(found) == ["years", "merges", "tracking_error_daily", "total"]
    assert found["merges"] == []
    assert found["tracking_error_daily"] * 10_000 == pytest.approx(19.2, abs=0.3)
    by_year = {row["year"]: row for row in found["years"]}
    published = {
        2018: (-0.13, -19.79, -0.38, -15.82, -4.49, -22.05),
        2020: (48.41, 110.05, 118.43, -40.42, -1.57, 74.22),
        2024: (25.58, 58.27, 68.33, -9.84, -11.17, 45.91),
    }
    for year, (underlying, token, move, decay, financing, total) in published.items():
        row = by_year[year]
        assert list(row["log"]) == [*TERMS, "residual", "total"]
        assert row["underlying_ratio"] * 100 == pytest.approx(underlying, abs=0.006)
        assert row["token_ratio"] * 100 == pytest.approx(token, abs=0.006)
        logs = {name: value * 100 for name, value in row["log"].items()}
        assert logs["leveraged_move"] == pytest.approx(move, abs=0.02)
        assert logs["volatility_decay"] == pytest.approx(decay, abs=0.01)
        assert logs["funding"] == pytest.approx(financing, abs=0.02)
        # 1/252 of a year on 251 or 252 rows; the published figure counts a little more.
        assert logs["management_fee"] == pytest.approx(-0.87, abs=0.015)
        assert logs["total"] == pytest.approx(total, abs=0.006)
        assert sum(logs[name] for name in [*TERMS, "residual"]) == pytest.approx(logs["total"], abs=1e-9)


def test_the_eight_merges_are_found_and_none_is_invented(ask: Ask, shared_data: Path) -> None:
    folder = shared_data / "crypto_daily"
    merges = 0
    for token in sorted(folder.glob("*DOWNUSDT.csv")):
        coin = token.name.replace("DOWN", "")
        found = ask("study", "--underlying", str(folder / coin), "--token", str(token), "--leverage", "-2")
        merges += len(found["merges"])
        assert all(merge["factor"] >= 10 for merge in found["merges"])
        up = token.name.replace("DOWN", "UP")
        risen = ask("study", "--underlying", str(folder / coin), "--token", str(folder / up), "--leverage", "2")
        assert risen["merges"] == []
    assert merges == 8


# -- wrong calls -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", "--leverage", "0", "--moves=+1%"),
        ("simulate", "--leverage", "nan", "--moves=+1%"),
        ("simulate", "--leverage", "three", "--moves=+1%"),
        ("simulate", "--leverage", "3", "--moves=+1%,x"),
        ("simulate", "--leverage", "3", "--moves=-100%"),
        ("simulate", "--leverage", "3", "--moves=+1%", "--rule", "weekly"),
        ("simulate", "--leverage", "3", "--moves=+1%", "--rule", "band:3,4"),
        ("simulate", "--leverage", "1", "--moves=+1%", "--rule", "band:0.5,2"),
        ("simulate", "--leverage", "3", "--moves=+1%", "--every", "0"),
        ("simulate", "--leverage", "3", "--moves=+1%", "--fee", "2"),
        ("simulate", "--leverage", "3", "--moves=+1%", "--funding", "7"),
        ("simulate", "--leverage", "3", "--moves=+1%", "--cost", "-1"),
        ("simulate", "--leverage", "3", "--prices", "nowhere.csv"),
        ("outlook", "--leverage", "3", "--volatility", "-1", "--days", "30"),
        ("outlook", "--leverage", "3", "--volatility", "0.04", "--days", "0"),
        ("outlook", "--leverage", "3", "--volatility", "40", "--days", "30"),
        ("outlook", "--leverage", "0.1", "--volatility", "0", "--days", "100", "--fee", "0.9"),
        ("outlook", "--leverage", "3", "--volatility", "0.04", "--days", "30", "--paths", "many"),
        ("outlook", "--leverage", "3", "--volatility", "0.04", "--days", "3000", "--paths", "999999999"),
        ("trigger", "--leverage", "1", "--to", "2"),
        ("trigger", "--leverage", "3", "--to", "-4"),
        ("trigger", "--leverage", "3", "--to", "1"),
        ("study", "--leverage", "3", "--underlying", "nowhere.csv", "--token", "nowhere.csv"),
    ],
)
def test_a_wrong_call_gets_one_sentence_a_hint_and_exit_code_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], own_home: Path
) -> None:
    assert main([*arguments, "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("levdesk: ")
    assert len(printed.err.splitlines()) <= 2
    assert not own_home.exists()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("close\n", "no rows"),
        ("price\n1\n", "columns"),
        ("close\n1\n-2\n", "above zero"),
        ("close\n1\nnan\n", "number"),
        ("date,close\n2024-01-02,1\n2024-01-01,2\n", "line 3"),
        ("date,close\n2024-01-02,1\n2024-01-02,2\n", "line 3"),
        ("date,close\n2024-01-02\n", "line 2"),
        ("close\n\u00e4\n", "number"),
    ],
)
def test_a_bad_price_file_is_refused_in_words(
    content: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(content, encoding="utf-8")
    assert main(["simulate", "--leverage", "3", "--prices", str(path)]) == 2
    assert word in capsys.readouterr().err


def test_a_file_that_is_no_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes(b"close\n\xff\xfe\n")
    assert main(["simulate", "--leverage", "3", "--prices", str(path)]) == 2
    path.write_text("close\n" + "1" * 200_000 + "\n", encoding="utf-8")
    assert main(["simulate", "--leverage", "3", "--prices", str(path)]) == 2
    assert "CSV" in capsys.readouterr().err


def test_the_call_itself_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["simulate", "--leverage", "3"],
        ["trigger", "--to", "4"],
        ["simulate", "--leverage", "3", "--x"],
    ):
        assert main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_people_get_a_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--data-dir", str(tmp_path / "data"), "simulate", "--leverage", "3", "--moves=+10%,-10%"]) == 0
    assert "volatility decay" in capsys.readouterr().out
    assert not (tmp_path / "data").exists()
    assert main(["outlook", "--leverage", "-1", "--volatility", "0.01", "--days", "5", "--paths", "50"]) == 0
    assert "not a forecast" in capsys.readouterr().out
    assert main(["trigger", "--leverage", "3", "--to", "4"]) == 0
    assert capsys.readouterr().out == "Move of the underlying -11.1111%, NAV times 0.666667 there\n"
    token, coin = tmp_path / "t.csv", tmp_path / "u.csv"
    coin.write_text("date,close\n2024-01-01,100\n2024-01-02,110\n2024-01-03,99\n", encoding="utf-8")
    token.write_text("date,close\n2024-01-01,1\n2024-01-02,1.3\n2024-01-03,0.91\n", encoding="utf-8")
    assert main(["study", "--leverage", "3", "--underlying", str(coin), "--token", str(token)]) == 0
    assert "2024" in capsys.readouterr().out
