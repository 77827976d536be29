"""What streams bring while it waits to be looked at: parts of the same thing are put together, none pushes out another.

A mailbox that carries stream news is made with `merged`. Its values tell what they are; the keys only say which of
them belong together.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Final

from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.streams import StreamNews

MOST_PROBLEMS: Final = 100
"""Per batch: a venue that sends nothing but rubbish does not fill the memory with complaints."""


@dataclass(frozen=True, slots=True)
class VenueTime:
    """The venue's clock beside ours, for measuring how far they are apart.

    Attributes:
        venue: short name.
        sent_ms: the venue's clock when it sent something, UTC.
        received_ms: ours when it came.
    """

    venue: str
    sent_ms: int
    received_ms: int


@dataclass(frozen=True, slots=True)
class VenueProblem:
    """Something wrong with what a venue streams."""

    venue: str
    problem: Problem


StreamMail = TokenQuote | UnderlyingQuote | VenueTime | VenueProblem


@dataclass(slots=True)
class MailBatch:
    """What several messages said together.

    Attributes:
        mail: by what belongs together, ready for the mailbox.
        overtaken: figures that a later one of the same batch replaced.
        problems: complaints so far, kept or not.
    """

    mail: dict[Hashable, object] = field(default_factory=dict)
    overtaken: int = 0
    problems: int = 0

    def add(self, value: StreamMail) -> None:
        """Put one more piece to the rest."""
        if isinstance(value, VenueProblem):
            self.problems += 1
            if self.problems > MOST_PROBLEMS:
                return
        key = mail_key(value)
        waiting = self.mail.get(key)
        if waiting is None:
            self.mail[key] = value
        else:
            self.overtaken += is_quote(value)
            self.mail[key] = merged(waiting, value)


def mail_of(news: StreamNews, venue: str, received_ms: int) -> list[StreamMail]:
    """What a message says, as mail."""
    mail: list[StreamMail] = [*news.tokens, *news.underlyings]
    mail += (VenueProblem(venue, problem) for problem in news.problems)
    if news.sent_ms is not None:
        mail.append(VenueTime(venue, news.sent_ms, received_ms))
    return mail


def is_quote(value: object) -> bool:
    """Whether a piece of mail holds figures."""
    return isinstance(value, TokenQuote | UnderlyingQuote)


def mail_key(value: StreamMail) -> Hashable:
    """What belongs together: a token, a perpetual, a venue's clock; the same complaint once."""
    if isinstance(value, TokenQuote):
        return value.key
    if isinstance(value, UnderlyingQuote):
        return value.venue, value.instrument
    if isinstance(value, VenueTime):
        return VenueTime, value.venue
    return value.venue, value.problem.code, value.problem.source


def merged(old: object, new: object) -> object:
    """One value for what waits and what came after it; a value of any other kind replaces what waits."""
    if isinstance(new, TokenQuote) and isinstance(old, TokenQuote):
        return merged_tokens(old, new)
    if isinstance(new, UnderlyingQuote) and isinstance(old, UnderlyingQuote):
        return merged_underlyings(old, new)
    if isinstance(new, VenueTime) and isinstance(old, VenueTime):
        # the one that was under way for less time tells the clocks' distance better
        return min(new, old, key=lambda time: time.received_ms - time.sent_ms)
    return new


def merged_tokens(old: TokenQuote, new: TokenQuote) -> TokenQuote:
    """The newer quote, with the parts of the older that it does not tell.

    A trade that waits keeps its own time when only offers came after it: a new time would make it look fresh.
    """
    changes: dict[str, object] = {}
    if old.last is not None or old.bid is not None or old.ask is not None:
        changes = _prices_kept(old, new)
    if new.nav is None and old.nav is not None:
        changes |= {"nav": old.nav, "nav_source": old.nav_source, "nav_ts_ms": old.nav_ts_ms}
    if new.effective_leverage is None and old.effective_leverage is not None:
        changes |= {"effective_leverage": old.effective_leverage, "leverage_ts_ms": old.leverage_ts_ms}
    if new.rebalance_nav is None and new.rebalance_ms is None and old.rebalance_ms is not None:
        changes |= {"rebalance_nav": old.rebalance_nav, "rebalance_ms": old.rebalance_ms}
    if new.underlying_price is None and old.underlying_price is not None:
        changes |= {"underlying_price": old.underlying_price, "underlying_ts_ms": old.underlying_ts_ms}
    return replace(new, **changes) if changes else new  # type: ignore[arg-type]


def _prices_kept(old: TokenQuote, new: TokenQuote) -> dict[str, object]:
    """The prices of the older quote that the newer does not tell."""
    kept: dict[str, object] = {
        name: getattr(old, name)
        for name in ("last", "bid", "ask")
        if getattr(new, name) is None and getattr(old, name) is not None
    }
    nothing_new = new.last is None and new.bid is None and new.ask is None
    if "last" in kept or nothing_new:
        kept |= {"price_ts_ms": old.price_ts_ms, "price_source": old.price_source}
    return kept


def merged_underlyings(old: UnderlyingQuote, new: UnderlyingQuote) -> UnderlyingQuote:
    """The newer quote, with the figures of the older that it does not tell."""
    kept: dict[str, object] = {
        name: figure
        for name in ("mark", "index", "last", "funding_rate", "funding_interval_s", "next_funding_ms")
        if getattr(new, name) is None and (figure := getattr(old, name)) is not None
    }
    if "mark" in kept:
        kept["ts_ms"] = min(old.ts_ms, new.ts_ms)  # what waits is not made to look fresher
    return replace(new, **kept) if kept else new  # type: ignore[arg-type]
