"""Drafts, tokens and ledgers that the specifications of this room share, and strategies for them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import strategies as st

from levdesk.domain.instruments import (
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    ScheduledCondition,
    TokenKey,
    TokenStatus,
)
from levdesk.domain.transactions import TransactionDraft, TransactionType

BTC3L = TokenKey("gate", "BTC3L")
ETH3S = TokenKey("gate", "ETH3S")
NOON_MS = 1_772_366_400_000


@dataclass
class StoppedClock:
    """A clock a test sets."""

    ms: int = NOON_MS

    def now_ms(self) -> int:
        return self.ms


def draft(
    quantity: str | None = "10",
    price: str | None = "2.5",
    *,
    time_ms: int = NOON_MS,
    key: TokenKey = BTC3L,
    kind: TransactionType = TransactionType.BUY,
    note: str = "",
) -> TransactionDraft:
    return TransactionDraft(
        time_ms=time_ms,
        type=kind,
        key=key,
        quantity=None if quantity is None else Decimal(quantity),
        price=None if price is None else Decimal(price),
        note=note,
    )


def token(key: TokenKey = BTC3L, leverage: str = "3") -> LeveragedToken:
    return LeveragedToken(key=key, underlying=key.symbol[:3], target_leverage=Decimal(leverage))


amounts = st.builds(
    lambda digits, scale: Decimal((0, tuple(int(digit) for digit in str(digits)), -scale)),
    st.integers(0, 10**40),
    st.integers(0, 40),
)
signed = st.builds(lambda amount, negative: -amount if negative else amount, amounts, st.booleans())
times_ms = st.integers(0, 4_102_444_800_000)
words = st.text(max_size=12)
names = st.text(min_size=1, max_size=8)
keys = st.builds(TokenKey, names, names)

drafts = st.builds(
    TransactionDraft,
    time_ms=times_ms,
    type=st.sampled_from(TransactionType),
    key=keys,
    quantity=st.none() | amounts,
    price=st.none() | amounts,
    fee=amounts,
    fee_currency=words,
    note=st.text(max_size=40),
)

rules = st.builds(
    RebalanceRule,
    target_leverage=signed,
    effective_from_ms=times_ms,
    scheduled_utc_s=st.none() | st.integers(0, 86_399),
    scheduled_condition=st.sampled_from(ScheduledCondition),
    scheduled_move_ratio=st.none() | amounts,
    band_low=st.none() | amounts,
    band_high=st.none() | amounts,
    emergency_leverage=st.none() | amounts,
    emergency_move_ratio=st.none() | amounts,
    emergency_two_sided=st.booleans(),
    provenance=st.sampled_from(Provenance),
    source=words,
    as_of=words,
)
fees = st.builds(
    FeeSchedule,
    effective_from_ms=times_ms,
    management_per_day_ratio=st.none() | amounts,
    taken_utc_s=st.none() | st.integers(0, 86_399),
    funding_inside=st.booleans(),
    subscribe_ratio=st.none() | amounts,
    spot_ratio=st.none() | amounts,
    provenance=st.sampled_from(Provenance),
    source=words,
)
tokens = st.builds(
    LeveragedToken,
    key=keys,
    underlying=words,
    target_leverage=signed,
    quote_currency=words,
    hedge_instrument=words,
    name=words,
    status=st.sampled_from(TokenStatus),
    rules=st.lists(rules, max_size=2).map(tuple),
    fees=st.lists(fees, max_size=2).map(tuple),
    provenance=st.sampled_from(Provenance),
    listed_ms=st.none() | times_ms,
)
