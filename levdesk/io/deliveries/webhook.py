"""Warnings as a JSON POST to any address."""

from __future__ import annotations

from levdesk import __version__
from levdesk.io.deliveries.posting import Poster, refused
from levdesk.services.alert_ports import Message


def send_webhook(poster: Poster, url: str, message: Message) -> None:
    """Post one message; `text` and `content` hold it once more, because chat services read one of the two.

    Raises:
        DeliveryFailed: it was not taken.
    """
    whole = f"{message.title}\n{message.body}".strip()
    document = {
        "title": message.title,
        "body": message.body,
        "severity": message.severity,
        "event_id": message.event_id,
        "sender": f"LevDesk {__version__}",
        "text": whole,
        "content": whole[:2000],
    }
    answer = poster.post(url, document)
    if not 200 <= answer.status < 300:
        raise refused(answer, "The webhook", advice="Check the address of the webhook.")
