"""One way to write any table as CSV: UTF-8, CRLF, and no cell that a spreadsheet would run.

A cell that begins with = + - @, a tab or a return gets an apostrophe in front, unless it is a number: a leading minus
of a number is a number, and reads back as one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

_RUNS: Final = re.compile(r"'*[=+\-@\t\r]")
_NUMBER: Final = re.compile(r"[+-]?(\d[\d,]*)?\.?\d+([eE][+-]?\d+)?\s?%?", re.ASCII)


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet runs; numbers stay as they are."""
    return f"'{text}" if _RUNS.match(text) and not _NUMBER.fullmatch(text) else text


def table_csv(rows: Iterable[Sequence[str]], *, line_end: str = "\r\n") -> str:
    """Rows, the header among them, as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return text.getvalue()
