"""The warnings dock below the table: an empty shell at the first paint, filled right after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDockWidget, QFrame, QMainWindow, QWidget

from levdesk.ui import theme

if TYPE_CHECKING:
    from levdesk.services.alert_view import AlertsView
    from levdesk.ui.alerts.warnings_panel import WarningsPanel
    from levdesk.ui.desk import Desk

BAR_PX: Final = 36
_NO_LIMIT: Final = 16_777_215


class WarningsDock(QDockWidget):
    """Low while there is nothing to warn of; three rows high, or as high as the person made it, otherwise.

    Args:
        parent: the window.
    """

    def __init__(self, parent: QMainWindow) -> None:
        super().__init__("Warnings", parent)
        self.setObjectName("warnings")
        self.setAllowedAreas(Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.TopDockWidgetArea)
        self._window = parent
        self._is_low = True
        self.panel: WarningsPanel | None = None
        bar = QFrame()
        bar.setProperty("kind", "surface")
        bar.setFixedHeight(theme.active().px(BAR_PX))
        self.setTitleBarWidget(bar)
        self.setWidget(QWidget())
        self._keep_low()

    def fill(self, desk: Desk) -> WarningsPanel:
        """Make what is inside; the second time only hand it over."""
        if self.panel is None:
            from levdesk.ui.alerts.warnings_panel import WarningsPanel  # late: not needed for the first paint

            self.panel = WarningsPanel(desk, self)
            self.setTitleBarWidget(self.panel.bar)
            self.setWidget(self.panel)
            self._fit(desk.alerts.view)
            desk.alerts.signals.changed.connect(self._fit)
        return self.panel

    @Slot(object)
    def _fit(self, view: AlertsView | None) -> None:
        """Give rows room when the first alert comes, and take it back with the last one."""
        assert self.panel is not None
        self.panel.tell(view)
        is_low = view is None or not view.firing
        if is_low == self._is_low:
            return
        self._is_low = is_low
        if is_low:
            self._keep_low()
        else:
            self.setMaximumHeight(_NO_LIMIT)
            wanted = theme.active().px(BAR_PX) + self.panel.table.height_for(self._window.height())
            self._window.resizeDocks([self], [wanted], Qt.Orientation.Vertical)

    def _keep_low(self) -> None:
        self.setMaximumHeight(theme.active().px(BAR_PX))
