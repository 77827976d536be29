"""Whose bars tell the past of a token: its own pair, and the perpetual that stands for its underlying."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from levdesk.domain.instruments import LeveragedToken
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
