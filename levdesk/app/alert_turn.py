"""One look of the alerts, for the job pool: facts out of what the window knows, the watch, and how it all stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from levdesk.app.watch_facts import local_moment
from levdesk.app.watch_lines import PriceLines
from levdesk.domain.alerts import AlertEvent, AlertPhase, AlertRule, AlertState
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.services.alert_facts import Facts, Perpetual
from levdesk.services.alert_ports import StoredEvent, WatchKey
from levdesk.services.alert_rules import rule_name, scope_from_text
from levdesk.services.alert_view import AlertsView, FiringAlert, RuleStanding, by_gravity
from levdesk.services.alerting import AlertWatch, Standing, WatchTurn
from levdesk.services.books import Books
from levdesk.services.explained import ExplainedHolding
from levdesk.services.health import SourceHealth
from levdesk.services.history_sources import HistorySources
from levdesk.services.outbox import is_muted
from levdesk.services.portfolio import Valuation
from levdesk.services.ports import MarketStore
from levdesk.services.views import PortfolioView

SETTLING_MS: Final = 10 * 60_000
"""So long after the start histories are still being fetched."""

_SETTLING_EVERY_MS: Final = 60_000
_LATER_EVERY_MS: Final = 10 * 60_000
_FUNDING_MS: Final = 7 * 24 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the window's thread hands over for one look.

    Attributes:
        now_ms: the moment.
        books: everything entered.
        quotes, perpetuals, health, doubts: last known figures, and what is wrong with them.
        explained: what rests on histories, by portfolio and token.
        sources: whose bars tell a token's past.
        rules: to be watched, None = as before.
        changes: what the person did about alerts since the last look.
        muted: silent targets.
    """

    now_ms: int
    books: Books
    quotes: Mapping[TokenKey, TokenQuote]
    perpetuals: Mapping[Perpetual, UnderlyingQuote]
    health: Sequence[SourceHealth]
    doubts: Sequence[Problem]
    explained: Mapping[tuple[int | None, TokenKey], ExplainedHolding]
    sources: Mapping[TokenKey, HistorySources]
    rules: tuple[AlertRule, ...] | None
    changes: Sequence[tuple[WatchKey, Mapping[str, object]]] = ()
    muted: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of one look.

    Attributes:
        turn: states and events to keep.
        standings: where each rule stands at each target.
    """

    turn: WatchTurn
    standings: tuple[Standing, ...]


class Lookout:
    """Keeps watch, views and price lines from look to look; owned by one job at a time.

    Args:
        market: the stored market data.
        since_ms: when the program began to listen.
    """

    def __init__(
        self,
        market: MarketStore,
        rules: Iterable[AlertRule],
        states: Mapping[WatchKey, AlertState],
        since_ms: int,
    ) -> None:
        """Begin where the last run left off."""
        self._market = market
        self._watch = AlertWatch(rules, states)
        self._rules = {rule.id: rule for rule in rules}
        self._since_ms = since_ms
        self._lines = PriceLines(market)
        self._lines_ms: int | None = None
        self._settled: dict[Perpetual, Sequence[FundingPoint]] = {}
        self._books: Books | None = None
        self._quotes: Mapping[TokenKey, TokenQuote] = {}
        self._valuations: dict[int | None, Valuation] = {}
        self._views: dict[int | None, PortfolioView] = {}

    def look(self, given: Given) -> Seen:
        """Measure everything now."""
        if given.rules is not None:
            self._rules = {rule.id: rule for rule in given.rules}
            self._watch.set_rules(given.rules)
        put = self._put(given.changes)
        turn = self._watch.turn(self._facts(given))
        if put:
            turn = replace(turn, states={**put, **turn.states})
        return Seen(turn=turn, standings=self._watch.standing(given.now_ms))

    def _put(self, changes: Sequence[tuple[WatchKey, Mapping[str, object]]]) -> dict[WatchKey, AlertState]:
        """Let the watch know what the person did."""
        if not changes:
            return {}
        states = dict(self._watch.states)
        put: dict[WatchKey, AlertState] = {}
        for key, change in changes:
            if key in states:
                states[key] = put[key] = replace(states[key], **change)  # type: ignore[arg-type]
        self._watch.put(put)
        return put

    def _facts(self, given: Given) -> Facts:
        books = given.books
        held = [books.token(key) for key in books.keys(None) if books.position(key, None).quantity]
        self._read_lines(given, held)
        self._lines.note(given.quotes, held)
        self._value(given)
        return Facts(
            now_ms=given.now_ms,
            local=local_moment(given.now_ms),
            views=dict(self._views),
            quotes=given.quotes,
            perpetuals=given.perpetuals,
            explained=given.explained,
            health=given.health,
            prices=self._lines.underlyings(given.now_ms),
            token_prices=self._lines.tokens(),
            settled=self._settled,
            doubts=given.doubts,
            watching_since_ms=self._since_ms,
        )

    def _value(self, given: Given) -> None:
        """Value the portfolios that rules are for; a holding whose quote is the same stays the same."""
        known = {portfolio.id for portfolio in given.books.portfolios}
        wanted = {rule.scope.portfolio_id for rule in self._rules.values()} & (known | {None}) | {None}
        if given.books is not self._books:
            self._books = given.books
            self._valuations, self._views = {}, {}
        changed = [key for key, quote in given.quotes.items() if quote is not self._quotes.get(key)]
        self._quotes = given.quotes
        for one in wanted:
            if one in self._views:
                if changed:
                    view = self._views[one]
                    self._views[one] = self._valuations[one].update(view, given.quotes, changed, given.now_ms)
                continue
            self._valuations[one] = Valuation(given.books, one)
            self._views[one] = self._valuations[one].view(given.quotes, given.now_ms)
        for one in self._views.keys() - wanted:
            del self._views[one], self._valuations[one]

    def _read_lines(self, given: Given, held: Sequence[LeveragedToken]) -> None:
        """Take up stored bars and settlements now and then, and when the books are others."""
        last_ms, now_ms = self._lines_ms, given.now_ms
        every_ms = again_after_ms(now_ms - self._since_ms)
        if given.books is self._books and last_ms is not None and 0 <= now_ms - last_ms < every_ms:
            return
        self._lines_ms = now_ms
        for token in held:
            sources = given.sources[token.key]
            self._lines.read_underlying(token.underlying, sources.underlying, now_ms)
            self._lines.read_token(token, sources, given.books.transactions(token.key, None), now_ms)
            venue, instrument = token.hedge
            if instrument:
                points = self._market.read_funding(venue, instrument, now_ms - _FUNDING_MS, now_ms)
                self._settled[token.hedge] = points


def again_after_ms(running_ms: int) -> int:
    """How long what is read from stored histories is good for: less while they are still being fetched."""
    return _SETTLING_EVERY_MS if running_ms < SETTLING_MS else _LATER_EVERY_MS


# -- for the screen ------------------------------------------------------------------------------------------------


def alerts_view(
    standings: Sequence[Standing],
    rules: Iterable[AlertRule],
    told: Mapping[WatchKey, StoredEvent],
    muted: Mapping[str, int | None],
    now_ms: int,
) -> AlertsView:
    """How the alerts stand, for the window.

    Args:
        standings: where each rule stands at each target.
        rules: all of them.
        told: what was last said when a rule fired at a target.
        muted: silent targets.
        now_ms: the moment.
    """
    by_rule: dict[int, list[Standing]] = {}
    for each in standings:
        by_rule.setdefault(each.key.rule_id, []).append(each)
    firing = tuple(
        _firing(each, told.get(each.key), muted, now_ms) for each in standings if each.state.phase is AlertPhase.FIRING
    )
    return AlertsView(
        as_of_ms=now_ms,
        firing=by_gravity(firing),
        rules=tuple(_standing(rule, by_rule.get(rule.id, ())) for rule in rules),
        muted={target: until_ms for target, until_ms in muted.items() if is_muted(muted, target, now_ms)},
    )


def _firing(each: Standing, told: StoredEvent | None, muted: Mapping[str, int | None], now_ms: int) -> FiringAlert:
    event: AlertEvent | None = None if told is None else told.event
    words = " ".join(reading.words for reading in each.readings if reading.words)
    advice = next((reading.advice for reading in each.readings if reading.advice), "")
    name = rule_name(each.rule)
    return FiringAlert(
        key=each.key,
        event_id=0 if told is None else told.id,
        rule=name,
        kind=each.rule.kind,
        severity=each.rule.severity,
        token=scope_from_text(each.key.target).key,
        since_ms=each.state.fired_ms or each.state.since_ms,
        message=(event.message if event is not None else words) or name,
        advice=event.advice if event is not None else advice,
        why_not=each.why_not,
        acknowledged=each.state.acknowledged,
        snoozed_until_ms=each.state.snoozed_until_ms,
        is_muted=is_muted(muted, each.key.target, now_ms),
    )


def _standing(rule: AlertRule, standings: Sequence[Standing]) -> RuleStanding:
    phases = [each.state.phase for each in standings]
    blind = [each for each in standings if each.state.phase is AlertPhase.CANNOT_TELL]
    return RuleStanding(
        rule=rule,
        name=rule_name(rule),
        firing=phases.count(AlertPhase.FIRING),
        waiting=phases.count(AlertPhase.PENDING),
        blind=len(blind),
        why_not=blind[0].why_not if blind else "",
        fired_ms=max((each.state.fired_ms for each in standings if each.state.fired_ms is not None), default=None),
        asleep=bool(phases) and all(phase is AlertPhase.SLEEPING for phase in phases),
    )
