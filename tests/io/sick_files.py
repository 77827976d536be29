"""Files whose commits fail when a test says so, and a desk with everything that writes over one sheltered writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from levdesk.domain.errors import LevdeskError, UserError
from levdesk.domain.transactions import CostMethod, Portfolio
from levdesk.io import ledger_line
from levdesk.io.alert_store import AlertFile
from levdesk.io.bin import BinFile
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.market_store import MarketFile
from levdesk.io.paths import Paths, locate
from levdesk.io.settings_store import SettingsFile
from levdesk.io.writer import Writer
from levdesk.services.unsaved import Saved, Unsaved
from tests.io.ledgers import BTC3L, ETH3S, StoppedClock, draft, token

WAIT_S = 20


class Sick:
    """Decides, for every transaction begun on the file, whether the file is well."""

    def __init__(self) -> None:
        self.code = 0
        self.answers: list[bool] = []

    def look(self) -> None:
        is_sick = self.answers.pop(0) if self.answers else bool(self.code)
        if is_sick:
            error = sqlite3.OperationalError("made up")
            error.sqlite_errorcode = self.code or sqlite3.SQLITE_FULL
            raise error


class SickConnection(sqlite3.Connection):
    """A connection to a file whose commits can fail; what is in memory stays well."""

    sick: Sick | None = None

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        if arguments[0] == "COMMIT" and self.sick is not None:
            self.sick.look()
        return super().execute(*arguments)


def make_sick(patch: pytest.MonkeyPatch, state: Sick) -> None:
    """Have every ledger that is opened for writing fall sick when `state` says so."""
    real: Any = sqlite3.connect

    def connect(database: object, *arguments: object, **named: object) -> Any:
        if not isinstance(database, Path) or database.name != "levdesk.db":
            return real(database, *arguments, **named)
        connection = real(database, *arguments, factory=SickConnection, **named)
        connection.sick = state
        return connection

    patch.setattr(sqlite3, "connect", connect)
    patch.setattr(ledger_line, "FIRST_RETRY_S", 10_000.0)


class Desk:
    """Everything that writes, over one writer with a shelter."""

    def __init__(self, paths: Paths, clock: StoppedClock) -> None:
        self.paths, self.clock = paths, clock
        self.told: list[Unsaved | Saved] = []
        self.failures: list[LevdeskError] = []
        self.writer = Writer(paths, clock, on_failure=self.failures.append, on_unsaved=self.told.append)
        self.ledger = LedgerStore(self.writer, clock)
        self.file = LedgerFile(paths, clock)
        self.bin = BinFile(paths, clock, self.writer)
        self.settings = SettingsFile(paths, clock, self.writer)
        self.alerts = AlertFile(paths, clock, self.writer)
        self.market = MarketFile(paths, clock, self.writer)

    def add(self, quantity: str = "10", **named: object) -> None:
        rows = [draft(quantity, **named)]  # type: ignore[arg-type]
        self.ledger.add_transactions(1, rows, label=f"add {quantity}").result(WAIT_S)

    def quantities(self) -> list[str]:
        return [str(row.draft.quantity) for row in self.file.read_books().transactions]

    def save(self) -> bool:
        return self.writer.try_to_save().result(WAIT_S)

    @property
    def saved(self) -> Saved:
        (one,) = [each for each in self.told if isinstance(each, Saved)]
        return one


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, counters included."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith("_sqlite")
        ]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}


Deed = Callable[[Desk], object]


def _change_last(desk: Desk) -> object:
    rows = desk.file.read_books().transactions
    return rows and desk.ledger.edit_transaction(rows[-1].id, draft("7"), label="edit").result(WAIT_S)


def _delete_first(desk: Desk) -> object:
    rows = desk.file.read_books().transactions
    return rows and desk.ledger.remove_transactions([rows[0].id], label="delete").result(WAIT_S)


def _delete_many(desk: Desk) -> object:
    rows = desk.file.read_books().transactions
    return len(rows) > 1 and desk.ledger.remove_transactions([row.id for row in rows], label="delete all").result(
        WAIT_S
    )


def _bring_back(desk: Desk) -> object:
    entries = desk.bin.read_bin()
    return entries and desk.bin.bring_back(entries[:1], label="bring back").result(WAIT_S)


def _import(desk: Desk) -> object:
    rows = [draft(str(number)) for number in range(1, 4)]
    return desk.ledger.add_transactions(1, rows, label="import 3", import_source="a.csv", tokens=[token(ETH3S)]).result(
        WAIT_S
    )


def _portfolio(desk: Desk) -> object:
    number = len(desk.file.read_books().portfolios)
    return desk.ledger.add_portfolio(f"No. {number}", CostMethod.LIFO, label="add portfolio").result(WAIT_S)


def _into_last_portfolio(desk: Desk) -> object:
    last = desk.file.read_books().portfolios[-1].id
    return desk.ledger.add_transactions(last, [draft("5", key=ETH3S)], label="add 5").result(WAIT_S)


def _drop_portfolio(desk: Desk) -> object:
    last = desk.file.read_books().portfolios[-1]
    return last.id > 1 and desk.ledger.remove_portfolio(last.id, label="delete portfolio").result(WAIT_S)


def _rename(desk: Desk) -> object:
    first = desk.file.read_books().portfolios[0]
    name = f"{first.name[:4]} {desk.clock.ms}"
    return desk.ledger.edit_portfolio(
        Portfolio(id=first.id, name=name, cost_method=CostMethod.FIFO), label="rename"
    ).result(WAIT_S)


DEEDS: dict[str, Deed] = {
    "add": lambda desk: desk.add("10"),
    "import": _import,
    "change": _change_last,
    "delete": _delete_first,
    "delete many": _delete_many,
    "bring back": _bring_back,
    "undo": lambda desk: desk.ledger.undo().result(WAIT_S),
    "redo": lambda desk: desk.ledger.redo().result(WAIT_S),
    "portfolio": _portfolio,
    "into it": _into_last_portfolio,
    "drop portfolio": _drop_portfolio,
    "rename": _rename,
    "token": lambda desk: desk.ledger.save_token(token(BTC3L, "2"), label="token").result(WAIT_S),
    "settings": lambda desk: desk.settings.save_settings({"poll_s": desk.clock.ms, "gone": None}).result(WAIT_S),
    "mute": lambda desk: desk.alerts.mute("gate", desk.clock.ms, on=True).result(WAIT_S),
    "unmute": lambda desk: desk.alerts.mute("gate", None, on=False).result(WAIT_S),
}


def do(desk: Desk, name: str) -> None:
    desk.clock.ms += 1
    with suppress(UserError):  # the same in both worlds
        DEEDS[name](desk)


def fresh_folder(factory: pytest.TempPathFactory, new_files: dict[str, bytes]) -> Paths:
    paths = locate(factory.mktemp("desk"))
    paths.create()
    for name, content in new_files.items():
        (paths.data_dir / name).touch(mode=0o600)
        (paths.data_dir / name).write_bytes(content)
    return paths


@contextmanager
def closing_writer(desk: Desk) -> Iterator[Desk]:
    try:
        yield desk
    finally:
        assert desk.writer.close(WAIT_S)
