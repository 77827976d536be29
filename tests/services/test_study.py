from __future__ import annotations

import json
import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from levdesk.domain.errors import ImportRejected, SettingInvalid, UserError
from levdesk.domain.horizon import Outlook
from levdesk.services.study import outlook, simulate, trigger
from levdesk.services.study_history import StudyInput, study
from levdesk.services.study_inputs import (
    DatedValues,
    parse_ratio,
    parse_rule,
    prices_from_moves,
    read_closes,
    read_financing,
    read_funding,
    read_prices,
)

LOG_KEYS = [
    "leveraged_move",
    "leverage_drift",
    "volatility_decay",
    "funding",
    "management_fee",
    "rebalance_cost",
    "total",
]
MARKS = (100, 102, 99, 105, 103, 101, 104, 108, 110, 104, 101, 99, 100)


# ------------------------------------------------------------------------------------------------ simulate


def test_simulate_has_the_published_figures_under_the_promised_keys() -> None:
    found = simulate(MARKS, parse_rule("daily", 3.0, 3), fee=0.0003, funding=0.0001, cost=0.0006).to_json()
    assert list(found) == ["nav", "log", "ratio", "plain_multiple", "compounding", "resets"]
    assert list(found["log"]) == LOG_KEYS == list(found["ratio"])
    assert f"{found['nav']:.12f}" == "0.983149036422"
    assert f"{found['log']['volatility_decay']:.9f}" == "-0.011827917"
    assert f"{found['ratio']['funding'] * 100:.6f}" == "-0.358236"
    assert found["resets"] == 4
    assert found["plain_multiple"] == 1.0
    assert found["compounding"] == 0.0
    parts = [found["ratio"][key] for key in LOG_KEYS[:-1]]
    assert math.fsum(parts) == pytest.approx(found["nav"] - 1, abs=1e-15)
    assert found["ratio"]["total"] == found["nav"] - 1


@pytest.mark.parametrize(
    ("moves", "leverage", "percent", "plain"),
    [
        ("+10%,+10%,+10%,+10%", 3, "185.61", "139.23"),
        ("-10%,-10%,-10%,-10%", 3, "-75.99", "-103.17"),
        ("+10%,-10%,+10%,-10%", 3, "-17.19", "-5.97"),
        ("+10%,−20%", 2, "-28.00", "-24.00"),
    ],
)
def test_simulate_over_moves(moves: str, leverage: float, percent: str, plain: str) -> None:
    found = simulate(prices_from_moves(moves), parse_rule("daily", leverage)).to_json()
    assert f"{(found['nav'] - 1) * 100:.2f}" == percent
    assert f"{(found['plain_multiple'] - 1) * 100:.2f}" == plain
    assert (found["compounding"] is None) is (found["plain_multiple"] <= 0)


def test_simulate_under_a_band_and_an_emergency() -> None:
    band = simulate(prices_from_moves("-12%"), parse_rule("band:2.25,4.125", 3.0)).to_json()
    assert (band["resets"], round(band["nav"], 12)) == (1, 0.64)
    emergency = simulate(prices_from_moves("-15%,+3%"), parse_rule("daily+emergency:15%", 3.0, 24)).to_json()
    assert emergency["resets"] == 1
    assert emergency["nav"] == pytest.approx(0.55 * 1.09)
    other_way = simulate(prices_from_moves("+15%"), parse_rule("daily+emergency:0.15", 3.0, 24)).to_json()
    assert other_way["resets"] == 0


def test_a_wiped_out_simulation_is_marked_and_has_no_nan() -> None:
    result = simulate(prices_from_moves("+5%,-40%,+50%"), parse_rule("daily", 3.0))
    assert result.wiped_out_row == 2
    found = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert found["nav"] == 0.0
    assert found["ratio"]["total"] == -1.0
    assert found["log"]["total"] is None


# ------------------------------------------------------------------------------------------------- outlook


def test_outlook_gives_the_closed_figures_and_the_simulated_ones() -> None:
    assumed = Outlook(leverage=3.0, volatility=0.04, days=30, fee=0.0003, funding=0.0001)
    found = outlook(assumed, parse_rule("daily", 3.0), paths=50_000).to_json()
    assert list(found) == [
        "loss_probability",
        "median_ratio",
        "mean_ratio",
        "breakeven_move_ratio",
        "half_life_days",
        "decay_per_day",
        "monte_carlo",
    ]
    assert f"{found['loss_probability']:.6f}" == "0.649291"
    assert f"{found['median_ratio']:.6f}" == "0.777245"
    assert f"{found['breakeven_move_ratio']:.6f}" == "0.061837"
    assert found["decay_per_day"] == pytest.approx(0.0048)
    simulated = found["monte_carlo"]
    assert list(simulated) == ["loss_probability", "median_ratio", "mean_ratio"]
    assert simulated["loss_probability"] == pytest.approx(0.6456, abs=0.012)
    assert simulated["median_ratio"] == pytest.approx(0.7813, abs=0.012)


def test_outlook_follows_the_rule_and_the_seed() -> None:
    assumed = Outlook(leverage=3.0, volatility=0.04, days=20)
    daily, band = (outlook(assumed, parse_rule(rule, 3.0), paths=2000) for rule in ("daily", "band:2,4"))
    # A band trades less and so decays less.
    assert band.simulated.median_ratio > daily.simulated.median_ratio
    again = outlook(assumed, parse_rule("band:2,4", 3.0), paths=2000)
    assert again.to_json() == band.to_json()
    emergency = outlook(assumed, parse_rule("daily+emergency:0.1", 3.0), paths=2000)
    assert emergency.simulated.rebalances > daily.simulated.rebalances
    assert json.dumps(outlook(Outlook(leverage=1.0, volatility=0.0, days=1), parse_rule("daily", 1.0)).to_json())


# ------------------------------------------------------------------------------------------------- trigger


def test_trigger_starts_from_the_target_unless_told() -> None:
    assert trigger(3.0, 4.0).to_json() == {"move_ratio": pytest.approx(-1 / 9), "nav_factor": pytest.approx(2 / 3)}
    live = trigger(-3.0, -4.0, -3.5)
    assert live.move_ratio == pytest.approx((-4 + 3.5) / (-3.5 * 5))
    with pytest.raises(SettingInvalid):
        trigger(3.0, -4.0)


# --------------------------------------------------------------------------------------------------- study


def read_pair(shared_data: Path, underlying: str, token: str) -> tuple[DatedValues, DatedValues]:
    return tuple(read_prices((shared_data / name).read_text(), name) for name in (underlying, token))  # type: ignore[return-value]


def test_study_of_tqqq_year_by_year(shared_data: Path) -> None:
    underlying, token = read_pair(shared_data, "letf_daily/QQQ.csv", "letf_daily/TQQQ.csv")
    rates = read_financing((shared_data / "rates/DFF.csv").read_text(), "DFF.csv")
    given = StudyInput(
        underlying=underlying, token=token, leverage=3.0, fee_per_year=0.0086, financing=rates, spread=0.004
    )
    result = study(given)
    found = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert list(found) == ["years", "merges", "tracking_error_daily", "total"]
    years = {row["year"]: row for row in found["years"]}
    assert list(years) == list(range(2010, 2026))
    assert list(years[2018]) == ["year", "underlying_ratio", "token_ratio", "log"]
    assert list(years[2018]["log"]) == [*LOG_KEYS[:-1], "residual", "total"]
    assert f"{years[2018]['underlying_ratio'] * 100:.2f} {years[2018]['token_ratio'] * 100:.2f}" == "-0.13 -19.79"
    assert years[2018]["log"]["volatility_decay"] * 100 == pytest.approx(-15.82, abs=0.005)
    assert years[2018]["log"]["funding"] * 100 == pytest.approx(-4.49, abs=0.005)
    assert years[2020]["log"]["total"] * 100 == pytest.approx(74.22, abs=0.005)
    assert found["merges"] == []
    assert found["tracking_error_daily"] * 1e4 == pytest.approx(19.2, abs=0.1)
    chained = math.prod(1 + row["token_ratio"] for row in found["years"])
    assert chained == pytest.approx(1 + found["total"]["token_ratio"])
    logs = [row["log"] for row in found["years"]]
    for key in (*LOG_KEYS, "residual"):
        assert math.fsum(row[key] for row in logs) == pytest.approx(found["total"]["log"][key], abs=1e-9)
    assert result.problems == ()


def test_study_of_a_token_with_merges_funding_and_a_day_no_model_survives(shared_data: Path) -> None:
    underlying, token = read_pair(shared_data, "crypto_daily/BNBUSDT.csv", "crypto_daily/BNBDOWNUSDT.csv")
    name = "funding/binance_BTCUSDT_funding_daily_mean.csv"
    funding = read_funding((shared_data / name).read_text(), name)
    result = study(StudyInput(underlying=underlying, token=token, leverage=-3.0, fee_per_year=0.036, funding=funding))
    found = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert found["merges"] == [{"date": "2021-04-14", "factor": 100_000.0}]
    assert [row["year"] for row in found["years"]] == [2021, 2022]
    assert found["total"]["log"]["funding"] > 0  # a short received it
    assert "reset_impossible" in {problem.code for problem in result.problems}
    assert found["total"]["token_ratio"] < -0.9


def test_daily_funding_is_three_times_the_mean_of_a_days_settlements(shared_data: Path) -> None:
    name = "funding/binance_BTCUSDT_funding_daily_mean.csv"
    found = read_funding((shared_data / name).read_text(), name)
    assert found.days[0] == date(2019, 9, 10)
    assert found.values[0] == pytest.approx(3e-4)
    hourly = "funding/ftx_BTC-PERP_funding_hourly.csv"
    summed = read_funding((shared_data / hourly).read_text(), hourly)
    assert summed.days[0] == date(2020, 12, 31)
    assert len(summed.days) < 600


def days_of(count: int, start: date = date(2024, 1, 1)) -> tuple[date, ...]:
    return tuple(start + timedelta(days=day) for day in range(count))


def test_a_modelled_token_leaves_no_residual_and_each_charge_is_where_it_belongs() -> None:
    rng = np.random.default_rng(8)
    prices = 100 * np.exp(np.cumsum(rng.normal(scale=0.02, size=300)))
    move = prices[1:] / prices[:-1] - 1
    charge = 2 * (0.05 + 0.004) / 365.25
    fund = np.cumprod([1.0, *(1 + 3 * move - 0.0086 / 252 - charge)])
    days = days_of(300)
    given = StudyInput(
        underlying=DatedValues(days=days, values=tuple(prices.tolist())),
        token=DatedValues(days=days, values=tuple(fund.tolist())),
        leverage=3.0,
        fee_per_year=0.0086,
        financing=DatedValues(days=(date(2020, 1, 1),), values=(0.05,)),
        spread=0.004,
    )
    terms = study(given).total.terms
    assert terms.residual == pytest.approx(0.0, abs=1e-12)
    assert terms.funding == pytest.approx(-charge * 299, rel=0.02)
    assert terms.management_fee == pytest.approx(-0.0086 / 252 * 299, rel=0.02)
    assert study(given).tracking_error_daily == pytest.approx(0.0, abs=1e-12)


def test_days_that_one_file_lacks_are_left_out_and_said() -> None:
    days = days_of(40)
    token = DatedValues(days=days, values=tuple(1.0 + 0.01 * day for day in range(40)), source="t.csv")
    sparse = tuple(day for day in days if not 10 < day.day < 25 or day.month > 1)
    underlying = DatedValues(days=sparse, values=tuple(100.0 + day for day in range(len(sparse))), source="u.csv")
    funding = DatedValues(days=days[:20], values=(0.0001,) * 20, source="f.csv")
    result = study(StudyInput(underlying=underlying, token=token, leverage=3.0, funding=funding))
    assert [problem.code for problem in result.problems] == ["prices_missing", "gap", "funding_missing"]
    assert "14 days" in result.problems[0].message
    assert "20 days" in result.problems[2].message


def test_files_without_a_common_stretch_are_refused() -> None:
    days = days_of(3)
    token = DatedValues(days=days, values=(1.0, 1.1, 1.2), source="t.csv")
    elsewhere = DatedValues(days=days_of(3, date(2020, 1, 1)), values=(1.0, 1.1, 1.2), source="u.csv")
    with pytest.raises(SettingInvalid, match="in common"):
        study(StudyInput(underlying=elsewhere, token=token, leverage=3.0))
    late = DatedValues(days=(date(2024, 1, 2),), values=(0.05,), source="r.csv")
    with pytest.raises(SettingInvalid, match=r"r\.csv begins after"):
        study(StudyInput(underlying=token, token=token, leverage=3.0, financing=late))


# -------------------------------------------------------------------------------------------------- inputs


def test_prices_prefer_the_adjusted_close_and_rates_carry_over_holidays() -> None:
    assert read_prices("date,close,adj_close\n2024-01-02,10,9\n\n2024-01-03,11,9.9\n", "p").values == (9.0, 9.9)
    assert read_prices("\ufeffDate,Close\n2024-01-02,10\n", "p").values == (10.0,)
    assert read_closes("close\n1\n1.1\n", "c") == (1.0, 1.1)
    assert read_closes("datetime,close\n2024-01-01 00:00,1\n2024-01-01 01:00,2\n", "c") == (1.0, 2.0)
    rates = read_financing("observation_date,DFF\n2024-01-01,.\n2024-01-02,5.33\n2024-01-03,\n", "r")
    assert rates.days == (date(2024, 1, 2),)
    assert rates.values == pytest.approx((0.0533,))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,close\n2024-01-02,1\n2024-01-01,2\n", "line 3.*does not come after"),
        ("date,close\n2024-01-02,1\n2024-01-02,2\n", "line 3.*does not come after"),
        ("date,close\n2024-01-02 01:00,1\n2024-01-02 02:00,2\n", "line 3.*two rows for 2024-01-02"),
        ("date,close\n2024-01-02,-1\n", "line 2.*not above zero"),
        ("date,close\n2024-01-02,0\n", "line 2.*not above zero"),
        ("date,close\n2024-01-02,nan\n", "line 2.*not a number"),
        ("date,close\n2024-01-02\n", "line 2: 1 of 2 columns"),
        ("date,close\nyesterday,1\n", "line 2.*not a date"),
        ("when,price\n2024-01-02,1\n", "columns that are needed"),
        ("date,close\n", "no rows"),
        ("", "columns that are needed"),
    ],
)
def test_a_bad_price_file_is_refused_by_line_and_reason(text: str, message: str) -> None:
    with pytest.raises(ImportRejected, match=message):
        read_prices(text, "prices.csv")


def test_other_bad_files() -> None:
    with pytest.raises(ImportRejected, match="columns"):
        read_closes("date,price\n2024-01-01,1\n", "c.csv")
    with pytest.raises(ImportRejected, match="come after"):
        read_closes("date,close\n2024-01-02,1\n2024-01-01,1\n", "c.csv")
    with pytest.raises(ImportRejected, match="not a number"):
        read_financing("date,rate\n2024-01-01,five\n", "r.csv")
    with pytest.raises(ImportRejected, match="columns"):
        read_funding("rate\n1\n", "f.csv")


@pytest.mark.parametrize(
    "text", ["weekly", "band:2", "band:2,4,5", "band:4,2", "band:a,b", "daily+emergency", "daily:3"]
)
def test_a_rule_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_rule(text, 3.0)


def test_numbers_as_people_write_them() -> None:
    assert parse_ratio("+10 %") == pytest.approx(0.1)
    assert parse_ratio("−0.25") == -0.25
    for wrong in ("", "ten", "nan", "1e999"):
        with pytest.raises(SettingInvalid):
            parse_ratio(wrong)
    with pytest.raises(SettingInvalid, match="leaves no price"):
        prices_from_moves("+10%,-100%")
