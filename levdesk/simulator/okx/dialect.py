"""OKX's public protocol (v5), served from a market: documented shapes, types, limits and refusals.

Pure: the same call at the same time has the same answer. What the venue page does not say is in DECISIONS.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from levdesk.simulator.dialect import Allowance, Answer, Call, Doors, FieldRoles, Json, Toll, json_answer
from levdesk.simulator.market import Market
from levdesk.simulator.okx import history, quotes
from levdesk.simulator.okx.forms import OkxRefusal
from levdesk.simulator.okx.stream import STREAM_PATH, OkxTalk
from levdesk.simulator.talk import Moment

_PREFIX: Final = "/api/v5"

_PATHS: Final[dict[str, tuple[Callable[[Market, Call], Json], int]]] = {
    "/public/time": (quotes.server_time, 10),
    "/public/instruments": (quotes.instruments, 20),
    "/market/ticker": (quotes.ticker, 20),
    "/market/tickers": (quotes.tickers, 20),
    "/public/mark-price": (quotes.mark_price, 10),
    "/market/index-tickers": (quotes.index_tickers, 20),
    "/public/funding-rate": (quotes.funding_rate, 10),
    "/public/funding-rate-history": (history.funding_history, 10),
    "/market/candles": (history.candles, 40),
    "/market/history-candles": (history.history_candles, 20),
    "/market/index-candles": (history.index_candles, 20),
    "/market/history-index-candles": (history.history_index_candles, 20),
    "/market/mark-price-candles": (history.mark_candles, 20),
    "/market/history-mark-price-candles": (history.history_mark_candles, 20),
}
"""What answers, and how often it may be asked in two seconds."""

_PER_INSTRUMENT: Final = frozenset({"/public/funding-rate"})


class OkxDialect:
    """A market that answers and streams as OKX does.

    Args:
        market: where the figures come from.
    """

    venue: ClassVar[str] = "okx"
    doors: ClassVar[Doors] = Doors(most_opened=(3, 1.0))
    roles: ClassVar[FieldRoles] = FieldRoles(
        names=("instId",),
        figures=("markPx", "idxPx", "fundingRate", "last"),
        swapped=(("askPx", "bidPx"), ("fundingRate", "fundingTime"), ("markPx", "ts"), ("idxPx", "ts")),
        within=("data",),
    )

    def __init__(self, market: Market) -> None:
        self._market = market

    def serves(self, path: str) -> bool:
        """Everything under /api/v5."""
        return path.startswith(f"{_PREFIX}/")

    def toll(self, call: Call) -> Toll:
        """So many requests in two seconds, by path; of the coming funding by instrument too."""
        path = call.path.removeprefix(_PREFIX)
        _, limit = _PATHS.get(path, (None, 20))
        counter = f"{path}/{call.query.get('instId', '')}" if path in _PER_INSTRUMENT else path
        return Toll(counter=counter, limit=limit, period_s=2.0)

    def answer(self, call: Call) -> Answer:
        """The documented answer; documented refusals are answers too."""
        handler, _ = _PATHS.get(call.path.removeprefix(_PREFIX), (None, 0))
        if handler is None:
            return OkxRefusal("404", "Not Found", status=404).answer()
        if call.now_ms < self._market.start_ms:
            return OkxRefusal("50026", "The simulated market opens later", status=500).answer()
        try:
            return json_answer(200, handler(self._market, call))
        except OkxRefusal as refusal:
            return refusal.answer()

    def too_many(self, call: Call) -> Answer:
        """The answer beyond the limit."""
        return OkxRefusal("50011", "Too Many Requests", status=429).answer()

    def banned(self, call: Call) -> Answer:
        """The answer to an address that is kept out."""
        return OkxRefusal("50035", "Access from this IP is restricted", status=403).answer()

    def broken(self, call: Call) -> Answer:
        """The answer when something is wrong at the venue."""
        return OkxRefusal("50026", "System error. Try again later", status=500).answer()

    def dressed(self, answer: Answer, call: Call, allowance: Allowance) -> Answer:
        """OKX sends nothing along that anybody could use."""
        return answer

    def streams_at(self, path: str) -> bool:
        """The public stream; candles would be at another address."""
        return path.rstrip("/") == STREAM_PATH

    def talk(self, call: Call, moment: Moment) -> OkxTalk:
        """A new connection."""
        return OkxTalk(self._market, moment)
