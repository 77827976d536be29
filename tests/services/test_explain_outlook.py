"""What it costs, what may come, and the market both are measured from."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from levdesk.domain.errors import SettingInvalid
from levdesk.domain.horizon import Outlook
from levdesk.domain.instruments import FeeSchedule, RebalanceRule
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.services.explain import explain_holding
from levdesk.services.explain_costs import Rates, breakeven_move, day_rates, decay_per_day, funding_rate_8h
from levdesk.services.explain_input import CandleSeries
from levdesk.services.explain_market import even_history, read_market
from levdesk.services.explain_outlook import OutlookInput, outlook_view
from levdesk.services.explain_rules import dated_rules
from levdesk.services.explained import CostsView
from levdesk.services.explained_outlook import OutlookAssumptions, OutlookView
from tests.domain.recorded import bars as recorded_bars
from tests.services.explaining import BAND, DAILY, FEES, HOUR, KEY, START, bars, deal, token, world


def walk(days: int, volatility_day: float, *, drift_day: float = 0.0, seed: int = 1) -> CandleSeries:
    rng = np.random.default_rng(seed)
    hours = days * 24
    logs = rng.normal(drift_day / 24, volatility_day / math.sqrt(24), hours)
    prices = 100.0 * np.exp(np.append(0.0, np.cumsum(logs)))
    return CandleSeries(interval_s=3600, candles=bars(START + np.arange(hours + 1) * HOUR, prices))


# -- costs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leverage", "sigma", "half_life", "breakeven"),
    [
        (3.0, 0.02, 288.81, 2.4290),
        (3.0, 0.04, 115.52, 6.1837),
        (2.0, 0.04, 277.26, 3.8212),
        (-1.0, 0.04, 433.22, -4.6866),
        (-3.0, 0.02, 385.08, -1.7839),
        (-3.0, 0.04, 77.02, -8.6069),
    ],
)
def test_the_published_table_of_what_a_day_costs(
    leverage: float, sigma: float, half_life: float, breakeven: float
) -> None:
    fees = FeeSchedule(management_per_day_ratio=Decimal("0.0003"))
    rules = dated_rules(token(replace(DAILY, target_leverage=Decimal(repr(leverage))), fees=(fees,)))
    assert rules is not None
    points = [FundingPoint(START, 0.0001), FundingPoint(START + 8 * HOUR, 0.0001)]
    rates = day_rates(rules.period_at(START), points, None, sigma, sigma)
    assert rates.total is not None
    assert math.log(2) / rates.total == pytest.approx(half_life, abs=0.005)
    found = breakeven_move(rates, 30)
    assert found is not None
    assert found * 100 == pytest.approx(breakeven, abs=5e-5)


def test_a_band_decays_less_than_a_daily_reset_and_feels_the_moves_inside_the_day() -> None:
    rules = dated_rules(token(replace(BAND, band_low=Decimal(2), band_high=Decimal(4))))
    assert rules is not None
    rule, costs = rules.at(START)
    # The published long-run figure is −0.004077 a day, without the cost of trading.
    assert decay_per_day(rule, replace(costs, cost_ratio=0.0), 0.04) == pytest.approx(0.004077, abs=1e-6)
    assert decay_per_day(rule, costs, 0.04) > 0.004077
    daily = dated_rules(token(DAILY))
    assert daily is not None
    assert day_rates(daily.period_at(START), [], None, 0.05, 0.03).decay == pytest.approx(3 * 0.03**2)
    assert day_rates(rules.period_at(START), [], None, 0.05, None).decay != pytest.approx(3 * 0.05**2)


def test_the_funding_rate_of_now_is_the_announced_one_in_eight_hours() -> None:
    hourly = [FundingPoint(START + n * HOUR, 0.00001 * n) for n in range(5)]
    assert funding_rate_8h(hourly, None) == pytest.approx(8 * 0.00004)
    assert funding_rate_8h(hourly[:1], None) == 0.0
    assert funding_rate_8h([], None) is None
    announced = UnderlyingQuote(
        venue="gate", instrument="BTC_USDT", ts_ms=START, funding_rate=Decimal("0.0002"), funding_interval_s=14_400
    )
    assert funding_rate_8h(hourly, announced) == pytest.approx(0.0004)
    assert funding_rate_8h([FundingPoint(START, math.nan)], None) is None


def costs_of(**more: Any) -> CostsView:
    made = world(token(DAILY), hours=24 * 40)
    found = explain_holding(made.given(deal("buy", 10, "1000", made.nav(10), fee="2"), **more)).costs
    assert found is not None
    return found


def test_paid_is_the_sum_of_its_parts_and_a_month_is_thirty_days() -> None:
    found = costs_of()
    assert found.paid is not None
    assert found.paid_management is not None
    assert found.paid_funding is not None
    assert found.paid_rebalance is not None
    assert found.paid == found.paid_management + found.paid_funding + found.paid_rebalance + found.paid_trading
    assert found.paid_trading == 2
    assert min(found.paid_management, found.paid_funding, found.paid_rebalance) > 0
    assert found.per_day is not None
    assert found.per_day_fee is not None
    assert found.per_day_funding is not None
    assert found.per_day_decay is not None
    together = found.per_day_fee + found.per_day_funding + found.per_day_decay
    assert abs(found.per_day - together) < Decimal("1e-6")
    assert found.per_month == 30 * found.per_day
    assert found.fee_per_day_ratio == 0.001
    assert found.funding_8h_ratio == pytest.approx(0.0001)
    assert "You have paid" in found.summary
    assert "at today's rates and volatility" in found.summary


def test_selling_and_redeeming_are_compared_after_fees() -> None:
    made = world(token(DAILY), hours=24 * 20)
    bought = deal("buy", 10, "1000", made.nav(10))
    dear, cheap = (
        explain_holding(made.given(bought, quote=made.quote(premium=premium))).costs for premium in ("0.03", "-0.03")
    )
    assert dear is not None
    assert cheap is not None
    assert (dear.better, cheap.better) == ("sell", "redeem")
    nav = made.nav(-1)
    assert dear.sell_money == 1000 * nav * Decimal("1.03") * Decimal("0.999") * Decimal("0.998")
    assert dear.redeem_money == 1000 * nav * Decimal("0.999")
    assert "Selling at the bid brings" in dear.summary
    no_fee = made.token._replace(fees=(replace(FEES, redeem_ratio=None),))
    unknown = explain_holding(replace(made.given(bought), token=no_fee)).costs
    assert unknown is not None
    assert (unknown.redeem_money, unknown.better) == (None, "")


def test_what_is_not_known_of_a_day_is_none_and_not_nothing() -> None:
    made = world(token(DAILY), hours=24 * 3)
    unknown = made.token._replace(fees=(replace(FEES, management_per_day_ratio=None),))
    given = made.given(deal("buy", 10, "1000", made.nav(10)), funding=())
    found = explain_holding(replace(given, token=unknown))
    assert found.costs is not None
    costs = found.costs
    assert [costs.per_day, costs.per_day_fee, costs.per_day_funding, costs.per_day_decay] == [None] * 4
    assert [costs.breakeven_move_ratio, costs.half_life_days, costs.funding_8h_ratio] == [None] * 3
    assert any("management fee of BTC3L is not known" in problem for problem in found.problems)
    inside = made.token._replace(fees=(replace(FEES, funding_inside=True),))
    covered = explain_holding(replace(given, token=inside)).costs
    assert covered is not None
    assert covered.funding_inside
    assert covered.per_day_funding == 0


def test_a_short_that_earns_funding_can_bring_money() -> None:
    rates = Rates(fee=0.0001, funding_8h=0.001, decay=0.001, leverage=-3.0, assumed=False, inside=False)
    assert rates.total == pytest.approx(0.0001 - 0.009 + 0.001)
    found = breakeven_move(rates, 30)
    assert found is not None
    assert found > 0


# -- market ------------------------------------------------------------------------------------------------------


def test_every_estimator_finds_the_volatility_of_a_walk() -> None:
    series = walk(200, 0.04)
    found = read_market("BTC", even_history((series,)), 57_600)
    assert found is not None
    names = [name for name, _ in found.volatility_year]
    assert names == [
        *("close to close", "zero mean", "Parkinson", "Garman–Klass", "Rogers–Satchell", "Yang–Zhang", "EWMA"),
        "hourly",
    ]
    yearly = 0.04 * math.sqrt(365)
    for name, value in found.volatility_year:
        assert value == pytest.approx(yearly, rel=0.3), name
    assert found.volatility_day == pytest.approx(0.04, rel=0.1)
    assert found.clock_volatility_day == pytest.approx(0.04, rel=0.35)
    assert found.history_days == 200


def test_real_bitcoin_has_the_published_volatility(shared_data: Path) -> None:
    path = shared_data / "crypto_hourly/BTCUSDT_1h.csv"
    hours = recorded_bars(path, "2021-01-01", "2021-12-31")
    candles = [
        Candle(START + n * HOUR, float(opened), float(high), float(low), float(close), 1.0)
        for n, (opened, high, low, close) in enumerate(zip(hours.open, hours.high, hours.low, hours.close, strict=True))
    ]
    found = read_market("BTC", even_history((CandleSeries(interval_s=3600, candles=candles),)), None)
    assert found is not None
    assert found.volatility_day is not None
    # Of 2021: close to close 0.81 a year on days, 0.86 on hours; this is its last months.
    assert 0.4 < found.volatility_day * math.sqrt(365) < 1.0
    assert all(0.3 < value < 1.2 for _, value in found.volatility_year)


def test_trend_and_chop_are_said_in_words() -> None:
    rising = read_market("BTC", even_history((walk(60, 0.01, drift_day=0.02),)), None)
    assert rising is not None
    assert "BTC has been trending" in rising.words
    ts_ms = START + np.arange(60 * 24 + 1) * HOUR
    swinging = 100 * np.exp(0.05 * np.sin(np.arange(60 * 24 + 1) * math.pi / 30))
    chop = read_market("BTC", even_history((CandleSeries(interval_s=3600, candles=bars(ts_ms, swinging)),)), None)
    assert chop is not None
    assert "BTC has been choppy" in chop.words
    assert chop.efficiency_ratio is not None
    assert chop.efficiency_ratio < 0.3


def test_too_little_history_measures_nothing() -> None:
    assert even_history(()) is None
    assert even_history((walk(3, 0.04),)) is None
    assert read_market("BTC", None, None) is None
    assert read_market("BTC", even_history((walk(5, 0.04),)), None) is None
    short = read_market("BTC", even_history((walk(9, 0.04),)), 0)
    assert short is not None
    assert "too little history" in short.words


def test_days_stand_in_for_hours() -> None:
    hours = walk(100, 0.03).candles
    days = [
        Candle(
            hours[n].ts_ms,
            hours[n].open,
            max(bar.high for bar in hours[n : n + 24]),
            min(bar.low for bar in hours[n : n + 24]),
            hours[n + 23].close,
            1.0,
        )
        for n in range(0, len(hours), 24)
    ]
    found = read_market("BTC", even_history((CandleSeries(interval_s=86_400, candles=days),)), None)
    assert found is not None
    assert "hourly" not in dict(found.volatility_year)
    assert found.volatility_day == pytest.approx(0.03, rel=0.4)


def test_a_still_price_has_no_volatility_and_no_error() -> None:
    ts_ms = START + np.arange(40 * 24 + 1) * HOUR
    still = CandleSeries(interval_s=3600, candles=bars(ts_ms, np.full(len(ts_ms), 100.0)))
    found = read_market("BTC", even_history((still,)), 0)
    assert found is not None
    assert found.volatility_day == 0.0
    assert all(value == 0.0 for _, value in found.volatility_year)


# -- outlook -----------------------------------------------------------------------------------------------------


def given(series: CandleSeries | None, rule: RebalanceRule = DAILY, **wanted: Any) -> OutlookInput:
    rules = dated_rules(token(rule))
    assert rules is not None
    period = rules.period_at(START)
    history = None if series is None else even_history((series,))
    rates = day_rates(period, [], None, 0.04, 0.04)
    return OutlookInput(
        period=period,
        rates=replace(rates, fee=0.0003, funding_8h=0.0001),
        state=None,
        history=history,
        volatility_day=None if history is None else 0.04,
        wanted=OutlookAssumptions(**wanted),
        now_ms=START,
    )


def outlook(series: CandleSeries | None, rule: RebalanceRule = DAILY, **wanted: Any) -> OutlookView:
    found = outlook_view(given(series, rule, **wanted))
    assert found is not None
    return found


def test_the_formula_stands_beside_and_the_futures_come_near_it() -> None:
    found = outlook(walk(120, 0.04), source="lognormal", paths=20_000)
    closed = Outlook(leverage=3.0, volatility=0.04, days=30, fee=0.0003, funding=0.0001)
    assert found.closed_loss_probability == pytest.approx(closed.loss_probability)
    assert found.closed_median_ratio == pytest.approx(closed.median_ratio - 1)
    assert found.loss_probability == pytest.approx(closed.loss_probability, abs=0.015)
    assert found.median_ratio == pytest.approx(closed.median_ratio - 1, abs=0.02)
    assert found.mean_ratio == pytest.approx(closed.mean_ratio - 1, abs=0.03)
    assert 0 < found.halved_probability < found.loss_probability


def test_futures_are_drawn_from_the_past_without_its_trend() -> None:
    rising = walk(120, 0.04, drift_day=0.02)
    found = outlook(rising, paths=8_000)
    assert found.assumptions.source == "bootstrap"
    assert found.assumptions.history_days == 120
    flat = outlook(walk(120, 0.04), source="lognormal", paths=8_000)
    assert found.median_ratio == pytest.approx(flat.median_ratio, abs=0.06)
    assert found.mean_ratio == pytest.approx(flat.mean_ratio, abs=0.06)


def test_a_short_history_gives_way_to_the_lognormal_walk() -> None:
    assert outlook(walk(20, 0.04), paths=500).assumptions.source == "lognormal"
    assert outlook_view(given(None)) is None
    assumed = outlook(None, volatility_per_day=0.03, paths=500)
    assert (assumed.assumptions.source, assumed.assumptions.volatility_per_day) == ("lognormal", 0.03)


def test_assumptions_are_completed_shown_and_obeyed() -> None:
    found = outlook(walk(60, 0.04), horizon_days=7, paths=700, seed=9, volatility_per_day=0.08, drift_per_day=0.01)
    shown = found.assumptions
    assert (shown.horizon_days, shown.paths, shown.seed, shown.volatility_per_day) == (7, 700, 9, 0.08)
    assert (shown.fee_per_day_ratio, shown.funding_8h_ratio) == (0.0003, 0.0001)
    assert shown.rule.startswith("back to 3×")
    calm = outlook(walk(60, 0.04), horizon_days=7, paths=700, seed=9, volatility_per_day=0.02, drift_per_day=0.01)
    assert calm.quantiles[0][1][-1] > found.quantiles[0][1][-1]
    free = outlook(walk(60, 0.04), horizon_days=7, paths=700, seed=9, fee_per_day_ratio=0.0, funding_8h_ratio=0.0)
    dear = outlook(walk(60, 0.04), horizon_days=7, paths=700, seed=9, fee_per_day_ratio=0.01, funding_8h_ratio=0.0)
    assert dear.median_ratio == pytest.approx((1 + free.median_ratio) * 0.99**7 - 1, abs=0.01)


def test_the_same_seed_gives_the_same_fan_and_it_opens_from_today() -> None:
    one, two = outlook(walk(60, 0.04), paths=400), outlook(walk(60, 0.04), paths=400)
    assert one == two
    assert outlook(walk(60, 0.04), paths=400, seed=2) != one
    assert one.days[0] == 0.0
    assert one.days[-1] == 30.0
    assert [level for level, _ in one.quantiles] == [0.05, 0.25, 0.5, 0.75, 0.95]
    for _, values in one.quantiles:
        assert values[0] == 1.0
        assert len(values) == len(one.days)
    ends = [values[-1] for _, values in one.quantiles]
    assert ends == sorted(ends)
    assert "Model output, not a forecast." in one.summary
    assert "drawn from 60 days of its past" in one.summary


def test_the_token_s_own_rule_and_its_leverage_now_count() -> None:
    band = outlook(walk(60, 0.05), BAND, paths=3_000)
    daily = outlook(walk(60, 0.05), paths=3_000)
    assert band.median_ratio != daily.median_ratio
    made = world(token(BAND), hours=24 * 60, volatility=0.006)
    low, high = (
        explain_holding(made.given(deal("buy", 10, "1", made.nav(10)), quote=quoted(made.quote(), leverage))).outlook
        for leverage in ("2.4", "4.0")
    )
    assert low is not None
    assert high is not None
    assert low.quantiles[0][1][-1] > high.quantiles[0][1][-1]


def quoted(quote: TokenQuote, leverage: str) -> TokenQuote:
    return replace(quote, key=KEY, effective_leverage=Decimal(leverage))


@pytest.mark.parametrize(
    "wanted", [{"horizon_days": 0}, {"paths": 0}, {"volatility_per_day": -1.0}, {"volatility_per_day": 50.0}]
)
def test_assumptions_that_make_no_sense_are_refused_and_said(wanted: dict[str, Any]) -> None:
    with pytest.raises(SettingInvalid):
        outlook_view(given(walk(60, 0.04), **wanted))
    made = world(token(DAILY), hours=24 * 40)
    bought = deal("buy", 10, "1", made.nav(10))
    found = explain_holding(made.given(bought, outlook=OutlookAssumptions(**wanted)))
    assert found.outlook is None
    assert any("outlook cannot be worked out" in problem for problem in found.problems)


def test_a_horizon_beyond_all_numbers_keeps_the_futures_and_drops_the_formula() -> None:
    found = outlook(walk(60, 0.04), source="lognormal", horizon_days=400, volatility_per_day=2.0, paths=50)
    assert found.closed_loss_probability is None
    assert found.loss_probability > 0.9
