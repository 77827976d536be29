"""A tab bar that never cuts its words: where room is short it moves them closer, then uses shorter ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QSizePolicy, QTabBar

from levdesk.ui import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

GAPS_PX: Final = (16, 10, 6)
"""Between two words, as roomy as the width allows; the stylesheet knows them by name."""
_NAMES: Final = ("", "close", "tight")
SHORT: Final = {"Transactions": "Trades"}


class PageTabs(QTabBar):
    """Tabs as words over an accent line."""

    def __init__(self, pages: Sequence[str], name: str) -> None:
        super().__init__()
        self._pages = tuple(pages)
        self._fitted = (0, False)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for number, page in enumerate(pages, start=1):
            self.addTab(page)
            self.setTabToolTip(number - 1, f"{page} (Alt+{number})")
            self.setAccessibleTabName(number - 1, page)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def room_needed(self, gap: int, *, short: bool) -> int:
        """Width of all words with that gap between them."""
        metrics, px = self.fontMetrics(), theme.active().px
        words = (SHORT.get(page, page) if short else page for page in self._pages)
        return sum(metrics.horizontalAdvance(word) for word in words) + len(self._pages) * px(gap)

    def _fit(self) -> None:
        choices = [(number, False) for number in range(len(GAPS_PX))] + [(1, True), (2, True)]
        fitting = (
            choice for choice in choices if self.room_needed(GAPS_PX[choice[0]], short=choice[1]) <= self.width()
        )
        fitted = next(fitting, choices[-1])
        if fitted == self._fitted:
            return
        self._fitted = fitted
        number, short = fitted
        theme.set_kind(self, _NAMES[number])
        for index, page in enumerate(self._pages):  # after the style: writing a tab measures it anew
            self.setTabText(index, SHORT.get(page, page) if short else page)
