"""Whether a token defined or corrected by hand makes sense: what it is, and each of its dated rows, said in words."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Final

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import BEGINNING_MS, ScheduledCondition
from levdesk.domain.ledger_words import moment_words, plain, row_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from levdesk.domain.instruments import FeeSchedule, LeveragedToken, RebalanceRule
    from levdesk.services.books import Books

MAX_LEVERAGE: Final = 100
_DAY_S: Final = 86_400
_FEES: Final = {
    "management_per_day_ratio": "The fee per day",
    "subscribe_ratio": "The fee to subscribe",
    "redeem_ratio": "The fee to redeem",
    "spot_ratio": "The spot fee",
    "rebalance_cost_ratio": "The cost of a rebalance",
}

Fault = tuple[str, str]
"""A field of a dated row (its attribute's name), and what is wrong with it as a sentence."""


def check_token(books: Books, token: LeveragedToken) -> None:
    """Refuse a token that cannot be.

    Raises:
        UserError: in words, for the first thing that is wrong.
    """
    symbol = token.key.symbol
    if not token.key.venue.strip() or not symbol.strip():
        raise UserError("A token needs a venue and a symbol.")
    if not token.underlying.strip():
        raise UserError(f"{symbol} needs an underlying: what it follows, such as BTC.")
    if not _is_leverage(token.target_leverage):
        raise UserError(f"The leverage of {symbol} must be a number other than 0, between −100 and 100.")
    if not token.quote_currency.strip() or token.quote_currency == symbol:
        raise UserError(f"{symbol} needs a quote currency, such as USDT.")
    _check_fee_currencies(books, token)
    _check_rows(token)


def rule_faults(rule: RebalanceRule, token_target: Decimal) -> Iterator[Fault]:
    """What is wrong with a rebalance rule of a token of that signed multiple; nothing when it makes sense."""
    yield from _general_faults(rule)
    target = rule.target_leverage
    if not _is_leverage(target):
        yield "target_leverage", "The target is a number other than 0, between −100 and 100."
        return
    if (target < 0) is not (token_target < 0):
        side = "short: its targets are below 0" if token_target < 0 else "long: its targets are above 0"
        yield "target_leverage", f"The token is {side}."
    yield from _level_faults(rule, abs(target))
    yield from _check_faults(rule)
    for name, what in (("scheduled_move_ratio", "The move"), ("emergency_move_ratio", "The emergency move")):
        move = getattr(rule, name)
        if move is not None and not (move.is_finite() and 0 < move < 1):
            yield name, f"{what} is above 0 and below 100 %."


def fee_faults(fees: FeeSchedule) -> Iterator[Fault]:
    """What is wrong with a fee schedule; nothing when it makes sense."""
    yield from _general_faults(fees)
    for name, what in _FEES.items():
        ratio = getattr(fees, name)
        if ratio is not None and not (ratio.is_finite() and 0 <= ratio < 1):
            yield name, f"{what} is not below 0, and below 100 %."
    if fees.taken_utc_s is not None and not 0 <= fees.taken_utc_s < _DAY_S:
        yield "taken_utc_s", "The fee is taken at a time of the day, such as 16:00."


def since_words(from_ms: int) -> str:
    """From when a row counts: "the beginning" or "2025-12-01 08:00 UTC"."""
    return "the beginning" if from_ms <= BEGINNING_MS else moment_words(from_ms)


# -- inside ------------------------------------------------------------------------------------------------------


def _is_leverage(value: Decimal) -> bool:
    return value.is_finite() and 0 < abs(value) <= MAX_LEVERAGE


def _general_faults(row: RebalanceRule | FeeSchedule) -> Iterator[Fault]:
    if row.effective_from_ms < BEGINNING_MS:
        yield "effective_from_ms", "A row cannot count from before 1970."
    if row.as_of:
        try:
            date.fromisoformat(row.as_of)
        except ValueError:
            yield "as_of", f"“{row.as_of[:40]}” is not a day such as 2025-12-01."


def _level_faults(rule: RebalanceRule, size: Decimal) -> Iterator[Fault]:
    low, high, emergency = rule.band_low, rule.band_high, rule.emergency_leverage
    if low is not None and not (low.is_finite() and 0 < low < size):
        yield "band_low", f"The low edge lies above 0 and below the target of {plain(size)}."
    if high is not None and not (high.is_finite() and high > size):
        yield "band_high", f"The high edge lies above the target of {plain(size)}."
    if emergency is not None and not (emergency.is_finite() and emergency > size):
        yield "emergency_leverage", f"The emergency leverage lies above the target of {plain(size)}."


def _check_faults(rule: RebalanceRule) -> Iterator[Fault]:
    if rule.scheduled_utc_s is None:
        return
    if not 0 <= rule.scheduled_utc_s < _DAY_S:
        yield "scheduled_utc_s", "The daily check is at a time of the day, such as 16:00."
    condition = rule.scheduled_condition
    if condition is ScheduledCondition.OUTSIDE_BAND and rule.band_low is None and rule.band_high is None:
        yield "scheduled_condition", "This check needs a band to be outside of."
    if condition is ScheduledCondition.OUTSIDE_BAND_OR_MOVED and rule.scheduled_move_ratio is None:
        yield "scheduled_move_ratio", "This check needs the move after which it acts."


def _check_rows(token: LeveragedToken) -> None:
    for rule in token.rules:
        _refuse(token, "rebalance rule", rule, rule_faults(rule, token.target_leverage))
    for fees in token.fees:
        _refuse(token, "fees", fees, fee_faults(fees))
    for what, rows in (("rebalance rules", token.rules), ("rows of fees", token.fees)):
        twice = next((at for at, times in Counter(row.effective_from_ms for row in rows).items() if times > 1), None)
        if twice is not None:
            raise UserError(
                f"{token.key.symbol} has two {what} from the same moment, {since_words(twice)}.",
                hint="Change or delete one of them.",
            )


def _refuse(token: LeveragedToken, what: str, row: RebalanceRule | FeeSchedule, faults: Iterable[Fault]) -> None:
    for _field, words in faults:
        since = since_words(row.effective_from_ms)
        raise UserError(f"The {what} of {token.key.symbol} from {since}: {words}", hint="Correct that row.")


def _check_fee_currencies(books: Books, token: LeveragedToken) -> None:
    allowed = {"", token.quote_currency, token.key.symbol}
    odd = [row for row in books.transactions(token.key, None) if row.draft.fee_currency not in allowed]
    if odd:
        raise UserError(
            f"{token.key.symbol} cannot be quoted in {token.quote_currency}: "
            f"its {row_words(odd[0].draft)} has a fee in {odd[0].draft.fee_currency}.",
            hint="Change such fees first.",
        )
