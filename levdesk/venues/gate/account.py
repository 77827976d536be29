"""One's own account at Gate: read with a key of its own, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from levdesk.domain.instruments import TokenKey
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.gate import wire
from levdesk.venues.json_figures import JsonRow, JsonValue, is_absent, number
from levdesk.venues.private import (
    UNVERIFIED,
    ApiKey,
    Balance,
    Fill,
    FillPage,
    KeyRights,
    PrivateRequest,
    Refusal,
    Right,
    Signature,
)
from levdesk.venues.private_replies import (
    TradedPair,
    hmac_hex,
    read_balances,
    read_fills,
    side,
    stretches,
    with_query,
)
from levdesk.venues.rows import past_ms

_KEYS: Final = "/api/v4/account/main_keys"
_BALANCES: Final = "/api/v4/spot/accounts"
_FILLS: Final = "/api/v4/spot/my_trades"
_PAGE: Final = 1000
_LONGEST_MS: Final = 30 * 86_400_000
_SHOWN: Final = 6
"""So much of a key is spelt out at least before its stars."""
_TAKES_OUT: Final = frozenset({"wallet", "withdraw", "custody", "otc"})
"""What may move money away when it may write at all."""


@dataclass(frozen=True, slots=True)
class GateAccount:
    """Gate as a `private.Account`."""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    hosts: ClassVar[tuple[str, ...]] = ("api.gateio.ws",)
    paths: ClassVar[frozenset[str]] = frozenset({_KEYS, _BALANCES, _FILLS})
    has_passphrase: ClassVar[bool] = False
    refusals: ClassVar[Mapping[str, Refusal]] = {
        "REQUEST_EXPIRED": Refusal.CLOCK,
        "INVALID_KEY": Refusal.KEY,
        "INVALID_CREDENTIALS": Refusal.KEY,
        "INVALID_SIGNATURE": Refusal.SECRET,
        "IP_FORBIDDEN": Refusal.ADDRESS,
        "FORBIDDEN": Refusal.RIGHTS,
        "READ_ONLY": Refusal.RIGHTS,
        "ACCOUNT_LOCKED": Refusal.LOCKED,
    }
    reach_s: ClassVar[int | None] = None
    reach_words: ClassVar[str] = "month by month, as far back as Gate keeps them"

    def sign(self, request: PrivateRequest, key: ApiKey, now_ms: int) -> Signature:
        """SHA-512 over method, path, query as it reads unencoded, the empty body's hash, and seconds."""
        stamp = str(now_ms // 1000)
        query = "&".join(f"{name}={value}" for name, value in request.query)
        text = "\n".join(("GET", request.path, query, hashlib.sha512(b"").hexdigest(), stamp))
        sign = hmac_hex(key.secret, text, hashlib.sha512)
        headers = (("KEY", key.key), ("Timestamp", stamp), ("SIGN", sign), ("Accept", "application/json"))
        return Signature(headers=headers)

    def permissions(self) -> PrivateRequest | None:
        """All keys of the account with their rights; only keys that may read the account are told."""
        return self._get(_KEYS)

    def parse_permissions(self, reply: Reply, key: ApiKey) -> KeyRights:
        """Rights of the one row whose spelt-out beginning is this key's; unverified where that is not sure."""
        value = wire.read(reply)
        rows = value if isinstance(value, list) else [value]
        own = [row for row in rows if isinstance(row, dict) and _is_own(row, key, alone=not isinstance(value, list))]
        perms = own[0].get("perms") if len(own) == 1 else None
        if not isinstance(perms, list):
            return UNVERIFIED
        named = []
        for perm in perms:
            if not isinstance(perm, dict) or not isinstance(word := perm.get("name"), str):
                return UNVERIFIED
            if perm.get("read_only") is not True:
                named.append(word)
        takes_out = [word for word in named if word.lower() in _TAKES_OUT]
        return KeyRights(
            withdraw=Right.YES if takes_out else Right.NO,
            trade=Right.YES if len(named) > len(takes_out) else Right.NO,
            named=tuple(named),
        )

    def balances(self) -> tuple[PrivateRequest, ...]:
        """All coins of the spot account."""
        return (self._get(_BALANCES),)

    def parse_balances(self, reply: Reply) -> Parsed[Balance]:
        """Free and locked units."""
        return read_balances(wire.ROWS, reply, wire.read(reply), "currency", ("available", "locked"))

    def fills(self, token: TokenKey, quote_currency: str, start_ms: int, end_ms: int) -> tuple[PrivateRequest, ...]:
        """Stretches of thirty days, a thousand rows a page."""
        pair = ("currency_pair", f"{token.symbol}_{quote_currency}")
        return tuple(
            self._get(
                _FILLS,
                pair,
                ("limit", str(_PAGE)),
                ("page", "1"),
                ("from", str(first_ms // 1000)),
                ("to", str(last_ms // 1000)),
            )
            for first_ms, last_ms in stretches(start_ms, end_ms, _LONGEST_MS)
        )

    def parse_fills(self, reply: Reply, request: PrivateRequest, token: TokenKey, quote_currency: str) -> FillPage:
        """Trades of a page; a full one has another behind it."""
        values = wire.read(reply)
        pair = TradedPair(token, quote_currency)

        def read(row: JsonRow) -> Fill:
            return pair.fill(
                fee=_fee(row),
                trade_id=row.get("id"),
                time_ms=_moment_ms(row, reply.received_ms),
                is_buy=side(row.get("side")),
                quantity=row.get("amount"),
                price=row.get("price"),
            )

        found, problems = read_fills(wire.ROWS, reply, values, read)
        page = int(dict(request.query)["page"])
        is_full = isinstance(values, list) and len(values) >= _PAGE
        following = (with_query(request, page=str(page + 1)),) if is_full else ()
        return FillPage(fills=found, problems=problems, next=following)

    def _get(self, path: str, *query: tuple[str, str]) -> PrivateRequest:
        return PrivateRequest(venue=self.name, path=path, query=query)


def _is_own(row: Mapping[str, JsonValue], key: ApiKey, *, alone: bool) -> bool:
    shown = row.get("key")
    if not isinstance(shown, str):
        return alone
    begun = shown.rstrip("*")
    return key.key == shown or ("*" in shown and len(begun) >= _SHOWN and key.key.startswith(begun))


def _moment_ms(row: JsonRow, received_ms: int) -> int:
    """Milliseconds with a fraction behind them; whole seconds where those are missing."""
    fine = row.get("create_time_ms")
    if isinstance(fine, str) and not is_absent(fine):
        return past_ms(str(int(number(fine))), received_ms)
    return past_ms(str(int(number(row.get("create_time"))) * 1000), received_ms)


def _fee(row: JsonRow) -> tuple[Decimal, str]:
    """The fee, in whichever of the three ways it was paid: in a coin, in GT, or in points."""
    for name, currency in (("fee", row.get("fee_currency")), ("gt_fee", "GT"), ("point_fee", "POINT")):
        value = row.get(name)
        figure = Decimal(0) if is_absent(value) else number(value)
        if figure:
            return figure, currency.upper() if isinstance(currency, str) else ""
    return Decimal(0), ""
