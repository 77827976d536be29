"""NAV between two updates of the venue: from the last basket known, reconciled when the venue speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.services.nav_estimate import (
    STALE_MS,
    NavAnchor,
    NavEstimate,
    estimate_nav,
    nav_from_leverage,
    reconcile_nav,
    with_estimated_nav,
)

ANCHOR_EVERY_MS: Final = 2_000
"""A NAV that comes many times a second is not compared with an estimate each time."""


class LiveNavs:
    """Remembers the last basket of each token; owned by one thread, without a clock of its own."""

    def __init__(self) -> None:
        """Know no basket yet."""
        self._anchors: dict[TokenKey, NavAnchor] = {}

    def estimated(
        self, tokens: Iterable[LeveragedToken], quotes: Mapping[TokenKey, TokenQuote], now_ms: int
    ) -> dict[TokenKey, TokenQuote]:
        """The quotes, with an estimate where the venue's NAV is missing or old and the underlying's price is newer."""
        known = [token for token in tokens if token.key in quotes]
        return {**quotes, **{token.key: self.estimated_quote(token, quotes[token.key], now_ms) for token in known}}

    def estimated_quote(self, token: LeveragedToken, quote: TokenQuote, now_ms: int) -> TokenQuote:
        """One quote, with an estimate where it is called for."""
        anchor = self._anchors.get(token.key)
        if quote.nav_ts_ms is not None and (anchor is None or quote.nav_ts_ms - anchor.ts_ms >= ANCHOR_EVERY_MS):
            anchor = reconcile_nav(token, anchor, quote)
            if anchor is not None:
                self._anchors[token.key] = anchor
        if quote.nav is not None and quote.nav_ts_ms is not None and now_ms - quote.nav_ts_ms <= STALE_MS:
            return quote
        return with_estimated_nav(quote, self._estimates(token, quote, anchor), now_ms)

    def anchor(self, token: LeveragedToken, anchor: NavAnchor) -> None:
        """Take a basket that was worked out elsewhere, unless a newer one is known."""
        known = self._anchors.get(token.key)
        if known is None or anchor.ts_ms > known.ts_ms:
            self._anchors[token.key] = anchor

    def gap_ratio(self, key: TokenKey) -> float | None:
        """How far the estimate was from the venue's last figure, over it minus one; None when nothing was compared."""
        anchor = self._anchors.get(key)
        return None if anchor is None else anchor.gap_ratio

    def _estimates(
        self, token: LeveragedToken, quote: TokenQuote, anchor: NavAnchor | None
    ) -> Iterable[NavEstimate | None]:
        yield nav_from_leverage(token, quote)
        if anchor is not None and quote.underlying_price is not None and quote.underlying_ts_ms is not None:
            yield estimate_nav(token, anchor, [(quote.underlying_ts_ms, float(quote.underlying_price))])
