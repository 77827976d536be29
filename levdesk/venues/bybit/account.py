"""One's own account at Bybit: read with a key of its own, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import unquote

from levdesk.domain.instruments import TokenKey
from levdesk.venues.bybit import wire
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue
from levdesk.venues.private import (
    READ_ONLY,
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
    hmac_hex,
    read_balances,
    read_fills,
    rights_of,
    side,
    stretches,
    with_query,
)
from levdesk.venues.rows import past_ms

_KEY: Final = "/v5/user/query-api"
_BALANCES: Final = "/v5/account/wallet-balance"
_FILLS: Final = "/v5/execution/list"
_PAGE: Final = 100
_LONGEST_MS: Final = 7 * 86_400_000
_WINDOW_MS: Final = "5000"
_HARMLESS: Final = frozenset({"exchangehistory"})


@dataclass(frozen=True, slots=True)
class BybitAccount:
    """Bybit as a `private.Account`."""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    hosts: ClassVar[tuple[str, ...]] = ("api.bybit.com", "api.bytick.com")
    paths: ClassVar[frozenset[str]] = frozenset({_KEY, _BALANCES, _FILLS})
    has_passphrase: ClassVar[bool] = False
    refusals: ClassVar[Mapping[str, Refusal]] = {
        "10002": Refusal.CLOCK,
        "10003": Refusal.KEY,
        "10004": Refusal.SECRET,
        "10005": Refusal.RIGHTS,
        "10010": Refusal.ADDRESS,
    }
    reach_s: ClassVar[int | None] = 730 * 86_400
    reach_words: ClassVar[str] = "of the last two years, week by week"

    def sign(self, request: PrivateRequest, key: ApiKey, now_ms: int) -> Signature:
        """SHA-256 over moment, key, window, and the query exactly as it is sent."""
        stamp = str(now_ms)
        headers = (
            ("X-BAPI-API-KEY", key.key),
            ("X-BAPI-TIMESTAMP", stamp),
            ("X-BAPI-RECV-WINDOW", _WINDOW_MS),
            ("X-BAPI-SIGN", hmac_hex(key.secret, f"{stamp}{key.key}{_WINDOW_MS}{request.query_text}")),
        )
        return Signature(headers=headers)

    def permissions(self) -> PrivateRequest | None:
        """What this key may do."""
        return self._get(_KEY)

    def parse_permissions(self, reply: Reply, key: ApiKey) -> KeyRights:
        """A key that is read-only may do nothing else; of others the groups of rights tell."""
        result = wire.read(reply).result
        if result.get("readOnly") == "1":
            return READ_ONLY
        groups = result.get("permissions")
        if result.get("readOnly") != "0" or not isinstance(groups, dict):
            return UNVERIFIED
        words = [word for group in groups.values() if isinstance(group, list) for word in group]
        return rights_of(
            [word for word in words if isinstance(word, str)], harmless=_HARMLESS, withdrawing=("withdraw",)
        )

    def balances(self) -> tuple[PrivateRequest, ...]:
        """All coins of the unified account."""
        return (self._get(_BALANCES, ("accountType", "UNIFIED")),)

    def parse_balances(self, reply: Reply) -> Parsed[Balance]:
        """Units in the wallet."""
        accounts = wire.read(reply).result.get("list")
        if not isinstance(accounts, list):
            raise wire.ROWS.wrong_shape(reply, "a list of accounts")
        coins: list[JsonValue] = []
        for account in accounts:
            held = account.get("coin") if isinstance(account, dict) else None
            if not isinstance(held, list):
                raise wire.ROWS.wrong_shape(reply, "a list of accounts with coins")
            coins += held
        return read_balances(wire.ROWS, reply, coins, "coin", ("walletBalance",))

    def fills(self, token: TokenKey, quote_currency: str, start_ms: int, end_ms: int) -> tuple[PrivateRequest, ...]:
        """Stretches of a week, a hundred rows a page."""
        return tuple(
            self._get(
                _FILLS,
                ("category", "spot"),
                ("symbol", f"{token.symbol}{quote_currency}"),
                ("startTime", str(first_ms)),
                ("endTime", str(last_ms)),
                ("limit", str(_PAGE)),
            )
            for first_ms, last_ms in stretches(start_ms, end_ms, _LONGEST_MS)
        )

    def parse_fills(self, reply: Reply, request: PrivateRequest, token: TokenKey, quote_currency: str) -> FillPage:
        """Trades of a page; the cursor, which comes encoded, leads to the next."""
        result = wire.read(reply).result
        values = result.get("list")
        pair = TradedPair(token, quote_currency)

        def read(row: JsonRow) -> Fill:
            return pair.fill(
                fee=fee_paid(row, "execFee", "feeCurrency"),
                trade_id=row.get("execId"),
                time_ms=past_ms(row.get("execTime"), reply.received_ms),
                is_buy=side(row.get("side")),
                quantity=row.get("execQty"),
                price=row.get("execPrice"),
            )

        found, problems = read_fills(wire.ROWS, reply, values, read)
        cursor = result.get("nextPageCursor")
        is_full = isinstance(values, list) and len(values) >= _PAGE
        following: tuple[PrivateRequest, ...] = ()
        if is_full and isinstance(cursor, str) and cursor:
            following = (with_query(request, cursor=unquote(cursor)),)
        return FillPage(fills=found, problems=problems, next=following)

    def _get(self, path: str, *query: tuple[str, str]) -> PrivateRequest:
        return PrivateRequest(venue=self.name, path=path, query=query)
