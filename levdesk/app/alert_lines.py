"""Events of the alerts as a line: of JSON for scripts, of words for people."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

from levdesk.domain.alerts import AlertEvent


def event_object(event: AlertEvent) -> dict[str, Any]:
    """An event with exactly the promised names."""
    return {
        "ts_ms": event.ts_ms,
        "rule": event.rule,
        "kind": event.kind.value,
        "severity": event.severity.value,
        "scope": event.target,
        "state": _state(event),
        "message": event.message,
        "values": {name: _finite(value) for name, value in event.values.items()},
    }


def json_line(value: dict[str, Any]) -> str:
    """One line of JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def plain_line(event: AlertEvent) -> str:
    """One line for people: local time, what happened where, and the reason."""
    moment = datetime.fromtimestamp(event.ts_ms / 1000).astimezone()
    reason = " ".join(event.message.split())
    return f"{moment:%Y-%m-%d %H:%M:%S}  {_state(event):7}  {event.severity.value:8}  {event.target}  {reason}"


def _state(event: AlertEvent) -> str:
    return "fired" if event.fired else "cleared"


def _finite(value: float | str | None) -> float | str | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value
