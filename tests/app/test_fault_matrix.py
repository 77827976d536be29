"""Every fault × every simulated venue, end to end: what the window shows, what it says, and how soon it is well again.

The table is printed at the end; `-s` shows it. What adapters and the feed make of the same faults is specified in
`tests/simulator`; here nothing may crash, stall, or show a wrong number as live.
"""

from __future__ import annotations

import re
import socket
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from levdesk.services.sync import CLOCK_AGAIN_MS
from levdesk.simulator.faults import Fault, FaultKind
from tests.app.quick import PATIENCE_S, SPEED
from tests.app.storm import Storm, storm

NOWHERE = "venue.invalid"
LASTS_MS = 150
"""Every fault lasts until it is said, and then for so long in real time."""

IN_FLIGHT_S = PATIENCE_S * SPEED
"""What was asked before a fault ended may still fail."""

BREATH_S = 45.0
"""One and a half seconds of real time: for a poll to come round, and an answer."""

LATE = 4
"""So much later than the window everything else may be, when a busy machine makes it late."""

MOST_BUSY_S = 0.5
MOST_GAP_S = 10.0
"""The machine is shared: what the window's thread did itself is judged strictly, what it waited for generously."""

LONG_MS = 60_000

DELISTED = {"gate": "BTC3L_USDT", "binance": "ETHUSDT", "okx": "SOL-USDT-SWAP", "pionex": "XRP_USDT_PERP"}
SIDES = (("gate",), ("binance", "okx", "pionex"))
"""Gate tells tokens and a hedge, the others a hedge each. One side fails while the other is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault, and what is read of it.

    Attributes:
        name: for the table.
        says: what the person reads of the venue, as a pattern; "" where there is nothing to say.
        faults: played on the venue, answers and streams alike.
        address: where the venue is asked instead.
    """

    name: str
    says: str
    faults: tuple[Fault, ...] = ()
    address: str = ""


def row(name: str, kind: FaultKind, says: str, *, at_the_door: bool = False, **more: int) -> Row:
    """A fault of answers and messages; one `at_the_door` hits streams when they open, so they are dropped first."""
    faults = [Fault(kind=kind, **more)]  # type: ignore[arg-type]
    return Row(name=name, says=says, faults=(*faults, *([Fault(kind=FaultKind.DROP)] if at_the_door else ())))


ROWS = (
    row("timeout", FaultKind.TIMEOUT, "did not answer within", at_the_door=True),
    Row(name="dns failure", says="could not be (looked up|found)", address=f"https://{NOWHERE}"),
    Row(name="tls failure", says="secure connection", address="https://127.0.0.1:{port}"),
    row("429", FaultKind.BUSY, "asks to slow down", at_the_door=True),
    row("429, 30 s named", FaultKind.BUSY, "asks to slow down", at_the_door=True, retry_after_s=30),
    row("403 ban", FaultKind.BANNED, "HTTP (403|429)", at_the_door=True),
    row("500", FaultKind.SERVER_ERROR, "trouble at", at_the_door=True),
    row("html", FaultKind.HTML, "a web page"),
    row("empty", FaultKind.EMPTY, "cut off or is not JSON"),
    row("half a JSON", FaultKind.HALF_JSON, "cut off or is not JSON"),
    row("NaN", FaultKind.NOT_A_NUMBER, "“NaN” is not a finite number"),
    row("zero", FaultKind.ZERO, "“0” is not above zero"),
    row("negative", FaultKind.NEGATIVE, "“-1.25” is not above zero"),
    row("absurd", FaultKind.ABSURD, "“1e300” is out of range"),
    row("swapped fields", FaultKind.SWAPPED_FIELDS, "changed places|of another size|absurdly large"),
    row("old timestamp", FaultKind.STALE, "that comes now is 60 minutes old"),
    row("delisted", FaultKind.DELISTED, "does not list it|lists no perpetual|not a (price )?list|not a list"),
    row("clock skew", FaultKind.CLOCK_SKEW, r"clock: [45]\smin behind"),
    row("socket drop", FaultKind.DROP, "stream: .* closed the connection|ended its stream"),
    row("silent socket", FaultKind.SILENT, "connected but brings n"),
    row("flood", FaultKind.FLOOD, ""),
)


@dataclass(slots=True)
class Course:
    """What became of one venue.

    Attributes:
        said: everything that was read.
        shown: how figures were shown besides live.
        states: of its answers and its stream, while the fault lasted.
        step_s: the longest wait it named.
        back_s: after how long all was well.
        late_s: how much of that the machine was late.
    """

    said: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    states: str = ""
    step_s: float = 0.0
    back_s: float | None = None
    late_s: float = 0.0

    def look(self, desk: Storm, venue: str) -> None:
        """Read what the window says of it."""
        self.said |= {*desk.said(venue).split(" / "), desk.clock_words(venue)}
        self.shown |= desk.shows(venue)
        self.step_s = max(self.step_s, desk.due_in_s(venue))

    def cell(self) -> str:
        """For the table."""
        return ", ".join([self.states, *sorted(self.shown), f"back {self.back_s or 0:.0f}/{self.allowed_s:.0f} s"])

    @property
    def allowed_s(self) -> float:
        """Within one step of the back-off it named."""
        clock_s = CLOCK_AGAIN_MS / 1000 if any("computer's clock is" in words for words in self.said) else 0.0
        return max(self.step_s, clock_s) + IN_FLIGHT_S + BREATH_S + LATE * SPEED * self.late_s


TABLE: dict[str, dict[str, str]] = defaultdict(dict)
GAPS: dict[str, list[str]] = defaultdict(list)


@pytest.fixture(scope="module")
def desk(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storm]:
    with storm(tmp_path_factory.mktemp("storm")) as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def printed() -> Iterator[None]:
    """The table, when all of it is known."""
    yield
    venues = [venue for side in SIDES for venue in side]
    print("\nanswers/stream while it lasted, figures shown besides live, well again after/allowed market seconds")
    print(" | ".join([f"{'fault':16}", *(f"{venue:42}" for venue in venues), "event loop away"]))
    for name, cells in TABLE.items():
        print(" | ".join([f"{name:16}", *(f"{cells.get(venue, '—'):42}" for venue in venues), *GAPS[name]]))


@pytest.fixture(autouse=True)
def no_such_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """One name cannot be looked up; no test asks a real resolver for it."""
    look_up = socket.getaddrinfo

    def looked_up(host: Any, *arguments: Any, **more: Any) -> Any:
        if host == NOWHERE:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


def play(case: Row, side: tuple[str, ...], desk: Storm) -> None:
    for venue in side:
        symbol = DELISTED[venue] if case.name == "delisted" else ""
        desk.faults(venue).add(*(replace(fault, symbol=symbol) for fault in case.faults))
    if case.address:
        desk.move(side, case.address)
    if case.name != "clock skew":
        desk.desk.refresh()
        return
    for venue in side:
        desk.desk.retry_source(venue)  # asks for the venue's clock too


def stop(case: Row, side: tuple[str, ...], desk: Storm) -> None:
    for venue in side:
        desk.faults(venue).clear()
    if case.address:
        desk.move((), "")


def well(desk: Storm) -> None:
    """Before a fault is played."""
    sick = [f"{venue}: {desk.health(venue)}, {desk.said(venue)}" for venue in desk.servers if not desk.is_well(venue)]
    assert not sick


@pytest.mark.parametrize("side", SIDES, ids="+".join)
@pytest.mark.parametrize("case", ROWS, ids=lambda case: case.name)
def test_what_comes_of_a_fault(case: Row, side: tuple[str, ...], desk: Storm, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: well(desk), timeout=LONG_MS)
    courses = {venue: Course() for venue in side}
    desk.begin()
    play(case, side, desk)

    def is_said() -> None:
        for venue, course in courses.items():
            course.look(desk, venue)
            assert any(re.search(case.says, words) for words in course.said), f"{venue} says {course.said}"

    qtbot.waitUntil(is_said, timeout=LONG_MS)
    qtbot.wait(LASTS_MS)
    qtbot.waitUntil(lambda: desk.watch.looks > 1, timeout=LONG_MS)  # a busy machine may have slept through all of it
    for venue, course in courses.items():
        course.look(desk, venue)
        health = desk.health(venue)
        course.states = f"{health.state.value}/{health.stream.state.value}"
    stop(case, side, desk)
    ended_ms, late_s = desk.now_ms(), desk.watch.late_s

    def is_back() -> None:
        for venue, course in courses.items():
            if course.back_s is None and desk.is_well(venue):
                course.back_s = (desk.now_ms() - ended_ms) / 1000
                course.late_s = desk.watch.late_s - late_s
        away = {venue: desk.said(venue) for venue, course in courses.items() if course.back_s is None}
        assert not away

    qtbot.waitUntil(is_back, timeout=LONG_MS)
    watch = desk.watch
    TABLE[case.name] |= {venue: course.cell() for venue, course in courses.items()}
    GAPS[case.name].append(f"{1000 * watch.busy_s:.0f} ({1000 * watch.gap_s:.0f}) ms")
    assert watch.wrong == []
    assert watch.failures == []
    assert watch.busy_s < MOST_BUSY_S
    assert watch.gap_s < MOST_GAP_S
    late = {venue: course.cell() for venue, course in courses.items() if (course.back_s or 0) > course.allowed_s}
    assert not late


def test_a_venue_that_is_gone_for_minutes_leaves_old_prices_and_estimates_that_are_true(
    desk: Storm, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: well(desk), timeout=LONG_MS)
    desk.begin()
    gone = row("gone for minutes", FaultKind.SERVER_ERROR, "trouble at", at_the_door=True)
    play(gone, ("gate",), desk)

    def is_marked() -> None:
        assert desk.shows("gate") == {"est.", "old", "stand-in"}

    qtbot.waitUntil(is_marked, timeout=LONG_MS)
    TABLE[gone.name]["gate"] = ", ".join(sorted(desk.shows("gate")))
    stop(gone, ("gate",), desk)
    desk.desk.retry_source("gate")
    qtbot.waitUntil(lambda: well(desk), timeout=LONG_MS)
    assert desk.watch.wrong == []
    assert desk.watch.failures == []
