"""Columns and rows of the accounts, of proposed transactions, and of balances against the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from levdesk.domain.money import ZERO
from levdesk.domain.transactions import TransactionType
from levdesk.services.accounts import Verdict
from levdesk.services.accounts_proposals import Standing
from levdesk.services.accounts_view import AccountState, KeyPlace
from levdesk.ui import format as eye
from levdesk.ui.models.cells import Cell, Tone
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.models.keyed_table import KeyedRow

if TYPE_CHECKING:
    from decimal import Decimal

    from levdesk.services.accounts_proposals import Proposal
    from levdesk.services.accounts_reconciling import Reconciled
    from levdesk.ui.format import Figures

ACCOUNT_COLUMNS: Final = (
    ColumnSpec(name="venue", title="Venue", about="Whose account", width=104, is_number=False),
    ColumnSpec(name="key", title="Key", about="Where its key is", width=132, is_number=False),
    ColumnSpec(name="rights", title="What the key may do", about="As its venue tells", width=360, is_number=False),
)
PROPOSAL_COLUMNS: Final = (
    ColumnSpec(name="time", title="Time", about="Your local time", width=140, is_number=False),
    ColumnSpec(name="type", title="Type", about="What happened", width=58, is_number=False),
    ColumnSpec(name="symbol", title="Token", about="Token", width=84, is_number=False),
    ColumnSpec(name="quantity", title="Units", about="Units, every digit", width=96),
    ColumnSpec(name="price", title="Price", about="Price of one unit, every digit", width=92),
    ColumnSpec(name="fee", title="Fee", about="As the venue took it", width=124),
    ColumnSpec(name="standing", title="In your books", about="Whether it is there", width=300, is_number=False),
)
BALANCE_COLUMNS: Final = (
    ColumnSpec(name="symbol", title="Token", about="Token", width=92, is_number=False),
    ColumnSpec(name="ledger", title="Your books", about="Units in all portfolios together", width=112),
    ColumnSpec(name="venue", title="The account", about="Units at the venue, locked ones too", width=112),
    ColumnSpec(name="difference", title="Difference", about="Account less books", width=112),
    ColumnSpec(name="why", title="Why", about="The difference explained", width=420, is_number=False),
)
_PLACES: Final = {
    KeyPlace.NOWHERE: "none",
    KeyPlace.SESSION: "until LevDesk ends",
    KeyPlace.KEYRING: "in the keyring",
}
_RIGHTS: Final = {
    Verdict.FINE: ("It can only read", Tone.GAIN),
    Verdict.WARNED: ("More than read", Tone.WARNING),
    Verdict.UNVERIFIED: ("Cannot be verified", Tone.WARNING),
    Verdict.REFUSED: ("Move money out: not taken", Tone.CRITICAL),
}
VERDICT_KINDS: Final = {
    Verdict.FINE: "gain",
    Verdict.WARNED: "warning",
    Verdict.UNVERIFIED: "warning",
    Verdict.REFUSED: "critical",
}
"""Colour roles of a verdict's words."""


def account_row(state: AccountState) -> KeyedRow:
    """One venue's account."""
    has_key = state.place is not KeyPlace.NOWHERE
    if state.trouble:
        rights, tone = "See below", Tone.CRITICAL
    elif not has_key:
        rights, tone = "", Tone.MUTED
    elif state.check is None:
        rights, tone = "Asking…", Tone.MUTED
    else:
        rights, tone = _RIGHTS[state.check.verdict]
    cells = [
        Cell(state.title, Tone.STRONG if has_key else Tone.PLAIN),
        Cell(_PLACES[state.place], Tone.PLAIN if has_key else Tone.MUTED),
        Cell(rights, tone),
    ]
    return KeyedRow(state.venue, cells, state_words(state))


def state_words(state: AccountState) -> str:
    """All there is to say about an account."""
    if state.trouble:
        return state.trouble
    if state.check is not None:
        return state.check.words
    return f"{state.title} tells trades {state.reach_words}."


def proposal_row(proposal: Proposal, write: Figures) -> KeyedRow:
    """One trade of the account."""
    fill, draft = proposal.fill, proposal.draft
    is_there = proposal.standing is Standing.THERE
    tone = Tone.MUTED if is_there else Tone.PLAIN
    words = proposal.words or "New"
    fee = f"{write.exact(fill.fee)} {fill.fee_currency}".strip() if fill.fee else "0"
    cells = [
        Cell(eye.moment(draft.time_ms), tone),
        Cell("buy" if draft.type is TransactionType.BUY else "sell", tone),
        Cell(draft.key.symbol, Tone.MUTED if is_there else Tone.STRONG),
        Cell(write.exact(draft.quantity), tone),
        Cell(write.exact(draft.price), tone),
        Cell(fee, tone if fill.fee else Tone.MUTED),
        Cell(words, Tone.WARNING if proposal.standing is Standing.QUESTION else tone),
    ]
    return KeyedRow(
        (draft.key.symbol, fill.trade_id), cells, f"{eye.moment_with_zone(draft.time_ms)}\n{draft.note}\n{words}"
    )


def balance_row(row: Reconciled, write: Figures) -> KeyedRow:
    """One token in the books and in the account."""
    tone = Tone.MUTED if row.is_settled and not row.difference else Tone.PLAIN
    cells = [
        Cell(row.key.symbol, Tone.STRONG),
        Cell(write.exact(row.ledger), tone),
        Cell(write.exact(row.venue), tone),
        Cell(_signed(row.difference, write), tone),
        Cell(row.words, Tone.MUTED if row.is_settled else Tone.WARNING),
    ]
    return KeyedRow(row.key.symbol, cells, row.words)


def _signed(units: Decimal, write: Figures) -> str:
    return f"+{write.exact(units)}" if units > ZERO else write.exact(units)
