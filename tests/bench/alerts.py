"""Alerts: 10,000 rules over 500 instruments against a second of ticks in which every instrument has a new quote."""

from __future__ import annotations

import gc
import random
import time
from dataclasses import replace
from decimal import Decimal

from levdesk.app.engine import YOUNG
from levdesk.domain.alerts import AlertRule, AlertScope, LocalMoment, ScopeKind
from levdesk.domain.instruments import LeveragedToken, Provenance, RebalanceRule, TokenKey
from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.domain.sources import NavSource
from levdesk.domain.transactions import Portfolio, Transaction, TransactionDraft, TransactionType
from levdesk.services.alert_facts import Facts, PriceLine
from levdesk.services.alert_rules import check_rule, standard_rules
from levdesk.services.alerting import AlertWatch
from levdesk.services.books import Books
from levdesk.services.portfolio import Valuation
from levdesk.services.ports import StoredBooks
from tests.bench.clockwork import median, tell

INSTRUMENTS, RULES, SECONDS = 500, 10_000, 60
_NOW_MS = 1_800_000_000_000


def bench_alerts() -> None:
    """One turn of the watch after 500 instruments, 100 underlyings, have new quotes, and how all stands.

    CPU time of the thread, with garbage searched for as in the window: what stood when all was read is left alone.
    """
    market = _Market()
    rules = _rules(market.tokens)
    watch = AlertWatch(rules)
    begun = time.thread_time()
    watch.turn(market.second())
    watch.standing(market.now_ms)
    first = time.thread_time() - begun
    usual = gc.get_threshold()
    gc.set_threshold(YOUNG)
    gc.freeze()
    took, events = [], 0
    for _ in range(SECONDS):
        facts = market.second()
        begun = time.thread_time()
        events += len(watch.turn(facts).events)
        watch.standing(facts.now_ms)
        took.append(time.thread_time() - begun)
    gc.unfreeze()
    gc.set_threshold(*usual)
    targets = len(watch.states)
    worst = f"worst {max(took) * 1000:.0f} ms"
    detail = f"{len(rules):,} rules at {targets:,} targets, {events / SECONDS:.0f} events a second; {worst}"
    tell("alerts after a second in which 500 instruments ticked", median(took) * 1000, "<= 50 ms", detail, unit="ms")
    tell("  first turn, everything read and stepped", first * 1000, "", "", unit="ms")


def _rules(tokens: list[LeveragedToken]) -> list[AlertRule]:
    """Every standard rule for single tokens and underlyings with its own threshold, until there are enough."""
    rng, found = random.Random(5), list[AlertRule]()
    while len(found) < RULES:
        for rule in standard_rules():
            token = rng.choice(tokens)
            scope = AlertScope(kind=ScopeKind.TOKEN, key=token.key)
            nearer = tuple(
                replace(one, threshold=one.threshold * rng.uniform(0.8, 2.0), hysteresis=one.hysteresis * 0.5)
                for one in rule.conditions
            )
            own = replace(rule, id=len(found) + 1, scope=scope, conditions=nearer)
            if check_rule(own):
                own = replace(own, scope=AlertScope(kind=ScopeKind.UNDERLYING, underlying=token.underlying))
            if not check_rule(own):
                found.append(own)
    return found[:RULES]


class _Market:
    """500 tokens on 100 underlyings that move a little every second."""

    def __init__(self) -> None:
        rule = RebalanceRule(
            target_leverage=Decimal(3),
            band_low=Decimal("2.25"),
            band_high=Decimal("4.125"),
            provenance=Provenance.STATED,
        )
        self._rng, self.now_ms = random.Random(7), _NOW_MS
        self.tokens = [
            LeveragedToken(
                key=TokenKey("gate", f"C{number % 100}{number // 100}3L"),
                underlying=f"C{number % 100}",
                target_leverage=Decimal(3),
                hedge_instrument=f"C{number % 100}_USDT",
                rules=(rule,),
            )
            for number in range(INSTRUMENTS)
        ]
        rows = tuple(
            Transaction(
                id=number,
                portfolio_id=1,
                draft=TransactionDraft(
                    time_ms=_NOW_MS - 86_400_000,
                    type=TransactionType.BUY,
                    key=token.key,
                    quantity=Decimal(10),
                    price=Decimal(2),
                ),
            )
            for number, token in enumerate(self.tokens)
        )
        stored = StoredBooks(portfolios=(Portfolio(id=1, name="Main"),), transactions=rows, tokens=tuple(self.tokens))
        self._valuation = Valuation(Books.read(stored), None)
        hour = [_NOW_MS - 60_000 * back for back in range(60, 0, -1)]
        self._prices = {f"C{number}": PriceLine(hour, [100.0] * 60) for number in range(100)}
        self._lines = {token.key: PriceLine(hour, [2.0] * 60) for token in self.tokens}

    def second(self) -> Facts:
        """The facts a second later, every quote and perpetual new."""
        self.now_ms += 1000
        levels = {f"C{number}": self._rng.gauss(0.0, 0.01) for number in range(100)}
        quotes = {token.key: self._quote(token.key, levels[token.underlying]) for token in self.tokens}
        perpetuals = {
            ("gate", f"{name}_USDT"): UnderlyingQuote(
                venue="gate",
                instrument=f"{name}_USDT",
                ts_ms=self.now_ms,
                funding_rate=Decimal("0.0001"),
                funding_interval_s=28_800,
            )
            for name in levels
        }
        return Facts(
            now_ms=self.now_ms,
            local=LocalMoment(720, 2),
            views={None: self._valuation.view(quotes, self.now_ms)},
            quotes=quotes,
            perpetuals=perpetuals,
            prices=self._prices,
            token_prices=self._lines,
        )

    def _quote(self, key: TokenKey, level: float) -> TokenQuote:
        nav = Decimal(f"{2 * (1 + 3 * level):.6f}")
        return TokenQuote(
            key=key,
            last=nav,
            bid=nav * Decimal("0.999"),
            ask=nav * Decimal("1.001"),
            price_ts_ms=self.now_ms,
            nav=nav,
            nav_source=NavSource.VENUE,
            nav_ts_ms=self.now_ms,
            effective_leverage=Decimal(f"{3 * (1 + level) / (1 + 3 * level):.4f}"),
            leverage_ts_ms=self.now_ms,
            underlying_price=Decimal(f"{100 * (1 + level):.4f}"),
            underlying_ts_ms=self.now_ms,
        )


if __name__ == "__main__":
    bench_alerts()
