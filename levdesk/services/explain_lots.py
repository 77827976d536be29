"""A holding as units that came together and left together, each stay with its value at both ends.

The ledger itself does the accounting; here its figures before and after each row are only matched: what came in with
what went out. Pooled (average cost) holdings are matched first in, first out, for their result is the same either way;
only where units are carried away, at the average cost, every lot gives its share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from levdesk.domain.ledger import append_possible_rows, new_ledger
from levdesk.domain.ledger_state import LedgerState
from levdesk.domain.lots import LotQueue, RawLot
from levdesk.domain.money import ONE, ZERO, exact_quotient, share_of
from levdesk.domain.position import Merge, Position, combine
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType
from levdesk.services.explain_input import PortfolioRows
from levdesk.services.explain_pool import LotPool

_AT_NAV = frozenset({TransactionType.SUBSCRIBE, TransactionType.REDEEM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One end of a stay.

    Attributes:
        ts_ms: when.
        price: per unit of that time; None for the open end of a holding nobody prices.
        at_nav: the price is the NAV itself.
        brought: the units were brought along at a cost that need not be the market's price then.
        factor: how many of the ledger's base units one unit of that time is.
    """

    ts_ms: int
    price: Decimal | None
    at_nav: bool = False
    brought: bool = False
    factor: Decimal = ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Units held from one deal to another.

    Attributes:
        came, left: the deals; `left` is None while they are still held.
        start_units, units: in the units of the start, and of the end.
        start_value, end_value: units times price at both ends, before dealing fees.
        fees: dealing fees that belong to these units, at both ends.
    """

    came: Deal
    left: Deal | None
    start_units: Decimal
    units: Decimal
    start_value: Decimal
    end_value: Decimal
    fees: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Money put in or taken out at one row.

    Attributes:
        ts_ms: when.
        put_in, taken_out: money; transfers count at the cost they carry.
        fee: dealing fee contained in it.
        price: per unit, None for a merge or a transfer without one.
        units_after: held in this portfolio after it, in the units of that time.
    """

    ts_ms: int
    put_in: Decimal
    taken_out: Decimal
    fee: Decimal
    price: Decimal | None
    units_after: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A holding's rows, matched.

    Attributes:
        stays: those with a known result; open ones last.
        carried_fees: fees of transfers out, which leave at cost and have no other result.
        position: what the rows come to.
        market_value: quantity times price; None when it is held and nothing prices it.
        flows: per portfolio, every row that happened, oldest first.
        merges: per portfolio, its unit merges.
    """

    stays: tuple[Stay, ...]
    carried_fees: Decimal
    position: Position
    market_value: Decimal | None
    flows: tuple[tuple[Flow, ...], ...]
    merges: tuple[tuple[Merge, ...], ...]

    @property
    def last_ms(self) -> int | None:
        """Time of the last row; None without rows."""
        return max((flows[-1].ts_ms for flows in self.flows if flows), default=None)

    @property
    def total(self) -> Decimal | None:
        """Realised and unrealised result together; None when it is not known."""
        position = self.position
        if self.market_value is None or position.cost_basis is None:
            return None
        return position.realised_pnl + self.market_value - position.cost_basis


def match_lots(rows: Iterable[PortfolioRows], price: Decimal | None) -> Holding:
    """Match all rows of one token; `price` values what is still held."""
    walks = [_walk_of(portfolio).through(portfolio.drafts) for portfolio in rows]
    position = combine(walk.state.position() for walk in walks)
    value: Decimal | None = ZERO
    if position.quantity:
        value = None if price is None else position.quantity * price
    still_held = [] if price is None else [stay for walk in walks for stay in walk.open_stays(price)]
    return Holding(
        stays=(*(stay for walk in walks for stay in walk.stays), *still_held),
        carried_fees=sum((walk.carried_fees for walk in walks), ZERO),
        position=position,
        market_value=value,
        flows=tuple(tuple(walk.flows) for walk in walks),
        merges=tuple(tuple(walk.state.merges) for walk in walks),
    )


def _walk_of(portfolio: PortfolioRows) -> _Walk:
    walk = _Walk(portfolio.method)
    carries = any(draft.type is TransactionType.TRANSFER_OUT for draft in portfolio.drafts)
    return walk.pooled() if carries and portfolio.method is CostMethod.AVERAGE else walk


@dataclass(frozen=True, slots=True)
class _Before:
    """The ledger before a row."""

    base: Decimal
    fees_paid: Decimal
    money_in: Decimal
    money_out: Decimal
    unknown_results: int

    @classmethod
    def of(cls, state: LedgerState) -> _Before:
        return cls(state.queue.units, state.fees_paid, state.money_in, state.money_out, state.unknown_results)


@dataclass(slots=True)
class _Walk:
    """Walks through the rows of one portfolio beside its ledger.

    Two queues of the same units carry the values and the fees of the lots; their first field counts the deals.
    """

    method: CostMethod
    state: LedgerState = field(init=False)
    stays: list[Stay] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    carried_fees: Decimal = ZERO
    _deals: list[Deal] = field(default_factory=list)
    _values: LotQueue | LotPool = field(init=False)
    _fees: LotQueue | LotPool = field(init=False)

    def __post_init__(self) -> None:
        self.state = new_ledger(self.method)
        matched = CostMethod.LIFO if self.method is CostMethod.LIFO else CostMethod.FIFO
        self._values, self._fees = LotQueue(matched), LotQueue(matched)

    def pooled(self) -> _Walk:
        """The same walk with lots that give their shares together."""
        self._values, self._fees = LotPool(), LotPool()
        return self

    def through(self, drafts: Sequence[TransactionDraft]) -> _Walk:
        """Walk through all rows; those that cannot have happened are passed over, as in the account."""
        for draft in drafts:
            before = _Before.of(self.state)
            if append_possible_rows(self.state, (draft,)):
                continue
            moved = self.state.queue.units - before.base
            fee = self.state.fees_paid - before.fees_paid
            if moved > 0:
                self._came(draft, before, moved, fee)
            elif moved < 0:
                self._left(draft, before, -moved, fee)
            self._note(draft, before, fee)
        return self

    def _came(self, draft: TransactionDraft, before: _Before, base: Decimal, fee: Decimal) -> None:
        known = draft.price is not None
        value = self.state.money_in - before.money_in - fee if known else None
        self._deals.append(
            Deal(
                ts_ms=draft.time_ms,
                price=draft.price,
                at_nav=draft.type in _AT_NAV,
                brought=draft.type is TransactionType.TRANSFER_IN,
                factor=self.state.factor,
            )
        )
        self._values.put(len(self._deals) - 1, base, value)
        self._fees.put(len(self._deals) - 1, base, fee)

    def _left(self, draft: TransactionDraft, before: _Before, base: Decimal, fee: Decimal) -> None:
        values, fees = self._values.take(base), self._fees.take(base)
        if draft.type is TransactionType.TRANSFER_OUT:
            self.carried_fees += fee
            return
        if self.state.unknown_results > before.unknown_results:
            return
        gross = self.state.money_out - before.money_out + fee
        end = Deal(ts_ms=draft.time_ms, price=draft.price, at_nav=draft.type in _AT_NAV)
        self._close(values, fees, gross, fee, end)

    def open_stays(self, price: Decimal) -> list[Stay]:
        """What is still held, valued."""
        before, self.stays = self.stays, []
        if self.state.position().cost_basis is not None:
            self._close(self._values.lots, self._fees.lots, self.state.quantity * price, ZERO, None)
        found, self.stays = self.stays, before
        return found

    def _close(
        self,
        values: Sequence[RawLot],
        fees: Sequence[RawLot],
        gross: Decimal,
        fee: Decimal,
        end: Deal | None,
    ) -> None:
        """Share what an end brought and cost among the lots it used up; the last one takes the rest."""
        base = sum((units for _, units, _ in values), ZERO)
        left_value, left_fee, left_base = gross, fee, base
        for (deal, units, value), (_, _, paid) in zip(values, fees, strict=True):
            part = share_of(left_value, units, left_base)
            fee_part = share_of(left_fee, units, left_base) if left_fee else ZERO
            left_value, left_fee, left_base = left_value - part, left_fee - fee_part, left_base - units
            if value is None:
                continue
            self.stays.append(
                Stay(
                    came=self._deals[deal],
                    left=end,
                    start_units=exact_quotient(units, self._deals[deal].factor),
                    units=exact_quotient(units, self.state.factor),
                    start_value=value,
                    end_value=part,
                    fees=(paid or ZERO) + fee_part,
                )
            )

    def _note(self, draft: TransactionDraft, before: _Before, fee: Decimal) -> None:
        self.flows.append(
            Flow(
                ts_ms=draft.time_ms,
                put_in=self.state.money_in - before.money_in,
                taken_out=self.state.money_out - before.money_out,
                fee=fee,
                price=draft.price,
                units_after=self.state.quantity,
            )
        )
