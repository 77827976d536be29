"""Names of the eight things that can happen to a holding, and what their fields are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from levdesk.domain.transactions import TransactionType


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeWords:
    """How the screen speaks of one type.

    Attributes:
        name: in lists.
        choice: in the list one chooses from.
        act: on the button that records it.
        amount: name of the money it moves, "" when it moves none.
    """

    name: str
    choice: str
    act: str
    amount: str


_T = TransactionType
TYPE_WORDS: Final[dict[TransactionType, TypeWords]] = {
    _T.BUY: TypeWords(name="Buy", choice="Buy", act="Add buy", amount="You pay"),
    _T.SELL: TypeWords(name="Sell", choice="Sell", act="Add sale", amount="You receive"),
    _T.SUBSCRIBE: TypeWords(name="Subscribe", choice="Subscribe at NAV", act="Add subscription", amount="You pay"),
    _T.REDEEM: TypeWords(name="Redeem", choice="Redeem at NAV", act="Add redemption", amount="You receive"),
    _T.TRANSFER_IN: TypeWords(
        name="Transfer in", choice="Transfer in", act="Add transfer", amount="Cost brought along"
    ),
    _T.TRANSFER_OUT: TypeWords(
        name="Transfer out", choice="Transfer out", act="Add transfer", amount="Cost carried away"
    ),
    _T.MERGE: TypeWords(name="Merge", choice="Unit merge (100 old = 1 new)", act="Add merge", amount=""),
    _T.SETTLE: TypeWords(name="Settle", choice="Settlement (delisting)", act="Add settlement", amount="You receive"),
}
