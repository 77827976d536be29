"""Bybit's public protocol of linear perpetuals (v5), and the payloads of its ended leveraged tokens.

Lives here: its requests (`adapter`), refusals (`wire`), rows (`replies`), streams (`feed`), and LT (`ended`).
May import: domain and the parts venues share. No other venue.
Talks to: services and io, through `contract.Venue` and `streams.Stream`.
Ask first: before a rule of our own gets in; this is only what Bybit does.
"""

from __future__ import annotations

from levdesk.venues.bybit.adapter import Bybit

__all__ = ["Bybit"]
