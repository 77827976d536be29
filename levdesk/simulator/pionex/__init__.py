"""Pionex's public protocol (v1, REST and WebSocket), spoken by the simulated market; tokens by price only, no NAV.

Lives here: its endpoints (`spot`, `perpetuals`), its stream (`stream`), how it writes and refuses (`forms`), the
dialect.
May import: the market and the parts dialects share. No other dialect.
Talks to: the server, through `dialect.Dialect`.
Ask first: before a behaviour gets in that the venue page does not describe.
"""

from __future__ import annotations

from levdesk.simulator.pionex.dialect import PionexDialect

__all__ = ["PionexDialect"]
