"""`levdesk alerts …`: rules listed, added and tried, the history, and the ways out set up, for people and scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from levdesk.app.alert_lines import event_object, json_line, plain_line
from levdesk.app.alerts_channel import send_test, set_up_channel, take_secrets
from levdesk.app.alerts_house import SAVE_TIMEOUT_S, AlertsHouse
from levdesk.app.alerts_line import AlertsArguments
from levdesk.app.alerts_typed import moment_ms, rules_typed, whole
from levdesk.app.house import House
from levdesk.app.main import DONE
from levdesk.domain.alerts import AlertEvent, AlertKind, AlertPhase, AlertRule, AlertSeverity, ScopeKind
from levdesk.domain.errors import SettingInvalid, UserError
from levdesk.services.alert_kinds import KINDS
from levdesk.services.alert_ports import StoredAlerts, StoredEvent
from levdesk.services.alert_rules import rule_name, rule_to_json, scope_from_text
from levdesk.services.alert_words import threshold_words
from levdesk.services.books import Books

_PAGE: Final = 500
_MOST_ID: Final = 2**62
_MOST_EVENTS: Final = 1_000_000


def run_alerts(house: House) -> int:
    """Do what the call says; returns the exit code."""
    given = house.options.alerts
    assert given is not None
    return _ACTS[given.act](AlertsHouse.of(house), given)


# -- rules ---------------------------------------------------------------------------------------------------------


def list_rules(alerts: AlertsHouse, given: AlertsArguments) -> int:
    """Print the rules and where they stand, or what can be watched."""
    as_json = alerts.house.options.as_json
    if given.kinds:
        _print_json({"kinds": [_kind_object(kind) for kind in KINDS]}) if as_json else _print_kinds()
        return DONE
    stored = alerts.read_alerts(alerts.house.read_books())
    rows = [_rule_object(rule, stored) for rule in stored.rules]
    if as_json:
        _print_json({"rules": rows, "muted": dict(stored.muted)})
        return DONE
    for row in rows:
        state = "off" if not row["enabled"] else f"firing: {', '.join(row['firing'])}" if row["firing"] else "on"
        print(f"{row['id']:>4}  {row['severity']:8}  {row['title']}  [{state}]")
    for target, until_ms in stored.muted.items():
        print(f"      muted: {target}{'' if until_ms is None else ' for now'}")
    if not rows:
        print("No rules yet; the standard ones come with the first holding.")
    return DONE


def _rule_object(rule: AlertRule, stored: StoredAlerts) -> dict[str, Any]:
    states = {key.target: state for key, state in stored.states.items() if key.rule_id == rule.id}
    return {
        **rule_to_json(rule),
        "title": rule_name(rule),
        "firing": sorted(target for target, state in states.items() if state.phase is AlertPhase.FIRING),
        "cannot_tell": sorted(target for target, state in states.items() if state.phase is AlertPhase.CANNOT_TELL),
    }


def _kind_object(kind: AlertKind) -> dict[str, Any]:
    info = KINDS[kind]
    measures = [
        {
            "name": measure.name,
            "title": measure.title,
            "unit": measure.unit.value,
            "threshold": measure.threshold,
            "side": measure.side.value,
            "sides": [side.value for side in measure.sides],
        }
        for measure in info.measures
    ]
    return {"kind": kind.value, "title": info.title, "about": info.about, "measures": measures}


def _print_kinds() -> None:
    for kind, info in KINDS.items():
        print(f"{kind.value:20}  {info.about}")
        for measure in info.measures:
            words = f"{measure.title}: {measure.side.value} {threshold_words(measure, measure.threshold)}"
            print(f"{'':20}    --measure {measure.name:14} {words}")


def add_rules(alerts: AlertsHouse, given: AlertsArguments) -> int:
    """Save rules of the call, all or none that makes no sense."""
    house = alerts.house
    books = house.read_books()
    rules = rules_typed(given, house.clock.now_ms())
    for rule in rules:
        _require_target(rule, books)
    alerts.read_alerts(books)  # the standard ones come first, so that their numbers do not depend on this
    saved = [alerts.store.save_rule(rule).result(SAVE_TIMEOUT_S) for rule in rules]
    if house.options.as_json:
        _print_json({"added": [{**rule_to_json(rule), "title": rule_name(rule)} for rule in saved]})
    else:
        for rule in saved:
            print(f"Added rule {rule.id}: {rule_name(rule)}.")
    return DONE


def _require_target(rule: AlertRule, books: Books) -> None:
    """A rule for a portfolio that is not there would never be measured."""
    ids = [portfolio.id for portfolio in books.portfolios]
    if rule.scope.kind is ScopeKind.PORTFOLIO and rule.scope.portfolio_id not in ids:
        names = ", ".join(f"portfolio:{portfolio.id} ({portfolio.name})" for portfolio in books.portfolios)
        raise SettingInvalid(f"There is no {rule.scope}.", hint=f"There is: {names}.")


def remove_rule(alerts: AlertsHouse, given: AlertsArguments) -> int:
    """Delete a rule."""
    rule = _find_rule(alerts, given.rule)
    alerts.store.remove_rule(rule.id).result(SAVE_TIMEOUT_S)
    if alerts.house.options.as_json:
        _print_json({"removed": rule.id})
    else:
        print(f"Removed rule {rule.id}: {rule_name(rule)}.")
    return DONE


def _find_rule(alerts: AlertsHouse, text: str) -> AlertRule:
    rule_id = whole(text, "the number of a rule", _MOST_ID)
    stored = alerts.read_alerts(alerts.house.read_books())
    for rule in stored.rules:
        if rule.id == rule_id:
            return rule
    raise UserError(f"There is no rule {rule_id}.", hint="`levdesk alerts list` prints them.")


def test_rule(alerts: AlertsHouse, given: AlertsArguments) -> int:
    """Send a test message when only channels are named; else try a rule on stored history."""
    if given.channels and not given.rule and not given.has_condition:
        if given.secrets_stdin:
            take_secrets(alerts)
        return send_test(alerts, given)
    from levdesk.app.alerts_trial import try_rules  # numpy, for this act only

    is_number = given.rule.isascii() and given.rule.isdigit()
    rules = (_find_rule(alerts, given.rule),) if is_number else rules_typed(given, alerts.house.clock.now_ms())
    return try_rules(alerts, rules, whole(given.days, "--days", 3650))


# -- history -------------------------------------------------------------------------------------------------------


def print_history(alerts: AlertsHouse, given: AlertsArguments) -> int:
    """Print the alerts there were, newest first."""
    wanted = _filter(given, alerts.house.clock.now_ms())
    left = whole(given.limit, "--limit", _MOST_EVENTS)
    for stored in _events(alerts):
        if not wanted(stored.event):
            continue
        print(json_line(_stored_object(stored)) if alerts.house.options.as_json else plain_line(stored.event))
        left -= 1
        if not left:
            break
    return DONE


def _events(alerts: AlertsHouse) -> Iterator[StoredEvent]:
    before_id: int | None = None
    while page := alerts.store.read_events(before_id=before_id, limit=_PAGE):
        yield from page
        before_id = page[-1].id


def _filter(given: AlertsArguments, now_ms: int) -> Callable[[AlertEvent], bool]:
    since_ms = moment_ms(given.since, now_ms, ahead=False) if given.since else 0
    kind = _word(given.kind, [kind.value for kind in AlertKind], "kind of alert")
    severity = _word(given.severity, [severity.value for severity in AlertSeverity], "severity")
    state = _word(given.state, ["fired", "cleared"], "state")
    scope = str(scope_from_text(given.scope)) if given.scope else ""
    text = given.search.casefold()

    def wanted(event: AlertEvent) -> bool:
        return (
            event.ts_ms >= since_ms
            and kind in {"", event.kind.value}
            and severity in {"", event.severity.value}
            and scope in {"", event.target}
            and state in {"", "fired" if event.fired else "cleared"}
            and text in f"{event.rule}\n{event.target}\n{event.message}".casefold()
        )

    return wanted


def _word(text: str, words: list[str], what: str) -> str:
    if text and text not in words:
        raise SettingInvalid(f"“{text}” is no {what}.", hint=f"Use one of: {', '.join(words)}.")
    return text


def _stored_object(stored: StoredEvent) -> dict[str, Any]:
    return {
        **event_object(stored.event),
        "id": stored.id,
        "rule_id": stored.event.rule_id,
        "advice": stored.event.advice,
        "acknowledged_ms": stored.acknowledged_ms,
        "deliveries": dict(stored.deliveries),
    }


def _print_json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


_ACTS: Final[Mapping[str, Callable[[AlertsHouse, AlertsArguments], int]]] = {
    "list": list_rules,
    "add": add_rules,
    "remove": remove_rule,
    "test": test_rule,
    "history": print_history,
    "channel": set_up_channel,
}
