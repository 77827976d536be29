"""Where figures come from."""

from __future__ import annotations

from enum import StrEnum


class NavSource(StrEnum):
    """Where a NAV figure comes from."""

    VENUE = "venue"
    ESTIMATE = "estimate"
    MANUAL = "manual"


class QuoteSource(StrEnum):
    """Where a market price comes from."""

    VENUE = "venue"
    MANUAL = "manual"
