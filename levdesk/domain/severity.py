"""How much something matters to the person: a word of its own, because the first paint knows it and no problem yet."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters to the person."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
