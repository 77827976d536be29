"""LBank's public REST protocol: market prices of its leveraged tokens; it publishes no NAV.

Lives here: its requests (`adapter`), envelope and refusals (`wire`), and what the rows say (`replies`).
May import: domain and the parts venues share. No other venue.
Talks to: services and io, through `contract.Venue`.
Ask first: before a rule of our own gets in; this is only what LBank does.
"""

from __future__ import annotations

from levdesk.venues.lbank.adapter import Lbank

__all__ = ["Lbank"]
