"""What a person does to the books, from the window: each act is checked at once and lands when it is on disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from levdesk.app.files import write_whole_file
from levdesk.domain.errors import Bug, LevdeskError, StoreUnavailable, UserError
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.transactions import CostMethod, Portfolio, TransactionDraft
from levdesk.runtime.jobs import JobControl
from levdesk.services.backup_policy import BackupReason, is_bulk
from levdesk.services.bookkeeping import Bookkeeper
from levdesk.services.collector import collector_at_rest
from levdesk.services.ports import BooksChange

if TYPE_CHECKING:
    from levdesk.app.engine import Engine
    from levdesk.services.audit_bin import BinEntry
    from levdesk.services.importing import ImportPreview
    from levdesk.services.intake.choices import IntakeChoices

Act = Callable[[], "Future[BooksChange]"]


class ActsDesk:
    """Runs acts for the engine; every outcome is announced by the desk's signals."""

    def __init__(self, engine: Engine) -> None:
        """Act on the books of `engine`."""
        self._engine = engine
        self._ledger = engine.house.stores.ledger
        self._queue: deque[Callable[[], None]] = deque()
        self._busy = False

    @property
    def _keeper(self) -> Bookkeeper:
        return self._engine.house.keeper

    def record(self, draft: TransactionDraft, portfolio_id: int) -> None:
        """Add a transaction."""
        self._perform(lambda: self._keeper.record(self._engine.books, draft, portfolio_id))

    def amend(self, transaction_id: int, draft: TransactionDraft) -> None:
        """Replace a transaction's content."""
        self._perform(lambda: self._keeper.amend(self._engine.books, transaction_id, draft))

    def remove(self, transaction_ids: Iterable[int]) -> None:
        """Delete transactions; many of them not without a copy first."""
        ids = tuple(transaction_ids)
        act: Act = lambda: self._keeper.remove(self._engine.books, ids)  # noqa: E731 - done now, or after the copy
        if is_bulk(len(ids)):
            self._after_backup(BackupReason.DELETE, act)
        else:
            self._perform(act)

    def bring_back(self, entries: tuple[BinEntry, ...]) -> None:
        """Bring deleted things back out of the bin."""

        def act() -> Future[BooksChange]:
            from levdesk.io.bin import BinFile
            from levdesk.services.audit_bin import check_return

            house = self._engine.house
            label = check_return(self._engine.books, entries)
            return BinFile(house.paths, house.clock, house.stores.writer).bring_back(entries, label=label)

        self._perform(act)

    def undo(self) -> None:
        """Take the last act back."""
        self._perform(self._ledger.undo, before="Undid: ")

    def redo(self) -> None:
        """Do the last undone act again."""
        self._perform(self._ledger.redo, before="Did again: ")

    def add_portfolio(self, name: str, cost_method: CostMethod) -> None:
        """Create a portfolio and show it."""
        known = {portfolio.id for portfolio in self._engine.books.portfolios}

        def show(change: BooksChange) -> None:
            for portfolio in change.portfolios or ():
                if portfolio.id not in known:
                    self._engine.select_portfolio(portfolio.id)

        self._perform(lambda: self._keeper.add_portfolio(self._engine.books, name, cost_method), then=show)

    def edit_portfolio(self, portfolio: Portfolio) -> None:
        """Rename, or change the cost method."""
        self._perform(lambda: self._keeper.edit_portfolio(self._engine.books, portfolio))

    def remove_portfolio(self, portfolio_id: int) -> None:
        """Delete a portfolio and its rows."""
        act: Act = lambda: self._keeper.remove_portfolio(self._engine.books, portfolio_id)  # noqa: E731 - as above
        if is_bulk(len(self._engine.books.all_transactions(portfolio_id))):
            self._after_backup(BackupReason.DELETE, act)
        else:
            self._perform(act)

    def define_token(self, token: LeveragedToken) -> None:
        """Define or correct an instrument by hand."""
        self._perform(lambda: self._keeper.define_token(self._engine.books, token))

    def accept_import(self, preview: ImportPreview, *, allow_duplicates: bool) -> None:
        """Write a previewed import as one act, after a copy of what is there."""
        self._after_backup(BackupReason.IMPORT, lambda: self._import(preview, allow_duplicates=allow_duplicates))

    def _import(self, preview: ImportPreview, *, allow_duplicates: bool) -> Future[BooksChange]:
        """Check the rows in the pool and write them; whoever stops that before they are on disk stops it whole."""
        books, keeper = self._engine.books, self._keeper
        outcome: Future[BooksChange] = Future()

        def work(control: JobControl) -> None:
            def pace(done_ratio: float) -> None:
                control.progress(done_ratio)
                if control.cancelled:
                    raise UserError("The import was stopped; nothing was written.")

            try:
                with collector_at_rest():
                    written = keeper.accept_import(books, preview, allow_duplicates=allow_duplicates, pace=pace)
                    change = written.result()
                outcome.set_result(change)
            except LevdeskError as error:
                outcome.set_exception(error)
            finally:
                if not outcome.done():
                    outcome.set_exception(Bug("A mistake in LevDesk stopped the import; nothing was written."))

        # What became of it is told by the outcome alone: a stop may come too late, when the rows are written.
        self._engine.runner.run(f"Importing {preview.source}", work, _ignore, _ignore, is_awaited=True)
        return outcome

    def _after_backup(self, reason: BackupReason, act: Act) -> None:
        """Run an act once a verified copy of the books stands on the shelf.

        Where none can be written the act is done in memory, and the copy is made before it comes into the file.
        """
        house = self._engine.house
        writer = house.stores.writer

        def stopped() -> None:
            self._engine.fail(UserError("The backup was stopped, so nothing was changed."))

        def work(_control: JobControl) -> None:
            from levdesk.io.backup_shelf import back_up_before

            if writer.unsaved is None:
                try:
                    back_up_before(house.paths, reason, house.clock.now_ms())
                except StoreUnavailable as error:
                    writer.shelter_from(error).result()

        self._engine.runner.run(
            "Backing up", work, lambda _done: self._perform(act), self._engine.fail, stopped=stopped
        )

    def _perform(self, act: Act, *, before: str = "", then: Callable[[BooksChange], None] | None = None) -> None:
        """Run an act once the one before it is in the books, so that each is checked against what really is there."""

        def begin() -> None:
            try:
                future = act()
            except LevdeskError as error:
                failed(error)
            else:
                self._engine.runner.watch(future, lambda change: self._engine.apply(change, then=landed), failed)

        def landed(change: BooksChange) -> None:
            words = f"{before}{change.label.removeprefix('undo ').removeprefix('redo ')}" if before else change.label
            self._engine.signals.act_done.emit(words[:1].upper() + words[1:])
            if then is not None:
                then(change)
            self._next()

        def failed(error: LevdeskError) -> None:
            self._engine.fail(error)
            self._next()

        self._queue.append(begin)
        if not self._busy:
            self._next()

    def _next(self) -> None:
        self._busy = bool(self._queue)
        if self._queue:
            self._queue.popleft()()

    # -- files -------------------------------------------------------------------------------------------------

    def preview_import(self, source: Path | bytes, portfolio_id: int, choices: IntakeChoices | None) -> None:
        """Read a file of trades, or pasted rows; answered by `import_previewed` or `act_failed`."""
        engine = self._engine

        def work(control: JobControl) -> ImportPreview:
            from levdesk.app.intake_work import preview_source  # only when somebody imports

            return preview_source(
                source, portfolio_id, choices, books=books, house=engine.house, settings=settings, control=control
            )

        books, settings, signals = engine.books, engine.settings, engine.signals
        name = "what was pasted" if isinstance(source, bytes) else source.name
        engine.runner.run(f"Reading {name}", work, signals.import_previewed.emit, engine.fail)

    def save_statement(self, path: Path, portfolio_id: int | None, from_ms: int, to_ms: int) -> None:
        """Write what a period came to, as PDF or CSV by the ending of the file."""
        # Here, not in the pool: PySide makes its types when they are first named, and not in two threads at once.
        import levdesk.ui.statement_pdf  # noqa: F401
        from levdesk.app.statement_work import make_statement, statement_bytes

        books, house = self._engine.books, self._engine.house

        def work(_control: JobControl) -> str:
            statement = make_statement(house, books, portfolio_id, from_ms, to_ms)
            write_whole_file(path, statement_bytes(statement, path))
            return f"Wrote the statement to {path.name}"

        self._engine.runner.run(f"Writing {path.name}", work, self._engine.signals.act_done.emit, self._engine.fail)

    def save_file(self, path: Path, data: bytes, done: str) -> None:
        """Write a file whole and say `done`."""

        def work(_control: JobControl) -> str:
            write_whole_file(path, data)
            return done

        self._engine.runner.run(f"Writing {path.name}", work, self._engine.signals.act_done.emit, self._engine.fail)

    def export_csv(self, path: Path, portfolio_id: int | None) -> None:
        """Write all transactions in the format that `import` reads; the window has asked before overwriting."""
        books = self._engine.books

        def work(_control: JobControl) -> str:
            from levdesk.services.exporting import export_csv, exportable

            rows = exportable(books, portfolio_id)
            write_whole_file(path, export_csv(rows))
            return f"Exported {len(rows):,} transactions to {path.name}"

        self._engine.runner.run(f"Writing {path.name}", work, self._engine.signals.act_done.emit, self._engine.fail)

    def back_up(self, path: Path | None) -> None:
        """Make a verified backup."""
        house = self._engine.house

        def work(_control: JobControl) -> str:
            from levdesk.io.backup import backup_path
            from levdesk.io.unsaved.copying import copy_elsewhere

            report = copy_elsewhere(house.paths, path or backup_path(house.paths, house.clock.now_ms()))
            return f"Backed up {report.transactions:,} transactions to {report.path.name}, verified"

        self._engine.runner.run("Backing up", work, self._engine.signals.act_done.emit, self._engine.fail)


def _ignore(_told: object) -> None:
    """Nothing to do: somebody else tells."""
