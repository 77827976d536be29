"""Hypothesis strategies for money, tokens and rows of the ledger; other rooms' tests may use them too.

Rows come out possible: the strategy keeps its own count of what is held, in fractions, apart from the code under test.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction

from hypothesis import strategies as st

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType

BTC3L = TokenKey("gate", "BTC3L")
ETH3S = TokenKey("gate", "ETH3S")
START_MS = 1_700_000_000_000
_PLENTY = Context(prec=200)

methods = st.sampled_from(list(CostMethod))
notes = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"),
    max_size=20,
) | st.sampled_from(
    ["=1+1", "'=1+1", "'quoted'", "+", "-2", "@x", 'he said "no"', "two\r\nlines", "\r", "\n", " a; b, c "]
)


def token(key: TokenKey = BTC3L, *, target: str = "3", quote_currency: str = "USDT") -> LeveragedToken:
    """A token as a venue would list it."""
    return LeveragedToken(
        key=key, underlying=key.symbol[:3], target_leverage=Decimal(target), quote_currency=quote_currency
    )


def amounts(low: str, high: str, places: int = 18) -> st.SearchStrategy[Decimal]:
    """Decimals between two bounds with up to `places` digits after the point."""
    return st.decimals(min_value=low, max_value=high, allow_nan=False, allow_infinity=False, places=places).map(_tidy)


def _tidy(value: Decimal) -> Decimal:
    return _PLENTY.create_decimal(value).normalize(_PLENTY) + ZERO


quantities = amounts("0.000000000000000001", "1000000") | st.sampled_from([Decimal(1), Decimal(3), Decimal("0.1")])
prices = amounts("0.000000000001", "100000", places=12) | st.sampled_from([Decimal(1), Decimal("0.3")])
fees = st.just(ZERO) | amounts("0", "5", places=8)
ratios = st.sampled_from([Decimal(text) for text in ("10", "100", "10000", "3", "7", "0.1", "1", "1.5")])


@st.composite
def ledgers(
    draw: st.DrawFn, key: TokenKey = BTC3L, *, max_rows: int = 14, unknown_costs: bool = False, sold_out: bool = False
) -> tuple[TransactionDraft, ...]:
    """Possible rows of one token in ledger order.

    Args:
        draw: hypothesis' own.
        key: the token.
        max_rows: at most this many, not counting the closing row.
        unknown_costs: let some transfers bring units of unknown cost.
        sold_out: end with a settlement of everything.
    """
    rows: list[TransactionDraft] = []
    held, now_ms = Fraction(0), START_MS
    for _ in range(draw(st.integers(1, max_rows))):
        now_ms += draw(st.sampled_from([0, 1, 999, 60_000, 86_400_000]))
        kind = draw(st.sampled_from(list(TransactionType)))
        row = draw(_row(kind, key, now_ms, held, unknown_costs)) if held or kind in _OPENING else None
        if row is not None:
            rows.append(row)
            held = _held_after(row, held)
    if sold_out and held:
        price = draw(prices)
        rows.append(TransactionDraft(time_ms=now_ms, type=TransactionType.SETTLE, key=key, quantity=None, price=price))
    return tuple(rows)


_OPENING = frozenset({TransactionType.BUY, TransactionType.SUBSCRIBE, TransactionType.TRANSFER_IN})


@st.composite
def _row(
    draw: st.DrawFn, kind: TransactionType, key: TokenKey, now_ms: int, held: Fraction, unknown_costs: bool
) -> TransactionDraft | None:
    if kind is TransactionType.MERGE:
        return TransactionDraft(time_ms=now_ms, type=kind, key=key, quantity=draw(ratios))
    price: Decimal | None = draw(prices)
    fee, currency = draw(fees), draw(st.sampled_from(["", "USDT", key.symbol]))
    if kind in _OPENING:
        quantity: Decimal | None = draw(quantities)
        assert quantity is not None
        if currency == key.symbol:
            fee = _rounded(Fraction(quantity) * draw(st.sampled_from([Fraction(0), Fraction(1, 1000), Fraction(1, 3)])))
        if kind is TransactionType.TRANSFER_IN and unknown_costs and draw(st.booleans()):
            price = None
    else:
        share = draw(st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(1, 3), Fraction(1, 1000)]))
        quantity = _rounded(held * share)
        if currency == key.symbol:
            fee = _rounded(Fraction(quantity) / 1000)
            quantity -= fee
        if not quantity:
            return None
        if kind is TransactionType.SETTLE and share == 1 and currency != key.symbol:
            quantity = None
        if kind is TransactionType.TRANSFER_OUT and draw(st.booleans()):
            price = None
    return TransactionDraft(
        time_ms=now_ms,
        type=kind,
        key=key,
        quantity=quantity,
        price=price,
        fee=fee,
        fee_currency=currency,
        note=draw(notes),
    )


def _rounded(value: Fraction) -> Decimal:
    """Down to 18 places, so that it is never more than what is held."""
    quotient = _PLENTY.divide(Decimal(value.numerator), Decimal(value.denominator))
    return quotient.quantize(Decimal("1E-18"), rounding=ROUND_DOWN, context=_PLENTY).normalize(_PLENTY) + ZERO


def _held_after(row: TransactionDraft, held: Fraction) -> Fraction:
    fee = Fraction(row.fee) if row.fee_currency == row.key.symbol else Fraction(0)
    if row.quantity is None:
        return Fraction(0)
    if row.type is TransactionType.MERGE:
        return held / Fraction(row.quantity)
    units = Fraction(row.quantity)
    return held + units - fee if row.type in _OPENING else held - units - fee


def buy(quantity: str, price: str, *, at: int = 0, fee: str = "0", fee_currency: str = "") -> TransactionDraft:
    """A buy of BTC3L, `at` minutes after the start."""
    return draft("buy", quantity, price, at=at, fee=fee, fee_currency=fee_currency)


def draft(
    kind: str,
    quantity: str | None,
    price: str | None = None,
    *,
    at: int = 0,
    fee: str = "0",
    fee_currency: str = "",
    key: TokenKey = BTC3L,
    note: str = "",
) -> TransactionDraft:
    """A row written as in a file, `at` minutes after the start."""
    return TransactionDraft(
        time_ms=START_MS + at * 60_000,
        type=TransactionType(kind),
        key=key,
        quantity=None if quantity is None else Decimal(quantity),
        price=None if price is None else Decimal(price),
        fee=Decimal(fee),
        fee_currency=fee_currency,
        note=note,
    )


def figures(of: object, names: str) -> list[object]:
    """Some attributes by name, to compare with plain numbers."""
    return [getattr(of, name) for name in names.split()]
