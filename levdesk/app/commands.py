"""The commands without a window: each prints its outcome and answers with an exit code."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

from levdesk.app.command_line import Options
from levdesk.app.crash import set_up_logs
from levdesk.app.demo import open_house
from levdesk.app.files import read_import_file, write_whole_file
from levdesk.app.house import House
from levdesk.app.main import DONE, FAILED, WRONG_CALL, say
from levdesk.app.safety_line import SAFETY_COMMANDS
from levdesk.domain.errors import ImportRejected, LevdeskError, StoreUnavailable, UserError
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.transactions import Portfolio
from levdesk.io.backup_shelf import back_up_before
from levdesk.services.backup_policy import BackupReason
from levdesk.services.books import Books
from levdesk.services.importing import ImportPreview, confirm_import, preview_import

_SAVE_TIMEOUT_S = 600.0
_MOST_ROWS_NAMED = 100

_log = logging.getLogger("levdesk.app")


def run_command(options: Options) -> int:
    """Run one command of the command line, in a house of its own if it needs one; returns the exit code."""
    if options.study is not None:
        from levdesk.app.study_commands import run_study  # reads no books

        return run_study(options)
    house, demo = open_house(options, on_failure=_note)
    end_log = set_up_logs(house.paths.log_file)
    try:
        code = _COMMANDS[options.command](house)
    finally:
        if demo is not None:
            demo.stop()
        saved = house.close()
        end_log()
    if not saved:
        raise StoreUnavailable("Saving took too long and was given up.", hint="Is another program using the database?")
    return code


def _note(error: LevdeskError) -> None:
    """A save that failed: the command that waits for it tells the person, the log keeps it."""
    _log.error("%s: %s", error.code, error.message)


# -- import and export ---------------------------------------------------------------------------------------------


def import_file(house: House) -> int:
    """Add the transactions of a CSV file, all rows or none."""
    options = house.options
    assert options.file is not None
    data = read_import_file(options.file)
    books = house.read_books()
    portfolio = find_portfolio(books, options.portfolio) or books.portfolios[0]
    preview: ImportPreview | None = None
    try:
        preview = preview_import(
            data,
            books,
            portfolio.id,
            now_ms=house.clock.now_ms(),
            source=options.file.name,
            find_token=house.listed_token,
        )
        if options.dry_run:
            confirm_import(books, preview, allow_duplicates=options.allow_duplicates)
        else:
            if preview.rows and not preview.problems and (options.allow_duplicates or not preview.duplicates):
                back_up_before(house.paths, BackupReason.IMPORT, house.clock.now_ms())  # others are refused below
            accepted = house.keeper.accept_import(books, preview, allow_duplicates=options.allow_duplicates)
            accepted.result(_SAVE_TIMEOUT_S)
    except ImportRejected as rejected:
        return _refuse_import(rejected, preview, options)
    count = len(preview.rows)
    for notice in preview.notices:
        print(f"{notice.severity.value}: {notice.message}", file=sys.stderr)
    if options.as_json:
        _print_json(
            _import_outcome(preview, options, imported=0 if options.dry_run else count, problems=preview.notices)
        )
    else:
        rows = f"{count:,} transaction{'' if count == 1 else 's'}"
        print(f"{rows} can be imported; nothing was written." if options.dry_run else f"Imported {rows}.")
    return DONE


def _refuse_import(rejected: ImportRejected, preview: ImportPreview | None, options: Options) -> int:
    for problem in rejected.problems[:_MOST_ROWS_NAMED]:
        where = f"{options.file}:{problem.line}: " if problem.line else ""
        print(f"{where}{problem.message}", file=sys.stderr)
    if len(rejected.problems) > _MOST_ROWS_NAMED:
        print(f"… and {len(rejected.problems) - _MOST_ROWS_NAMED:,} more", file=sys.stderr)
    say(rejected.message, rejected.hint)
    if options.as_json:
        _print_json(_import_outcome(preview, options, imported=0, problems=rejected.problems))
    return WRONG_CALL


def _import_outcome(
    preview: ImportPreview | None, options: Options, *, imported: int, problems: tuple[Problem, ...] = ()
) -> dict[str, Any]:
    return {
        "imported": imported,
        "rows": 0 if preview is None else len(preview.rows),
        "duplicates": 0 if preview is None else len(preview.duplicates),
        "dry_run": options.dry_run,
        "counts": {} if preview is None else {kind.value: count for kind, count in preview.counts.items()},
        "problems": [
            {"severity": p.severity.value, "code": p.code, "line": p.line, "message": p.message} for p in problems
        ],
    }


def export_file(house: House) -> int:
    """Write all transactions as CSV, or everything as a zip of tables."""
    if house.options.safety is not None and house.options.safety.portable:
        from levdesk.app.safety_commands import export_portable_file

        return export_portable_file(house)
    from levdesk.services.exporting import export_csv, exportable

    books = house.read_books()
    portfolio = find_portfolio(books, house.options.portfolio)
    rows = exportable(books, None if portfolio is None else portfolio.id)
    data = export_csv(rows)
    target = house.options.file
    if target is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return DONE
    if target.exists():
        raise UserError(f"{target} is already there.", hint="Name another file, or move that one away.")
    write_whole_file(target, data)
    print(f"Exported {len(rows):,} transactions to {target}.")
    return DONE


# -- report --------------------------------------------------------------------------------------------------------


def print_report(house: House) -> int:
    """Print what is held and what it is worth."""
    from levdesk.app.reporting import make_report
    from levdesk.services.report import report_json, report_text

    options = house.options
    books = house.read_books()
    portfolio = find_portfolio(books, options.portfolio)
    report = make_report(house, books, None if portfolio is None else portfolio.id)
    write = report_json if options.as_json else report_text
    print(write(report.view, explained=report.explained))
    return DONE


# -- care of the files ---------------------------------------------------------------------------------------------


def check(house: House) -> int:
    """Look for damage in the files and for impossible transactions."""
    from levdesk.io.checking import check as check_files

    problems = [*check_files(house.paths)]
    if not problems:
        books = house.read_books()
        for portfolio in books.portfolios:
            for key in books.keys(portfolio.id):
                problems += [
                    Problem(severity=Severity.ERROR, code=fault.code, message=fault.message, source=str(key))
                    for fault in books.faults(key, portfolio.id)
                ]
    for problem in problems:
        print(f"{problem.severity.value}: {problem.message}", file=sys.stderr)
    if problems:
        say(
            f"{len(problems)} problem{'' if len(problems) == 1 else 's'} found.",
            "`levdesk backup` refuses a damaged file.",
        )
        return FAILED
    print("No damage found, and every transaction is possible.")
    return DONE


def doctor(house: House) -> int:
    """Print what helps to find a fault."""
    from levdesk.app.diagnostics import describe

    print(describe(house))
    return DONE


def find_portfolio(books: Books, name: str) -> Portfolio | None:
    """The portfolio of a name, without regard to case; None for no name.

    Raises:
        UserError: there is none of that name.
    """
    if not name:
        return None
    for portfolio in books.portfolios:
        if portfolio.name.casefold() == name.casefold():
            return portfolio
    names = ", ".join(portfolio.name for portfolio in books.portfolios)
    raise UserError(f"There is no portfolio named “{name}”.", hint=f"There are: {names}.")


def _print_json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def watch(house: House) -> int:
    """Evaluate the alert rules without a window."""
    from levdesk.app.watch_command import run_watch

    return run_watch(house)


def alerts(house: House) -> int:
    """List, add, try and look back at alerts."""
    from levdesk.app.alerts_command import run_alerts

    return run_alerts(house)


def care(house: House) -> int:
    """Backups, restore, salvage, the portable export, history and bin."""
    from levdesk.app.safety_commands import SAFETY

    return SAFETY[house.options.command](house)


def statement(house: House) -> int:
    """Print or write a period statement."""
    from levdesk.app.statement_command import run_statement

    return run_statement(house)


_COMMANDS: Mapping[str, Callable[[House], int]] = {
    "statement": statement,
    "import": import_file,
    "export": export_file,
    "report": print_report,
    **dict.fromkeys(("backup", *SAFETY_COMMANDS), care),
    "check": check,
    "doctor": doctor,
    "watch": watch,
    "alerts": alerts,
}
