"""OKX's public protocol (v5): perpetuals only, for OKX runs no leveraged tokens.

Lives here: its requests (`adapter`), refusals (`wire`), what rows say (`replies`), and its stream (`live`).
May import: domain and the parts venues share. No other venue.
Talks to: services, io and runtime, through `contract.Venue` and `streams.Stream`.
Ask first: before a rule of our own gets in; this is only what OKX does.
"""

from __future__ import annotations

from levdesk.venues.okx.adapter import Okx

__all__ = ["Okx"]
