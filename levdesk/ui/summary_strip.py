"""The strip on top: what everything is worth, what came of it, what it cost, and how fresh that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.labels import FigureLabel, hairline, label, recolour, sign_kind
from levdesk.ui.models.freshness import clock_at

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QResizeEvent

    from levdesk.services.explained import ExplainedPortfolio
    from levdesk.services.views import PortfolioView
    from levdesk.ui.format import Figures

ROOMY_PX: Final = 1320
"""From here on there is room for the age of prices as well."""
WAITING: Final = "Not worked out yet: history is still being read."


class SummaryCell(QWidget):
    """One figure with its name above and a line of context below."""

    def __init__(self, title: str, size_px: int = theme.FIGURE_PX) -> None:
        super().__init__()
        self.title = label(title, kind="muted", size_px=theme.LABEL_PX)
        self.figure = FigureLabel(size_px=size_px)
        self.figure.setMinimumHeight(QFontMetrics(theme.active().font(theme.HERO_PX, strong=True)).height())
        self.note = label(" ", kind="muted", size_px=theme.LABEL_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.title, self.figure, self.note):
            column.addWidget(part)
        column.addStretch(1)

    def tell(self, figure: str, note: str, tooltip: str, *, kind: str = "", note_kind: str = "muted") -> None:
        """Show a figure, its context, and where it comes from."""
        self.figure.show_figure(figure, kind)
        self.note.setText(note or " ")
        recolour(self.note, note_kind)
        if tooltip != self.toolTip():
            self.setToolTip(tooltip)
        spoken = f"{self.title.text()}: {figure}" + (f", {note}" if note else "")
        if spoken != self.accessibleName():
            self.setAccessibleName(spoken)


class SummaryStrip(QFrame):
    """Totals of the portfolio on screen.

    Attributes:
        pressed: a total was clicked: why is it what it is.

    Args:
        figures: how numbers are written.
    """

    pressed = Signal()

    def __init__(self, figures: Figures, *, is_demo: bool = False, is_offline: bool = False) -> None:
        super().__init__()
        self.setObjectName("summary_strip")
        self.setProperty("kind", "surface")
        self._figures = figures
        self._is_demo = is_demo
        self._is_offline = is_offline
        self._poll_s = 5.0
        self._view: PortfolioView | None = None
        self.value = SummaryCell("Value", theme.HERO_PX)
        self.profit = SummaryCell("Profit and loss")
        self.decay = SummaryCell("Lost to decay")
        self.fees = SummaryCell("Fees and funding")
        self.daily = SummaryCell("Holding costs, a day")
        self.exposure = SummaryCell("Net exposure")
        self.state = SummaryCell("Prices", theme.BODY_PX)
        self._explained: ExplainedPortfolio | None = None
        self._lines: list[QFrame] = []
        self._lay_out()

    def _lay_out(self) -> None:
        px = theme.active().px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(10), px(16), px(10))
        row.setSpacing(px(14))
        for index, cell in enumerate(self.cells()):
            if index:
                self._lines.append(hairline(vertical=True))
                row.addWidget(self._lines[-1])
            row.addWidget(cell, 3 if cell is self.value else 2)

    def cells(self) -> tuple[SummaryCell, ...]:
        """All cells from left to right."""
        return (self.value, self.profit, self.decay, self.fees, self.daily, self.exposure, self.state)

    def set_figures(self, figures: Figures, poll_s: float) -> None:
        """Take over how numbers are written and how often prices are asked for."""
        self._figures = figures
        self._poll_s = poll_s
        if self._view is not None:
            self.show_view(self._view, self._view.as_of_ms)

    def show_view(self, view: PortfolioView | None, now_ms: int) -> None:
        """Show totals; None = still loading."""
        self._view = view
        if view is None:
            for cell in self.cells():
                cell.tell(fmt.UNKNOWN, "", "Your books are being read.")
            return
        self.value.title.setText(f"Value, {view.currency}")
        self._tell_value(view, now_ms)
        self._tell_profit(view)
        self._tell_explained()
        self._tell_exposure(view)
        self.tick(now_ms)

    def tick(self, now_ms: int) -> None:
        """Let the age grow; called once a second."""
        view = self._view
        if view is None:
            return
        oldest = view.oldest_price_ms
        word, kind = self._freshness(oldest, now_ms)
        note = f"oldest {fmt.age(oldest, now_ms)}" if oldest is not None else "press F5 to ask"
        source = "the simulated market" if self._is_demo else "the venues"
        tip = f"Prices come from {source}. Oldest price in the total: {fmt.moment_with_zone(oldest)}."
        if self._is_offline:
            tip += "\nOffline: nothing is fetched, last known figures are shown."
        self.state.tell(word, note, tip, kind=kind)

    def _freshness(self, oldest_ms: int | None, now_ms: int) -> tuple[str, str]:
        if self._is_offline:
            return "● offline", "warning"
        if oldest_ms is None:
            return "● no prices", "warning"
        if clock_at(now_ms, self._poll_s).is_stale(oldest_ms):
            return "● stale", "warning"
        return "● live", "gain"

    def _tell_value(self, view: PortfolioView, now_ms: int) -> None:
        totals, write = view.totals, self._figures
        priced = len(view.open_holdings) - view.unpriced_count
        if view.open_holdings and not priced:
            figure, change = fmt.UNKNOWN, None
        else:
            figure, change = write.money(totals.market_value), totals.change_today
        if view.unpriced_count:
            note, kind = f"{view.unpriced_count} of {len(view.open_holdings)} without a price", "warning"
        elif change is None:
            note, kind = "today —", "muted"
        else:
            ratio = write.percent(totals.change_today_ratio, signed=True)
            note, kind = f"{write.money(change, arrow=True)} ({ratio}) today", sign_kind(change) or "muted"
        lines = [
            "Units × market price, summed over all holdings with a known price.",
            "Market price: last trade, kept inside bid and ask.",
            f"As of {fmt.moment_with_zone(view.as_of_ms)}; oldest price {fmt.age(view.oldest_price_ms, now_ms)}.",
            "Today: since 00:00 local time, at the units held now.",
        ]
        if view.unpriced_count:
            lines.insert(0, "Not complete: holdings without a price are not in this total.")
        self.value.tell(figure, note, "\n".join(lines), note_kind=kind)

    def _tell_profit(self, view: PortfolioView) -> None:
        totals, write = view.totals, self._figures
        ratio = write.percent(totals.unrealised_ratio, signed=True)
        cost = write.money_in(totals.cost_basis, view.currency)
        tip = (
            f"What the units held now cost: {cost}, fees included.\n"
            f"Unrealised {write.money_in(totals.unrealised_pnl, view.currency, signed=True)} "
            f"({ratio} of the cost basis) plus realised "
            f"{write.money_in(totals.realised_pnl, view.currency, signed=True)}.\n"
            "Buy fees are part of cost, sell fees reduce proceeds.\n"
            f"As of {fmt.moment_with_zone(view.as_of_ms)}, from your transactions and the prices above."
        )
        self.profit.tell(
            write.money(totals.total_pnl, signed=True),
            f"realised {write.money(totals.realised_pnl, signed=True)}",
            self._partly(view) + tip,
            kind=sign_kind(totals.total_pnl),
        )

    def show_explained(self, explained: ExplainedPortfolio | None) -> None:
        """Show where money went; None = not worked out, or of another portfolio."""
        if explained is not self._explained:
            self._explained = explained
            if self._view is not None:
                self._tell_explained()

    def _tell_explained(self) -> None:
        write, told = self._figures, self._explained
        if told is None:
            for cell in (self.decay, self.fees, self.daily):
                cell.tell(fmt.UNKNOWN, "not worked out yet", f"{WAITING}\nAs of {self._as_of()}.")
            return
        is_partial = told.explained < told.held
        partly = f"{write.count(told.explained)} of {write.count(told.held)} explained" if is_partial else ""
        kind = "warning" if is_partial else "muted"
        warning = "Not complete: some holdings cannot be explained yet.\n" if is_partial else ""
        when = f"\nWorked out {fmt.moment_with_zone(told.as_of_ms)}."
        fees = None if told.fees_and_funding is None else -told.fees_and_funding
        day = None if told.cost_per_day is None else -told.cost_per_day
        for cell, money, note, tip in (
            (self.decay, told.decay, "since first purchase", "What going up and down cost the tokens you held."),
            (self.fees, fees, "paid so far", "Management fees, funding, rebalance costs and trading fees."),
            (self.daily, day, "at today's rates", "Expected fee, funding and decay of a day, at today's volatility."),
        ):
            text = write.money(money, signed=True)
            cell.tell(text, partly or note, warning + tip + when, kind=sign_kind(money), note_kind=kind)

    def _as_of(self) -> str:
        return fmt.moment_with_zone(None if self._view is None else self._view.as_of_ms)

    def _tell_exposure(self, view: PortfolioView) -> None:
        totals, write = view.totals, self._figures
        money = totals.net_exposure
        side = "" if not money else " long" if money > 0 else " short"
        self.exposure.tell(
            write.multiple(totals.exposure_ratio),
            fmt.UNKNOWN if money is None else f"{write.money(abs(money))}{side}",
            f"{self._partly(view)}Σ value × effective leverage, short tokens negative, in {view.currency}, "
            f"and as a multiple of your value.\nAs of {fmt.moment_with_zone(view.as_of_ms)}, leverage from the venues.",
        )

    def _partly(self, view: PortfolioView) -> str:
        if view.complete:
            return ""
        return "Not complete: something is missing, see the notices in the status bar.\n"

    # -- Qt --------------------------------------------------------------------------------------------------------

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        inside = self.rect().contains(event.position().toPoint())
        if inside and event.button() is Qt.MouseButton.LeftButton and self._view is not None and self._view.holdings:
            self.pressed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        roomy = event.size().width() >= theme.active().px(ROOMY_PX)
        self.state.setVisible(roomy)  # the status bar says it too
        self._lines[-1].setVisible(roomy)
