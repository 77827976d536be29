"""NAV of tokens whose venue tells none: their baskets worked out in the pool from stored bars, again and again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Slot

from levdesk.app.explain_gather import read_market_anchor
from levdesk.app.market_figures import MarketFigures
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.problems import Problem
from levdesk.runtime.jobs import JobControl
from levdesk.services.nav_anchor import last_check_ms, resting_on_price
from levdesk.services.nav_estimate import NavAnchor

if TYPE_CHECKING:
    from levdesk.app.engine import Engine

AGAIN_MS: Final = 60_000


class DerivedNavs(QObject):
    """Lives in the GUI thread."""

    def __init__(self, engine: Engine, figures: MarketFigures) -> None:
        """Work out the baskets of what is held and hand them to the figures."""
        super().__init__(engine)
        self._engine = engine
        self._figures = figures
        self._derived: tuple[Problem, ...] = ()
        self._again = QTimer(self)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self.look)

    def start(self) -> None:
        """Look now, and every minute."""
        self._again.start()
        self.look()

    def stop(self) -> None:
        """Look no more."""
        self._again.stop()

    def problems(self) -> Iterable[Problem]:
        """What is said of NAVs that rest on a price."""
        return self._derived

    @Slot()
    def look(self) -> None:
        """Work out the basket of every held token whose venue never told its NAV."""
        engine = self._engine
        now_ms = engine.house.clock.now_ms()
        wanted = [
            (token, engine.market.sources(token))
            for token in engine.market.held()
            if self._is_untold(token) and last_check_ms(token, now_ms) is not None
        ]
        if not wanted:
            self._derived = ()
            return
        market = engine.house.stores.market

        def work(_control: JobControl) -> list[tuple[LeveragedToken, NavAnchor]]:
            found = ((token, read_market_anchor(market, token, sources, now_ms)) for token, sources in wanted)
            return [(token, anchor) for token, anchor in found if anchor is not None]

        engine.runner.run("Estimating NAVs", work, self._take, engine.fail, quiet=True)

    def _is_untold(self, token: LeveragedToken) -> bool:
        known = self._figures.known(token.key)
        return known is None or known.nav is None

    def _take(self, anchors: list[tuple[LeveragedToken, NavAnchor]]) -> None:
        self._derived = tuple(resting_on_price(token) for token, _ in anchors)
        for token, anchor in anchors:
            self._figures.navs.anchor(token, anchor)
        self._engine.revalue(
            self._figures.estimate_again((token.key for token, _ in anchors), self._engine.house.clock.now_ms())
        )
