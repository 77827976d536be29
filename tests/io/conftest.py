"""A data directory, a clock that stands still until told, and the writer of each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from levdesk.domain.errors import LevdeskError
from levdesk.domain.problems import Problem
from levdesk.io import ledger_db, market_db
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.market_store import MarketFile
from levdesk.io.paths import Paths, locate
from levdesk.io.writer import Writer
from tests.io.ledgers import StoppedClock
from tests.io.sick_files import WAIT_S, Desk, Sick, make_sick


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(scope="session")
def new_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Both files as they are when just made, so that a test need not migrate anew."""
    paths = locate(tmp_path_factory.mktemp("new"))
    paths.create()
    ledger_db.open_ledger(paths, StoppedClock()).close()
    market_db.open_market(paths)[0].close()
    return {path.name: path.read_bytes() for path in (paths.levdesk_db, paths.market_db)}


@pytest.fixture
def bare_paths(tmp_path: Path) -> Paths:
    """A data directory without files."""
    paths = locate(tmp_path / "desk")
    paths.create()
    return paths


@pytest.fixture
def paths(bare_paths: Paths, new_files: dict[str, bytes]) -> Paths:
    """A data directory with both files, new and empty."""
    for name, content in new_files.items():
        path = bare_paths.data_dir / name
        path.touch(mode=0o600)
        path.write_bytes(content)
    return bare_paths


class Told:
    """What a writer told about."""

    def __init__(self) -> None:
        self.failures: list[LevdeskError] = []
        self.problems: list[Problem] = []


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def make_writer(paths: Paths, clock: StoppedClock, told: Told) -> Iterator[Callable[[], Writer]]:
    made: list[Writer] = []

    def make() -> Writer:
        writer = Writer(paths, clock, on_failure=told.failures.append, on_problem=told.problems.append)
        made.append(writer)
        return writer

    yield make
    for writer in made:
        assert writer.close(timeout_s=20)


@pytest.fixture
def writer(make_writer: Callable[[], Writer]) -> Writer:
    return make_writer()


@pytest.fixture
def ledger(writer: Writer, clock: StoppedClock) -> LedgerStore:
    return LedgerStore(writer, clock)


@pytest.fixture
def ledger_file(paths: Paths, clock: StoppedClock) -> LedgerFile:
    return LedgerFile(paths, clock)


@pytest.fixture
def market(paths: Paths, clock: StoppedClock, writer: Writer) -> MarketFile:
    return MarketFile(paths, clock, writer)


@pytest.fixture
def run_sql(paths: Paths) -> Callable[[str], list[tuple[object, ...]]]:
    """Changes or asks the precious file behind the program's back."""

    def run(statement: str) -> list[tuple[object, ...]]:
        import sqlite3

        with closing(sqlite3.connect(paths.levdesk_db, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()

    return run


@pytest.fixture
def sick(monkeypatch: pytest.MonkeyPatch) -> Sick:
    """Makes every file that is opened for writing one that can fall sick."""
    state = Sick()
    make_sick(monkeypatch, state)
    return state


@pytest.fixture
def desk(paths: Paths, clock: StoppedClock, sick: Sick) -> Iterator[Desk]:
    made = Desk(paths, clock)
    yield made
    sick.code = 0
    assert made.writer.close(WAIT_S)
