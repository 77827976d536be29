"""Where rows made in memory stand in the file: the same ids while nobody else writes, others when somebody has."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from levdesk.domain.errors import UserError
from levdesk.io.unsaved.kept import last_event


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The file at the moment it was copied into memory.

    Attributes:
        sequences: the largest id each table had ever given.
        event: the newest line of its audit trail.
    """

    sequences: Mapping[str, int]
    event: int

    @staticmethod
    def of(connection: sqlite3.Connection) -> Base:
        """That of an open ledger."""
        sequences = {str(name): int(seq) for name, seq in connection.execute("SELECT name, seq FROM sqlite_sequence")}
        return Base(sequences=sequences, event=last_event(connection))


@dataclass(slots=True, kw_only=True)
class Places:
    """Ids in memory and what they are in the file; one value per attempt, thrown away when that is rolled back.

    Attributes:
        base: what both began with.
        moved: per table, ids made in memory with their ids in the file.
        is_other: another program has written since; then nothing is taken for granted.
        matched: lines of the file's audit trail that were found to be ours already.
        highest: per table, the largest id given out.
    """

    base: Base
    moved: dict[str, dict[int, int]] = field(default_factory=dict)
    is_other: bool = False
    matched: set[int] = field(default_factory=set)
    highest: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Places:
        """One to try with."""
        moved = {table: dict(ids) for table, ids in self.moved.items()}
        return replace(self, moved=moved, matched=set(self.matched), highest=dict(self.highest))

    def of(self, table: str, row_id: int) -> int:
        """The id in the file.

        Raises:
            UserError: the row was made in memory and never came into the file.
        """
        if not self.is_new(table, row_id):
            return row_id
        known = self.moved.get(table, {}).get(row_id)
        if known is None:
            raise UserError("It needs an earlier change that could not be saved.")
        return known

    def is_new(self, table: str, row_id: int) -> bool:
        """Whether a row was made in memory."""
        return row_id > self.base.sequences.get(table, 0)

    def is_placed(self, table: str, row_id: int) -> bool:
        """Whether a row made in memory has its id in the file."""
        return row_id in self.moved.get(table, {})

    def put(self, table: str, row_id: int, place: int) -> None:
        """A row made in memory stands in the file under this id."""
        self.moved.setdefault(table, {})[row_id] = place
        self.highest[table] = max(place, self.highest.get(table, 0))

    @property
    def is_shifted(self) -> bool:
        """Whether any row has another id in the file than in memory."""
        return any(old != new for ids in self.moved.values() for old, new in ids.items())
