"""The books of the fake desk: believable tokens, quotes and transactions, and just enough arithmetic to show them.

This is not the ledger (that is `levdesk.domain.ledger`, tested elsewhere): it pools costs, which is all a screen needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from levdesk.domain.instruments import (
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    ScheduledCondition,
    TokenKey,
    TokenStatus,
)
from levdesk.domain.market import NavSource, QuoteSource, TokenQuote, market_price, premium_ratio
from levdesk.domain.money import ZERO, divide
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.transactions import INCOMING, Transaction, TransactionDraft, TransactionType
from levdesk.services.views import HoldingView, PortfolioView, TotalsView

NOW_MS = 1_795_262_578_000  # 2026-11-21 12:02:58 UTC
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

_TOKENS = (
    # venue, symbol, underlying, target, status
    ("gate", "BTC3L", "BTC", "3", TokenStatus.TRADING),
    ("gate", "BTC5L", "BTC", "5", TokenStatus.TRADING),
    ("pionex", "BTC2L", "BTC", "2", TokenStatus.TRADING),
    ("gate", "ETH3L", "ETH", "3", TokenStatus.TRADING),
    ("gate", "ETH5S", "ETH", "-5", TokenStatus.TRADING),
    ("gate", "SOL3L", "SOL", "3", TokenStatus.TRADING),
    ("mexc", "DOGE3S", "DOGE", "-3", TokenStatus.TRADING),
    ("gate", "LINK2L", "LINK", "2", TokenStatus.TRADING),
    ("gate", "ADA3L", "ADA", "3", TokenStatus.SETTLED),
    ("gate", "XRP3S", "XRP", "-3", TokenStatus.TRADING),
    ("gate", "LTC3L", "LTC", "3", TokenStatus.TRADING),
)

_QUOTES = (
    # symbol, last, nav, leverage, age in seconds
    ("BTC3L", "2.4614", "2.4632", "3.06", 4),
    ("BTC5L", "18.441", "18.438", "4.71", 4),
    ("BTC2L", "8.102", "8.11", "1.92", 38),
    ("ETH3L", "1.9021", "1.9044", "2.88", 4),
    ("ETH5S", "0.0188", "0.0187", "-6.62", 4),
    ("SOL3L", "1.7402", "1.7398", "3.12", 4),
    ("DOGE3S", "0.2829", "0.2752", "-2.74", 4),
    ("LINK2L", "4.0655", "4.0618", "2.05", 4),
    ("XRP3S", "0.6121", "0.6130", "-3.02", 4),
    ("LTC3L", "3.3310", "3.3302", "2.97", 4),
)

UNDERLYING_PRICES = {
    "BTC": Decimal(91_235),
    "ETH": Decimal("3012.4"),
    "SOL": Decimal("141.2"),
    "DOGE": Decimal("0.1624"),
    "LINK": Decimal("13.872"),
    "ADA": Decimal("0.4417"),
    "XRP": Decimal("2.07"),
}
_ROWS = (
    # symbol, days ago, type, quantity, price, fee, fee currency, note
    ("BTC3L", 41, "buy", "800", "2.8510", "2.28", "", "First try"),
    ("BTC3L", 22, "buy", "600", "2.7390", "1.64", "", ""),
    ("BTC3L", 10, "sell", "160", "2.6105", "0.42", "", "Took a little off"),
    ("BTC5L", 30, "buy", "95", "17.4300", "1.66", "", ""),
    ("BTC2L", 35, "transfer_in", "310", "7.6220", "0", "", "From the exchange wallet"),
    ("ETH3L", 40, "subscribe", "800", "2.1540", "1.72", "", "At NAV"),
    ("ETH5S", 26, "buy", "6200000", "0.000238", "1.20", "", ""),
    ("ETH5S", 12, "merge", "100", None, "0", "", "100 old units became 1"),
    ("ETH5S", 9, "sell", "1000", "0.0201", "0.02", "", ""),
    ("SOL3L", 19, "buy", "421", "2.1360", "1", "SOL3L", ""),
    ("DOGE3S", 15, "buy", "5010", "0.2742", "1.37", "", ""),
    ("LINK2L", 33, "buy", "210", "3.8800", "0.81", "", ""),
    ("ADA3L", 60, "buy", "5000", "0.1640", "0.82", "", ""),
    ("ADA3L", 14, "settle", None, "0.0612", "0", "", "Delisted"),
)


DATED_RULES = (
    RebalanceRule(
        target_leverage=Decimal("2.3"),
        scheduled_utc_s=57_600,
        scheduled_condition=ScheduledCondition.OUTSIDE_BAND,
        band_low=Decimal("1.8"),
        band_high=Decimal(3),
        emergency_leverage=Decimal(3),
        emergency_move_ratio=Decimal("0.20"),
        emergency_two_sided=True,
        provenance=Provenance.STATED,
        source="Gate help pages before 2025-04-01: 3x aimed at 2.3x, reset below 1.8 or above 3 and at 20 % either way",
        as_of="2025-04-01",
    ),
    RebalanceRule(
        effective_from_ms=1_743_494_400_000,  # 2025-04-01 08:00 UTC
        target_leverage=Decimal(3),
        scheduled_utc_s=57_600,
        scheduled_condition=ScheduledCondition.OUTSIDE_BAND_OR_MOVED,
        scheduled_move_ratio=Decimal("0.01"),
        band_low=Decimal(2),
        band_high=Decimal(4),
        emergency_leverage=Decimal(4),
        emergency_move_ratio=Decimal("0.20"),
        emergency_two_sided=True,
        provenance=Provenance.STATED,
        source="gate.io announcement 44111 (2025-04-01); the hour is given as 16:00 UTC+8",
        as_of="2025-04-01",
    ),
    RebalanceRule(
        effective_from_ms=1_764_547_200_000,  # 2025-12-01 00:00 UTC
        target_leverage=Decimal(3),
        band_low=Decimal("2.25"),
        band_high=Decimal("4.125"),
        source="Gate Research, February 2026: nothing is done inside the band. Its start date and its standing beside "
        "the daily rule of 2025-04-01 are not confirmed.",
        as_of="2026-02-28",
    ),
)
"""What an issuer that changed its mind twice may have published for a 3x token."""


def tokens() -> tuple[LeveragedToken, ...]:
    """Every token of the fake venues, the ones with a rule and a fee first."""
    return tuple(
        _token(venue, symbol, base, Decimal(target), status) for venue, symbol, base, target, status in _TOKENS
    )


def _token(venue: str, symbol: str, underlying: str, target: Decimal, status: TokenStatus) -> LeveragedToken:
    size = abs(target)
    return LeveragedToken(
        key=TokenKey(venue, symbol),
        underlying=underlying,
        target_leverage=target,
        hedge_instrument=f"{underlying}_USDT",
        status=status,
        rules=(
            RebalanceRule(
                target_leverage=target,
                band_low=size * Decimal("0.75"),
                band_high=size * Decimal("1.375"),
                source="Gate help page",
                as_of="2025-12-01",
            ),
        ),
        fees=(
            FeeSchedule(management_per_day_ratio=Decimal("0.001"), funding_inside=True, spot_ratio=Decimal("0.002")),
        ),
        provenance=Provenance.STATED if venue == "gate" else Provenance.ASSUMED,
    )


def quotes(now_ms: int = NOW_MS, *, aged_ms: int = 0) -> dict[TokenKey, TokenQuote]:
    """Last known figures by token, `aged_ms` older than lively ones."""
    venues = {symbol: venue for venue, symbol, *_ in _TOKENS}
    return {
        TokenKey(venues[symbol], symbol): _quote(
            TokenKey(venues[symbol], symbol), last, nav, leverage, now_ms - aged_ms - 1000 * age
        )
        for symbol, last, nav, leverage, age in _QUOTES
    }


def _quote(key: TokenKey, last: str, nav: str, leverage: str, ts_ms: int) -> TokenQuote:
    price = Decimal(last)
    return TokenQuote(
        key=key,
        last=price,
        bid=price * Decimal("0.9995"),
        ask=price * Decimal("1.0005"),
        price_ts_ms=ts_ms,
        nav=Decimal(nav),
        nav_source=NavSource.ESTIMATE if key.venue == "pionex" else NavSource.VENUE,
        nav_ts_ms=ts_ms,
        effective_leverage=Decimal(leverage),
        leverage_ts_ms=ts_ms,
        rebalance_nav=Decimal(nav),
        rebalance_ms=ts_ms - 20 * HOUR_MS,
        underlying_price=UNDERLYING_PRICES.get(_underlying_of(key)),
        underlying_ts_ms=ts_ms,
        underlying_source=f"{key.venue}:{_underlying_of(key)}_USDT",
    )


def _underlying_of(key: TokenKey) -> str:
    return next(base for venue, symbol, base, *_ in _TOKENS if (venue, symbol) == (key.venue, key.symbol))


def transactions() -> tuple[Transaction, ...]:
    """Fourteen rows of eight open holdings and a settled one, in portfolio 1, plus one row in portfolio 2."""
    venues = {symbol: venue for venue, symbol, *_ in _TOKENS}
    drafts = [
        TransactionDraft(
            time_ms=NOW_MS - days * DAY_MS + 1000 * 17 * index,
            type=TransactionType(kind),
            key=TokenKey(venues[symbol], symbol),
            quantity=Decimal(quantity) if quantity else None,
            price=Decimal(price) if price else None,
            fee=Decimal(fee),
            fee_currency=currency,
            note=note,
        )
        for index, (symbol, days, kind, quantity, price, fee, currency, note) in enumerate(_ROWS)
    ]
    second = TransactionDraft(
        time_ms=NOW_MS - 5 * DAY_MS,
        type=TransactionType.BUY,
        key=TokenKey("gate", "BTC3L"),
        quantity=Decimal(100),
        price=Decimal("2.5200"),
        fee=Decimal("0.25"),
    )
    rows = [Transaction(id=index, portfolio_id=1, draft=draft) for index, draft in enumerate(drafts, start=1)]
    rows.append(Transaction(id=len(rows) + 1, portfolio_id=2, draft=second))
    return tuple(sorted(rows, key=lambda row: row.order))


@dataclass(slots=True)
class Pool:
    """Units, cost and results of one holding, pooled."""

    units: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    first_ms: int | None = None

    def take(self, draft: TransactionDraft) -> None:
        """Apply one row."""
        price = draft.price or ZERO
        fee_money = draft.fee * price if draft.fee_in_token else draft.fee
        self.fees += fee_money
        if draft.type is TransactionType.MERGE:
            assert draft.quantity
            self.units = divide(self.units, draft.quantity)
        elif draft.type in INCOMING:
            assert draft.quantity is not None
            self.first_ms = draft.time_ms if self.first_ms is None else self.first_ms
            self.cost += draft.quantity * price + (ZERO if draft.fee_in_token else draft.fee)
            self.units += draft.quantity - (draft.fee if draft.fee_in_token else ZERO)
        else:
            self._give(draft, price)

    def _give(self, draft: TransactionDraft, price: Decimal) -> None:
        units = self.units if draft.quantity is None else draft.quantity
        leaving = divide(self.cost * units, self.units) if self.units else ZERO
        if draft.type is not TransactionType.TRANSFER_OUT:
            self.realised += units * price - draft.fee - leaving
        self.cost -= leaving
        self.units -= units
        if not self.units:
            self.cost, self.first_ms = ZERO, None


def pool(rows: Iterable[Transaction]) -> Pool:
    """Replay rows in order."""
    result = Pool()
    for row in sorted(rows, key=lambda row: row.order):
        result.take(row.draft)
    return result


def holding(
    token: LeveragedToken, rows: list[Transaction], quote: TokenQuote | None, portfolio_id: int | None
) -> HoldingView:
    """One row of the table."""
    book = pool(rows)
    price = market_price(quote)
    value = None if price is None else book.units * price.price
    if not book.units:
        value = ZERO
    rule = token.rules[0] if token.rules else None
    return HoldingView(
        token=token,
        portfolio_id=portfolio_id,
        quantity=book.units,
        cost_basis=book.cost,
        average_cost=divide(book.cost, book.units) if book.units else None,
        market_price=price.price if price else None,
        market_price_ts_ms=price.ts_ms if price else None,
        market_price_source=QuoteSource.VENUE if price else None,
        nav=quote.nav if quote else None,
        nav_source=quote.nav_source if quote else None,
        nav_ts_ms=quote.nav_ts_ms if quote else None,
        premium_ratio=premium_ratio(price.price if price else None, quote.nav if quote else None),
        effective_leverage=quote.effective_leverage if quote else None,
        leverage_ts_ms=quote.leverage_ts_ms if quote else None,
        band_low=rule.band_low if rule else None,
        band_high=rule.band_high if rule else None,
        rule_assumed=token.provenance is not Provenance.STATED,
        market_value=value,
        unrealised_pnl=None if value is None else value - book.cost,
        realised_pnl=book.realised,
        fees_paid=book.fees,
        change_today=None if value is None else value * Decimal("-0.018"),
        first_bought_ms=book.first_ms,
        transaction_count=len(rows),
        notices=_notices(token, book.units, quote),
    )


def _notices(token: LeveragedToken, units: Decimal, quote: TokenQuote | None) -> tuple[Problem, ...]:
    label = token.key.symbol
    if units and quote is None:
        text = f"{label} has no price yet; press F5 to ask again or set one by hand."
        return (Problem(severity=Severity.WARNING, code="price_missing", message=text, source=label),)
    if label == "ETH5S":
        text = "ETH5S is 1.6 % from the edge of its band."
        return (Problem(severity=Severity.ERROR, code="near_band_edge", message=text, source=label),)
    if label == "DOGE3S":
        text = "DOGE3S trades 2.8 % above its NAV."
        return (Problem(severity=Severity.WARNING, code="premium_high", message=text, source=label),)
    return ()


def portfolio_view(
    all_tokens: Iterable[LeveragedToken],
    rows: Iterable[Transaction],
    prices: dict[TokenKey, TokenQuote],
    portfolio_id: int | None,
    now_ms: int,
) -> PortfolioView:
    """The whole view of one portfolio, or of all."""
    by_key: dict[TokenKey, list[Transaction]] = {}
    for row in rows:
        if portfolio_id is None or row.portfolio_id == portfolio_id:
            by_key.setdefault(row.draft.key, []).append(row)
    known = {token.key: token for token in all_tokens}
    held = [holding(known[key], mine, prices.get(key), portfolio_id) for key, mine in by_key.items() if key in known]
    held.sort(key=lambda row: (not row.quantity, row.token.key))
    return PortfolioView(
        as_of_ms=now_ms,
        currency="USDT",
        complete=all(row.market_value is not None for row in held),
        totals=_totals(held),
        holdings=tuple(held),
        problems=tuple(problem for row in held for problem in row.notices),
    )


def _totals(held: list[HoldingView]) -> TotalsView:
    exposures = [
        row.market_value * row.effective_leverage
        for row in held
        if row.market_value is not None and row.effective_leverage is not None
    ]
    changes = [row.change_today for row in held if row.change_today is not None]
    return TotalsView(
        market_value=sum((row.market_value for row in held if row.market_value is not None), ZERO),
        cost_basis=sum((row.cost_basis for row in held if row.cost_basis is not None), ZERO),
        unrealised_pnl=sum((row.unrealised_pnl for row in held if row.unrealised_pnl is not None), ZERO),
        realised_pnl=sum((row.realised_pnl for row in held), ZERO),
        fees_paid=sum((row.fees_paid for row in held), ZERO),
        net_exposure=sum(exposures, ZERO) if exposures else None,
        change_today=sum(changes, ZERO) if changes else None,
    )
