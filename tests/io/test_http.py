from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from levdesk import __version__
from levdesk.domain.errors import VenueBusy, VenueGarbled, VenueUnreachable
from levdesk.io.http import MAX_IDLE_SESSIONS, OfflineDoor, RequestsDoor
from levdesk.io.rate_limits import Turnstile
from levdesk.services.ports import HttpDoor
from levdesk.venues.contract import RateLimit, Request, RequestKind
from tests.conftest import PROJECT
from tests.io.ledgers import NOON_MS, StoppedClock
from tests.io.loopback import LoopbackServer, serving


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with serving() as server:
        yield server


@pytest.fixture
def door(clock: StoppedClock) -> Iterator[RequestsDoor]:
    door = RequestsDoor(clock, Turnstile({}), max_body_bytes=1_000_000)
    yield door
    door.close()


def ask(url: str, *, timeout_s: float = 10.0, query: tuple[tuple[str, str], ...] = ()) -> Request:
    return Request(venue="gate", kind=RequestKind.TOKENS, url=url, query=query, timeout_s=timeout_s)


@pytest.fixture
def at(server: LoopbackServer) -> Callable[..., Request]:
    def build(path: str, **options: object) -> Request:
        return ask(f"http://127.0.0.1:{server.port}/{path}", **options)  # type: ignore[arg-type]

    return build


At = Callable[..., Request]

# ------------------------------------------------------------------------------------------------------- good answers


def test_a_reply_is_what_came(door: RequestsDoor, at: At) -> None:
    port: HttpDoor = door
    reply = port.send(at("plain"))
    assert (reply.status, reply.body, reply.received_ms) == (200, b'{"n": 1.10}', NOON_MS)
    assert reply.headers["x-gate-trace-id"] == "abc"


def test_what_a_request_carries_arrives(door: RequestsDoor, at: At) -> None:
    asked = replace(at("list"), method="POST", body=b'{"page":"1"}')
    assert door.send(asked).body == b'{"page":"1"}'
    assert door.send(replace(asked, body=b"")).body == b""


def test_it_says_who_asks_and_nothing_about_the_person(
    door: RequestsDoor, server: LoopbackServer, at: At, own_home: Path
) -> None:
    own_home.mkdir(parents=True)
    netrc = own_home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password canary\n")
    netrc.chmod(0o600)
    request = Request(
        venue="gate",
        kind=RequestKind.TOKENS,
        url=at("plain").url,
        query=(("currency_pair", "BTC3L_USDT"), ("to", "1 &2"), ("note", "ü")),
        headers=(("X-Extra", "1"),),
    )
    door.send(request)
    ((path, headers),) = server.asked
    assert path == "/plain?currency_pair=BTC3L_USDT&to=1+%262&note=%C3%BC"
    assert headers.pop("user-agent") == f"LevDesk/{__version__}"
    assert headers.pop("host") == f"127.0.0.1:{server.port}"
    assert headers == {"accept-encoding": "gzip", "accept": "*/*", "connection": "keep-alive", "x-extra": "1"}


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("zipped", 200, b'{"zipped": true}' * 10_000),
        ("chunked", 200, b'{"a": 1}'),
        ("busy", 429, b'{"label": "TOO_MANY_REQUESTS"}'),
        ("broken", 503, b"<html>Bad gateway</html>"),
        ("nothing", 204, b""),
        ("elsewhere", 302, b""),
    ],
)
def test_any_answer_is_a_reply_asked_for_once(
    door: RequestsDoor, server: LoopbackServer, at: At, path: str, status: int, body: bytes
) -> None:
    reply = door.send(at(path))
    assert (reply.status, reply.body) == (status, body)
    assert [asked for asked, _ in server.asked] == [f"/{path}"], "neither repeated nor redirected"


def test_a_connection_is_used_again_by_whoever_asks_next(door: RequestsDoor, server: LoopbackServer, at: At) -> None:
    for _ in range(3):
        door.send(at("plain"))
    assert (len(server.asked), len(server.callers)) == (3, 1)
    door.close()
    door.send(at("plain"))
    assert len(server.callers) == 2


def test_ever_new_threads_leave_no_connection_behind(door: RequestsDoor, server: LoopbackServer, at: At) -> None:
    for _ in range(20):
        thread = threading.Thread(target=door.send, args=(at("plain"),))
        thread.start()
        thread.join(20)
    assert (len(server.asked), len(server.callers)) == (20, 1)


def test_callers_at_once_do_not_share_a_connection_and_few_are_kept(
    door: RequestsDoor, server: LoopbackServer, at: At
) -> None:
    together = threading.Barrier(2 * MAX_IDLE_SESSIONS)

    def ask_in_the_crowd() -> None:
        with door._lent() as session:
            together.wait(20)
            assert session is not None
        door.send(at("plain"))

    threads = [threading.Thread(target=ask_in_the_crowd) for _ in range(2 * MAX_IDLE_SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(server.asked) == 2 * MAX_IDLE_SESSIONS
    assert len(door._idle) <= MAX_IDLE_SESSIONS


# -------------------------------------------------------------------------------------------------------- no answer


def test_a_name_that_is_not_found_is_told(door: RequestsDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(*args: object, **options: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", not_found)
    with pytest.raises(VenueUnreachable, match=r"^The name api\.gate\.example could not be looked up\.$") as caught:
        door.send(ask("https://api.gate.example/x"))
    assert (caught.value.venue, caught.value.hint) == ("gate", "Check the internet connection.")


def test_a_refused_connection_is_told(door: RequestsDoor) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # taken, but nobody listens
        with pytest.raises(VenueUnreachable, match=r"^127\.0\.0\.1 refused the connection\.$"):
            door.send(ask(f"http://127.0.0.1:{taken.getsockname()[1]}/x"))


def test_silence_is_told_with_the_patience_it_had(door: RequestsDoor, at: At) -> None:
    with pytest.raises(VenueUnreachable, match=r"^127\.0\.0\.1 did not answer within 0\.05 s\.$"):
        door.send(at("silence", timeout_s=0.05))


def test_an_answer_that_comes_drop_by_drop_is_given_up(clock: StoppedClock, at: At) -> None:
    seconds = itertools.count()  # one second passes with each look at the clock
    door = RequestsDoor(clock, Turnstile({}), monotonic_s=lambda: float(next(seconds)))
    with pytest.raises(VenueUnreachable, match="did not finish its answer within 3 s"):
        door.send(at("drops", timeout_s=3))
    door.close()


@pytest.mark.parametrize("path", ["half", "hang_up"])
def test_an_answer_that_breaks_off_is_told(door: RequestsDoor, server: LoopbackServer, at: At, path: str) -> None:
    with pytest.raises(VenueUnreachable, match="broke off in the middle"):
        door.send(at(path))
    assert len(server.asked) == 1


@pytest.mark.parametrize(("path", "words"), [("large", "more than 0.95"), ("bomb", "more than 0.95"),
                                             ("badly_zipped", "could not be unpacked")])  # fmt: skip
def test_an_answer_nobody_can_hold_is_garbled(door: RequestsDoor, at: At, path: str, words: str) -> None:
    with pytest.raises(VenueGarbled, match=words):
        door.send(at(path))


@pytest.mark.parametrize("url", ["https://", "https://exa mple.com:99999/", "nowhere"])
def test_what_is_no_address_is_told(door: RequestsDoor, url: str) -> None:
    with pytest.raises(VenueUnreachable, match="is not an address") as caught:
        door.send(ask(url))
    assert "--venue-url" in caught.value.hint


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:{closed}", "socks5://127.0.0.1:1", "http://127.0.0.1:{server}"])
def test_a_proxy_that_does_not_work_is_told(
    door: RequestsDoor, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = proxy.format(closed=taken.getsockname()[1], server=server.port)
        monkeypatch.setenv("HTTPS_PROXY", address)
        with pytest.raises(VenueUnreachable, match=r"^The proxy on the way to api\.gate\.example"):
            door.send(ask("https://api.gate.example/x"))


# -------------------------------------------------------------------------------------------------------------- TLS


CERTIFICATE = Path(__file__).parent / "data" / "localhost.pem"
"""For the name localhost, with its key, vouched for by nobody; made for these tests and good for nothing else."""


def test_a_certificate_nobody_vouches_for_is_refused_before_anything_is_asked(
    door: RequestsDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    monkeypatch.setenv("CURL_CA_BUNDLE", "")
    with serving(CERTIFICATE) as server:
        with pytest.raises(VenueUnreachable, match="localhost could not prove that it is localhost") as caught:
            door.send(ask(f"https://localhost:{server.port}/plain"))
        assert server.asked == []
    assert "date" in caught.value.hint


def test_a_certificate_the_system_trusts_is_good(door: RequestsDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    with serving(CERTIFICATE) as server:
        assert door.send(ask(f"https://localhost:{server.port}/plain")).status == 200
        with pytest.raises(VenueUnreachable, match=r"127\.0\.0\.1 could not prove"):
            door.send(ask(f"https://127.0.0.1:{server.port}/plain"))


def test_a_server_that_speaks_no_tls_is_told(door: RequestsDoor, server: LoopbackServer) -> None:
    with pytest.raises(VenueUnreachable, match=r"No secure connection to 127\.0\.0\.1 could be made"):
        door.send(ask(f"https://127.0.0.1:{server.port}/plain"))


# ------------------------------------------------------------------------------------------------- limits and offline


def test_the_limit_of_a_venue_is_kept_per_endpoint(clock: StoppedClock, at: At, server: LoopbackServer) -> None:
    turnstile = Turnstile({"gate": RateLimit(requests=2, period_s=60)}, monotonic_s=lambda: 0.0)
    door = RequestsDoor(clock, turnstile)
    for path in ("plain", "plain", "chunked"):
        door.send(at(path))
    with pytest.raises(VenueBusy) as caught:
        door.send(at("plain", query=(("page", "2"),)))
    assert caught.value.retry_after_s == 60
    assert len(server.asked) == 3
    door.close()


def test_offline_lets_nothing_out() -> None:
    door: HttpDoor = OfflineDoor()
    with pytest.raises(VenueUnreachable, match="offline") as caught:
        door.send(ask("https://api.gateio.ws/api/v4/spot/time"))
    assert (caught.value.venue, caught.value.code) == ("gate", "venue_unreachable")
    assert "--offline" in caught.value.hint


def test_starting_needs_no_http_library() -> None:
    program = """
import sys
from levdesk.io.clock import SystemClock
from levdesk.io.http import OfflineDoor, RequestsDoor
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.market_store import MarketFile
from levdesk.io.rate_limits import Turnstile
from levdesk.io.settings_store import SettingsFile
from levdesk.io.paths import locate
RequestsDoor(SystemClock(), Turnstile({}))
LedgerFile(locate(), SystemClock()).read_books()
late = {"requests", "urllib3", "sqlite_utils", "numpy", "keyring", "PySide6", "cryptography"}
print(*sorted(late & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, check=True, timeout=60, capture_output=True, text=True,
        env=os.environ,
    )  # fmt: skip
    assert done.stdout.split() == []
