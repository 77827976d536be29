"""Units in the books against units at the venue, token by token, with the difference explained as far as it can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.money import ZERO, divide
from levdesk.services.accounts import AccountNews, WantedToken
from levdesk.services.accounts_proposals import Proposal, Standing
from levdesk.services.books import Books
from levdesk.services.import_rows import TokenFinder
from levdesk.services.naming import guess_token

_MERGE_RATIOS: Final = (2, 4, 5, 8, 10, 20, 25, 50, 100, 200, 500, 1_000, 10_000, 100_000, 1_000_000)
_ROUNDING: Final = Decimal("0.000001")
"""A venue rounds units when it merges."""
_FEE_RATIO: Final = Decimal("0.004")
"""No venue takes more of a trade in units of the token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """One token in the books and at the venue.

    Attributes:
        key: the token.
        ledger: units in the books, all portfolios together.
        venue: units in the account.
        pending: what the proposed trades that are not in the books come to.
        words: the difference explained.
        is_settled: nothing is left to explain.
    """

    key: TokenKey
    ledger: Decimal
    venue: Decimal
    pending: Decimal
    words: str
    is_settled: bool

    @property
    def difference(self) -> Decimal:
        """Units at the venue beyond those in the books."""
        return self.venue - self.ledger


def tokens_of(
    books: Books, venue: str, coins: Iterable[str], find_token: TokenFinder = lambda _key: None
) -> tuple[WantedToken, ...]:
    """Tokens of a venue worth asking about: those in the books, and coins in the account that are such tokens."""
    wanted = {key: books.token(key).quote_currency for key in books.keys(None) if key.venue == venue}
    for coin in coins:
        key = TokenKey(venue, coin)
        token: LeveragedToken | None = books.tokens.get(key) or find_token(key) or guess_token(key)
        if token is not None:
            wanted.setdefault(key, token.quote_currency)
    ordered = sorted(wanted, key=lambda key: key.symbol)
    return tuple(WantedToken(key=key, quote_currency=wanted[key]) for key in ordered)


def reconcile(
    news: AccountNews, tokens: Sequence[WantedToken], proposals: Sequence[Proposal], books: Books
) -> tuple[Reconciled, ...]:
    """One row per token that is held in the books or at the venue, or that has proposed trades."""
    rows = []
    for token in tokens:
        key = token.key
        ledger, venue = books.position(key, None).quantity, news.units(key.symbol)
        open_ones = [each for each in proposals if each.draft.key == key and _is_missing(each)]
        if ledger or venue or open_ones:
            rows.append(_row(key, ledger, venue, open_ones, proposals))
    return tuple(rows)


def _row(
    key: TokenKey, ledger: Decimal, venue: Decimal, open_ones: Sequence[Proposal], proposals: Sequence[Proposal]
) -> Reconciled:
    pending = sum((net_units(each) for each in open_ones), ZERO)
    traded = sum((each.fill.quantity for each in proposals if each.draft.key == key), ZERO)
    words, is_settled = _explained(ledger, venue, pending, len(open_ones), traded)
    return Reconciled(key=key, ledger=ledger, venue=venue, pending=pending, words=words, is_settled=is_settled)


def _is_missing(proposal: Proposal) -> bool:
    """Whether the trade is surely not in the books."""
    return proposal.standing is not Standing.THERE and not proposal.is_doubtful


def net_units(proposal: Proposal) -> Decimal:
    """Units that a trade adds to the account, its fee included where that was paid in the token."""
    fill = proposal.fill
    fee = fill.fee if fill.fee_currency == fill.key.symbol else ZERO
    return fill.quantity - fee if fill.is_buy else -fill.quantity - fee


def _explained(ledger: Decimal, venue: Decimal, pending: Decimal, count: int, traded: Decimal) -> tuple[str, bool]:
    """The difference in words, and whether all of it is explained."""
    trades = "1 trade that is" if count == 1 else f"{count} trades that are"
    if venue == ledger:
        if not count:
            return "Agrees.", True
        if not pending:
            return f"Agrees; {trades} not in your books come to nothing together.", True
        return f"Agrees without the {trades} not in your books: look at those again before you accept them.", False
    rest = venue - ledger - pending
    if not rest:
        return f"Explained by {trades} not in your books yet.", True
    verb = "explains" if count == 1 else "explain"
    begun = f"{trades} not in your books {verb} {_signed(pending)}; " if count else ""
    return _capital(f"{begun}{_rest_words(ledger + pending, venue, rest, traded, begun)}"), False


def _rest_words(expected: Decimal, venue: Decimal, rest: Decimal, traded: Decimal, begun: str) -> str:
    left = f"{'the remaining ' if begun else ''}{_signed(rest)} "
    ratio = _merge_ratio(expected, venue)
    if ratio is not None:
        return f"{left}fits a merge of {ratio:,} : 1 that is not in your books."
    backwards = _merge_ratio(venue, expected)
    if backwards is not None:
        return f"{left}fits a merge of {backwards:,} : 1 in your books that the venue has not done."
    if rest < 0:
        if traded and -rest <= traded * _FEE_RATIO:
            return f"{left}is about what fees taken in units of the token come to: look whether your rows name them."
        if not venue:
            return f"{left}has left the account: a sale before the stretch asked for, a redemption, or a transfer out."
        return f"{left}may be a transfer out, a redemption, or a sale before the stretch asked for."
    return f"{left}may be a transfer in, a subscription, or a purchase before the stretch asked for."


def _merge_ratio(more: Decimal, fewer: Decimal) -> int | None:
    """The ratio of a merge that makes `fewer` units of `more`."""
    if more <= 0 or fewer <= 0:
        return None
    ratio = divide(more, fewer)
    return next((each for each in _MERGE_RATIOS if abs(ratio - each) <= each * _ROUNDING), None)


def _signed(units: Decimal) -> str:
    return f"{'+' if units > 0 else '−'}{abs(units):,f}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
