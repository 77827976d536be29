"""The listing watch: what a venue's lists and announcements said of a token held, one reply after the other.

What was seen is kept between runs: a token that is in today's list and was in yesterday's is traded; one that was in
yesterday's and is in none of the last two is gone, and only who remembers yesterday knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from levdesk.domain.instruments import LeveragedToken, Provenance, TokenKey, TokenStatus
from levdesk.domain.listings import TokenListing, VenueNotice

STAGES: Final = (TokenStatus.TRADING, TokenStatus.REDEEM_ONLY, TokenStatus.DELISTED, TokenStatus.SETTLED)
"""In the order a token goes through them."""

GONE_AFTER: Final = 2
"""So many lists in a row have to lack a token; one alone may be a slip of the venue."""
NOTICE_MS: Final = 14 * 86_400_000
"""So long an announcement is news."""
_MOST_NOTICES: Final = 5

_ENDING: Final = re.compile(
    r"\b(de-?list\w*|remov\w+|suspen\w+|terminat\w+|discontinu\w+|ceas\w+|offline|sunset\w*|wind(s|ing)? down"
    r"|shut(s|ting)? down|redemptions?|redeem\w*|settlements?|end of trading)\b"
    r"|下架|下线|下線|停止交易|暂停交易|暫停交易",
    re.IGNORECASE,
)
_GENERAL: Final = re.compile(r"\bleveraged?\s+(?:etf\s+)?tokens?\b|\betfs?\b|杠杆|槓桿", re.IGNORECASE)
_NAMED: Final = re.compile(r"(?<![A-Z0-9])(?:[A-Z0-9]+?[1-9][LS]|[A-Z0-9]{2,}(?:UP|DOWN))(?:[-_/]?USDT)?(?![A-Z0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingMark:
    """What was seen of one token held.

    Attributes:
        seen_ms: the last list it was in, None when none was seen with it.
        missing_ms, misses: the first of the lists in a row that lack it, and how many; None and 0 when the last had it.
        status: as the last list with it had it.
        listing: how it is traded, as far as the venue tells.
        notices: announcements that concern it, newest first.
    """

    seen_ms: int | None = None
    missing_ms: int | None = None
    misses: int = 0
    status: TokenStatus = TokenStatus.TRADING
    listing: TokenListing | None = None
    notices: tuple[VenueNotice, ...] = ()

    @property
    def is_gone(self) -> bool:
        """Whether it was listed once and is not any more."""
        return self.misses >= GONE_AFTER

    def news(self, now_ms: int) -> tuple[VenueNotice, ...]:
        """The announcements that are news."""
        return tuple(one for one in self.notices if now_ms - one.ts_ms < NOTICE_MS)


Marks = Mapping[TokenKey, ListingMark]


def as_listed(token: LeveragedToken, listed: LeveragedToken | None) -> LeveragedToken:
    """The token with the status of its venue's last list where that is a later stage; a person's own word stands."""
    if listed is None or token.provenance is Provenance.USER:
        return token
    if STAGES.index(listed.status) <= STAGES.index(token.status):
        return token
    return token._replace(status=listed.status)


# -- what came ---------------------------------------------------------------------------------------------------


def after_list(
    marks: Marks, venue: str, listed: Iterable[LeveragedToken], held: Iterable[TokenKey], now_ms: int
) -> dict[TokenKey, ListingMark]:
    """The marks after a venue's whole list came; a token never seen in one is not missed."""
    found = {token.key: token for token in listed}
    after = dict(marks)
    for key in _here(held, venue):
        mark, token = after.get(key, ListingMark()), found.get(key)
        if token is not None:
            after[key] = replace(mark, seen_ms=now_ms, missing_ms=None, misses=0, status=token.status)
        elif mark.seen_ms is not None:
            since_ms = now_ms if mark.missing_ms is None else mark.missing_ms
            after[key] = replace(mark, missing_ms=since_ms, misses=min(mark.misses + 1, GONE_AFTER))
    return after


def after_listings(
    marks: Marks, venue: str, listings: Iterable[TokenListing], held: Iterable[TokenKey]
) -> dict[TokenKey, ListingMark]:
    """The marks after a venue told how its tokens are traded."""
    found = {listing.key: listing for listing in listings}
    after = dict(marks)
    for key in _here(held, venue):
        if key in found:
            after[key] = replace(after.get(key, ListingMark()), listing=found[key])
    return after


def after_notices(
    marks: Marks, venue: str, notices: Iterable[VenueNotice], held: Iterable[TokenKey], now_ms: int
) -> dict[TokenKey, ListingMark]:
    """The marks after a venue's announcements came; old ones and those about others leave no trace."""
    told = [one for one in notices if now_ms - one.ts_ms < NOTICE_MS and _ENDING.search(one.title)]
    after = dict(marks)
    for key in _here(held, venue):
        mark = after.get(key, ListingMark())
        kept = {(one.title, one.ts_ms): one for one in (*mark.news(now_ms), *told) if concerns(one, key)}
        newest = tuple(sorted(kept.values(), key=lambda one: -one.ts_ms)[:_MOST_NOTICES])
        if newest != mark.notices:
            after[key] = replace(mark, notices=newest)
    return after


def only_held(marks: Marks, held: Iterable[TokenKey]) -> dict[TokenKey, ListingMark]:
    """The marks of what is held; the others are forgotten."""
    keys = frozenset(held)
    return {key: mark for key, mark in marks.items() if key in keys}


def concerns(notice: VenueNotice, key: TokenKey) -> bool:
    """Whether a title that speaks of an end means this token: by its name, or leveraged tokens without naming any."""
    if notice.venue != key.venue or not _ENDING.search(notice.title):
        return False
    named = _NAMED.findall(notice.title.upper())
    own = re.compile(rf"(?<![A-Z0-9]){re.escape(key.symbol.upper())}(?:[-_/]?USDT)?(?![A-Z0-9])")
    return bool(own.search(notice.title.upper())) or (not named and bool(_GENERAL.search(notice.title)))


def _here(held: Iterable[TokenKey], venue: str) -> list[TokenKey]:
    return [key for key in held if key.venue == venue]


# -- what it comes to --------------------------------------------------------------------------------------------


def stage_of(token: LeveragedToken, mark: ListingMark | None, now_ms: int) -> int:
    """How far a token's end has come: 0 traded, 1 suspended, redeem-only or to be delisted, 2 delisted, 3 settled."""
    stage = STAGES.index(token.status)
    if mark is None or token.provenance is Provenance.USER:
        return stage
    found = [stage, STAGES.index(mark.status), 2 if mark.is_gone else 0]
    if (listing := mark.listing) is not None:
        over = listing.ends_ms is not None and listing.ends_ms <= now_ms and not listing.can_sell
        restricted = listing.ends_ms is not None or not (listing.can_buy and listing.can_sell)
        found.append(2 if over else 1 if restricted else 0)
    return max(found)
