"""The engine's speed against a plain loop, a bare cumprod, drawing random numbers, and libraries where they install."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from levdesk.domain.attribution import explain
from levdesk.domain.basket import BasketCosts, BasketRule
from levdesk.domain.basket_path import run_basket
from levdesk.domain.instruments import LeveragedToken, RebalanceRule, TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.domain.montecarlo import Plan, run_futures
from levdesk.domain.return_sources import Lognormal
from levdesk.domain.transactions import Portfolio, Transaction, TransactionDraft, TransactionType
from levdesk.services.books import Books
from levdesk.services.explain_radar import live_radar, radar_plan
from levdesk.services.portfolio import Valuation
from levdesk.services.ports import StoredBooks
from tests.bench.clockwork import best_of, tell

MINUTES = 525_600
PATHS, STEPS = 10_000, 720
RULE = BasketRule(target=3.0, band=(2.0, 4.0))
COSTS = BasketCosts(fee_ratio=0.0, cost_ratio=0.0006)
FUNDING = 1e-7


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def minute_prices() -> np.ndarray[Any, np.dtype[np.float64]]:
    """A year of minutes at 60 % volatility, from a fixed seed."""
    moves = np.random.default_rng(3).normal(0.0, 0.6 / np.sqrt(MINUTES), MINUTES)
    return np.asarray(100.0 * np.exp(np.cumsum(moves)), np.float64)


def plain_loop(prices: list[float]) -> dict[str, float]:
    """The same terms, row by row over a list, as anybody would write them first."""
    low, high, target, cost = 2.0, 4.0, 3.0, 0.0006
    nav, leverage, event_nav, event_price = 1.0, target, 1.0, prices[0]
    terms = {"move": 0.0, "decay": 0.0, "funding": 0.0, "cost": 0.0}
    paid, last, log = 0.0, prices[0], np.log
    for price in prices[1:]:
        ratio = price / last
        nav *= 1.0 + leverage * (ratio - 1.0)
        leverage = leverage * ratio / (1.0 + leverage * (ratio - 1.0))
        paid += leverage * FUNDING * nav
        nav *= 1.0 - leverage * FUNDING
        leverage /= 1.0 - leverage * FUNDING
        last = price
        if leverage <= low or leverage >= high:
            move = price / event_price
            gross = nav + paid
            terms["move"] += target * float(log(move))
            terms["decay"] += float(log(gross / event_nav)) - target * float(log(move))
            terms["funding"] += float(log(nav / gross))
            sign = 1.0 if target > leverage else -1.0
            factor = (1.0 + sign * cost * leverage) / (1.0 + sign * cost * target)
            terms["cost"] += float(log(factor))
            nav *= factor
            leverage, event_nav, event_price, paid = target, nav, price, 0.0
    return terms


def bench_attribution() -> None:
    """Attribution of a year of minutes under a band rule."""
    prices = minute_prices()
    as_list = prices.tolist()
    ours = best_of(7, lambda: seconds(lambda: explain(run_basket(prices, RULE, costs=COSTS, funding_rates=FUNDING))))
    loop = best_of(3, lambda: seconds(lambda: plain_loop(as_list)))
    ratios = prices[1:] / prices[:-1] - 1.0
    bare = best_of(7, lambda: seconds(lambda: np.cumprod(1.0 + 3.0 * (prices[1:] / prices[:-1] - 1.0))))
    detail = f"{ours * 1000:.1f} ms; {len(ratios):,} bars"
    tell("attribution of a year of minutes: plain loop / ours", loop / ours, ">= 15x", detail)
    tell("  ours / a bare numpy cumprod", ours / bare, "<= 4x", f"cumprod {bare * 1000:.1f} ms")
    for name, peer in (("vectorbt", _vectorbt), ("quantstats", _quantstats)):
        took = peer(prices)
        if took is None:
            print(f"  {name}: not installed, not compared")
        else:
            tell(f"  {name} / ours", took / ours, "", f"{took * 1000:.1f} ms")


def _library(name: str) -> Any:
    """A peer that need not be installed; None when it is not."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _vectorbt(prices: np.ndarray[Any, np.dtype[np.float64]]) -> float | None:
    vectorbt = _library("vectorbt")
    if vectorbt is None:
        return None
    weights = np.full(len(prices), 1.0)

    def run() -> object:
        return vectorbt.Portfolio.from_orders(prices, weights, size_type="targetpercent").total_return()

    run()  # compiles
    return best_of(3, lambda: seconds(run))


def _quantstats(prices: np.ndarray[Any, np.dtype[np.float64]]) -> float | None:
    pd, quantstats = _library("pandas"), _library("quantstats")
    if pd is None or quantstats is None:
        return None
    returns = pd.Series(prices, index=pd.date_range("2025-01-01", periods=len(prices), freq="min")).pct_change()
    return best_of(
        3, lambda: seconds(lambda: (quantstats.stats.max_drawdown(returns), quantstats.stats.volatility(returns)))
    )


def bench_futures() -> None:
    """Monte Carlo of 10,000 paths of 720 hours under the token's own rule, against drawing its random numbers."""
    source = Lognormal(volatility=0.04)
    plan = Plan(rule=RULE, costs=COSTS, funding=1e-4, days=STEPS / 24, paths=PATHS)

    def draw() -> None:
        rng, out = np.random.default_rng(1), np.empty(PATHS)
        for _ in range(STEPS):
            rng.standard_normal(out=out)

    ours = best_of(5, lambda: seconds(lambda: run_futures(plan, source)))
    bare = best_of(5, lambda: seconds(draw))
    tell("Monte Carlo 10,000 x 720 / drawing its numbers", ours / bare, "<= 1.5x", f"{ours * 1000:.0f} ms")


def bench_live() -> None:
    """A beat of the market: 100 of 500 holdings valued again, and 500 radars."""
    keys = [TokenKey("gate", f"T{number}3L") for number in range(500)]
    token = {
        key: LeveragedToken(
            key=key,
            underlying="T",
            target_leverage=Decimal(3),
            rules=(RebalanceRule(target_leverage=Decimal(3), band_low=Decimal("2.25"), band_high=Decimal("4.125")),),
        )
        for key in keys
    }
    rows = tuple(
        Transaction(
            id=number,
            portfolio_id=1,
            draft=TransactionDraft(
                time_ms=1, type=TransactionType.BUY, key=key, quantity=Decimal(10), price=Decimal("2.4614")
            ),
        )
        for number, key in enumerate(keys)
    )
    stored = StoredBooks(portfolios=(Portfolio(id=1, name="Main"),), transactions=rows, tokens=tuple(token.values()))
    valuation = Valuation(Books.read(stored), None)
    quotes = {
        key: TokenQuote(
            key=key,
            last=Decimal("2.5"),
            price_ts_ms=1,
            nav=Decimal("2.51"),
            nav_ts_ms=1,
            effective_leverage=Decimal("3.1"),
            underlying_price=Decimal(100),
        )
        for key in keys
    }
    view = valuation.view(quotes, 2)
    took = best_of(20, lambda: seconds(lambda: valuation.update(view, quotes, keys[:100], 2)))
    tell("valuing 100 of 500 holdings again", took * 1000, "<= 1 ms", "", unit="ms")
    plans = [(plan, quotes[key]) for key in keys if (plan := radar_plan(token[key], 2)) is not None]
    radar = best_of(10, lambda: seconds(lambda: [live_radar(plan, quote, 2, 0.04) for plan, quote in plans]))
    tell("live radar of 100 holdings", radar * 1000 / 5, "<= 1 ms", "", unit="ms")
