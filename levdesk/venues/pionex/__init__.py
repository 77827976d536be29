"""Pionex's public protocol (v1): tokens by market price, perpetuals, and their streams; it publishes no NAV.

Lives here: its requests (`adapter`), refusals (`wire`), what rows say of tokens (`tokens`) and of perpetuals
(`perpetuals`), and its stream (`live`).
May import: domain and the parts venues share. No other venue.
Talks to: services, io and runtime, through `contract.Venue` and `streams.Stream`.
Ask first: before a rule of our own gets in; this is only what Pionex does.
"""

from __future__ import annotations

from levdesk.venues.pionex.adapter import Pionex

__all__ = ["Pionex"]
