"""The rebuilt past: the same identity as a single basket path, over rules that change, holes, and what was seen."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from levdesk.domain.attribution import TERM_NAMES, explain
from levdesk.domain.basket_path import run_basket
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import FeeSchedule, RebalanceRule
from levdesk.domain.market import Candle, FundingPoint
from levdesk.domain.observed import ObservedRebalance
from levdesk.services.explain_implied import traded_prices
from levdesk.services.explain_input import CandleSeries
from levdesk.services.explain_past import observed_moments, read_past
from levdesk.services.explain_rows import TokenPast
from levdesk.services.explain_rules import DatedRules, dated_rules
from levdesk.services.explain_tape import PriceTape, make_tape
from levdesk.services.explain_terms import Between, PastTerms
from tests.services.explaining import (
    BAND,
    DAILY,
    DAY,
    FEES,
    GATE,
    HOUR,
    START,
    World,
    bars,
    token,
    world,
    world_of,
)

RULES = [DAILY, BAND, GATE]


def rules_of(*rules: RebalanceRule, **more: Any) -> DatedRules:
    found = dated_rules(token(*rules, **more))
    assert found is not None
    return found


def past_of(made: World, rules: DatedRules, *, moments: tuple[int, ...] = (), **more: Any) -> TokenPast:
    tape = make_tape((made.marks(),), moments_ms=(*moments, *rules.changes_ms))
    found = read_past(tape, rules, made.funding(), **more)
    assert found is not None
    return found


def one(terms: PastTerms, first_ms: int, last_ms: int) -> Between:
    (found,) = terms.between([(first_ms, last_ms)])
    return found


def straight(made: World) -> PriceTape:
    """The marks and nothing in between."""
    return PriceTape(made.ts_ms, made.prices)


# -- the identity ------------------------------------------------------------------------------------------------


@given(
    rule=st.sampled_from(RULES),
    seed=st.integers(0, 300),
    cut=st.tuples(st.integers(0, 199), st.integers(1, 200)),
    sign=st.sampled_from([1, -1]),
)
@settings(max_examples=25)
def test_between_any_two_rows_it_is_the_identity_of_the_domain(
    rule: RebalanceRule, seed: int, cut: tuple[int, int], sign: int
) -> None:
    rule = replace(rule, target_leverage=rule.target_leverage * sign)
    made = world(token(rule, target=str(3 * sign)), hours=200, seed=seed, volatility=0.006)
    rules = dated_rules(made.token)
    assert rules is not None
    past = read_past(straight(made), rules, made.funding())
    assert past is not None
    assume(not past.wiped_out_ms)
    first, last = min(cut), max(cut)
    given_rows = [past.row_at(int(made.ts_ms[row])) for row in (first, last)]
    assert None not in given_rows
    found = one(PastTerms(past, rules), int(made.ts_ms[first]), int(made.ts_ms[last]))
    basket_rule, costs = rules.at(START)
    from levdesk.domain.reconstruct import reconstruct

    whole = reconstruct(made.prices, made.ts_ms, basket_rule, costs=costs, funding_rates=made.rates)
    rows = [int(whole.given_rows[row]) for row in (first, last)]
    expected = explain(whole.path, *rows)
    for name in TERM_NAMES:
        assert getattr(found.terms, name) == pytest.approx(getattr(expected.terms, name), abs=1e-11), name
    assert found.rebalances == expected.resets
    assert found.unknown_ms == 0
    assert found.underlying_log == pytest.approx(math.log1p(expected.underlying_ratio), abs=1e-12)


@given(seed=st.integers(0, 300), marks=st.lists(st.integers(0, 239), min_size=2, max_size=5, unique=True))
@settings(max_examples=20)
def test_terms_are_the_log_of_the_nav_and_many_answers_are_the_single_ones(seed: int, marks: list[int]) -> None:
    made = world(token(GATE), seed=seed)
    rules = rules_of(GATE)
    moments = sorted(START + hour * HOUR + 777_000 for hour in marks)
    past = past_of(made, rules, moments=tuple(moments))
    terms = PastTerms(past, rules)
    pairs = [(first, last) for first in moments for last in moments if first <= last]
    together = terms.between(pairs)
    for pair, found in zip(pairs, together, strict=True):
        assert found == one(terms, *pair)
        navs = [float(past.nav[row]) for row in map(past.row_at, pair) if row is not None]
        assert len(navs) == 2
        assert found.terms.total == pytest.approx(math.log(navs[1] / navs[0]), abs=1e-10)


def test_a_flat_underlying_has_a_move_of_exactly_nothing() -> None:
    made = world_of(token(DAILY), [100.0] * 16 + [120.0] * 24 + [100.0] * 3)
    rules = rules_of(DAILY)
    found = one(PastTerms(past_of(made, rules), rules), START, made.now_ms - 1)
    assert found.terms.leveraged_move == 0.0
    assert found.terms.volatility_decay < 0.0


# -- rules and fees by date --------------------------------------------------------------------------------------


def test_each_rule_and_each_fee_counts_from_its_own_date() -> None:
    later = replace(DAILY, target_leverage=Decimal(2), effective_from_ms=START + 5 * DAY)
    cheaper = replace(FEES, management_per_day_ratio=Decimal("0.0005"), effective_from_ms=START + 3 * DAY)
    made = world(token(DAILY), hours=240)
    rules = rules_of(DAILY, later, fees=(FEES, cheaper))
    past = past_of(made, rules)
    targets = past.target[past.events]
    assert targets.tolist() == [3.0] * 5 + [2.0] * 5
    found = one(PastTerms(past, rules), START, made.now_ms)
    assert found.terms.management_fee == pytest.approx(3 * math.log(0.999) + 7 * math.log(0.9995), abs=1e-6)
    assert found.terms.management_fee == pytest.approx(rules.fee_log(START, made.now_ms), abs=1e-6)
    at_change = past.row_at(START + 5 * DAY)
    assert at_change is not None
    moved = [float(np.log(past.prices[a] / past.prices[b])) for a, b in ((at_change, 0), (-1, at_change))]
    assert found.terms.leveraged_move == pytest.approx(3 * moved[0] + 2 * moved[1], abs=1e-12)


def test_a_change_that_is_no_rebalance_does_not_end_an_interval() -> None:
    """A new fee in the middle of a quiet band changes nothing but the fee."""
    other = replace(FEES, management_per_day_ratio=Decimal("0.001"), effective_from_ms=START + DAY + 5 * HOUR)
    made = world(token(BAND), hours=60, volatility=0.001)
    plain, changed = rules_of(BAND), rules_of(BAND, fees=(FEES, other))
    first, second = (
        one(PastTerms(past_of(made, rules), rules), START, made.now_ms).terms for rules in (plain, changed)
    )
    for name in TERM_NAMES:
        assert getattr(first, name) == pytest.approx(getattr(second, name), abs=1e-12), name
    assert first.leverage_drift != 0.0 or first.volatility_decay != 0.0


def test_a_rule_that_makes_no_sense_gives_way_to_a_daily_reset_and_says_so() -> None:
    nonsense = replace(BAND, band_low=Decimal(5))
    rules = rules_of(nonsense)
    period = rules.period_at(START)
    assert not period.usable
    assert period.assumed
    assert period.rule.clock_utc_s == 0
    assert dated_rules(token(BAND, target="0")) is None
    assert dated_rules(token(BAND, target="NaN")) is None


def test_fees_that_make_no_sense_cost_nothing() -> None:
    greedy = FeeSchedule(management_per_day_ratio=Decimal(2), rebalance_cost_ratio=Decimal("0.5"))
    assert rules_of(DAILY, fees=(greedy,)).at(START)[1].fee_ratio == 0.0
    assert rules_of(DAILY, fees=()).at(START)[1].fee_ratio == 0.0
    assert rules_of(DAILY, fees=(replace(FEES, taken_utc_s=None),)).at(START)[1].fee_utc_s == 57_600
    assert rules_of(BAND, fees=(replace(FEES, taken_utc_s=None),)).at(START)[1].fee_utc_s == 0


# -- what was seen -----------------------------------------------------------------------------------------------


def test_observed_rebalances_replace_the_ones_the_rule_would_make() -> None:
    made = world(token(DAILY), hours=240)
    rules = rules_of(DAILY)
    seen = (ObservedRebalance(ts_ms=START + 100 * HOUR + 60_000, until_ms=START + 200 * HOUR),)
    past = past_of(made, rules, moments=tuple(observed_moments(seen)), observed=seen)
    events = past.ts_ms[past.events]
    inside = (events > START + 99 * HOUR) & (events <= START + 200 * HOUR)
    assert events[inside].tolist() == [START + 100 * HOUR + 60_000]
    assert past.observed.sum() == 1
    found = one(PastTerms(past, rules), START, made.now_ms)
    assert (found.rebalances, found.observed) == (int(past.events.sum()), 1)
    # After that the rule is followed again: at 16 UTC of the days that are left.
    assert [int(ms - START) // HOUR for ms in events[events > START + 200 * HOUR]] == [208, 232]
    row = past.row_at(START + 100 * HOUR + 60_000)
    assert row is not None
    assert past.kinds[row] == "observed"
    before = past.leverage_before(row)
    assert before is not None
    assert before != pytest.approx(3.0, abs=1e-6)
    assert past.units[row] * past.prices[row] / past.nav[row] == pytest.approx(3.0)


# -- what is not known -------------------------------------------------------------------------------------------


def test_a_hole_explains_the_move_and_the_fee_and_nothing_else() -> None:
    made = world(token(DAILY), hours=240)
    rules = rules_of(DAILY)
    candles = made.marks().candles
    tape = make_tape((CandleSeries(interval_s=3600, candles=[*candles[:60], *candles[160:]]),))
    past = read_past(tape, rules, made.funding())
    assert past is not None
    terms = PastTerms(past, rules)
    whole = one(terms, START, made.now_ms - 1)
    sides = [one(terms, START, START + 60 * HOUR - 1), one(terms, START + 160 * HOUR, made.now_ms - 1)]
    hole = math.log(candles[160].open / candles[59].close)
    assert whole.unknown_ms == 100 * HOUR + 1
    assert whole.terms.leveraged_move == pytest.approx(sum(s.terms.leveraged_move for s in sides) + 3 * hole)
    fee = rules.fee_log(START + 60 * HOUR - 1, START + 160 * HOUR)
    assert fee < 0.0
    assert whole.terms.management_fee == pytest.approx(sum(s.terms.management_fee for s in sides) + fee)
    for name in ("volatility_decay", "leverage_drift", "funding", "rebalance_cost"):
        assert getattr(whole.terms, name) == pytest.approx(sum(getattr(s.terms, name) for s in sides), abs=1e-12)


def test_before_the_history_only_the_fee_is_known() -> None:
    made = world(token(DAILY), hours=100)
    rules = rules_of(DAILY)
    past = past_of(made, rules)
    terms = PastTerms(past, rules)
    early = one(terms, START - 3 * DAY, START - DAY)
    assert early.terms.as_dict() == pytest.approx(
        {**dict.fromkeys(TERM_NAMES, 0.0), "management_fee": 2 * math.log(0.999)}
    )
    assert early.unknown_ms == 2 * DAY
    across = one(terms, START - DAY, START + 50 * HOUR)
    inside = one(terms, START, START + 50 * HOUR)
    assert across.underlying_log is None
    assert across.unknown_ms == DAY
    assert across.terms.volatility_decay == inside.terms.volatility_decay
    late = one(terms, START + 50 * HOUR, made.now_ms + DAY)
    assert late.unknown_ms == pytest.approx(DAY, abs=2)


def test_a_basket_that_its_rule_would_wipe_out_ends_a_stretch_and_a_new_one_begins() -> None:
    made = world_of(token(DAILY), [100.0, 101, 102, 60, 61, 62, 63, 62, 61, 60])
    rules = rules_of(DAILY)
    past = past_of(made, rules)
    assert len(past.wiped_out_ms) == 1
    assert np.isfinite(past.nav).all()
    assert (past.nav > 0).all()
    assert set(np.diff(past.stretch).tolist()) == {0, 1}
    found = one(PastTerms(past, rules), START, made.now_ms - 1)
    assert math.isfinite(found.terms.total)
    assert found.terms.leveraged_move == pytest.approx(3 * math.log(0.6))


def test_nothing_to_run_over_is_no_past() -> None:
    rules = rules_of(DAILY)
    assert read_past(make_tape(()), rules) is None
    assert read_past(make_tape((), live=(START, 100.0)), rules) is None


def test_a_band_too_narrow_is_refused_by_name() -> None:
    narrow = replace(BAND, band_low=Decimal("2.9999"), band_high=Decimal("3.0001"))
    made = world_of(token(narrow), [100.0, 130.0, 131.0])
    with pytest.raises(SettingInvalid):
        past_of(made, rules_of(narrow))


# -- the token's own price ---------------------------------------------------------------------------------------


def test_the_token_s_own_price_brings_a_rebuilt_basket_back_into_step() -> None:
    """The history begins 300 hours late: the rule alone starts from its target, the price shows what was held."""
    made = world(token(BAND), hours=900, seed=4, volatility=0.005)
    rules = rules_of(BAND)
    late = CandleSeries(interval_s=3600, candles=made.marks().candles[300:])
    true = np.array(made.path.leverage_rows())[301:]
    errors = {}
    for name, series in (("rule", ()), ("price", (made.traded(0.002),))):
        past = read_past(make_tape((late,)), rules, made.funding(), traded=traded_prices(series))
        assert past is not None
        rows = np.searchsorted(past.ts_ms, made.ts_ms[301:], side="right") - 1
        held = past.units[rows] * past.prices[rows] / past.nav[rows]
        errors[name] = float(np.sqrt(np.mean((held / true - 1.0) ** 2)))
    assert errors["rule"] > 0.08
    assert errors["price"] < 0.03


def test_a_price_with_noise_and_a_merge_does_not_disturb_a_rule_that_is_right() -> None:
    made = world(token(GATE), hours=600, seed=9)
    rules = rules_of(GATE)
    rng = np.random.default_rng(1)
    noisy = np.array(made.navs) * np.exp(rng.normal(0, 0.002, len(made.navs)))
    noisy[300:] *= 100.0
    traded = traded_prices((CandleSeries(interval_s=3600, candles=bars(made.ts_ms, noisy)),))
    past = past_of(made, rules, traded=traded)
    assert past.cuts.sum() == 0


def test_a_cut_is_no_rebalance_and_leaves_no_gap() -> None:
    made = world(token(BAND), hours=900, seed=4, volatility=0.005)
    rules = rules_of(BAND)
    late = CandleSeries(interval_s=3600, candles=made.marks().candles[300:])
    past = read_past(make_tape((late,)), rules, made.funding(), traded=traded_prices((made.traded(),)))
    assert past is not None
    assert past.cuts.any()
    first, last = int(past.ts_ms[0]), int(past.ts_ms[-1])
    found = one(PastTerms(past, rules), first, last)
    assert found.terms.total == pytest.approx(math.log(float(past.nav[-1] / past.nav[0])), abs=1e-9)
    assert found.rebalances == len(past.kinds)


# -- the tape ----------------------------------------------------------------------------------------------------


def test_the_shortest_bars_that_fill_a_time_count() -> None:
    hours = CandleSeries(interval_s=3600, candles=[Candle(START + n * HOUR, 100, 110, 90, 105, 1.0) for n in range(4)])
    minutes = [Candle(START + HOUR + n * 60_000, 100, 101, 99, 100, 1.0) for n in range(60)]
    tape = make_tape((hours, CandleSeries(interval_s=60, candles=minutes)))
    inside = (tape.ts_ms >= START + HOUR) & (tape.ts_ms < START + 2 * HOUR)
    assert inside.sum() == 240
    assert tape.prices[inside].max() == 101
    assert tape.prices[~inside].max() == 110
    # An hour with a minute missing keeps its own bar.
    holed = make_tape((hours, CandleSeries(interval_s=60, candles=minutes[:-1])))
    assert len(holed) == 16
    # The hour that still runs has no bar of its own yet.
    growing = CandleSeries(interval_s=60, candles=[replace(bar, ts_ms=bar.ts_ms + 3 * HOUR) for bar in minutes[:10]])
    assert len(make_tape((hours, growing))) == 16 + 40
    assert np.all(np.diff(tape.ts_ms) > 0)


def test_bars_that_cannot_be_are_left_out() -> None:
    good = [Candle(START + n * HOUR, 100, 101, 99, 100, 1.0) for n in range(5)]
    bad = [
        Candle(START + 5 * HOUR, math.nan, 101, 99, 100, 1.0),
        Candle(START + 6 * HOUR, 100, math.inf, 99, 100, 1.0),
        Candle(START + 7 * HOUR, 100, 101, -1, 100, 1.0),
        Candle(START + 8 * HOUR, 100, 101, 99, 100, 1.0, closed=False),
        Candle(START + 2 * HOUR, 100, 101, 99, 100, 1.0),
    ]
    tape = make_tape((CandleSeries(interval_s=3600, candles=[*reversed(good), *bad]),))
    assert len(tape) == 20
    # A close outside low and high widens them.
    wide = make_tape((CandleSeries(interval_s=3600, candles=[Candle(START, 1, 1, 1, 2, 1.0), *good[1:]]),))
    assert wide.prices.max() == 101
    assert len(make_tape((CandleSeries(interval_s=3600, candles=good[:1]),))) == 0


def test_moments_get_rows_on_the_line_between_and_none_across_a_hole() -> None:
    hours = [Candle(START + n * HOUR, 100, 100, 100, 100, 1.0) for n in (0, 1, 40, 41)]
    series = (CandleSeries(interval_s=3600, candles=hours),)
    moments = [START + 600_000, START + 20 * HOUR, START - HOUR, START + 99 * HOUR, START]
    tape = make_tape(series, live=(START + 42 * HOUR + 5, 121.0), moments_ms=[*moments, START + 42 * HOUR + 2])
    assert tape.ts_ms.tolist().count(START + 600_000) == 1
    assert START + 20 * HOUR not in tape.ts_ms
    assert len(tape) == 16 + 1 + 1 + 1
    assert tape.prices[-2] == pytest.approx(100 * 1.21**0.5, rel=0.1)
    assert tape.breaks().tolist() == [0, 9]
    assert len(make_tape(series, live=(START, 5.0))) == 16
    assert len(make_tape(series, live=(START + 50 * HOUR, math.nan))) == 16


def test_funding_that_cannot_be_is_left_out() -> None:
    made = world(token(DAILY), hours=48, funding=0.0)
    rules = rules_of(DAILY)
    wild = [FundingPoint(START + 8 * HOUR, math.nan), FundingPoint(START + 16 * HOUR, 7.0)]
    tape = make_tape((made.marks(),))
    found = [read_past(tape, rules, points) for points in ((), wild)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].nav.tolist() == found[1].nav.tolist()
    inside = rules_of(DAILY, fees=(replace(FEES, funding_inside=True),))
    paid = read_past(tape, inside, [FundingPoint(START + 8 * HOUR, 0.01)])
    assert paid is not None
    assert not paid.funding.any()


def test_the_world_of_these_tests_is_a_basket_path() -> None:
    made = world(token(DAILY), hours=30)
    rule, costs = rules_of(DAILY).at(START)
    again = run_basket(made.prices, rule, costs=costs, funding_rates=made.rates, ts_ms=made.ts_ms)
    assert made.navs == again.nav_rows().tolist()
