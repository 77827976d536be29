"""A rule tried on history: the past rebuilt as it was, nothing of the future, and honest about what cannot be tried."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from levdesk.domain.alerts import (
    AlertJoin,
    AlertKind,
    AlertRule,
    AlertScope,
    AlertSide,
    Condition,
    LocalMoment,
    ScopeKind,
)
from levdesk.domain.instruments import TokenKey
from levdesk.services.alert_kinds import KINDS
from levdesk.services.alert_replay import played_facts, utc_moment
from levdesk.services.alert_rules import usual_condition
from levdesk.services.alert_trial import TrialHistory, TrialResult, try_rule, untried
from levdesk.services.explain_input import CandleSeries
from tests.services.explaining import BAND, DAILY, DAY, HOUR, START, World, token, world, world_of

DAYS = 20
WORLD = world(token(BAND), hours=24 * DAYS, volatility=0.012, funding=0.0003)


def history(of: World = WORLD, **more: Any) -> TrialHistory:
    """What is stored of a made-up token."""
    known: dict[str, Any] = {"token": of.token, "underlying": (of.marks(),), "funding": of.funding()}
    return TrialHistory(**{**known, **more})


def tried(*conditions: Condition, on: TrialHistory | None = None, of: World = WORLD, **more: Any) -> TrialResult:
    """A rule without a pause, tried on the last fifteen days."""
    rule = AlertRule(**{"conditions": conditions, "cooldown_s": 0, **more})
    return try_rule(rule, [on or history(of)], now_ms=of.now_ms, days=15, step_ms=HOUR)


def test_the_past_is_played_as_it_was() -> None:
    daily = world(token(DAILY), hours=24 * DAYS)
    facts = list(played_facts([history(daily, nav_now=(START, 1.0))], START, daily.now_ms, step_ms=HOUR))
    key = daily.token.key
    assert len(facts) == len(daily.navs)
    navs = [float(one.quotes[key].nav or 0) for one in facts]
    assert navs[:-1] == pytest.approx(daily.navs[:-1], rel=1e-6)  # at the end a settlement waits for its next row
    assert [float(one.quotes[key].underlying_price or 0) for one in facts] == pytest.approx(
        list(daily.prices), rel=1e-9
    )
    assert all(one.views[None].open_holdings for one in facts)


def test_a_level_fires_as_often_as_the_price_goes_through_it() -> None:
    facts = list(played_facts([history()], WORLD.now_ms - 15 * DAY, WORLD.now_ms, step_ms=HOUR))
    navs = [float(one.quotes[WORLD.token.key].nav or 0) for one in facts]
    level = float(np.median(navs))
    crossed = sum(before < level <= after for before, after in pairwise(navs))
    found = tried(Condition(kind=AlertKind.LEVEL_CROSS, measure="nav", threshold=level, side=AlertSide.ABOVE))
    assert crossed > 2
    assert len(found.moments) == crossed
    assert found.words == f"It would have fired {crossed} times in the last 15 days."
    assert {moment.target for moment in found.moments} == {"token:gate:BTC3L"}


def test_rebalances_are_warned_of_where_they_happened() -> None:
    found = tried(usual_condition(AlertKind.REBALANCE_NEAR, threshold=0.02))
    events_ms = [int(WORLD.ts_ms[row]) for row in WORLD.path.event_rows]
    late_ms = [ts_ms for ts_ms in events_ms if ts_ms > WORLD.now_ms - 14 * DAY]
    assert late_ms
    for ts_ms in late_ms:
        assert any(ts_ms - 3 * DAY < moment.ts_ms <= ts_ms for moment in found.moments)


def test_what_comes_later_changes_nothing_that_came_before() -> None:
    cut = 24 * 12
    until_ms = int(WORLD.ts_ms[cut])
    rule = AlertRule(
        conditions=(
            usual_condition(AlertKind.REBALANCE_NEAR, threshold=0.04),
            Condition(kind=AlertKind.DRAWDOWN, threshold=0.05),
        ),
        join=AlertJoin.ANY_OF,
        cooldown_s=7200,
    )
    whole = try_rule(rule, [history()], now_ms=until_ms, days=10, step_ms=HOUR)
    short = history(underlying=(WORLD.marks(0, cut + 1),))
    assert whole.moments == try_rule(rule, [short], now_ms=until_ms, days=10, step_ms=HOUR).moments
    assert whole.moments


def test_funding_and_market_prices_are_looked_up_at_their_moments() -> None:
    assert len(tried(Condition(kind=AlertKind.FUNDING_SPIKE, threshold=0.0003, side=AlertSide.ABOVE)).moments) == 1
    assert not tried(Condition(kind=AlertKind.FUNDING_SPIKE, threshold=0.00031, side=AlertSide.ABOVE)).moments
    assert len(tried(Condition(kind=AlertKind.COST_DRAG, threshold=0.0036)).moments) == 1
    rich = history(token_candles=(WORLD.traded(0.03),))
    premium = Condition(kind=AlertKind.PREMIUM, threshold=0.02, side=AlertSide.EITHER)
    assert len(tried(premium, on=rich).moments) >= 1
    assert not tried(replace(premium, threshold=0.05), on=rich).moments


def test_volatility_is_measured_as_of_the_day() -> None:
    calm_then_wild = np.concatenate([np.full(24 * 12, 1.0005), np.full(24 * 12, 1.02)])
    signs = np.where(np.arange(len(calm_then_wild)) % 2, 1.0, -1.0)
    made = world_of(token(BAND), 100.0 * np.exp(np.cumsum(np.log(calm_then_wild) * signs)))
    found = tried(usual_condition(AlertKind.CHOPPY_DECAY), of=made)
    assert found.moments
    assert found.moments[0].ts_ms > int(made.ts_ms[24 * 12])


def test_active_hours_are_those_of_the_person() -> None:
    assert utc_moment(START + 90 * 60_000) == LocalMoment(90, 3)  # 1 January 2026 is a Thursday


@pytest.mark.parametrize("kind", [kind for kind, info in KINDS.items() if info.not_tried])
def test_what_cannot_be_tried_says_so(kind: AlertKind) -> None:
    found = tried(usual_condition(kind))
    assert found.cannot == (KINDS[kind].not_tried,)
    assert found.words.startswith("It cannot be tried on history. ")
    assert not found.moments


def test_measures_that_need_an_explanation_of_the_past_say_so_too() -> None:
    for kind, measure in ((AlertKind.HELD_TOO_LONG, "decay"), (AlertKind.COST_DRAG, "total")):
        assert len(untried(AlertRule(conditions=(usual_condition(kind, measure),)))) == 1
        assert untried(AlertRule(conditions=(usual_condition(kind),))) == ()


def test_without_the_history_it_needs_nothing_is_claimed() -> None:
    premium = usual_condition(AlertKind.PREMIUM)
    assert "no premium is known" in tried(premium).words
    assert "No funding" in tried(usual_condition(AlertKind.FUNDING_SPIKE), on=history(funding=())).words
    bare = history(underlying=())
    assert "no price history" in tried(usual_condition(AlertKind.REBALANCE_NEAR), on=bare).words
    odd = Condition(kind=AlertKind.PREMIUM, threshold=-1.0, side=AlertSide.EITHER)
    assert "must be above 0" in tried(odd).words
    broken = history(underlying=(CandleSeries(interval_s=3600, candles=()),))
    assert "does not reach" in tried(usual_condition(AlertKind.REBALANCE_NEAR), on=broken).words


def test_a_short_history_is_not_told_as_a_long_one() -> None:
    rule = AlertRule(conditions=(Condition(kind=AlertKind.TAKE_PROFIT, threshold=99.0),))
    found = try_rule(rule, [history()], now_ms=WORLD.now_ms, days=90, step_ms=HOUR)
    assert found.words == f"It would not have fired in the last {DAYS} days."


def test_the_words_count() -> None:
    assert TrialResult(from_ms=0, until_ms=90 * DAY).words == "It would not have fired in the last 90 days."
    found = tried(Condition(kind=AlertKind.FUNDING_SPIKE, threshold=0.0003, side=AlertSide.ABOVE))
    assert found.words == "It would have fired once in the last 15 days."


def test_a_rule_switched_off_or_for_another_token_is_tried_as_it_would_be() -> None:
    funding = Condition(kind=AlertKind.FUNDING_SPIKE, threshold=0.0003, side=AlertSide.ABOVE)
    assert len(tried(funding, enabled=False, expires_ms=1).moments) == 1
    other = AlertScope(kind=ScopeKind.TOKEN, key=TokenKey("gate", "ETH3L"))
    assert tried(usual_condition(AlertKind.REBALANCE_NEAR), scope=other).moments == ()
