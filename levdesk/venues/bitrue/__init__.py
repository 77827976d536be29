"""Bitrue's public REST protocol: market prices of its leveraged tokens; their NAV needs a key, so it is not asked for.

Lives here: its requests (`adapter`), refusals (`wire`), and what the rows say (`replies`).
May import: domain and the parts venues share. No other venue.
Talks to: services and io, through `contract.Venue`.
Ask first: before a rule of our own gets in; this is only what Bitrue does.
"""

from __future__ import annotations

from levdesk.venues.bitrue.adapter import Bitrue

__all__ = ["Bitrue"]
