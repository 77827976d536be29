"""One's own account at OKX: read with a key of its own, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final

from levdesk.domain.instruments import TokenKey
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue
from levdesk.venues.okx import wire
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
    with_query,
)
from levdesk.venues.rows import past_ms

_KEY: Final = "/api/v5/account/config"
_TRADING: Final = "/api/v5/account/balance"
_FUNDING: Final = "/api/v5/asset/balances"
_FILLS: Final = "/api/v5/trade/fills-history"
_PAGE: Final = 100
_HARMLESS: Final = frozenset({"read_only"})


@dataclass(frozen=True, slots=True)
class OkxAccount:
    """OKX as a `private.Account`."""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    hosts: ClassVar[tuple[str, ...]] = ("www.okx.com", "eea.okx.com", "us.okx.com", "my.okx.com")
    paths: ClassVar[frozenset[str]] = frozenset({_KEY, _TRADING, _FUNDING, _FILLS})
    has_passphrase: ClassVar[bool] = True
    refusals: ClassVar[Mapping[str, Refusal]] = {
        "50102": Refusal.CLOCK,
        "50112": Refusal.CLOCK,
        "50111": Refusal.KEY,
        "50119": Refusal.KEY,
        "50113": Refusal.SECRET,
        "50105": Refusal.PASSPHRASE,
        "50110": Refusal.ADDRESS,
        "50035": Refusal.ADDRESS,
        "50120": Refusal.RIGHTS,
    }
    reach_s: ClassVar[int | None] = 90 * 86_400
    reach_words: ClassVar[str] = "of the last three months"

    def sign(self, request: PrivateRequest, key: ApiKey, now_ms: int) -> Signature:
        """SHA-256 over moment, method and path with its query; the moment is written as a date."""
        moment = datetime.fromtimestamp(now_ms // 1000, UTC)
        stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{now_ms % 1000:03d}Z"
        headers = (
            ("OK-ACCESS-KEY", key.key),
            ("OK-ACCESS-SIGN", hmac_base64(key.secret, f"{stamp}GET{request.target}")),
            ("OK-ACCESS-TIMESTAMP", stamp),
            ("OK-ACCESS-PASSPHRASE", key.passphrase),
            ("Accept", "application/json"),
        )
        return Signature(headers=headers)

    def permissions(self) -> PrivateRequest | None:
        """What this key may do, among the settings of the account."""
        return self._get(_KEY)

    def parse_permissions(self, reply: Reply, key: ApiKey) -> KeyRights:
        """Rights by name, e.g. “read_only,trade”."""
        rows = wire.data_rows(reply)
        text = rows[0].get("perm") if rows and isinstance(rows[0], dict) else None
        words = [word.strip() for word in text.split(",") if word.strip()] if isinstance(text, str) else []
        return rights_of(words, harmless=_HARMLESS, withdrawing=("withdraw",)) if words else UNVERIFIED

    def balances(self) -> tuple[PrivateRequest, ...]:
        """All coins of the trading and of the funding account."""
        return (self._get(_TRADING), self._get(_FUNDING))

    def parse_balances(self, reply: Reply) -> Parsed[Balance]:
        """Units per coin: rows of the funding account, or those inside the one row of the trading account."""
        rows = wire.data_rows(reply)
        if not any(isinstance(row, dict) and "details" in row for row in rows):
            return read_balances(wire.ROWS, reply, rows, "ccy", ("bal",))
        details: list[JsonValue] = []
        for row in rows:
            held = row.get("details") if isinstance(row, dict) else None
            if not isinstance(held, list):
                raise wire.ROWS.wrong_shape(reply, "an account with coins in it")
            details += held
        return read_balances(wire.ROWS, reply, details, "ccy", ("cashBal",))

    def fills(self, token: TokenKey, quote_currency: str, start_ms: int, end_ms: int) -> tuple[PrivateRequest, ...]:
        """The whole stretch, a hundred rows a page."""
        return (
            self._get(
                _FILLS,
                ("instType", "SPOT"),
                ("instId", f"{token.symbol}-{quote_currency}"),
                ("begin", str(start_ms)),
                ("end", str(end_ms)),
                ("limit", str(_PAGE)),
            ),
        )

    def parse_fills(self, reply: Reply, request: PrivateRequest, token: TokenKey, quote_currency: str) -> FillPage:
        """Trades of a page, newest first; older ones stand behind the last bill's number. A fee paid is negative."""
        rows = wire.data_rows(reply)
        pair = TradedPair(token, quote_currency)

        def read(row: JsonRow) -> Fill:
            fee, coin = fee_paid(row, "fee", "feeCcy")
            return pair.fill(
                fee=(-fee, coin),
                trade_id=row.get("tradeId"),
                time_ms=past_ms(row.get("fillTime"), reply.received_ms),
                is_buy=side(row.get("side")),
                quantity=row.get("fillSz"),
                price=row.get("fillPx"),
            )

        found, problems = read_fills(wire.ROWS, reply, rows, read)
        last = rows[-1].get("billId") if rows and isinstance(rows[-1], dict) else None
        before = dict(request.query).get("after")
        following: tuple[PrivateRequest, ...] = ()
        if len(rows) >= _PAGE and isinstance(last, str) and last and last != before:
            following = (with_query(request, after=last),)
        return FillPage(fills=found, problems=problems, next=following)

    def _get(self, path: str, *query: tuple[str, str]) -> PrivateRequest:
        return PrivateRequest(venue=self.name, path=path, query=query)
