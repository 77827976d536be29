"""Where warnings go besides the window: the channels as one value without secrets, and what keeps one from working."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from levdesk.services.alert_ports import ChannelKind
from levdesk.services.outbox import OutboxRules, QuietHours

TELEGRAM_URL: Final = "https://api.telegram.org"
NTFY_URL: Final = "https://ntfy.sh"


class MailSecurity(StrEnum):
    """How the way to a mail server is protected."""

    STARTTLS = "starttls"
    SSL = "ssl"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """A JSON POST to an address; the address is a secret, because whoever knows it can write there.

    Attributes:
        on: messages may go that way.
        every: it gets whatever is shown on the desktop, besides the rules that name it; so for the others.
    """

    on: bool = False
    every: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramChannel:
    """A message of a bot; its token is a secret.

    Attributes:
        chat_id: number of the chat, or @name of a channel.
        base_url: scheme and host of the bot API.
    """

    on: bool = False
    every: bool = True
    chat_id: str = ""
    base_url: str = TELEGRAM_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class NtfyChannel:
    """A push message through an ntfy server; an access token, where one is needed, is a secret.

    Attributes:
        topic: what phones subscribe to.
        base_url: scheme and host of the server.
    """

    on: bool = False
    every: bool = True
    topic: str = ""
    base_url: str = NTFY_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChannel:
    """An e-mail through a server of the person's; the password is a secret.

    Attributes:
        host, port: of the server.
        security: NONE only on this computer.
        user: to log in with, "" for no log-in.
        sender: address it comes from.
        recipients: addresses it goes to.
    """

    on: bool = False
    every: bool = True
    host: str = ""
    port: int = 587
    security: MailSecurity = MailSecurity.STARTTLS
    user: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChannels:
    """Everything about deliveries that is no secret.

    Attributes:
        quiet: when nothing is delivered, or None.
        with_amounts: a warning tells amounts of the person's money too.
        tell_cleared: it is delivered too that a warning is over.
        webhook, telegram, ntfy, email: the ways out of this computer.
    """

    quiet: QuietHours | None = None
    with_amounts: bool = False
    tell_cleared: bool = False
    webhook: WebhookChannel = field(default_factory=WebhookChannel)
    telegram: TelegramChannel = field(default_factory=TelegramChannel)
    ntfy: NtfyChannel = field(default_factory=NtfyChannel)
    email: MailChannel = field(default_factory=MailChannel)

    def is_on(self, kind: ChannelKind) -> bool:
        """Whether messages may go that way; desktop and sound belong to the window and are never sent from here."""
        channel = getattr(self, kind.value, None)
        return bool(channel is not None and channel.on)

    def ways(self, names: Iterable[str]) -> frozenset[ChannelKind]:
        """Where a rule that names these channels is delivered, as far as it leaves this computer."""
        named = frozenset(names)
        on = [kind for kind in OUTSIDE if self.is_on(kind)]
        shown = ChannelKind.DESKTOP in named
        return frozenset(kind for kind in on if kind in named or (shown and getattr(self, kind.value).every))

    def rules(self, muted: Mapping[str, int | None]) -> OutboxRules:
        """What the outbox goes by."""
        return OutboxRules(
            on=frozenset(kind for kind in OUTSIDE if self.is_on(kind)),
            quiet=self.quiet,
            muted=muted,
            tell_cleared=self.tell_cleared,
            with_amounts=self.with_amounts,
        )


SECRETS: Final[Mapping[ChannelKind, str]] = {
    ChannelKind.WEBHOOK: "webhook-url",
    ChannelKind.TELEGRAM: "telegram-token",
    ChannelKind.NTFY: "ntfy-token",
    ChannelKind.EMAIL: "email-password",
}
"""The name under which the vault keeps the secret of a channel."""

OUTSIDE: Final = tuple(SECRETS)
"""The channels that leave this computer."""


# -- checks --------------------------------------------------------------------------------------------------------

_BOT_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
_TOPIC: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CHAT: Final = re.compile(r"-?\d+|@\w+")
_ADDRESS: Final = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")


def faults_of(channels: AlertChannels, kind: ChannelKind, secret: str | None) -> tuple[str, ...]:
    """What keeps a channel from working, one sentence each; empty when it can be tried. No sentence tells a secret."""
    check = _CHECKS.get(kind)
    return () if check is None else tuple(check(channels, secret))


def _webhook_faults(_channels: AlertChannels, secret: str | None) -> list[str]:
    return _url_faults(secret, "the webhook", show=False) if secret else ["The address of the webhook is missing."]


def _telegram_faults(channels: AlertChannels, secret: str | None) -> list[str]:
    found = _url_faults(channels.telegram.base_url, "Telegram")
    if not secret:
        found.append("The token of the Telegram bot is missing; @BotFather gives it.")
    elif not _BOT_TOKEN.fullmatch(secret):
        found.append("That is no token of a Telegram bot; it looks like 123456:ABC….")
    if not _CHAT.fullmatch(channels.telegram.chat_id):
        found.append("The chat is a number, or the @name of a channel.")
    return found


def _ntfy_faults(channels: AlertChannels, secret: str | None) -> list[str]:
    found = _url_faults(channels.ntfy.base_url, "ntfy")
    if not _TOPIC.fullmatch(channels.ntfy.topic):
        found.append("A topic of ntfy has letters, digits, - and _, at most 64.")
    if secret and not (secret.isascii() and secret.isprintable() and " " not in secret):
        found.append("That is no access token of ntfy.")
    return found


def _mail_faults(channels: AlertChannels, secret: str | None) -> list[str]:
    mail = channels.email
    found = []
    if not mail.host or any(sign.isspace() for sign in mail.host):
        found.append("The name of the mail server is missing.")
    elif mail.security is MailSecurity.NONE and not is_this_computer(mail.host):
        found.append("Mail to another computer is sent with TLS only; choose STARTTLS or SSL.")
    if not 1 <= mail.port <= 65_535:
        found.append("The port of the mail server is a number up to 65535.")
    if not _ADDRESS.fullmatch(mail.sender):
        found.append("The sender is an e-mail address.")
    if not mail.recipients or not all(_ADDRESS.fullmatch(address) for address in mail.recipients):
        found.append("The recipients are e-mail addresses, at least one.")
    if mail.user and not secret:
        found.append("The password of the mail server is missing.")
    return found


def _url_faults(url: str, whose: str, *, show: bool = True) -> list[str]:
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return [f"The address of {whose} cannot be read."]
    shown = f"“{url.strip()}”" if show else "It"
    if parts.scheme not in {"http", "https"} or not host or port == 0 or parts.username:
        return [f"The address of {whose} has the form https://host/…" + (f", not {shown}." if show else ".")]
    if parts.scheme == "http" and not _is_near(host):
        return [f"The address of {whose} must begin with https:// when it is on the internet."]
    return []


def is_this_computer(host: str) -> bool:
    """Whether a host name or address means this computer itself."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_near(host: str) -> bool:
    """This computer, or one of the person's own network, where a self-hosted server often has no certificate."""
    if is_this_computer(host) or host.lower().endswith((".local", ".lan", ".internal", ".home.arpa")):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_private
    except ValueError:
        return "." not in host


_CHECKS: Final[Mapping[ChannelKind, Callable[[AlertChannels, str | None], list[str]]]] = {
    ChannelKind.WEBHOOK: _webhook_faults,
    ChannelKind.TELEGRAM: _telegram_faults,
    ChannelKind.NTFY: _ntfy_faults,
    ChannelKind.EMAIL: _mail_faults,
}
