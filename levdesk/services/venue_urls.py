"""What a person may put in place of a venue's address: scheme, host and port, nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

from levdesk.domain.errors import SettingInvalid


def check_base_url(url: str, *, hint: str = "") -> str:
    """The address without a trailing slash.

    Raises:
        SettingInvalid: no http(s) scheme, no host, credentials, or a path, query or fragment.
    """
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
        parts = urlsplit("")
    if not usable or parts.username or parts.path.rstrip("/") or parts.query or parts.fragment:
        raise SettingInvalid(f"“{url.strip()}” is not an address of the form http(s)://host:port.", hint=hint)
    return f"{parts.scheme}://{parts.netloc}"
