"""What every measure reads, what it says of it, and when it says that it cannot tell or does not apply."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from levdesk.domain.alerts import Condition
from levdesk.domain.sources import QuoteSource
from levdesk.services.alert_facts import PriceLine
from levdesk.services.alert_readings import GAUGES
from tests.services.alert_cases import CASES, Case, K
from tests.services.alert_parts import (
    BTC3L,
    OUTLOOK,
    S,
    down,
    explained,
    perpetual,
    quoted,
    reads,
    scene,
    usual,
)
from tests.services.alert_scene import CHECKED, CLOCK, HOUR, NOW, Scene, line, mirrored, token


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.condition.kind.value}-{case.condition.measure}")
def test_what_is_read_and_what_is_said(case: Case) -> None:
    read = reads(case.scene(), case.condition)
    assert read.value == pytest.approx(case.value, rel=1e-3, abs=1e-9)
    assert case.words in read.words
    assert read.advice
    assert read.values["value"] == read.value
    assert read.as_of_ms is not None


def test_every_measure_has_a_case() -> None:
    assert {(case.condition.kind, case.condition.measure) for case in CASES} == set(GAUGES)


UNKNOWN = [
    (usual(K.REBALANCE_NEAR), lambda: quoted(effective_leverage=None), "The effective leverage of BTC3L is not known."),
    (usual(K.REBALANCE_NEAR, "sigma"), scene, "The volatility of BTC is not known yet."),
    (usual(K.REBALANCE_NEAR, "chance"), scene, "The volatility of BTC is not known yet."),
    (
        usual(K.REBALANCE_SCHEDULED, horizon_s=9 * 3600),
        lambda: quoted(token("BTC3L", CLOCK), effective_leverage=None),
        "effective leverage",
    ),
    (usual(K.LEVERAGE_OUT_OF_BAND), lambda: quoted(effective_leverage=None), "effective leverage"),
    (usual(K.CHOPPY_DECAY), scene, "The volatility of BTC is not known yet."),
    (usual(K.CHOPPY_DECAY, "efficiency"), scene, "too little history of BTC"),
    (usual(K.HELD_TOO_LONG, "decay"), scene, "is not worked out yet"),
    (usual(K.COST_DRAG), scene, "The funding of BTC is not known."),
    (usual(K.COST_DRAG, "total"), scene, "is not worked out yet"),
    (usual(K.FUNDING_SPIKE), scene, "The funding of BTC is not known."),
    (usual(K.FUNDING_SPIKE, "flip"), lambda: perpetual("0.0001"), "at the last settlement, is not known"),
    (usual(K.PREMIUM), lambda: quoted(nav=None), "NAV of BTC3L is not known."),
    (usual(K.PREMIUM), lambda: quoted(last=None), "Price of BTC3L is not known."),
    (usual(K.MERGE_NEAR), lambda: quoted(nav=None), "The NAV of BTC3L is not known."),
    (usual(K.DRAWDOWN), scene, "No price history of BTC3L since its purchase is known."),
    (usual(K.DRAWDOWN), lambda: quoted(last=None), "The price of BTC3L is not known."),
    (usual(K.ENTRY_LOSS), lambda: quoted(last=None), "The price of BTC3L is not known."),
    (usual(K.LEVEL_CROSS, "underlying"), lambda: quoted(underlying_price=None), "The price of BTC is not known."),
    (usual(K.EXTREME_MOVE), scene, "No price of BTC of the last 1 hour is known."),
    (usual(K.EXTREME_MOVE), lambda: scene(prices={"BTC": line((600 * S, 60_600.0))}), "not known for long enough yet"),
    (usual(K.LOSS_PROBABILITY), scene, "are not worked out yet"),
    (
        usual(K.LOSS_PROBABILITY, horizon_s=86_400),
        lambda: scene(known=explained(outlook=OUTLOOK)),
        "are not worked out yet",
    ),
    (usual(K.CONCENTRATION), lambda: quoted(BTC3L, token("ETH3S"), last=None), "shares are not either"),
    (usual(K.NET_EXPOSURE), lambda: quoted(effective_leverage=None), "Value or leverage of BTC3L is not known."),
    (usual(K.SPREAD), lambda: quoted(bid=None), "Bid and ask of BTC3L are not known."),
    (usual(K.SPREAD, "thin"), scene, "The order book of BTC3L is not known."),
    (
        usual(K.STALE_DATA),
        lambda: quoted(last=None, price_ts_ms=None, nav=None, nav_ts_ms=None),
        "Neither price nor NAV",
    ),
    (usual(K.BOTH_SIDES), lambda: quoted(BTC3L, token("BTC3S"), last=None), "Cost or value of a holding of BTC"),
]


@pytest.mark.parametrize(("condition", "make", "words"), UNKNOWN)
def test_what_cannot_be_told_says_why(condition: Condition, make: Callable[[], Scene], words: str) -> None:
    read = reads(make(), condition)
    assert (read.value, read.applies) == (None, True)
    assert words in read.why_not


NOT_HERE = [
    (usual(K.REBALANCE_NEAR), lambda: scene(token("BTC3L", CLOCK))),
    (usual(K.REBALANCE_SCHEDULED), scene),
    (usual(K.LEVERAGE_OUT_OF_BAND), lambda: scene(token("BTC3L", CLOCK))),
    (usual(K.LEVERAGE_OUT_OF_BAND), lambda: scene(token("BTC3L", CHECKED))),
    (usual(K.CONCENTRATION), scene),
    (usual(K.BOTH_SIDES), lambda: scene(BTC3L, token("ETH3S"))),
    (usual(K.STALE_DATA), down),
    (usual(K.STALE_DATA), lambda: quoted(price_source=QuoteSource.MANUAL, nav=None, nav_ts_ms=None)),
    (usual(K.STALE_DATA, "down"), scene),
]


@pytest.mark.parametrize(("condition", "make"), NOT_HERE)
def test_what_means_nothing_here_does_not_apply(condition: Condition, make: Callable[[], Scene]) -> None:
    read = reads(make(), condition)
    assert (read.value, read.applies, read.why_not) == (None, False, "")


def test_a_short_token_buys_as_the_price_rises() -> None:
    made = quoted(token("BTC3S"), effective_leverage=Decimal("4.0"))
    read = reads(made, usual(K.REBALANCE_NEAR))
    assert "below where BTC3S rebalances at" in read.words
    assert read.words.endswith("It buys BTC there.")


def test_a_large_move_is_told_even_when_prices_are_known_for_minutes_only() -> None:
    made = scene(prices={"BTC": line((600 * S, 66_000.0))})
    assert reads(made, usual(K.EXTREME_MOVE)).value == pytest.approx(-1 / 11)


def test_a_crash_is_not_taken_for_a_merge() -> None:
    made = quoted(last=Decimal("0.3"), bid=None, ask=None, underlying_price=Decimal(43_000))
    made.token_prices, made.prices = {BTC3L.key: line((2 * HOUR, 2.0))}, {"BTC": line((2 * HOUR, 60_500.0))}
    assert reads(made, usual(K.MERGE_SEEN)).value == 1.0


def test_the_future_part_of_a_line_is_not_looked_at() -> None:
    made = scene(prices={"BTC": PriceLine([NOW - HOUR, NOW + 1], [60_000.0, 90_000.0])})
    assert reads(made, usual(K.EXTREME_MOVE)).value == 0.0


def test_money_is_told_in_values_that_say_so_and_nowhere_else() -> None:
    made = scene(cost="2.5", units="12345.5")
    read = reads(made, usual(K.ENTRY_LOSS))
    assert read.values["amount_worth"] == 24_691.0
    assert read.values["amount_result"] == pytest.approx(-6172.75)
    assert "24,691" not in read.words
    assert "6,172" not in read.words


def test_mirrored_rules_read_like_their_long_ones() -> None:
    made = quoted(token("BTC3S", mirrored(CLOCK)), effective_leverage=Decimal("3.6"))
    read = reads(made, usual(K.REBALANCE_SCHEDULED, horizon_s=9 * 3600))
    assert read.value == pytest.approx(0.6)
    assert "buys 60 % of NAV" in read.words
