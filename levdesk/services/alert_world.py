"""The subjects of the moment, made from the facts: one for each token, underlying and venue of what is held.

A subject stays the same object while nothing it rests on has changed, so whoever measures can tell at a glance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from levdesk.domain.alerts import AlertScope, ScopeKind
from levdesk.services.alert_subjects import (
    Around,
    SlowFigures,
    Subject,
    TokenPlan,
    TokenSubject,
    UnderlyingSubject,
    VenueSubject,
)
from levdesk.services.health import SourceState

if TYPE_CHECKING:
    from levdesk.domain.instruments import LeveragedToken, TokenKey
    from levdesk.services.alert_facts import Facts
    from levdesk.services.views import HoldingView, PortfolioView

SubjectKey = tuple[int | None, str]
"""Portfolio (None for all together) and target, as `AlertScope` writes it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token held stands: the subjects it belongs to.

    Attributes:
        key, underlying: of the token.
        token_target, underlying_target, venue_target: as `AlertScope` writes them.
    """

    key: TokenKey
    underlying: str
    token_target: str
    underlying_target: str
    venue_target: str

    @classmethod
    def of(cls, token: LeveragedToken) -> Place:
        """The place of a token."""
        key = token.key
        return cls(
            key,
            token.underlying,
            str(AlertScope(kind=ScopeKind.TOKEN, key=key)),
            str(AlertScope(kind=ScopeKind.UNDERLYING, underlying=token.underlying)),
            str(AlertScope(kind=ScopeKind.VENUE, venue=key.venue)),
        )


@dataclass(slots=True)
class _Held:
    """One portfolio's open holdings as last seen."""

    view: PortfolioView | None = None
    places: tuple[Place, ...] = ()
    rows: dict[str, list[HoldingView]] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)


class World:
    """Makes subjects from facts and keeps them while they hold; owned by one thread."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.subjects: dict[SubjectKey, Subject] = {}
        self._held: dict[int | None, _Held] = {}
        self._plans: dict[TokenKey, TokenPlan] = {}
        self._slow: dict[tuple[int | None, TokenKey], SlowFigures] = {}

    def places(self, portfolio_id: int | None) -> tuple[Place, ...] | None:
        """The tokens held in a portfolio; None when it is not known."""
        held = self._held.get(portfolio_id)
        return None if held is None else held.places

    def take(self, facts: Facts, portfolio_ids: Iterable[int | None]) -> bool:
        """Bring every subject up to date; answers whether other things are held than before."""
        other = False
        doubts = _doubts(facts)
        silent = {row.venue for row in facts.health if row.state in {SourceState.DOWN, SourceState.OFFLINE}}
        for portfolio_id in portfolio_ids:
            view = facts.views.get(portfolio_id)
            if view is None:
                other = self._held.pop(portfolio_id, None) is not None or other
                continue
            held = self._held.setdefault(portfolio_id, _Held())
            fresh = held.view is not view
            if fresh and self._take_view(held, view):
                self._forget(portfolio_id)
                other = True
            for holding, place in zip(_open(view), held.places, strict=True):
                self._take_token(facts, portfolio_id, holding, place, doubts.get(str(place.key), ()), silent)
            self._take_underlyings(facts, portfolio_id, held, fresh=fresh)
            self._take_venues(facts, portfolio_id, held)
        return other

    def _forget(self, portfolio_id: int | None) -> None:
        """Drop every subject of a portfolio; what is still held is made anew."""
        for name in [name for name in self.subjects if name[0] == portfolio_id]:
            del self.subjects[name]
        for slow in [slow for slow in self._slow if slow[0] == portfolio_id]:
            del self._slow[slow]

    def _take_view(self, held: _Held, view: PortfolioView) -> bool:
        rows = _open(view)
        held.view = view
        same = len(rows) == len(held.places) and all(
            row.token.key == place.key and row.token.underlying == place.underlying
            for row, place in zip(rows, held.places, strict=True)
        )
        if not same:
            held.places = tuple(Place.of(row.token) for row in rows)
            held.targets = {place.underlying: place.underlying_target for place in held.places}
        held.rows = {}
        for row in rows:
            held.rows.setdefault(row.token.underlying, []).append(row)
        return not same

    def _take_token(
        self,
        facts: Facts,
        portfolio_id: int | None,
        holding: HoldingView,
        place: Place,
        doubts: Sequence[str],
        silent: set[str],
    ) -> None:
        token, key = holding.token, place.key
        plan = self._plans.get(key)
        if plan is None or plan.token is not token or facts.now_ms >= plan.until_ms:
            plan = self._plans[key] = TokenPlan(token, facts.now_ms)
        rests = (plan, facts.explained.get((portfolio_id, key)), facts.token_prices.get(key), holding.first_bought_ms)
        slow = self._slow.get((portfolio_id, key))
        if slow is None or not slow.rests_on(*rests):
            slow = self._slow[portfolio_id, key] = SlowFigures(*rests)
        quote, perpetual = facts.quotes.get(key), facts.perpetuals.get(token.hedge)
        line, quiet = facts.prices.get(place.underlying), key.venue in silent
        book, mark = facts.books.get(key), facts.listings.get(key)
        name = (portfolio_id, place.token_target)
        old = self.subjects.get(name)
        if (
            isinstance(old, TokenSubject)
            and old.holding is holding
            and old.quote is quote
            and old.slow is slow
            and old.perpetual is perpetual
            and old.silent is quiet
            and old.doubts == doubts
            and old.underlying_line is line
            and old.order_book is book
            and old.mark is mark
        ):
            return
        around = Around(perpetual, line, book, mark)
        self.subjects[name] = TokenSubject(holding, quote, slow, around, doubts=doubts, silent=quiet)

    def _take_underlyings(self, facts: Facts, portfolio_id: int | None, held: _Held, *, fresh: bool) -> None:
        values = [row.market_value for rows in held.rows.values() for row in rows]
        whole = None if any(value is None for value in values) else float(sum(value for value in values if value))
        for underlying, rows in held.rows.items():
            name = (portfolio_id, held.targets[underlying])
            hedges = dict.fromkeys(row.token.hedge for row in rows)
            perpetuals = [
                (perpetual, facts.settled.get(hedge, ()))
                for hedge in hedges
                if (perpetual := facts.perpetuals.get(hedge)) is not None
            ]
            quotes = [quote for row in rows if (quote := facts.quotes.get(row.token.key)) is not None]
            line = facts.prices.get(underlying)
            old = self.subjects.get(name)
            same = (
                not fresh
                and isinstance(old, UnderlyingSubject)
                and old.line is line
                and _same(old.quotes, quotes)
                and _same([quote for quote, _ in old.perpetuals], [quote for quote, _ in perpetuals])
            )
            if not same:
                others = len(values) - len(rows)
                self.subjects[name] = UnderlyingSubject(
                    underlying, rows, quotes, perpetuals, line, whole_value=whole, others=others
                )

    def _take_venues(self, facts: Facts, portfolio_id: int | None, held: _Held) -> None:
        health = {row.venue: row for row in facts.health}
        for venue, target in {place.key.venue: place.venue_target for place in held.places}.items():
            old, row = self.subjects.get((portfolio_id, target)), health.get(venue)
            same = isinstance(old, VenueSubject) and old.health is row and old.since_ms == facts.watching_since_ms
            if not same:
                self.subjects[portfolio_id, target] = VenueSubject(venue, row, facts.watching_since_ms)


def _open(view: PortfolioView) -> tuple[HoldingView, ...]:
    return view.open_holdings


def _same(first: Sequence[object], second: Sequence[object]) -> bool:
    return len(first) == len(second) and all(one is other for one, other in zip(first, second, strict=True))


def _doubts(facts: Facts) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for problem in facts.doubts:
        found.setdefault(problem.source, []).append(problem.message)
    return found
