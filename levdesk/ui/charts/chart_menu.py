"""What the right mouse button offers on a chart: see all of it, take its figures as CSV, keep it as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from levdesk.ui.charts.time_chart import TimeChart

if TYPE_CHECKING:
    from levdesk.services.charts import FloatArray

Column = tuple[str, "FloatArray"]


class ChartMenu(QMenu):
    """The context menu of one chart.

    Args:
        owner: the panel that is painted into the picture.
        plot: the chart inside it.
        name: file name proposed for the picture, without suffix.
    """

    def __init__(self, owner: QWidget, plot: TimeChart, name: str) -> None:
        super().__init__(owner)
        self._owner = owner
        self._plot = plot
        self.name = name
        self.addAction("Show all").triggered.connect(plot.show_all)
        self.addSeparator()
        self.addAction("Copy data as CSV").triggered.connect(self.copy_data)
        self.addAction("Copy picture").triggered.connect(self.copy_picture)
        self.addAction("Save picture…").triggered.connect(self.save_picture)
        plot.menu_wanted.connect(self.open_at)

    @Slot(object)
    def open_at(self, position: QPoint) -> None:
        """Open at a place on the screen."""
        self.popup(position)

    @Slot()
    def copy_data(self) -> None:
        """Put the figures on the clipboard."""
        QGuiApplication.clipboard().setText(as_csv(self._plot.columns()))

    @Slot()
    def copy_picture(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self._owner.grab())

    @Slot()
    def save_picture(self) -> None:
        """Ask where, and write a PNG at the screen's own resolution."""
        chosen, _ = QFileDialog.getSaveFileName(self._owner, "Save picture", f"{self.name}.png", "Pictures (*.png)")
        if chosen:
            path = Path(chosen)
            self._owner.grab().save(str(path if path.suffix else path.with_suffix(".png")))


def as_csv(columns: Sequence[Column]) -> str:
    """Columns as text, times in the first: ISO times in UTC, empty where a value is unknown."""
    lines = [",".join(["time", *(title for title, _ in columns[1:])])]
    for row in zip(*(values for _, values in columns), strict=True):
        time = datetime.fromtimestamp(float(row[0]), tz=UTC).isoformat().replace("+00:00", "Z")
        lines.append(",".join([time, *("" if isnan(value) else f"{value:.10g}" for value in row[1:])]))
    return "\n".join(lines) + "\n"
