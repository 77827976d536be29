"""KuCoin's public protocols: its wound-down tokens as far as they answer, its perpetuals, and their stream.

Lives here: its requests (`adapter`), refusals (`wire`), tokens (`spot`), perpetuals (`contracts`), streams (`streams`).
May import: domain and the parts venues share. No other venue.
Talks to: services, io and runtime, through `contract.Venue` and `streams.Stream`.
Ask first: before a rule of our own gets in; this is only what KuCoin does.
"""

from __future__ import annotations

from levdesk.venues.kucoin.adapter import Kucoin

__all__ = ["Kucoin"]
