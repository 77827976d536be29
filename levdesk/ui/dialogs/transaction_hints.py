"""The quiet words under the fields of a transaction: what the token is, what is held, what a problem concerns."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import LeveragedToken, Provenance, TokenKey
from levdesk.domain.money import ONE, divide
from levdesk.domain.transactions import OUTGOING, TransactionType
from levdesk.services.naming import guess_token
from levdesk.ui import format as eye
from levdesk.ui.dialogs.token_field import TokenField
from levdesk.ui.format import Figures
from levdesk.ui.models.titles import token_words, venue_title

FIELD_OF: Final = {
    "draft_token": "token",
    "draft_time": "time",
    "draft_quantity": "quantity",
    "draft_held": "quantity",
    "draft_price": "price",
    "draft_fee": "fee",
    "draft_fee_currency": "fee",
    "draft_note": "note",
}
"""Field of the form that a code of `draft_rules` and `book_checks` speaks of."""


def token_hint(field: TokenField, catalogue: Iterable[LeveragedToken], write: Figures) -> str:
    """What the named token is, or what to do when none is."""
    token = field.token
    if token is not None:
        listed = any(each.key == token.key for each in catalogue)
        assumed = "" if listed or token.provenance is Provenance.USER else ", read from its name"
        return f"{token_words(token, write)}{assumed}"
    if field.candidates:
        venues = [venue_title(each.key.venue) for each in field.candidates]
        return f"{' and '.join(venues)} have a token of this name: choose one from the list."
    return "No list has this token: choose one that is offered, or define it." if field.text().strip() else ""


def quantity_hint(kind: TransactionType, held: Decimal, ratio: Decimal | None, symbol: str, write: Figures) -> str:
    """What is held when units are to leave or to be merged."""
    if kind is TransactionType.MERGE and ratio is not None and ratio > 0:
        return f"{write.quantity(held)} {symbol} become {write.quantity(divide(held, ratio))}"
    if kind in OUTGOING or kind is TransactionType.MERGE:
        return f"You hold {write.quantity(held)} {symbol} at that time"
    return ""


def local_time_words(time_ms: int) -> str:
    """The zone a moment is written in: "Your local time, CET (UTC+01:00)"."""
    zone = eye.moment_with_zone(time_ms).partition(eye.clock(time_ms))[2].strip()
    return f"Your local time, {zone}"


def unlisted(key: TokenKey) -> LeveragedToken:
    """A stand-in for a token that no list has any more, so that its rows can still be edited."""
    return guess_token(key) or LeveragedToken(key=key, underlying=key.symbol, target_leverage=ONE)
