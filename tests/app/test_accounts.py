"""Accounts in the real window: keys tried, kept, checked at each start; trades accepted as one act; no key anywhere."""

from __future__ import annotations

import json
import logging
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import keyring
import pytest

from levdesk.domain.errors import LevdeskError
from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import CostMethod
from levdesk.services.accounts import Verdict
from levdesk.services.accounts_proposals import Standing
from levdesk.services.accounts_view import AccountReview, KeyOutcome, KeyPlace
from levdesk.ui.accounts.desk import AccountDesk
from levdesk.ui.main_window import MainWindow
from levdesk.venues.private import ApiKey
from tests.app.gate_desk import GateDesk, gate_desk
from tests.app.journey import Condition, with_window
from tests.io.test_secrets import MemoryKeyring
from tests.venues.samples import accounts as samples

BTC3L = TokenKey("gate", "BTC3L")
READING = ApiKey(key="52fd0035f665CANARYKEY", secret="CANARYSECRET0815", passphrase="")
WITHDRAWING = ApiKey(key="7777aaaabbbbCANARYKEY", secret="CANARYSECRET0815", passphrase="")
CANARIES = (b"CANARYKEY", b"CANARYSECRET0815")
TRADES = [
    {"id": "11", "create_time_ms": "1777800000123.5", "side": "buy", "amount": "100", "price": "2", "fee": "0.2",
     "fee_currency": "USDT"},
    {"id": "12", "create_time_ms": "1777900000000", "side": "sell", "amount": "40", "price": "2.5", "fee": "0.1",
     "fee_currency": "USDT"},
]  # fmt: skip
pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def gate() -> Iterator[GateDesk]:
    with gate_desk() as desk:
        desk.answers |= {
            "/account/main_keys": (200, samples.GATE_KEYS),
            "/spot/accounts": (200, b'[{"currency":"BTC3L","available":"50","locked":"10"}]'),
            "/spot/my_trades": (200, json.dumps(TRADES).encode()),
        }
        yield desk


def accounts(window: MainWindow) -> AccountDesk:
    return window.desk.accounts


def place(window: MainWindow) -> KeyPlace | None:
    view = accounts(window).view
    state = None if view is None else view.of("gate")
    return None if state is None else state.place


def kept(window: MainWindow, key: ApiKey) -> Iterator[Condition]:
    """With a key that was tried and kept."""
    outcomes: list[KeyOutcome] = []
    accounts(window).signals.key_tried.connect(outcomes.append)
    yield lambda: bool(window.desk.portfolios)
    accounts(window).try_key("gate", key)
    yield lambda: bool(outcomes)
    assert outcomes[0].trouble == ""
    accounts(window).keep_key("gate")
    yield lambda: place(window) not in {None, KeyPlace.NOWHERE}


def units(window: MainWindow) -> Decimal:
    return window.desk.units_held(BTC3L, window.desk.portfolios[0].id, window.desk.now_ms())


def test_a_key_is_tried_kept_for_the_session_visited_with_and_found_nowhere(gate: GateDesk, tmp_path: Path) -> None:
    told: list[str] = []

    def journey(window: MainWindow) -> Iterator[Condition]:
        reviews: list[AccountReview] = []
        done: list[str] = []
        accounts(window).signals.reviewed.connect(reviews.append)
        window.desk.signals.act_done.connect(done.append)
        yield from kept(window, READING)
        assert place(window) is KeyPlace.SESSION, "the tests have no keyring"
        accounts(window).visit("gate", 365)
        yield lambda: bool(reviews)
        review = reviews[-1]
        assert [each.standing for each in review.proposals] == [Standing.NEW] * 2
        assert [row.words for row in review.reconciled] == ["Explained by 2 trades that are not in your books yet."]
        accounts(window).accept(review.proposals, window.desk.portfolios[0].id)
        yield lambda: units(window) == 60
        yield lambda: reviews[-1].counted(Standing.THERE) == 2
        assert [row.words for row in reviews[-1].reconciled] == ["Agrees."]
        assert "Import 2 transactions from the account at Gate" in done
        window.desk.undo()
        yield lambda: units(window) == 0
        yield lambda: reviews[-1].counted(Standing.NEW) == 2
        window.desk.redo()
        yield lambda: units(window) == 60
        told.append(window.desk.diagnostics())
        logging.getLogger("levdesk.test").info("A clumsy line with %s and %s", READING.key, READING.secret)
        window.desk.back_up(tmp_path / "copy.db")
        window.desk.safety.export_portable(tmp_path / "all.zip")
        window.desk.export_csv(tmp_path / "all.csv", None)
        yield lambda: all((tmp_path / name).exists() for name in ("copy.db", "all.zip", "all.csv"))

    assert with_window(["--data-dir", str(tmp_path / "books"), *gate.arguments], journey) == 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"copy.db", "all.zip", "all.csv"} <= {path.name for path in files}
    assert [path for path in files if "log" in path.name and path.stat().st_size]
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        unpacked = [archive.read(name) for name in archive.namelist()]
    seen = (
        [*unpacked]
        + [path.read_bytes() for path in files]
        + [Path("/proc/self/cmdline").read_bytes(), told[0].encode()]
    )
    assert not [canary for canary in CANARIES for text in seen if canary in text]
    assert not [path for path in gate.asked if "CANARY" in path]


def test_a_key_that_may_withdraw_is_not_kept(gate: GateDesk, tmp_path: Path) -> None:
    def journey(window: MainWindow) -> Iterator[Condition]:
        outcomes: list[KeyOutcome] = []
        accounts(window).signals.key_tried.connect(outcomes.append)
        yield lambda: bool(window.desk.portfolios)
        accounts(window).try_key("gate", WITHDRAWING)
        yield lambda: bool(outcomes)
        check = outcomes[0].check
        assert check is not None
        assert check.verdict is Verdict.REFUSED
        accounts(window).keep_key("gate")
        accounts(window).read()
        yield lambda: place(window) is KeyPlace.NOWHERE

    assert with_window(["--data-dir", str(tmp_path), *gate.arguments], journey) == 0


def test_a_key_whose_rights_have_grown_is_thrown_away_at_the_next_start(
    gate: GateDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
    arguments = ["--data-dir", str(tmp_path), *gate.arguments]

    def first(window: MainWindow) -> Iterator[Condition]:
        yield from kept(window, READING)
        assert place(window) is KeyPlace.KEYRING

    def second(window: MainWindow) -> Iterator[Condition]:
        yield lambda: place(window) is KeyPlace.KEYRING
        yield lambda: accounts(window).view.of("gate").check is not None  # type: ignore[union-attr]

    def third(window: MainWindow) -> Iterator[Condition]:
        yield (
            lambda: (
                window.desk.view is not None
                and any(problem.code == "account_key" for problem in window.desk.view.problems)
            )
        )
        assert place(window) is KeyPlace.NOWHERE

    assert with_window(arguments, first) == 0
    assert len(ring.kept) == 1
    assert with_window(arguments, second) == 0
    rights = samples.GATE_KEYS.replace(b'"spot","read_only":true', b'"wallet","read_only":false')
    gate.answers["/account/main_keys"] = (200, rights)
    assert with_window(arguments, third) == 0
    assert ring.kept == {}


def test_a_visit_that_is_refused_is_told_in_words(gate: GateDesk, tmp_path: Path) -> None:
    def journey(window: MainWindow) -> Iterator[Condition]:
        failures: list[LevdeskError] = []
        accounts(window).signals.visit_failed.connect(failures.append)
        yield from kept(window, READING)
        gate.answers["/spot/my_trades"] = (403, b'{"label":"IP_FORBIDDEN","message":"no"}')
        accounts(window).visit("gate", 30)
        yield lambda: bool(failures)
        assert failures[0].message == "Gate takes this key from other internet addresses only."

    assert with_window(["--data-dir", str(tmp_path), *gate.arguments], journey) == 0


@pytest.mark.parametrize("arguments", [["--demo"], ["--offline"]])
def test_in_the_demo_and_offline_no_account_is_asked(arguments: list[str], tmp_path: Path) -> None:
    def journey(window: MainWindow) -> Iterator[Condition]:
        outcomes: list[KeyOutcome] = []
        accounts(window).signals.key_tried.connect(outcomes.append)
        yield lambda: bool(window.desk.portfolios)
        before = len(window.desk.portfolios)
        window.desk.add_portfolio("Another", CostMethod.FIFO)  # there is a ledger from here on
        yield lambda: len(window.desk.portfolios) > before
        accounts(window).read()
        yield lambda: accounts(window).view is not None
        closed = accounts(window).view.closed_words  # type: ignore[union-attr]
        accounts(window).try_key("gate", READING)
        yield lambda: bool(outcomes)
        assert outcomes[0].trouble == closed != ""

    assert with_window([*arguments, "--data-dir", str(tmp_path)], journey) == 0
