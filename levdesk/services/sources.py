"""Where the price of an underlying comes from: the token's hedge first, then the same coin's perpetual elsewhere.

Pure functions. A perpetual on another venue stands in only while the hedge fails, and only where it is worth about
the same: a contract of a thousand coins is another thing under a similar name.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from levdesk.domain.instruments import LeveragedToken
from levdesk.services.sync_state import LineKey, SyncState
from levdesk.services.underlying_book import Perpetual, UnderlyingBook
from levdesk.venues.contract import RequestKind, Venue

FRESH_MS: Final = 20_000
"""A price this old still counts as live, and one of two polls ago."""

BREAKS_AFTER: Final = 2
"""Failures in a row after which a venue's breaker is open: others are asked in its place."""

MOST_APART: Final = Decimal("0.2")
"""A stand-in further than this from the last known price of the underlying is not believed to be the same thing."""


def fresh_for_ms(poll_s: float) -> int:
    """Age up to which a price counts as live where it is asked for every so many seconds."""
    return max(FRESH_MS, round(2_500 * poll_s))


StandIns = Callable[[LeveragedToken], Sequence[Perpetual]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A price of an underlying, and where it comes from.

    Attributes:
        perpetual: venue and instrument.
        price, ts_ms: what it is worth, and when that was true.
        is_hedge: False for a stand-in.
    """

    perpetual: Perpetual
    price: Decimal
    ts_ms: int
    is_hedge: bool


def choose_source(
    token: LeveragedToken,
    stand_ins: Iterable[Perpetual],
    book: UnderlyingBook,
    *,
    now_ms: int,
    reference: Decimal | None = None,
    fresh_ms: int = FRESH_MS,
) -> Source | None:
    """The first live price in order; when none is live, the newest that is known; None when none is.

    Args:
        token: whose underlying.
        stand_ins: perpetuals of the same coin elsewhere, in the order to try them.
        book: what is known of them.
        now_ms: the time.
        reference: last known price of the underlying from anywhere, that stand-ins are measured by.
        fresh_ms: age up to which a price is live.
    """
    found: list[Source] = []
    hedge = token.hedge
    priced = book.price(hedge) if hedge[1] else None
    if priced is not None:
        found.append(Source(perpetual=hedge, price=priced[0], ts_ms=priced[1], is_hedge=True))
        if now_ms - priced[1] <= fresh_ms:
            return found[0]
    measure = priced[0] if priced is not None else reference
    for perpetual in stand_ins:
        priced = book.price(perpetual) if perpetual != hedge else None
        if priced is not None and _is_near(priced[0], measure):
            found.append(Source(perpetual=perpetual, price=priced[0], ts_ms=priced[1], is_hedge=False))
            if now_ms - priced[1] <= fresh_ms:
                return found[-1]
    return max(found, key=lambda source: source.ts_ms, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the venues stand just now.

    Attributes:
        venues: all there are.
        state: what the planner knows of them.
        book: prices of perpetuals.
        now_ms: the time.
        doubted: perpetuals whose last price is held back; another source settles it.
        off: venues switched off by the person.
    """

    venues: Mapping[str, Venue]
    state: SyncState
    book: UnderlyingBook
    now_ms: int
    doubted: Container[Perpetual] = ()
    off: Container[str] = ()

    def answers(self, perpetual: Perpetual) -> bool:
        """Whether a perpetual's price comes, or may still come: its breaker is closed and it has not stopped."""
        name = perpetual[0]
        venue = self.venues.get(name)
        if venue is None or name in self.off or RequestKind.UNDERLYING_QUOTES not in venue.serves:
            return False
        line = self.state.line(LineKey(name, RequestKind.UNDERLYING_QUOTES))
        if max(line.failures, self.state.venue(name).failures) >= BREAKS_AFTER:
            return False
        asked_for = perpetual[1] in self.state.plan.venue(name).perpetuals
        if not asked_for or line.ok_ms is None:
            return True  # no answer has come yet
        priced = self.book.price(perpetual)
        return priced is not None and self.now_ms - priced[1] <= fresh_for_ms(self.state.plan.poll_s)


def stand_ins_to_ask(
    tokens: Iterable[LeveragedToken], stand_ins: StandIns, standing: Standing
) -> tuple[Perpetual, ...]:
    """One perpetual elsewhere for every hedge that fails: the first whose venue answers.

    Args:
        tokens: whose hedges.
        stand_ins: of a token, in the order to try them.
        standing: how the venues stand.
    """
    asked: dict[Perpetual, None] = {}
    answers = cache(standing.answers)  # many tokens share a coin
    for token in tokens:
        hedge = token.hedge
        if hedge[1] and hedge not in standing.doubted and answers(hedge):
            continue
        first = next((one for one in stand_ins(token) if one != hedge and answers(one)), None)
        if first is not None:
            asked[first] = None
    return tuple(asked)


def _is_near(price: Decimal, measure: Decimal | None) -> bool:
    return measure is None or not measure or abs(price - measure) <= MOST_APART * measure
