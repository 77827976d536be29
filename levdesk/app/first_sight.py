"""What the first paint shows: the view and the preferences of the last time, read straight and fast.

A cache and nothing more: whatever goes wrong here is as if there were nothing stored. The real reading, with all its
checks, follows when the window stands.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from levdesk.services.settings import decode_settings
from levdesk.services.snapshot import decode_view

if TYPE_CHECKING:
    from pathlib import Path

    from levdesk.io.paths import Paths
    from levdesk.services.settings import Settings
    from levdesk.services.views import PortfolioView


class FirstSight(NamedTuple):
    """Enough to paint."""

    settings: Settings
    view: PortfolioView | None


def read_first_sight(paths: Paths) -> FirstSight:
    """Preferences and the last view, or the defaults and None."""
    stored: dict[str, object] = {}
    for name, text in _rows(paths.levdesk_db, "SELECT name, value FROM settings"):
        try:
            stored[name] = json.loads(text)
        except ValueError:
            continue  # named later, when the preferences are really read
    view = None
    for (body,) in _rows(paths.market_db, "SELECT body FROM snapshots WHERE name = 'view'"):
        view = decode_view(body)
    return FirstSight(decode_settings(stored)[0], view)


def _rows(path: Path, query: str) -> list[tuple[str, ...]]:
    if not os.path.isfile(path):  # noqa: PTH113 - says no, and does not raise, where nobody may look
        return []
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=0.2)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.Error:
        return []
