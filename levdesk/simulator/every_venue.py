"""All dialects over one market: what one server needs to be every venue at once."""

from __future__ import annotations

from levdesk.simulator.binance import BinanceDialect
from levdesk.simulator.dialect import Dialect
from levdesk.simulator.elsewhere import seen_from
from levdesk.simulator.gate import GateDialect
from levdesk.simulator.market import Market
from levdesk.simulator.okx import OkxDialect
from levdesk.simulator.pionex import PionexDialect


def every_dialect(market: Market) -> tuple[Dialect, ...]:
    """Gate as the market is, the others as it is seen from there; their paths are all different."""
    return (
        GateDialect(market),
        BinanceDialect(seen_from(market, BinanceDialect.venue)),
        OkxDialect(seen_from(market, OkxDialect.venue)),
        PionexDialect(seen_from(market, PionexDialect.venue)),
    )
