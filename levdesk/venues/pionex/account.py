"""One's own account at Pionex: read with a key of its own, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from levdesk.domain.instruments import TokenKey
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow
from levdesk.venues.pionex import wire
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
    side,
)
from levdesk.venues.rows import past_ms

_BALANCES: Final = "/api/v1/account/balances"
_FILLS: Final = "/api/v1/trade/fills"
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class PionexAccount:
    """Pionex as a `private.Account`."""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    hosts: ClassVar[tuple[str, ...]] = ("api.pionex.com",)
    paths: ClassVar[frozenset[str]] = frozenset({_BALANCES, _FILLS})
    has_passphrase: ClassVar[bool] = False
    refusals: ClassVar[Mapping[str, Refusal]] = {
        "INVALID_TIMESTAMP": Refusal.CLOCK,
        "INVALID_APIKEY": Refusal.KEY,
        "APIKEY_LOST": Refusal.KEY,
        "INVALID_SIGNATURE": Refusal.SECRET,
        "SIGNATURE_LOST": Refusal.SECRET,
        "IP_NOT_WHITELISTED": Refusal.ADDRESS,
        "PERMISSION_DENIED": Refusal.RIGHTS,
        "APIKEY_EXPIRED": Refusal.EXPIRED,
    }
    reach_s: ClassVar[int | None] = None
    reach_words: ClassVar[str] = "as far back as Pionex keeps them; bot and earn accounts are not counted"

    def sign(self, request: PrivateRequest, key: ApiKey, now_ms: int) -> Signature:
        """SHA-256 over method, path and the query in order of its names, unencoded, moment included."""
        stamp = ("timestamp", str(now_ms))
        query = "&".join(f"{name}={value}" for name, value in sorted((*request.query, stamp)))
        sign = hmac_hex(key.secret, f"GET{request.path}?{query}")
        return Signature(headers=(("PIONEX-KEY", key.key), ("PIONEX-SIGNATURE", sign)), query=(stamp,))

    def permissions(self) -> PrivateRequest | None:
        """Pionex does not tell."""
        return None

    def parse_permissions(self, reply: Reply, key: ApiKey) -> KeyRights:
        """Never known."""
        return UNVERIFIED

    def balances(self) -> tuple[PrivateRequest, ...]:
        """All coins outside bots and earn accounts."""
        return (PrivateRequest(venue=self.name, path=_BALANCES),)

    def parse_balances(self, reply: Reply) -> Parsed[Balance]:
        """Free and frozen units."""
        return read_balances(wire.ROWS, reply, wire.data(reply, "balances"), "coin", ("free", "frozen"))

    def fills(self, token: TokenKey, quote_currency: str, start_ms: int, end_ms: int) -> tuple[PrivateRequest, ...]:
        """The whole stretch; only its newest hundred come, so a full page is asked again in halves."""
        query = (
            ("symbol", f"{token.symbol}_{quote_currency}"),
            ("startTime", str(start_ms)),
            ("endTime", str(end_ms)),
        )
        return (PrivateRequest(venue=self.name, path=_FILLS, query=query, weight=5),)

    def parse_fills(self, reply: Reply, request: PrivateRequest, token: TokenKey, quote_currency: str) -> FillPage:
        """Trades of a page; the stretch of a full one is asked again in two halves."""
        rows = wire.data(reply, "fills")
        pair = TradedPair(token, quote_currency)

        def read(row: JsonRow) -> Fill:
            return pair.fill(
                fee=fee_paid(row, "fee", "feeCoin"),
                trade_id=row.get("id"),
                time_ms=past_ms(row.get("timestamp"), reply.received_ms),
                is_buy=side(row.get("side")),
                quantity=row.get("size"),
                price=row.get("price"),
            )

        found, problems = read_fills(wire.ROWS, reply, rows, read)
        if len(rows) < _PAGE:
            return FillPage(fills=found, problems=problems)
        following, cut = halves(wire.ROWS, request, "startTime", "endTime")
        return FillPage(fills=found, problems=problems + cut, next=following)
