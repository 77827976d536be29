"""The only door that can sign lets nothing out but GETs from a list, to a venue's own address, without a trace."""

from __future__ import annotations

import io
import json
import logging
import re
import traceback
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import Bug, UserError, VenueUnreachable
from levdesk.io.account_keys import AccountKeys
from levdesk.io.http import RequestsDoor
from levdesk.io.logs import RedactingFormatter
from levdesk.io.rate_limits import Turnstile
from levdesk.io.secrets import Vault
from levdesk.io.signed_http import SignedDoor, own_address
from levdesk.venues.bybit.account import BybitAccount
from levdesk.venues.contract import Outgoing, Reply
from levdesk.venues.gate.account import GateAccount
from levdesk.venues.kucoin.account import KucoinAccount
from levdesk.venues.mexc.account import MexcAccount
from levdesk.venues.okx.account import OkxAccount
from levdesk.venues.pionex.account import PionexAccount
from levdesk.venues.private import Account, ApiKey, PrivateRequest
from tests.io.loopback import LoopbackServer, serving

ALL: tuple[Account, ...] = (
    GateAccount(),
    KucoinAccount(),
    MexcAccount(),
    BybitAccount(),
    OkxAccount(),
    PionexAccount(),
)
KEY = ApiKey(key="CANARY-PUBLIC-0001", secret="CANARY-SECRET-0001", passphrase="CANARY-PHRASE-0001")
CANARIES = ("CANARY-PUBLIC-0001", "CANARY-SECRET-0001", "CANARY-PHRASE-0001")
NOW_MS = 1_760_000_000_000
WRITING = {
    "gate": (
        "/api/v4/withdrawals",
        "/api/v4/spot/orders",
        "/api/v4/wallet/transfers",
        "/api/v4/wallet/withdrawals",
        "/api/v4/sub_accounts",
    ),
    "kucoin": ("/api/v1/withdrawals", "/api/v3/withdrawals", "/api/v1/orders", "/api/v3/accounts/universal-transfer"),
    "mexc": ("/api/v3/capital/withdraw", "/api/v3/order", "/api/v3/capital/transfer", "/api/v3/batchOrders"),
    "bybit": (
        "/v5/asset/withdraw/create",
        "/v5/order/create",
        "/v5/asset/transfer/inter-transfer",
        "/v5/user/update-api",
    ),
    "okx": (
        "/api/v5/asset/withdrawal",
        "/api/v5/trade/order",
        "/api/v5/asset/transfer",
        "/api/v5/account/set-leverage",
    ),
    "pionex": ("/api/v1/trade/order", "/api/v1/trade/massOrder", "/api/v1/trade/allOrders"),
}


class StillClock:
    def now_ms(self) -> int:
        return NOW_MS


class Carrier:
    """Keeps what would have gone out."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    def __call__(self, request: Outgoing) -> Reply:
        self.sent.append(request)
        return Reply(status=200, body=b"{}", received_ms=NOW_MS)


def door(account: Account, carrier: Carrier) -> SignedDoor:
    return SignedDoor(account, KEY, carrier, StillClock())


def tricks(path: str) -> Iterator[str]:
    """Other spellings of a path, and ways out of it."""
    yield from (
        path + "/",
        "/" + path,
        path.upper(),
        path + "?x=1",
        path + "#x",
        path + "%2e",
        path + "/../withdrawals",
    )
    yield from (path.replace("/", "//", 1), path + ";x", path + " ", path[:-1], path.replace("a", "%61", 1))
    yield from (f"https://elsewhere.example{path}", f"@elsewhere.example{path}", f"/..{path}", path + "\r\nX: y", "")


@pytest.mark.parametrize("account", ALL, ids=lambda account: account.name)
def test_everything_that_is_not_on_the_list_is_refused_before_it_leaves(account: Account) -> None:
    carrier = Carrier()
    others = {path for other in ALL if other.name != account.name for path in other.paths}
    others |= {path for paths in WRITING.values() for path in paths}
    others |= {trick for path in account.paths for trick in tricks(path)}
    for path in sorted(others - account.paths):
        with pytest.raises(Bug):
            door(account, carrier).ask(PrivateRequest(venue=account.name, path=path))
    for other in ALL:
        if other.name != account.name:
            with pytest.raises(Bug):
                door(account, carrier).ask(PrivateRequest(venue=other.name, path=min(account.paths)))
    assert carrier.sent == []


@pytest.mark.parametrize("account", ALL, ids=lambda account: account.name)
@given(path=st.text(max_size=60))
def test_no_made_up_path_leaves(account: Account, path: str) -> None:
    carrier = Carrier()
    for candidate in (path, f"/{path}", min(account.paths) + path):
        if candidate not in account.paths:
            with pytest.raises(Bug):
                door(account, carrier).ask(PrivateRequest(venue=account.name, path=candidate))
    assert carrier.sent == []


@pytest.mark.parametrize("account", ALL, ids=lambda account: account.name)
def test_what_is_on_the_list_goes_out_as_a_get_to_the_venues_own_host(account: Account) -> None:
    carrier = Carrier()
    for path in account.paths:
        door(account, carrier).ask(PrivateRequest(venue=account.name, path=path))
    assert {request.method for request in carrier.sent} == {"GET"}
    assert {request.url for request in carrier.sent} == {f"https://{account.hosts[0]}{path}" for path in account.paths}
    for request in carrier.sent:
        with pytest.raises((FrozenInstanceError, AttributeError)):
            request.method = "POST"  # type: ignore[misc]


def test_a_request_has_no_place_for_a_method_a_host_or_a_body() -> None:
    assert set(PrivateRequest.__slots__) == {"venue", "path", "query", "weight"}


def test_nothing_else_in_the_program_signs() -> None:
    """Adapters define `sign`; one module calls it."""
    root = Path(__file__).resolve().parents[2] / "levdesk"
    callers = {
        path.relative_to(root).as_posix() for path in root.rglob("*.py") if re.search(r"\.sign\(", path.read_text())
    }
    assert callers == {"io/signed_http.py"}


@pytest.mark.parametrize("account", ALL, ids=lambda account: account.name)
@pytest.mark.parametrize(
    "address",
    [
        "https://mirror.example",
        "http://{host}",
        "https://{host}.example",
        "https://{host}:8443",
        "http://192.168.1.2:8080",
        "https://{host}@evil.example",
    ],
)
def test_a_key_is_shown_to_no_other_address(account: Account, address: str) -> None:
    with pytest.raises(UserError):
        own_address(account, address.format(host=account.hosts[0]))


def test_a_venues_own_regional_host_and_this_computer_are_taken() -> None:
    assert own_address(OkxAccount(), "https://eea.okx.com") == "https://eea.okx.com"
    assert own_address(OkxAccount(), "http://127.0.0.1:9") == "http://127.0.0.1:9"
    assert own_address(OkxAccount(), "") == "https://www.okx.com"


# ---------------------------------------------------------------------------------------------------- over a real wire


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with serving() as running:
        yield running


@pytest.fixture
def carry() -> Iterator[RequestsDoor]:
    door = RequestsDoor(StillClock(), Turnstile({}))
    yield door
    door.close()


def test_the_signature_fits_what_arrives_and_the_clock_is_made_up_for(
    server: LoopbackServer, carry: RequestsDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BybitAccount, "paths", frozenset({"/plain"}))
    account = BybitAccount()
    asking = SignedDoor(
        account, KEY, carry.send, StillClock(), address=f"http://127.0.0.1:{server.port}", skew_ms=90_000
    )
    asked = PrivateRequest(venue="bybit", path="/plain", query=(("cursor", "132766:2,x"), ("coin", "A&B=C")))
    assert asking.ask(asked).status == 200
    ((target, headers),) = server.asked
    stamp = headers["x-bapi-timestamp"]
    assert stamp == str(NOW_MS - 90_000)
    expected = account.sign(asked, KEY, int(stamp))
    assert headers["x-bapi-sign"] == dict(expected.headers)["X-BAPI-SIGN"]
    assert parse_qsl(urlsplit(target).query) == list(asked.query)


@pytest.mark.parametrize("account", ALL, ids=lambda account: account.name)
def test_what_arrives_is_what_was_signed(
    account: Account, server: LoopbackServer, carry: RequestsDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(account), "paths", frozenset({"/plain"}))
    asking = SignedDoor(account, KEY, carry.send, StillClock(), address=f"http://127.0.0.1:{server.port}")
    asked = PrivateRequest(venue=account.name, path="/plain", query=(("symbol", "BTC3L_USDT"), ("limit", "100")))
    asking.ask(asked)
    ((target, headers),) = server.asked
    signed = account.sign(asked, KEY, NOW_MS)
    assert parse_qsl(urlsplit(target).query) == list(asked.query + signed.query)
    assert {name.lower(): value for name, value in signed.headers}.items() <= headers.items()
    assert KEY.secret not in target + str(headers)


@pytest.mark.parametrize("account", ALL, ids=lambda account: account.name)
def test_a_failure_on_the_way_tells_no_key_no_signature_and_no_cause(
    account: Account, server: LoopbackServer, carry: RequestsDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(account), "paths", frozenset({"/hang_up"}))
    asking = SignedDoor(account, KEY, carry.send, StillClock(), address=f"http://127.0.0.1:{server.port}")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter())
    logger = logging.getLogger("test.signed")
    logger.propagate = False
    logger.addHandler(handler)
    with pytest.raises(VenueUnreachable) as caught:
        asking.ask(PrivateRequest(venue=account.name, path="/hang_up"))
    error = caught.value
    logger.error("It broke off, with %s and %r", KEY.secret, asking, exc_info=error)
    logger.removeHandler(handler)
    told = "".join(traceback.format_exception(error))
    assert (error.__cause__, error.__context__) == (None, None)
    sent = "".join(target for target, _ in server.asked)
    signatures = re.findall(r"signature=(\w+)", sent)
    for secret in (*CANARIES, *signatures):
        assert secret not in told
        assert secret not in stream.getvalue()


# --------------------------------------------------------------------------------------------------------- the vault


def test_a_key_without_a_keyring_lives_for_the_session_and_leaves_no_file(tmp_path: Path) -> None:
    keys = AccountKeys(Vault(tmp_path))
    assert keys.read("gate") is None
    assert keys.keep("gate", KEY) is False
    assert keys.read("gate") == KEY
    assert keys.read("mexc") is None
    assert list(tmp_path.rglob("*")) == []
    assert AccountKeys(Vault(tmp_path)).read("gate") is None
    keys.forget("gate")
    assert keys.read("gate") is None


@pytest.mark.parametrize("text", ["", "x", "[]", '{"key": 1}', json.dumps({"key": "a"})])
def test_an_entry_nobody_wrote_is_no_key(tmp_path: Path, text: str) -> None:
    vault = Vault(tmp_path)
    vault.hold("account.gate", text)
    assert AccountKeys(vault).read("gate") is None
