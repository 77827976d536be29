"""OKX's public protocol (v5, REST and WebSocket), spoken by the simulated market; spot pairs and perpetuals.

Lives here: its endpoints (`quotes`, `history`), its stream (`stream`), how it writes and refuses (`forms`), the
dialect.
May import: the market and the parts dialects share. No other dialect.
Talks to: the server, through `dialect.Dialect`.
Ask first: before a behaviour gets in that the venue page does not describe.
"""

from __future__ import annotations

from levdesk.simulator.okx.dialect import OkxDialect

__all__ = ["OkxDialect"]
