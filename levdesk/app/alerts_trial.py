"""`levdesk alerts test RULE`: a rule tried on the stored history of what is held, before it is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from levdesk.app.alert_trials import is_meant, trial_history
from levdesk.app.alerts_house import AlertsHouse
from levdesk.app.explain_report import estimated_quotes, fetch_missing, sources_of
from levdesk.app.house import House
from levdesk.app.main import DONE
from levdesk.app.watch_facts import local_moment
from levdesk.domain.alerts import AlertRule
from levdesk.domain.errors import UserError
from levdesk.services.alert_rules import rule_name, rule_to_json
from levdesk.services.alert_trial import TrialHistory, TrialResult, try_rule
from levdesk.services.books import Books


def try_rules(alerts: AlertsHouse, rules: Sequence[AlertRule], days: int) -> int:
    """Print when each rule would have fired over the last days, as if all that is held now had been held throughout.

    Raises:
        UserError: nothing is held that a rule is for.
    """
    house = alerts.house
    books = house.read_books()
    if not house.options.offline:
        settings, _ = house.read_settings()
        fetch_missing(house, books, None, house.asked_venues(settings))
    found = [(rule, _try_one(house, books, rule, days)) for rule in rules]
    if house.options.as_json:
        print(json.dumps({"trials": [_object(*one) for one in found]}, indent=2, ensure_ascii=False))
        return DONE
    for rule, result in found:
        print(f"{rule_name(rule)}: {result.words}")
        for moment in result.moments:
            local = datetime.fromtimestamp(moment.ts_ms / 1000).astimezone()
            print(f"  {local:%Y-%m-%d %H:%M}  {moment.target}  {' '.join(moment.message.split())}")
    return DONE


def _try_one(house: House, books: Books, rule: AlertRule, days: int) -> TrialResult:
    tokens = [token for token in books.held_tokens(rule.scope.portfolio_id) if is_meant(rule.scope, token)]
    if not tokens:
        raise UserError(
            f"Nothing is held that “{rule_name(rule)}” is for.", hint="`levdesk report` prints what is held."
        )
    market, now_ms = house.stores.market, house.clock.now_ms()
    quotes = estimated_quotes(house, tokens, {quote.key: quote for quote in market.read_quotes()}, now_ms)
    sources = sources_of(house)
    histories: list[TrialHistory] = [
        trial_history(market, books, token, rule.scope.portfolio_id, (sources(token), quotes.get(token.key)), now_ms)
        for token in tokens
    ]
    return try_rule(rule, histories, now_ms=now_ms, days=days, local_of=local_moment)


def _object(rule: AlertRule, result: TrialResult) -> dict[str, Any]:
    return {
        "rule": {**rule_to_json(rule), "title": rule_name(rule)},
        "from_ms": result.from_ms,
        "until_ms": result.until_ms,
        "fired": len(result.moments),
        "cannot": list(result.cannot),
        "words": result.words,
        "moments": [
            {"ts_ms": moment.ts_ms, "scope": moment.target, "message": moment.message} for moment in result.moments
        ],
    }
