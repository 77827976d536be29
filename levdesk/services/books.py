"""The books: portfolios, tokens and transactions as one snapshot in memory, with the positions they come to.

A snapshot never changes: `apply` makes the next one and keeps what the act did not touch. Positions are worked out when
first asked for and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import merge
from operator import attrgetter

from levdesk.domain.errors import UserError
from levdesk.domain.holding_history import quantity_at
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.ledger import LedgerFault, append_possible_rows, new_ledger
from levdesk.domain.ledger_state import LedgerState
from levdesk.domain.lots import Disposal
from levdesk.domain.money import ONE
from levdesk.domain.position import NOTHING_HELD, Position, combine
from levdesk.domain.problems import Problem
from levdesk.domain.transactions import Portfolio, Transaction, TransactionDraft
from levdesk.services.collector import collector_at_rest
from levdesk.services.naming import guess_token
from levdesk.services.ports import BooksChange, StoredBooks

Completion = Callable[[LeveragedToken], LeveragedToken]
HoldingKey = tuple[int, TokenKey]
_Rows = dict[HoldingKey, tuple[Transaction, ...]]

_in_order = attrgetter("order")
_by_name = attrgetter("venue", "symbol")


@dataclass(frozen=True, slots=True)
class Account:
    """One token in one portfolio, replayed.

    Attributes:
        state: after all of its rows; to be read, never extended.
        position: its figures.
        faults: stored rows that cannot have happened and were passed over.
    """

    state: LedgerState
    position: Position
    faults: tuple[LedgerFault, ...]


_EMPTY_ROWS: tuple[Transaction, ...] = ()


def unchanged(token: LeveragedToken) -> LeveragedToken:
    """Complete a token with nothing."""
    return token


@dataclass(slots=True)
class _Known:
    """What was worked out once and is asked for again and again."""

    guesses: dict[TokenKey, LeveragedToken] = field(default_factory=dict)
    keys: dict[int | None, tuple[TokenKey, ...]] = field(default_factory=dict)


class Books:
    """A snapshot of everything the person entered.

    Attributes:
        portfolios: in order of creation.
        tokens: instruments by key, completed with their issuers' rules.
        undo_label, redo_label: acts that undo and redo would touch, "" when none.
    """

    __slots__ = ("_accounts", "_complete", "_known", "_rows", "portfolios", "redo_label", "tokens", "undo_label")

    def __init__(
        self,
        portfolios: tuple[Portfolio, ...],
        tokens: Mapping[TokenKey, LeveragedToken],
        rows: _Rows,
        *,
        accounts: dict[HoldingKey, Account] | None = None,
        complete: Completion = unchanged,
        labels: tuple[str, str] = ("", ""),
    ) -> None:
        """Keep what is given; `read` and `apply` are the ways to get one."""
        self.portfolios = portfolios
        self.tokens = tokens
        self.undo_label, self.redo_label = labels
        self._rows = rows
        self._accounts = accounts if accounts is not None else {}
        self._complete = complete
        self._known = _Known()

    @classmethod
    def read(cls, stored: StoredBooks, *, complete: Completion = unchanged) -> Books:
        """The books as stored; `complete` adds issuers' rules and fees to each token, now and after each act."""
        return cls(
            stored.portfolios,
            {token.key: complete(token) for token in stored.tokens},
            _grouped(stored.transactions),
            complete=complete,
            labels=(stored.undo_label, stored.redo_label),
        )

    def apply(self, change: BooksChange) -> Books:
        """The books after an act; only the holdings it touched are worked out again."""
        portfolios = self.portfolios if change.portfolios is None else change.portfolios
        tokens = self.tokens
        if change.tokens is not None:
            tokens = {token.key: self._complete(token) for token in change.tokens}
        rows, accounts = dict(self._rows), dict(self._accounts)
        removed, added = _grouped(change.removed), _grouped(sorted(change.added, key=_in_order))
        for holding in removed.keys() | added.keys():
            self._change_rows(holding, removed.get(holding, ()), added.get(holding, ()), rows, accounts)
        if change.portfolios is not None:
            self._drop_what_portfolios_changed(portfolios, rows, accounts)
        labels = (change.undo_label, change.redo_label)
        return Books(portfolios, tokens, rows, accounts=accounts, complete=self._complete, labels=labels)

    def _change_rows(
        self,
        holding: HoldingKey,
        removed: tuple[Transaction, ...],
        added: tuple[Transaction, ...],
        rows: _Rows,
        accounts: dict[HoldingKey, Account],
    ) -> None:
        old = rows.get(holding, _EMPTY_ROWS)
        account = accounts.pop(holding, None)
        if not removed and (not old or old[-1].order < added[0].order):
            rows[holding] = old + added
            if account is not None:
                state = account.state.copy()
                faults = append_possible_rows(state, [row.draft for row in added])
                accounts[holding] = Account(state, state.position(), account.faults + faults)
            return
        gone = {row.id for row in removed}
        kept = [row for row in old if row.id not in gone]
        if kept or added:
            rows[holding] = tuple(sorted([*kept, *added], key=_in_order))
        else:
            rows.pop(holding, None)

    def _drop_what_portfolios_changed(
        self, portfolios: tuple[Portfolio, ...], rows: _Rows, accounts: dict[HoldingKey, Account]
    ) -> None:
        before = {portfolio.id: portfolio.cost_method for portfolio in self.portfolios}
        now = {portfolio.id: portfolio.cost_method for portfolio in portfolios}
        for holding in [holding for holding in accounts if before.get(holding[0]) != now.get(holding[0])]:
            del accounts[holding]
        for holding in [holding for holding in rows if holding[0] not in now]:
            del rows[holding]

    # -- what is in them -------------------------------------------------------------------------------------------

    def portfolio(self, portfolio_id: int) -> Portfolio:
        """A portfolio by id.

        Raises:
            UserError: there is none.
        """
        for portfolio in self.portfolios:
            if portfolio.id == portfolio_id:
                return portfolio
        raise UserError("This portfolio is no longer there.", hint="Choose another one.")

    def token(self, key: TokenKey) -> LeveragedToken:
        """The instrument of a row: as stored, else read from its name, else its bare symbol at 1×, assumed."""
        token = self.tokens.get(key) or self._known.guesses.get(key)
        if token is None:
            guess = guess_token(key) or LeveragedToken(key=key, underlying=key.symbol, target_leverage=ONE)
            token = self._known.guesses[key] = self._complete(guess)
        return token

    def keys(self, portfolio_id: int | None) -> tuple[TokenKey, ...]:
        """Tokens with rows, in one portfolio or in all of them, by venue and symbol."""
        if portfolio_id not in self._known.keys:
            keys = {key for held_in, key in self._rows if portfolio_id is None or held_in == portfolio_id}
            self._known.keys[portfolio_id] = tuple(sorted(keys, key=_by_name))
        return self._known.keys[portfolio_id]

    def transaction(self, transaction_id: int) -> Transaction:
        """A row by id.

        Raises:
            UserError: there is none.
        """
        for rows in self._rows.values():
            for row in rows:
                if row.id == transaction_id:
                    return row
        raise UserError("This transaction is no longer there.")

    def transactions(self, key: TokenKey, portfolio_id: int | None) -> tuple[Transaction, ...]:
        """Rows of one token, oldest first, in one portfolio or in all of them."""
        if portfolio_id is not None:
            return self._rows.get((portfolio_id, key), _EMPTY_ROWS)
        groups = [rows for portfolio in self.portfolios if (rows := self._rows.get((portfolio.id, key))) is not None]
        if len(groups) == 1:  # as most often: merging a million rows with nothing takes seconds
            return groups[0]
        return tuple(merge(*groups, key=_in_order))

    def all_transactions(self, portfolio_id: int | None) -> tuple[Transaction, ...]:
        """Every row, oldest first, of one portfolio or of all of them."""
        groups = (rows for (held_in, _), rows in self._rows.items() if portfolio_id is None or held_in == portfolio_id)
        return tuple(sorted((row for rows in groups for row in rows), key=_in_order))

    # -- what they come to -----------------------------------------------------------------------------------------

    def work_out(self, portfolio_id: int | None) -> None:
        """Replay every holding of a portfolio, or of all, that has not been asked for yet."""
        missing = [
            holding
            for holding in self._rows
            if holding not in self._accounts and (portfolio_id is None or holding[0] == portfolio_id)
        ]
        if missing:
            with collector_at_rest():
                for held_in, key in missing:
                    self.account(key, held_in)

    def disposals(self, key: TokenKey, portfolio_id: int) -> tuple[Disposal, ...]:
        """What each outgoing row of one holding did; replayed anew at each call. `Disposal.row` counts its rows."""
        state = new_ledger(self.portfolio(portfolio_id).cost_method, keep_disposals=True)
        append_possible_rows(state, [row.draft for row in self._rows.get((portfolio_id, key), _EMPTY_ROWS)])
        return state.disposals()

    def account(self, key: TokenKey, portfolio_id: int) -> Account:
        """One token in one portfolio, replayed under the portfolio's cost method."""
        holding = (portfolio_id, key)
        account = self._accounts.get(holding)
        if account is None:
            state = new_ledger(self.portfolio(portfolio_id).cost_method)
            faults = append_possible_rows(state, [row.draft for row in self._rows.get(holding, _EMPTY_ROWS)])
            account = self._accounts[holding] = Account(state, state.position(), faults)
        return account

    def position(self, key: TokenKey, portfolio_id: int | None) -> Position:
        """What one token comes to, in one portfolio or in all of them together."""
        if portfolio_id is not None:
            return self.account(key, portfolio_id).position
        return combine(account.position for account in self._accounts_of(key, None))

    def faults(self, key: TokenKey, portfolio_id: int | None) -> tuple[LedgerFault, ...]:
        """Stored rows of one token that cannot have happened; a file changed from outside may hold such."""
        return tuple(fault for account in self._accounts_of(key, portfolio_id) for fault in account.faults)

    def held_tokens(self, portfolio_id: int | None) -> tuple[LeveragedToken, ...]:
        """Tokens with units left, in one portfolio or in any."""
        return tuple(self.token(key) for key in self.keys(portfolio_id) if self.position(key, portfolio_id).quantity)

    def units_held(self, key: TokenKey, portfolio_id: int, at_ms: int) -> Decimal:
        """Units held at a moment, in the units of that time; rows of the very moment count."""
        rows = self._rows.get((portfolio_id, key), _EMPTY_ROWS)
        if not rows:
            return NOTHING_HELD.quantity
        if at_ms >= rows[-1].draft.time_ms:
            return self.account(key, portfolio_id).position.quantity
        return quantity_at((row.draft for row in rows), at_ms)

    def check_draft(
        self,
        draft: TransactionDraft,
        portfolio_id: int,
        replacing: int | None = None,
        *,
        token: LeveragedToken | None = None,
        now_ms: int | None = None,
    ) -> tuple[Problem, ...]:
        """What is wrong with a draft, by itself and among the rows around it; see `book_checks.check_draft`."""
        from levdesk.services import book_checks  # only when someone types

        return book_checks.check_draft(self, draft, portfolio_id, replacing, token=token, now_ms=now_ms)

    def _accounts_of(self, key: TokenKey, portfolio_id: int | None) -> Iterable[Account]:
        if portfolio_id is not None:
            return [self.account(key, portfolio_id)]
        return [self.account(key, portfolio.id) for portfolio in self.portfolios if (portfolio.id, key) in self._rows]


def _grouped(transactions: Iterable[Transaction]) -> _Rows:
    """Rows by holding, in the order given; three plain values hash faster than a TokenKey does, 100,000 times."""
    groups: dict[tuple[int, str, str], list[Transaction]] = {}
    for row in transactions:
        key = row.draft.key
        name = (row.portfolio_id, key.venue, key.symbol)
        group = groups.get(name)
        if group is None:
            groups[name] = [row]
        else:
            group.append(row)
    return {(group[0].portfolio_id, group[0].draft.key): tuple(group) for group in groups.values()}
