"""Preferences by name, as JSON in the precious file."""

from __future__ import annotations

import json
import logging
import sqlite3
from concurrent.futures import Future

from levdesk.io.ledger_db import read_ledger
from levdesk.io.paths import Paths
from levdesk.io.writer import StoreFile, Writer
from levdesk.services.ports import Clock

_log = logging.getLogger(__name__)


class SettingsFile:
    """Reads preferences from any thread and saves them through the writer. A `SettingsStore`."""

    def __init__(self, paths: Paths, clock: Clock, writer: Writer) -> None:
        self._paths = paths
        self._clock = clock
        self._writer = writer

    def read_settings(self) -> dict[str, object]:
        """All of them; a value that is no JSON is left out and logged.

        Raises:
            StoreError: unreadable, newer or damaged file.
        """
        return read_ledger(self._paths, self._clock, _read) or {}

    def save_settings(self, values: dict[str, object]) -> Future[None]:
        """Set some of them; None removes a name."""
        kept = [(name, json.dumps(value)) for name, value in values.items() if value is not None]
        removed = [(name,) for name, value in values.items() if value is None]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM settings WHERE name = ?", removed)
            connection.executemany("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", kept)

        return self._writer.submit(StoreFile.LEDGER, work)


def _read(connection: sqlite3.Connection) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, text in connection.execute("SELECT name, value FROM settings ORDER BY name"):
        try:
            values[name] = json.loads(text)
        except ValueError:
            _log.warning("The setting %s is stored as something that cannot be read.", name)
    return values
