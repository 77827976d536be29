"""Every venue LevDesk can ask, by short name; imported late, for no first paint needs a venue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from levdesk.venues.binance import Binance
from levdesk.venues.bitrue import Bitrue
from levdesk.venues.bybit import Bybit
from levdesk.venues.gate import Gate
from levdesk.venues.htx import Htx
from levdesk.venues.kucoin import Kucoin
from levdesk.venues.lbank import Lbank
from levdesk.venues.mexc import Mexc
from levdesk.venues.okx import Okx
from levdesk.venues.pionex import Pionex

if TYPE_CHECKING:
    from levdesk.runtime.feed import StreamingVenue
    from levdesk.venues.contract import Venue

    class Adapter(Venue, StreamingVenue, Protocol):
        """What every adapter is: a venue that can be asked, and heard as far as it streams."""


ADAPTERS: Final[Mapping[str, Callable[..., Adapter]]] = {
    Gate.name: Gate,
    Mexc.name: Mexc,
    Kucoin.name: Kucoin,
    Binance.name: Binance,
    Bybit.name: Bybit,
    Okx.name: Okx,
    Pionex.name: Pionex,
    Htx.name: Htx,
    Lbank.name: Lbank,
    Bitrue.name: Bitrue,
}
"""In the order they are shown."""
