"""`levdesk statement`: a period as PDF, as CSV in a file, or printed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from levdesk.app.commands import find_portfolio
from levdesk.app.files import write_whole_file
from levdesk.app.main import DONE
from levdesk.app.statement_work import make_statement, statement_bytes
from levdesk.domain.errors import UserError
from levdesk.services.statement_pages import statement_csv

if TYPE_CHECKING:
    from levdesk.app.house import House
    from levdesk.services.statement import Statement


def run_statement(house: House) -> int:
    """Write or print the statement the options ask for."""
    arguments = house.options.statement
    assert arguments is not None
    for target in (arguments.pdf, arguments.csv):
        if target is not None and target.exists():
            raise UserError(f"{target} is already there.", hint="Name another file, or move that one away.")
    books = house.read_books()
    portfolio = find_portfolio(books, house.options.portfolio)
    statement = make_statement(
        house, books, None if portfolio is None else portfolio.id, arguments.from_ms, arguments.to_ms
    )
    if arguments.csv is not None:
        write_whole_file(arguments.csv, statement_csv(statement))
        print(f"Wrote {arguments.csv}.")
    if arguments.pdf is not None:
        _write_pdf(arguments.pdf, statement)
        print(f"Wrote {arguments.pdf}.")
    if arguments.csv is None and arguments.pdf is None:
        sys.stdout.buffer.write(statement_csv(statement))
        sys.stdout.buffer.flush()
    return DONE


def _write_pdf(target: Path, statement: Statement) -> None:
    """Lay the page out; text needs Qt's fonts, and they need an application, but no screen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication.instance() or QGuiApplication(["levdesk"])
    write_whole_file(target, statement_bytes(statement, target.with_suffix(".pdf")))
    del application
