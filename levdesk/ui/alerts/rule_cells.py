"""Columns of the list of rules, and the cells of one rule."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from levdesk.services.alert_kinds import KINDS
from levdesk.services.alert_rules import condition_words
from levdesk.ui import format as fmt
from levdesk.ui.alerts.words import CHANNEL_WORDS, MARKS, SEVERITY_WORDS, TONES, count_words, target_words
from levdesk.ui.models.cells import Cell, Tone
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.models.keyed_table import KeyedRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from levdesk.services.alert_view import RuleStanding


class RuleColumn(IntEnum):
    """Columns of the list."""

    RULE = 0
    SCOPE = 1
    SEVERITY = 2
    STATE = 3
    FIRED = 4
    CHANNELS = 5


RULE_COLUMNS: Final = (
    ColumnSpec(name="rule", title="Rule", about="What is watched", width=300, is_number=False),
    ColumnSpec(name="scope", title="For", about="What it is watched at", width=96, is_number=False),
    ColumnSpec(name="severity", title="Severity", about="How much it matters", width=92, is_number=False),
    ColumnSpec(name="state", title="Now", about="How it stands", width=128, is_number=False),
    ColumnSpec(name="fired", title="Fired last", about="When it fired last, anywhere", width=110, is_number=False),
    ColumnSpec(name="channels", title="Tells by", about="Besides this window", width=104, is_number=False),
)


def rule_row(standing: RuleStanding, now_ms: int, portfolios: Mapping[int, str]) -> KeyedRow:
    """A rule as a row; one that is switched off is muted."""
    rule = standing.rule
    off = not rule.enabled
    plain = Tone.MUTED if off else Tone.PLAIN
    severity = f"{MARKS[rule.severity]} {SEVERITY_WORDS[rule.severity]}"
    by = ", ".join(CHANNEL_WORDS.get(name, name) for name in rule.channels) or "the window only"
    cells = [
        Cell(standing.name, plain, mark="" if rule.standard else "yours"),
        Cell(target_words(str(rule.scope), portfolios), plain),
        Cell(severity, Tone.MUTED if off else TONES[rule.severity]),
        _state(standing),
        Cell(fmt.lately(standing.fired_ms, now_ms) if standing.fired_ms else "never", Tone.MUTED),
        Cell(by, Tone.MUTED),
    ]
    return KeyedRow(rule.id, cells, rule_tip(standing))


def rule_tip(standing: RuleStanding) -> str:
    """A rule in full, for its tooltip."""
    rule = standing.rule
    lines = [standing.name]
    for condition in rule.conditions:
        kind = KINDS[condition.kind]
        lines.append(f"{kind.title}: {condition_words(condition)}. {kind.about}")
    if standing.why_not:
        lines.append(f"Cannot tell now: {standing.why_not}")
    return "\n".join(lines)


def _state(standing: RuleStanding) -> Cell:
    if not standing.rule.enabled:
        return Cell("off", Tone.MUTED)
    if standing.asleep:
        return Cell("has fired once, sleeps", Tone.MUTED)
    if standing.firing:
        return Cell(f"firing at {standing.firing}", TONES[standing.rule.severity])
    if standing.waiting:
        return Cell(f"about to fire at {standing.waiting}", Tone.WARNING)
    if standing.blind:
        return Cell(f"cannot tell at {count_words(standing.blind, 'place')}", Tone.MUTED)
    return Cell("watching")
