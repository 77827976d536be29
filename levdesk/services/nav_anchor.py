"""A basket for tokens whose venue tells no NAV: from the market price at the last rebalance everybody knows of.

Right after a scheduled rebalance that always happens the leverage is the target, so only the NAV is unknown; the
market price of that moment stands for it. It is off by the premium of then, which is why such an estimate is said to
rest on a price, and is never compared with a figure of the venue. A token that rebalances only at a band has no such
moment: its NAV stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from levdesk.domain.basket import BasketState
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.market import Candle
from levdesk.domain.problems import Problem, Severity
from levdesk.services.explain_rules import dated_rules
from levdesk.services.nav_estimate import NavAnchor, advanced_anchor, marks_between, price_within

_DAY_MS: Final = 86_400_000

Bars = Mapping[int, Sequence[Candle]]
"""Bars by their length in seconds, finest first."""


def last_check_ms(token: LeveragedToken, now_ms: int) -> int | None:
    """The last scheduled rebalance that happens whatever the market did; None where the rule has none."""
    rules = dated_rules(token)
    if rules is None or not token.rules:
        return None
    period = rules.period_at(now_ms)
    clock_s = period.rule.clock_utc_s
    if not period.usable or clock_s is None or not period.rule.always_acts:
        return None
    return (now_ms - clock_s * 1000) // _DAY_MS * _DAY_MS + clock_s * 1000


def market_anchor(token: LeveragedToken, traded: Bars, underlying: Bars, now_ms: int) -> NavAnchor | None:
    """The basket at the last scheduled rebalance, brought forward over the bars since; None where a price is missing.

    Args:
        token: with its dated rules.
        traded: bars of the token's market price around that moment.
        underlying: bars of its underlying's mark from then until now.
        now_ms: the time.
    """
    at_ms = last_check_ms(token, now_ms)
    if at_ms is None:
        return None
    nav, mark = _price_at(traded, at_ms), _price_at(underlying, at_ms)
    if nav is None or mark is None:
        return None
    basket = BasketState(nav=nav, leverage=float(token.target_leverage), price=mark, event_price=mark)
    anchor = NavAnchor(ts_ms=at_ms, basket=basket)
    finest = next((length_s for length_s, bars in underlying.items() if price_within(bars, length_s, at_ms)), None)
    if finest is None:
        return anchor
    return advanced_anchor(token, anchor, marks_between(underlying[finest], finest, at_ms, now_ms))


def _price_at(bars: Bars, at_ms: int) -> float | None:
    found = (price_within(some, length_s, at_ms) for length_s, some in bars.items())
    return next((price for price in found if price is not None), None)


def resting_on_price(token: LeveragedToken) -> Problem:
    """What is said of an estimate that rests on a market price."""
    words = (
        f"{token.key.symbol}: its venue tells no NAV; the estimate starts from the market price at the last "
        "scheduled rebalance, so it is off by the premium of that moment."
    )
    return Problem(severity=Severity.INFO, code="nav_from_price", message=words, source=str(token.key))
