"""The standard rules come once: with the first holding, and never again after a person deleted one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from levdesk.domain.alerts import AlertRule
from levdesk.services.alert_rules import standard_rules

SEEDED_UNDER: Final = "alert_standards"
"""Name of the preference with the names of the standard rules that were saved once."""


def rules_to_seed(
    rules: Iterable[AlertRule], settings: Mapping[str, object], *, is_held: bool
) -> tuple[AlertRule, ...]:
    """Standard rules to save now, unsaved.

    Args:
        rules: those there are.
        settings: all stored preferences.
        is_held: whether anything is held; before that nothing is to be warned of.
    """
    stored = settings.get(SEEDED_UNDER)
    known = {rule.standard for rule in rules} | set(map(str, stored if isinstance(stored, list) else ()))
    return tuple(rule for rule in standard_rules() if rule.standard not in known) if is_held else ()


def seeded(settings: Mapping[str, object], new: Iterable[AlertRule]) -> dict[str, object]:
    """The preference to save once these are there."""
    stored = settings.get(SEEDED_UNDER)
    names = {*map(str, stored if isinstance(stored, list) else ()), *(rule.standard for rule in new)}
    return {SEEDED_UNDER: sorted(names)}
