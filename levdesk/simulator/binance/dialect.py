"""Binance's public protocol of USDT-M perpetuals, served from a market: shapes, types, weights and refusals.

Pure: the same call at the same time has the same answer. What the venue page does not say is in DECISIONS.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from levdesk.simulator.binance import history, quotes
from levdesk.simulator.binance.forms import BinanceRefusal
from levdesk.simulator.binance.stream import BinanceTalk, streams_at
from levdesk.simulator.dialect import Allowance, Answer, Call, Doors, FieldRoles, Json, Toll, json_answer
from levdesk.simulator.market import Market
from levdesk.simulator.talk import Moment

_PREFIX: Final = "/fapi/v1"

_PATHS: Final[dict[str, Callable[[Market, Call], Json]]] = {
    "/time": quotes.server_time,
    "/ping": quotes.ping,
    "/exchangeInfo": quotes.exchange_info,
    "/premiumIndex": quotes.premium_index,
    "/ticker/bookTicker": quotes.book_ticker,
    "/ticker/price": quotes.price_ticker,
    "/klines": history.klines,
    "/markPriceKlines": history.mark_klines,
    "/indexPriceKlines": history.index_klines,
    "/premiumIndexKlines": history.premium_klines,
    "/fundingRate": history.funding_rate,
    "/fundingInfo": history.funding_info,
}
_OF_ONE_AND_OF_ALL: Final = {"/premiumIndex": (1, 10), "/ticker/bookTicker": (2, 5), "/ticker/price": (1, 2)}
_FUNDING_PATHS: Final = frozenset({"/fundingRate", "/fundingInfo"})
_DEFAULT_BARS: Final = "500"
_BAN_MS: Final = 120_000


class BinanceDialect:
    """A market that answers and streams as Binance does.

    Args:
        market: where the figures come from.
    """

    venue: ClassVar[str] = "binance"
    doors: ClassVar[Doors] = Doors()
    roles: ClassVar[FieldRoles] = FieldRoles(
        names=("symbol", "s"),
        figures=("markPrice", "p", "bidPrice", "b", "price", "fundingRate"),
        swapped=(
            ("markPrice", "lastFundingRate"),
            ("p", "r"),
            ("bidPrice", "askPrice"),
            ("b", "a"),
        ),
        within=("data", "symbols"),
    )

    def __init__(self, market: Market) -> None:
        self._market = market

    def serves(self, path: str) -> bool:
        """Everything under /fapi."""
        return path.startswith("/fapi/")

    def toll(self, call: Call) -> Toll:
        """2400 of weight a minute over all paths; the two about funding share 500 requests in five minutes."""
        path = call.path.removeprefix(_PREFIX)
        if path in _FUNDING_PATHS:
            return Toll(counter="funding", limit=500, period_s=300.0)
        return Toll(counter="weight", limit=2400, period_s=60.0, weight=_weight(path, call))

    def answer(self, call: Call) -> Answer:
        """The documented answer; documented refusals are answers too."""
        handler = _PATHS.get(call.path.removeprefix(_PREFIX))
        if handler is None:
            return BinanceRefusal(-5000, f"Path {call.path}, Method GET is invalid", status=404).answer()
        if call.now_ms < self._market.start_ms:
            return BinanceRefusal(-1000, "The simulated market opens later", status=500).answer()
        try:
            return json_answer(200, handler(self._market, call))
        except BinanceRefusal as refusal:
            return refusal.answer()

    def too_many(self, call: Call) -> Answer:
        """The answer beyond the limit."""
        words = "Too many requests; current limit of IP is 2400 requests per minute."
        return BinanceRefusal(-1003, words, status=429).answer()

    def banned(self, call: Call) -> Answer:
        """The answer to an address that went on after being told to stop."""
        until_ms = call.clock_ms + _BAN_MS
        return BinanceRefusal(-1003, f"Way too many requests; IP banned until {until_ms}.", status=418).answer()

    def broken(self, call: Call) -> Answer:
        """The answer when something is wrong at the venue."""
        return BinanceRefusal(
            -1001, "Internal error; unable to process your request. Please try again.", status=500
        ).answer()

    def dressed(self, answer: Answer, call: Call, allowance: Allowance) -> Answer:
        """The answer with the weight used up so far."""
        if self.toll(call).counter != "weight":
            return answer
        return answer.with_headers(("X-MBX-USED-WEIGHT-1M", str(allowance.limit - allowance.remaining)))

    def streams_at(self, path: str) -> bool:
        """The roots of market and public streams."""
        return streams_at(path)

    def talk(self, call: Call, moment: Moment) -> BinanceTalk:
        """A new connection."""
        return BinanceTalk(self._market, call, moment)


def _weight(path: str, call: Call) -> int:
    """What a request costs: lists of everything and long pages cost more."""
    if path.lower().endswith("klines"):
        limit = call.query.get("limit") or _DEFAULT_BARS
        rows = int(limit) if limit.isdecimal() else 500
        return next((weight for below, weight in ((100, 1), (500, 2), (1001, 5)) if rows < below), 10)
    one, every = _OF_ONE_AND_OF_ALL.get(path, (1, 1))
    return one if "symbol" in call.query else every
