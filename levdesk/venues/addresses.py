"""Where a venue is: its own address, or the one a person put in its place (a mirror, a proxy, a test)."""

from __future__ import annotations

from urllib.parse import urlsplit


def rest_url(own: str, replaced: str, path: str) -> str:
    """The address of a path: `own` scheme and host, or those of `replaced` where there is one."""
    return f"{(replaced or own).rstrip('/')}{path}"


def stream_url(own: str, replaced: str) -> str:
    """A stream's address: `own` as it is, or its path and query at the scheme and host of `replaced` (http as ws)."""
    if not replaced:
        return own
    parts, mirror = urlsplit(own), urlsplit(replaced)
    scheme = {"http": "ws", "https": "wss"}.get(mirror.scheme, mirror.scheme)
    return parts._replace(scheme=scheme, netloc=mirror.netloc).geturl()
