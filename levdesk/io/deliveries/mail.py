"""Warnings as e-mail, over TLS with a verified certificate; plain only to this computer itself."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final

from levdesk.domain.errors import DeliveryFailed
from levdesk.io.clock import SystemClock
from levdesk.services.alert_channels import MailChannel, MailSecurity, is_this_computer
from levdesk.services.alert_ports import Message
from levdesk.services.ports import Clock

ANSWER_S: Final = 15.0
WHOLE_S: Final = 60.0
_NAMELESS: Final = "[127.0.0.1]"  # what mail programs call themselves; the name of this computer is nobody's business
_LATER: Final = "LevDesk tries again."
_TLS: Final = "Check this computer's date and the name of the mail server."


class Mailer:
    """Sends one e-mail a call over a connection of its own.

    Args:
        clock: dates the e-mail.
        answer_s: how long to wait for each answer.
        whole_s: how long for all of it.
    """

    def __init__(self, clock: Clock | None = None, *, answer_s: float = ANSWER_S, whole_s: float = WHOLE_S) -> None:
        self._clock = clock or SystemClock()
        self._answer_s = answer_s
        self._whole_s = whole_s

    def send(self, channel: MailChannel, password: str | None, message: Message) -> None:
        """Send one message to all recipients.

        Raises:
            DeliveryFailed: it was not taken.
        """
        if channel.security is MailSecurity.NONE and not is_this_computer(channel.host):
            sentence = "Mail to another computer is sent with TLS only."
            raise DeliveryFailed(sentence, again=False, hint="Choose STARTTLS or SSL.")
        failure: DeliveryFailed
        try:
            self._send(channel, password, message)
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            failure = _explained(error, channel.host, self._answer_s)
        else:
            return
        raise failure  # out here, so that the server's own words do not hang on it

    def _send(self, channel: MailChannel, password: str | None, message: Message) -> None:
        letter = self._letter(channel, message)
        with self._connection(channel) as smtp:
            if channel.security is MailSecurity.STARTTLS:
                smtp.starttls(context=ssl.create_default_context())
            if channel.user:
                smtp.login(channel.user, password or "")
            smtp.send_message(letter, from_addr=channel.sender, to_addrs=list(channel.recipients))

    @contextmanager
    def _connection(self, channel: MailChannel) -> Iterator[smtplib.SMTP]:
        """A connection that is cut when the whole takes too long: a server may answer in drops for ever."""
        opened: list[smtplib.SMTP] = []

        def cut() -> None:
            for smtp in opened:
                if smtp.sock is not None:
                    with suppress(OSError):
                        smtp.sock.shutdown(socket.SHUT_RDWR)

        watch = threading.Timer(self._whole_s, cut)
        watch.daemon = True
        watch.start()
        try:
            make = _TlsSmtp if channel.security is MailSecurity.SSL else _Smtp
            smtp = make(opened, channel.host, channel.port, self._answer_s)
            yield smtp
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()  # the message is taken; how the talk ends does not matter
        finally:
            watch.cancel()
            for talk in opened:
                talk.close()

    def _letter(self, channel: MailChannel, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["Subject"] = " ".join(message.title.split())
        letter["From"] = channel.sender
        letter["To"] = ", ".join(channel.recipients)
        letter["Date"] = format_datetime(datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC))
        letter["Message-ID"] = make_msgid("levdesk", domain=channel.sender.rpartition("@")[2] or "localhost")
        letter["Auto-Submitted"] = "auto-generated"
        if message.severity == "critical":
            letter["Importance"] = "high"
        letter.set_content(f"{message.body}\n")
        return letter


class _Smtp(smtplib.SMTP):
    """A talk that can be cut while it is still being made."""

    def __init__(self, opened: list[smtplib.SMTP], host: str, port: int, timeout_s: float) -> None:
        opened.append(self)
        super().__init__(host, port, local_hostname=_NAMELESS, timeout=timeout_s)


class _TlsSmtp(smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""

    def __init__(self, opened: list[smtplib.SMTP], host: str, port: int, timeout_s: float) -> None:
        opened.append(self)
        context = ssl.create_default_context()
        super().__init__(host, port, local_hostname=_NAMELESS, timeout=timeout_s, context=context)


_BROKEN: Final[tuple[tuple[type[Exception], bool, str, str], ...]] = (
    (ssl.SSLCertVerificationError, True, "{host} could not prove that it is {host}, so nothing was sent.", _TLS),
    (ssl.SSLError, True, "No secure connection to {host} could be made.", "465 goes with SSL, 587 with STARTTLS."),
    (TimeoutError, True, "{host} did not answer within {seconds:g} s.", _LATER),
    (ConnectionRefusedError, True, "{host} refused the connection.", "Check the port of the mail server."),
    (socket.gaierror, True, "The name {host} could not be looked up.", "Check the internet connection."),
    (UnicodeError, False, "{host} takes no letters outside ASCII in addresses and passwords.", "Use another address."),
    (Exception, True, "{host} broke off.", _LATER),
)
"""Kinds of failure, most telling first: whether to try again, the sentence, the hint."""


def _explained(error: Exception, host: str, answer_s: float) -> DeliveryFailed:
    """The failure in words; the server's own are left out, because some repeat what was sent."""
    found = _refusal(error, host)
    if found is not None:
        return found
    again, sentence, hint = next(entry[1:] for entry in _BROKEN if isinstance(error, entry[0]))
    return DeliveryFailed(sentence.format(host=host, seconds=answer_s), again=again, hint=hint)


def _refusal(error: Exception, host: str) -> DeliveryFailed | None:
    """An answer that is a no, by its number: 4xx for now, 5xx for good; None for other failures."""
    match error:
        case smtplib.SMTPNotSupportedError():
            sentence = f"{host} does not offer a protected way or a log-in, so nothing was sent."
            return DeliveryFailed(sentence, again=False, hint="Choose SSL, or another port.")
        case smtplib.SMTPAuthenticationError() if error.smtp_code >= 500:
            sentence = f"{host} did not accept the name and the password."
            return DeliveryFailed(sentence, again=False, hint="Check both; many servers want an app password.")
        case smtplib.SMTPRecipientsRefused():
            again = any(code < 500 for code, _ in error.recipients.values())
            return DeliveryFailed(f"{host} refused the recipient.", again=again, hint="Check the addresses.")
        case smtplib.SMTPResponseException():
            again = error.smtp_code < 500
            hint = _LATER if again else "Check the sender's address and the settings of the mail server."
            return DeliveryFailed(f"{host} refused the message (SMTP {error.smtp_code}).", again=again, hint=hint)
    return None
