"""Accounts at venues: every published signature, every published sample, and nothing that is not on a list."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueError, VenueRefused
from levdesk.domain.instruments import TokenKey
from levdesk.venues.bybit.account import BybitAccount
from levdesk.venues.contract import Reply
from levdesk.venues.gate.account import GateAccount
from levdesk.venues.kucoin.account import KucoinAccount
from levdesk.venues.mexc.account import MexcAccount
from levdesk.venues.okx.account import OkxAccount
from levdesk.venues.pionex.account import PionexAccount
from levdesk.venues.private import (
    READ_ONLY,
    UNVERIFIED,
    Account,
    ApiKey,
    PrivateRequest,
    Right,
)
from levdesk.venues.private_replies import (
    hmac_base64,
    hmac_hex,
    stretches,
)
from tests.venues.samples import accounts as samples

ALL: tuple[Account, ...] = (
    GateAccount(),
    KucoinAccount(),
    MexcAccount(),
    BybitAccount(),
    OkxAccount(),
    PionexAccount(),
)
NOW_MS = 1_760_000_000_000
SECRET = ApiKey(key="key", secret="secret", passphrase="passphrase")


def reply(body: bytes, status: int = 200) -> Reply:
    return Reply(status=status, body=body, received_ms=NOW_MS)


def get(account: Account, path: str, *query: tuple[str, str]) -> PrivateRequest:
    assert path in account.paths
    return PrivateRequest(venue=account.name, path=path, query=query)


# ------------------------------------------------------------------------------------------------------------ signing


@pytest.mark.parametrize(
    ("path", "query", "signature"),
    [
        (
            "/api/v4/spot/accounts",
            (),
            (
                "80c55d80cefb6bb2aa6de5fabc92732fcedd954b8bd8cf04243e90c03e1babb9"
                "ebc501ade886ab5962ea7b008243f0e7797954678a29bbaecea919b96a89b08a"
            ),
        ),
        (
            "/api/v4/spot/my_trades",
            (("currency_pair", "BTC3L_USDT"), ("limit", "100")),
            (
                "724afa6bda65997a01e6d4076fba41d3d1821247e32fefe7c554393dafc7f8ee"
                "b764dbfd7a192fd608f224b4fa5334363434207b24fafc774d65b5df7dfe7aa4"
            ),
        ),
    ],
)
def test_gate_signs_as_published(path: str, query: tuple[tuple[str, str], ...], signature: str) -> None:
    signed = GateAccount().sign(get(GateAccount(), path, *query), SECRET, 1_541_993_715_999)
    assert dict(signed.headers) == {
        "KEY": "key",
        "Timestamp": "1541993715",
        "SIGN": signature,
        "Accept": "application/json",
    }
    assert signed.query == ()


def test_the_hash_of_gates_empty_body_is_the_published_one() -> None:
    assert (
        hashlib.sha512(b"").hexdigest().startswith("cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce")
    )


def test_kucoins_own_example_of_a_signature() -> None:
    text = '1547015186532POST/api/v1/deposit-addresses{"currency":"BTC"}'
    assert hmac_base64("f03a5284-5c39-4aaa-9b20-dea10bdcf8e3", text) == "7QP/oM0ykidMdrfNEUmng8eZjg/ZvPafjIqmxiVfYu4="


def test_kucoin_signs_a_question_and_hashes_the_passphrase() -> None:
    account = KucoinAccount()
    signed = account.sign(get(account, "/api/v1/accounts", ("type", "trade")), SECRET, 1_700_000_000_000)
    assert dict(signed.headers) == {
        "KC-API-KEY": "key",
        "KC-API-TIMESTAMP": "1700000000000",
        "KC-API-SIGN": "CYlAPWPBsrrIibcANyIBMRGzkUEWzmPVO7IuftVMD3o=",
        "KC-API-PASSPHRASE": "sWd5rQWAxDzYJTY6K2sov6seA0l3uNP70anWxITg8IA=",
        "KC-API-KEY-VERSION": "2",
    }


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (
            "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=11&recvWindow=5000&timestamp=1644489390087",
            "fd3e4e8543c5188531eb7279d68ae7d26a573d0fc5ab0d18eb692451654d837a",
        ),
        (
            "symbol=BTCUSDT&side=BUY&type=LIMITquantity=1&price=11&recvWindow=5000&timestamp=1644489390087",
            "d1a676610ceb39174c8039b3f548357994b2a34139a8addd33baadba65684592",
        ),
    ],
)
def test_mexcs_own_examples_of_a_signature(text: str, signature: str) -> None:
    assert hmac_hex("45d0b3c26f2644f19bfb98b07741b2f5", text) == signature


def test_mexc_signs_the_query_and_puts_the_signature_last() -> None:
    account = MexcAccount()
    signed = account.sign(get(account, "/api/v3/account"), SECRET, 1_700_000_000_000)
    assert signed.headers == (("X-MEXC-APIKEY", "key"),)
    assert signed.query == (
        ("recvWindow", "5000"),
        ("timestamp", "1700000000000"),
        ("signature", "f98849c4b4d023c32a8377514e4918140ac3f2cfa817c944db3400bef0f7fa0a"),
    )


def test_bybit_signs_moment_key_window_and_query_as_its_example_text_shows() -> None:
    account = BybitAccount()
    asked = PrivateRequest(
        venue="bybit", path="/v5/execution/list", query=(("category", "option"), ("symbol", "BTC-29JUL22-25000-C"))
    )
    key = ApiKey(key="XXXXXXXXXX", secret="secret")
    headers = dict(account.sign(asked, key, 1_658_384_314_791).headers)
    text = "1658384314791XXXXXXXXXX5000category=option&symbol=BTC-29JUL22-25000-C"
    assert headers["X-BAPI-SIGN"] == hmac_hex("secret", text)
    assert (headers["X-BAPI-TIMESTAMP"], headers["X-BAPI-RECV-WINDOW"]) == ("1658384314791", "5000")


def test_a_cursor_that_came_encoded_is_signed_as_it_is_sent() -> None:
    account = BybitAccount()
    row = {"side": "Buy", "execTime": "1672282722429", "execQty": "1", "execPrice": "1", "execFee": "0"}
    values = ",".join(json.dumps(row | {"execId": str(n)}) for n in range(100))
    body = b'{"retCode":0,"result":{"nextPageCursor":"132766%3A2%2C132766%3A2","list":[' + values.encode() + b"]}}"
    (first,) = account.fills(TokenKey("bybit", "BTC3L"), "USDT", 0, 1000)
    page = account.parse_fills(reply(body), first, TokenKey("bybit", "BTC3L"), "USDT")
    assert page.next[0].query_text.endswith("&cursor=132766%3A2%2C132766%3A2")


def test_okx_signs_with_a_date_and_sends_the_passphrase() -> None:
    account = OkxAccount()
    asked = get(account, "/api/v5/trade/fills-history", ("instType", "SPOT"))
    headers = dict(account.sign(asked, SECRET, 1_607_418_537_715).headers)
    assert headers["OK-ACCESS-TIMESTAMP"] == "2020-12-08T09:08:57.715Z"
    text = "2020-12-08T09:08:57.715ZGET/api/v5/trade/fills-history?instType=SPOT"
    assert headers["OK-ACCESS-SIGN"] == hmac_base64("secret", text)
    assert headers["OK-ACCESS-PASSPHRASE"] == "passphrase"


def test_pionex_signs_the_query_in_order_of_its_names() -> None:
    account = PionexAccount()
    signed = account.sign(get(account, "/api/v1/account/balances"), SECRET, 1_655_896_754_515)
    assert dict(signed.headers)["PIONEX-SIGNATURE"] == hmac_hex(
        "secret", "GET/api/v1/account/balances?timestamp=1655896754515"
    )
    assert signed.query == (("timestamp", "1655896754515"),)
    trades = get(account, "/api/v1/trade/fills", ("symbol", "BTC3L_USDT"), ("endTime", "2"))
    assert dict(account.sign(trades, SECRET, 7).headers)["PIONEX-SIGNATURE"] == hmac_hex(
        "secret", "GET/api/v1/trade/fills?endTime=2&symbol=BTC3L_USDT&timestamp=7"
    )


@pytest.mark.parametrize("account", ALL, ids=lambda account: account.name)
def test_a_signature_never_holds_the_secret_and_a_key_never_shows_itself(account: Account) -> None:
    key = ApiKey(key="PUBLIC-PART", secret="CANARY-SECRET", passphrase="CANARY-PHRASE")
    signed = account.sign(account.balances()[0], key, NOW_MS)
    assert "CANARY-SECRET" not in str(signed.headers) + str(signed.query)
    assert repr(key) == "ApiKey()"
    assert "SIGN" not in repr(signed).upper().replace("SIGNATURE()", "")


# ------------------------------------------------------------------------------------------------------------ reading


def test_balances_as_each_venue_shows_them() -> None:
    read: dict[str, dict[str, Decimal]] = {}
    cases: list[tuple[Account, bytes]] = [
        (GateAccount(), samples.GATE_BALANCES),
        (KucoinAccount(), samples.KUCOIN_BALANCES),
        (MexcAccount(), samples.MEXC_BALANCES),
        (BybitAccount(), samples.BYBIT_BALANCES),
        (OkxAccount(), samples.OKX_TRADING),
        (OkxAccount(), samples.OKX_FUNDING),
        (PionexAccount(), samples.PIONEX_BALANCES),
    ]
    for account, body in cases:
        parsed = account.parse_balances(reply(body))
        assert parsed.problems == ()
        read.setdefault(account.name, {}).update({each.coin: each.units for each in parsed.values})
    assert read == {
        "gate": {"ETH": Decimal("968.8")},
        "kucoin": {"USDT": Decimal("40.12618754")},
        "mexc": {"NBNTEST": Decimal(1111111), "MAIN": Decimal(1020000)},
        "bybit": {"BTC": Decimal(0)},
        "okx": {"BTC": Decimal("1.06126645222"), "ETH": Decimal("37.11827078")},
        "pionex": {"BTC": Decimal("0.90000000"), "USDT": Decimal(1000)},
    }


@pytest.mark.parametrize(
    ("account", "body", "expected"),
    [
        (GateAccount(), samples.GATE_FILLS, ("7342180137", 1706382263841, True, "0.025", "68.02", "0.000050", "LTC")),
        (
            KucoinAccount(),
            samples.KUCOIN_FILLS,
            ("11029373945659392", 1729577515473, True, "0.00001", "67717.6", "0.000677176", "USDT"),
        ),
        (
            MexcAccount(),
            samples.MEXC_FILLS,
            ("dd44f79dda764c2e927a190ac5e7a1e5", 1707671871000, False, "1220", "0.004542", "0", ""),
        ),
        (
            BybitAccount(),
            samples.BYBIT_FILLS,
            ("e0cbe81d-0f18-5866-9415-cf319b5dab3b", 1672282722429, True, "0.1", "1190.15", "0.071409", ""),
        ),
        (
            OkxAccount(),
            samples.OKX_FILLS,
            ("744876980", 1708587373361, True, "0.00192834", "51858", "0.00000192834", "BTC"),
        ),
        (PionexAccount(), samples.PIONEX_FILLS, ("101", 1706382263841, False, "4", "2.5", "0.005", "USDT")),
    ],
)
def test_trades_as_each_venue_shows_them(account: Account, body: bytes, expected: tuple[Any, ...]) -> None:
    token = TokenKey(account.name, "BTC3L")
    asked = account.fills(token, "USDT", NOW_MS - 1000, NOW_MS)[0]
    page = account.parse_fills(reply(body), asked, token, "USDT")
    assert page.problems == ()
    assert page.next == ()
    (fill,) = page.fills
    figures = (str(fill.quantity), str(fill.price), str(fill.fee), fill.fee_currency)
    assert (fill.trade_id, fill.time_ms, fill.is_buy, *figures) == expected
    assert (fill.key, fill.quote_currency) == (token, "USDT")


def test_gates_fee_in_its_own_coin_or_in_points_is_seen() -> None:
    row = json.loads(samples.GATE_FILLS)[0] | {"fee": "0", "gt_fee": "0.0013"}
    token, account = TokenKey("gate", "BTC3L"), GateAccount()
    asked = account.fills(token, "USDT", 0, 1000)[0]
    (fill,) = account.parse_fills(reply(json.dumps([row]).encode()), asked, token, "USDT").fills
    assert (fill.fee, fill.fee_currency) == (Decimal("0.0013"), "GT")
    points = row | {"gt_fee": "0.0", "point_fee": "0.2"}
    (fill,) = account.parse_fills(reply(json.dumps([points]).encode()), asked, token, "USDT").fills
    assert (fill.fee, fill.fee_currency) == (Decimal("0.2"), "POINT")


def test_a_full_page_leads_to_the_rest() -> None:
    row = json.loads(samples.GATE_FILLS)[0]
    token = TokenKey("gate", "LTC3L")
    gate = GateAccount()
    (asked,) = gate.fills(token, "USDT", NOW_MS - 1000, NOW_MS)
    body = json.dumps([row | {"id": str(n)} for n in range(1000)]).encode()
    (following,) = gate.parse_fills(reply(body), asked, token, "USDT").next
    assert dict(following.query) == dict(asked.query) | {"page": "2"}

    row = json.loads(samples.MEXC_FILLS)[0]
    mexc = MexcAccount()
    (asked,) = mexc.fills(TokenKey("mexc", "LTC3L"), "USDT", 100, 201)
    body = json.dumps([row | {"id": str(n)} for n in range(100)]).encode()
    early, late = mexc.parse_fills(reply(body), asked, TokenKey("mexc", "LTC3L"), "USDT").next
    assert [dict(each.query)[name] for each in (early, late) for name in ("startTime", "endTime")] == [
        "100", "150", "151", "201",
    ]  # fmt: skip
    (asked,) = mexc.fills(TokenKey("mexc", "LTC3L"), "USDT", 100, 100)
    page = mexc.parse_fills(reply(body), asked, TokenKey("mexc", "LTC3L"), "USDT")
    assert page.next == ()
    assert [problem.code for problem in page.problems] == ["fills_cut"]


@given(start=st.integers(0, 10**6), length=st.integers(-5, 10**4), longest=st.integers(1, 10**4))
def test_stretches_cover_a_time_once_without_a_gap(start: int, length: int, longest: int) -> None:
    pieces = stretches(start, start + length, longest)
    moments = [first for first, _ in pieces] + [last + 1 for _, last in pieces]
    if length < 0:
        assert pieces == ()
        return
    assert sorted(set(moments)) == sorted({start, start + length + 1, *moments})
    assert all(before[1] + 1 == after[0] for before, after in itertools.pairwise(pieces))
    assert all(last - first < longest for first, last in pieces)


@pytest.mark.parametrize("account", ALL, ids=lambda account: account.name)
@given(text=st.binary(max_size=60))
def test_whatever_comes_is_read_or_refused(account: Account, text: bytes) -> None:
    token = TokenKey(account.name, "BTC3L")
    asked = account.fills(token, "USDT", 0, 1000)[0]
    for body in (text, b'{"code":"200000","result":true,"retCode":0,"data":' + text + b"}", b"[" + text + b"]"):
        for read in (
            account.parse_balances,
            lambda got: account.parse_fills(got, asked, token, "USDT"),
            lambda got: account.parse_permissions(got, SECRET),
        ):
            with contextlib.suppress(VenueError):
                read(reply(body))


# ------------------------------------------------------------------------------------------------------------- rights


def rights(account: Account, body: bytes, key: str = "key") -> tuple[Right, Right]:
    told = account.parse_permissions(reply(body), ApiKey(key=key, secret="s"))
    return told.withdraw, told.trade


def test_gate_tells_the_rights_of_the_key_whose_beginning_fits() -> None:
    gate = GateAccount()
    assert rights(gate, samples.GATE_KEYS, "c5dcfbf1f3a7" + "0" * 20) == (Right.NO, Right.YES)
    assert rights(gate, samples.GATE_KEYS, "52fd0035f665" + "0" * 20) == (Right.NO, Right.NO)
    assert rights(gate, samples.GATE_KEYS, "7777aaaabbbb" + "0" * 20) == (Right.YES, Right.NO)
    assert rights(gate, samples.GATE_KEYS, "another") == (Right.UNKNOWN, Right.UNKNOWN)


def test_kucoin_names_rights() -> None:
    kucoin = KucoinAccount()
    assert rights(kucoin, samples.KUCOIN_KEY) == (Right.YES, Right.YES)
    only = b'{"code":"200000","data":{"permission":"%s"}}'
    assert rights(kucoin, only % b"General") == (Right.NO, Right.NO)
    assert rights(kucoin, only % b"General,InnerTransfer") == (Right.NO, Right.YES)
    assert rights(kucoin, only % b"General,Spot") == (Right.NO, Right.YES)
    assert rights(kucoin, only % b"General,Withdrawal") == (Right.YES, Right.NO)
    assert rights(kucoin, only % b"") == (Right.UNKNOWN, Right.UNKNOWN)


def test_bybit_tells_whether_a_key_only_reads() -> None:
    bybit = BybitAccount()
    assert rights(bybit, samples.BYBIT_KEY) == (Right.NO, Right.YES)
    assert bybit.parse_permissions(reply(samples.BYBIT_KEY.replace(b'Only":0', b'Only":1')), SECRET) == READ_ONLY
    assert rights(bybit, samples.BYBIT_KEY.replace(b'"SubMemberTransfer"', b'"Withdraw"')) == (Right.YES, Right.YES)
    assert rights(bybit, samples.BYBIT_KEY.replace(b'"readOnly":0,', b"")) == (Right.UNKNOWN, Right.UNKNOWN)


def test_okx_names_rights() -> None:
    okx = OkxAccount()
    assert rights(okx, samples.OKX_KEY) == (Right.YES, Right.YES)
    assert rights(okx, samples.OKX_KEY.replace(b",withdraw,trade", b"")) == (Right.NO, Right.NO)
    assert rights(okx, samples.OKX_KEY.replace(b",withdraw", b"")) == (Right.NO, Right.YES)


@pytest.mark.parametrize("account", [MexcAccount(), PionexAccount()], ids=lambda account: account.name)
def test_where_a_venue_does_not_tell_nothing_is_claimed(account: Account) -> None:
    assert account.permissions() is None
    assert account.parse_permissions(reply(samples.MEXC_BALANCES), SECRET) == UNVERIFIED


@pytest.mark.parametrize("account", ALL, ids=lambda account: account.name)
def test_all_an_adapter_asks_is_on_its_own_list_and_reads(account: Account) -> None:
    asked = [*account.balances(), *account.fills(TokenKey(account.name, "BTC3L"), "USDT", 0, 10**11)]
    asked += [request for request in [account.permissions()] if request is not None]
    assert {request.path for request in asked} == account.paths
    assert not {word for path in account.paths for word in ("withdraw", "transfer", "order") if word in path}


@pytest.mark.parametrize(
    ("account", "status", "body", "label"),
    [
        (GateAccount(), 403, b'{"label":"REQUEST_EXPIRED","message":"gap between"}', "REQUEST_EXPIRED"),
        (KucoinAccount(), 200, b'{"code":"400006","msg":"ip"}', "400006"),
        (MexcAccount(), 400, b'{"code":700002,"msg":"Signature for this request is not valid"}', "700002"),
        (BybitAccount(), 200, b'{"retCode":10010,"retMsg":"Unmatched IP","result":{}}', "10010"),
        (OkxAccount(), 401, b'{"code":"50105","msg":"passphrase","data":[]}', "50105"),
        (PionexAccount(), 200, b'{"result":false,"code":"APIKEY_EXPIRED","message":"x"}', "APIKEY_EXPIRED"),
    ],
)
def test_a_refusal_carries_the_venues_own_name_for_it(account: Account, status: int, body: bytes, label: str) -> None:
    with pytest.raises(VenueRefused) as caught:
        account.parse_balances(reply(body, status))
    assert caught.value.label == label
    assert label in account.refusals
