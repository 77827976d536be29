"""What the demo's holder did in the last half-year: nine tokens in two portfolios, priced from the simulated market.

The acts are data; prices, fees and quantities follow from the market at those moments, so the story is a pure function
of the market. Every day counts back from the anchor's UTC midnight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from levdesk.domain.errors import Bug
from levdesk.domain.instruments import FeeSchedule, LeveragedToken, TokenKey, TokenStatus
from levdesk.domain.money import ZERO, divide
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType
from levdesk.simulator.listing import VENUE, CompleteToken, ListedToken, Listing
from levdesk.simulator.market import Market, SpotPair
from levdesk.simulator.paths import DAY_MS, MINUTE_MS

_HOUR_MS: Final = 3_600_000
_CENT: Final = Decimal("0.01")
_FEE_STEP: Final = Decimal("0.00000001")
_NAV_DIGITS: Final = 8

BUY, SELL = TransactionType.BUY, TransactionType.SELL
SUBSCRIBE, REDEEM = TransactionType.SUBSCRIBE, TransactionType.REDEEM
TRANSFER_IN, TRANSFER_OUT = TransactionType.TRANSFER_IN, TransactionType.TRANSFER_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPortfolio:
    """A portfolio of the demo with its rows, oldest first."""

    name: str
    cost_method: CostMethod
    drafts: tuple[TransactionDraft, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStory:
    """Everything the demo starts with.

    Attributes:
        tokens: what is or was held, complete with rules and fees.
        portfolios: in order.
    """

    tokens: tuple[LeveragedToken, ...]
    portfolios: tuple[DemoPortfolio, ...]


@dataclass(frozen=True, slots=True)
class _Act:
    """One thing the holder did.

    Attributes:
        day, clock: days before the anchor's day, and time of that day, UTC.
        kind, symbol: what, with which token.
        size: money put in for what comes in; share of the units held for what goes out.
        note: the holder's own words.
        fee_in_token: the venue took its fee in units of the token.
    """

    day: int
    clock: str
    kind: TransactionType
    symbol: str
    size: str
    note: str = ""
    fee_in_token: bool = False


_MAIN: Final = (
    _Act(171, "09:14:22", BUY, "BTC3L", "600", "First one"),
    _Act(163, "18:40:05", BUY, "BTC3L", "400"),
    _Act(140, "07:55:41", SELL, "BTC3L", "0.35", "Took the stake out"),
    _Act(116, "20:31:10", BUY, "BTC3L", "350", "Bought the crash"),
    _Act(84, "12:02:57", BUY, "BTC3L", "250"),
    _Act(33, "15:20:33", BUY, "BTC3L", "300"),
    _Act(9, "21:48:19", SELL, "BTC3L", "0.2"),
    _Act(149, "10:25:00", SUBSCRIBE, "ETH3L", "1000", "Subscribed at NAV"),
    _Act(121, "16:44:12", BUY, "ETH3L", "500"),
    _Act(111, "08:12:36", BUY, "ETH3L", "400", "Averaging down"),
    _Act(52, "11:30:00", REDEEM, "ETH3L", "0.25", "Redeemed at NAV"),
    _Act(14, "13:07:45", BUY, "ETH3L", "250"),
    _Act(26, "19:22:08", BUY, "SOL3L", "450"),
    _Act(17, "06:58:51", BUY, "SOL3L", "300"),
    _Act(4, "22:15:30", BUY, "SOL3L", "350", "Paid above NAV, fee taken in units", fee_in_token=True),
    _Act(128, "14:09:27", BUY, "BTC3S", "500", "Hedge"),
    _Act(115, "18:36:44", SELL, "BTC3S", "0.6", "The hedge paid"),
    _Act(73, "09:45:15", BUY, "BTC3S", "350"),
    _Act(22, "17:33:02", BUY, "BTC3S", "300"),
    _Act(101, "12:00:00", TRANSFER_IN, "XRP2L", "800", "From the old account, with its cost"),
    _Act(64, "20:05:38", BUY, "XRP2L", "400"),
    _Act(30, "10:41:56", SELL, "XRP2L", "0.15"),
    _Act(19, "12:30:00", TRANSFER_OUT, "XRP2L", "0.1", "To cold storage"),
)
_EXPERIMENTS: Final = (
    _Act(97, "15:15:20", BUY, "SOL3S", "300", "Against the bounce"),
    _Act(80, "08:28:47", BUY, "SOL3S", "200"),
    _Act(58, "13:51:09", BUY, "SOL3S", "250", "After the merge"),
    _Act(36, "19:04:53", SELL, "SOL3S", "0.3"),
    _Act(106, "21:10:42", BUY, "ADA5L", "300", "A quick rebound?"),
    _Act(87, "09:36:18", BUY, "ADA5L", "150"),
    _Act(47, "16:27:31", BUY, "ETH5L", "350"),
    _Act(31, "07:18:24", BUY, "ETH5L", "250"),
    _Act(12, "20:52:07", SELL, "ETH5L", "0.4", "Locking some in"),
    _Act(7, "11:43:58", BUY, "DOGE5S", "260", "Memes cannot go up forever"),
    _Act(2, "18:21:14", BUY, "DOGE5S", "180"),
)


def demo_story(market: Market, listing: Listing, complete: CompleteToken) -> DemoStory:
    """Tokens and transactions of the demo on this market."""
    symbols = {act.symbol for act in (*_MAIN, *_EXPERIMENTS)}
    listed = [token for token in listing.tokens if token.symbol in symbols]
    tokens = tuple(_token(entry, complete) for entry in listed)
    fees = {token.key.symbol: token.fees[-1] for token in tokens}
    return DemoStory(
        tokens=tokens,
        portfolios=(
            DemoPortfolio(name="Main", cost_method=CostMethod.FIFO, drafts=_written(_MAIN, market, fees)),
            DemoPortfolio(
                name="Experiments", cost_method=CostMethod.AVERAGE, drafts=_written(_EXPERIMENTS, market, fees)
            ),
        ),
    )


def _token(listed: ListedToken, complete: CompleteToken) -> LeveragedToken:
    token = complete(listed.token)
    return token if listed.delisted_day is None else token._replace(status=TokenStatus.SETTLED)


def _written(acts: tuple[_Act, ...], market: Market, fees: dict[str, FeeSchedule]) -> tuple[TransactionDraft, ...]:
    """The acts of one portfolio as drafts, oldest first, with the merges and settlements that befell its tokens."""
    drafts: list[TransactionDraft] = []
    for symbol in sorted({act.symbol for act in acts}):
        book = _Book(market, symbol, fees[symbol])
        drafts += book.write([act for act in acts if act.symbol == symbol])
    return tuple(sorted(drafts, key=lambda draft: draft.time_ms))


class _Book:
    """Writes the rows of one token, keeping count of the units held."""

    def __init__(self, market: Market, symbol: str, fees: FeeSchedule) -> None:
        pair = market.pair(f"{symbol}_USDT")
        if pair is None or pair.token is None:
            raise Bug(f"The demo holds {symbol}, which its market does not list.")
        self._pair: SpotPair = pair
        self._token = pair.token
        self._key = TokenKey(VENUE, symbol)
        self._midnight_ms = market.anchor_ms // DAY_MS * DAY_MS
        self._spot_ratio = fees.spot_ratio or ZERO
        self._nav_ratio = fees.subscribe_ratio or Decimal("0.001")
        self._held = ZERO

    def write(self, acts: list[_Act]) -> list[TransactionDraft]:
        """All rows, oldest first."""
        drafts: list[TransactionDraft] = []
        happened = sorted(self._happened())
        for act in sorted(acts, key=self._moment):
            while happened and happened[0][0] <= self._moment(act):
                drafts += self._suffer(*happened.pop(0))
            drafts.append(self._do(act))
        for event in happened:
            drafts += self._suffer(*event)
        return drafts

    def _happened(self) -> Iterator[tuple[int, TransactionType]]:
        start_ms = self._token.start_ms
        for merge in self._token.spec.merges:
            yield start_ms + merge.day * DAY_MS, TransactionType.MERGE
        if self._pair.delisted_ms is not None:
            yield self._pair.delisted_ms + 2 * _HOUR_MS, TransactionType.SETTLE

    def _suffer(self, moment: int, kind: TransactionType) -> Iterator[TransactionDraft]:
        """A merge or a settlement, if anything was held."""
        if not self._held:
            return
        if kind is TransactionType.MERGE:
            day = (moment - self._token.start_ms) // DAY_MS
            ratio = next(Decimal(merge.old_per_new) for merge in self._token.spec.merges if merge.day == day)
            self._held = divide(self._held, ratio)
            yield self._draft(moment, kind, quantity=ratio, note=f"{ratio} old units became one")
            return
        # Settled at the NAV of the last minute of trading.
        nav = self._nav(moment - 2 * _HOUR_MS - MINUTE_MS)
        self._held = ZERO
        yield self._draft(moment, kind, quantity=None, price=nav, note="Delisted; settled at NAV")

    def _do(self, act: _Act) -> TransactionDraft:
        moment, size = self._moment(act), Decimal(act.size)
        price = self._price(act.kind, moment)
        incoming = act.kind in (BUY, SUBSCRIBE, TRANSFER_IN)
        quantity = (divide(size, price) if incoming else self._held * size).quantize(_CENT, ROUND_DOWN)
        fee, units = self._fee(act, quantity, price), quantity
        if act.fee_in_token:
            fee = (quantity * self._spot_ratio).quantize(_FEE_STEP, ROUND_DOWN)
            units = quantity - fee
        self._held += units if incoming else -quantity
        return self._draft(
            moment, act.kind, quantity=quantity, price=price, fee=fee, note=act.note,
            fee_currency=self._key.symbol if act.fee_in_token else "",
        )  # fmt: skip

    def _fee(self, act: _Act, quantity: Decimal, price: Decimal) -> Decimal:
        if act.kind in (TRANSFER_IN, TRANSFER_OUT):
            return ZERO
        ratio = self._nav_ratio if act.kind in (SUBSCRIBE, REDEEM) else self._spot_ratio
        return (quantity * price * ratio).quantize(_FEE_STEP, ROUND_DOWN)

    def _price(self, kind: TransactionType, moment: int) -> Decimal:
        """Ask for a purchase, bid for a sale, NAV with the issuer; a transfer brings along what was paid earlier."""
        if kind in (SUBSCRIBE, REDEEM):
            return self._nav(moment)
        if kind is TRANSFER_IN:
            moment -= 20 * DAY_MS
        quote = self._pair.quote(moment)
        price = quote.bid if kind in (SELL, TRANSFER_OUT) else quote.ask
        return Decimal(f"{price:.{self._pair.price_decimals(moment)}f}")

    def _nav(self, moment: int) -> Decimal:
        return Decimal(f"{self._token.price_at(moment):.{_NAV_DIGITS}f}")

    def _moment(self, act: _Act) -> int:
        hours, minutes, seconds = (int(part) for part in act.clock.split(":"))
        return self._midnight_ms - act.day * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000

    def _draft(
        self,
        moment: int,
        kind: TransactionType,
        *,
        quantity: Decimal | None,
        price: Decimal | None = None,
        fee: Decimal = ZERO,
        fee_currency: str = "",
        note: str = "",
    ) -> TransactionDraft:
        return TransactionDraft(
            time_ms=moment, type=kind, key=self._key, quantity=quantity, price=price, fee=fee,
            fee_currency=fee_currency, note=note,
        )  # fmt: skip
