"""Asks which period a statement is about and where it goes, as PDF or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Slot
from PySide6.QtWidgets import QComboBox, QDateEdit, QFileDialog, QWidget

from levdesk.ui.dialogs.form import FormDialog, FormGrid
from levdesk.ui.labels import label

if TYPE_CHECKING:
    from levdesk.ui.desk import Desk

_EPOCH = QDate(1970, 1, 1)
_DAY_MS = 86_400_000
_SHOWN = "d MMM yyyy"


class StatementDialog(FormDialog):
    """A period, a portfolio and a file."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent, "Period statement", "Save as…")
        today = _EPOCH.addDays(desk.now_ms() // _DAY_MS)
        self.first, self.last = _day(QDate(today.year(), 1, 1)), _day(today)
        self.portfolio = QComboBox()
        self.portfolio.addItem("All portfolios", None)
        for each in desk.portfolios:
            self.portfolio.addItem(each.name, each.id)
        self.portfolio.setCurrentIndex(max(0, self.portfolio.findData(desk.selected_portfolio_id)))
        self.form = QComboBox()
        self.form.addItem("PDF, to read and print", "pdf")
        self.form.addItem("CSV, for a spreadsheet", "csv")
        grid = FormGrid()
        grid.add("&From", self.first)
        self.period = grid.add("&To", self.last, keep_hint=True)
        grid.add("&Portfolio", self.portfolio)
        grid.add("&As", self.form)
        self.column.addLayout(grid)
        told = label(
            "Holdings at both ends, trades, result, where the money went, and fees. Days begin at 00:00 UTC.",
            kind="muted",
            wrap=True,
        )
        self.column.addWidget(told)
        for field in (self.first, self.last):
            field.dateChanged.connect(self._check)
        self._check()

    @Slot()
    def send(self) -> None:
        ending = str(self.form.currentData())
        name = f"statement-{self.first.date().toString('yyyy-MM-dd')}-{self.last.date().toString('yyyy-MM-dd')}"
        filters = {"pdf": "PDF files (*.pdf)", "csv": "CSV files (*.csv)"}
        chosen, _ = QFileDialog.getSaveFileName(self, "Save statement", f"{name}.{ending}", filters[ending])
        if chosen:
            self.save(Path(chosen).with_suffix(f".{ending}"))

    def save(self, path: Path) -> None:
        """Have the statement written; the window tells when it is."""
        from_ms, to_ms = _ms(self.first), _ms(self.last) + _DAY_MS
        self.desk.save_statement(path, self.portfolio.currentData(), from_ms, to_ms)
        self.accept()

    @Slot()
    def _check(self) -> None:
        is_sound = self.first.date() <= self.last.date()
        self.ok.setEnabled(is_sound)
        self.period.tell("" if is_sound else "The last day is before the first.", "muted" if is_sound else "critical")


def _day(date: QDate) -> QDateEdit:
    field = QDateEdit(date)
    field.setDisplayFormat(_SHOWN)
    field.setCalendarPopup(True)
    return field


def _ms(field: QDateEdit) -> int:
    return _EPOCH.daysTo(field.date()) * _DAY_MS
