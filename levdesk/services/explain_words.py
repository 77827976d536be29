"""The words of an explanation: plain sentences made of the same figures as the tables. UTC days, true minus signs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from levdesk.domain.basket import EventKind
from levdesk.domain.instruments import LeveragedToken, Provenance, RebalanceRule, ScheduledCondition
from levdesk.domain.ledger_words import plain

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CENT: Final = Decimal("0.01")

EVENT_WORDS: Final = {
    EventKind.SCHEDULED.value: "scheduled",
    EventKind.BAND.value: "band edge",
    EventKind.EMERGENCY.value: "emergency",
    EventKind.OBSERVED.value: "seen at the venue",
}


def amount(value: Decimal, currency: str = "") -> str:
    """An amount of money without a sign, to the cent, e.g. "1,240.00 USDT"; finer below one."""
    size = abs(value)
    places = 2 if size >= 1 or not size else min(8, max(2, 2 - size.adjusted()))
    return f"{size:,.{places}f} {currency}".rstrip()


def signed(value: Decimal) -> str:
    """An amount with its sign, e.g. "+42.30" or "−291.44"."""
    return f"{'−' if value < 0 else '+'}{amount(value)}"


def percent(ratio: float, places: int = 1) -> str:
    """A ratio as a percentage with its sign, e.g. "−10.1 %"."""
    text = f"{abs(ratio) * 100:,.{places}f}"
    return f"{_sign(ratio, text)}{text} %"


def size_percent(ratio: float, places: int = 1) -> str:
    """A ratio as a percentage without a sign."""
    return f"{abs(ratio) * 100:,.{places}f} %"


def _sign(value: float, text: str) -> str:
    if not text.strip("0.,"):
        return ""
    return "−" if value < 0 else "+"


def figure(value: float) -> str:
    """A price or leverage in six significant digits at most, never with an exponent."""
    text = f"{Decimal(f'{abs(value):.6g}'):,f}"
    return f"−{text}" if value < 0 else text


def multiple(leverage: Decimal | float) -> str:
    """A leverage as it is spoken of, e.g. "3×" or "−2.25×"."""
    value = Decimal(repr(leverage)) if isinstance(leverage, float) else leverage
    return f"{'−' if value < 0 else ''}{plain(abs(value))}×"


def day(ts_ms: int, now_ms: int) -> str:
    """A UTC day, e.g. "3 May"; with its year unless that is this year's."""
    moment, now = (_EPOCH + timedelta(milliseconds=ms) for ms in (ts_ms, now_ms))
    text = f"{moment.day} {moment:%B}"
    return text if moment.year == now.year else f"{text} {moment.year}"


def clock(utc_s: int) -> str:
    """A second of the UTC day, e.g. "16:00 UTC"."""
    hours, rest = divmod(utc_s, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}{f':{seconds:02}' if seconds else ''} UTC"


def listed(parts: Iterable[str]) -> str:
    """Parts as in speech, e.g. "a, b and c"."""
    found = list(parts)
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


# -- rules -------------------------------------------------------------------------------------------------------


def rule_words(rule: RebalanceRule | None, now_ms: int) -> str:
    """A rule in a sentence without a full stop, with the date it holds from; "" when none is known."""
    if rule is None:
        return ""
    parts = [*_schedule(rule), *_edges(rule), *_emergencies(rule)]
    acts = "; ".join(parts) if parts else "no rebalance is stated"
    since = f", rule since {day(rule.effective_from_ms, now_ms)}" if rule.effective_from_ms > 0 else ""
    assumed = ", assumed" if rule.provenance is Provenance.ASSUMED else ""
    return f"back to {multiple(rule.target_leverage)}: {acts}{since}{assumed}"


def _schedule(rule: RebalanceRule) -> Iterable[str]:
    if rule.scheduled_utc_s is None:
        return
    text = f"daily at {clock(rule.scheduled_utc_s)}"
    if rule.scheduled_condition is ScheduledCondition.ALWAYS:
        yield text
        return
    conditions = [f"outside {_band(rule)}"] if rule.band_low is not None or rule.band_high is not None else []
    moved = rule.scheduled_condition is ScheduledCondition.OUTSIDE_BAND_OR_MOVED
    if moved and rule.scheduled_move_ratio is not None:
        conditions.append(f"after a move over {plain(rule.scheduled_move_ratio * 100)} %")
    yield f"{text} if {' or '.join(conditions)}" if conditions else text


def _edges(rule: RebalanceRule) -> Iterable[str]:
    checked = rule.scheduled_utc_s is not None and rule.scheduled_condition is not ScheduledCondition.ALWAYS
    if not checked and (rule.band_low is not None or rule.band_high is not None):
        yield f"at once outside {_band(rule)}"


def _band(rule: RebalanceRule) -> str:
    if rule.band_low is None or rule.band_high is None:
        edge = rule.band_high if rule.band_low is None else rule.band_low
        return f"{'at most' if rule.band_low is None else 'at least'} {plain(edge or Decimal(0))}×"
    return f"{plain(rule.band_low)}–{plain(rule.band_high)}×"


def _emergencies(rule: RebalanceRule) -> Iterable[str]:
    if rule.emergency_leverage is not None:
        yield f"at once at {plain(rule.emergency_leverage)}×"
    if rule.emergency_move_ratio is not None:
        side = "either way" if rule.emergency_two_sided else "against the holder"
        yield f"at once after {plain(rule.emergency_move_ratio * 100)} % {side}"


# -- sentences ---------------------------------------------------------------------------------------------------


def token_multiple(token: LeveragedToken) -> str:
    """What a token promises, e.g. "3× BTC"."""
    return f"{multiple(token.target_leverage)} {token.underlying}"


def cents(value: Decimal) -> bool:
    """Whether an amount is worth a word: a cent or more."""
    return abs(value) >= _CENT / 2
