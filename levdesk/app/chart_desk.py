"""Charts for the window: what is stored is drawn at once, what is missing is fetched and drawn as it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Slot

from levdesk.app.value_drawing import ValueDrawer, ValueOrder
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import TokenQuote, market_price
from levdesk.runtime.jobs import JobControl
from levdesk.services.charts import ChartRange, OverviewSeries, ValueSeries
from levdesk.services.history import ChartSpan, chart_span, needed_candles
from levdesk.services.portfolio import CURRENCY
from levdesk.services.sync_state import HistoryWant, LineKey
from levdesk.venues.contract import RequestKind

if TYPE_CHECKING:
    from levdesk.app.engine import Engine
    from levdesk.services.price_line import PriceHistory

_Reader = Callable[
    [LeveragedToken, tuple[HistoryWant, ...], ChartSpan, TokenQuote | None], "tuple[PriceHistory, PriceHistory]"
]

REDRAW_MS = 20_000
GATHER_MS = 300


@dataclass(frozen=True, slots=True)
class OverviewRequest:
    """The token chart on screen."""

    key: TokenKey
    portfolio_id: int | None
    chart_range: ChartRange


@dataclass(frozen=True, slots=True)
class ValueRequest:
    """The portfolio chart on screen."""

    portfolio_id: int | None
    chart_range: ChartRange


class ChartDesk(QObject):
    """Knows which charts are on screen, what they need, and when to draw them again; lives in the GUI thread."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine
        self._house = engine.house
        self._overview: OverviewRequest | None = None
        self._value: ValueRequest | None = None
        self._jobs: dict[str, int] = {}
        self._drawer = ValueDrawer()
        self._soon = QTimer(self)  # gathers what arrives close together into one drawing
        self._soon.setSingleShot(True)
        self._soon.setInterval(GATHER_MS)
        self._soon.timeout.connect(self._draw_again)
        self._again = QTimer(self)  # moves the last point along with the market
        self._again.setInterval(REDRAW_MS)
        self._again.timeout.connect(self._draw_again)

    def request_overview(self, key: TokenKey, portfolio_id: int | None, chart_range: ChartRange) -> None:
        """Draw a token's chart now, and again when there is news."""
        self._overview = OverviewRequest(key, portfolio_id, chart_range)
        self._draw_overview(self._overview)
        self._engine.market.want_histories()
        self._again.start()

    def request_value(self, portfolio_id: int | None, chart_range: ChartRange) -> None:
        """Draw the portfolio's chart now, and again when there is news."""
        self._value = ValueRequest(portfolio_id, chart_range)
        self._draw_value(self._value)
        self._engine.market.want_histories()
        self._again.start()

    def history_grew(self, key: LineKey) -> None:
        """Bars have been stored: draw what shows them."""
        if any(want.key == key for want in self.wants()) and not self._soon.isActive():
            self._soon.start()

    def books_changed(self) -> None:
        """Transactions have changed: markers and values have too."""
        self._soon.start()

    def stop(self) -> None:
        """Draw no more."""
        self._soon.stop()
        self._again.stop()
        self._overview = self._value = None

    @property
    def on_screen(self) -> TokenKey | None:
        """The token whose chart is looked at."""
        return None if self._overview is None else self._overview.key

    def wants(self) -> tuple[HistoryWant, ...]:
        """Histories the charts on screen need, the token's first."""
        wants: list[HistoryWant] = []
        if self._overview is not None:
            token = self._engine.books.token(self._overview.key)
            wants += self._needed(token, self._overview_span(self._overview))
        if self._value is not None:
            span = self._value_span(self._value)
            for key in self._engine.books.keys(self._value.portfolio_id):
                token = self._engine.books.token(key)
                wants += self._needed(token, span)[:1]
        return tuple(dict.fromkeys(wants))

    @Slot()
    def _draw_again(self) -> None:
        if self._overview is not None:
            self._draw_overview(self._overview)
        if self._value is not None:
            self._draw_value(self._value)

    # -- one token ---------------------------------------------------------------------------------------------

    def _draw_overview(self, request: OverviewRequest) -> None:
        engine = self._engine
        books, read = engine.books, self._history_reader()
        token = books.token(request.key)
        quote = engine.market.quote(request.key)
        span = self._overview_span(request)
        wants = self._needed(token, span)
        rebalances = () if quote is None or quote.rebalance_ms is None else (quote.rebalance_ms,)

        def work(_control: JobControl) -> OverviewSeries:
            from levdesk.services.overview_chart import OverviewInput, build_overview  # numpy

            price, underlying = read(token, wants, span, quote)
            drafts = [row.draft for row in books.transactions(request.key, request.portfolio_id)]
            return build_overview(
                OverviewInput(
                    token=token,
                    portfolio_id=request.portfolio_id,
                    chart_range=request.chart_range,
                    span=span,
                    price=price,
                    underlying=underlying,
                    drafts=drafts,
                    rebalances_ms=rebalances,
                )
            )

        def done(series: OverviewSeries) -> None:
            if request == self._overview:
                engine.signals.overview_ready.emit(series)

        self._run("overview", f"Drawing {request.key.symbol}", work, done)

    def _overview_span(self, request: OverviewRequest) -> ChartSpan:
        first_ms = self._first_ms(request.key, request.portfolio_id, entry=request.chart_range is ChartRange.ENTRY)
        return chart_span(request.chart_range, first_ms=first_ms, now_ms=self._house.clock.now_ms())

    def _first_ms(self, key: TokenKey, portfolio_id: int | None, *, entry: bool) -> int | None:
        """Where Entry (the oldest lot still open) or All (the first row) begins."""
        books = self._engine.books
        if entry:
            first_ms = books.position(key, portfolio_id).first_bought_ms
            if first_ms is not None:
                return first_ms
        rows = books.transactions(key, portfolio_id)
        return rows[0].draft.time_ms if rows else None

    # -- the portfolio -----------------------------------------------------------------------------------------

    def _draw_value(self, request: ValueRequest) -> None:
        engine = self._engine
        books, read = engine.books, self._history_reader()
        span = self._value_span(request)
        order = ValueOrder(
            books=books,
            portfolio_id=request.portfolio_id,
            chart_range=request.chart_range,
            span=span,
            tokens=[
                (
                    token,
                    partial(_price_only, read, token, self._needed(token, span)[:1], span, engine.market.quote(key)),
                )
                for key in books.keys(request.portfolio_id)
                if (token := books.token(key)).quote_currency == CURRENCY
            ],
        )

        def done(series: ValueSeries) -> None:
            if request == self._value:
                engine.signals.value_ready.emit(series)

        self._run("value", "Drawing the portfolio", lambda control: self._drawer.draw(order, control), done)

    def _value_span(self, request: ValueRequest) -> ChartSpan:
        keys = self._engine.books.keys(request.portfolio_id)
        entry = request.chart_range is ChartRange.ENTRY
        firsts = [self._first_ms(key, request.portfolio_id, entry=entry) for key in keys]
        first_ms = min((moment for moment in firsts if moment is not None), default=None)
        return chart_span(request.chart_range, first_ms=first_ms, now_ms=self._house.clock.now_ms())

    # -- both --------------------------------------------------------------------------------------------------

    def _needed(self, token: LeveragedToken, span: ChartSpan) -> tuple[HistoryWant, ...]:
        sources = self._engine.market.sources(token)
        return needed_candles(token, span, pair=sources.pair, underlying=sources.underlying)

    def _history_reader(self) -> _Reader:
        """A function for the pool: what is stored of a token's price and its underlying's."""
        market = self._house.stores.market

        def read(
            token: LeveragedToken, wants: tuple[HistoryWant, ...], span: ChartSpan, quote: TokenQuote | None
        ) -> tuple[PriceHistory, PriceHistory]:
            from levdesk.services.price_line import PriceHistory

            bars: dict[RequestKind, Any] = {}
            for want in wants:
                key = want.key
                stored = market.read_candles(key.venue, key.instrument, key.interval_s, want.start_ms, span.end_ms)
                bars[key.kind] = stored
            priced = market_price(quote)
            latest = None if priced is None or priced.ts_ms is None else (priced.ts_ms, float(priced.price))
            mark = None
            if quote is not None and quote.underlying_price is not None and quote.underlying_ts_ms is not None:
                mark = (quote.underlying_ts_ms, float(quote.underlying_price))
            price = PriceHistory(
                candles=bars.get(RequestKind.TOKEN_CANDLES, ()),
                interval_s=span.interval_s,
                nav=market.read_nav_history(token.key, span.start_ms, span.end_ms),
                latest=latest,
            )
            marks = bars.get(RequestKind.UNDERLYING_CANDLES, ())
            return price, PriceHistory(candles=marks, interval_s=span.interval_s, latest=mark)

        return read

    def _run(self, slot: str, title: str, work: Callable[[JobControl], Any], done: Callable[[Any], None]) -> None:
        """Draw in the pool, listed the first time; a drawing of the same slot that is still under way is given up."""
        self._engine.runner.cancel(self._jobs.get(slot, 0))
        quiet = slot in self._jobs
        self._jobs[slot] = self._engine.runner.run(title, work, done, self._engine.fail, quiet=quiet)


def _price_only(
    read: _Reader, token: LeveragedToken, wants: tuple[HistoryWant, ...], span: ChartSpan, quote: TokenQuote | None
) -> PriceHistory:
    return read(token, wants, span, quote)[0]
