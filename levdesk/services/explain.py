"""Everything the program can say of one holding, out of what is known: pure, and whole whatever is missing.

A part that cannot be told is None and `problems` says why; bad rows of data are left out, never raised. Imports numpy;
import late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.market import market_price
from levdesk.services.explain_attribution import Attributed, attribute
from levdesk.services.explain_costs import CostsInput, Rates, costs_view, day_rates
from levdesk.services.explain_implied import traded_prices
from levdesk.services.explain_input import ExplainInput, observed_in
from levdesk.services.explain_lots import Holding, match_lots
from levdesk.services.explain_market import PriceHistory, even_history, read_market
from levdesk.services.explain_navs import KnownNavs, nav_moments, priced_moment
from levdesk.services.explain_outlook import OutlookInput, outlook_view
from levdesk.services.explain_past import observed_moments, read_past
from levdesk.services.explain_performance import HeldPrices, held_prices, holding_performance
from levdesk.services.explain_rebalance import basket_now, rebalance_view
from levdesk.services.explain_rows import TokenPast
from levdesk.services.explain_rules import DatedRules, dated_rules
from levdesk.services.explain_tape import make_tape
from levdesk.services.explain_terms import PastTerms
from levdesk.services.explain_words import EVENT_WORDS, day
from levdesk.services.explained import ExplainedHolding, MarketReading
from levdesk.services.explained_lots import LotView
from levdesk.services.explained_outlook import OutlookView
from levdesk.services.explained_rebalance import RebalanceEvent, RebalanceView

_SAME_MOMENT_MS = 600_000
_MOST_EVENTS = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """An explained holding with what it was worked out from, for sums and lots.

    Attributes:
        token: what is held.
        view: for the screen.
        attributed: its split, None while it cannot be told.
        held: its rows and price, for the performance of several.
        past: what the token did.
    """

    token: LeveragedToken
    view: ExplainedHolding
    attributed: Attributed | None
    held: HeldPrices
    past: TokenPast | None

    def lots(self) -> tuple[LotView, ...]:
        """The split lot by lot."""
        return () if self.attributed is None else self.attributed.lots()


def explain_holding(given: ExplainInput) -> ExplainedHolding:
    """Everything the inspector says of one holding."""
    return explain(given).view


def explain_lots(given: ExplainInput) -> tuple[LotView, ...]:
    """A holding's split lot by lot; nothing while it cannot be told."""
    return explain(given, outlook=False).lots()


def explain(given: ExplainInput, *, outlook: bool = True) -> Explanation:
    """Explain one holding; without `outlook`, for sums, no futures are simulated and lots are left to `lots`."""
    problems: list[str] = []
    priced = market_price(given.quote)
    holding = match_lots(given.rows, None if priced is None else priced.price)
    rules = dated_rules(given.token)
    held = held_prices(given, holding)
    if rules is None:
        problems.append(f"The target leverage of {given.token.key.symbol} is not known, so nothing can be explained.")
        view = ExplainedHolding(
            key=given.token.key, portfolio_id=given.portfolio_id, as_of_ms=given.now_ms, problems=tuple(problems)
        )
        return Explanation(token=given.token, view=view, attributed=None, held=held, past=None)
    history = even_history(given.underlying)
    period = rules.period_at(given.now_ms)
    market = read_market(given.token.underlying, history, period.rule.clock_utc_s)
    past = _past(given, rules, problems)
    attributed = _attribution(given, holding, rules, past, problems)
    rates = day_rates(
        period,
        given.funding,
        given.perpetual,
        None if market is None else market.volatility_day,
        None if market is None else market.clock_volatility_day,
    )
    open_now = bool(holding.position.quantity)
    view = ExplainedHolding(
        key=given.token.key,
        portfolio_id=given.portfolio_id,
        as_of_ms=given.now_ms,
        attribution=None if attributed is None else attributed.view,
        rebalance=_rebalance(given, rules, market, past) if open_now else None,
        costs=costs_view(
            CostsInput(
                attribution=None if attributed is None else attributed.view,
                fees_paid=holding.position.fees_paid,
                rates=rates,
                quantity=holding.position.quantity,
                quote=given.quote,
                fees=period.stated_fees,
                currency=given.token.quote_currency,
                horizon_days=given.outlook.horizon_days,
            )
        ),
        outlook=_outlook(given, rules, rates, history, market, problems) if open_now and outlook else None,
        market=market,
        performance=holding_performance(held),
        lots=attributed.lots() if attributed is not None and outlook else (),
        problems=(*problems, *_known_gaps(given, rules, market)),
    )
    return Explanation(token=given.token, view=view, attributed=attributed, held=held, past=past)


# -- parts -------------------------------------------------------------------------------------------------------


def _past(given: ExplainInput, rules: DatedRules, problems: list[str]) -> TokenPast | None:
    """The token run over everything known of its underlying."""
    observed = (*given.observed, *observed_in(given.quote))
    moments = {
        *(draft.time_ms for draft in given.drafts),
        *nav_moments(given),
        *observed_moments(observed),
        *rules.changes_ms,
        priced_moment(given),
    }
    tape = make_tape(given.underlying, _live(given), moments)
    try:
        past = read_past(tape, rules, given.funding, observed, traded_prices(given.token_candles))
    except SettingInvalid as error:
        problems.append(f"The past of {given.token.key.symbol} cannot be rebuilt: {error.message}")
        return None
    if past is not None:
        cuts = int(past.cuts.sum())
        if cuts:
            times = "once" if cuts == 1 else f"on {cuts} occasions"
            problems.append(
                f"The price of {given.token.key.symbol} showed {times} another leverage than its rule gives;"
                " from there the price was followed."
            )
        problems += [
            f"By its rule {given.token.key.symbol} would have lost everything on {day(ts_ms, given.now_ms)};"
            " what it did then is unexplained."
            for ts_ms in past.wiped_out_ms
        ]
    return past


def _live(given: ExplainInput) -> tuple[int, float] | None:
    """The underlying's price now; moved to the moment of the token's price where the two are of one moment."""
    quote = given.quote
    if quote is None or quote.underlying_price is None or quote.underlying_ts_ms is None:
        return None
    told_ms = min(quote.underlying_ts_ms, given.now_ms)
    priced_ms = priced_moment(given)
    same = abs(priced_ms - told_ms) <= _SAME_MOMENT_MS
    return (priced_ms if same else told_ms), float(quote.underlying_price)


def _attribution(
    given: ExplainInput, holding: Holding, rules: DatedRules, past: TokenPast | None, problems: list[str]
) -> Attributed | None:
    symbol, underlying = given.token.key.symbol, given.token.underlying
    if given.first_ms is None:
        return None
    if holding.total is None:
        missing = "price" if holding.market_value is None else "cost"
        problems.append(f"The {missing} of {symbol} is not known, so its result cannot be split.")
        return None
    last_ms = given.now_ms if holding.position.quantity else holding.last_ms or given.now_ms
    if past is None or past.ts_ms[-1] <= given.first_ms or past.ts_ms[0] >= last_ms:
        problems.append(f"There is no price history of {underlying} yet; it is fetched when the venue answers.")
        return None
    found = attribute(given, holding, PastTerms(past, rules), rules, KnownNavs(given, past))
    if found is not None and found.unknown_ms > _SAME_MOMENT_MS:
        days = found.unknown_ms / 86_400_000
        length = f"{days:.0f} days" if days >= 1.5 else f"{max(days * 24, 1):.0f} hours"
        problems.append(
            f"There is no price history of {underlying} for {length} of the time;"
            " what happened then is in the unexplained part."
        )
    return found


def _rebalance(
    given: ExplainInput, rules: DatedRules, market: MarketReading | None, past: TokenPast | None
) -> RebalanceView:
    return rebalance_view(
        given.token.underlying,
        rules,
        given.quote,
        given.now_ms,
        volatility_day=None if market is None else market.volatility_day,
        history=() if past is None else _events(past, given.first_ms),
    )


def _events(past: TokenPast, first_ms: int | None) -> Sequence[RebalanceEvent]:
    """Rebalances since the first row, newest first."""
    rows = [row for row in sorted(past.kinds, reverse=True) if first_ms is None or past.ts_ms[row] >= first_ms]
    return tuple(
        RebalanceEvent(
            ts_ms=int(past.ts_ms[row]),
            kind=EVENT_WORDS[past.kinds[row]],
            leverage_before=past.leverage_before(row),
            leverage_after=float(past.target[row]),
            observed=bool(past.observed[row]),
        )
        for row in rows[:_MOST_EVENTS]
    )


def _outlook(
    given: ExplainInput,
    rules: DatedRules,
    rates: Rates,
    history: PriceHistory | None,
    market: MarketReading | None,
    problems: list[str],
) -> OutlookView | None:
    period = rules.period_at(given.now_ms)
    state, _ = basket_now(given.quote, period.rule)
    try:
        return outlook_view(
            OutlookInput(
                period=period,
                rates=rates,
                state=state,
                history=history,
                volatility_day=None if market is None else market.volatility_day,
                wanted=given.outlook,
                now_ms=given.now_ms,
            )
        )
    except SettingInvalid as error:
        problems.append(f"The outlook cannot be worked out: {error.message}")
        return None


def _known_gaps(given: ExplainInput, rules: DatedRules, market: MarketReading | None) -> Iterable[str]:
    """What the figures lack besides history."""
    symbol, period = given.token.key.symbol, rules.period_at(given.now_ms)
    if not period.usable:
        yield f"No usable rebalance rule of {symbol} is known; a daily reset at 00:00 UTC stands in."
    fees = period.stated_fees
    if fees is None or fees.management_per_day_ratio is None:
        yield f"The management fee of {symbol} is not known."
    if market is None:
        yield f"There is too little price history of {given.token.underlying} to measure its volatility."
