"""A real mail server on this machine, as small as RFC 5321 lets one be, that misbehaves on request."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import Message
from pathlib import Path


class MailDesk(socketserver.ThreadingTCPServer):
    """Takes e-mail.

    Attributes:
        letters: what was taken, with the recipients and whether the way was protected.
        logins: (user, password, protected) of each log-in.
        says: answers in place of the usual ones, by command ("RCPT" -> "550 no such person").
        offers_tls: whether STARTTLS is offered.
        mode: "answer", "silence" (no greeting) or "drops" (a greeting that never ends).
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, certificate: Path | None, *, tls_at_once: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters: list[tuple[Message, list[str], bool]] = []
        self.logins: list[tuple[str, str, bool]] = []
        self.said: list[str] = []
        self.says: dict[str, str] = {}
        self.mode = "answer"
        self.released = threading.Event()
        self.tls_at_once = tls_at_once
        self.context: ssl.SSLContext | None = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        self.offers_tls = self.context is not None and not tls_at_once

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    outlasted = False
    """Whether a client had more patience than a silent desk."""

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is what some tests are about."""


class _Talk(socketserver.StreamRequestHandler):
    server: MailDesk

    def handle(self) -> None:
        self.protected = False
        self.recipients: list[str] = []
        if self.server.tls_at_once:
            self._protect()
        if self.server.mode == "silence":
            self.server.outlasted = not self.server.released.wait(60)
            return
        while self.server.mode == "drops" and not self.server.released.wait(0.02):
            self.wfile.write(b"2")
        self._say(self.server.says.get("GREETING", "220 desk"))
        while line := self.rfile.readline():
            text = line.decode("ascii", "replace").strip()
            command = text.split(" ", 1)[0].upper()
            self.server.said.append(text)
            if command in self.server.says:
                self._say(self.server.says[command])
            elif getattr(self, f"on_{command.lower()}", self.on_else)(text):
                return

    def on_ehlo(self, _text: str) -> bool:
        offers = [
            "desk",
            *(["STARTTLS"] if self.server.offers_tls and not self.protected else []),
            "AUTH PLAIN",
            "HELP",
        ]
        for number, offer in enumerate(offers, 1):
            self._say(f"250{' ' if number == len(offers) else '-'}{offer}")
        return False

    def on_starttls(self, _text: str) -> bool:
        self._say("220 go on")
        self._protect()
        return False

    def on_auth(self, text: str) -> bool:
        _, user, password = base64.b64decode(text.rpartition(" ")[2]).decode().split("\0")
        self.server.logins.append((user, password, self.protected))
        self._say("235 welcome")
        return False

    def on_rcpt(self, text: str) -> bool:
        self.recipients.append(text[text.index("<") + 1 : text.index(">")])
        self._say("250 fine")
        return False

    def on_data(self, _text: str) -> bool:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.letters.append((message_from_bytes(b"".join(lines)), self.recipients, self.protected))
        self._say("250 taken")
        return False

    def on_quit(self, _text: str) -> bool:
        self._say("221 good-bye")
        return True

    def on_else(self, _text: str) -> bool:
        self._say("250 fine")
        return False

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _protect(self) -> None:
        assert self.server.context is not None
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.protected = True

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
            self.connection.close()


@contextmanager
def mail_desk(certificate: Path | None = None, *, tls_at_once: bool = False) -> Iterator[MailDesk]:
    """Serve until the block ends."""
    with MailDesk(certificate, tls_at_once=tls_at_once) as desk:
        thread = threading.Thread(target=desk.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield desk
        finally:
            desk.released.set()
            desk.shutdown()
            thread.join(20)
