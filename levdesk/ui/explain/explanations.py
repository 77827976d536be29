"""Asks the desk about the chosen holding while somebody looks, and keeps the last answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from levdesk.ui.explain.page import Told

if TYPE_CHECKING:
    from levdesk.domain.instruments import TokenKey
    from levdesk.services.explained import ExplainedHolding, ExplainedPortfolio
    from levdesk.services.explained_outlook import OutlookAssumptions
    from levdesk.services.views import HoldingView
    from levdesk.ui.desk import Desk
    from levdesk.ui.format import Figures


class Explanations(QObject):
    """What is known about the chosen holding.

    Attributes:
        changed: there is something new to tell.
    """

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._holding: HoldingView | None = None
        self._explained: ExplainedHolding | None = None
        self._asked: tuple[TokenKey, int | None] | None = None
        self._asked_ms: int | None = None
        self._assumptions: OutlookAssumptions | None = None
        self._is_watched = False
        desk.signals.explained_ready.connect(self._take)
        desk.signals.portfolio_explained.connect(self._take_portfolio)

    def told(self, write: Figures) -> Told:
        """All a page needs."""
        key = None if self._holding is None else self._holding.token.key
        return Told(
            holding=self._holding,
            explained=self._explained,
            asked_ms=self._asked_ms,
            write=write,
            now_ms=self._desk.now_ms(),
            quote=None if key is None else self._desk.quote(key),
            nav_gap_ratio=None if key is None else self._desk.nav_gap_ratio(key),
        )

    def show_holding(self, holding: HoldingView | None) -> None:
        """Turn to another holding, or take over the next moment of the same one."""
        before = _key(self._holding)
        self._holding = holding
        if _key(holding) == before:
            return
        self._explained = self._known()
        self._assumptions = self._asked = self._asked_ms = None
        self._ask_if_watched()

    def watch(self, on: bool) -> None:
        """Somebody looks, or nobody does; nothing is asked for while nobody does."""
        self._is_watched = on
        self._ask_if_watched()

    def assume(self, assumptions: OutlookAssumptions | None) -> None:
        """Ask again with other assumptions; None = the usual ones."""
        self._assumptions = assumptions
        self._asked = None
        self._ask_if_watched()

    @Slot()
    def ask_again(self) -> None:
        """Fetch, and ask once more."""
        self._desk.refresh()
        self._asked = None
        self._ask_if_watched()

    def _ask_if_watched(self) -> None:
        wanted = _key(self._holding)
        if not self._is_watched or wanted is None or self._asked == wanted:
            return
        self._asked, self._asked_ms = wanted, self._desk.now_ms()
        self._desk.request_explained(*wanted, self._assumptions)

    def _known(self) -> ExplainedHolding | None:
        """What the portfolio's explanation already says of this holding."""
        portfolio = self._desk.explained
        if portfolio is None or self._holding is None:
            return None
        return next((each for each in portfolio.holdings if (each.key, each.portfolio_id) == _key(self._holding)), None)

    @Slot(object)
    def _take(self, explained: ExplainedHolding) -> None:
        if (explained.key, explained.portfolio_id) != _key(self._holding):
            return
        self._explained = explained
        self._asked_ms = None
        self.changed.emit()

    @Slot(object)
    def _take_portfolio(self, _portfolio: ExplainedPortfolio) -> None:
        """A first idea of the holding until its own answer comes."""
        if self._explained is None:
            self._explained = self._known()
            if self._explained is not None:
                self.changed.emit()


def _key(holding: HoldingView | None) -> tuple[TokenKey, int | None] | None:
    return None if holding is None else (holding.token.key, holding.portfolio_id)
