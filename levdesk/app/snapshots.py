"""Keeps the view on disk, so that the next start paints known figures at once, also after a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from levdesk.services.snapshot import encode_view

if TYPE_CHECKING:
    from levdesk.app.engine import Engine
    from levdesk.services.views import PortfolioView

NAME = "view"
SAVE_EVERY_MS = 60_000


class Snapshots(QObject):
    """Saves the engine's view once a minute when it is another one, and when the program ends."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine
        self._saved: PortfolioView | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.save)

    def start(self) -> None:
        """Begin to save."""
        self._timer.start(SAVE_EVERY_MS)

    def stop(self) -> None:
        """Save for the last time."""
        self._timer.stop()
        self.save()

    @Slot()
    def save(self) -> None:
        """Save the view unless it is the one saved last."""
        view = self._engine.view
        if view is not self._saved:
            self._saved = view
            self._engine.house.stores.market.save_snapshot(NAME, encode_view(view))
