"""How far the fetching of much history is, as one piece of work a person can see and end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MUCH: Final = 5
"""So many missing pieces are worth showing; fewer are there before anybody has read it."""


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """Pieces fetched, of how many."""

    done: int
    total: int

    @property
    def title(self) -> str:
        """For the list of what is under way."""
        return f"Fetching history: {self.done} of {self.total}"

    @property
    def done_ratio(self) -> float:
        """0..1."""
        return self.done / self.total


class Backfill:
    """Counts pieces from the moment much was missing until nothing is; owned by one thread."""

    def __init__(self) -> None:
        """Nothing is missing yet."""
        self._missing = 0
        self._total = 0
        self.is_stopped = False

    def note(self, missing: int) -> BackfillProgress | None:
        """Take note of how many pieces are missing; what to show, None for nothing."""
        if self.is_stopped or not missing:
            self._missing = self._total = 0
            return None
        if not self._total:
            self._missing = self._total = missing if missing >= MUCH else 0
        self._total += max(missing - self._missing, 0) if self._total else 0
        self._missing = missing
        return BackfillProgress(self._total - missing, self._total) if self._total else None

    def stop(self) -> None:
        """The person ended it: nothing is fetched that is not looked at, until `resume`."""
        self.is_stopped = True
        self._missing = self._total = 0

    def resume(self) -> None:
        """Go on where it stopped; what is stored is known."""
        self.is_stopped = False
