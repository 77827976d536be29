"""Bad data as values: a row that cannot be used is described and shown, it does not stop the rest."""

from __future__ import annotations

from dataclasses import dataclass

from levdesk.domain.severity import Severity

__all__ = ["Problem", "Severity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with data, in words for the person.

    Attributes:
        severity: how much it matters.
        code: stable machine name, e.g. "nav_rejected".
        message: one plain sentence that names the thing and says what to do where something can be done.
        source: where it was seen: a file name, a venue, or a token's label.
        line: line in the file as an editor counts it, or None.
    """

    severity: Severity
    code: str
    message: str
    source: str = ""
    line: int | None = None
