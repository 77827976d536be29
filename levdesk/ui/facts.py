"""A quiet list of facts: name at the left, figure and remark at the right, a hairline between rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from levdesk.ui import theme
from levdesk.ui.labels import hairline, label, recolour

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row.

    Attributes:
        name: what it is.
        figure: its value in words, "—" when unknown.
        remark: a second figure or where it stands, may be "".
        kind: colour role of the figure.
        tooltip: formula, source and age.
    """

    name: str
    figure: str
    remark: str = ""
    kind: str = ""
    tooltip: str = ""


class FactList(QWidget):
    """Shows facts; rows are made once and rewritten."""

    def __init__(self) -> None:
        super().__init__()
        px = theme.active().px
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(px(12))
        self._grid.setVerticalSpacing(px(5))
        self._grid.setColumnStretch(0, 1)
        self._rows: list[tuple[QLabel, QLabel, QLabel]] = []
        self._facts: tuple[Fact, ...] = ()

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Write all rows; the number of rows may grow but keeps its order."""
        while len(self._rows) < len(facts):
            self._add_row()
        for index, (row, fact) in enumerate(zip(self._rows, facts, strict=False)):
            if index >= len(self._facts) or self._facts[index] != fact:
                _write(row, fact)
        for row in self._rows[len(facts) :]:
            for part in row:
                part.hide()
        self._facts = facts

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is on screen."""
        return self._facts

    def _add_row(self) -> None:
        at = 2 * len(self._rows)
        parts = (label(kind="muted"), label(strong=True), label(kind="muted", size_px=theme.LABEL_PX))
        for column, part in enumerate(parts):
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            self._grid.addWidget(part, at, column, side | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(hairline(), at + 1, 0, 1, 3)
        self._rows.append(parts)


def _write(row: tuple[QLabel, QLabel, QLabel], fact: Fact) -> None:
    name, figure, remark = row
    name.setText(fact.name)
    figure.setText(fact.figure)
    remark.setText(fact.remark)
    recolour(figure, fact.kind)
    spoken = f"{fact.name}: {fact.figure} {fact.remark}".strip()
    figure.setAccessibleName(spoken)
    for part in row:
        part.setToolTip(fact.tooltip)
        part.show()
