"""The settings of the channels to a stored preference and back; a part that is broken falls back and is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, Final

from levdesk.domain.problems import Problem, Severity
from levdesk.services.alert_channels import (
    AlertChannels,
    MailChannel,
    MailSecurity,
    NtfyChannel,
    TelegramChannel,
    WebhookChannel,
)
from levdesk.services.outbox import QuietHours

STORED_UNDER: Final = "alert_channels"
"""Name of the preference that keeps them."""


def encode_channels(channels: AlertChannels) -> dict[str, object]:
    """Them as a preference to save; what is at its default is left out."""
    return {STORED_UNDER: _plain(channels) or None}


def decode_channels(values: Mapping[str, object]) -> tuple[AlertChannels, tuple[Problem, ...]]:
    """Them from all stored preferences; a part that cannot be read falls back to its default and is named."""
    stored = values.get(STORED_UNDER)
    if stored is None:
        return AlertChannels(), ()
    if not isinstance(stored, dict):
        return AlertChannels(), (_unreadable("all"),)
    good: dict[str, Any] = {}
    problems = []
    for name, read in _PARTS.items():
        if name in stored:
            try:
                good[name] = read(stored[name])
            except (ValueError, TypeError):
                problems.append(_unreadable(name))
    return AlertChannels(**good), tuple(problems)


def _unreadable(name: str) -> Problem:
    words = f"The stored setting “{STORED_UNDER}” cannot be read ({name}); the default is used."
    return Problem(severity=Severity.WARNING, code="setting_invalid", message=words, source="settings")


def _plain(value: Any) -> dict[str, object]:
    """A value of this file as an object, without what is at its default."""
    before = type(value)() if not isinstance(value, QuietHours) else None
    found: dict[str, object] = {}
    for part in fields(value):
        kept = getattr(value, part.name)
        if before is not None and kept == getattr(before, part.name):
            continue
        if isinstance(kept, StrEnum):
            found[part.name] = kept.value
        elif isinstance(kept, tuple):
            found[part.name] = list(kept)
        else:
            found[part.name] = kept if isinstance(kept, bool | int | str) else _plain(kept)
    return found


def _reader(kind: type[Any]) -> Callable[[object], Any]:
    def read(stored: object) -> Any:
        if not isinstance(stored, dict):
            raise TypeError
        known = {part.name: str(part.type) for part in fields(kind)}
        return kind(**{name: _value(known[name], value) for name, value in stored.items() if name in known})

    return read


def _value(hint: str, value: object) -> object:
    match hint:
        case "bool" | "int" | "str":
            if type(value).__name__ != hint:
                raise TypeError
            return value
        case "MailSecurity":
            return MailSecurity(str(value))
        case _:
            if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
                raise TypeError
            return tuple(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_PARTS: Final[Mapping[str, Callable[[object], Any]]] = {
    "quiet": _reader(QuietHours),
    "with_amounts": _flag,
    "tell_cleared": _flag,
    "webhook": _reader(WebhookChannel),
    "telegram": _reader(TelegramChannel),
    "ntfy": _reader(NtfyChannel),
    "email": _reader(MailChannel),
}
