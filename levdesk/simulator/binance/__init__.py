"""Binance's public protocol of USDT-M perpetuals, REST and WebSocket, spoken by the simulated market.

Lives here: its endpoints (`quotes`, `history`), its streams (`stream`), how it writes and refuses (`forms`), the
dialect.
May import: the market and the parts dialects share. No other dialect.
Talks to: the server, through `dialect.Dialect`.
Ask first: before a behaviour gets in that the venue page does not describe.
"""

from __future__ import annotations

from levdesk.simulator.binance.dialect import BinanceDialect

__all__ = ["BinanceDialect"]
