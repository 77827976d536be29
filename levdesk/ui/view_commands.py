"""What the View menu does: looks, which parts are shown, and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot

from levdesk.services.settings import RowDensity, ThemeChoice
from levdesk.ui import theme

if TYPE_CHECKING:
    from levdesk.services.settings import Settings
    from levdesk.ui.actions import Actions
    from levdesk.ui.main_window import MainWindow

GROUPINGS = {"group_by_underlying": "underlying", "group_by_venue": "venue", "group_by_nothing": ""}
SWITCHES = ("hide_amounts", "show_closed")
THEMES = {
    "theme_system": ThemeChoice.SYSTEM,
    "theme_light": ThemeChoice.LIGHT,
    "theme_dark": ThemeChoice.DARK,
}


def tick_settings(actions: Actions, settings: Settings) -> None:
    """Let the switches of the View menu say what is in force."""
    for name in SWITCHES:
        actions.tick(name, getattr(settings, name))
    actions.tick("compact_rows", settings.density is RowDensity.COMPACT)
    for name, grouping in GROUPINGS.items():
        actions.tick(name, grouping == settings.group_by)
    for name, choice in THEMES.items():
        actions.tick(name, choice is settings.theme)


class ViewCommands(QObject):
    """Slots named after the actions of the View menu; preferences go to the desk and come back as a signal."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.desk = window.desk

    def _prefer(self, settings: Settings) -> None:
        if settings != self.desk.settings:
            self.desk.change_settings(settings)

    @Slot()
    def open_palette(self) -> None:
        """Search or run a command."""
        self.window.open_palette()

    @Slot(bool)
    def hide_amounts(self, on: bool) -> None:
        """Dots in place of amounts."""
        self._prefer(self.desk.settings._replace(hide_amounts=on))

    @Slot(bool)
    def show_closed(self, on: bool) -> None:
        """List closed holdings too."""
        self._prefer(self.desk.settings._replace(show_closed=on))

    @Slot(bool)
    def compact_rows(self, on: bool) -> None:
        """Lower rows."""
        density = RowDensity.COMPACT if on else RowDensity.NORMAL
        self._prefer(self.desk.settings._replace(density=density))

    @Slot()
    def group_by_underlying(self) -> None:
        """One heading per underlying."""
        self._prefer(self.desk.settings._replace(group_by="underlying"))

    @Slot()
    def group_by_venue(self) -> None:
        """One heading per venue."""
        self._prefer(self.desk.settings._replace(group_by="venue"))

    @Slot()
    def group_by_nothing(self) -> None:
        """One flat list."""
        self._prefer(self.desk.settings._replace(group_by=""))

    @Slot()
    def theme_system(self) -> None:
        """Follow the system."""
        self._prefer(self.desk.settings._replace(theme=ThemeChoice.SYSTEM))

    @Slot()
    def theme_light(self) -> None:
        """Always light."""
        self._prefer(self.desk.settings._replace(theme=ThemeChoice.LIGHT))

    @Slot()
    def theme_dark(self) -> None:
        """Always dark."""
        self._prefer(self.desk.settings._replace(theme=ThemeChoice.DARK))

    @Slot()
    def toggle_theme(self) -> None:
        """The other one of light and dark."""
        dark = theme.active().colours.is_dark
        self._prefer(self.desk.settings._replace(theme=ThemeChoice.LIGHT if dark else ThemeChoice.DARK))

    @Slot(bool)
    def show_inspector(self, on: bool) -> None:
        """Show or hide the inspector."""
        self.window.pages.show_inspector(on)

    @Slot(bool)
    def show_chart(self, on: bool) -> None:
        """Show or hide the portfolio chart."""
        self.window.pages.show_chart(on)

    @Slot()
    def open_sum(self) -> None:
        """Say where the money of all holdings together went."""
        self._open_sum("portfolio", "")

    @Slot(str, str)
    def open_group(self, kind: str, name: str) -> None:
        """Look through the holdings of an underlying or a venue; the inspector stays hidden when it is."""
        from levdesk.ui.explain.sum_told import SumOf  # late: not needed for the first paint

        self.window.inspector.show_sum(SumOf(kind, name))

    def _open_sum(self, kind: str, name: str) -> None:
        self.window.actions_["show_inspector"].setChecked(True)
        self.window.pages.show_inspector(True)
        self.open_group(kind, name)
        self.window.inspector.raise_()

    @Slot()
    def open_overview(self) -> None:
        """Bring the token's overview to the front."""
        self.open_page("Overview")

    @Slot()
    def open_why(self) -> None:
        """Say where the money went."""
        self.open_page("Why")

    @Slot()
    def open_rebalance(self) -> None:
        """Say when the token rebalances."""
        self.open_page("Rebalance")

    @Slot()
    def open_outlook(self) -> None:
        """Say what may come."""
        self.open_page("Outlook")

    @Slot()
    def open_costs(self) -> None:
        """Say what holding costs."""
        self.open_page("Costs")

    @Slot()
    def open_transactions(self) -> None:
        """Bring the token's transactions to the front."""
        self.open_page("Transactions")

    def open_page(self, name: str) -> None:
        """Bring a page of the chosen token to the front."""
        self.window.actions_["show_inspector"].setChecked(True)
        self.window.pages.show_inspector(True)
        self.window.inspector.open_page(name)

    @Slot(bool)
    def full_screen(self, on: bool) -> None:
        """Use the whole screen."""
        state = self.window.windowState()
        full = Qt.WindowState.WindowFullScreen
        self.window.setWindowState(state | full if on else state & ~full)

    @Slot()
    def reset_layout(self) -> None:
        """Put everything back where it stood at first."""
        self.window.reset_layout()
