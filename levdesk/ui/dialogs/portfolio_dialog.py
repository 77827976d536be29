"""Several books of holdings: adding, renaming and deleting portfolios, and which units leave first when one sells."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from levdesk.domain.errors import LevdeskError
from levdesk.domain.transactions import CostMethod, Portfolio
from levdesk.ui import theme
from levdesk.ui.desk import Desk
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.format import Figures
from levdesk.ui.labels import label
from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import CELL_ROLE
from levdesk.ui.views.cell_delegate import ListDelegate
from levdesk.ui.views.paints import Paints

METHOD_WORDS: Final = {
    CostMethod.FIFO: ("First in, first out", "The units you bought first leave first."),
    CostMethod.LIFO: ("Last in, first out", "The units you bought last leave first."),
    CostMethod.AVERAGE: ("Average cost", "Every unit costs the same: the average of all you hold."),
}


class PortfoliosDialog(PlainDialog):
    """The list on the left, the chosen one on the right; each act is done at once and can be undone."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("Portfolios", parent)
        self.desk = desk
        self._figures = Figures()
        self.list = QListWidget()
        self.list.setAccessibleName("Portfolios")
        self.list.setFixedWidth(theme.active().px(190))
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(ListDelegate(Paints(self.list), self.list))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.name = QLineEdit()
        self.methods = QButtonGroup(self)
        self.save = QPushButton()
        self.save.setDefault(True)
        self.save.setProperty("kind", "primary")
        self.new = QPushButton("New…")
        self.new.setCheckable(True)
        self.delete = QPushButton("Delete…")
        for button in (self.new, self.delete, *self.buttons.findChildren(QPushButton)):
            button.setAutoDefault(False)
        self.problem = label(kind="critical", wrap=True, size_px=theme.LABEL_PX)
        self._lay_out()
        self._connect()
        self._fill(desk.selected_portfolio_id)
        self.list.setFocus()

    # -- building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        px = theme.active().px
        left = QVBoxLayout()
        left.setSpacing(px(8))
        left.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.new)
        row.addWidget(self.delete)
        row.addStretch(1)
        left.addLayout(row)
        right = QVBoxLayout()
        right.setSpacing(px(6))
        title = label("&Name", kind="muted")
        title.setBuddy(self.name)
        self.name.setAccessibleName("Name of the portfolio")
        right.addWidget(title)
        right.addWidget(self.name)
        right.addWidget(self.problem)
        right.addSpacing(px(6))
        right.addWidget(label("When you sell", kind="muted"))
        for number, (method, (words, about)) in enumerate(METHOD_WORDS.items()):
            choice = QRadioButton(words)
            choice.setAccessibleDescription(about)
            choice.setProperty("method", method.value)
            self.methods.addButton(choice, number)
            line = label(about, kind="muted", size_px=theme.LABEL_PX, wrap=True)
            line.setContentsMargins(px(20), 0, 0, px(6))
            both_lines = QVBoxLayout()
            both_lines.setSpacing(px(1))
            both_lines.addWidget(choice)
            both_lines.addWidget(line)
            right.addLayout(both_lines)
        self.effect = label("", kind="muted", size_px=theme.LABEL_PX, wrap=True)
        right.addWidget(self.effect)
        right.addStretch(1)
        right.addWidget(self.save, 0, Qt.AlignmentFlag.AlignRight)
        both = QHBoxLayout()
        both.setSpacing(px(20))
        both.addLayout(left)
        both.addLayout(right, 1)
        self.column.addLayout(both)
        self.setMinimumSize(QSize(px(580), px(380)))

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._on_chosen)
        self.name.textChanged.connect(self._check)
        self.methods.idToggled.connect(self._check)
        self.save.clicked.connect(self._send)
        self.new.toggled.connect(self._on_new)
        self.delete.clicked.connect(self._ask_delete)
        self.desk.signals.books_changed.connect(self._on_books)
        self.desk.signals.act_failed.connect(self._on_failed)

    # -- state -----------------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> Portfolio | None:
        """The portfolio whose values stand on the right; None while a new one is typed."""
        item = self.list.currentItem()
        if self.new.isChecked() or item is None:
            return None
        return next((each for each in self.desk.portfolios if each.id == item.data(Qt.ItemDataRole.UserRole)), None)

    @property
    def method(self) -> CostMethod:
        """The chosen cost method."""
        button = self.methods.checkedButton()
        return CostMethod(button.property("method")) if button else CostMethod.FIFO

    def _fill(self, portfolio_id: int | None) -> None:
        self.list.clear()
        for portfolio in self.desk.portfolios:
            item = QListWidgetItem(portfolio.name)
            item.setData(Qt.ItemDataRole.UserRole, portfolio.id)
            item.setData(CELL_ROLE, Cell(portfolio.name))
            self.list.addItem(item)
            if portfolio.id == portfolio_id:
                self.list.setCurrentItem(item)
        if self.list.currentItem() is None:
            self.list.setCurrentRow(0)

    def _show(self, name: str, method: CostMethod) -> None:
        for button in self.methods.buttons():
            button.setChecked(button.property("method") == method.value)
        self.name.setText(name)
        self._check()

    @Slot()
    def _check(self) -> None:
        chosen, name = self.chosen, " ".join(self.name.text().split())
        taken = any(
            each.name.casefold() == name.casefold() and (chosen is None or each.id != chosen.id)
            for each in self.desk.portfolios
        )
        self.problem.setText(f"There is already a portfolio “{name}”." if taken else "")
        self.problem.setVisible(taken)
        self.save.setText("Add portfolio" if chosen is None else "Save changes")
        same = chosen is not None and (chosen.name, chosen.cost_method) == (name, self.method)
        self.save.setEnabled(bool(name) and not taken and not same)
        recount = chosen is not None and chosen.cost_method is not self.method
        self.effect.setText("Every result of this portfolio is worked out again. You can undo it." if recount else " ")
        self.delete.setEnabled(chosen is not None and len(self.desk.portfolios) > 1)
        self.delete.setToolTip("" if self.delete.isEnabled() else "The last portfolio stays")

    # -- acts ------------------------------------------------------------------------------------------------------

    @Slot()
    def _send(self) -> None:
        chosen, name = self.chosen, " ".join(self.name.text().split())
        if chosen is None:
            self.desk.add_portfolio(name, self.method)
        else:
            self.desk.edit_portfolio(replace(chosen, name=name, cost_method=self.method))

    @Slot()
    def _ask_delete(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle("Delete portfolio")
        box.setText(f"Delete “{chosen.name}”?")
        box.setInformativeText(f"{self.contents(chosen.id)} You can undo it with Ctrl+Z.")
        button = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        button.clicked.connect(lambda: self.desk.remove_portfolio(chosen.id))
        box.open()

    def contents(self, portfolio_id: int) -> str:
        """What goes with a portfolio, counted in words."""
        counts = [len(self.desk.transactions(token.key, portfolio_id)) for token in self.desk.catalogue()]
        rows, tokens = sum(counts), sum(1 for count in counts if count)
        if not rows:
            return "It is empty."
        what = f"{self._figures.count(rows)} transaction{'' if rows == 1 else 's'}"
        return f"It goes with its {what} in {self._figures.count(tokens)} token{'' if tokens == 1 else 's'}."

    @Slot(QListWidgetItem, QListWidgetItem)
    def _on_chosen(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None:
            self.new.setChecked(False)
            chosen = self.chosen
            if chosen is not None:
                self._show(chosen.name, chosen.cost_method)

    @Slot(bool)
    def _on_new(self, wanted: bool) -> None:
        if wanted:
            self._show("", CostMethod.FIFO)
            self.name.setFocus()
        elif self.chosen is not None:
            self._show(self.chosen.name, self.chosen.cost_method)

    @Slot(object)
    def _on_books(self, _change: object) -> None:
        before = self.chosen
        self.new.setChecked(False)
        self._fill(before.id if before else self.desk.selected_portfolio_id)

    @Slot(object)
    def _on_failed(self, error: LevdeskError) -> None:
        self.problem.setText(f"{error.message} {error.hint}".strip())
        self.problem.show()
