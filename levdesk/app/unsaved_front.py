"""Between the writer, which keeps changes in memory while the books cannot be written, and the window that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from levdesk.domain.errors import UserError
from levdesk.services.unsaved import Saved, Unsaved, counted, saved_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from levdesk.app.desk import LiveDesk
    from levdesk.app.engine import Engine
    from levdesk.runtime.jobs import JobControl
    from levdesk.services.books import Books
    from levdesk.services.unsaved import LeftBehind
    from levdesk.ui.main_window import MainWindow


class UnsavedFront:
    """Lives in the GUI thread.

    Args:
        desk: announces what was saved.
        window: shows what is not.
        reopen: reads the books again from the start, because somebody else has written into them.
    """

    def __init__(self, desk: LiveDesk, window: MainWindow, reopen: Callable[[], None]) -> None:
        self._desk = desk
        self._window = window
        self._reopen = reopen
        self._is_listening = False
        self._engine: Engine | None = None

    def hear(self, state: Unsaved | Saved) -> None:
        """The writer has something to say about it."""
        if isinstance(state, Unsaved):
            self._window.show_unsaved(state)
            return
        self._window.show_unsaved(None)
        self._desk.signals.act_done.emit(saved_words(state))
        if state.refused:
            self._window.show_refused(state)
        if state.is_other:
            self._reopen()

    def _hear_of_note(self, saved: Saved) -> None:
        """A note is in the books: in the file, or in memory while that still cannot be written."""
        engine = self._engine
        if engine is None or engine.house.stores.writer.unsaved is None:
            self.hear(saved)
            return
        if saved.refused:
            self._window.show_refused(saved)
        house = engine.house

        def read(_control: JobControl) -> Books:
            books = house.read_books()
            books.work_out(None)
            return books

        engine.runner.run("Reading your books again", read, engine.replace_books, engine.fail)

    def look_behind(self, engine: Engine) -> None:
        """Offer what an earlier program noted and could not save."""
        self._engine, house = engine, engine.house
        if not self._is_listening:
            self._is_listening = True
            self._desk.safety.signals.note_brought_in.connect(self._hear_of_note)

        def look(_control: JobControl) -> tuple[LeftBehind, ...]:
            from levdesk.io.unsaved.left_behind import left_behind  # late: nothing of it is needed to open

            return left_behind(house.paths)

        def offer(found: tuple[LeftBehind, ...]) -> None:
            for left in found[:1]:  # the next one at the next start: their order counts
                self._window.offer_left_behind(left)

        engine.runner.run("Looking for unsaved changes", look, offer, engine.fail, quiet=True)

    def require_saved(self) -> None:
        """Asked before the books are closed to be exchanged.

        Raises:
            UserError: something is in memory only, and would be lost with them.
        """
        unsaved = self._window.unsaved
        if unsaved is not None and unsaved.changes:
            raise UserError(
                f"{counted(unsaved.changes)} are kept in memory only and would be lost; nothing was done.",
                hint="Save them first, or save a copy elsewhere and start LevDesk again.",
            )
