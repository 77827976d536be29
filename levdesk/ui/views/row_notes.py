"""What is noted on the transactions of each token, for the filter of the holdings; very many are gathered beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from levdesk.domain.instruments import TokenKey
    from levdesk.services.pace import Pace
    from levdesk.ui.desk import Desk

    Held = tuple[TokenKey, int | None]

MANY_ROWS: Final = 20_000
"""Up to so many rows are looked through at once, in 20 ms; a million would keep the window waiting for a second."""


class RowNotes:
    """Remembers notes by token and portfolio until the books change.

    Args:
        desk: whose rows.
        on_gathered: called when notes have come that were not there when they were asked for.
    """

    def __init__(self, desk: Desk, on_gathered: Callable[[], None]) -> None:
        self._desk = desk
        self._on_gathered = on_gathered
        self._known: dict[Held, str] = {}
        self._job_id = self._turn = 0

    def forget(self) -> None:
        """The books are others now."""
        self._known.clear()
        self._turn += 1

    def of(self, key: TokenKey) -> str:
        """Notes on a token's rows in the portfolio shown; "" for the moment it takes to gather very many."""
        held = (key, self._desk.selected_portfolio_id)
        if held not in self._known:
            view = self._desk.view
            if view is not None and sum(holding.transaction_count for holding in view.holdings) > MANY_ROWS:
                self._gather([(holding.token.key, held[1]) for holding in view.holdings])
                return self._known.get(held, "")
            self._known[held] = self._read(held)
        return self._known[held]

    def _read(self, held: Held) -> str:
        return " ".join(row.draft.note for row in self._desk.transactions(*held) if row.draft.note)

    def _gather(self, wanted: list[Held]) -> None:
        if self._job_id:
            return
        turn = self._turn

        def work(pace: Pace) -> dict[Held, str]:
            found: dict[Held, str] = {}
            for held in wanted:
                pace(len(found) / len(wanted))
                found[held] = self._read(held)
            return found

        def done(found: dict[Held, str]) -> None:
            self._job_id = 0
            if turn == self._turn:
                self._known.update(found)
            self._on_gathered()  # and where the books changed meanwhile, they are gathered again

        def stopped() -> None:
            self._job_id = 0
            self._known.update(dict.fromkeys(wanted, ""))  # the person does not want them until the books change

        self._job_id = self._desk.beside("Looking through your notes", work, done, stopped)
