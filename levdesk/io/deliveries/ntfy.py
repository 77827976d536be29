"""Warnings as push messages through ntfy (https://docs.ntfy.sh/publish/#publish-as-json)."""

from __future__ import annotations

from typing import Final

from levdesk.io.deliveries.posting import Poster, refused
from levdesk.services.alert_channels import NtfyChannel
from levdesk.services.alert_ports import Message

_PRIORITIES: Final = {"info": 3, "warning": 4, "critical": 5}
_TAGS: Final = {"info": "information_source", "warning": "warning", "critical": "rotating_light"}
_MOST_BYTES: Final = 4000  # a longer one becomes an attachment
_ADVICE: Final = {
    401: "Check the access token of ntfy.",
    403: "This topic needs an access token of ntfy, or another one.",
}


def send_ntfy(poster: Poster, channel: NtfyChannel, token: str | None, message: Message) -> None:
    """Publish one message to the topic.

    Raises:
        DeliveryFailed: it was not taken.
    """
    document = {
        "topic": channel.topic,
        "title": message.title,
        "message": message.body.encode()[:_MOST_BYTES].decode(errors="ignore"),
        "priority": _PRIORITIES.get(message.severity, 3),
        "tags": [_TAGS.get(message.severity, "information_source")],
    }
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = poster.post(channel.base_url.rstrip("/") + "/", document, headers=headers)
    if not 200 <= answer.status < 300:
        advice = _ADVICE.get(answer.status, "Check the topic and the address of the ntfy server.")
        raise refused(answer, "ntfy", advice=advice)
