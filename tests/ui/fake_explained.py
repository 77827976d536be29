"""Explanations for the fake desk: figures that hang together, worked out roughly but adding up to the last digit.

This is not the engine (that is `levdesk.services.explain*`, tested elsewhere): shares are invented, sums are true.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import numpy as np

from levdesk.domain.instruments import TokenKey
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import INCOMING, Transaction, TransactionType
from levdesk.services.explain_sums import sum_attributions
from levdesk.services.explained import CostsView, ExplainedHolding, ExplainedPortfolio, MarketReading, PerformanceView
from levdesk.services.explained_lots import LotView
from levdesk.services.explained_outlook import OutlookAssumptions, OutlookView
from levdesk.services.explained_rebalance import RebalanceEvent, RebalanceView, TriggerView
from levdesk.services.explained_split import AttributionView, Term, TermView
from levdesk.services.explained_taken import TakenSeries
from levdesk.services.views import HoldingView, PortfolioView
from tests.ui.fake_books import DAY_MS, HOUR_MS, NOW_MS

UNDERLYINGS = {
    # price, move since the first purchase, volatility per day
    "BTC": (91_235.0, 0.004, 0.034),
    "ETH": (3_012.4, -0.021, 0.044),
    "SOL": (141.20, -0.034, 0.052),
    "DOGE": (0.1624, -0.012, 0.061),
    "LINK": (13.872, 0.026, 0.049),
    "ADA": (0.4417, -0.31, 0.058),
}
CENT = Decimal("0.01")
_COST_TERMS = (Term.FUNDING, Term.MANAGEMENT_FEE, Term.REBALANCE_COST, Term.TRADING_FEES)


def explained(
    holding: HoldingView,
    rows: Iterable[Transaction],
    now_ms: int = NOW_MS,
    assumptions: OutlookAssumptions | None = None,
) -> ExplainedHolding:
    """Everything about one holding, or why it cannot be told."""
    key, market = holding.token.key, UNDERLYINGS[holding.token.underlying]
    if holding.market_value is None:
        return nothing(key, holding.portfolio_id, f"{key.symbol} has no price, so nothing can be worked out.", now_ms)
    rows = tuple(rows)
    split = attribution(holding, rows, market[1])
    outlook = None if not holding.quantity else outlook_of(holding, market[2], assumptions or OutlookAssumptions())
    return ExplainedHolding(
        key=key,
        portfolio_id=holding.portfolio_id,
        as_of_ms=now_ms,
        attribution=split,
        rebalance=rebalance(holding, market, now_ms) if holding.quantity else None,
        costs=costs(holding, split, market[2]),
        outlook=outlook,
        market=MarketReading(
            volatility_year=(("Close to close", market[2] * math.sqrt(365)),),
            volatility_day=market[2],
            efficiency_ratio=0.08,
            variance_ratio=0.81,
            words="choppy: it went nowhere in large steps",
            history_days=180.0,
        ),
        performance=PerformanceView(
            twr_ratio=float(split.total_ratio or 0) * 1.04, irr_year=-0.62, max_drawdown_ratio=-0.341
        ),
        lots=lots_of(split, rows),
        problems=("3 hours of BTC candles are missing on 4 November; they count as unchanged.",)
        if key.symbol == "BTC3L"
        else (),
    )


def nothing(key: TokenKey, portfolio_id: int | None, problem: str, now_ms: int = NOW_MS) -> ExplainedHolding:
    """An explanation that could not be made."""
    return ExplainedHolding(
        key=key,
        portfolio_id=portfolio_id,
        as_of_ms=now_ms,
        attribution=None,
        rebalance=None,
        costs=None,
        outlook=None,
        market=None,
        performance=None,
        problems=(problem,),
    )


def _flows(rows: Iterable[Transaction]) -> tuple[Decimal, Decimal]:
    """Money put in, and money taken out."""
    put_in = taken = ZERO
    for row in rows:
        draft = row.draft
        money = (draft.quantity or ZERO) * (draft.price or ZERO)
        fee = ZERO if draft.fee_in_token else draft.fee
        if draft.type is TransactionType.SETTLE:
            taken += Decimal(5000) * (draft.price or ZERO)
        elif draft.type in INCOMING:
            put_in += money + fee
        elif draft.type is not TransactionType.MERGE:
            taken += money - fee
    return put_in, taken


def attribution(holding: HoldingView, rows: Iterable[Transaction], move: float) -> AttributionView:
    """A split in which decay is the largest loss, and what is left is unexplained."""
    rows = tuple(rows)
    put_in, taken = _flows(rows)
    worth = holding.market_value or ZERO
    total = worth - (put_in - taken)
    leverage = holding.token.target_leverage

    def share(ratio: float) -> Decimal:
        return (put_in * Decimal(repr(round(ratio, 6)))).quantize(CENT)

    parts = {
        Term.LEVERAGED_MOVE: share(float(leverage) * math.log1p(move)),
        Term.LEVERAGE_DRIFT: share(0.0054),
        Term.VOLATILITY_DECAY: share(-0.0084 * abs(float(leverage)) ** 1.9),
        Term.FUNDING: ZERO if holding.token.key.venue == "gate" else share(-0.006),
        Term.MANAGEMENT_FEE: share(-0.0283),
        Term.REBALANCE_COST: share(-0.009),
        Term.PREMIUM_CHANGE: share(-0.0067),
        Term.TRADING_FEES: -holding.fees_paid.quantize(CENT),
    }
    parts[Term.RESIDUAL] = total - sum(parts.values(), ZERO)
    terms = tuple(TermView(term, parts[term], float(parts[term] / put_in)) for term in Term)
    compounding, decay = 0.0061, float(parts[Term.VOLATILITY_DECAY] / put_in)
    side = "below" if total < 0 else "above"
    symbol, base = holding.token.key.symbol, holding.token.underlying
    return AttributionView(
        terms=terms,
        total=total,
        total_ratio=float(total / put_in),
        paid=put_in - taken,
        worth=worth,
        since_ms=rows[0].draft.time_ms,
        underlying_ratio=move,
        plain_ratio=float(leverage) * move,
        compounding=compounding,
        decay=decay,
        reset_helped_ratio=math.expm1(compounding + decay),
        rebalances=23,
        observed=9,
        assumed=holding.rule_assumed,
        sentence=(
            f"Your {symbol} is {abs(total):,.2f} USDT {side} what you paid since 11 October: {leverage:f}× {base} "
            f"({base} {move * 100:+.1f} %) made {parts[Term.LEVERAGED_MOVE]:+,.2f}; volatility decay took "
            f"{abs(parts[Term.VOLATILITY_DECAY]):,.2f} and fees and funding "
            f"{abs(_cost(parts)):,.2f}; {parts[Term.RESIDUAL]:+,.2f} is unexplained."
        ).replace("-", "−"),
        put_in=put_in,
    )


def lots_of(split: AttributionView, rows: Iterable[Transaction]) -> tuple[LotView, ...]:
    """The split shared out among the purchases, to the last digit; the last one takes what is left."""
    came = [row.draft for row in rows if row.draft.type in INCOMING]
    lots: list[LotView] = []
    left = {part.term: part.money for part in split.terms}
    for number, draft in enumerate(came, start=1):
        cost = (draft.quantity or ZERO) * (draft.price or ZERO)
        share = cost / split.put_in if number < len(came) else None
        money = {
            part.term: left[part.term] if share is None else (part.money * share).quantize(CENT) for part in split.terms
        }
        left = {term: left[term] - money[term] for term in left}
        total = sum(money.values(), ZERO)
        terms = tuple(TermView(term, money[term], float(money[term] / cost)) for term in Term)
        lots.append(
            LotView(
                acquired_ms=draft.time_ms,
                ended_ms=None,
                units=draft.quantity or ZERO,
                terms=terms,
                total=total,
                total_ratio=float(total / cost),
                rebalances=12,
            )
        )
    return tuple(lots)


def _cost(parts: dict[Term, Decimal]) -> Decimal:
    return -sum((parts[term] for term in _COST_TERMS), ZERO)


def rebalance(holding: HoldingView, market: tuple[float, float, float], now_ms: int) -> RebalanceView:
    """Triggers at the edges of the band, a check at 16:00 UTC, and twenty-three rebalances behind it."""
    target = float(holding.token.target_leverage)
    now = float(holding.effective_leverage or holding.token.target_leverage)
    low, high = float(holding.band_low or 0), float(holding.band_high or 0)
    nav = float(holding.nav or holding.market_price or 1)
    sign = 1.0 if target > 0 else -1.0
    sides = sorted(
        (_trigger(sign * edge, now, target, nav, market) for edge in (low, high)), key=lambda s: s.move_ratio
    )
    day = now_ms - now_ms % DAY_MS
    history = tuple(
        RebalanceEvent(day - number * 3 * DAY_MS // 2 - 8 * HOUR_MS, "band edge" if number % 4 else "scheduled",
                       sign * (high if number % 3 else low), target, number < 9)
        for number in range(23)
    )  # fmt: skip
    return RebalanceView(
        effective_leverage=now,
        target_leverage=target,
        band_low=low,
        band_high=high,
        lower=sides[0],
        upper=sides[1],
        next_scheduled_ms=day + 16 * HOUR_MS,
        scheduled_acts_now=False,
        rule=f"back to {target:g}×: at once outside {low:g}–{high:g}×, rule since 1 December 2025".replace("-", "−"),
        source="Gate help page, 2025-12-01",
        assumed=holding.rule_assumed,
        crash_ratio=0.3 * -sign,
        crash_triggers=3,
        crash_nav_ratio=-0.74,
        last_ms=history[0].ts_ms,
        history=history,
        chance_24h=min(0.95, (sides[0].chance_24h or 0) + (sides[1].chance_24h or 0)),
        summary="A move of that size happens about once in a hundred days.",
    )


def _trigger(edge: float, now: float, target: float, nav: float, market: tuple[float, float, float]) -> TriggerView:
    price, _, volatility = market
    move = (edge - now) / (now * (1 - edge))  # from l' = l (1 + m) / (1 + l m)
    ratio = now * move
    sigmas = abs(move) / volatility
    return TriggerView(
        price=price * (1 + move),
        move_ratio=move,
        leverage=edge,
        nav=nav * (1 + ratio),
        nav_ratio=ratio,
        traded_ratio=target - edge,
        sigmas=sigmas,
        chance_1h=math.erfc(sigmas * math.sqrt(24) / math.sqrt(2)),
        chance_24h=math.erfc(sigmas / math.sqrt(2)),
        rule=f"At once at {abs(edge):g}×.",
    )


def costs(holding: HoldingView, split: AttributionView, volatility: float) -> CostsView:
    """Paid so far from the split; per day from today's value."""
    value, leverage = holding.market_value or ZERO, float(holding.token.target_leverage)
    fee = (value * Decimal("0.001")).quantize(CENT)
    decay = (value * Decimal(repr(round(leverage * (leverage - 1) / 2 * volatility**2, 8)))).quantize(CENT)
    inside = holding.token.key.venue == "gate"
    funding = ZERO if inside else (value * Decimal("-0.0002")).quantize(CENT)
    day = fee + decay + funding
    bid = (holding.market_price or ZERO) * Decimal("0.9995") * Decimal("0.998")
    sell = (holding.quantity * bid).quantize(CENT)
    redeem = (holding.quantity * (holding.nav or ZERO) * Decimal("0.999")).quantize(CENT)
    return CostsView(
        paid=-sum((split.money(term) for term in _COST_TERMS), ZERO),
        paid_management=-split.money(Term.MANAGEMENT_FEE),
        paid_funding=-split.money(Term.FUNDING),
        paid_rebalance=-split.money(Term.REBALANCE_COST),
        paid_trading=-split.money(Term.TRADING_FEES),
        per_day=day,
        per_day_fee=fee,
        per_day_funding=funding,
        per_day_decay=decay,
        per_month=30 * day,
        fee_per_day_ratio=0.001,
        funding_8h_ratio=None if inside else -0.00006,
        funding_inside=inside,
        breakeven_move_ratio=math.copysign(0.062, leverage),
        half_life_days=159.0,
        horizon_days=30,
        sell_money=sell,
        redeem_money=redeem,
        better="sell" if sell > redeem else "redeem",
        assumed=holding.rule_assumed,
        summary=f"A month of holding costs {30 * day:,.2f} USDT at today's rates and volatility.",
    )  # fmt: skip


def outlook_of(holding: HoldingView, volatility: float, wanted: OutlookAssumptions) -> OutlookView:
    """A lognormal fan; the simulation is pretended to differ a little from the formula."""
    leverage = float(holding.token.target_leverage)
    sigma = wanted.volatility_per_day if wanted.volatility_per_day is not None else volatility
    fee = wanted.fee_per_day_ratio if wanted.fee_per_day_ratio is not None else 0.001
    used = replace(
        wanted,
        volatility_per_day=sigma,
        fee_per_day_ratio=fee,
        funding_8h_ratio=wanted.funding_8h_ratio or 0.0,
        history_days=180,
        rule="back to its target outside its band",
    )
    drift = leverage * wanted.drift_per_day - leverage * (leverage - 1) / 2 * sigma**2 - leverage * 0.0 - fee
    width = abs(leverage) * sigma
    days = tuple(float(day) for day in range(wanted.horizon_days + 1))
    levels = ((0.05, -1.645), (0.25, -0.674), (0.5, 0.0), (0.75, 0.674), (0.95, 1.645))
    log_mean = drift - width**2 / 2 + leverage * (leverage - 1) / 2 * sigma**2
    quantiles = tuple(
        (level, tuple(math.exp(log_mean * day + z * width * math.sqrt(day)) for day in days)) for level, z in levels
    )
    end = days[-1]
    median = math.exp(log_mean * end) - 1
    mean = math.exp((log_mean + width**2 / 2) * end) - 1
    spread = width * math.sqrt(end)
    loss = _normal(-log_mean * end / spread)
    return OutlookView(
        assumptions=used,
        loss_probability=loss + 0.004,
        halved_probability=_normal((math.log(0.5) - log_mean * end) / spread),
        median_ratio=median,
        mean_ratio=mean,
        closed_loss_probability=loss,
        closed_median_ratio=median - 0.003,
        closed_mean_ratio=mean + 0.002,
        days=days,
        quantiles=quantiles,
        summary=(
            f"After {wanted.horizon_days} days half of all simulated outcomes lie below {median * 100:+.0f} %; "
            f"{loss * 100:.0f} % end below today's value."
        ).replace("-", "−"),
    )


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def portfolio(
    view: PortfolioView | None, holdings: Iterable[ExplainedHolding], portfolio_id: int | None, now_ms: int = NOW_MS
) -> ExplainedPortfolio:
    """The sums over those that could be explained."""
    told = tuple(holdings)
    splits = [each.attribution for each in told if each.attribution is not None]
    paid = [each.costs.paid for each in told if each.costs is not None and each.costs.paid is not None]
    daily = [each.costs.per_day for each in told if each.costs is not None and each.costs.per_day is not None]
    named = [(each, each.attribution) for each in told if each.attribution is not None]
    bases = {} if view is None else {row.token.key: row.token.underlying for row in view.holdings}
    return ExplainedPortfolio(
        portfolio_id=portfolio_id,
        as_of_ms=now_ms,
        holdings=told,
        decay=sum((split.money(Term.VOLATILITY_DECAY) for split in splits), ZERO) if splits else None,
        fees_and_funding=sum(paid, ZERO) if paid else None,
        cost_per_day=sum(daily, ZERO) if daily else None,
        explained=len(splits),
        held=0 if view is None else len(view.holdings),
        attribution=_together("Your holdings", splits),
        performance=PerformanceView(twr_ratio=-0.112, irr_year=-0.48, max_drawdown_ratio=-0.271),
        underlyings=_grouped([(bases[each.key], split) for each, split in named]),
        taken=taken(splits, now_ms),
        venues=_grouped([(each.key.venue, split) for each, split in named]),
    )


def taken(splits: list[AttributionView], now_ms: int) -> TakenSeries | None:
    """What decay and fees took, growing to what the splits say today."""
    if not splits:
        return None
    times = np.linspace(min(split.since_ms or now_ms for split in splits), now_ms, 60) / 1000.0
    share = np.linspace(0.0, 1.0, 60)
    decay = -float(sum((split.money(Term.VOLATILITY_DECAY) for split in splits), ZERO))
    fees = -float(sum((split.money(term) for split in splits for term in _COST_TERMS), ZERO))
    return TakenSeries(times_s=times, decay=decay * share**1.3, fees=fees * share, partial=False)


def _grouped(named: list[tuple[str, AttributionView]]) -> tuple[tuple[str, AttributionView], ...]:
    groups = {name: [split for other, split in named if other == name] for name, _ in named}
    found = ((name, _together(f"Your {name} tokens", groups[name])) for name in sorted(groups))
    return tuple((name, split) for name, split in found if split is not None)


def _together(subject: str, splits: list[AttributionView]) -> AttributionView | None:
    total = sum_attributions(splits)
    if total is None:
        return None
    side = "below" if total.total < 0 else "above"
    sentence = f"{subject} are {abs(total.total):,.2f} USDT {side} what you paid since 22 September."
    return replace(total, sentence=sentence)
