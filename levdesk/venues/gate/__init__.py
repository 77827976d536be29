"""Gate's public REST protocol (api v4).

Lives here: its requests (`adapter`), refusals and rows (`wire`), and what the rows say (`replies`).
May import: domain and the parts venues share. No other venue.
Talks to: services and io, through `contract.Venue`.
Ask first: before a rule of our own gets in; this is only what Gate does.
"""

from __future__ import annotations

from levdesk.venues.gate.adapter import Gate

__all__ = ["Gate"]
