"""NAV between two updates of the venue: from the last basket known, reconciled when the venue speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.services.nav_estimate import (
    NavAnchor,
    NavEstimate,
    estimate_nav,
    nav_from_leverage,
    reconcile_nav,
    with_estimated_nav,
)


class LiveNavs:
    """Remembers the last basket of each token; owned by one thread, without a clock of its own."""

    def __init__(self) -> None:
        """Know no basket yet."""
        self._anchors: dict[TokenKey, NavAnchor] = {}

    def estimated(
        self, tokens: Iterable[LeveragedToken], quotes: Mapping[TokenKey, TokenQuote], now_ms: int
    ) -> dict[TokenKey, TokenQuote]:
        """The quotes, with an estimate where the venue's NAV is missing or old and the underlying's price is newer."""
        result = dict(quotes)
        for token in tokens:
            quote = quotes.get(token.key)
            if quote is None:
                continue
            anchor = reconcile_nav(token, self._anchors.get(token.key), quote)
            if anchor is not None:
                self._anchors[token.key] = anchor
            result[token.key] = with_estimated_nav(quote, self._estimates(token, quote, anchor), now_ms)
        return result

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
