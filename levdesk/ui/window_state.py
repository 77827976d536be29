"""Remembers where the window and its parts stood, in one INI file that may be lost or damaged without harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import QByteArray, QObject, QSettings, QTimer, Slot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STATE_VERSION: Final = 1
SAVE_EVERY_MS: Final = 60_000
SAVE_SOON_MS: Final = 1_500

Stored = TypeVar("Stored", QByteArray, str)


class WindowState(QObject):
    """Saves and restores named parts: each part gives its state as bytes or text and takes it back.

    A part that cannot read what was stored keeps its default; nothing raises.

    Args:
        path: the INI file; None keeps nothing (tests, throw-away windows).
    """

    def __init__(self, path: Path | None, parent: QObject) -> None:
        super().__init__(parent)
        self._path = path
        self._file = QSettings(str(path), QSettings.Format.IniFormat) if path is not None else None
        self._parts: dict[str, Callable[[], QByteArray | str]] = {}
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.save)
        self._often = QTimer(self)
        self._often.timeout.connect(self.save)

    def keep(
        self, name: str, kind: type[Stored], read: Callable[[], Stored], write: Callable[[Stored], object]
    ) -> bool:
        """Look after one part, and give it what was stored for it; True when there was something of the right kind."""
        self._parts[name] = read
        if self._file is None:
            return False
        stored = self._file.value(f"v{STATE_VERSION}/{name}")
        if not stored or not isinstance(stored, kind):
            return False
        return write(stored) is not False

    def start(self) -> None:
        """Begin to save once a minute, so that a crash loses little."""
        self._often.start(SAVE_EVERY_MS)

    @Slot()
    def save_soon(self) -> None:
        """Save in a moment; many calls make one save."""
        self._soon.start(SAVE_SOON_MS)

    @Slot()
    def save(self) -> None:
        """Write all parts."""
        if self._file is None:
            return
        for name, read in self._parts.items():
            self._file.setValue(f"v{STATE_VERSION}/{name}", read())
        self._file.sync()

    def stop(self) -> None:
        """Save for the last time."""
        self._soon.stop()
        self._often.stop()
        self.save()

    def forget(self) -> None:
        """Drop everything stored."""
        if self._file is not None:
            self._file.clear()
            self._file.sync()
