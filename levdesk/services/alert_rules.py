"""Everything about rules in one place: the standard ones, their words, their JSON, and whether one makes sense."""

from __future__ import annotations

from levdesk.services.alert_checks import check_rule
from levdesk.services.alert_codec import rule_from_json, rule_to_json, scope_from_text
from levdesk.services.alert_standard import standard_rules, usual_condition
from levdesk.services.alert_words import amounts_sentence, condition_words, rule_name, scope_words

__all__ = [
    "amounts_sentence",
    "check_rule",
    "condition_words",
    "rule_from_json",
    "rule_name",
    "rule_to_json",
    "scope_from_text",
    "scope_words",
    "standard_rules",
    "usual_condition",
]
