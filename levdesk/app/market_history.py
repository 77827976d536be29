"""Histories for the window: which are wanted, how far their fetching is, and today's first prices out of them."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer

from levdesk.app.opening import local_midnight_ms, read_opening
from levdesk.domain.instruments import TokenKey
from levdesk.io.coverage import read_coverage
from levdesk.runtime.jobs import JobControl
from levdesk.services.backfill import Backfill
from levdesk.services.day_change import Opening
from levdesk.services.fetching import Harvest
from levdesk.services.sync_histories import pieces_missing
from levdesk.services.sync_state import HistoryWant, LineKey, Span
from levdesk.venues.contract import RequestKind

if TYPE_CHECKING:
    from levdesk.app.engine import Engine
    from levdesk.app.market_lines import MarketLines

GATHER_MS: Final = 50
_CANDLES = {RequestKind.TOKEN_CANDLES, RequestKind.UNDERLYING_CANDLES}


class MarketHistory:
    """Lives in the GUI thread.

    Attributes:
        opening: prices at local midnight, None until they are known.
    """

    def __init__(self, engine: Engine, lines: MarketLines) -> None:
        """Have histories fetched over these lines."""
        self._engine = engine
        self._house = engine.house
        self._lines = lines
        self._backfill = Backfill()
        self._job_id = 0
        self._is_old = False
        self._asking = 0
        self._soon = QTimer(lines)
        self._soon.setSingleShot(True)
        self._soon.setInterval(GATHER_MS)
        self._soon.timeout.connect(self._want_now)
        self.opening: Opening | None = None

    # -- wants -------------------------------------------------------------------------------------------------

    def want(self) -> None:
        """Fetch what charts, explanations and today's change need, most wanted first; gathered, for it is asked often.

        Once the person ended the fetching, only what the charts on screen show.
        """
        if not self._soon.isActive():
            self._soon.start()

    def _want_now(self) -> None:
        """Put the wants together in the pool, from what the window takes along for it now."""
        engine, paths = self._engine, self._house.paths
        shown, is_stopped = engine.charts.wants(), self._backfill.is_stopped
        question, covered = engine.explain.question(), self._lines.state.covered
        self._asking += 1
        asking = self._asking

        def work(_control: JobControl) -> tuple[tuple[HistoryWant, ...], dict[LineKey, Span]]:
            others = () if is_stopped else (*question.of_explanations(), *question.of_today())
            histories = tuple(dict.fromkeys((*shown, *others)))
            if not is_stopped:
                wanted = {want.key for want in histories}
                histories += tuple(want for want in question.of_alerts() if want.key not in wanted)
            unknown = [want.key for want in histories if want.key not in covered]
            return histories, read_coverage(paths, unknown) if unknown else {}

        def done(found: tuple[tuple[HistoryWant, ...], dict[LineKey, Span]]) -> None:
            if asking == self._asking:  # nobody has asked since
                self._lines.change(*found)
                self.tell_progress()

        engine.runner.run("Looking what is stored", work, done, engine.fail, quiet=True)

    # -- progress ----------------------------------------------------------------------------------------------

    def tell_news(self) -> None:
        """Show how far the fetching is, if anything came: called every second, for pieces come by the dozen."""
        if self._is_old:
            self.tell_progress()

    def tell_progress(self) -> None:
        """Show how far the fetching is, while much is missing."""
        self._is_old = False
        missing = 0 if self._house.options.offline else pieces_missing(self._lines.state, self._house.clock.now_ms())
        progress = self._backfill.note(missing)
        runner = self._engine.runner
        if progress is None:
            runner.end(self._job_id)
            self._job_id = 0
            return
        if not self._job_id:
            self._job_id = runner.show(progress.title, self._stop)
        runner.update(self._job_id, progress.title, progress.done_ratio)

    def _stop(self) -> None:
        self._backfill.stop()
        self._engine.runner.end(self._job_id)
        self._job_id = 0
        self.want()

    def resume(self) -> None:
        """Go on fetching after the person ended it and then asked to refresh."""
        if self._backfill.is_stopped:
            self._backfill.resume()
            self.want()

    # -- what comes --------------------------------------------------------------------------------------------

    def keep(self, harvest: Harvest) -> None:
        """Store the bars or settlements a task brought."""
        key, market = harvest.task.key, self._house.stores.market
        if key.kind in _CANDLES:
            self._watch(market.save_candles(key.venue, key.instrument, key.interval_s, harvest.candles), key)
        if harvest.funding:
            self._watch(market.save_funding(key.venue, key.instrument, harvest.funding), key)
        if harvest.task.span is not None:
            self._is_old = True

    def _watch(self, saved: Future[None], key: LineKey) -> None:
        def done(_nothing: None) -> None:
            self._engine.charts.history_grew(key)
            self._engine.explain.history_grew(key)
            if key.kind is RequestKind.TOKEN_CANDLES:
                self.find_opening()

        self._engine.runner.watch(saved, done, self._engine.fail)

    # -- today -------------------------------------------------------------------------------------------------

    def find_opening(self) -> None:
        """Look for the prices at local midnight in what is stored."""
        engine = self._engine
        midnight_ms = local_midnight_ms(self._house.clock.now_ms())
        pairs: dict[TokenKey, str] = {}
        for token in engine.market.held():
            pair = engine.market.sources(token).pair
            if pair:
                pairs[token.key] = pair
        market = self._house.stores.market

        def done(opening: Opening) -> None:
            if self.opening != opening:
                self.opening = opening
                engine.revalue(None)

        engine.runner.run(
            "Finding today's first prices",
            lambda _control: read_opening(market, pairs, midnight_ms),
            done,
            engine.fail,
            quiet=True,
        )
