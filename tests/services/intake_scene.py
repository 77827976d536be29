"""Foreign files and the ground they are tried out on, for the tests of the intake."""

from __future__ import annotations

from pathlib import Path

from levdesk.services.books import Books
from levdesk.services.importing import ImportPreview
from levdesk.services.intake.choices import IntakeChoices, Reading
from levdesk.services.intake.mappings import read_presets
from levdesk.services.intake.reading import Ground, KnownFiles, Sheet, preview_intake
from tests.services.memory_writer import NOW_MS, books_of

PRESETS = read_presets((Path(__file__).parents[2] / "resources/import_presets.json").read_bytes())
KNOWN = KnownFiles(PRESETS)
EMPTY = books_of()


def take_in(
    content: str | bytes | Sheet,
    choices: IntakeChoices | None = None,
    *,
    known: KnownFiles = KNOWN,
    books: Books = EMPTY,
    now_ms: int = NOW_MS,
) -> ImportPreview:
    """What the intake says about a file."""
    given = content.encode() if isinstance(content, str) else content
    ground = Ground(books=books, portfolio_id=1, now_ms=now_ms)
    return preview_intake(given, choices or IntakeChoices(), known, ground, source="x.csv")


def reading(preview: ImportPreview) -> Reading:
    """How it was understood."""
    assert preview.reading is not None
    return preview.reading


def table(headers: str, *rows: str) -> str:
    """A file of lines."""
    return "\n".join([headers, *rows, ""])
