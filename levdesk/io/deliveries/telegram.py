"""Warnings as messages of a Telegram bot (https://core.telegram.org/bots/api#sendmessage)."""

from __future__ import annotations

import json
from typing import Any, Final

from levdesk.io.deliveries.posting import Answer, Poster, refused
from levdesk.services.alert_channels import TelegramChannel
from levdesk.services.alert_ports import Message

_MOST_LETTERS: Final = 4096
_ADVICE: Final = {
    401: "Check the token of the bot.",
    404: "Check the token of the bot.",
    400: "Check the chat; write to the bot once, so that it may answer.",
    403: "Write to the bot once, or let it into the chat, so that it may answer.",
}


def send_telegram(poster: Poster, channel: TelegramChannel, token: str, message: Message) -> None:
    """Send one message as plain text; a mere note makes no sound.

    Raises:
        DeliveryFailed: it was not taken.
    """
    document = {
        "chat_id": channel.chat_id,
        "text": f"{message.title}\n{message.body}".strip()[:_MOST_LETTERS],
        "disable_notification": message.severity == "info",
        "disable_web_page_preview": True,
    }
    answer = poster.post(f"{channel.base_url.rstrip('/')}/bot{token}/sendMessage", document)
    told = _told(answer)
    if 200 <= answer.status < 300 and told.get("ok") is True:
        return
    if 200 <= answer.status < 300:
        answer = Answer(status=502, headers=answer.headers, body=answer.body)  # somebody else answered in its place
    advice = _ADVICE.get(answer.status, "Check the settings of the channel.")
    raise refused(answer, "Telegram", advice=advice, again_s=_wait_s(told))


def _told(answer: Answer) -> dict[str, Any]:
    try:
        told = json.loads(answer.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _wait_s(told: dict[str, Any]) -> float | None:
    parameters = told.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(wait) if isinstance(wait, int | float) and not isinstance(wait, bool) and wait >= 0 else None
