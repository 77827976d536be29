"""MEXC's public protocols: spot v3, contract v1, and the undocumented NAV endpoint.

Lives here: its requests (`adapter`), refusals (`wire`), tokens (`spot`), perpetuals (`contracts`), streams (`streams`).
May import: domain and the parts venues share. No other venue.
Talks to: services, io and runtime, through `contract.Venue` and `streams.Stream`.
Ask first: before a rule of our own gets in; this is only what MEXC does.
"""

from __future__ import annotations

from levdesk.venues.mexc.adapter import Mexc

__all__ = ["Mexc"]
