"""Gate's public REST protocol (api v4), served from a market: documented shapes, types, limits and refusals.

Pure: the same call at the same time has the same answer. The shapes follow the venue page; what it does not say is in
DECISIONS.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import ClassVar, Final

from levdesk.simulator.dialect import Allowance, Answer, Call, Doors, FieldRoles, Json, Toll, json_answer
from levdesk.simulator.gate import announcements, futures, spot
from levdesk.simulator.gate.forms import GateRefusal
from levdesk.simulator.gate.stream import STREAM_PATHS, GateTalk
from levdesk.simulator.market import Market
from levdesk.simulator.talk import Moment

_PREFIX: Final = "/api/v4"

Handler = Callable[[Market, Call], Json]

_WHOLE_PATHS: Final[dict[str, Handler]] = {
    "/ann/list_article": announcements.articles,
    "/spot/tickers": spot.tickers,
    "/spot/currency_pairs": spot.currency_pairs,
    "/spot/candlesticks": spot.candlesticks,
    "/spot/order_book": spot.order_book,
    "/spot/time": spot.server_time,
    "/futures/usdt/tickers": futures.tickers,
    "/futures/usdt/contracts": futures.contracts,
    "/futures/usdt/candlesticks": futures.candlesticks,
    "/futures/usdt/funding_rate": futures.funding_rate,
    "/futures/usdt/premium_index": futures.premium_index,
}
_NAMED_PATHS: Final[dict[str, Handler]] = {
    "/spot/currency_pairs": spot.currency_pair,
    "/futures/usdt/contracts": futures.contract,
}
"""Paths that take one more part: a name."""


class GateDialect:
    """A market that answers and streams as Gate does.

    Args:
        market: where the figures come from.
    """

    venue: ClassVar[str] = "gate"
    doors: ClassVar[Doors] = Doors(most_open=300)
    posted: ClassVar[frozenset[str]] = frozenset({f"{_PREFIX}/ann/list_article"})
    roles: ClassVar[FieldRoles] = FieldRoles(
        names=("currency_pair", "contract", "name", "id", "s"),
        figures=("etf_net_value", "mark_price", "c", "last", "b"),
        swapped=(
            ("etf_net_value", "etf_leverage"),
            ("highest_bid", "lowest_ask"),
            ("mark_price", "funding_rate"),
            ("h", "l"),
            ("b", "a"),
        ),
        within=("result",),
    )

    def __init__(self, market: Market) -> None:
        self._market = market

    def serves(self, path: str) -> bool:
        """Everything under /api/v4."""
        return path.startswith(f"{_PREFIX}/")

    def endpoint(self, path: str) -> str:
        """Path without the name of a pair or contract."""
        parent, _, _ = path.rpartition("/")
        return parent if parent.removeprefix(_PREFIX) in _NAMED_PATHS else path

    def toll(self, call: Call) -> Toll:
        """200 requests in ten seconds, for each endpoint."""
        return Toll(counter=self.endpoint(call.path), limit=200, period_s=10.0)

    def answer(self, call: Call) -> Answer:
        """The documented answer; documented refusals are answers too."""
        handler = self._handler(call.path.removeprefix(_PREFIX))
        if handler is None:
            return GateRefusal("BAD_REQUEST", f"Request path {call.path} not found", status=404).answer()
        if call.now_ms < self._market.start_ms:
            return GateRefusal("SERVER_ERROR", "The simulated market opens later", status=500).answer()
        try:
            return json_answer(200, handler(self._market, call))
        except GateRefusal as refusal:
            return refusal.answer()

    def too_many(self, call: Call) -> Answer:
        """The answer beyond the limit."""
        words = f"Request Rate limit Exceeded on {self.endpoint(call.path)}"
        return GateRefusal("TOO_MANY_REQUESTS", words, status=429).answer()

    def banned(self, call: Call) -> Answer:
        """The answer to an address that is kept out."""
        return GateRefusal("FORBIDDEN", "IP address is forbidden", status=403).answer()

    def broken(self, call: Call) -> Answer:
        """The answer when something is wrong at the venue."""
        return GateRefusal("SERVER_ERROR", "Internal server error", status=500).answer()

    def dressed(self, answer: Answer, call: Call, allowance: Allowance) -> Answer:
        """The answer with Gate's own headers: times in µs, what is left of the limit, a trace id."""
        reset_s = call.clock_ms / 1000.0 + allowance.reset_in_s
        trace = hashlib.blake2b(f"{call.path}{call.now_ms}".encode(), digest_size=16).hexdigest()
        return answer.with_headers(
            ("X-Gate-Trace-Id", trace),
            ("X-In-Time", str(call.clock_ms * 1000 - 400)),
            ("X-Out-Time", str(call.clock_ms * 1000)),
            ("X-Gate-RateLimit-Limit", str(allowance.limit)),
            ("X-Gate-RateLimit-Requests-Remain", str(allowance.remaining)),
            ("X-Gate-RateLimit-Reset-Timestamp", str(int(reset_s) + 1)),
        )

    def streams_at(self, path: str) -> bool:
        """The two addresses of spot and futures."""
        return path in STREAM_PATHS

    def talk(self, call: Call, moment: Moment) -> GateTalk:
        """A new connection."""
        return GateTalk(self._market, STREAM_PATHS[call.path], moment)

    def _handler(self, path: str) -> Handler | None:
        handler = _WHOLE_PATHS.get(path)
        if handler is not None:
            return handler
        parent, _, name = path.rpartition("/")
        return _NAMED_PATHS.get(parent) if name else None
