"""Rules tried on what is stored: when would they have fired, as if everything held now had been held throughout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from levdesk.app.explain_gather import LiveFigures, gather_input
from levdesk.app.watch_facts import local_moment
from levdesk.domain.alerts import AlertRule, AlertScope, LocalMoment, ScopeKind
from levdesk.domain.errors import LevdeskError, UserError
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.market import TokenQuote
from levdesk.domain.money import divide
from levdesk.services.alert_view import TRIAL_DAYS, RuleTrial
from levdesk.services.books import Books
from levdesk.services.history_sources import HistorySources
from levdesk.services.ports import MarketStore

if TYPE_CHECKING:
    from levdesk.app.alert_desk import AlertDesk
    from levdesk.runtime.jobs import JobControl  # Qt, which `levdesk alerts test` does without
    from levdesk.services.alert_trial import TrialHistory

STEP_MS: Final = 30 * 60_000
"""Stored bars are of an hour mostly; twice that fine is as fine as they tell."""

_DAY_MS: Final = 86_400_000


class AlertTrials:
    """Tries one rule at a time; the last one asked about counts."""

    def __init__(self, desk: AlertDesk) -> None:
        """Try for a desk."""
        self._desk = desk
        self._job = 0

    def try_rule(self, rule: AlertRule) -> None:
        """See what a rule would have done; answered by `tried`."""
        desk, engine = self._desk, self._desk.engine
        market, now_ms = engine.house.stores.market, engine.house.clock.now_ms()
        books, portfolio_id = engine.books, rule.scope.portfolio_id
        tokens = [
            token
            for key in books.keys(portfolio_id)
            if books.position(key, portfolio_id).quantity and is_meant(rule.scope, token := books.token(key))
        ]
        sources = {token.key: engine.market.sources(token) for token in tokens}
        quotes = dict(engine.market.quotes)

        def work(control: JobControl) -> RuleTrial:
            from levdesk.services.alert_trial import try_rule  # late: numpy

            histories: list[TrialHistory] = []
            for token in tokens:
                known = (sources[token.key], quotes.get(token.key))
                histories.append(trial_history(market, books, token, portfolio_id, known, now_ms))
            tried = replace(rule, scope=AlertScope()) if rule.scope.kind is ScopeKind.PORTFOLIO else rule
            told = [history for history in histories if begins_ms(history) is not None]
            local_of = _watched(control, now_ms)
            result = try_rule(tried, told, now_ms=now_ms, days=TRIAL_DAYS, step_ms=STEP_MS, local_of=local_of)
            return RuleTrial(
                rule=rule,
                from_ms=result.from_ms,
                until_ms=result.until_ms,
                moments=tuple((each.ts_ms, each.target, each.message) for each in result.moments),
                words=result.words,
                cannot=() if result.cannot else gaps(histories, result.from_ms),
            )

        def failed(error: LevdeskError) -> None:
            from_ms = now_ms - TRIAL_DAYS * _DAY_MS
            words = f"It could not be tried on history: {error.message}"
            desk.signals.tried.emit(RuleTrial(rule=rule, from_ms=from_ms, until_ms=now_ms, words=words))

        engine.runner.cancel(self._job)
        self._job = engine.runner.run("Trying the rule", work, desk.signals.tried.emit, failed)


def _watched(control: JobControl, until_ms: int) -> Callable[[int], LocalMoment]:
    """The wall clock for a trial: asked at every moment of it, so it can tell how far the trial is, and end it.

    Raises (when asked):
        UserError: the person has asked about another rule meanwhile.
    """
    length_ms = TRIAL_DAYS * _DAY_MS

    def local_of(ts_ms: int) -> LocalMoment:
        if control.cancelled:
            raise UserError("The trial was given up.")
        control.progress(1.0 - (until_ms - ts_ms) / length_ms)
        return local_moment(ts_ms)

    return local_of


def is_meant(scope: AlertScope, token: LeveragedToken) -> bool:
    """Whether a rule of that scope looks at a token."""
    match scope.kind:
        case ScopeKind.TOKEN:
            return token.key == scope.key
        case ScopeKind.UNDERLYING:
            return token.underlying == scope.underlying
        case ScopeKind.VENUE:
            return token.key.venue == scope.venue
        case _:
            return True


def begins_ms(history: TrialHistory) -> int | None:
    """When the stored bars of its underlying begin; None when there are none."""
    moments = [series.candles[0].ts_ms for series in history.underlying if series.candles]
    return min(moments, default=None)


def gaps(histories: Sequence[TrialHistory], from_ms: int) -> tuple[str, ...]:
    """What of the stretch is not stored, a sentence for each underlying."""
    found: dict[str, str] = {}
    for history in histories:
        first_ms, name = begins_ms(history), history.token.underlying
        if first_ms is None:
            found[name] = f"No price history of {name} is stored yet."
        elif first_ms > from_ms + _DAY_MS:
            day = datetime.fromtimestamp(first_ms / 1000, tz=UTC).date()
            found[name] = f"The stored history of {name} begins on {day.isoformat()}."
    return tuple(found.values())


def trial_history(
    market: MarketStore,
    books: Books,
    token: LeveragedToken,
    portfolio_id: int | None,
    known: tuple[HistorySources, TokenQuote | None],
    now_ms: int,
) -> TrialHistory:
    """What is stored of a token held, for a trial.

    Args:
        market: the stored market data.
        books: everything entered.
        token: the token, with its dated rules.
        portfolio_id: the portfolio meant, None for all together.
        known: whose bars tell its past, and its last figures.
        now_ms: the end of the trial.
    """
    from levdesk.services.alert_trial import TrialHistory  # late: numpy

    sources, quote = known
    figures = LiveFigures(quote, None)
    given = gather_input(market, books, token, portfolio_id, figures=figures, sources=sources, now_ms=now_ms)
    position = books.position(token.key, portfolio_id)
    nav_now = None
    if quote is not None and quote.nav is not None and quote.nav_ts_ms is not None:
        nav_now = (quote.nav_ts_ms, float(quote.nav))
    rows = books.transactions(token.key, portfolio_id)
    return TrialHistory(
        token=token,
        underlying=given.underlying,
        funding=given.funding,
        observed=given.observed,
        token_candles=given.token_candles,
        nav_now=nav_now,
        units=position.quantity,
        bought_ms=rows[0].draft.time_ms if rows else None,
        average_cost=None if position.cost_basis is None else divide(position.cost_basis, position.quantity),
    )
