"""The head of the inspector: the chosen token's name and its figures, or those of several holdings together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.labels import label
from levdesk.ui.models.titles import token_words, venue_title

if TYPE_CHECKING:
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QResizeEvent

    from levdesk.services.views import HoldingView
    from levdesk.ui.explain.sum_told import SumTold
    from levdesk.ui.format import Figures

DAY_MS: Final = 86_400_000


class InspectorHeader(QFrame):
    """Name and the four figures of the chosen token; also the handle the dock is dragged by."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        px = theme.active().px
        self.symbol = label(size_px=theme.FIGURE_PX, strong=True)
        self.about = label(kind="muted", wrap=True)
        self.figures = label(kind="muted", wrap=True)
        first = QHBoxLayout()
        first.setSpacing(px(8))
        first.addWidget(self.symbol, 0, Qt.AlignmentFlag.AlignBaseline)
        first.addWidget(self.about, 1, Qt.AlignmentFlag.AlignBaseline)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(18), px(12), px(18), px(6))
        column.setSpacing(px(4))
        column.addLayout(first)
        column.addWidget(self.figures)

    def sizeHint(self) -> QSize:
        """A dock gives its title bar the height of this hint, so it has to follow the width."""
        hint = super().sizeHint()
        layout = self.layout()
        if layout is not None and self.width() > 0:
            hint.setHeight(layout.totalHeightForWidth(self.width()))
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def tell(self, holding: HoldingView | None, write: Figures, now_ms: int) -> None:
        """Show a holding, or what to do when none is chosen."""
        if holding is None:
            self.symbol.setText("No token chosen")
            self.about.setText("")
            self.figures.setText("Choose a row in the table to see it here.")
            return
        self.symbol.setText(holding.token.key.symbol)
        held = ""
        if holding.first_bought_ms is not None:
            days = max(0, now_ms - holding.first_bought_ms) // DAY_MS
            held = f" · held {days} day{'s' if days != 1 else ''}" if days else " · bought today"
        elif not holding.quantity:
            held = " · closed"
        self.about.setText(token_words(holding.token, write) + held)
        self.figures.setText(_figures_line(holding, write, now_ms))

    def tell_sum(self, told: SumTold) -> None:
        """Show several holdings together."""
        from levdesk.ui.explain.sum_lines import about_words, value_words  # late: its page has been imported by now

        self.symbol.setText(told.of.title)
        self.about.setText(about_words(told))
        self.figures.setText(value_words(told))


def _figures_line(holding: HoldingView, write: Figures, now_ms: int) -> str:
    source = venue_title(holding.token.key.venue)
    nav_when = "" if holding.nav is None else f" ({source}, {fmt.age(holding.nav_ts_ms, now_ms)})"
    parts = [
        f"NAV {write.price(holding.nav)}{nav_when}",
        f"price {write.price(holding.market_price)}",
        f"premium {write.percent(holding.premium_ratio, signed=True)}",
    ]
    return " · ".join(part.replace(" ", fmt.NARROW) for part in parts)
