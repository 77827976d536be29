"""A ledger of every released layout is kept for ever, and must open in every later program.

Each `data/ledger_m….db` was made by `python -m tests.io.test_frozen_layouts FILE` on the day of its release, from what
the layout of that day could hold. A new layout adds a file; the old ones are never made again.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from levdesk.domain.alerts import (
    ActiveHours,
    AlertEvent,
    AlertKind,
    AlertPhase,
    AlertRule,
    AlertScope,
    AlertSeverity,
    AlertSide,
    AlertState,
    Condition,
    ScopeKind,
)
from levdesk.domain.instruments import FeeSchedule, LeveragedToken, Provenance, RebalanceRule, TokenKey
from levdesk.domain.market import NavSource, TokenQuote
from levdesk.domain.transactions import CostMethod, Portfolio, Transaction, TransactionDraft, TransactionType
from levdesk.io.alert_store import AlertFile
from levdesk.io.backup import make_backup
from levdesk.io.checking import check
from levdesk.io.ledger_db import LEDGER
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.market_store import MarketFile
from levdesk.io.paths import Paths, locate
from levdesk.io.settings_store import SettingsFile
from levdesk.io.store_file import read_any_version
from levdesk.io.writer import Writer
from levdesk.services.alert_ports import ChannelKind, StoredAlerts, StoredEvent, WatchKey
from levdesk.services.outbox import Sending
from tests.io.ledgers import ETH3S, NOON_MS, StoppedClock

DATA = Path(__file__).parent / "data"
FROZEN = {
    "ledger_m0001.db": "e0f1a4aa01eaaa34eeacc4dcc796bce0339baa1d762b8b36f8da7c19c9a92abf",
    "ledger_m0002.db": "957bff87bbc1d24c51507cce6cf73725127f78867df1011004609647eaf28c02",
    "ledger_m0003.db": "dd0f940474348d6624bedd11619bc4488606aa267d7ffc0178fbd5720d6b4105",
}
WAIT_S = 20
HAND_MADE = TokenKey("issuer", "GOLD2L")

TOKEN = LeveragedToken(
    key=HAND_MADE,
    underlying="XAU",
    target_leverage=Decimal("2.0"),
    quote_currency="USDC",
    name="Gold “2×”",
    rules=(RebalanceRule(target_leverage=Decimal(2), band_high=Decimal("2.5"), scheduled_utc_s=28_800),),
    fees=(FeeSchedule(management_per_day_ratio=Decimal("0.0003"), provenance=Provenance.USER),),
    provenance=Provenance.USER,
)
DRAFTS = tuple(
    TransactionDraft(
        time_ms=NOON_MS + number * 60_000,
        type=kind,
        key=HAND_MADE if kind is TransactionType.SETTLE else ETH3S,
        quantity=None if quantity is None else Decimal(quantity),
        price=None if price is None else Decimal(price),
        fee=Decimal(fee),
        fee_currency=currency,
        note=note,
    )
    for number, (kind, quantity, price, fee, currency, note) in enumerate(
        [
            (TransactionType.BUY, "1000.000000000000000001", "0.0123", "0.0246", "", ""),
            (TransactionType.SUBSCRIBE, "50", "0.0125", "0.5", "ETH3S", "fee in units"),
            (TransactionType.TRANSFER_IN, "7", None, "0", "", "cost unknown — „Überweisung“"),
            (TransactionType.MERGE, "100", None, "0", "", ""),
            (TransactionType.SELL, "2.50", "1.30", "0.001", "USDT", "two\nlines"),
            (TransactionType.REDEEM, "1", "1.31", "0", "", ""),
            (TransactionType.TRANSFER_OUT, "0.1", "1.2", "0", "", ""),
            (TransactionType.SETTLE, None, "0", "0", "", ""),
        ]
    )
)

RULE = AlertRule(
    id=1,
    name="Too dear — „teuer“",
    scope=AlertScope(kind=ScopeKind.TOKEN, key=ETH3S),
    conditions=(
        Condition(kind=AlertKind.PREMIUM, threshold=0.02, side=AlertSide.EITHER, hysteresis=0.005, most_age_s=600),
    ),
    severity=AlertSeverity.CRITICAL,
    debounce_s=60,
    cooldown_s=7200,
    expires_ms=NOON_MS + 86_400_000,
    active_hours=ActiveHours(from_minute=480, until_minute=1320, weekdays=frozenset({0, 4})),
    channels=("desktop", "ntfy"),
)
TARGET = "token:gate:ETH3S"
STATE = AlertState(phase=AlertPhase.FIRING, since_ms=NOON_MS, holding=(True,), fired_ms=NOON_MS, acknowledged=True)
EVENT = AlertEvent(
    ts_ms=NOON_MS,
    rule_id=1,
    rule=RULE.name,
    kind=AlertKind.PREMIUM,
    severity=AlertSeverity.CRITICAL,
    target=TARGET,
    fired=True,
    message="ETH3S costs 2.10 % more than its NAV.",
    advice="Wait — or redeem.",
    values={"premium_ratio": 0.021, "source": "gate", "bid": None},
)


def make_alerts(alerts: AlertFile) -> None:
    """A rule that fires, seen by the person, with one message sent and one waiting; and a silent target."""
    alerts.save_rule(replace(RULE, id=0))
    ways = [Sending(0, ChannelKind.WEBHOOK, NOON_MS), Sending(0, ChannelKind.NTFY, NOON_MS)]
    alerts.save_turn({WatchKey(1, TARGET): STATE}, [EVENT], ways)
    alerts.note_delivery(1, "webhook", "sent")
    alerts.acknowledge([1], NOON_MS + 1)
    alerts.mute("token:gate:BTC3L", NOON_MS + 3_600_000, on=True)


def make_ledger(target: Path, folder: Path) -> None:
    """Write a small ledger that uses every table, with one act undone, as a single file."""
    paths, clock = locate(folder), StoppedClock()
    paths.create()
    with Writer(paths, clock) as writer:
        ledger = LedgerStore(writer, clock)
        ledger.add_portfolio("Ersparnisse", CostMethod.LIFO, label="add portfolio “Ersparnisse”")
        ledger.save_token(TOKEN, label="define GOLD2L at issuer")
        ledger.add_transactions(1, DRAFTS[:6], label="import 6 transactions", import_source="trades.csv")
        ledger.add_transactions(2, DRAFTS[6:], label="add two")
        ledger.remove_transactions([3], label="delete transfer in")
        ledger.undo()
        SettingsFile(paths, clock, writer).save_settings({"theme": "dark", "poll_s": 2.5})
        nav = TokenQuote(
            key=ETH3S,
            nav=Decimal("1.2340"),
            nav_ts_ms=NOON_MS,
            nav_source=NavSource.VENUE,
            rebalance_nav=Decimal("1.2000"),
            rebalance_ms=NOON_MS - 3_600_000,
        )
        MarketFile(paths, clock, writer).record_nav([nav])
        make_alerts(AlertFile(paths, clock, writer))
        writer.flush(WAIT_S)
    make_backup(paths.levdesk_db, target)


@pytest.fixture(params=FROZEN)
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Paths:
    paths = locate(tmp_path / "desk")
    paths.create()
    shutil.copyfile(DATA / request.param, paths.levdesk_db)
    paths.levdesk_db.chmod(0o600)
    return paths


@pytest.mark.parametrize("name", FROZEN)
def test_a_frozen_ledger_never_changes(name: str) -> None:
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == FROZEN[name]


def test_every_layout_has_its_frozen_ledger() -> None:
    assert sorted(FROZEN) == [f"ledger_m{number:04d}.db" for number in range(1, LEDGER.version + 1)]


def layout_of(paths: Paths) -> int:
    found = read_any_version(paths.levdesk_db, lambda file: file.execute("PRAGMA user_version").fetchone())
    assert found is not None
    return int(found[0])


def is_today(paths: Paths) -> bool:
    return layout_of(paths) == LEDGER.version


def test_an_old_ledger_reads_to_the_last_digit(frozen: Paths, clock: StoppedClock) -> None:
    books = LedgerFile(frozen, clock).read_books()
    assert books.portfolios == (
        Portfolio(id=1, name="Main", cost_method=CostMethod.FIFO),
        Portfolio(id=2, name="Ersparnisse", cost_method=CostMethod.LIFO),
    )
    assert books.tokens == (TOKEN,)
    assert books.transactions == tuple(
        Transaction(id=id_, portfolio_id=1 if id_ <= 6 else 2, draft=entry, import_batch_id=1 if id_ <= 6 else None)
        for id_, entry in enumerate(DRAFTS, 1)
    )
    assert str(books.transactions[0].draft.quantity) == "1000.000000000000000001"
    assert (books.undo_label, books.redo_label) == ("add two", "delete transfer in")


def test_an_old_ledger_is_in_order_and_goes_on(frozen: Paths, clock: StoppedClock) -> None:
    assert [problem.code for problem in check(frozen)] == ([] if is_today(frozen) else ["store_old"])
    with Writer(frozen, clock) as writer:
        ledger, market = LedgerStore(writer, clock), MarketFile(frozen, clock, writer)
        assert [row.id for row in ledger.redo().result(WAIT_S).removed] == [3]
        assert SettingsFile(frozen, clock, writer).read_settings() == {"theme": "dark", "poll_s": 2.5}
        assert market.read_nav_history(ETH3S, 0, NOON_MS) == [(NOON_MS, 1.234)]
        labels = [ledger.undo().result(WAIT_S).label for _ in range(5)]
    assert labels[-1] == "undo add portfolio “Ersparnisse”"
    assert LedgerFile(frozen, clock).read_books().transactions == ()
    assert check(frozen) == ()


def test_the_alerts_of_an_old_ledger_are_as_they_were(frozen: Paths, clock: StoppedClock) -> None:
    had_alerts = layout_of(frozen) >= 3
    with Writer(frozen, clock) as writer:
        alerts = AlertFile(frozen, clock, writer)
        stored, events, waiting = alerts.read_alerts(), alerts.read_events(), alerts.read_waiting()
        if not had_alerts:
            assert (stored, events, waiting) == (StoredAlerts(), (), ())
            make_alerts(alerts)
            writer.flush(WAIT_S)
            stored, events, waiting = alerts.read_alerts(), alerts.read_events(), alerts.read_waiting()
    assert stored == StoredAlerts(
        rules=(RULE,), states={WatchKey(1, TARGET): STATE}, muted={"token:gate:BTC3L": NOON_MS + 3_600_000}
    )
    deliveries = (("ntfy", "waiting"), ("webhook", "sent"))
    assert events == (StoredEvent(id=1, event=EVENT, acknowledged_ms=NOON_MS + 1, deliveries=deliveries),)
    assert [(parcel.channel, parcel.event, parcel.queued_ms) for parcel in waiting] == [
        (ChannelKind.NTFY, EVENT, NOON_MS)
    ]


def test_a_ledger_made_today_is_like_the_newest_frozen_one(tmp_path: Path, frozen: Paths, clock: StoppedClock) -> None:
    target = tmp_path / "today.db"
    make_ledger(target, tmp_path / "made")
    today = Paths(tmp_path / "made", tmp_path / "log")
    assert LedgerFile(today, clock).read_books() == LedgerFile(frozen, clock).read_books()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        make_ledger(Path(sys.argv[1]).absolute(), Path(scratch))
