"""Moments and small readings the simulator's tests share."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from levdesk.venues.contract import Reply, Request

ANCHOR_MS = 1_795_253_000_000
"""2026-11-21 09:23:20 UTC."""

SEED = 7
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


def fetch(url: str, *, timeout_s: float = 20.0, headers: Mapping[str, str] | None = None) -> Reply:
    """One GET over a connection of its own; no answer at all raises OSError or HTTPException."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_s)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=dict(headers or {}))
        answer = connection.getresponse()
        body = answer.read()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(status=answer.status, headers=names, body=body, received_ms=0)
    finally:
        connection.close()


def carry(request: Request, received_ms: int) -> Reply:
    """An adapter's request over real HTTP, as if it arrived at a set moment."""
    query = f"?{urlencode(request.query)}" if request.query else ""
    reply = fetch(f"{request.url}{query}", headers=dict(request.headers))
    return Reply(status=reply.status, headers=reply.headers, body=reply.body, received_ms=received_ms)
