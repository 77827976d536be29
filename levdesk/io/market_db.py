"""The file that can be downloaded again: opened, or set aside and started afresh when it is broken."""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path
from typing import Final

from levdesk.domain.errors import StoreCorrupt, StoreError, StoreTooNew
from levdesk.domain.problems import Problem, Severity
from levdesk.io.migrations import market_migrations
from levdesk.io.paths import Paths
from levdesk.io.store_errors import translated
from levdesk.io.store_file import StoreSchema, open_for_writing

_log = logging.getLogger(__name__)

MARKET: Final = StoreSchema(
    title="market data file",
    application_id=0x4C445F4D,  # "LD_M"
    version=2,
    synchronous="NORMAL",
    migrations=market_migrations,
)


def open_market(paths: Paths) -> tuple[sqlite3.Connection, Problem | None]:
    """Open the market file for its one writer; a broken or newer one is set aside and a new one begun.

    Raises:
        StoreUnavailable: the place cannot be written to, or another program holds it.
    """
    try:
        return open_for_writing(paths.market_db, MARKET), None
    except (StoreCorrupt, StoreTooNew) as error:
        set_aside(paths.market_db)
        return open_for_writing(paths.market_db, MARKET), rebuilt(paths, error)


def rebuilt(paths: Paths, error: StoreError) -> Problem:
    """What to tell the person after the market file was begun anew."""
    _log.info("market data file set aside: %s", error)
    return Problem(
        severity=Severity.INFO,
        code="market_rebuilt",
        message=f"{error.message} Prices and history are fetched again; nothing you entered is affected.",
        source=paths.market_db.name,
    )


def set_aside(path: Path) -> None:
    """Move a broken file and its journals to one `.broken` copy, replacing an earlier one: it can be downloaded again.

    Raises:
        StoreUnavailable: it cannot be moved.
    """
    with translated(path):
        os.replace(path, path.with_name(path.name + ".broken"))  # noqa: PTH105 - says that it replaces
        for suffix in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
