"""HTX's public protocol: its linear perpetuals, and the payloads of its leveraged tokens, which ended in 2022.

Lives here: requests (`adapter`), envelopes (`wire`), figures (`replies`), streams (`stream`), the old tokens (`ended`).
May import: domain and the parts venues share. No other venue.
Talks to: services, io and the engine, through `contract.Venue` and `streams.Stream`.
Ask first: before a rule of our own gets in; this is only what HTX does.
"""

from __future__ import annotations

from levdesk.venues.htx.adapter import Htx

__all__ = ["Htx"]
