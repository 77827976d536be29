"""A basket run over a price history: NAV, leverage and rebalances, with what each interval between them was made of.

At each row after the first, in this order: the price moves, funding is paid on the notional at that price, the rule is
looked at; if it acts, the fee is charged and the basket is traded back to its target at a cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np

from levdesk.domain.basket import NO_COSTS, BasketCosts, BasketRule, BasketState, EventKind, opening_state
from levdesk.domain.basket_events import EventRows, find_events
from levdesk.domain.basket_tape import Floats, Rows, Tape, make_tape
from levdesk.domain.errors import SettingInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """The stretches of constant basket, in order; the last one is open when the tape ends between two events.

    All arrays have shape (k,). Amounts are ratios of the NAV at the start of the interval.

    Attributes:
        start_rows, end_rows: first row (right after an event) and last row (the next event, or the end of the tape).
        start_nav: NAV right after the event that opens it.
        leverage: signed leverage right after that event.
        move: simple return of the underlying over the interval.
        funding: funding paid, below zero when it was received.
        fee: management fee paid.
        trade_factor: NAV after over before the rebalance that closes it; 1 for an open interval.
    """

    start_rows: Rows
    end_rows: Rows
    start_nav: Floats
    leverage: Floats
    move: Floats
    funding: Floats
    fee: Floats
    trade_factor: Floats

    @property
    def gross(self) -> Floats:
        """NAV over starting NAV from the price alone."""
        return 1.0 + self.leverage * self.move

    @property
    def end_nav(self) -> Floats:
        """NAV right after the event that closes each interval; 0 when it wiped the basket out."""
        return self.start_nav * self.growth

    @property
    def growth(self) -> Floats:
        """NAV at the end over NAV at the start, funding, fee and trading cost taken; 0 when wiped out."""
        return np.maximum((self.gross - self.funding - self.fee) * self.trade_factor, 0.0)

    def first(self, count: int) -> Intervals:
        """The first so many intervals."""
        return Intervals(**{part.name: getattr(self, part.name)[:count] for part in fields(self)})

    def __len__(self) -> int:
        """Number of intervals."""
        return len(self.start_rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketPath:
    """What became of one unit of a token over a price history of n rows.

    Attributes:
        prices: underlying price per row, shape (n,).
        target: signed leverage the rule goes back to.
        intervals: the stretches between rebalances.
        event_rows, event_kinds: row and reason of each rebalance.
        dead_row: the row at which the token was worth nothing, or None; nothing after it counts.
        end: the basket at the last row, ready to start another path under another rule.
        paid: funding per unit of underlying paid up to each row, shape (n,), or None when there was none.
        fees: fees with a clock of their own, running per row in NAVs of the interval's start, shape (n,), or None.
    """

    prices: Floats
    target: float
    intervals: Intervals
    event_rows: Rows
    event_kinds: tuple[EventKind, ...]
    dead_row: int | None
    end: BasketState
    paid: Floats | None = field(repr=False)
    fees: Floats | None = field(repr=False)

    @property
    def wiped_out(self) -> bool:
        """True when the token lost everything on the way."""
        return self.dead_row is not None

    def nav_rows(self) -> Floats:
        """NAV at each row after whatever happened there, shape (n,); 0 from a wipe-out on."""
        made = self.intervals
        spans = self._spans()
        units = made.start_nav * made.leverage / self.prices[made.start_rows]
        offset = made.start_nav - units * self.prices[made.start_rows]
        if self.paid is not None:
            offset = offset + units * self.paid[made.start_rows]
        if self.fees is not None:
            offset = offset + made.start_nav * self.fees[made.start_rows]
        nav = np.repeat(units, spans)
        nav *= self._net_prices()
        nav += np.repeat(offset, spans)
        if self.fees is not None:
            nav -= np.repeat(made.start_nav, spans) * self.fees
        nav[-1] = self.end.nav
        if self.dead_row is not None:
            nav[self.dead_row :] = 0.0
        return nav

    def leverage_rows(self) -> Floats:
        """Signed effective leverage at each row after whatever happened there, shape (n,); 0 from a wipe-out on."""
        made = self.intervals
        units = made.start_nav * made.leverage / self.prices[made.start_rows]
        held = np.repeat(units, self._spans()) * self.prices
        nav = self.nav_rows()
        leverage = np.divide(held, nav, out=np.zeros_like(held), where=nav > 0.0)
        leverage[-1] = self.end.leverage
        return leverage

    def _net_prices(self) -> Floats:
        return self.prices if self.paid is None else self.prices - self.paid

    def _spans(self) -> Rows:
        """Rows that belong to each interval; the row of an event belongs to the interval it opens."""
        edges = np.append(self.intervals.start_rows, len(self.prices))
        return np.diff(edges)


def run_basket(
    prices: Floats,
    rule: BasketRule,
    *,
    costs: BasketCosts = NO_COSTS,
    funding_rates: Floats | float = 0.0,
    ts_ms: Rows | None = None,
    start: BasketState | None = None,
    observed_rows: Rows | None = None,
) -> BasketPath:
    """Run a token's rule over the prices of its underlying.

    Args:
        prices: one per row, above zero, shape (n,), n ≥ 1.
        rule: when it rebalances; with a clock it needs `ts_ms`.
        costs: fee and trading cost.
        funding_rates: rate settled at each row, shape (n,), or one rate for every row; row 0 is never charged.
        ts_ms: moment of each price, rising, shape (n,); for rules and fees with a clock.
        start: the basket at row 0; by default NAV 1 at the target.
        observed_rows: rows at which rebalances were seen to happen; they replace the ones the rule would make.

    Raises:
        SettingInvalid: prices that are not above zero, times that do not rise, shapes that do not fit.
    """
    tape = make_tape(prices, rule, costs, funding_rates, ts_ms)
    start = fitting_start(start, rule, float(tape.prices[0]))
    events = _events(tape, rule, start, observed_rows)
    return value_events(tape, rule, costs, start, events)


def fitting_start(start: BasketState | None, rule: BasketRule, price: float) -> BasketState:
    """The starting basket, by default NAV 1 at the target; SettingInvalid when it is dead or on the wrong side."""
    if start is None:
        return opening_state(rule, price)
    if not start.alive or start.leverage * rule.target <= 0.0:
        raise SettingInvalid("The starting basket does not fit the rule.", hint="Give NAV and signed leverage.")
    return start


def _events(tape: Tape, rule: BasketRule, start: BasketState, observed_rows: Rows | None) -> EventRows:
    leverage, event_price = start.leverage, start.event_price
    if observed_rows is None:
        return find_events(tape, rule, leverage=leverage, event_price=event_price)
    rows = np.asarray(observed_rows, np.int64)
    if np.any(np.diff(rows) <= 0) or (rows.size and not 0 < rows[0] <= rows[-1] < len(tape.prices)):
        raise SettingInvalid("The observed rebalances are not rising rows of the prices.")
    seen = Tape(prices=tape.prices, paid=tape.paid, scheduled=rows, fee_rows=tape.fee_rows, fee_ratios=tape.fee_ratios)
    found = find_events(seen, BasketRule(target=rule.target), leverage=leverage, event_price=event_price)
    return EventRows(rows=found.rows, kinds=(EventKind.OBSERVED,) * len(found.rows), dead_row=found.dead_row)


def value_events(tape: Tape, rule: BasketRule, costs: BasketCosts, start: BasketState, events: EventRows) -> BasketPath:
    """Put NAVs to events already found: each interval from its prices, then one running product."""
    made, fees = _intervals(tape, rule, costs, start, events)
    chain = made.growth
    if events.dead_row is not None:
        chain[-1] = 0.0
    dead_row = None
    if not chain.all():
        # The cost of a trade can end a basket that the search, which knows prices only, believed alive.
        lost = int(np.argmin(chain))
        dead_row = int(made.end_rows[lost])
        made, chain = made.first(lost + 1), chain[: lost + 1]
    nav = start.nav * np.append(1.0, np.cumprod(chain))
    kept = len(events.rows) if dead_row is None else int(np.searchsorted(events.rows, dead_row))
    made = replace(made, start_nav=nav[:-1])
    return BasketPath(
        prices=tape.prices,
        target=rule.target,
        intervals=made,
        event_rows=events.rows[:kept],
        event_kinds=events.kinds[:kept],
        dead_row=dead_row,
        end=_end(tape.prices, made, float(nav[-1]), start.event_price, events.rows[:kept], rule.target),
        paid=tape.paid,
        fees=fees,
    )


def _intervals(
    tape: Tape, rule: BasketRule, costs: BasketCosts, start: BasketState, events: EventRows
) -> tuple[Intervals, Floats | None]:
    """The intervals, still without their NAVs, and the running fee per row where the fee has its own clock."""
    prices, paid = tape.prices, tape.paid
    last = len(prices) - 1 if events.dead_row is None else events.dead_row
    starts = np.append(np.zeros(1, np.int64), events.rows)
    closed = len(events.rows)
    if closed and starts[-1] == last:
        starts = starts[:-1]
    ends = np.append(events.rows, last)[: len(starts)]
    leverage = np.full(len(starts), rule.target, np.float64)
    leverage[0] = start.leverage
    move = prices[ends] / prices[starts] - 1.0
    funding, fee = np.zeros(len(starts)), np.zeros(len(starts))
    if paid is not None:
        funding = leverage * (paid[ends] - paid[starts]) / prices[starts]
    before_fee = 1.0 + leverage * move - funding
    fees: Floats | None = None
    if len(tape.fee_rows):
        fee, fees = _clock_fees(tape, starts, ends, leverage)
    elif costs.fee_utc_s is None:
        fee[:closed] = costs.fee_ratio * before_fee[:closed]
    factor = np.ones(len(starts))
    if costs.cost_ratio:
        held = leverage * (1.0 + move)
        factor[:closed] = _trade_factor(held, before_fee - fee, rule.target, costs.cost_ratio)[:closed]
    made = Intervals(
        start_rows=starts,
        end_rows=ends,
        start_nav=np.ones(len(starts)),
        leverage=leverage,
        move=move,
        funding=funding,
        fee=fee,
        trade_factor=factor,
    )
    return made, fees


def _trade_factor(held: Floats, growth: Floats, target: float, cost_ratio: float) -> Floats:
    """NAV after over before a rebalance; `held` is the notional, both as ratios of the NAV at the start."""
    alive = growth > 0.0
    leverage = np.divide(held, growth, out=np.full_like(held, target), where=alive)
    side = np.where(target > leverage, 1.0, -1.0) * cost_ratio
    return np.where(alive, (1.0 + side * leverage) / (1.0 + side * target), 0.0)


def _clock_fees(tape: Tape, starts: Rows, ends: Rows, leverage: Floats) -> tuple[Floats, Floats]:
    """Fees with their own clock: per interval, and running per row, as ratios of the interval's starting NAV."""
    prices, paid = tape.prices, tape.paid
    fee, steps = np.zeros(len(starts)), np.zeros(len(prices))
    owners = np.searchsorted(ends, tape.fee_rows)
    for row, ratio, owner in zip(tape.fee_rows.tolist(), tape.fee_ratios.tolist(), owners.tolist(), strict=True):
        if owner == len(ends):
            break
        opened = starts[owner]
        due = 0.0 if paid is None else paid[row] - paid[opened]
        worth = 1.0 + leverage[owner] * ((prices[row] - due) / prices[opened] - 1.0) - fee[owner]
        steps[row] = ratio * worth
        fee[owner] += steps[row]
    return fee, np.cumsum(steps)


def _end(
    prices: Floats, made: Intervals, nav: float, event_price: float, event_rows: Rows, target: float
) -> BasketState:
    """The basket at the last row; the event price given is the one from before the first row."""
    price = float(prices[-1])
    if len(event_rows):
        event_price = float(prices[event_rows[-1]])
    if nav <= 0.0:
        return BasketState(nav=0.0, leverage=0.0, price=price, event_price=event_price)
    if len(event_rows) and event_rows[-1] == len(prices) - 1:
        return BasketState(nav=nav, leverage=target, price=price, event_price=event_price)
    units = float(made.start_nav[-1] * made.leverage[-1] / prices[made.start_rows[-1]])
    return BasketState(nav=nav, leverage=units * price / nav, price=price, event_price=event_price)
