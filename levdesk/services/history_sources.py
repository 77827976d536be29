"""Whose bars tell the past of a token: its own pair, and the perpetual that stands for its underlying."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services.underlying_book import Perpetual
from levdesk.venues.contract import RequestKind, Venue

NO_PERPETUAL: Perpetual = ("", "")


@dataclass(frozen=True, slots=True)
class HistorySources:
    """Where a token's past is.

    Attributes:
        pair: its venue's spelling of its trading pair, "" where that venue serves no bars.
        underlying: venue and perpetual whose bars and funding stand for its underlying; ("", "") where none does.
    """

    pair: str
    underlying: Perpetual


def history_sources(
    token: LeveragedToken, venues: Mapping[str, Venue], stand_ins: Iterable[Perpetual] = ()
) -> HistorySources:
    """The token's own pair and its hedge; where the hedge's venue serves no bars, the first stand-in's that does."""
    own = venues.get(token.key.venue)
    pair = own.token_pair(token) if own is not None and RequestKind.TOKEN_CANDLES in own.serves else ""
    candidates = (token.hedge, *stand_ins) if token.underlying or token.hedge_instrument else ()
    for perpetual in candidates:
        venue = venues.get(perpetual[0])
        if perpetual[1] and venue is not None and RequestKind.UNDERLYING_CANDLES in venue.serves:
            return HistorySources(pair, perpetual)
    return HistorySources(pair, NO_PERPETUAL)


class SourcesBook:
    """Whose bars tell each token's past, each worked out once, for the alerts ask every second.

    It never changes but for what it remembers, so that the pool may ask it too; other venues are another book.
    """

    __slots__ = ("_fallbacks", "_known", "_venues")

    def __init__(self, venues: Mapping[str, Venue], fallbacks: Callable[[str], Iterable[Perpetual]]) -> None:
        """Draw on these venues; `fallbacks` names the perpetuals that may stand in for a coin's, best first."""
        self._venues = venues
        self._fallbacks = fallbacks
        self._known: dict[TokenKey, tuple[LeveragedToken, HistorySources]] = {}

    def __call__(self, token: LeveragedToken) -> HistorySources:
        """The sources of a token."""
        known = self._known.get(token.key)
        if known is None or known[0] is not token:
            known = (token, history_sources(token, self._venues, self._fallbacks(token.underlying)))
            self._known[token.key] = known
        return known[1]
