"""What was typed after `alerts` as rules, moments and stretches of time."""

from __future__ import annotations

import json
import math
import re
import sys
from datetime import datetime
from typing import Any, Final

from levdesk.app.alerts_line import AlertsArguments
from levdesk.app.files import read_import_file
from levdesk.domain.alerts import AlertKind, AlertRule
from levdesk.domain.errors import SettingInvalid
from levdesk.services.alert_kinds import KINDS
from levdesk.services.alert_rules import rule_from_json

LISTED: Final = ("title", "firing", "cannot_tell")
"""What `alerts list` tells of a rule besides the rule."""
_UNITS_S: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_STRETCH: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)?")
_HOURS: Final = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def rules_typed(given: AlertsArguments, now_ms: int) -> tuple[AlertRule, ...]:
    """The rules of the call, unsaved: of its options, or of its JSON file.

    Raises:
        SettingInvalid, UserError: in words.
    """
    if given.has_condition == bool(given.rule):
        message = "Say what to watch: either --kind and options, or one JSON file."
        raise SettingInvalid(message, hint="For example: levdesk alerts add --kind premium --threshold 2%")
    if given.rule:
        return tuple(rule_from_json(_unsaved(one)) for one in _documents(given))
    return (rule_from_json(_document(given, now_ms)),)


def _unsaved(document: object) -> object:
    """A rule's JSON without its number and what `alerts list` adds to it."""
    if not isinstance(document, dict):
        return document
    return {name: value for name, value in document.items() if name not in {"id", *LISTED}}


def _documents(given: AlertsArguments) -> list[object]:
    name = "standard input" if given.rule == "-" else given.rule
    text: str | bytes = sys.stdin.read() if given.rule == "-" else read_import_file(given.file)
    try:
        found = json.loads(text)
    except ValueError as error:  # no JSON, or no text at all
        raise SettingInvalid(
            f"{name} holds no JSON.", hint="`levdesk alerts list --json` shows rules as JSON."
        ) from error
    found = found.get("rules", [found]) if isinstance(found, dict) else found
    if not isinstance(found, list) or not found:
        raise SettingInvalid(f"{name} holds no rule.", hint="Write a rule or a list of rules.")
    return found


def _document(given: AlertsArguments, now_ms: int) -> dict[str, Any]:
    """The options as the JSON of a rule; what was not typed is left out."""
    condition = {
        "kind": _kind(given.kind).value,
        "threshold": None if not given.threshold else figure(given.threshold),
        "side": given.side or None,
        "measure": given.measure or None,
        "hysteresis": None if not given.hysteresis else figure(given.hysteresis),
        "horizon_s": None if not given.horizon else stretch_s(given.horizon),
    }
    rule = {
        "name": given.name or None,
        "scope": given.scope or None,
        "conditions": [{name: value for name, value in condition.items() if value is not None}],
        "severity": given.severity or None,
        "cooldown_s": None if not given.cooldown else stretch_s(given.cooldown),
        "debounce_s": None if not given.debounce else stretch_s(given.debounce),
        "channels": list(given.channels) or None,
        "expires_ms": None if not given.expires else moment_ms(given.expires, now_ms, ahead=True),
        "active_hours": None if not given.hours else _hours(given.hours),
        "one_shot": given.one_shot or None,
    }
    return {name: value for name, value in rule.items() if value is not None}


def _kind(text: str) -> AlertKind:
    try:
        return AlertKind(text.strip().lower().replace("-", "_"))
    except ValueError as error:
        raise SettingInvalid(f"“{text}” is no kind of alert.", hint=f"Use one of: {', '.join(KINDS)}.") from error


def figure(text: str) -> float:
    """A number; "2%" and "2 %" are 0.02.

    Raises:
        SettingInvalid: it is none.
    """
    plain = text.strip().replace("−", "-")
    try:
        value = float(plain.removesuffix("%")) / (100.0 if plain.endswith("%") else 1.0)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SettingInvalid(f"“{text}” is no number.", hint="Write 0.02 or 2%.")
    return value


def stretch_s(text: str) -> int:
    """A stretch of time in seconds: "30", "30s", "15m", "1h", "2d", "1w".

    Raises:
        SettingInvalid: it is none.
    """
    found = _STRETCH.fullmatch(text.strip().lower())
    if found is None:
        raise SettingInvalid(f"“{text}” is no stretch of time.", hint="Write 30s, 15m, 1h or 2d.")
    return round(float(found[1]) * _UNITS_S[found[2] or "s"])


def moment_ms(text: str, now_ms: int, *, ahead: bool) -> int:
    """A moment: a date or a time in ISO 8601 (local time unless it names a zone), or a stretch from now.

    Args:
        text: as typed.
        now_ms: the time.
        ahead: whether a stretch lies ahead of now, or behind.

    Raises:
        SettingInvalid: it is none.
    """
    if _STRETCH.fullmatch(text.strip().lower()):
        length_ms = stretch_s(text) * 1000
        return now_ms + (length_ms if ahead else -length_ms)
    try:
        return round(datetime.fromisoformat(text.strip()).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError, OSError) as error:
        raise SettingInvalid(f"“{text}” is no moment.", hint="Write 2026-12-31, 2026-12-31T18:00 or 7d.") from error


def _hours(text: str) -> dict[str, int]:
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise SettingInvalid(f"“{text}” are no hours.", hint="Write 08:00-22:00.")
    begins, begins_min, ends, ends_min = (int(part) for part in found.groups())
    return {"from_minute": begins * 60 + begins_min, "until_minute": ends * 60 + ends_min}


def whole(text: str, name: str, most: int) -> int:
    """A whole number from 1 on.

    Raises:
        SettingInvalid: it is none.
    """
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise SettingInvalid(f"“{text}” is no value for {name}.", hint=f"Write a whole number, 1 to {most}.")
    return int(text)
