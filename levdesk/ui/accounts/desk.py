"""The window's one contact with what reads one's own accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from levdesk.services.accounts_proposals import Proposal
    from levdesk.services.accounts_view import AccountReview, AccountsView
    from levdesk.venues.private import ApiKey


class AccountSignals(QObject):
    """What comes of the commands; no payload holds any part of a key."""

    changed = Signal(object)  # AccountsView
    key_tried = Signal(object)  # KeyOutcome
    reviewed = Signal(object)  # AccountReview, and again when the books change
    visit_failed = Signal(object)  # LevdeskError


class AccountDesk(Protocol):
    """Everything the dialogs may ask for; each command returns at once."""

    @property
    def signals(self) -> AccountSignals:
        """Where answers arrive."""

    @property
    def view(self) -> AccountsView | None:
        """The accounts as last told; None before the first time."""

    @property
    def review(self) -> AccountReview | None:
        """The last visit against the books as they are now."""

    def read(self) -> None:
        """Find out which accounts have a key; answered by `changed`."""

    def try_key(self, venue: str, key: ApiKey) -> None:
        """Ask a venue what a key may do; answered by `key_tried`. Nothing is kept yet."""

    def keep_key(self, venue: str) -> None:
        """Keep the key that was tried last; answered by `changed`."""

    def drop_key(self) -> None:
        """Forget the key that was tried last."""

    def forget_key(self, venue: str) -> None:
        """Remove a key for good; answered by `changed`."""

    def visit(self, venue: str, days: int) -> None:
        """Fetch balances and the trades of so many days; answered by `reviewed` or `visit_failed`."""

    def accept(self, proposals: Sequence[Proposal], portfolio_id: int) -> None:
        """Record proposed transactions as one undoable act."""
