"""The one door for warnings: takes a channel's settings and its secret together and lets the message out."""

from __future__ import annotations

from collections.abc import Callable

from levdesk.domain.errors import DeliveryFailed
from levdesk.io.deliveries.mail import Mailer
from levdesk.io.deliveries.ntfy import send_ntfy
from levdesk.io.deliveries.posting import Poster
from levdesk.io.deliveries.telegram import send_telegram
from levdesk.io.deliveries.webhook import send_webhook
from levdesk.io.secrets import Vault
from levdesk.services.alert_channels import SECRETS, AlertChannels, faults_of
from levdesk.services.alert_ports import ChannelKind, Message

_WHERE = "Look into the settings of the alerts' deliveries."


class Deliveries:
    """A `DeliveryDoor`. Blocks, safe in any job thread; test messages go the same way as warnings.

    Args:
        channels: the settings of this moment.
        vault: has the secrets.
        poster, mailer: the two ways.
    """

    def __init__(
        self,
        channels: Callable[[], AlertChannels],
        vault: Vault,
        *,
        poster: Poster | None = None,
        mailer: Mailer | None = None,
    ) -> None:
        self._channels = channels
        self._vault = vault
        self._poster = poster or Poster()
        self._mailer = mailer or Mailer()

    def deliver(self, channel: ChannelKind, message: Message) -> None:
        """Send one message, whether or not the channel is switched on.

        Raises:
            DeliveryFailed: with the reason in words and whether trying again may help.
            SecretsUnavailable: the keyring does not answer.
        """
        if channel not in SECRETS:
            raise DeliveryFailed("That channel belongs to the window.", again=False)
        channels = self._channels()
        secret = self._vault.read(SECRETS[channel])
        faults = faults_of(channels, channel, secret)
        if faults:
            raise DeliveryFailed(faults[0], again=True, hint=_WHERE)  # it may be mended within the day
        match channel:
            case ChannelKind.TELEGRAM:
                send_telegram(self._poster, channels.telegram, secret or "", message)
            case ChannelKind.NTFY:
                send_ntfy(self._poster, channels.ntfy, secret, message)
            case ChannelKind.EMAIL:
                self._mailer.send(channels.email, secret, message)
            case _:
                send_webhook(self._poster, (secret or "").strip(), message)


class OfflineDeliveries:
    """Lets nothing out. A `DeliveryDoor` for `--offline`; what waits is sent at a later start."""

    def deliver(self, channel: ChannelKind, message: Message) -> None:  # noqa: ARG002 - as the door
        """Refuse.

        Raises:
            DeliveryFailed: always.
        """
        raise DeliveryFailed("LevDesk was started offline.", again=True, hint="Start without --offline.")
