"""Conditions, scopes and rules in words: names of rules, thresholds, stretches of time, and amounts of money apart."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from levdesk.domain.alerts import AlertJoin, AlertRule, AlertScope, AlertSide, Condition, ScopeKind
from levdesk.services.alert_kinds import measure_of
from levdesk.services.alert_terms import AlertUnit, MeasureInfo, WatchLevel
from levdesk.services.explain_words import amount, listed

AMOUNT: Final = "amount_"
"""How the names of values begin that tell how much money a person has."""

_STEPS: Final = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
_FOLLOWS: Final = frozenset({"within", "down", "held", "moves", "no", "{at}"})
"""First words of conditions that go on after a name; before others stands a colon."""
_AMOUNT_WORDS: Final = {
    "amount_worth": "worth",
    "amount_result": "result",
    "amount_per_day": "cost per day",
    "amount_net_exposure": "net exposure",
}


def number(value: float, places: int = 2) -> str:
    """A figure without needless zeros and with a true minus sign, e.g. "0.5" or "−1,250"."""
    text = f"{abs(value):,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"−{text}" if value < 0 and text != "0" else text


def price(value: float) -> str:
    """A price in eight significant digits at most, never with an exponent."""
    return f"{Decimal(f'{value:.8g}'):,f}"


def lasting(seconds: float) -> str:
    """A stretch of time in its largest fitting unit, e.g. "90 minutes" or "1 day"."""
    for size, name in _STEPS:
        if seconds >= size and (seconds % size == 0 or seconds >= 3 * size):
            count = number(seconds / size, 0 if seconds % size == 0 else 1)
            return f"{count} {name}{'' if count == '1' else 's'}"
    return "0 seconds" if not seconds else f"{number(seconds)} seconds"


def threshold_words(measure: MeasureInfo, value: float) -> str:
    """A threshold with its unit, e.g. "3 %", "1.5×" or "14 days"."""
    match measure.unit:
        case AlertUnit.RATIO | AlertUnit.CHANCE:
            return f"{number(value * 100, 4)} %"
        case AlertUnit.MULTIPLE:
            return f"{number(value, 4)}×"
        case AlertUnit.DAYS:
            return lasting(value * 86_400)
        case AlertUnit.SECONDS:
            return lasting(value)
        case AlertUnit.PRICE:
            return price(value)
        case _:
            return number(value, 4)


def condition_words(condition: Condition) -> str:
    """A condition in words, e.g. "within 3 % of a rebalance".

    Raises:
        SettingInvalid: its kind has no such measure.
    """
    measure = measure_of(condition)
    horizon_s = measure.horizon_s if condition.horizon_s is None else condition.horizon_s
    at = threshold_words(measure, condition.threshold)
    if condition.side is measure.side:
        return measure.phrase.format(at=at, over="" if horizon_s is None else lasting(horizon_s))
    side = {AlertSide.ABOVE: "at or above", AlertSide.BELOW: "at or below", AlertSide.EITHER: "beyond, either way,"}
    if "crosses" in measure.phrase:
        side = {AlertSide.ABOVE: "rises to", AlertSide.BELOW: "falls to", AlertSide.EITHER: "crosses"}
    over = "" if horizon_s is None else f", over {lasting(horizon_s)}"
    return f"{measure.title} {side[condition.side]} {at}{over}"


def scope_words(scope: AlertScope) -> str:
    """What a rule is for, e.g. "BTC3L", "BTC" or "portfolio 2"; "" for everything."""
    match scope.kind:
        case ScopeKind.TOKEN:
            return "" if scope.key is None else scope.key.symbol
        case ScopeKind.UNDERLYING:
            return scope.underlying
        case ScopeKind.VENUE:
            return scope.venue
        case ScopeKind.PORTFOLIO:
            return f"portfolio {scope.portfolio_id}"
        case _:
            return ""


def rule_name(rule: AlertRule) -> str:
    """The rule's own name, or one made of its conditions: "BTC3L within 3 % of a rebalance".

    Raises:
        SettingInvalid: a condition's kind has no such measure.
    """
    if rule.name.strip():
        return rule.name.strip()
    joint = " and " if rule.join is AlertJoin.ALL_OF else " or "
    words = joint.join(condition_words(condition) for condition in rule.conditions)
    follows = len(rule.conditions) == 1 and measure_of(rule.conditions[0]).phrase.split()[0] in _FOLLOWS
    return f"{scope_words(rule.scope) or _any_words(rule)}{' ' if follows else ': '}{words}"


def amounts_sentence(values: Mapping[str, float | str | None]) -> str:
    """The money among an event's values, for a message of somebody who asked for it; "" when there is none."""
    currency = str(values.get("amount_currency") or "")
    parts = []
    for name, word in _AMOUNT_WORDS.items():
        value = values.get(name)
        if isinstance(value, int | float):
            sign = "−" if value < 0 else ""
            parts.append(f"{word} {sign}{amount(Decimal(repr(value)), currency)}")
    words = listed(parts)
    return f"{words[0].upper()}{words[1:]}." if words else ""


def _any_words(rule: AlertRule) -> str:
    level = max(measure_of(condition).level for condition in rule.conditions)
    return {WatchLevel.TOKEN: "Any holding", WatchLevel.UNDERLYING: "Any underlying", WatchLevel.VENUE: "Any source"}[
        level
    ]
