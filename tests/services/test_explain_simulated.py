"""Tokens of the simulated market follow the same rules as the explanation: little may be left unexplained."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from levdesk.domain.instruments import FeeSchedule, LeveragedToken, TokenKey
from levdesk.domain.market import Candle, FundingPoint, NavSource, TokenQuote
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType
from levdesk.services.explain import Explanation, explain
from levdesk.services.explain_input import CandleSeries, ExplainInput, PortfolioRows
from levdesk.services.explain_sums import explain_portfolio
from levdesk.services.explained_split import Term
from levdesk.services.registry import Registry, read_registry
from levdesk.simulator.candles import bars
from levdesk.simulator.demo import demo_market
from levdesk.simulator.demo_story import DemoStory, demo_story
from levdesk.simulator.funding import INTERVAL_MS
from levdesk.simulator.listing import STANDARD, CompleteToken, seeded_market
from levdesk.simulator.market import Market, SpotPair
from levdesk.simulator.series import Series
from tests.conftest import PROJECT
from tests.services.explaining import DAILY, DAY, FEES, HOUR
from tests.simulator.moments import ANCHOR_MS


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry(json.loads((PROJECT / "resources" / "registry.json").read_bytes()))


@pytest.fixture(scope="module")
def market(registry: Registry) -> Market:
    return demo_market(registry.complete_token, anchor_ms=ANCHOR_MS)


@pytest.fixture(scope="module")
def story(market: Market, registry: Registry) -> DemoStory:
    return demo_story(market, STANDARD, registry.complete_token)


def series(of: Series, start_ms: int, interval_s: int = 3600) -> CandleSeries:
    made = bars(of, interval_s * 1000, start_ms, ANCHOR_MS, ANCHOR_MS)
    columns = (made.start_ms, made.open, made.high, made.low, made.close, made.closed)
    return CandleSeries(
        interval_s=interval_s,
        candles=[
            Candle(int(ts), float(o), float(h), float(low), float(c), 1.0, bool(closed))
            for ts, o, h, low, c, closed in zip(*columns, strict=True)
        ],
    )


def decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def quote(pair: SpotPair, *, at_nav: bool = False) -> TokenQuote:
    assert pair.token is not None
    state, prices = pair.token.state_at(ANCHOR_MS), pair.quote(ANCHOR_MS)
    nav = decimal(state.basket.nav)
    return TokenQuote(
        key=TokenKey("gate", pair.spec.base),
        last=nav if at_nav else decimal(prices.last),
        price_ts_ms=ANCHOR_MS,
        nav=nav,
        nav_source=NavSource.VENUE,
        nav_ts_ms=ANCHOR_MS,
        effective_leverage=decimal(state.basket.leverage),
        leverage_ts_ms=ANCHOR_MS,
        rebalance_nav=decimal(state.rebalance_nav),
        rebalance_ms=state.rebalance_ms,
        underlying_price=decimal(state.basket.price),
        underlying_ts_ms=ANCHOR_MS,
    )


def known(market: Market, token: LeveragedToken, rows: list[PortfolioRows], **more: Any) -> ExplainInput:
    pair, perpetual = market.pair(token.pair), market.perpetual(f"{token.underlying}_USDT")
    assert pair is not None
    assert perpetual is not None
    given = ExplainInput(
        token=token,
        portfolio_id=None,
        rows=rows,
        now_ms=ANCHOR_MS,
        quote=quote(pair) if pair.trades(ANCHOR_MS) else None,
        underlying=[series(perpetual.mark, market.start_ms)],
        token_candles=[series(pair.series, market.start_ms)],
    )
    return replace(given, **more)


# -- a daily reset -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("symbol", ["BTC3L", "ETH3S", "BTC5S", "DOGE3S", "XRP2L"])
def test_a_simulated_token_with_a_daily_reset_leaves_less_than_a_thousandth_of_a_cent(symbol: str) -> None:
    """Fee, funding and trading cost included; bought and redeemed at NAV on the hour."""
    complete = with_rule(FEES)
    market = seeded_market(complete, seed=3, anchor_ms=ANCHOR_MS)
    pair = market.pair(f"{symbol}_USDT")
    assert pair is not None
    assert pair.token is not None
    token = complete(next(one for one in STANDARD.tokens if one.symbol == symbol).token)
    token = token._replace(hedge_instrument=f"{token.underlying}_USDT")
    midnight_ms = market.start_ms

    def at(days: float, kind: str, money: float) -> TransactionDraft:
        assert pair is not None
        assert pair.token is not None
        nav = pair.token.price_at(midnight_ms + round(days * DAY))
        units = Decimal(f"{money / nav:.6f}")
        return TransactionDraft(
            time_ms=midnight_ms + round(days * DAY),
            type=TransactionType(kind),
            key=token.key,
            quantity=units,
            price=decimal(nav),
        )

    rows = [at(20, "subscribe", 1000), at(50.25, "subscribe", 500), at(90.5, "redeem", 100), at(130, "subscribe", 300)]
    perpetual = market.perpetual(token.hedge_instrument)
    assert perpetual is not None
    count = perpetual.funding.number_after(ANCHOR_MS)
    rates = perpetual.funding.rates(1, count)
    funding = [FundingPoint(market.start_ms + (n + 1) * INTERVAL_MS, float(rate)) for n, rate in enumerate(rates)]
    found = explain(
        known(
            market,
            token,
            [PortfolioRows(method=CostMethod.FIFO, drafts=rows)],
            funding=funding,
            quote=quote(pair, at_nav=True),
        ),
        outlook=False,
    )
    view = found.view.attribution
    assert view is not None
    assert found.past is not None
    assert not found.past.cuts.any()
    assert abs(view.money(Term.RESIDUAL)) < Decimal("1e-5")
    assert view.money(Term.FUNDING) != 0
    assert view.money(Term.REBALANCE_COST) < 0
    assert view.money(Term.VOLATILITY_DECAY) < 0
    assert view.rebalances == len([ms for ms in pair.token.rebalances(ANCHOR_MS) if ms > rows[0].time_ms])


def with_rule(fees: FeeSchedule) -> CompleteToken:
    """Every token gets the daily rule at its own target, and these fees."""

    def complete(token: LeveragedToken) -> LeveragedToken:
        return token._replace(rules=(replace(DAILY, target_leverage=token.target_leverage),), fees=(fees,))

    return complete


# -- the demo ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def explained(market: Market, story: DemoStory) -> list[Explanation]:
    found = []
    for token in story.tokens:
        rows = [
            PortfolioRows(method=one.cost_method, drafts=[row for row in one.drafts if row.key == token.key])
            for one in story.portfolios
        ]
        found.append(explain(known(market, token, [one for one in rows if one.drafts]), outlook=False))
    return found


def test_every_holding_of_the_demo_is_explained_to_the_last_digit(explained: list[Explanation]) -> None:
    assert len(explained) == 9
    for one in explained:
        view = one.view.attribution
        assert view is not None, one.view.problems
        assert sum((part.money for part in view.terms), ZERO) == view.total == view.worth - view.paid
        assert view.money(Term.VOLATILITY_DECAY) < 0
        assert view.money(Term.MANAGEMENT_FEE) < 0
        assert view.money(Term.FUNDING) == 0
        assert one.view.performance is not None
        assert one.view.performance.twr_ratio is not None
        assert one.view.market is not None


def test_little_of_the_demo_is_unexplained_although_its_premiums_and_its_fills_are_not_known(
    explained: list[Explanation],
) -> None:
    """Premiums wander by a percent, prices at deals are read off hourly bars, and the crash trades through edges."""
    for one in explained:
        assert one.attributed is not None
        unexplained = abs(one.attributed.parts.residual - one.attributed.brought)
        assert float(unexplained / one.attributed.view.put_in) < 0.045, one.view.key


def test_the_rebuilt_leverage_stays_near_the_real_one(market: Market, explained: list[Explanation]) -> None:
    for one in explained:
        pair = market.pair(one.token.pair)
        assert pair is not None
        assert pair.token is not None
        assert one.past is not None
        moments = np.arange(one.view.attribution.since_ms // HOUR * HOUR + HOUR, ANCHOR_MS, 12 * HOUR)  # type: ignore[union-attr, operator]
        if pair.delisted_ms is not None:
            moments = moments[moments < pair.delisted_ms]
        ratios = []
        for moment in moments.tolist():
            row = one.past.row_at(moment)
            assert row is not None
            held = one.past.units[row] * one.past.prices[row] / one.past.nav[row]
            ratios.append(held / pair.token.state_at(moment).basket.leverage)
        assert abs(float(np.median(ratios)) - 1) < 0.05, one.view.key
        assert float(np.mean(np.abs(np.array(ratios) - 1))) < 0.1, one.view.key


def test_the_merge_the_delisting_and_the_transfer_are_told(explained: list[Explanation]) -> None:
    by_symbol = {one.view.key.symbol: one for one in explained}
    settled = by_symbol["ADA5L"].view
    assert settled.attribution is not None
    assert (settled.rebalance, settled.attribution.worth) == (None, ZERO)
    assert "brought a loss" in settled.attribution.sentence
    merged = by_symbol["SOL3S"].view
    assert merged.performance is not None
    assert merged.performance.max_drawdown_ratio is not None
    assert merged.performance.max_drawdown_ratio > -0.99
    moved = by_symbol["XRP2L"]
    assert moved.attributed is not None
    assert moved.attributed.brought != 0
    assert moved.view.attribution is not None
    assert "before you brought units here" in moved.view.attribution.sentence


def test_the_token_at_the_edge_is_seen_at_the_edge(explained: list[Explanation]) -> None:
    view = next(one for one in explained if one.view.key.symbol == "DOGE5S").view.rebalance
    assert view is not None
    assert view.upper is not None
    assert 0 < view.upper.move_ratio < 0.02
    assert view.upper.chance_24h is not None
    assert view.upper.chance_24h > 0.6
    assert view.history
    assert [event.ts_ms for event in view.history] == sorted((e.ts_ms for e in view.history), reverse=True)


def test_minutes_around_the_deals_sharpen_the_picture(market: Market, story: DemoStory) -> None:
    token = next(one for one in story.tokens if one.key.symbol == "SOL3L")
    drafts = [row for one in story.portfolios for row in one.drafts if row.key == token.key]
    perpetual = market.perpetual("SOL_USDT")
    assert perpetual is not None
    rows = [PortfolioRows(method=CostMethod.FIFO, drafts=drafts)]
    hours = known(market, token, rows)
    minutes = [candle for draft in drafts for candle in series_of_hour(market, draft.time_ms // HOUR * HOUR)]
    sharp = replace(hours, underlying=[*hours.underlying, CandleSeries(interval_s=60, candles=minutes)])
    coarse, fine = (explain(given, outlook=False).view.attribution for given in (hours, sharp))
    assert coarse is not None
    assert fine is not None
    assert abs(fine.money(Term.RESIDUAL)) < abs(coarse.money(Term.RESIDUAL)) / 2
    assert fine.total == coarse.total


def series_of_hour(market: Market, start_ms: int) -> list[Candle]:
    perpetual = market.perpetual("SOL_USDT")
    assert perpetual is not None
    made = bars(perpetual.mark, 60_000, start_ms, start_ms + HOUR - 60_000, ANCHOR_MS)
    columns = (made.start_ms, made.open, made.high, made.low, made.close)
    return [
        Candle(int(ts), float(o), float(h), float(low), float(c), 1.0)
        for ts, o, h, low, c in zip(*columns, strict=True)
    ]


def test_the_demo_s_portfolio_is_summed(explained: list[Explanation]) -> None:
    found = explain_portfolio(explained, None, ANCHOR_MS)
    assert (found.explained, found.held) == (9, 9)
    assert found.attribution is not None
    assert found.decay is not None
    assert found.fees_and_funding is not None
    assert found.decay < -1000
    assert found.fees_and_funding > 100
    assert found.cost_per_day is not None
    assert found.cost_per_day > 0
    assert len(found.underlyings) == 6
    assert found.taken is not None
    assert found.taken.decay[-1] == pytest.approx(-float(found.decay), rel=1e-6)
    assert found.taken.fees[-1] == pytest.approx(float(found.fees_and_funding), rel=1e-6)
    assert found.performance is not None
    assert found.performance.max_drawdown_ratio is not None
    assert -1 < found.performance.max_drawdown_ratio < -0.05
    assert found.performance.irr_year is not None
    assert found.performance.twr_ratio is not None
