"""The window of rules: what is watched and how it stands; rules are added, edited, switched and deleted here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QPushButton, QWidget

from levdesk.domain.alerts import AlertKind, AlertRule, AlertScope, ScopeKind
from levdesk.services.alert_rules import usual_condition
from levdesk.ui import theme
from levdesk.ui.alerts.listing import Listing
from levdesk.ui.alerts.rule_cells import RULE_COLUMNS, RuleColumn, rule_row
from levdesk.ui.alerts.words import count_words
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.labels import label
from levdesk.ui.views.filter_field import FilterField

if TYPE_CHECKING:
    from levdesk.domain.instruments import TokenKey
    from levdesk.services.alert_view import RuleStanding
    from levdesk.ui.desk import Desk
    from levdesk.ui.models.keyed_table import KeyedRow

SIZE_PX: Final = (1120, 640)
_EMPTY: Final = ("No rule matches", "Clear the filter, or add a rule")


class RulesDialog(PlainDialog):
    """Follows the desk while it is open; does not stop the program behind it."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__("Alert rules", parent)
        self._desk = desk
        self._standings: dict[int, RuleStanding] = {}
        self.table = Listing("Alert rules", RULE_COLUMNS, filler=RuleColumn.RULE, parent=self)
        self.table.empty_text = _EMPTY
        self.filter = FilterField()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter rules")
        self.filter.setClearButtonEnabled(True)
        self.count = label(kind="muted", size_px=theme.LABEL_PX)
        self.add_button, self.edit_button, self.copy_button, self.switch_button, self.delete_button = (
            QPushButton(words) for words in ("Add…", "Edit…", "Copy to a new one…", "Switch off", "Delete")
        )
        self._lay_out()
        self._connect()
        self.refresh()

    def come_forward(self) -> None:
        """Be seen, with the keyboard in the list."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.table.setFocus()

    @property
    def chosen(self) -> RuleStanding | None:
        """The rule of the current row."""
        return self._standings.get(self.table.chosen or 0)

    # -- acts ------------------------------------------------------------------------------------------------------

    def add_rule(self, key: TokenKey | None = None) -> None:
        """Write a new rule, for a token where one is named."""
        scope = AlertScope() if key is None else AlertScope(kind=ScopeKind.TOKEN, key=key)
        kind = AlertKind.REBALANCE_NEAR if key is None else AlertKind.LEVEL_CROSS
        quote = None if key is None else self._desk.quote(key)
        level = None if quote is None or quote.last is None else float(quote.last)
        self._edit(AlertRule(scope=scope, conditions=(usual_condition(kind, threshold=level),)))

    @Slot()
    def edit_chosen(self) -> None:
        """Change the chosen rule."""
        if self.chosen is not None:
            self._edit(self.chosen.rule)

    @Slot()
    def copy_chosen(self) -> None:
        """Write a new rule that begins as the chosen one."""
        if self.chosen is not None:
            self._edit(replace(self.chosen.rule, id=0, standard="", name=""))

    @Slot()
    def switch_chosen(self) -> None:
        """Switch the chosen rule off, or on again."""
        if self.chosen is not None:
            rule = self.chosen.rule
            self._desk.alerts.save_rule(replace(rule, enabled=not rule.enabled))

    @Slot()
    def delete_chosen(self) -> None:
        """Delete the chosen rule; a standard one does not come back by itself."""
        if self.chosen is not None:
            self._desk.alerts.remove_rule(self.chosen.rule.id)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        px = theme.active().px
        self.column.setSpacing(px(8))
        about = "What is watched while LevDesk runs. Standard rules come with your first holding; all can be changed."
        self.column.addWidget(label(about, kind="muted", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        for button in (self.add_button, self.edit_button, self.copy_button, self.switch_button, self.delete_button):
            button.setAutoDefault(False)
            button.setAccessibleName(f"{button.text().rstrip('…')} rule")
            row.addWidget(button)
        theme.set_kind(self.add_button, "primary")
        row.addStretch(1)
        row.addWidget(self.count)
        self.filter.setMaximumWidth(px(190))
        row.addWidget(self.filter)
        self.column.addLayout(row)
        self.column.addWidget(self.table, 1)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.resize(px(SIZE_PX[0]), px(SIZE_PX[1]))

    def _connect(self) -> None:
        self.add_button.clicked.connect(self._add)
        self.edit_button.clicked.connect(self.edit_chosen)
        self.copy_button.clicked.connect(self.copy_chosen)
        self.switch_button.clicked.connect(self.switch_chosen)
        self.delete_button.clicked.connect(self.delete_chosen)
        self.filter.textChanged.connect(self.refresh)
        self.filter.left.connect(self.table.setFocus)
        self.table.opened.connect(self.edit_chosen)
        self.table.selectionModel().currentRowChanged.connect(self._offer)
        self._desk.alerts.signals.changed.connect(self._follow)
        self._desk.alerts.signals.rule_saved.connect(self._on_saved)
        for keys, act in ((Qt.Key.Key_Space, self.switch_chosen), (Qt.Key.Key_Delete, self.delete_chosen)):
            shortcut = QShortcut(QKeySequence(keys), self.table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)

    @Slot(object)
    def _follow(self, _view: object) -> None:
        if self.isVisible():
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show how the rules stand now."""
        view = self._desk.alerts.view
        standings = () if view is None else view.rules
        portfolios = {each.id: each.name for each in self._desk.portfolios}
        self._standings = {each.rule.id: each for each in standings}
        words = self.filter.text().casefold().split()
        rows = [rule_row(each, self._desk.now_ms(), portfolios) for each in standings]
        shown = [row for row in rows if all(word in _text(row).casefold() for word in words)]
        self.table.tell(shown)
        on = sum(1 for each in standings if each.rule.enabled)
        self.count.setText(f"{count_words(len(standings), 'rule')}, {on} on")
        self._offer()

    @Slot()
    def _offer(self) -> None:
        standing = self.chosen
        for button in (self.edit_button, self.copy_button, self.switch_button, self.delete_button):
            button.setEnabled(standing is not None)
        if standing is not None:
            self.switch_button.setText("Switch off" if standing.rule.enabled else "Switch on")

    @Slot()
    def _add(self) -> None:
        self.add_rule()

    def _edit(self, rule: AlertRule) -> None:
        from levdesk.ui.alerts.rule_dialog import RuleDialog  # late: opened by few

        dialog = RuleDialog(self._desk, self, rule)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot(object)
    def _on_saved(self, rule: AlertRule) -> None:
        self.refresh()
        self.table.choose(rule.id)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.refresh()


def _text(row: KeyedRow) -> str:
    return " ".join(cell.shown_text for cell in row.cells) + " " + row.tip
