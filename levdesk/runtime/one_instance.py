"""One window per data directory: the first listens at a local socket, a second start knocks there and leaves."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

KNOCK: Final = b"raise\n"
ANSWER: Final = b"raised\n"
PATIENCE_MS: Final = 1_500


def name_of(folder: Path) -> str:
    """The socket's name for a data directory: short, and the same for every way of writing the path."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()
    return f"levdesk-{digest[:24]}"


def knock(name: str, patience_ms: int = PATIENCE_MS) -> bool:
    """Ask the window that listens there to come forward; False when nobody answers.

    Blocks for the patience at most, which is far less than opening a second window takes.
    """
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(patience_ms):
        return False
    socket.write(KNOCK)
    socket.flush()
    answered = socket.waitForReadyRead(patience_ms) and bytes(socket.readAll().data()).startswith(ANSWER)
    socket.disconnectFromServer()
    return answered


class Doorbell(QObject):
    """Listens for second starts; lives in the GUI thread.

    Attributes:
        rung: somebody started the program again on this data directory.

    Args:
        name: of the socket.
        lock_path: a lock that only one window holds, so that two starts at once do not both listen.
    """

    rung = Signal()

    def __init__(self, name: str, lock_path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._lock = QLockFile(str(lock_path))
        self._lock.setStaleLockTime(0)  # held as long as its process lives, however long that is
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._open)

    def hang_up(self) -> bool:
        """Take the lock and listen; False when another window holds it."""
        if not self._lock.tryLock(0):
            return False
        QLocalServer.removeServer(self._name)  # what a crash left behind; the lock says that nobody listens there
        self._server.listen(self._name)
        return True

    def close(self) -> None:
        """Listen no more."""
        self._server.close()
        self._lock.unlock()

    @Slot()
    def _open(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.setParent(self)
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._hear(socket)

    @Slot()
    def _read(self) -> None:
        sender = self.sender()
        if isinstance(sender, QLocalSocket):
            self._hear(sender)

    def _hear(self, socket: QLocalSocket) -> None:
        if bytes(socket.readAll().data()).startswith(KNOCK):
            socket.write(ANSWER)
            socket.flush()
            self.rung.emit()
