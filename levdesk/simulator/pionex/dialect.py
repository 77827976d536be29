"""Pionex's public protocol (v1), served from a market: documented shapes, types, weights and refusals.

Pure: the same call at the same time has the same answer. What the venue page does not say is in DECISIONS.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from levdesk.simulator.dialect import Allowance, Answer, Call, Doors, FieldRoles, Json, Toll, json_answer
from levdesk.simulator.market import Market
from levdesk.simulator.pionex import perpetuals, spot
from levdesk.simulator.pionex.forms import PionexRefusal
from levdesk.simulator.pionex.stream import STREAM_PATH, PionexTalk
from levdesk.simulator.talk import Moment

_PREFIX: Final = "/api/v1"

_PATHS: Final[dict[str, tuple[Callable[[Market, Call], Json], int]]] = {
    "/common/symbols": (spot.symbols, 5),
    "/market/tickers": (spot.tickers, 1),
    "/market/bookTickers": (spot.book_tickers, 1),
    "/market/depth": (spot.depth, 1),
    "/market/trades": (spot.trades, 1),
    "/market/klines": (spot.klines, 1),
    "/market/indexes": (perpetuals.indexes, 5),
    "/market/markKlines": (perpetuals.mark_klines, 5),
    "/market/indexKlines": (perpetuals.index_klines, 5),
    "/market/fundingRates": (perpetuals.funding_rates, 5),
}
"""What answers, and its weight."""


class PionexDialect:
    """A market that answers and streams as Pionex does.

    Args:
        market: where the figures come from.
    """

    venue: ClassVar[str] = "pionex"
    doors: ClassVar[Doors] = Doors(most_open=10)
    roles: ClassVar[FieldRoles] = FieldRoles(
        names=("symbol",),
        figures=("markPrice", "close", "bidPrice", "price", "bids", "fundingRate"),
        swapped=(
            ("markPrice", "nextFundingRate"),
            ("bidPrice", "askPrice"),
            ("bids", "asks"),
            ("high", "low"),
            ("price", "size"),
        ),
        within=("data", "symbols", "tickers", "klines", "indexes", "rates", "trades"),
    )

    def __init__(self, market: Market) -> None:
        self._market = market

    def serves(self, path: str) -> bool:
        """Everything under /api/v1."""
        return path.startswith(f"{_PREFIX}/")

    def toll(self, call: Call) -> Toll:
        """10 of weight a second over all paths; beyond that a minute outside, longer with every further request."""
        _, weight = _PATHS.get(call.path.removeprefix(_PREFIX), (None, 1))
        return Toll(counter="weight", limit=10, period_s=1.0, weight=weight, ban_s=60.0, ban_more_s=10.0)

    def answer(self, call: Call) -> Answer:
        """The documented answer; documented refusals are answers too."""
        handler, _ = _PATHS.get(call.path.removeprefix(_PREFIX), (None, 0))
        if handler is None:
            return json_answer(404, {"error_msg": "404 Route Not Found"})
        if call.now_ms < self._market.start_ms:
            return PionexRefusal("MARKET_INVALID_TIME", "Opens later", status=500).answer(call.clock_ms)
        try:
            return json_answer(200, handler(self._market, call))
        except PionexRefusal as refusal:
            return refusal.answer(call.clock_ms)

    def too_many(self, call: Call) -> Answer:
        """The answer beyond the limit."""
        return PionexRefusal("TOO_MANY_REQUESTS", "Too many requests", status=429).answer(call.clock_ms)

    def banned(self, call: Call) -> Answer:
        """The answer to an address that is kept out."""
        return PionexRefusal("IP_NOT_WHITELISTED", "IP is not whitelisted", status=403).answer(call.clock_ms)

    def broken(self, call: Call) -> Answer:
        """The answer when something is wrong at the venue."""
        return PionexRefusal("SYSTEM_ERROR", "System error", status=500).answer(call.clock_ms)

    def dressed(self, answer: Answer, call: Call, allowance: Allowance) -> Answer:
        """Pionex sends nothing along that anybody could use."""
        return answer

    def streams_at(self, path: str) -> bool:
        """The public stream."""
        return path.rstrip("/") == STREAM_PATH

    def talk(self, call: Call, moment: Moment) -> PionexTalk:
        """A new connection."""
        return PionexTalk(self._market, moment)
