"""Replay: recorded bars come out of the server as they went in, and go on after their end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from levdesk.domain.errors import SettingInvalid
from levdesk.services.registry import Registry
from levdesk.simulator.candles import bars
from levdesk.simulator.listing import STANDARD, market_on
from levdesk.simulator.paths import DAY_MINUTES
from levdesk.simulator.replay import RecordedFunding, ReplayPaths, read_bars, read_daily_funding
from levdesk.simulator.scenario import SIX_UNDERLYINGS
from tests.simulator.moments import ANCHOR_MS, DAY_MS, HOUR_MS, MINUTE_MS

START_MS = ANCHOR_MS // DAY_MS * DAY_MS - 20 * DAY_MS
RECORDED_MS = 1_546_300_800_000
"""2019-01-01."""

BTC = SIX_UNDERLYINGS[0]


def write_bars(path: Path, *, days: int = 20, step_ms: int = HOUR_MS, gap_at: int | None = None) -> Path:
    chance = np.random.default_rng(5)
    price, lines = 100.0, ["datetime,open,high,low,close,volume"]
    for number in range(days * DAY_MS // step_ms):
        close = price * float(np.exp(chance.normal(0.0, 0.01)))
        high, low = max(price, close) * 1.004, min(price, close) * 0.997
        moment = np.datetime64(RECORDED_MS + number * step_ms, "ms").astype("datetime64[s]")
        if number != gap_at:
            lines.append(f"{str(moment).replace('T', ' ')},{price!r},{high!r},{low!r},{close!r},12.5")
        price = close
    path.write_text("\n".join(lines))
    return path


def replayed(path: Path, days: int = 20) -> ReplayPaths:
    return ReplayPaths(
        {"BTC": read_bars(path)},
        (BTC,),
        recorded_from_ms=RECORDED_MS,
        recorded_until_ms=RECORDED_MS + days * DAY_MS,
        start_ms=START_MS,
    )


@pytest.mark.parametrize("step_ms", [HOUR_MS, DAY_MS])
def test_candles_of_a_replay_are_the_recorded_bars(tmp_path: Path, registry: Registry, step_ms: int) -> None:
    path = write_bars(tmp_path / "bars.csv", step_ms=step_ms)
    market = market_on(replayed(path), registry.complete_token, seed=1, anchor_ms=ANCHOR_MS)
    perpetual = market.perpetual("BTC_USDT")
    assert perpetual is not None
    made = bars(perpetual.mark, step_ms, START_MS, START_MS + 20 * DAY_MS - 1, ANCHOR_MS + 30 * DAY_MS)
    recorded = read_bars(path)
    assert len(made) == 20 * DAY_MS // step_ms
    for name in ("open", "high", "low", "close"):
        assert getattr(made, name) == pytest.approx(getattr(recorded, name), rel=1e-9)
    assert made.turnover == pytest.approx(recorded.volume * recorded.close, rel=1e-9)


def test_after_the_last_bar_the_recording_starts_over_where_it_ended(tmp_path: Path) -> None:
    paths = replayed(write_bars(tmp_path / "bars.csv"))
    whole = 20 * DAY_MINUTES
    first, again = paths.grid("BTC", 0, whole), paths.grid("BTC", whole, 2 * whole)
    end = paths.grid("BTC", whole, whole + 1)[0]
    assert again / first == pytest.approx(end / first[0], rel=1e-9)
    assert paths.grid("BTC", whole - 5, whole + 5) == pytest.approx(np.concatenate((first[-5:], again[:5])), rel=1e-12)


def test_the_price_moves_between_minutes(tmp_path: Path) -> None:
    paths = replayed(write_bars(tmp_path / "bars.csv"))
    begin, end = paths.grid("BTC", 77, 79)
    seconds = [paths.price_at("BTC", START_MS + 77 * MINUTE_MS + second * 1000) for second in (0, 30, 60)]
    assert seconds == pytest.approx([begin, (begin + end) / 2.0, end], rel=1e-12)


def test_tokens_of_what_is_not_recorded_are_left_out(tmp_path: Path, registry: Registry) -> None:
    paths = replayed(write_bars(tmp_path / "bars.csv"))
    market = market_on(paths, registry.complete_token, seed=1, anchor_ms=ANCHOR_MS)
    symbols = {pair.spec.base for pair in market.pairs if pair.token is not None}
    assert symbols == {token.symbol for token in STANDARD.tokens if token.underlying == "BTC"}
    pair = market.pair("BTC3L_USDT")
    assert pair is not None
    assert pair.quote(ANCHOR_MS).bid > 0.0


def test_a_file_with_a_gap_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="evenly spaced"):
        read_bars(write_bars(tmp_path / "bars.csv", gap_at=17))


def test_a_file_without_prices_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("datetime,price\n2019-01-01,3\n")
    with pytest.raises(SettingInvalid, match="no columns"):
        read_bars(path)


def test_a_stretch_that_was_not_recorded_is_refused(tmp_path: Path) -> None:
    path = write_bars(tmp_path / "bars.csv")
    with pytest.raises(SettingInvalid, match="does not cover"):
        replayed(path, days=21)
    with pytest.raises(SettingInvalid, match="midnight"):
        ReplayPaths(
            {"BTC": read_bars(path)},
            (BTC,),
            recorded_from_ms=RECORDED_MS + 5,
            recorded_until_ms=RECORDED_MS + DAY_MS,
            start_ms=START_MS,
        )


def test_recorded_funding_is_settled_three_times_a_day(tmp_path: Path) -> None:
    path = tmp_path / "funding.csv"
    path.write_text("date,funding_mean\n2018-12-31,0.0004\n2019-01-02,-0.0001\n")
    daily = read_daily_funding(path, RECORDED_MS, RECORDED_MS + 3 * DAY_MS)
    assert daily == [0.0004, -0.0001, -0.0001]
    funding = RecordedFunding(daily, start_ms=START_MS)
    assert funding.rates(1, 11).tolist() == [0.0004] * 3 + [-0.0001] * 6 + [0.0004]
    with pytest.raises(SettingInvalid, match="reach back"):
        read_daily_funding(path, RECORDED_MS - 10 * DAY_MS, RECORDED_MS)


def test_real_bitcoin_prices_replay_bar_by_bar(shared_data: Path, registry: Registry) -> None:
    """The crash of May 2021, hour by hour, with the funding of those days."""
    recorded = read_bars(shared_data / "crypto_hourly" / "BTCUSDT_1h.csv")
    first_ms, until_ms = 1_619_827_200_000, 1_622_505_600_000
    paths = ReplayPaths(
        {"BTC": recorded}, (BTC,), recorded_from_ms=first_ms, recorded_until_ms=until_ms, start_ms=START_MS
    )
    funding = RecordedFunding(
        read_daily_funding(shared_data / "funding" / "binance_BTCUSDT_funding_daily_mean.csv", first_ms, until_ms),
        start_ms=START_MS,
    )
    market = market_on(paths, registry.complete_token, seed=1, anchor_ms=ANCHOR_MS, recorded_funding={"BTC": funding})
    perpetual = market.perpetual("BTC_USDT")
    assert perpetual is not None
    made = bars(perpetual.mark, HOUR_MS, START_MS, START_MS + 31 * DAY_MS - 1, ANCHOR_MS + 60 * DAY_MS)
    part = recorded.between(first_ms, until_ms)
    assert len(made) == len(part.open) == 31 * 24
    # A bar ends at the next one's open, which is almost its close.
    assert made.close == pytest.approx(part.close, rel=2.5e-3)
    for name in ("open", "high", "low"):
        assert getattr(made, name) == pytest.approx(getattr(part, name), rel=1e-3)
    assert abs(made.open / part.open - 1.0).max() == 0.0
    assert perpetual.funding is funding
    pair = market.pair("BTC3L_USDT")
    assert pair is not None
    assert pair.token is not None
    assert len(pair.token.rebalances(START_MS + 31 * DAY_MS)) >= 2
