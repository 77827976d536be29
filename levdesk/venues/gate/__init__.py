"""Gate's public protocol (api v4).

Lives here: its requests (`adapter`), refusals (`wire`), what replies say (`replies`), and its streams (`streams`).
May import: domain and the parts venues share. No other venue.
Talks to: services, io and runtime, through `contract.Venue` and `streams.Stream`.
Ask first: before a rule of our own gets in; this is only what Gate does.
"""

from __future__ import annotations

from levdesk.venues.gate.adapter import Gate

__all__ = ["Gate"]
