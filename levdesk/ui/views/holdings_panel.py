"""The middle of the window: what one does with holdings, above the table that shows them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QActionGroup, QKeySequence, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from levdesk.ui import theme
from levdesk.ui.views.column_layout import from_bytes, to_bytes
from levdesk.ui.views.filter_field import FilterField
from levdesk.ui.views.holdings_table import HoldingsTable
from levdesk.ui.views.row_notes import RowNotes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QAction, QResizeEvent

    from levdesk.domain.instruments import TokenKey
    from levdesk.domain.problems import Problem
    from levdesk.services.settings import Settings
    from levdesk.services.views import HoldingView, PortfolioView
    from levdesk.ui.desk import Desk

FILTER_WIDTH_PX: Final = 190
MIN_FILTER_PX: Final = 96
NARROW_PX: Final = 640
"""Below this width the toolbar speaks in single words."""

_GROUPINGS: Final = (
    ("underlying", "Group by underlying", "Underlying"),
    ("venue", "Group by venue", "Venue"),
    ("", "Not grouped", "Flat"),
)


class HoldingsPanel(QFrame):
    """Toolbar and holdings table; follows the desk by itself.

    Attributes:
        holding_selected: `HoldingView` of the row that became current, None when there is none.
        group_selected: what is grouped by ("underlying", "venue") and the name of the heading that became current.
        add_requested: add a transaction; a `TokenKey`, or None for any token.
        import_requested: read a file.
        transactions_requested: show a token's transactions (`TokenKey`).
        price_requested: set price and NAV by hand (`TokenKey`).
        correct_requested: correct the token's own data (`TokenKey`).
        rules_requested: see and correct its dated rules and fees (`TokenKey`).
        alert_requested: be warned about it (`TokenKey`).
    """

    holding_selected = Signal(object)
    group_selected = Signal(str, str)
    add_requested = Signal(object)
    import_requested = Signal()
    transactions_requested = Signal(object)
    price_requested = Signal(object)
    correct_requested = Signal(object)
    rules_requested = Signal(object)
    alert_requested = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, is_early: bool = False) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self._desk = desk
        self._notes = RowNotes(desk, self._filter_again)
        self._warnings: Mapping[TokenKey, tuple[Problem, ...]] = {}
        self.table = HoldingsTable(desk, self._notes.of, self)
        self._make_tools()
        self._lay_out()
        self.table.holding_chosen.connect(self.holding_selected)
        self.table.group_chosen.connect(self._on_group)
        self.table.opened.connect(self.transactions_requested)
        self.table.customContextMenuRequested.connect(self._on_context_menu)
        desk.signals.view_changed.connect(self._on_view)
        desk.signals.portfolio_explained.connect(self.table.show_explained)
        desk.signals.books_changed.connect(self._on_books)
        desk.signals.settings_changed.connect(self._on_settings)
        self._on_settings(desk.settings)
        if not is_early:
            self.show_all()

    # -- what the window uses --------------------------------------------------------------------------------------

    def show_top(self, height: int) -> None:
        """Show what a window of this height can hold of the rows."""
        self.table.show_top(self._desk.view, height)

    def show_all(self) -> None:
        """Show every row."""
        self.table.show_view(self._desk.view)

    def warn(self, warnings: Mapping[TokenKey, tuple[Problem, ...]]) -> None:
        """Mark the rows of these tokens, with what is to be said of each."""
        if warnings != self._warnings:
            self._warnings = warnings
            self._on_view(self._desk.view)

    @property
    def selected(self) -> HoldingView | None:
        """The holding of the current row."""
        return self.table.chosen

    def select(self, key: TokenKey) -> bool:
        """Make a token's row current; False when it is not listed."""
        return self.table.choose(key)

    @Slot()
    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    @Slot()
    def copy(self) -> None:
        """Copy the selected rows."""
        self.table.copy()

    def save_state(self) -> bytes:
        """Columns, their order and widths, sort order and closed groups."""
        return to_bytes(self.table.saved())

    def restore_state(self, state: bytes) -> bool:
        """Take a saved state back; False, and nothing changed, when it cannot be read."""
        return self.table.restore(from_bytes(state))

    def fill_columns_menu(self, menu: QMenu) -> None:
        """Put the column chooser into a menu of the window."""
        self.table.layout_keeper.fill_menu(menu)

    # -- building --------------------------------------------------------------------------------------------------

    def _make_tools(self) -> None:
        self.add_button = QPushButton("Add transaction")
        theme.set_kind(self.add_button, "primary")
        self.add_button.clicked.connect(self._ask_add)
        self.import_button = QPushButton("Import…")
        self.import_button.clicked.connect(self.import_requested)
        self.group_button = _menu_button("Group holdings by")
        self._fill_group_menu()
        self.columns_button = _menu_button("Choose columns")
        self.columns_button.setText("Columns ▾")
        columns = self.columns_button.menu()
        columns.setToolTipsVisible(True)
        columns.aboutToShow.connect(self._fill_columns)
        self.filter = FilterField()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter holdings")
        self.filter.setToolTip("Symbol, underlying, venue, direction or a word of a note")
        self.filter.setMinimumWidth(theme.active().px(MIN_FILTER_PX))
        self.filter.setMaximumWidth(theme.active().px(FILTER_WIDTH_PX))
        self.filter.textChanged.connect(self.table.set_filter)
        self.filter.left.connect(self._leave_filter)

    def _lay_out(self) -> None:
        px = theme.active().px
        bar = QWidget()
        bar.setBackgroundRole(QPalette.ColorRole.Window)
        bar.setAutoFillBackground(True)
        row = QHBoxLayout(bar)
        row.setContentsMargins(px(16), px(8), px(16), px(8))
        row.setSpacing(px(8))
        for widget in (self.add_button, self.import_button):
            row.addWidget(widget)
        row.addStretch(1)
        for tool in (self.group_button, self.columns_button):
            row.addWidget(tool)
        row.addWidget(self.filter, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self.table, 1)

    def _fill_group_menu(self) -> None:
        menu = self.group_button.menu()
        group = QActionGroup(menu)
        self._group_actions: dict[str, QAction] = {}
        for name, words, _ in _GROUPINGS:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.triggered.connect(self._grouper(name))
            group.addAction(action)
            self._group_actions[name] = action
        menu.addSeparator()
        self.closed_action = menu.addAction("Show closed holdings")
        self.closed_action.setCheckable(True)
        self.closed_action.triggered.connect(self._on_show_closed)

    def _grouper(self, name: str) -> Callable[[], None]:
        return lambda: self._desk.change_settings(self._desk.settings._replace(group_by=name))

    # -- what happens ----------------------------------------------------------------------------------------------

    @Slot(str)
    def _on_group(self, name: str) -> None:
        self.group_selected.emit(self._desk.settings.group_by, name)

    def _filter_again(self) -> None:
        self.table.order.filter_again()

    @Slot()
    def _leave_filter(self) -> None:
        self.table.setFocus()

    @Slot()
    def _ask_add(self) -> None:
        self.add_requested.emit(None)

    @Slot(bool)
    def _on_show_closed(self, wanted: bool) -> None:
        self._desk.change_settings(self._desk.settings._replace(show_closed=wanted))

    @Slot()
    def _fill_columns(self) -> None:
        self.table.layout_keeper.fill_menu(self.columns_button.menu())

    @Slot(object)
    def _on_view(self, view: PortfolioView | None) -> None:
        self.table.show_view(_warned(view, self._warnings))

    @Slot(object)
    def _on_books(self, _change: object) -> None:
        self._notes.forget()

    @Slot(object)
    def _on_settings(self, settings: Settings) -> None:
        self.table.use_settings(settings)
        self._group_actions.get(settings.group_by, self._group_actions[""]).setChecked(True)
        self._name_group_button()
        self.closed_action.setChecked(settings.show_closed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_group_button()

    def _name_group_button(self) -> None:
        grouping = self._desk.settings.group_by
        words = next(((long, short) for name, long, short in _GROUPINGS if name == grouping), _GROUPINGS[-1][1:])
        self.group_button.setText(f"{words[self.width() < theme.active().px(NARROW_PX)]} ▾")

    @Slot(QPoint)
    def _on_context_menu(self, place: QPoint) -> None:
        holding = self.table.order.holding(self.table.indexAt(place))
        if holding is not None:
            self.context_menu(holding.token.key).popup(self.table.viewport().mapToGlobal(place))

    def context_menu(self, key: TokenKey) -> QMenu:
        """What one can do with a token; nothing in it is dangerous."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, signal in (
            (f"Add transaction for {key.symbol}…", self.add_requested),
            ("Show transactions", self.transactions_requested),
            ("Set price by hand…", self.price_requested),
            ("Correct token…", self.correct_requested),
            ("Rules and fees…", self.rules_requested),
            ("Warn me…", self.alert_requested),
        ):
            menu.addAction(words, partial(signal.emit, key))
        menu.addSeparator()
        copy = menu.addAction("Copy", self.table.copy)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        menu.addAction("Copy as CSV", self.table.copy_as_csv)
        return menu


def _warned(view: PortfolioView | None, warnings: Mapping[TokenKey, tuple[Problem, ...]]) -> PortfolioView | None:
    """A view whose rows carry these warnings above their own notices."""
    if view is None or not warnings:
        return view
    rows = (
        row._replace(notices=warnings[row.token.key] + row.notices) if row.token.key in warnings else row
        for row in view.holdings
    )
    return view._replace(holdings=tuple(rows))


def _menu_button(name: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setMenu(QMenu(button))
    return button
