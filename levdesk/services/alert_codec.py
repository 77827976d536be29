"""Rules to and from JSON, for storage and scripts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from levdesk.domain.alerts import (
    ActiveHours,
    AlertJoin,
    AlertKind,
    AlertRule,
    AlertScope,
    AlertSeverity,
    AlertSide,
    Condition,
    ScopeKind,
)
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import TokenKey
from levdesk.services.alert_checks import check_rule
from levdesk.services.alert_kinds import KINDS

_Word = TypeVar("_Word", bound=StrEnum)


def rule_to_json(rule: AlertRule) -> dict[str, Any]:
    """A rule as JSON values; `rule_from_json` gives the same rule back."""
    hours = rule.active_hours
    return {
        "id": rule.id,
        "name": rule.name,
        "scope": str(rule.scope),
        "conditions": [_condition_to_json(condition) for condition in rule.conditions],
        "join": rule.join.value,
        "severity": rule.severity.value,
        "debounce_s": rule.debounce_s,
        "cooldown_s": rule.cooldown_s,
        "expires_ms": rule.expires_ms,
        "active_hours": None
        if hours is None
        else {"from_minute": hours.from_minute, "until_minute": hours.until_minute, "weekdays": sorted(hours.weekdays)},
        "channels": list(rule.channels),
        "one_shot": rule.one_shot,
        "enabled": rule.enabled,
        "standard": rule.standard,
    }


def rule_from_json(document: object) -> AlertRule:
    """A rule from JSON values; what is left out has its usual value.

    Raises:
        SettingInvalid: in words, for the first thing that makes no sense.
    """
    row = _Row(document, "a rule")
    conditions = row.take("conditions", _list, None)
    rule = AlertRule(
        id=row.take("id", _whole, 0),
        name=row.take("name", _text, ""),
        scope=scope_from_text(row.take("scope", _text, "everything")),
        conditions=tuple(_condition_from_json(one) for one in conditions or ()),
        join=row.word("join", AlertJoin, AlertJoin.ALL_OF),
        severity=row.word("severity", AlertSeverity, AlertSeverity.WARNING),
        debounce_s=row.take("debounce_s", _whole, 0),
        cooldown_s=row.take("cooldown_s", _whole, 3600),
        expires_ms=row.take("expires_ms", _whole, None),
        active_hours=row.take("active_hours", _hours, None),
        channels=tuple(_text(name) for name in row.take("channels", _list, ["desktop"]) or ()),
        one_shot=row.take("one_shot", _yes_no, False),
        enabled=row.take("enabled", _yes_no, True),
        standard=row.take("standard", _text, ""),
    )
    row.finish()
    wrong = check_rule(rule)
    if wrong:
        raise SettingInvalid(wrong[0])
    return rule


def scope_from_text(text: str) -> AlertScope:
    """A scope as `str(AlertScope)` writes it: "everything", "portfolio:1", "underlying:BTC", "token:gate:BTC3L".

    Raises:
        SettingInvalid: it is none.
    """
    kind, _, rest = text.strip().partition(":")
    match kind:
        case ScopeKind.EVERYTHING.value if not rest:
            return AlertScope()
        case ScopeKind.PORTFOLIO.value if rest.isascii() and rest.isdigit():
            return AlertScope(kind=ScopeKind.PORTFOLIO, portfolio_id=int(rest))
        case ScopeKind.UNDERLYING.value if rest.strip():
            return AlertScope(kind=ScopeKind.UNDERLYING, underlying=rest.strip())
        case ScopeKind.VENUE.value if rest.strip():
            return AlertScope(kind=ScopeKind.VENUE, venue=rest.strip())
        case ScopeKind.TOKEN.value:
            venue, colon, symbol = rest.partition(":")
            if colon and venue and symbol:
                return AlertScope(kind=ScopeKind.TOKEN, key=TokenKey(venue, symbol))
    raise SettingInvalid(
        f"“{text[:60]}” is not something a rule can be for.",
        hint="Use everything, portfolio:1, underlying:BTC, venue:gate or token:gate:BTC3L.",
    )


def _condition_to_json(condition: Condition) -> dict[str, Any]:
    return {
        "kind": condition.kind.value,
        "threshold": condition.threshold,
        "side": condition.side.value,
        "measure": condition.measure,
        "hysteresis": condition.hysteresis,
        "horizon_s": condition.horizon_s,
        "most_age_s": condition.most_age_s,
    }


def _condition_from_json(document: object) -> Condition:
    """A condition; one that names its kind only has all usual figures."""
    row = _Row(document, "a condition")
    kind = row.word("kind", AlertKind, None)
    info = KINDS[kind].measure(row.take("measure", _text, ""))
    if info is None:
        info = KINDS[kind].measures[0]
    measure = row.take("measure", _text, "")
    own = "threshold" in row.left
    condition = Condition(
        kind=kind,
        measure=measure,
        threshold=row.take("threshold", _number, info.threshold),
        side=row.word("side", AlertSide, info.side),
        hysteresis=row.take("hysteresis", _number, 0.0 if own else info.hysteresis),
        horizon_s=row.take("horizon_s", _whole, None),
        most_age_s=row.take("most_age_s", _whole, None),
    )
    row.finish()
    return condition


class _Row:
    """A JSON object of which each name is asked for once, so that a misspelt one is noticed."""

    def __init__(self, document: object, what: str) -> None:
        if not isinstance(document, Mapping):
            raise SettingInvalid(f"{what.capitalize()} is a JSON object.")
        self.left = {str(name): value for name, value in document.items()}
        self._known = dict(self.left)
        self._what = what

    def take(self, name: str, read: Callable[[object], Any], default: Any) -> Any:
        self.left.pop(name, None)
        value = self._known.get(name)
        if value is None:
            return default
        try:
            return read(value)
        except (TypeError, ValueError) as error:
            raise SettingInvalid(f"“{name}” of {self._what} makes no sense: {str(value)[:60]}.") from error

    def word(self, name: str, words: type[_Word], default: _Word | None) -> _Word:
        text = self.take(name, _text, None if default is None else default.value)
        try:
            return words(text)
        except ValueError as error:
            known = ", ".join(word.value for word in words)
            raise SettingInvalid(f"“{name}” of {self._what} is not “{text}”.", hint=f"Use one of: {known}.") from error

    def finish(self) -> None:
        if self.left:
            raise SettingInvalid(f"{self._what.capitalize()} has no “{next(iter(self.left))}”.")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(value)
    return float(value)


def _yes_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise TypeError(value)
    return list(value)


def _hours(value: object) -> ActiveHours:
    row = _Row(value, "active hours")
    days = row.take("weekdays", _list, [])
    hours = ActiveHours(
        from_minute=row.take("from_minute", _whole, 0),
        until_minute=row.take("until_minute", _whole, 1440),
        weekdays=frozenset(_whole(day) for day in days),
    )
    row.finish()
    return hours
