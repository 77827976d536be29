"""Reading a file for the import wizard, as the job pool does it: file, sheet or text, preview, likenesses."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from levdesk.app.files import read_import_file
from levdesk.domain.errors import UserError
from levdesk.io.resources import read_resource
from levdesk.io.xlsx import is_workbook, read_sheet
from levdesk.services.intake.choices import IntakeChoices
from levdesk.services.intake.mappings import Presets, read_presets, stored_mappings
from levdesk.services.intake.reading import Ground, KnownFiles, preview_intake
from levdesk.services.intake.suspects import find_suspects

if TYPE_CHECKING:
    from levdesk.app.house import House
    from levdesk.runtime.jobs import JobControl
    from levdesk.services.books import Books
    from levdesk.services.importing import ImportPreview
    from levdesk.services.pace import Pace
    from levdesk.services.settings import Settings

PASTED = "pasted rows"


@lru_cache(maxsize=1)
def shipped_presets() -> Presets:
    """The mappings that ship, read once."""
    return read_presets(read_resource("import_presets.json"))


def preview_source(
    source: Path | bytes,
    portfolio_id: int,
    choices: IntakeChoices | None,
    *,
    books: Books,
    house: House,
    settings: Settings,
    control: JobControl,
) -> ImportPreview:
    """A file, or pasted rows, tried out on the books; ends early when the job is stopped.

    Raises:
        UserError: it cannot be read, or the person stopped it.
    """
    chosen = choices or IntakeChoices()
    name = PASTED if isinstance(source, bytes) else source.name
    data = source if isinstance(source, bytes) else read_import_file(source)
    pace = _pace_of(control)
    preview = preview_intake(
        read_sheet(data, chosen.sheet, name, pace) if is_workbook(data) else data,
        chosen,
        KnownFiles(shipped_presets(), stored_mappings(settings.import_mappings)),
        Ground(books=books, portfolio_id=portfolio_id, now_ms=house.clock.now_ms(), find_token=house.listed_token),
        source=name,
        pace=pace,
    )
    pace(1.0)
    return replace(preview, suspects=find_suspects(preview, books))


def _pace_of(control: JobControl) -> Pace:
    def pace(done_ratio: float) -> None:
        control.progress(done_ratio)
        if control.cancelled:
            raise UserError("The reading was stopped.")

    return pace
