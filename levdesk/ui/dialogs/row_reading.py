"""Reads a dated row as typed: every text checked, what is wrong said by field, a changed row made the person's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeVar

from levdesk.domain.instruments import BEGINNING_MS, FeeSchedule, LeveragedToken, Provenance, RebalanceRule
from levdesk.domain.instruments import ScheduledCondition as Condition
from levdesk.services.token_checks import fee_faults, rule_faults
from levdesk.ui.dialogs import typed
from levdesk.ui.dialogs.amounts import amount_text

T = TypeVar("T")
Row = TypeVar("Row", RebalanceRule, FeeSchedule)

OWN_SOURCE: Final = "you"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTexts:
    """What stands in the fields of a rebalance rule; percents and clock times as one reads them."""

    since: str = ""
    target: str = ""
    check_time: str = ""
    condition: Condition = Condition.ALWAYS
    check_move: str = ""
    band_low: str = ""
    band_high: str = ""
    emergency_leverage: str = ""
    emergency_move: str = ""
    two_sided: bool = False
    source: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTexts:
    """What stands in the fields of a fee schedule."""

    since: str = ""
    per_day: str = ""
    taken_at: str = ""
    funding_inside: bool = False
    subscribe: str = ""
    redeem: str = ""
    spot: str = ""
    rebalance_cost: str = ""
    source: str = ""
    as_of: str = ""


Texts = TypeVar("Texts", RuleTexts, FeeTexts)

_RULE_FIELDS: Final = {
    "effective_from_ms": "since",
    "target_leverage": "target",
    "scheduled_utc_s": "check_time",
    "scheduled_condition": "condition",
    "scheduled_move_ratio": "check_move",
    "emergency_move_ratio": "emergency_move",
}
_FEE_FIELDS: Final = {
    "effective_from_ms": "since",
    "management_per_day_ratio": "per_day",
    "taken_utc_s": "taken_at",
    "subscribe_ratio": "subscribe",
    "redeem_ratio": "redeem",
    "spot_ratio": "spot",
    "rebalance_cost_ratio": "rebalance_cost",
}
"""Attributes of the rows whose fields are called otherwise."""


@dataclass(slots=True)
class RowReading:
    """What the texts say: a row, or what is wrong by field; both empty while the target is missing."""

    row: RebalanceRule | FeeSchedule | None = None
    errors: dict[str, str] = field(default_factory=dict)


def rule_texts(rule: RebalanceRule) -> RuleTexts:
    """A rule as texts; where it comes from is shown only for a row of the person's own."""
    own = rule.provenance is Provenance.USER
    return RuleTexts(
        since=typed.moment_text(rule.effective_from_ms),
        target=amount_text(rule.target_leverage),
        check_time=typed.clock_text(rule.scheduled_utc_s),
        condition=rule.scheduled_condition,
        check_move=typed.percent_text(rule.scheduled_move_ratio),
        band_low=amount_text(rule.band_low),
        band_high=amount_text(rule.band_high),
        emergency_leverage=amount_text(rule.emergency_leverage),
        emergency_move=typed.percent_text(rule.emergency_move_ratio),
        two_sided=rule.emergency_two_sided,
        source=rule.source if own else "",
        as_of=rule.as_of if own else "",
    )


def fee_texts(fees: FeeSchedule) -> FeeTexts:
    """A fee schedule as texts; where it comes from is shown only for a row of the person's own."""
    own = fees.provenance is Provenance.USER
    return FeeTexts(
        since=typed.moment_text(fees.effective_from_ms),
        per_day=typed.percent_text(fees.management_per_day_ratio),
        taken_at=typed.clock_text(fees.taken_utc_s),
        funding_inside=fees.funding_inside,
        subscribe=typed.percent_text(fees.subscribe_ratio),
        redeem=typed.percent_text(fees.redeem_ratio),
        spot=typed.percent_text(fees.spot_ratio),
        rebalance_cost=typed.percent_text(fees.rebalance_cost_ratio),
        source=fees.source if own else "",
        as_of=fees.as_of if own else "",
    )


def read_rule(
    texts: RuleTexts, known: RebalanceRule | None, token: LeveragedToken, taken_ms: Collection[int], now_ms: int
) -> RowReading:
    """The rule that the texts describe.

    Args:
        texts: the fields.
        known: the row that is edited, None for a new one; unchanged texts give it back as it was.
        token: whose rule it is.
        taken_ms: moments from which the other rows count.
        now_ms: today, for the date of a row that does not name one.
    """
    texts = _tidy(texts)
    if known is not None and texts == rule_texts(known):
        return RowReading(known)
    reader = _Reader(texts)
    at_check = bool(texts.check_time)
    condition = texts.condition if at_check else Condition.ALWAYS
    moved = condition is Condition.OUTSIDE_BAND_OR_MOVED
    target = reader.read("target", typed.multiple)
    row = replace(
        known or RebalanceRule(target_leverage=token.target_leverage),
        target_leverage=target if target is not None else token.target_leverage,
        effective_from_ms=reader.since(known),
        scheduled_utc_s=reader.read("check_time", typed.clock),
        scheduled_condition=condition,
        scheduled_move_ratio=reader.read("check_move", typed.percent) if moved else None,
        band_low=reader.read("band_low", typed.number),
        band_high=reader.read("band_high", typed.number),
        emergency_leverage=reader.read("emergency_leverage", typed.multiple),
        emergency_move_ratio=reader.read("emergency_move", typed.percent),
        emergency_two_sided=texts.two_sided,
        as_of="",
    )
    faults = ((_RULE_FIELDS.get(name, name), words) for name, words in rule_faults(row, token.target_leverage))
    reading = reader.finish(row, faults, taken_ms, now_ms)
    if not texts.target:
        reading.row = None
    return reading


def read_fees(texts: FeeTexts, known: FeeSchedule | None, taken_ms: Collection[int], now_ms: int) -> RowReading:
    """The fee schedule that the texts describe; arguments as for `read_rule`."""
    texts = _tidy(texts)
    if known is not None and texts == fee_texts(known):
        return RowReading(known)
    reader = _Reader(texts)
    row = replace(
        known or FeeSchedule(),
        effective_from_ms=reader.since(known),
        management_per_day_ratio=reader.read("per_day", typed.percent),
        taken_utc_s=reader.read("taken_at", typed.clock),
        funding_inside=texts.funding_inside,
        subscribe_ratio=reader.read("subscribe", typed.percent),
        redeem_ratio=reader.read("redeem", typed.percent),
        spot_ratio=reader.read("spot", typed.percent),
        rebalance_cost_ratio=reader.read("rebalance_cost", typed.percent),
        as_of="",
    )
    faults = ((_FEE_FIELDS.get(name, name), words) for name, words in fee_faults(row))
    return reader.finish(row, faults, taken_ms, now_ms)


@dataclass(slots=True)
class _Reader:
    texts: RuleTexts | FeeTexts
    errors: dict[str, str] = field(default_factory=dict)

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """A field's value; None when it is empty or wrong, and then the reason is kept."""
        text = getattr(self.texts, name)
        try:
            return parse(text) if text else None
        except ValueError as error:
            self.errors[name] = str(error)
            return None

    def since(self, known: RebalanceRule | FeeSchedule | None) -> int:
        """The first moment; untouched it keeps its milliseconds."""
        if known is not None and self.texts.since == typed.moment_text(known.effective_from_ms):
            return known.effective_from_ms
        return self.read("since", typed.moment) or BEGINNING_MS

    def finish(self, row: Row, faults: Iterable[tuple[str, str]], taken_ms: Collection[int], now_ms: int) -> RowReading:
        """The row as the person's own, or everything that is wrong with it."""
        as_of = self.read("as_of", typed.day)
        for name, words in faults:
            self.errors.setdefault(name, words)
        if row.effective_from_ms in taken_ms:
            self.errors.setdefault("since", "Another row counts from this very moment.")
        if self.errors:
            return RowReading(errors=self.errors)
        mine = replace(
            row,
            provenance=Provenance.USER,
            source=self.texts.source or OWN_SOURCE,
            as_of=as_of or typed.day_text(now_ms),
        )
        return RowReading(mine)


def _tidy(texts: Texts) -> Texts:
    values = ((each.name, getattr(texts, each.name)) for each in fields(texts))
    tidy: dict[str, Any] = {name: value.strip() for name, value in values if type(value) is str}
    return replace(texts, **tidy)
