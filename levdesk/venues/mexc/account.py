"""One's own account at MEXC: read with a key of its own, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import urlencode

from levdesk.domain.instruments import TokenKey
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow
from levdesk.venues.mexc import wire
from levdesk.venues.private import (
    UNVERIFIED,
    ApiKey,
    Balance,
    Fill,
    FillPage,
    KeyRights,
    PrivateRequest,
    Refusal,
    Signature,
)
from levdesk.venues.private_replies import (
    TradedPair,
    fee_paid,
    halves,
    hmac_hex,
    read_balances,
    read_fills,
    stretches,
)
from levdesk.venues.rows import past_ms

_BALANCES: Final = "/api/v3/account"
_FILLS: Final = "/api/v3/myTrades"
_PAGE: Final = 100
_LONGEST_MS: Final = 30 * 86_400_000
_WINDOW_MS: Final = "5000"


@dataclass(frozen=True, slots=True)
class MexcAccount:
    """MEXC as a `private.Account`."""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    hosts: ClassVar[tuple[str, ...]] = ("api.mexc.com",)
    paths: ClassVar[frozenset[str]] = frozenset({_BALANCES, _FILLS})
    has_passphrase: ClassVar[bool] = False
    refusals: ClassVar[Mapping[str, Refusal]] = {
        "700003": Refusal.CLOCK,
        "10073": Refusal.CLOCK,
        "10072": Refusal.KEY,
        "700001": Refusal.KEY,
        "400": Refusal.KEY,
        "700002": Refusal.SECRET,
        "602": Refusal.SECRET,
        "700006": Refusal.ADDRESS,
        "700007": Refusal.RIGHTS,
        "401": Refusal.RIGHTS,
        "402": Refusal.EXPIRED,
    }
    reach_s: ClassVar[int | None] = 30 * 86_400
    reach_words: ClassVar[str] = "only of the last month; for older ones import the file MEXC's pages offer"

    def sign(self, request: PrivateRequest, key: ApiKey, now_ms: int) -> Signature:
        """SHA-256 over the query as it is sent, moment included; the signature stands last."""
        added = (("recvWindow", _WINDOW_MS), ("timestamp", str(now_ms)))
        sign = hmac_hex(key.secret, urlencode(request.query + added))
        return Signature(headers=(("X-MEXC-APIKEY", key.key),), query=(*added, ("signature", sign)))

    def permissions(self) -> PrivateRequest | None:
        """MEXC does not tell: `canWithdraw` is about the account, not about the key."""
        return None

    def parse_permissions(self, reply: Reply, key: ApiKey) -> KeyRights:
        """Never known."""
        return UNVERIFIED

    def balances(self) -> tuple[PrivateRequest, ...]:
        """All coins of the spot account."""
        return (PrivateRequest(venue=self.name, path=_BALANCES, weight=10),)

    def parse_balances(self, reply: Reply) -> Parsed[Balance]:
        """Free and locked units."""
        value = wire.read(reply)
        rows = value.get("balances") if isinstance(value, dict) else None
        return read_balances(wire.ROWS, reply, rows, "asset", ("free", "locked"))

    def fills(self, token: TokenKey, quote_currency: str, start_ms: int, end_ms: int) -> tuple[PrivateRequest, ...]:
        """One stretch of the last month, cut shorter where its page is full."""
        return tuple(
            PrivateRequest(
                venue=self.name,
                path=_FILLS,
                query=(
                    ("symbol", f"{token.symbol}{quote_currency}"),
                    ("startTime", str(first_ms)),
                    ("endTime", str(last_ms)),
                    ("limit", str(_PAGE)),
                ),
                weight=10,
            )
            for first_ms, last_ms in stretches(start_ms, end_ms, _LONGEST_MS)
        )

    def parse_fills(self, reply: Reply, request: PrivateRequest, token: TokenKey, quote_currency: str) -> FillPage:
        """Trades of a page; the stretch of a full one is asked again in two halves."""
        values = wire.read(reply)
        pair = TradedPair(token, quote_currency)

        def read(row: JsonRow) -> Fill:
            if not isinstance(is_buy := row.get("isBuyer"), bool):
                raise ValueError("is neither a buy nor a sale")
            return pair.fill(
                fee=fee_paid(row, "commission", "commissionAsset"),
                trade_id=row.get("id"),
                time_ms=past_ms(row.get("time"), reply.received_ms),
                is_buy=is_buy,
                quantity=row.get("qty"),
                price=row.get("price"),
            )

        found, problems = read_fills(wire.ROWS, reply, values, read)
        if not isinstance(values, list) or len(values) < _PAGE:
            return FillPage(fills=found, problems=problems)
        following, cut = halves(wire.ROWS, request, "startTime", "endTime")
        return FillPage(fills=found, problems=problems + cut, next=following)
