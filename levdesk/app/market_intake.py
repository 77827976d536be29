"""What answers and streams bring of the market: figures, complaints of the venues, and how their clocks go."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from levdesk.domain.market import TokenQuote
from levdesk.services.complaints import Complaints
from levdesk.services.stream_mail import VenueProblem
from levdesk.services.sync_health import clock_problem

if TYPE_CHECKING:
    from levdesk.app.market_figures import MarketFigures
    from levdesk.app.market_lines import MarketLines
    from levdesk.app.market_wants import MarketWants
    from levdesk.domain.instruments import TokenKey
    from levdesk.services.fetching import Harvest


class MarketIntake:
    """Lives in the GUI thread.

    Attributes:
        complaints: what the venues said that is wrong, as far as it stands.
    """

    def __init__(
        self, figures: MarketFigures, wants: MarketWants, lines: MarketLines, now_ms: Callable[[], int]
    ) -> None:
        """Take into `figures`; tell `wants` and `lines` what is learnt of the venues on the way."""
        self.complaints = Complaints()
        self._figures = figures
        self._wants = wants
        self._lines = lines
        self._now_ms = now_ms

    def answered(self, harvest: Harvest) -> frozenset[TokenKey]:
        """Take in what a request brought; the tokens whose figures are others now."""
        key = harvest.task.key
        if harvest.server_ms is not None:
            self._note_clock(harvest, harvest.server_ms)
        else:
            self.complaints.answered(key, harvest.problems)
        if not harvest.quotes and not harvest.underlyings:
            return frozenset()
        if any(quote.nav is not None for quote in harvest.quotes):
            self._learn(self._wants.nav_by_poll, key.venue)
        return self._figures.take(harvest.quotes, harvest.underlyings, now_ms=self._now_ms())

    def heard(self, beat: Mapping[Hashable, Any]) -> frozenset[TokenKey]:
        """Take in what the streams brought since the last beat; the tokens whose figures are others now."""
        now_ms = self._now_ms()
        for key, piece in beat.items():
            if isinstance(piece, VenueProblem):
                self.complaints.heard(key, piece.problem, now_ms)
            elif isinstance(piece, TokenQuote) and piece.nav is not None:
                self._learn(self._wants.nav_by_stream, piece.key.venue)
        return self._figures.hear(beat.values(), now_ms)

    def _note_clock(self, harvest: Harvest, server_ms: int) -> None:
        name = harvest.task.key.venue
        skew_ms = self._lines.state.venue(name).skew_ms
        if skew_ms is not None:
            self._figures.skew.note_answer(name, skew_ms)
        problem = clock_problem(self._wants.venues[name].title, server_ms, harvest.received_ms)
        self.complaints.answered(harvest.task.key, () if problem is None else (problem,))

    def _learn(self, venues: set[str], venue: str) -> None:
        """A venue tells NAVs this way: how often it is asked depends on it."""
        if venue not in venues:
            venues.add(venue)
            self._lines.change()
