"""The Sources window: every source with its health, and the chosen one in full with what can be done about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QWidget

from levdesk.services.health import SourceHealth, SourceState
from levdesk.ui import theme
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.format import Figures
from levdesk.ui.labels import hairline, label
from levdesk.ui.models.titles import venue_title
from levdesk.ui.sources.source_cells import SOURCE_COLUMNS
from levdesk.ui.sources.source_detail import SourceDetail
from levdesk.ui.sources.sources_model import SourcesModel
from levdesk.ui.sources.words import depends_words, source_line
from levdesk.ui.views.cell_delegate import CellDelegate
from levdesk.ui.views.column_layout import ColumnLayout
from levdesk.ui.views.data_tree import DataTree

if TYPE_CHECKING:
    from levdesk.services.settings import Settings
    from levdesk.ui.desk import Desk

TICK_MS: Final = 1_000
SIZE_PX: Final = (940, 640)
ROWS_SHOWN: Final = 5
_ORDER: Final = {"down": 0, "slow": 1}
_EMPTY: Final = ("No source has been asked yet", "They appear here as soon as prices are fetched")


class SourcesTable(DataTree):
    """The sources as rows; the last column takes the room that is left."""

    def __init__(self, figures: Figures, parent: QWidget | None = None) -> None:
        super().__init__("Sources of prices", parent)
        self.sources = SourcesModel(figures, self)
        self.setModel(self.sources)
        self.setSortingEnabled(False)
        self.header().setSortIndicatorShown(False)
        self.setItemDelegate(CellDelegate(self.paints, self))
        for column, spec in enumerate(SOURCE_COLUMNS):
            if not spec.is_number:
                delegate = CellDelegate(self.paints, self, is_number=False, is_first=not column)
                self.setItemDelegateForColumn(column, delegate)
        last = len(SOURCE_COLUMNS) - 1
        self.keep_columns(ColumnLayout(self, SOURCE_COLUMNS, (-1, Qt.SortOrder.AscendingOrder), filler=last))
        self.empty_text = _EMPTY


class SourcesDialog(PlainDialog):
    """Follows the desk while it is open; does not stop the program behind it."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__("Sources", parent)
        self._desk = desk
        figures = Figures()
        self.table = SourcesTable(figures, self)
        self.detail = SourceDetail(desk, figures)
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        desk.signals.health_changed.connect(self._follow)
        desk.signals.settings_changed.connect(self._follow)
        desk.signals.view_changed.connect(self._follow_view)
        self._beat = QTimer(self)
        self._beat.setInterval(TICK_MS)
        self._beat.timeout.connect(self.refresh)
        self.refresh()

    def open_at(self, venue: str) -> None:
        """Come to the front, with a source chosen; "" chooses the one in the worst state."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.refresh()
        self.table.make_room(self.table.sources.cells())
        row = self.table.sources.row_of(venue or self._worst())
        if row >= 0:
            self.table.set_current(self.table.sources.index(row, 0))
            self.table.scrollTo(self.table.sources.index(row, 0))
        self.table.setFocus()

    @Slot()
    def refresh(self) -> None:
        """Show how things stand now."""
        model, now_ms = self.table.sources, self._desk.now_ms()
        model.show_sources(listed(self._desk.health, self._desk.settings), now_ms)
        if not self.table.currentIndex().isValid() and model.rowCount():
            self.table.set_current(model.index(0, 0))
        self.detail.tell(model.source(self.table.currentIndex().row()), now_ms)

    def as_text(self) -> str:
        """All sources in words, one a line."""
        now_ms = self._desk.now_ms()
        found = listed(self._desk.health, self._desk.settings)
        return "\n".join(f"{source_line(each, now_ms)}, used by {depends_words(each, 99)}" for each in found)

    # -- Qt --------------------------------------------------------------------------------------------------------

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._beat.start()

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self._beat.stop()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _worst(self) -> str:
        found = sorted(self._desk.health, key=lambda each: _ORDER.get(each.state.value, 2))
        return found[0].venue if found else ""

    @Slot(object)
    def _follow(self, _news: object) -> None:
        if self.isVisible():
            self.refresh()
            self.table.make_room(self.table.sources.cells())

    @Slot(object)
    def _follow_view(self, _view: object) -> None:
        """Which tokens follow a source changes with the books; figures alone change nothing here."""
        if self.isVisible():
            self.detail.tell(self.detail.health, self._desk.now_ms())

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.detail.tell(self.table.sources.source(current.row()), self._desk.now_ms())

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.as_text())

    def _lay_out(self) -> None:
        px = theme.active().px
        self.column.setSpacing(0)
        about = "Where prices, NAVs and underlyings come from, how each source is doing, and what hangs on it."
        self.column.addWidget(label(about, kind="muted", wrap=True))
        self.column.addSpacing(px(10))
        self.table.setMinimumHeight((ROWS_SHOWN + 1) * theme.active().row_height)
        self.column.addWidget(self.table, 1)
        self.column.addWidget(hairline())
        self.column.addWidget(self.detail)
        copy = self.buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip("Copy all sources as text")
        copy.setAutoDefault(False)
        copy.clicked.connect(self._copy)
        close = self.buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)
        self.resize(px(SIZE_PX[0]), px(SIZE_PX[1]))


def listed(health: tuple[SourceHealth, ...], settings: Settings) -> tuple[SourceHealth, ...]:
    """The sources as told, with what a person has switched off, at once, whether the desk still speaks of it or not."""
    off = set(settings.venues_off)
    told = tuple(_switched_off(each) if each.venue in off else each for each in health)
    missing = sorted(off - {each.venue for each in told})
    return (*told, *(SourceHealth(venue=name, title=venue_title(name), state=SourceState.OFF) for name in missing))


def _switched_off(health: SourceHealth) -> SourceHealth:
    return replace(health, state=SourceState.OFF, error="", retry_ms=None)
