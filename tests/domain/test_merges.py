from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from levdesk.domain.basket import BasketRule
from levdesk.domain.basket_path import run_basket
from levdesk.domain.basket_tape import Floats
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.implied import implied_leverage
from levdesk.domain.merges import find_merges, in_present_units
from tests.domain.recorded import paired, series

COINS = ("BTC", "ETH", "BNB", "XRP", "ADA", "LINK", "DOT", "TRX")
KNOWN = {
    "ETHDOWN": [("2021-07-09", 1e5)],
    "BNBDOWN": [("2021-04-14", 1e5)],
    "XRPDOWN": [("2021-04-08", 1e4)],
    "ADADOWN": [("2021-04-08", 1e4)],
    "LINKDOWN": [("2021-04-08", 1e4)],
    "DOTDOWN": [("2021-04-07", 1e4), ("2021-10-22", 1e5)],
    "TRXDOWN": [("2021-09-14", 1e5)],
}


def blvt(shared_data: Path, token: str) -> tuple[list[str], Floats, Floats]:
    coin = token.removesuffix("DOWN").removesuffix("UP")
    folder = shared_data / "crypto_daily"
    return paired(series(folder / f"{coin}USDT.csv", "close"), series(folder / f"{token}USDT.csv", "close"))


@pytest.mark.parametrize("coin", COINS)
@pytest.mark.parametrize(("side", "target"), [("UP", 3.0), ("DOWN", -3.0)])
@pytest.mark.parametrize("guess", [1.0, 0.7])
def test_the_eight_real_merges_are_found_and_none_is_invented(
    shared_data: Path, coin: str, side: str, target: float, guess: float
) -> None:
    dates, underlying, token = blvt(shared_data, coin + side)
    found = find_merges(token, underlying, target * guess)
    assert [(dates[merge.row], merge.factor) for merge in found] == KNOWN.get(coin + side, [])


def test_no_merge_is_invented_on_twenty_years_of_funds(shared_data: Path) -> None:
    folder = shared_data / "letf_daily"
    for fund, base, target in (
        ("TQQQ", "QQQ", 3),
        ("SQQQ", "QQQ", -3),
        ("QLD", "QQQ", 2),
        ("SSO", "SPY", 2),
        ("UPRO", "SPY", 3),
    ):
        _, underlying, token = paired(
            series(folder / f"{base}.csv", "adj_close"), series(folder / f"{fund}.csv", "adj_close")
        )
        assert find_merges(token, underlying, target) == ()


@pytest.mark.parametrize("factor", [10.0, 100.0, 1000.0, 0.1, 0.01])
@pytest.mark.parametrize("target", [3.0, -3.0])
def test_a_merge_or_split_put_into_a_modelled_token_is_found_and_taken_out(factor: float, target: float) -> None:
    rng = np.random.default_rng(4)
    underlying = 100 * np.exp(np.cumsum(rng.normal(scale=0.02, size=120)))
    clean = run_basket(underlying, BasketRule(target=target, every_rows=1)).nav_rows()
    merged = clean.copy()
    merged[60:] *= factor
    found = find_merges(merged, underlying, target)
    assert [(merge.row, merge.factor) for merge in found] == [(60, factor)]
    assert found[0].market_ratio == pytest.approx(clean[60] / clean[59])
    np.testing.assert_allclose(in_present_units(merged, found) / factor, clean, rtol=1e-12)


def test_a_crash_is_no_split() -> None:
    underlying = np.array([100.0, 101.0, 70.0, 71.0])
    token = np.array([1.0, 1.03, 0.09, 0.094])
    assert find_merges(token, underlying, 3.0) == ()
    assert find_merges(token, underlying, -3.0) == ()


def test_lengths_must_fit() -> None:
    with pytest.raises(SettingInvalid, match="2 token prices for 3"):
        find_merges(np.ones(2), np.ones(3), 3.0)
    with pytest.raises(SettingInvalid):
        find_merges(np.ones(2), np.ones(2), 0.0)


# ---------------------------------------------------------------------------------------- implied leverage


def test_bitcoin_ups_hidden_leverage_stays_in_its_published_range(shared_data: Path) -> None:
    _, underlying, token = blvt(shared_data, "BTCUP")
    found = implied_leverage(token, underlying)
    inside = (found.leverage >= 1.25) & (found.leverage <= 4.0)
    assert float(inside.mean()) >= 0.98
    assert f"{float(np.median(found.misfit_ratio)) * 100:.2f}" == "0.09"
    assert float(np.median(found.leverage)) == pytest.approx(2.20, abs=0.02)
    assert np.quantile(found.leverage, [0.05, 0.95]) == pytest.approx([1.72, 2.89], abs=0.2)


@pytest.mark.parametrize(("window", "misfit"), [(5, "0.21"), (14, "0.65")])
def test_longer_windows_misfit_more_because_they_span_rebalances(shared_data: Path, window: int, misfit: str) -> None:
    _, underlying, token = blvt(shared_data, "BTCUP")
    found = implied_leverage(token, underlying, window)
    assert f"{float(np.median(found.misfit_ratio)) * 100:.2f}" == misfit


def test_both_bitcoin_tokens_lost_more_than_93_percent(shared_data: Path) -> None:
    expected = {"BTCUP": "0.0559", "BTCDOWN": "0.0685"}
    for token, ratio in expected.items():
        _, underlying, prices = blvt(shared_data, token)
        assert f"{prices[-1] / prices[0]:.4f}" == ratio
        assert f"{underlying[-1] / underlying[0]:.3f}" == "0.662"


def test_leverage_of_a_modelled_band_token_is_read_exactly_between_rebalances() -> None:
    rng = np.random.default_rng(9)
    underlying = 100 * np.exp(np.cumsum(rng.normal(scale=0.01, size=300)))
    path = run_basket(underlying, BasketRule(target=3.0, band=(2.0, 4.0)))
    found = implied_leverage(path.nav_rows(), underlying)
    quiet = np.ones(300, bool)
    for row in path.event_rows:
        quiet[row : row + 3] = False
    keep = quiet[found.rows]
    np.testing.assert_allclose(found.leverage[keep], path.leverage_rows()[found.rows[keep]], rtol=1e-6)
    assert float(found.misfit_ratio[keep].max()) < 1e-9


def test_windows_without_a_move_are_left_out_and_no_figure_is_nan() -> None:
    underlying = np.array([100.0, 100, 100, 101, 102])
    found = implied_leverage(np.array([1.0, 1, 1, 1.03, 1.06]), underlying)
    assert found.rows.tolist() == [3, 4]
    assert all(math.isfinite(value) for value in found.leverage)
    with pytest.raises(SettingInvalid):
        implied_leverage(underlying, underlying, window=2)
    with pytest.raises(SettingInvalid):
        implied_leverage(underlying[:2], underlying)
