"""One WebSocket of the feed: opened, read and dropped in the feed thread, its end told once and in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol

from PySide6.QtCore import QByteArray, QObject, Qt, QUrl, Signal, Slot
from PySide6.QtNetwork import QAbstractSocket, QNetworkProxyFactory, QNetworkProxyQuery, QNetworkRequest
from PySide6.QtWebSockets import QWebSocket

from levdesk import __version__
from levdesk.services.stream_state import Failure, FailureKind

MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
"""No venue's message comes near this; a larger one ends the connection."""

_READ_BUFFER_BYTES: Final = MAX_MESSAGE_BYTES + 64 * 1024
"""What is read ahead: a flood waits in the kernel, and at the venue, not in our memory."""

_STATUS: Final = re.compile(r"status code: (\d{3})")
_BUSY: Final = frozenset({418, 429})
_REFUSED: Final = frozenset({401, 403, 404, 410, 451})
_Error = QAbstractSocket.SocketError
_ERROR_WORDS: Final = {
    _Error.HostNotFoundError: "its address {host} could not be found",
    _Error.ConnectionRefusedError: "{host} refused the connection",
    _Error.RemoteHostClosedError: "{host} closed the connection",
    _Error.SocketTimeoutError: "{host} did not answer in time",
    _Error.NetworkError: "the network is down",
    _Error.SslHandshakeFailedError: "the secure connection to {host} failed: {detail}",
    _Error.ProxyConnectionRefusedError: "the proxy refused the connection",
    _Error.ProxyNotFoundError: "the proxy could not be found",
}
_OTHER_WORDS: Final = "{host} could not be heard: {detail}"


class SocketEars(Protocol):
    """Who hears of a socket, in the feed thread."""

    def socket_opened(self, name: str) -> None:
        """It is connected."""

    def socket_heard(self, name: str, message: str | bytes) -> None:
        """A message came."""

    def socket_alive(self, name: str) -> None:
        """The other side answered a ping."""

    def socket_lost(self, name: str, failure: Failure) -> None:
        """It could not be opened, or is gone; told once, and nothing after it."""


class FeedSocket(QObject):
    """Made in the GUI thread, used in the feed thread, and used again for another connection when one has ended.

    Certificates are always verified: nothing here ignores a TLS error.

    Opening and closing are queued to Qt's own slots. Called from Python they would wait for Qt's locks while holding
    the interpreter's, and a window that lets go of a connected object holds one of Qt's while it waits for the
    interpreter: now and then both would stand still for ever. For the same reason no QObject is made or thrown away
    in the feed thread.

    A QWebSocket keeps the words of a failed handshake until the next failed one, and tells them for whatever happens
    to it later. Opening no address at all before the next connection puts words in their place that mean nothing.
    """

    _words_asked_away = Signal(QNetworkRequest)
    _open_asked = Signal(QNetworkRequest)
    _close_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._name = self._title = ""
        self._ears: SocketEars | None = None
        self._next: SocketEars | None = None
        self._meaningless = ""
        self._was_up = False
        socket = self._socket = QWebSocket(parent=self)
        socket.setMaxAllowedIncomingMessageSize(MAX_MESSAGE_BYTES)
        socket.setMaxAllowedIncomingFrameSize(MAX_MESSAGE_BYTES)
        socket.setReadBufferSize(_READ_BUFFER_BYTES)
        socket.connected.connect(self._connected)
        socket.textMessageReceived.connect(self._heard_text)
        socket.binaryMessageReceived.connect(self._heard_bytes)
        socket.pong.connect(self._heard_pong)
        socket.errorOccurred.connect(self._failed)
        socket.disconnected.connect(self._disconnected)
        queued = Qt.ConnectionType.QueuedConnection
        self._words_asked_away.connect(socket.open, queued)
        self._open_asked.connect(self._listen, queued)  # before the next, so that nothing of an old connection counts
        self._open_asked.connect(socket.open, queued)
        self._close_asked.connect(socket.close, queued)

    def open(self, name: str, url: str, title: str, ears: SocketEars) -> None:
        """Connect; what comes of it is told to `ears`. `title` names the venue in words."""
        self._name, self._title, self._next = name, title, ears
        target = QUrl(url)
        request = QNetworkRequest(target)
        request.setHeader(QNetworkRequest.KnownHeaders.UserAgentHeader, f"LevDesk/{__version__}")
        if target.host() not in {"127.0.0.1", "localhost", "::1"}:
            self._socket.setProxy(QNetworkProxyFactory.systemProxyForQuery(QNetworkProxyQuery(target))[0])
        if self._meaningless or _STATUS.search(self._socket.errorString()):
            self._words_asked_away.emit(QNetworkRequest())
            self._meaningless = "?"
        self._open_asked.emit(request)

    def send(self, text: str) -> None:
        """Send a message, unless the connection is gone."""
        if self._is_open():
            self._socket.sendTextMessage(text)

    def ping(self) -> None:
        """Send a ping frame of the protocol."""
        if self._is_open():
            self._socket.ping()

    def drop(self) -> None:
        """Close, politely where there is a connection; nothing more is told."""
        self._ears = self._next = None
        if self._is_open():
            self._close_asked.emit()

    def end(self) -> None:
        """Close at once and be gone; only while the GUI thread waits for the end of the feed."""
        self._ears = self._next = None
        if self._is_open():
            self._socket.close()
            self._socket.flush()
        self._socket.abort()
        self.deleteLater()  # its timers can be stopped only in this thread

    def _is_open(self) -> bool:
        return self._socket.state() is QAbstractSocket.SocketState.ConnectedState

    # -- what Qt tells -----------------------------------------------------------------------------------------

    @Slot()
    def _listen(self) -> None:
        self._ears, self._was_up = self._next, False
        if self._meaningless:
            self._meaningless = self._told()

    @Slot()
    def _connected(self) -> None:
        self._was_up = True
        if self._ears is not None:
            self._ears.socket_opened(self._name)
        else:  # given up before it came
            self._close_asked.emit()

    @Slot(str)
    def _heard_text(self, message: str) -> None:
        if self._ears is not None:
            self._ears.socket_heard(self._name, message)

    @Slot(QByteArray)
    def _heard_bytes(self, message: QByteArray) -> None:
        if self._ears is not None:
            self._ears.socket_heard(self._name, bytes(message.data()))

    @Slot()
    def _heard_pong(self) -> None:
        if self._ears is not None:
            self._ears.socket_alive(self._name)

    @Slot(QAbstractSocket.SocketError)
    def _failed(self, error: QAbstractSocket.SocketError) -> None:
        self._lose(lambda: self._failure(error))

    @Slot()
    def _disconnected(self) -> None:
        if self._was_up:  # otherwise the reason is told next: nothing was there that could have ended
            self._lose(self._farewell)

    def _lose(self, reason: Callable[[], Failure]) -> None:
        ears, self._ears = self._ears, None
        if ears is not None:
            ears.socket_lost(self._name, reason())

    def _failure(self, error: QAbstractSocket.SocketError) -> Failure:
        detail = self._told()
        detail = "" if detail == self._meaningless else detail
        status = _STATUS.search(detail)
        if status is not None:
            return status_failure(self._title, int(status[1]))
        words = _ERROR_WORDS.get(error, _OTHER_WORDS).format(host=self._socket.requestUrl().host(), detail=detail)
        return Failure(words=f"{self._title}'s stream: {words.removesuffix(': ')}.")

    def _told(self) -> str:
        return self._socket.errorString().strip().rstrip(".")

    def _farewell(self) -> Failure:
        code = self._socket.closeCode().value
        reason = "".join(sign for sign in self._socket.closeReason()[:120] if sign.isprintable()).rstrip(".")
        detail = ", ".join(part for part in (reason, f"code {code}") if part)
        return Failure(words=f"{self._title} ended its stream ({detail}).")


def status_failure(title: str, status: int) -> Failure:
    """What an HTTP status means that stands in the place of a stream."""
    if status in _BUSY:
        return Failure(words=f"{title}'s stream asks to slow down (HTTP {status}).", kind=FailureKind.BUSY)
    if status in _REFUSED:
        return Failure(words=f"{title} refuses its stream to us (HTTP {status}).", kind=FailureKind.REFUSED)
    return Failure(words=f"{title}'s stream has trouble at the venue's end (HTTP {status}).")
