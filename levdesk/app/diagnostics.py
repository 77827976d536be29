"""What helps to find a fault, as text without secrets: for `doctor` and for “Copy diagnostics”."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from levdesk import __version__
from levdesk.app.house import House
from levdesk.domain.errors import LevdeskError
from levdesk.services.health import SourceHealth
from levdesk.services.sync_wants import address_of

_PACKAGES = ("PySide6-Essentials", "pyqtgraph", "numpy", "sqlite-utils", "requests", "keyring", "platformdirs")


def describe(house: House, *, health: Iterable[SourceHealth] = ()) -> str:
    """One fact a line; `health` adds how the venues are doing."""
    facts = [
        ("LevDesk", __version__),
        ("Python", f"{platform.python_version()} ({sys.executable})"),
        ("System", f"{platform.system()} {platform.release()} {platform.machine()}"),
        *((name, _version_of(name)) for name in _PACKAGES),
        ("SQLite", sqlite3.sqlite_version),
        ("Qt platform", _qt_platform()),
        ("Keyring", _keyring()),
        ("Data", _size(house.paths.levdesk_db)),
        ("Market data", _size(house.paths.market_db)),
        ("Database version", _store_version(house)),
        ("Log", str(house.paths.log_file)),
        ("Demo", "yes" if house.options.demo else "no"),
        ("Network", "off (--offline)" if house.options.offline else "on"),
        *_addresses(house),
        *((f"Source {source.title}", _health_words(source)) for source in health),
    ]
    width = max(len(name) for name, _ in facts)
    lines = [f"{name:<{width}}  {value}" for name, value in facts]
    return "\n".join([*lines, "", "Last warnings:", *(_last_warnings(house) or ("  none",))])


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _qt_platform() -> str:
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if chosen:
        return f"{chosen} (from QT_QPA_PLATFORM)"
    if platform.system() == "Linux":
        screens = [name for name in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)]
        return f"chosen at start; {' and '.join(screens)} set" if screens else "no screen: DISPLAY is not set"
    return "the system's own"


def _keyring() -> str:
    from levdesk.io.secrets import keyring_state  # looks around the system; 0.1 s

    return keyring_state().words


def _size(path: Path) -> str:
    try:
        return f"{path} ({path.stat().st_size:,} bytes)"
    except OSError:
        return f"{path} (not there yet)"


def _store_version(house: House) -> str:
    from levdesk.io.ledger_db import LEDGER

    try:
        books = house.stores.books.read_books()
    except LevdeskError as error:
        return f"cannot be read: {error.message}"
    return f"{LEDGER.version}, {len(books.portfolios)} portfolios, {len(books.transactions):,} transactions"


def _addresses(house: House) -> Iterable[tuple[str, str]]:
    try:
        settings, _ = house.read_settings()
        venues = house.venues(settings)
    except LevdeskError as error:
        return [("Venues", f"cannot be told: {error.message}")]
    return [(f"Venue {venue.title}", address_of(venue)) for venue in venues.values()]


def _health_words(source: SourceHealth) -> str:
    latency = "" if source.latency_ms is None else f", answers in {source.latency_ms} ms"
    return f"{source.state.value}{latency}{': ' + source.error if source.error else ''}"


def _last_warnings(house: House) -> tuple[str, ...]:
    from levdesk.io.logs import last_warnings

    return tuple(f"  {line}" for line in last_warnings(house.paths.log_file))
