"""The inspector's first page: the token's chart, and its figures as facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout

from levdesk.ui import theme
from levdesk.ui.charts.overview_chart import OverviewChart
from levdesk.ui.facts import FactList
from levdesk.ui.holding_facts import Behind, holding_facts
from levdesk.ui.page_body import PageBody

if TYPE_CHECKING:
    from levdesk.services.views import HoldingView
    from levdesk.ui.desk import Desk
    from levdesk.ui.format import Figures

MAX_CHART_PX: Final = 560


class OverviewPage(QScrollArea):
    """Chart above, facts below."""

    def __init__(self, desk: Desk, figures: Figures) -> None:
        super().__init__()
        self._desk = desk
        px = theme.active().px
        self.chart = OverviewChart(desk, figures)
        self.chart.setMaximumHeight(px(MAX_CHART_PX))
        self.facts = FactList()
        body = PageBody()
        column = QVBoxLayout(body)
        column.setContentsMargins(px(18), px(10), px(18), px(12))
        column.setSpacing(px(14))
        column.addWidget(self.chart, 1)
        column.addWidget(self.facts)
        column.addStretch()
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Overview of the chosen token")

    def tell(self, holding: HoldingView | None, write: Figures, now_ms: int) -> None:
        """Write the facts of a holding; none when none is chosen."""
        self.facts.setVisible(holding is not None)
        if holding is not None:
            key = holding.token.key
            behind = Behind(quote=self._desk.quote(key), gap_ratio=self._desk.nav_gap_ratio(key))
            self.facts.show_facts(holding_facts(holding, write, now_ms, behind))
