"""What the window shows of the accounts: which have a key, what it may do, and what a visit brought."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from levdesk.services.accounts import AccountNews, KeyCheck, WantedToken
from levdesk.services.accounts_proposals import Proposal, Standing
from levdesk.services.accounts_reconciling import Reconciled


class KeyPlace(StrEnum):
    """Where a key is."""

    NOWHERE = "nowhere"
    SESSION = "session"
    KEYRING = "keyring"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """One venue's account.

    Attributes:
        venue, title: short name, and name for the screen.
        place: where its key is.
        check: what the key may do, as asked last; None when not asked yet.
        trouble: why that could not be asked, or why the key was thrown away; "" when fine.
        has_passphrase: keys there have a third part.
        reach_words: how far back trades are told.
    """

    venue: str
    title: str
    place: KeyPlace = KeyPlace.NOWHERE
    check: KeyCheck | None = None
    trouble: str = ""
    has_passphrase: bool = False
    reach_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsView:
    """All accounts.

    Attributes:
        accounts: one per venue that has them.
        safe_words: where keys are kept.
        outlives: keys are still there after a restart.
        closed_words: why nothing can be asked, "" when it can.
    """

    accounts: tuple[AccountState, ...]
    safe_words: str
    outlives: bool
    closed_words: str = ""

    def of(self, venue: str) -> AccountState | None:
        """One account."""
        return next((each for each in self.accounts if each.venue == venue), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOutcome:
    """What came of trying a key.

    Attributes:
        venue: whose.
        check: what it may do; None when that could not be asked.
        trouble: why not, "" when it could.
    """

    venue: str
    check: KeyCheck | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReview:
    """A visit to an account, against the books.

    Attributes:
        news: what the account told.
        tokens: what was asked about.
        proposals: its trades.
        reconciled: units, token by token.
        others: coins in the account that are no leveraged tokens.
    """

    news: AccountNews
    tokens: tuple[WantedToken, ...]
    proposals: tuple[Proposal, ...]
    reconciled: tuple[Reconciled, ...]
    others: int

    def counted(self, standing: Standing) -> int:
        """How many proposals stand like that."""
        return sum(1 for each in self.proposals if each.standing is standing)
