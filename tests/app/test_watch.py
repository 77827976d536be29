"""`levdesk watch` as a server runs it: real main(), real files, real loopback venues and channels."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from levdesk.app.main import main
from levdesk.domain.instruments import LeveragedToken, TokenKey, TokenStatus
from levdesk.io.clock import SystemClock
from levdesk.io.market_store import MarketFile
from levdesk.io.paths import locate
from levdesk.io.writer import Writer
from levdesk.services.alert_standard import standard_rules
from tests.app.gate_desk import GateDesk, gate_desk
from tests.conftest import PROJECT
from tests.io.post_desk import PostDesk, post_desk
from tests.venues.samples import gate as samples

HEADER = "time,type,venue,symbol,quantity,price,fee,fee_currency,note\n"
BUY = "2026-05-03T09:30:00Z,buy,gate,BTC3L,1240,2.4614,6.10,,\n"
NAMES = ["ts_ms", "rule", "kind", "severity", "scope", "state", "message", "values"]
TOKEN = "123456789:AAcanaryCanaryCanaryCanaryCanary12"
PREMIUM = (
    "alerts",
    "add",
    "--kind",
    "premium",
    "--scope",
    "token:gate:BTC3L",
    "--name",
    "Too dear",
    "--side",
    "either",
)

Run = Callable[..., tuple[int, str, str]]
Sql = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Warnings in the log are what the test is about."""
    with caplog.at_level("WARNING"):
        yield


@pytest.fixture
def gate() -> Iterator[GateDesk]:
    with gate_desk() as desk:
        yield desk


@pytest.fixture
def phone() -> Iterator[PostDesk]:
    with post_desk() as desk:
        yield desk


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], gate: GateDesk) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        common = ["--data-dir", str(tmp_path / "data"), "--venue-url", f"gate={gate.url}"]
        code = main([*common, *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.fixture
def sql(tmp_path: Path) -> Sql:
    def ask(statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(tmp_path / "data" / "levdesk.db", isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()

    return ask


@pytest.fixture
def bought(run: Run, tmp_path: Path) -> Run:
    """A data directory with one holding."""
    (tmp_path / "trades.csv").write_text(HEADER + BUY)
    assert run("import", str(tmp_path / "trades.csv"))[0] == 0
    return run


@pytest.fixture
def held(bought: Run, sql: Sql) -> Run:
    """The same, of a person who deleted all standard rules."""
    names = json.dumps([rule.standard for rule in standard_rules()])
    sql(f"INSERT INTO settings VALUES ('alert_standards', '{names}')")
    return bought


def events(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def price(gate: GateDesk, last: str) -> None:
    """What BTC3L costs from now on; its NAV stays at 2.46316141."""
    ticker = samples.BTC3L_TICKER
    for figure in (b'"2.46140352"', b'"2.46"', b'"2.477"'):
        ticker = ticker.replace(figure, f'"{last}"'.encode())
    gate.answers["/spot/tickers"] = (200, b"[" + ticker + b"]")


def test_without_holdings_it_is_calm(run: Run) -> None:
    code, out, err = run("watch", "--once")
    assert (code, out, err) == (0, "Calm: no alert is firing.\n", "")
    assert run("watch", "--once", "--json")[:2] == (0, "")
    assert run("alerts", "list", "--json")[1].count('"standard"') == 0


def test_the_standard_rules_come_with_the_first_holding_and_only_once(bought: Run) -> None:
    bought("watch", "--once")
    rules = json.loads(bought("alerts", "list", "--json")[1])["rules"]
    assert [rule["standard"] for rule in rules] == [rule.standard for rule in standard_rules()]
    bought("alerts", "remove", str(rules[0]["id"]))
    bought("watch", "--once")
    left = json.loads(bought("alerts", "list", "--json")[1])["rules"]
    assert [rule["id"] for rule in left] == [rule["id"] for rule in rules[1:]]


def test_an_alert_fires_once_stays_firing_and_clears_once(held: Run, gate: GateDesk) -> None:
    price(gate, "2.47")
    calm = held("watch", "--once", "--json")
    assert (calm[0], calm[1]) == (0, ""), "the recorded market is calm"
    held(*PREMIUM, "--threshold", "2%", "--cooldown", "0s")
    price(gate, "2.53")
    code, out, _ = held("watch", "--once", "--json")
    (fired,) = events(out)
    assert code == 3
    assert list(fired) == NAMES
    assert (fired["rule"], fired["kind"], fired["severity"]) == ("Too dear", "premium", "warning")
    assert (fired["scope"], fired["state"]) == ("token:gate:BTC3L", "fired")
    assert "2.71 %" in fired["message"]
    assert isinstance(fired["ts_ms"], int)
    assert fired["values"]["value"] == pytest.approx(2.53 / 2.46316141 - 1)
    assert held("watch", "--once", "--json")[:2] == (3, "")
    price(gate, "2.47")
    code, out, _ = held("watch", "--once", "--json")
    (cleared,) = events(out)
    assert (code, cleared["state"], cleared["scope"]) == (0, "cleared", "token:gate:BTC3L")
    assert held("watch", "--once", "--json")[:2] == (0, "")


def test_for_people_there_are_lines_and_a_last_word(held: Run, gate: GateDesk) -> None:
    held(*PREMIUM, "--threshold", "0.02")
    price(gate, "2.53")
    code, out, _ = held("watch", "--once")
    fired, firing = [line for line in out.splitlines() if not line.startswith("cannot tell")]
    assert code == 3
    assert "fired" in fired
    assert "token:gate:BTC3L" in fired
    assert firing == "firing: Too dear (token:gate:BTC3L)"


def test_what_has_to_hold_for_a_while_fires_when_it_held_at_two_looks(held: Run, gate: GateDesk) -> None:
    """Looks from a timer are far apart: nobody can wait for a stretch of time within one of them."""
    price(gate, "2.47")
    held(*PREMIUM, "--threshold", "2%", "--debounce", "10m")
    price(gate, "2.53")
    assert held("watch", "--once", "--json")[:2] == (0, "")
    code, out, _ = held("watch", "--once", "--json")
    assert (code, len(events(out))) == (3, 1)


@pytest.mark.usefixtures("loud")
def test_a_venue_that_fails_is_told_and_what_is_known_is_still_watched(held: Run, gate: GateDesk) -> None:
    held(*PREMIUM, "--threshold", "2%")
    price(gate, "2.53")
    assert held("watch", "--once", "--json")[0] == 3
    gate.answers.clear()
    code, out, err = held("watch", "--once", "--json")
    assert (code, out) == (3, "")
    assert err.startswith("levdesk: ")


def test_offline_nothing_is_asked(held: Run, gate: GateDesk) -> None:
    held("watch", "--once")
    gate.asked.clear()
    assert held("--offline", "watch", "--once")[0] == 0
    assert gate.asked == []


def test_a_token_its_venue_lists_as_delisted_is_told(held: Run, tmp_path: Path) -> None:
    held("alerts", "add", "--kind", "listing")
    paths, clock = locate(tmp_path / "data"), SystemClock()
    listed = LeveragedToken(
        key=TokenKey("gate", "BTC3L"), underlying="BTC", target_leverage=Decimal(3), status=TokenStatus.DELISTED
    )
    with Writer(paths, clock) as writer:
        MarketFile(paths, clock, writer).save_catalogue("gate", [listed]).result(20)
    code, out, _ = held("--offline", "watch", "--once", "--json")
    (fired,) = events(out)
    assert (code, fired["kind"], fired["scope"]) == (3, "listing", "token:gate:BTC3L")
    assert "delisted" in fired["message"]


def test_the_lists_of_the_venues_are_fetched_once_an_hour(held: Run, gate: GateDesk, sql: Sql) -> None:
    def asked() -> int:
        gate.asked.clear()
        assert held("watch", "--once")[0] == 0
        return len(gate.asked)

    first, second = asked(), asked()
    assert second < first
    sql("UPDATE settings SET value = '5' WHERE name = 'alert_lists_ms'")
    assert asked() == second + 2, "the list, and how its tokens are traded"


@pytest.mark.usefixtures("loud")
def test_a_token_that_leaves_the_list_is_told_over_restarts_and_not_by_one_slip(
    held: Run, gate: GateDesk, sql: Sql
) -> None:
    held("alerts", "add", "--kind", "listing")

    def an_hour_later() -> tuple[int, str]:
        sql("UPDATE settings SET value = '5' WHERE name = 'alert_lists_ms'")
        return held("watch", "--once", "--json")[:2]

    assert held("watch", "--once", "--json")[:2] == (0, "")
    whole = gate.answers["/spot/tickers"]
    gate.answers["/spot/tickers"] = (200, whole[1].replace(b"BTC3L_USDT", b"SOL3L_USDT"))
    assert an_hour_later() == (0, "")
    assert held("watch", "--once", "--json")[:2] == (0, ""), "no new list, no new word"
    code, out = an_hour_later()
    (fired,) = events(out)
    assert (code, fired["scope"]) == (3, "token:gate:BTC3L")
    assert "BTC3L is missing from the list of gate since" in fired["message"]
    gate.answers["/spot/tickers"] = whole
    assert [event["state"] for event in events(an_hour_later()[1])] == ["cleared"]


def test_a_day_of_delisting_is_told(held: Run, gate: GateDesk) -> None:
    held("alerts", "add", "--kind", "listing")
    gate.answers["/spot/currency_pairs"] = (200, samples.PAIRS.replace(b"1790100000", b"4102444800"))
    (fired,) = events(held("watch", "--once", "--json")[1])
    assert fired["message"] == "gate ends trading of BTC3L on 1 January 2100."


def test_an_announcement_is_told_with_its_address_and_only_asked_for_where_somebody_is_warned_by_it(
    held: Run, gate: GateDesk, sql: Sql
) -> None:
    now_s = SystemClock().now_ms() // 1000
    said = samples.ARTICLES.replace(b"1785744000", str(now_s - 3600).encode())
    gate.answers["/ann/list_article"] = (200, said)
    assert held("watch", "--once", "--json")[:2] == (0, "")
    assert not [path for path in gate.asked if "list_article" in path]
    held("alerts", "add", "--kind", "listing", "--measure", "announced")
    code, out, _ = held("watch", "--once", "--json")
    (fired,) = events(out)
    assert (code, fired["kind"]) == (3, "listing")
    assert "“Gate Will Delist 3 Leveraged ETF Tokens, Including BTC3L”" in fired["message"]
    assert fired["values"]["url"] == "https://www.gate.com/announcements/article/51001"
    gate.answers["/ann/list_article"] = (200, b'{"code":0,"data":{"list":[]}}')
    sql("UPDATE settings SET value = '5' WHERE name = 'alert_notices_ms'")
    assert held("watch", "--once", "--json")[:2] == (3, ""), "a page that moved on takes nothing back"


def test_a_thin_book_is_told_in_parts_of_what_it_takes(held: Run, gate: GateDesk) -> None:
    held("watch", "--once")
    assert not [path for path in gate.asked if "order_book" in path]
    held("alerts", "add", "--kind", "spread", "--measure", "thin", "--threshold", "50%")
    now = str(SystemClock().now_ms()).encode()
    book = b'{"current":' + now + b',"bids":[["2.46","2000"],["2.40","90000"]],"asks":[]}'
    gate.answers["/spot/order_book"] = (200, book)
    (fired,) = events(held("watch", "--once", "--json")[1])
    assert fired["message"] == "The BTC3L held is 62 % of what bids within 1 % can take."
    assert [path for path in gate.asked if "order_book" in path] == [
        "/api/v4/spot/order_book?currency_pair=BTC3L_USDT&interval=0&limit=100"
    ]


# ---------------------------------------------------------------------------------------------------------- delivery


def use_ntfy(run: Run, phone: PostDesk) -> None:
    assert run("alerts", "channel", "ntfy", "--on", "--topic", "desk", "--url", phone.url)[0] == 0


def test_a_warning_arrives_once_without_amounts(held: Run, gate: GateDesk, phone: PostDesk) -> None:
    use_ntfy(held, phone)
    price(gate, "2.47")
    held("watch", "--once")
    held(*PREMIUM, "--threshold", "2%", "--channel", "ntfy")
    price(gate, "2.53")
    for _ in range(3):
        assert held("watch", "--once", "--json")[0] == 3
    (document,) = phone.documents
    assert (document["topic"], document["title"]) == ("desk", "Warning: Too dear (BTC3L)")
    assert "2.71 %" in document["message"]
    assert "3,137" not in document["message"]  # what 1240 units are worth
    (told,) = [row for row in events(held("alerts", "history", "--json")[1]) if row["rule"] == "Too dear"]
    assert told["deliveries"] == {"ntfy": "sent"}


@pytest.mark.usefixtures("loud")
def test_what_could_not_be_delivered_goes_out_at_a_later_run(
    held: Run, gate: GateDesk, phone: PostDesk, sql: Sql
) -> None:
    use_ntfy(held, phone)
    price(gate, "2.47")
    held("watch", "--once")
    held(*PREMIUM, "--threshold", "2%", "--channel", "ntfy")
    price(gate, "2.53")
    phone.answers = [(503, {}, b""), (200, {}, b"{}")]
    code, _, err = held("watch", "--once", "--json")
    assert code == 3
    assert "ntfy: waiting: ntfy cannot take messages just now (HTTP 503)." in err
    assert held("watch", "--once", "--json")[0] == 3
    assert len(phone.taken) == 1, "not before its time"
    sql("UPDATE alert_deliveries SET next_ms = 0")
    assert held("watch", "--once", "--json")[2] == ""
    assert len(phone.taken) == 2
    assert sql("SELECT outcome, attempts FROM alert_deliveries") == [("sent", 1)]


def test_a_muted_target_is_noted_and_not_delivered(held: Run, gate: GateDesk, phone: PostDesk, sql: Sql) -> None:
    use_ntfy(held, phone)
    held(*PREMIUM, "--threshold", "2%", "--channel", "ntfy")
    sql("INSERT INTO alert_mutes VALUES ('token:gate:BTC3L', NULL)")
    price(gate, "2.53")
    code, out, _ = held("watch", "--once", "--json")
    assert (code, len(events(out))) == (3, 1)
    assert phone.taken == []


# ------------------------------------------------------------------------------------------------------- the canary


@pytest.mark.usefixtures("loud")
def test_a_secret_is_in_no_file_and_on_no_screen(
    held: Run, gate: GateDesk, phone: PostDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given for one run on standard input, where no keyring is; the message fails, and everything is asked to tell."""
    held("alerts", "channel", "telegram", "--on", "--chat", "-1001", "--url", phone.url)
    held(*PREMIUM, "--threshold", "2%", "--channel", "telegram")
    price(gate, "2.53")
    told: list[str] = []
    for status in (401, 200):
        phone.answers = [(status, {}, b'{"ok":true}')]
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"telegram": TOKEN})))
        told += held("watch", "--once", "--json", "--secrets-stdin")[1:]
    told += held("alerts", "channel", "telegram", "--json")[1:]
    for command in (("doctor",), ("backup", str(tmp_path / "copy.db")), ("alerts", "history", "--json")):
        code, out, err = held(*command)
        assert code == 0
        told += [out, err]
    assert phone.taken[0][0] == f"/bot{TOKEN}/sendMessage"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"levdesk.db", "copy.db"} <= {path.name for path in files}
    log = tmp_path / "data" / "levdesk.log"
    assert any(path.suffix == ".log" for path in files), files
    assert "telegram" in "".join(path.read_text() for path in files if path.suffix == ".log"), log
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]
    assert not [text for text in told if TOKEN in text]
    assert json.loads(told[4])["has_secret"] is False


def test_without_a_keyring_a_secret_cannot_be_kept_and_that_is_said(
    held: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(TOKEN + "\n"))
    code, out, err = held("alerts", "channel", "telegram", "--on", "--chat", "1", "--secret-stdin")
    assert (code, out) == (1, "")
    assert "no usable keyring" in err
    assert "--secrets-stdin" in err
    assert TOKEN not in err


# ---------------------------------------------------------------------------------------------------------- wrong calls


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (("watch", "--interval", "soon"), ""),
        (("watch", "--interval", "1"), ""),
        (("watch", "--once", "--secrets-stdin"), "no json"),
        (("watch", "--once", "--secrets-stdin"), '{"pigeon": "x"}'),
        (("watch", "--once", "--secrets-stdin"), '{"telegram": 5}'),
    ],
)
def test_a_wrong_call_gets_one_sentence_a_hint_and_exit_code_2(
    run: Run, arguments: tuple[str, ...], typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("levdesk: ")
    assert len(err.splitlines()) == 2


# ---------------------------------------------------------------------------------------------------------- the loop

WITHOUT_QT = """
import sys
sys.modules.update(dict.fromkeys(["PySide6", "shiboken6", "pyqtgraph"]))
from levdesk.app.main import main
sys.exit(main())
"""


def test_a_server_without_qt_can_watch(held: Run, gate: GateDesk, tmp_path: Path) -> None:
    held(*PREMIUM, "--threshold", "2%")
    price(gate, "2.53")
    common = ["--data-dir", str(tmp_path / "data"), "--venue-url", f"gate={gate.url}"]
    command = [sys.executable, "-c", WITHOUT_QT, *common, "watch", "--once", "--json"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd=PROJECT, timeout=60)
    assert (ended.returncode, ended.stderr) == (3, "")
    assert [event["state"] for event in events(ended.stdout)] == ["fired"]


@pytest.mark.skipif(os.name != "posix", reason="other systems end programs in another way")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_goes_on_until_it_is_told_to_stop_and_ends_clean(
    held: Run, gate: GateDesk, tmp_path: Path, number: signal.Signals
) -> None:
    held(*PREMIUM, "--threshold", "2%")
    price(gate, "2.53")
    command = [sys.executable, "-m", "levdesk", "--data-dir", str(tmp_path / "data"), "--venue-url", f"gate={gate.url}"]
    with subprocess.Popen(
        [*command, "watch", "--json", "--interval", "5"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        code, out, err = held("watch", "--once", "--json")
        assert (code, out) == (1, ""), "nobody is told twice"
        assert "watched already" in err
        process.send_signal(number)
        assert process.wait(60) == 0
        assert process.stderr.read() == ""
    assert json.loads(line)["state"] == "fired"
    assert held("watch", "--once", "--json")[:2] == (3, ""), "what it told is remembered"
