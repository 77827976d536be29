"""Notices that another program (an import on the command line) has changed the books, and reads them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from levdesk.io.writer import StoreFile
from levdesk.runtime.jobs import JobControl
from levdesk.services.books import Books

if TYPE_CHECKING:
    from levdesk.app.engine import Engine

LOOK_EVERY_MS = 3_000


class BooksWatch(QObject):
    """Asks the writer's own connection whether somebody else wrote: SQLite counts that for each connection."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine
        self._known: int | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Look at once, to know where we stand, and then regularly."""
        self.look()
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    @Slot()
    def look(self) -> None:
        """Read the books again when somebody else has written since the last look."""
        writer = self._engine.house.stores.writer
        if writer.unsaved is not None:
            return  # the books are in memory; whoever saves them looks at what is in the file

        def compare(version: int) -> None:
            before, self._known = self._known, version
            if before is not None and before != version:
                self._read_again()

        asked = writer.submit(
            StoreFile.LEDGER,
            lambda connection: int(connection.execute("PRAGMA data_version").fetchone()[0]),
            is_shy=True,
        )
        self._engine.runner.watch(asked, compare, lambda _error: None)  # a failing file speaks up with the next act

    def _read_again(self) -> None:
        house = self._engine.house

        def work(_control: JobControl) -> Books:
            books = house.read_books()
            books.work_out(None)
            return books

        self._engine.runner.run("Reading your books again", work, self._engine.replace_books, self._engine.fail)
