"""Every measure: a scene, what it reads there, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from levdesk.domain.alerts import AlertKind, Condition
from levdesk.domain.instruments import TokenStatus, UnitMerge
from levdesk.domain.listings import TokenListing, VenueNotice
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.sources import NavSource
from levdesk.services.alert_listing import ListingMark
from tests.services.alert_parts import (
    BTC3L,
    COSTS,
    MARKET,
    OUTLOOK,
    SPLIT,
    S,
    both,
    down,
    explained,
    merged,
    moved,
    perpetual,
    quoted,
    scene,
    usual,
)
from tests.services.alert_scene import CHECKED, CLOCK, DAY, HOUR, NOW, Scene, line, order_book, token


@dataclass(frozen=True)
class Case:
    """A scene, what is measured, and what comes of it."""

    condition: Condition
    scene: Callable[[], Scene]
    value: float
    words: str


K = AlertKind
NOTICE = VenueNotice(venue="gate", title="Gate Will Delist BTC3L", url="https://www.gate.com/1", ts_ms=NOW - 2 * DAY)


def bids(*levels: tuple[str, str], is_cut: bool = False) -> Scene:
    """One holding worth 200, and who bids for it."""
    made = scene()
    made.books = {BTC3L.key: order_book(*levels, is_cut=is_cut)}
    return made


def marked(**seen: Any) -> Scene:
    """One holding, and what its venue's lists said of it."""
    made = scene()
    made.listings = {BTC3L.key: ListingMark(seen_ms=NOW - 2 * DAY, **seen)}
    return made


def listed(**told: Any) -> Scene:
    """One holding, and how its venue lists it now."""
    return marked(listing=TokenListing(key=BTC3L.key, **told))


CASES = [
    Case(
        usual(K.REBALANCE_NEAR),
        lambda: quoted(effective_leverage=Decimal(4)),
        0.01,
        "1.0 % above where BTC3L rebalances at 59,400",
    ),
    Case(
        usual(K.REBALANCE_NEAR),
        lambda: quoted(effective_leverage=Decimal("4.125")),
        0.0,
        "BTC at 60,000 is where BTC3L rebalances",
    ),
    Case(
        usual(K.REBALANCE_NEAR, "sigma"),
        lambda: quoted(known=explained(market=MARKET), effective_leverage=Decimal(4)),
        0.2513,
        "0.3 daily standard deviations away",
    ),
    Case(
        usual(K.REBALANCE_NEAR, "chance"),
        lambda: quoted(known=explained(market=MARKET), effective_leverage=Decimal(4)),
        0.8017,
        "the chance of a rebalance within 1 day is 80 %",
    ),
    Case(
        usual(K.REBALANCE_NEAR, "chance", horizon_s=3600),
        lambda: quoted(known=explained(market=MARKET), effective_leverage=Decimal(4)),
        0.2182,
        "within 1 hour is 22 %",
    ),
    Case(
        usual(K.REBALANCE_SCHEDULED),
        lambda: quoted(token("BTC3L", CLOCK), effective_leverage=Decimal("3.6")),
        0.0,
        "is 8 hours away and trades nothing",
    ),
    Case(
        usual(K.REBALANCE_SCHEDULED, horizon_s=9 * 3600),
        lambda: quoted(token("BTC3L", CLOCK), effective_leverage=Decimal("3.6")),
        0.6,
        "with the leverage at 3.6×, sells 60 % of NAV",
    ),
    Case(
        usual(K.REBALANCE_SCHEDULED, horizon_s=9 * 3600),
        lambda: quoted(token("BTC3L", CHECKED), effective_leverage=Decimal("3.6")),
        0.0,
        "trades nothing as things stand",
    ),
    Case(
        usual(K.LEVERAGE_OUT_OF_BAND),
        lambda: quoted(effective_leverage=Decimal("4.4")),
        0.275,
        "is 4.4×, outside its band of 2.25–4.125×",
    ),
    Case(usual(K.LEVERAGE_OUT_OF_BAND), lambda: quoted(effective_leverage=Decimal("2.0")), 0.25, "outside its band"),
    Case(usual(K.LEVERAGE_OUT_OF_BAND), lambda: quoted(effective_leverage=Decimal("3.0")), -0.75, "inside its band"),
    Case(
        usual(K.CHOPPY_DECAY),
        lambda: scene(token("BTC3L", CLOCK), known=explained(market=MARKET)),
        0.0027,
        "0.27 % a day in decay at usual moves of 4.0 % a day in BTC",
    ),
    Case(
        usual(K.CHOPPY_DECAY, "efficiency"),
        lambda: scene(known=explained(market=MARKET)),
        0.03,
        "BTC got 3 % of the way",
    ),
    Case(usual(K.HELD_TOO_LONG), scene, 10.0, "held for 10 days"),
    Case(
        usual(K.HELD_TOO_LONG, "decay"),
        lambda: scene(known=explained(attribution=SPLIT)),
        0.08,
        "Decay has taken 8.0 %",
    ),
    Case(
        usual(K.COST_DRAG),
        lambda: perpetual("0.0002"),
        0.001 + 3 * 6 * 0.0002,
        "0.46 % a day: 0.10 % management fee and +0.36 % funding",
    ),
    Case(usual(K.COST_DRAG), lambda: scene(known=explained(costs=COSTS)), 0.001 + 3 * 3 * 0.0002, "take 0.28 % a day"),
    Case(
        usual(K.COST_DRAG, "total"),
        lambda: scene(known=explained(costs=COSTS, attribution=SPLIT)),
        0.15,
        "have taken 15.0 %",
    ),
    Case(
        usual(K.FUNDING_SPIKE),
        lambda: perpetual("-0.0007"),
        -0.0014,
        "Funding of BTC is −0.140 % per 8 h (BTC_USDT at gate): shorts pay",
    ),
    Case(
        usual(K.FUNDING_SPIKE, "flip"),
        lambda: perpetual("-0.0001", settled="0.0003"),
        0.0005,
        "went from +0.030 % to −0.020 % per 8 h: shorts pay now",
    ),
    Case(
        usual(K.FUNDING_SPIKE, "flip"),
        lambda: perpetual("0.0001", settled="0.0003"),
        0.0,
        "has the sign of its last settlement",
    ),
    Case(
        usual(K.PREMIUM),
        lambda: quoted(nav=Decimal("1.9"), last=Decimal("1.995"), bid=None),
        0.05,
        "BTC3L trades at 1.995, 5.00 % above its NAV of 1.9",
    ),
    Case(usual(K.MERGE_NEAR), lambda: quoted(nav=Decimal("0.05")), 0.05, "is worth 0.05"),
    Case(usual(K.MERGE_NEAR, "price"), scene, 2.0, "is worth 2"),
    Case(usual(K.MERGE_SEEN), scene, 1.0, "No merge of BTC3L is open."),
    Case(usual(K.MERGE_SEEN), merged, 100.0, "shows that units were merged 100 : 1"),
    Case(
        usual(K.MERGE_SEEN),
        lambda: scene(token("BTC3L", merges=(UnitMerge(day_ms=NOW - 5 * DAY, old_per_new=Decimal(10)),))),
        10.0,
        "was merged 10 : 1 on 10 January, and none of your transactions says so",
    ),
    Case(
        usual(K.DRAWDOWN),
        lambda: scene(token_prices={BTC3L.key: line((11 * DAY, 9.0), (3 * DAY, 2.5))}),
        0.2,
        "BTC3L at 2 is 20.0 % below its peak of 2.5 on 12 January",
    ),
    Case(usual(K.DRAWDOWN), lambda: scene(token_prices={BTC3L.key: line((3 * DAY, 1.5))}), 0.0, "0.0 % below its peak"),
    Case(usual(K.ENTRY_LOSS), lambda: scene(cost="2.5"), 0.2, "BTC3L at 2 is 20.0 % below your average cost a unit"),
    Case(usual(K.ENTRY_LOSS, "nav"), lambda: quoted(nav=Decimal("1.5")), 0.25, "25.0 % below"),
    Case(usual(K.TAKE_PROFIT), lambda: scene(cost="1.25"), 0.6, "60.0 % above your average cost"),
    Case(usual(K.TAKE_PROFIT, "nav"), lambda: quoted(nav=Decimal(3)), 0.5, "50.0 % above"),
    Case(usual(K.LEVEL_CROSS), scene, 2.0, "The price of BTC3L is 2 now."),
    Case(usual(K.LEVEL_CROSS, "nav"), lambda: quoted(nav=Decimal("2.123")), 2.123, "The NAV of BTC3L is 2.123 now."),
    Case(usual(K.LEVEL_CROSS, "underlying"), scene, 60_000.0, "BTC is at 60,000 now."),
    Case(usual(K.LEVEL_CROSS, "entry"), lambda: scene(cost="2.5"), 0.8, "20.0 % below your average cost"),
    Case(usual(K.EXTREME_MOVE), moved, -0.0625, "BTC moved −6.2 % within 1 hour, from 64,000 to 60,000."),
    Case(usual(K.EXTREME_MOVE, horizon_s=1800), moved, -1 / 61, "within 30 minutes, from 61,000 to 60,000."),
    Case(
        usual(K.LOSS_PROBABILITY),
        lambda: scene(known=explained(outlook=OUTLOOK)),
        0.62,
        "worth less in 30 days than today is 62 %; this is model output",
    ),
    Case(
        usual(K.LOSS_PROBABILITY, horizon_s=7 * 86_400),
        lambda: scene(known=explained(outlook=OUTLOOK, costs=COSTS, market=MARKET)),
        0.5873,
        "worth less in 7 days",
    ),
    Case(
        usual(K.CONCENTRATION),
        lambda: scene(BTC3L, token("ETH3S")),
        0.5,
        "50 % of the value of the holdings follows BTC",
    ),
    Case(
        usual(K.NET_EXPOSURE),
        lambda: scene(BTC3L, token("BTC5L"), token("ETH3S")),
        8 / 3,
        "Netted, the holdings are long BTC by 2.67 times their whole value.",
    ),
    Case(usual(K.NET_EXPOSURE), lambda: scene(BTC3L, token("BTC3S")), 0.0, "long BTC by 0 times"),
    Case(
        usual(K.SPREAD),
        lambda: quoted(bid=Decimal("1.9"), ask=Decimal("2.1")),
        0.1,
        "bid at 1.9 and offered at 2.1, 10.00 % apart",
    ),
    Case(
        usual(K.SPREAD, "thin"),
        lambda: bids(("2", "100"), ("1.99", "150"), ("1.97", "900")),
        200 / 498.5,
        "The BTC3L held is 40 % of what bids within 1 % can take.",
    ),
    Case(
        usual(K.SPREAD, "thin"),
        lambda: bids(("2", "10"), ("1.97", "900")),
        10.0,
        "The BTC3L held is 10.0 times what bids within 1 % can take.",
    ),
    Case(
        usual(K.SPREAD, "thin"),
        lambda: bids(("2", "60"), ("1.999", "20"), is_cut=True),
        200 / 159.98,
        "125 % of what the best 2 bids can take.",
    ),
    Case(usual(K.SPREAD, "thin"), bids, 1000.0, "Nobody bids for BTC3L now."),
    Case(usual(K.STALE_DATA), lambda: quoted(nav_ts_ms=NOW - 3600 * S), 3600.0, "The NAV of BTC3L is 1 hour old."),
    Case(
        usual(K.STALE_DATA),
        lambda: quoted(nav_ts_ms=NOW - 9 * HOUR, nav_source=NavSource.MANUAL, price_ts_ms=NOW - 90 * S),
        90.0,
        "The price of BTC3L is 90 seconds old.",
    ),
    Case(usual(K.STALE_DATA, "down"), down, 1200.0, "Gate has not answered for 20 minutes."),
    Case(
        usual(K.STALE_DATA, "contradiction"),
        lambda: quoted(nav=Decimal(1)),
        1.0,
        "Price and NAV of BTC3L are 100 % apart.",
    ),
    Case(
        usual(K.STALE_DATA, "contradiction"),
        lambda: scene(
            doubts=(Problem(severity=Severity.WARNING, code="x", message="Held back.", source=str(BTC3L.key)),)
        ),
        1.0,
        "Held back.",
    ),
    Case(usual(K.STALE_DATA, "contradiction"), scene, 0.0, "The figures of BTC3L agree."),
    Case(usual(K.LISTING), scene, 0.0, "BTC3L is traded as usual at gate."),
    Case(
        usual(K.LISTING), lambda: scene(token("BTC3L", status=TokenStatus.REDEEM_ONLY)), 1.0, "can only be redeemed now"
    ),
    Case(usual(K.LISTING), lambda: scene(token("BTC3L", status=TokenStatus.DELISTED)), 2.0, "is delisted"),
    Case(
        usual(K.LISTING),
        lambda: marked(missing_ms=NOW - DAY, misses=2),
        2.0,
        "BTC3L is missing from the list of gate since 14 January.",
    ),
    Case(usual(K.LISTING), lambda: marked(status=TokenStatus.DELISTED), 2.0, "BTC3L is delisted at gate."),
    Case(usual(K.LISTING), lambda: listed(can_buy=False), 1.0, "BTC3L can only be sold, not bought, now at gate."),
    Case(
        usual(K.LISTING),
        lambda: listed(can_buy=False, can_sell=False),
        1.0,
        "BTC3L is suspended: it cannot be sold now at gate.",
    ),
    Case(usual(K.LISTING), lambda: listed(ends_ms=NOW + 3 * DAY), 1.0, "gate ends trading of BTC3L on 18 January."),
    Case(
        usual(K.LISTING),
        lambda: listed(can_buy=False, can_sell=False, ends_ms=NOW - 3 * DAY),
        2.0,
        "gate ended trading of BTC3L on 12 January.",
    ),
    Case(usual(K.LISTING, "announced"), scene, 0.0, "No announcement about the end of BTC3L is known."),
    Case(
        usual(K.LISTING, "announced"),
        lambda: marked(notices=(NOTICE, replace(NOTICE, ts_ms=NOW - 20 * DAY))),
        1.0,
        "gate announced on 13 January: “Gate Will Delist BTC3L” (https://www.gate.com/1).",
    ),
    Case(
        usual(K.LISTING, "announced"),
        lambda: marked(notices=(replace(NOTICE, url=""),)),
        1.0,
        "gate announced on 13 January: “Gate Will Delist BTC3L”.",
    ),
    Case(
        usual(K.BOTH_SIDES),
        both,
        1 - 2 / 2.2,
        "the long side is 10.0 % below its cost and the short side is 9.1 % below its cost",
    ),
]
