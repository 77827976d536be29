"""One's own account at KuCoin: read with a key of its own, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from levdesk.domain.instruments import TokenKey
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow
from levdesk.venues.kucoin import wire
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
    hmac_base64,
    read_balances,
    read_fills,
    rights_of,
    side,
    stretches,
    with_query,
)
from levdesk.venues.rows import past_ms

_KEY: Final = "/api/v1/user/api-key"
_BALANCES: Final = "/api/v1/accounts"
_FILLS: Final = "/api/v1/hf/fills"
_PAGE: Final = 100
_LONGEST_MS: Final = 7 * 86_400_000
"""Assumed: the pages name no longest stretch, and a week is served by all of KuCoin's histories."""
_HARMLESS: Final = frozenset({"general"})
_TAKES_OUT: Final = ("withdraw", "transfer")
"""Transfers pass by the second factor; only those between one's own accounts are called InnerTransfer."""


@dataclass(frozen=True, slots=True)
class KucoinAccount:
    """KuCoin as a `private.Account`."""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    hosts: ClassVar[tuple[str, ...]] = ("api.kucoin.com",)
    paths: ClassVar[frozenset[str]] = frozenset({_KEY, _BALANCES, _FILLS})
    has_passphrase: ClassVar[bool] = True
    refusals: ClassVar[Mapping[str, Refusal]] = {
        "400002": Refusal.CLOCK,
        "400003": Refusal.KEY,
        "400004": Refusal.PASSPHRASE,
        "400005": Refusal.SECRET,
        "400006": Refusal.ADDRESS,
        "400007": Refusal.RIGHTS,
        "411100": Refusal.LOCKED,
    }
    reach_s: ClassVar[int | None] = None
    reach_words: ClassVar[str] = "week by week; subscriptions and redemptions of tokens are not among them"

    def sign(self, request: PrivateRequest, key: ApiKey, now_ms: int) -> Signature:
        """SHA-256 over moment, method and path with its query; the passphrase is hashed too."""
        stamp = str(now_ms)
        headers = (
            ("KC-API-KEY", key.key),
            ("KC-API-TIMESTAMP", stamp),
            ("KC-API-SIGN", hmac_base64(key.secret, f"{stamp}GET{request.target}")),
            ("KC-API-PASSPHRASE", hmac_base64(key.secret, key.passphrase)),
            ("KC-API-KEY-VERSION", "2"),
        )
        return Signature(headers=headers)

    def permissions(self) -> PrivateRequest | None:
        """What this key may do."""
        return self._get(_KEY)

    def parse_permissions(self, reply: Reply, key: ApiKey) -> KeyRights:
        """Rights by name, e.g. “General,Spot,InnerTransfer”."""
        row = wire.data(reply)
        text = row.get("permission") if isinstance(row, dict) else None
        if not isinstance(text, str) or not text.strip():
            return UNVERIFIED
        words = [word.strip() for word in text.split(",") if word.strip()]
        inner = [word for word in words if word.lower() == "innertransfer"]
        rights = rights_of([word for word in words if word not in inner], harmless=_HARMLESS, withdrawing=_TAKES_OUT)
        if not inner:
            return rights
        own = rights_of(inner, harmless=_HARMLESS, withdrawing=("withdraw",))
        return KeyRights(withdraw=rights.withdraw, trade=own.trade, named=rights.named + own.named)

    def balances(self) -> tuple[PrivateRequest, ...]:
        """All coins of the funding and the trading account."""
        return (PrivateRequest(venue=self.name, path=_BALANCES, weight=5),)

    def parse_balances(self, reply: Reply) -> Parsed[Balance]:
        """Units per coin and account."""
        return read_balances(wire.ROWS, reply, wire.data(reply), "currency", ("balance",))

    def fills(self, token: TokenKey, quote_currency: str, start_ms: int, end_ms: int) -> tuple[PrivateRequest, ...]:
        """Stretches of a week, a hundred rows a page."""
        pair = ("symbol", f"{token.symbol}-{quote_currency}")
        return tuple(
            self._get(_FILLS, pair, ("limit", str(_PAGE)), ("startAt", str(first_ms)), ("endAt", str(last_ms)))
            for first_ms, last_ms in stretches(start_ms, end_ms, _LONGEST_MS)
        )

    def parse_fills(self, reply: Reply, request: PrivateRequest, token: TokenKey, quote_currency: str) -> FillPage:
        """Trades of a page; a full one names where the next begins."""
        held = wire.data(reply)
        items = held.get("items") if isinstance(held, dict) else None
        pair = TradedPair(token, quote_currency)

        def read(row: JsonRow) -> Fill:
            return pair.fill(
                fee=fee_paid(row, "fee", "feeCurrency"),
                trade_id=row.get("tradeId"),
                time_ms=past_ms(row.get("createdAt"), reply.received_ms),
                is_buy=side(row.get("side")),
                quantity=row.get("size"),
                price=row.get("price"),
            )

        found, problems = read_fills(wire.ROWS, reply, items, read)
        last = held.get("lastId") if isinstance(held, dict) else None
        is_full = isinstance(items, list) and len(items) >= _PAGE
        before = dict(request.query).get("lastId")
        following: tuple[PrivateRequest, ...] = ()
        if is_full and isinstance(last, str) and last and last != before:
            following = (with_query(request, lastId=last),)
        return FillPage(fills=found, problems=problems, next=following)

    def _get(self, path: str, *query: tuple[str, str]) -> PrivateRequest:
        return PrivateRequest(venue=self.name, path=path, query=query)
