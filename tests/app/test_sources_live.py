"""The window against venues that fail, lie and come back: real HTTP and WebSockets of the simulator on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from levdesk.app.adapters import ADAPTERS
from levdesk.app.main import main
from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.io.clock import SystemClock
from levdesk.io.resources import read_resource
from levdesk.services import sources
from levdesk.services.health import SourceHealth, SourceState, StreamState
from levdesk.services.registry import read_registry
from levdesk.simulator.demo import demo_market
from levdesk.simulator.every_venue import every_dialect
from levdesk.simulator.faults import Fault, FaultKind, FaultPlan
from levdesk.simulator.server import SimulatorServer
from levdesk.ui.main_window import MainWindow
from tests.app.gate_desk import NOBODY
from tests.app.journey import Condition, with_window

KEY = TokenKey("gate", "BTC3L")
ROWS = "time,type,venue,symbol,quantity,price\n2026-05-03,buy,gate,BTC3L,1240,2\n"
PLAYED = ("gate", "binance", "okx", "pionex")
pytestmark = pytest.mark.usefixtures("qapp")

Journey = Callable[[MainWindow, FaultPlan], Iterator[Condition]]


@pytest.fixture
def travel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Journey], None]]:
    """Opens a window on a book with one token, every venue played by one server, and prices old after two seconds."""
    monkeypatch.setattr(sources, "FRESH_MS", 2_000)
    clock, faults = SystemClock(), FaultPlan()
    registry = read_registry(json.loads(read_resource("registry.json")))
    market = demo_market(registry.complete_token, anchor_ms=clock.now_ms())
    csv = tmp_path / "t.csv"
    csv.write_text(ROWS, encoding="utf-8")
    with SimulatorServer(every_dialect(market), clock, faults) as server:
        urls = {name: server.url if name in PLAYED else NOBODY for name in ADAPTERS}
        given = [part for name, url in urls.items() for part in ("--venue-url", f"{name}={url}")]
        arguments = ["--data-dir", str(tmp_path / "books"), *given]
        assert main([*arguments, "import", str(csv)]) == 0

        def go(journey: Journey) -> None:
            assert with_window(arguments, lambda window: journey(window, faults)) == 0

        yield go


def quote(window: MainWindow) -> TokenQuote:
    return window.desk.quote(KEY) or TokenQuote(key=KEY)


def health(window: MainWindow, venue: str = "gate") -> SourceHealth:
    return next(
        (source for source in window.desk.health if source.venue == venue),
        SourceHealth(venue=venue, title=venue, state=SourceState.IDLE),
    )


def poll_fast(window: MainWindow) -> None:
    window.desk.change_settings(window.desk.settings._replace(poll_s=1.0))


def is_live(window: MainWindow) -> bool:
    return health(window).stream.state is StreamState.LIVE and quote(window).underlying_source == "gate:BTC_USDT"


def test_a_hedge_that_dies_is_stood_in_for_and_given_back(travel: Callable[[Journey], None]) -> None:
    def journey(window: MainWindow, faults: FaultPlan) -> Iterator[Condition]:
        yield lambda: bool(window.desk.portfolios)
        poll_fast(window)
        yield lambda: is_live(window)
        faults.add(
            Fault(kind=FaultKind.BAD_GATEWAY, path="*/futures/usdt/contracts*"),
            Fault(kind=FaultKind.SILENT, path="/v4/ws/usdt*"),
        )
        yield lambda: quote(window).underlying_source == "binance:BTCUSDT"
        yield lambda: health(window, "binance").depends == ("BTC3L",)
        faults.clear()
        window.desk.retry_source("gate")
        yield lambda: quote(window).underlying_source == "gate:BTC_USDT"

    travel(journey)


def test_navs_that_swap_places_with_leverages_are_held_back_and_said(travel: Callable[[Journey], None]) -> None:
    def journey(window: MainWindow, faults: FaultPlan) -> Iterator[Condition]:
        yield lambda: bool(window.desk.portfolios)
        poll_fast(window)
        yield lambda: is_live(window) and quote(window).nav is not None
        good = quote(window).nav
        assert good is not None
        faults.add(Fault(kind=FaultKind.SWAPPED_FIELDS, path="*/spot/tickers"))

        def codes() -> set[str]:
            view = window.desk.view
            return {problem.code for problem in view.problems} if view else set()

        yield lambda: "figure_held_back" in codes()
        shown = quote(window).nav
        assert shown is not None
        assert good * Decimal("0.8") < shown < good * Decimal("1.2")
        faults.clear()
        yield lambda: "figure_held_back" not in codes()

    travel(journey)


def test_an_absurd_nav_is_never_shown(travel: Callable[[Journey], None]) -> None:
    def journey(window: MainWindow, faults: FaultPlan) -> Iterator[Condition]:
        yield lambda: bool(window.desk.portfolios)
        poll_fast(window)
        yield lambda: is_live(window) and quote(window).nav is not None
        good = quote(window)
        assert good.nav is not None
        faults.add(Fault(kind=FaultKind.ABSURD, path="*/spot/tickers"))
        said: list[str] = []
        seen: list[Decimal] = []

        def look() -> bool:
            view = window.desk.view
            said.extend(problem.code for problem in (view.problems if view else ()))
            seen.append(quote(window).nav or Decimal(0))
            return "nav_rejected" in said

        yield look
        assert all(good.nav / 2 < nav < good.nav * 2 for nav in seen)

    travel(journey)


def test_a_venue_whose_clock_is_five_minutes_off_is_measured_and_its_ages_are_right(
    travel: Callable[[Journey], None],
) -> None:
    def journey(window: MainWindow, faults: FaultPlan) -> Iterator[Condition]:
        faults.add(Fault(kind=FaultKind.CLOCK_SKEW, path="*", skew_s=-300))
        yield lambda: bool(window.desk.portfolios)
        poll_fast(window)
        yield lambda: is_live(window) and abs((health(window).skew_ms or 0) - 300_000) < 5_000

        def age_ms() -> int:
            return window.desk.now_ms() - (quote(window).underlying_ts_ms or 0)

        yield lambda: -1_000 < age_ms() < 5_000
        yield lambda: {problem.code for problem in window.desk.view.problems} >= {"clock_skew"}  # type: ignore[union-attr]

    travel(journey)
