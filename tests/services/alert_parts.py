"""Scenes in which one measure reads something, and how a test measures it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from levdesk.domain.alerts import AlertKind, Condition, Measured
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.market import FundingPoint, UnderlyingQuote
from levdesk.services.alert_kinds import measure_of
from levdesk.services.alert_readings import measure
from levdesk.services.alert_rules import usual_condition
from levdesk.services.alert_terms import WatchLevel
from levdesk.services.alert_world import World
from levdesk.services.explained import CostsView, ExplainedHolding, MarketReading
from levdesk.services.explained_outlook import OutlookAssumptions, OutlookView
from levdesk.services.explained_split import AttributionView, Term, TermView
from levdesk.services.health import SourceHealth, SourceState
from tests.services.alert_scene import HOUR, NOW, Scene, line, token

BTC3L = token("BTC3L")
S = 1000


def reads(scene: Scene, condition: Condition, one: LeveragedToken | None = None) -> Measured:
    """What a condition reads at a token of the scene, or at its underlying or venue."""
    held = one or scene.tokens[0]
    level = measure_of(condition).level
    target = {
        WatchLevel.TOKEN: f"token:{held.key}",
        WatchLevel.UNDERLYING: f"underlying:{held.underlying}",
        WatchLevel.VENUE: f"venue:{held.key.venue}",
    }[level]
    world, facts = World(), scene.facts()
    world.take(facts, (None,))
    return measure(condition, world.subjects[None, target], facts.now_ms)


def usual(kind: AlertKind, name: str = "", **more: Any) -> Condition:
    """The usual condition of a measure, changed."""
    return replace(usual_condition(kind, name), **more)


def explained(**parts: Any) -> ExplainedHolding:
    """An explanation of an hour ago with these parts only."""
    known: dict[str, Any] = dict.fromkeys(
        ("attribution", "rebalance", "costs", "outlook", "market", "performance"),
    )
    return ExplainedHolding(key=BTC3L.key, portfolio_id=None, as_of_ms=NOW - HOUR, **{**known, **parts})


MARKET = MarketReading(
    volatility_year=(),
    volatility_day=0.04,
    efficiency_ratio=0.03,
    variance_ratio=0.8,
    words="choppy",
    clock_volatility_day=0.03,
)
COSTS = CostsView(
    paid=Decimal(30),
    paid_management=Decimal(20),
    paid_funding=Decimal(10),
    paid_rebalance=Decimal(0),
    paid_trading=Decimal(0),
    per_day=None,
    per_day_fee=None,
    per_day_funding=None,
    per_day_decay=None,
    per_month=None,
    fee_per_day_ratio=0.001,
    funding_8h_ratio=0.0002,
    funding_inside=False,
    breakeven_move_ratio=None,
    half_life_days=None,
    horizon_days=30,
    sell_money=None,
    redeem_money=None,
)
SPLIT = AttributionView(
    terms=tuple(TermView(term, Decimal(0), -0.08 if term is Term.VOLATILITY_DECAY else 0.0) for term in Term),
    total=Decimal(0),
    total_ratio=0.0,
    paid=Decimal(200),
    worth=Decimal(200),
    put_in=Decimal(200),
)
OUTLOOK = OutlookView(
    assumptions=OutlookAssumptions(horizon_days=30),
    loss_probability=0.62,
    halved_probability=0.1,
    median_ratio=-0.1,
    mean_ratio=0.0,
    closed_loss_probability=None,
    closed_median_ratio=None,
    closed_mean_ratio=None,
    days=(0.0,),
    quantiles=(),
)


def scene(*tokens: LeveragedToken, known: ExplainedHolding | None = None, **more: Any) -> Scene:
    """A scene with BTC3L unless said otherwise."""
    made = Scene(tokens or (BTC3L,), **more)
    if known is not None:
        made.explained = {(None, made.tokens[0].key): known}
    return made


def quoted(*tokens: LeveragedToken, known: ExplainedHolding | None = None, **changes: Any) -> Scene:
    """A scene whose first token has another quote."""
    made = scene(*tokens, known=known)
    made.quote(made.tokens[0], **changes)
    return made


def perpetual(rate: str, *, settled: str | None = None) -> Scene:
    """A scene with a funding rate now, and one settled before."""
    made = scene()
    made.perpetuals = {
        ("gate", "BTC_USDT"): UnderlyingQuote(
            venue="gate",
            instrument="BTC_USDT",
            ts_ms=NOW,
            funding_rate=Decimal(rate),
            funding_interval_s=14_400,
        )
    }
    if settled is not None:
        points = (FundingPoint(NOW - 10 * HOUR, float(settled)), FundingPoint(NOW - 2 * HOUR, float(settled)))
        made.settled = {("gate", "BTC_USDT"): points}
    return made


def moved() -> Scene:
    """BTC fell from 64,000 to 60,000 within the hour."""
    made = scene()
    made.prices = {
        "BTC": line(
            (2 * HOUR, 70_000.0),
            (55 * 60 * S, 63_000.0),
            (40 * 60 * S, 64_000.0),
            (28 * 60 * S, 60_500.0),
            (S, 61_000.0),
        )
    }
    return made


def both() -> Scene:
    """A long and a short token of BTC, both below what they cost."""
    made = scene(BTC3L, token("BTC3S"), cost="2.2")
    made.quote(BTC3L, last=Decimal("1.98"), bid=None, ask=None)
    return made


def merged() -> Scene:
    """Units merged a hundredfold, as the price shows."""
    made = quoted(last=Decimal(200), bid=None, ask=None, nav=Decimal(200))
    made.token_prices = {BTC3L.key: line((2 * HOUR, 2.0))}
    made.prices = {"BTC": line((2 * HOUR, 60_500.0))}
    return made


def down() -> Scene:
    """Gate has not answered for twenty minutes."""
    made = scene()
    made.health = (SourceHealth(venue="gate", title="Gate", state=SourceState.DOWN, last_ok_ms=NOW - 1200 * S),)
    return made
