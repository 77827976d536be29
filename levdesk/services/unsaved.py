"""What is kept in memory only while the books cannot be written, in words a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

BACKGROUND_SETTINGS: Final = frozenset(
    {"alert_standards", "demo_anchor_ms", "listed_ms", "selected_portfolio_id", "alert_lists_ms"}
)
"""Settings the program keeps by itself: nobody would miss them by name."""


class Fault(StrEnum):
    """Why the books cannot be written; each calls for something else."""

    FULL = "full"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaved:
    """Where the books stand while they cannot be written.

    Attributes:
        fault: why.
        message: the store's own sentence.
        changes: how many of the person's changes are in memory only.
        latest: names of the newest of them, newest first.
        noted: the file elsewhere that they are noted in, None when there is no place for one.
        is_blind: the books could not even be read, so the window began with empty ones.
    """

    fault: Fault
    message: str
    changes: int = 0
    latest: tuple[str, ...] = ()
    noted: Path | None = None
    is_blind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A change that could not be brought into the books any more.

    Attributes:
        label: the act's name.
        reason: one sentence.
    """

    label: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What came of the changes once the books could be written again.

    Attributes:
        changes: how many are in the books now.
        refused: those that another program's changes left no room for.
        is_other: another program has written meanwhile, so the books must be read again.
        kept: a complete copy of what the window showed, when something was refused and there was a place for it.
    """

    changes: int
    refused: tuple[Refused, ...] = ()
    is_other: bool = False
    kept: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBehind:
    """Changes noted by a program that ended before it could save them.

    Attributes:
        path: the note.
        since_ms: when the first was made.
        labels: their names, oldest first.
    """

    path: Path
    since_ms: int
    labels: tuple[str, ...]


_WHY: Final = {
    Fault.FULL: "Your disk is full",
    Fault.READ_ONLY: "Your books cannot be written to",
    Fault.LOCKED: "Another program holds your books locked",
    Fault.UNREACHABLE: "Your books cannot be reached",
}
_WHAT_TO_DO: Final = {
    Fault.FULL: "Free some space, then press Try again.",
    Fault.READ_ONLY: "See that the file and its folder may be written to, then press Try again.",
    Fault.LOCKED: "Close the other program, then press Try again.",
    Fault.UNREACHABLE: "See that the disk is there and in order, then press Try again.",
}


def counted(changes: int) -> str:
    """“1 change”, “2 changes”."""
    return f"{changes:,} change{'' if changes == 1 else 's'}"


def headline(unsaved: Unsaved) -> str:
    """One sentence: why, and how much is in memory only."""
    if not unsaved.changes:
        return f"{_WHY[unsaved.fault]}: what you change now is kept in memory only."
    verb = "is" if unsaved.changes == 1 else "are"
    return f"{_WHY[unsaved.fault]}: {counted(unsaved.changes)} {verb} kept in memory only."


def advice(unsaved: Unsaved) -> str:
    """What can be done, and what would become of the changes should the program end."""
    sentences = [f"{_WHAT_TO_DO[unsaved.fault]} LevDesk also tries by itself."]
    if unsaved.is_blind:
        sentences.append(
            "Your books could not be read either, so the window began empty; what you enter is added to them."
        )
    if unsaved.changes:
        sentences.append(prospect(unsaved))
    return " ".join(sentences)


def prospect(unsaved: Unsaved) -> str:
    """What becomes of the changes when the program ends before they are saved."""
    they, verb = ("it", "is") if unsaved.changes == 1 else ("they", "are")
    if unsaved.noted is None:
        return f"Should LevDesk end before {they} {verb} saved, {they} {verb} lost."
    return f"Should LevDesk end before {they} {verb} saved, its next start offers {'it' if they == 'it' else 'them'}."


def saved_words(saved: Saved) -> str:
    """For the status line, once it is done."""
    words = "Saved" if not saved.changes else f"Saved {counted(saved.changes)} that had been kept in memory"
    return words if not saved.refused else f"{words}; {counted(len(saved.refused))} could not be saved"
