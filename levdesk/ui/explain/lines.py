"""A table of lines: words at the left, figure and remark at the right, a hairline under each."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from levdesk.ui import theme
from levdesk.ui.labels import hairline, label, recolour

INDENT_PX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line.

    Attributes:
        name: what it is.
        figure: its value as written, "—" when unknown.
        remark: a second figure, may be "".
        kind: colour role of the figure.
        tooltip: formula, source, reason why unknown.
        is_total: heavier.
        is_part: belongs to the line above.
    """

    name: str
    figure: str
    remark: str = ""
    kind: str = ""
    tooltip: str = ""
    is_total: bool = False
    is_part: bool = False


@dataclass(slots=True)
class _Row:
    name: QLabel
    figure: QLabel
    remark: QLabel
    rule: QWidget
    line: Line | None = None
    span: int = 1

    def set_visible(self, shown: bool) -> None:
        for part in (self.name, self.figure, self.remark, self.rule):
            part.setVisible(shown)


class LineList(QWidget):
    """Shows lines; rows are made once and rewritten where they differ, so nothing flickers."""

    def __init__(self, name: str) -> None:
        super().__init__()
        px = theme.active().px
        self.setAccessibleName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(0)  # the figures bring their own, so that a column of nothing takes none
        self._grid.setVerticalSpacing(px(5))
        self._grid.setColumnStretch(0, 1)
        self._rows: list[_Row] = []
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is on screen."""
        return self._lines

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Write all lines."""
        while len(self._rows) < len(lines):
            self._rows.append(self._new_row())
        for number, (row, line) in enumerate(zip(self._rows, lines, strict=False)):
            if row.line != line:
                self._span(number, row, line)
                _write(row, line)
        self._grid.setColumnMinimumWidth(2, theme.active().px(62) if any(line.remark for line in lines) else 0)
        for row in self._rows[len(lines) :]:
            row.line = None
            row.set_visible(False)
        self._lines = lines

    def _span(self, number: int, row: _Row, line: Line) -> None:
        """Words without figures beside them take the whole width."""
        span = 3 if not line.figure and not line.remark else 2 if not line.figure else 1
        if span != row.span:
            row.span = span
            self._grid.addWidget(row.name, 2 * number, 0, 1, span)

    def _new_row(self) -> _Row:
        at = 2 * len(self._rows)
        row = _Row(label(wrap=True), label(), label(kind="muted"), hairline())
        row.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        for part in (row.figure, row.remark):
            part.setContentsMargins(theme.active().px(10), 0, 0, 0)
        for column, part in enumerate((row.name, row.figure, row.remark)):
            if column:
                side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                self._grid.addWidget(part, at, column, side)
            else:
                self._grid.addWidget(part, at, column)
        self._grid.addWidget(row.rule, at + 1, 0, 1, 3)
        return row


def _write(row: _Row, line: Line) -> None:
    px = theme.active().px
    before = row.line
    if before is None or (before.is_total, before.is_part) != (line.is_total, line.is_part):
        font = theme.active().font(strong=line.is_total)
        row.name.setFont(font)
        row.figure.setFont(font)
        row.name.setContentsMargins(px(INDENT_PX) if line.is_part else 0, 0, 0, 0)
    row.name.setText(line.name)
    row.figure.setText(line.figure)
    row.remark.setText(line.remark)
    recolour(row.figure, line.kind)
    recolour(row.name, "muted" if line.is_part else "")
    row.figure.setAccessibleName(f"{line.name}: {line.figure} {line.remark}".strip())
    row.name.setAccessibleName("" if line.figure else f"{line.name} {line.remark}".strip())
    for part in (row.name, row.figure, row.remark):
        part.setToolTip(line.tooltip)
    row.line = line
    row.set_visible(True)
    row.figure.setVisible(bool(line.figure))
    row.remark.setVisible(bool(line.remark))


class Heading(QWidget):
    """The name of a section, and a remark at the right that wraps where there is little room."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.title = label(text, kind="muted", size_px=theme.LABEL_PX)
        self.remark = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.remark.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.active().px(10))
        row.addWidget(self.title, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.remark, 1)

    def tell(self, text: str, remark: str = "", tooltip: str = "") -> None:
        """Write both."""
        self.title.setText(text)
        self.remark.setText(remark)
        self.setToolTip(tooltip)
