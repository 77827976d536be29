"""Who is asked for what: from the tokens that matter, and the perpetuals that stand for their underlyings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services.sync_state import VenueWant
from levdesk.venues.contract import RequestKind, Venue

Perpetual = tuple[str, str]
"""Venue, and the perpetual in its spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is wanted of the future of tokens held.

    Attributes:
        tokens: held ones; their listing is always watched.
        books, notices: whether order books and announcements are wanted, too: somebody is warned by them.
    """

    tokens: tuple[LeveragedToken, ...] = ()
    books: bool = False
    notices: bool = False


def venue_wants(
    venues: Mapping[str, Venue],
    tokens: Sequence[LeveragedToken],
    *,
    stand_ins: Iterable[Perpetual] = (),
    heard: Mapping[str, frozenset[RequestKind]] | None = None,
    off: Iterable[str] = (),
    told_by: Mapping[TokenKey, str] | None = None,
    watched: Watched | None = None,
) -> tuple[VenueWant, ...]:
    """One entry per venue, those of the first tokens first.

    Args:
        venues: all of them, those switched off too.
        tokens: on screen first, then what is held.
        stand_ins: perpetuals asked besides the tokens' hedges, because a hedge fails.
        heard: what the streams bring just now, by venue.
        off: venues switched off.
        told_by: the venue that tells a token's underlying just now; its hedge's where not given.
        watched: what is wanted of the future of tokens held.
    """
    watching = watched or Watched()
    telling = told_by or {}
    perpetuals = tuple(dict.fromkeys([*(token.hedge for token in tokens if token.hedge[1]), *stand_ins]))
    wanted_first = (name for token in tokens for name in (token.key.venue, token.hedge[0]))
    order = dict.fromkeys([*wanted_first, *(name for name, _ in perpetuals), *venues])
    switched_off = frozenset(off)
    return tuple(
        _want_of(
            venues[name],
            tuple(token for token in tokens if token.key.venue == name),
            tuple(instrument for venue, instrument in perpetuals if venue == name),
            tuple(
                sorted(
                    token.key.symbol
                    for token in tokens
                    if name in {token.key.venue, telling.get(token.key) or token.hedge[0]}
                )
            ),
            heard=(heard or {}).get(name, frozenset()),
            off=name in switched_off,
            watched=replace(watching, tokens=tuple(one for one in watching.tokens if one.key.venue == name)),
        )
        for name in order
        if name in venues
    )


def _want_of(
    venue: Venue,
    tokens: tuple[LeveragedToken, ...],
    perpetuals: tuple[str, ...],
    depends: tuple[str, ...],
    *,
    heard: frozenset[RequestKind],
    off: bool,
    watched: Watched,
) -> VenueWant:
    keys = tuple(token.key for token in tokens)
    return VenueWant(
        name=venue.name,
        title=venue.title,
        serves=venue.serves,
        tokens=keys,
        perpetuals=perpetuals,
        takes_all=RequestKind.TOKEN_QUOTES in venue.serves and _tells_all(venue, keys),
        heard=heard,
        books=tuple((token.key, venue.token_pair(token)) for token in watched.tokens) if watched.books else (),
        listings=frozenset(token.key for token in watched.tokens),
        notices=watched.notices and bool(watched.tokens),
        depends=depends,
        address=address_of(venue),
        off=off,
    )


def _tells_all(venue: Venue, keys: Sequence[TokenKey]) -> bool:
    """Whether the answer about some tokens is the answer about all."""
    return bool(keys) and venue.token_quotes(frozenset(keys)) == venue.token_quotes(frozenset())


def address_of(venue: Venue) -> str:
    """Scheme and host a venue is asked at; "" where it serves nothing."""
    if venue.base_url:
        return venue.base_url
    if RequestKind.SERVER_TIME in venue.serves:
        url = venue.server_time().url
    elif RequestKind.TOKENS in venue.serves:
        url = venue.tokens().url
    else:
        return ""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
