"""How old the parts of a holding are, and from when on a figure counts as stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from levdesk.domain.sources import NavSource, QuoteSource
from levdesk.ui.format import age

if TYPE_CHECKING:
    from levdesk.services.views import HoldingView

MIN_STALE_AFTER_MS: Final = 60_000
MISSED_POLLS: Final = 4


class Clock(NamedTuple):
    """The moment a table is written for.

    Attributes:
        now_ms: the desk's clock.
        stale_after_ms: age at which a figure from a venue counts as stale.
    """

    now_ms: int
    stale_after_ms: int = MIN_STALE_AFTER_MS

    def is_stale(self, ts_ms: int | None) -> bool:
        """True when a known moment lies too far back."""
        return ts_ms is not None and self.now_ms - ts_ms > self.stale_after_ms


def clock_at(now_ms: int, poll_s: float) -> Clock:
    """A clock that calls a figure stale after several missed polls, and never before a minute."""
    return Clock(now_ms, max(MIN_STALE_AFTER_MS, round(1000 * MISSED_POLLS * poll_s)))


class Ages(NamedTuple):
    """Ages of one holding in words ("4 s ago"), and which parts are stale; a figure typed in by hand never is."""

    price: str
    nav: str
    leverage: str
    price_stale: bool
    nav_stale: bool
    leverage_stale: bool

    @property
    def price_mark(self) -> str:
        """The tag of a stale price: "3 h"; "" while it is fresh."""
        return self.price.removesuffix(" ago") if self.price_stale else ""

    @property
    def nav_mark(self) -> str:
        """The tag of a stale NAV; "" while it is fresh."""
        return self.nav.removesuffix(" ago") if self.nav_stale else ""


def ages_of(holding: HoldingView, clock: Clock) -> Ages:
    """Ages of a holding's figures at the clock's moment."""
    price_by_hand = holding.market_price_source is QuoteSource.MANUAL
    nav_by_hand = holding.nav_source is NavSource.MANUAL
    return Ages(
        price=age(holding.market_price_ts_ms, clock.now_ms),
        nav=age(holding.nav_ts_ms, clock.now_ms),
        leverage=age(holding.leverage_ts_ms, clock.now_ms),
        price_stale=not price_by_hand and clock.is_stale(holding.market_price_ts_ms),
        nav_stale=not nav_by_hand and clock.is_stale(holding.nav_ts_ms),
        leverage_stale=clock.is_stale(holding.leverage_ts_ms),
    )
