"""When to keep a NAV: no venue offers its history, so it is recorded here, compactly.

Every rebalance at once, for it explains everything after it; besides that a NAV every few minutes, so that years stay
small (a token makes about 105,000 rows a year at one in five minutes, fewer while its NAV stands still).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, TokenQuote

RECORD_EVERY_MS: Final = 300_000


class NavRecorder:
    """Remembers what was recorded last of each token; owned by one thread, without a clock of its own."""

    def __init__(self) -> None:
        """Have recorded nothing yet."""
        self._nav_ms: dict[TokenKey, int] = {}
        self._rebalance_ms: dict[TokenKey, int] = {}

    def due(self, quotes: Iterable[TokenQuote]) -> tuple[TokenQuote, ...]:
        """Those of some quotes, as the venues said them, that are to be recorded now; counted as recorded."""
        return tuple(quote for quote in quotes if self._is_due(quote))

    def _is_due(self, quote: TokenQuote) -> bool:
        key = quote.key
        new_rebalance = quote.rebalance_ms is not None and quote.rebalance_ms != self._rebalance_ms.get(key)
        if new_rebalance:
            self._rebalance_ms[key] = quote.rebalance_ms or 0
        told = quote.nav is not None and quote.nav_source is not NavSource.ESTIMATE
        nav_ms = quote.nav_ts_ms if told else None
        new_nav = nav_ms is not None and abs(nav_ms - self._nav_ms.get(key, 0)) >= RECORD_EVERY_MS
        if nav_ms is not None and (new_nav or new_rebalance):
            self._nav_ms[key] = nav_ms
        return new_rebalance or new_nav
