"""Reads a token as typed by hand: every text checked, what is wrong said by field, the rest made into a token."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Final, TypeVar

from levdesk.domain.instruments import (
    BEGINNING_MS,
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    TokenKey,
    fees_at,
    rule_at,
)
from levdesk.ui.dialogs import typed
from levdesk.ui.dialogs.amounts import amount_text

T = TypeVar("T")

MAX_LEVERAGE: Final = 100
MAX_DAILY_FEE_PERCENT: Final = 20
_VENUE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_SYMBOL: Final = re.compile(r"[A-Z0-9][A-Z0-9.]{0,39}")


@dataclass(slots=True)
class TokenTexts:
    """What stands in the fields."""

    venue: str = ""
    symbol: str = ""
    quote: str = "USDT"
    underlying: str = ""
    leverage: str = ""
    fee: str = ""
    funding_inside: bool = False
    band_low: str = ""
    band_high: str = ""
    check_time: str = ""
    hedge: str = ""
    hedge_venue: str = ""


@dataclass(slots=True)
class TokenReading:
    """What they say: a token, or what is wrong by field (names of `TokenTexts`), and what is still needed."""

    token: LeveragedToken | None = None
    errors: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


NEEDED: Final = {"venue": "venue", "symbol": "symbol", "underlying": "underlying", "leverage": "leverage"}


def texts_of(token: LeveragedToken, at_ms: int) -> TokenTexts:
    """A known token as texts, with the rule and the fees in force at a moment."""
    rule, fees = rule_at(token, at_ms), fees_at(token, at_ms)
    per_day = fees.management_per_day_ratio if fees else None
    return TokenTexts(
        venue=token.key.venue,
        symbol=token.key.symbol,
        quote=token.quote_currency,
        underlying=token.underlying,
        leverage=amount_text(token.target_leverage),
        fee=typed.percent_text(per_day),
        funding_inside=bool(fees and fees.funding_inside),
        band_low=amount_text(rule.band_low) if rule else "",
        band_high=amount_text(rule.band_high) if rule else "",
        check_time=typed.clock_text(rule.scheduled_utc_s if rule else None),
        hedge=token.hedge_instrument,
        hedge_venue=token.hedge_venue,
    )


def read_token(texts: TokenTexts, known: LeveragedToken | None, at_ms: int) -> TokenReading:
    """The token that the texts describe; `known` keeps what the form does not ask for.

    A rule or fee that is unchanged stays as it was, with its source; a changed one takes the place of the row in force
    and becomes the person's own.
    """
    reading = TokenReading()
    texts = _tidy(texts)
    reading.missing = [words for name, words in NEEDED.items() if not getattr(texts, name)]
    reader = _Reader(texts, reading.errors)
    venue = reader.read("venue", _venue)
    symbol = reader.read("symbol", _symbol)
    quote = reader.read("quote", _symbol)
    underlying = reader.read("underlying", _symbol)
    leverage = reader.read("leverage", _leverage)
    fee = reader.read("fee", _daily_fee)
    low, high = reader.read("band_low", _magnitude), reader.read("band_high", _magnitude)
    check_s = reader.read("check_time", typed.clock)
    if leverage is not None:
        _check_band(abs(_target_in_force(known, leverage, at_ms)), low, high, reading.errors)
    if reading.errors or reading.missing or not (venue and symbol and underlying and leverage is not None):
        return reading
    before = known or LeveragedToken(key=TokenKey(venue, symbol), underlying=underlying, target_leverage=leverage)
    reading.token = before._replace(
        key=TokenKey(venue, symbol),
        underlying=underlying,
        target_leverage=leverage,
        quote_currency=quote or "USDT",
        hedge_instrument=texts.hedge,
        hedge_venue="" if texts.hedge_venue == venue else texts.hedge_venue,
        rules=_rules(before, leverage, (low, high, check_s), at_ms),
        fees=_fees(before, fee, texts.funding_inside, at_ms),
        provenance=Provenance.USER,
    )
    return reading


@dataclass(slots=True)
class _Reader:
    texts: TokenTexts
    errors: dict[str, str]

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """A field's value; None when it is empty or wrong, and then the reason is kept."""
        text = getattr(self.texts, name)
        if not text:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.errors[name] = str(error)
            return None


def _tidy(texts: TokenTexts) -> TokenTexts:
    tidy = replace(texts)
    for each in fields(tidy):
        value = getattr(tidy, each.name)
        if isinstance(value, str):
            setattr(tidy, each.name, value.strip())
    return tidy


def _venue(text: str) -> str:
    name = text.lower()
    if not _VENUE.fullmatch(name):
        raise ValueError("A venue is one word of letters and digits, such as gate.")
    return name


def _symbol(text: str) -> str:
    name = text.upper()
    if not _SYMBOL.fullmatch(name):
        raise ValueError("Use letters and digits only, such as BTC3L.")
    return name


def _leverage(text: str) -> Decimal:
    value = typed.multiple(text)
    if not value:
        raise ValueError("The leverage cannot be 0; a short token has a minus, such as −3.")
    if abs(value) > MAX_LEVERAGE:
        raise ValueError(f"The leverage cannot be more than {MAX_LEVERAGE}.")
    return value


def _daily_fee(text: str) -> Decimal:
    ratio = typed.percent(text)
    if not 0 <= ratio * 100 <= MAX_DAILY_FEE_PERCENT:
        raise ValueError(f"The fee per day is between 0 and {MAX_DAILY_FEE_PERCENT} %.")
    return ratio


def _magnitude(text: str) -> Decimal:
    value = typed.number(text)
    if value <= 0:
        raise ValueError("Edges of the band are above 0, also for a short token.")
    return value


def _check_band(size: Decimal, low: Decimal | None, high: Decimal | None, errors: dict[str, str]) -> None:
    if low is not None and low >= size:
        errors.setdefault("band_low", f"The low edge lies below the target of {amount_text(size)}.")
    if high is not None and high <= size:
        errors.setdefault("band_high", f"The high edge lies above the target of {amount_text(size)}.")


def _target_in_force(known: LeveragedToken | None, leverage: Decimal, at_ms: int) -> Decimal:
    """What the rule in force aims at: its own target, unless the token's multiple is corrected."""
    rule = rule_at(known, at_ms) if known is not None and known.target_leverage == leverage else None
    return leverage if rule is None else rule.target_leverage


def _rules(
    before: LeveragedToken, leverage: Decimal, asked: tuple[Decimal | None, Decimal | None, int | None], at_ms: int
) -> tuple[RebalanceRule, ...]:
    """The rows with the one in force as asked for.

    Under another multiple the issuer's rows are dropped, they were those of another kind of token; rows set by hand
    stay and take the new target.
    """
    low, high, check_s = asked
    rule = rule_at(before, at_ms)
    was = (rule.band_low, rule.band_high, rule.scheduled_utc_s) if rule else (None, None, None)
    is_same_kind = leverage == before.target_leverage
    if is_same_kind and was == asked:
        return before.rules
    mine = replace(
        rule or RebalanceRule(target_leverage=leverage),
        target_leverage=_target_in_force(before, leverage, at_ms),
        band_low=low,
        band_high=high,
        scheduled_utc_s=check_s,
        provenance=Provenance.USER,
        source="entered by hand",
        as_of=typed.day_text(at_ms),
    )
    if is_same_kind:
        return (mine,) if rule is None else tuple(mine if row is rule else row for row in before.rules)
    own = [row for row in before.rules if row.provenance is Provenance.USER and row is not rule]
    kept = [replace(row, target_leverage=leverage) for row in own]
    if asked == (None, None, None):
        return tuple(kept)
    first = mine if kept else replace(mine, effective_from_ms=BEGINNING_MS)
    return tuple(sorted((*kept, first), key=lambda row: row.effective_from_ms))


def _fees(before: LeveragedToken, per_day: Decimal | None, inside: bool, at_ms: int) -> tuple[FeeSchedule, ...]:
    fees = fees_at(before, at_ms)
    was = (fees.management_per_day_ratio, fees.funding_inside) if fees else (None, False)
    if was == (per_day, inside):
        return before.fees
    mine = replace(
        fees or FeeSchedule(),
        management_per_day_ratio=per_day,
        funding_inside=inside,
        provenance=Provenance.USER,
        source="entered by hand",
        as_of=typed.day_text(at_ms),
    )
    return (mine,) if fees is None else tuple(mine if row is fees else row for row in before.fees)
