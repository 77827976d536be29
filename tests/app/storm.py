"""The whole program in one process over four simulated venues, each on a server of its own, thirty times as fast.

Window, engine, feed, planner, checks and files are the real ones; only the time they live by is quick, and what they
wait for in real time is shorter. A watch looks at every figure on screen, as often as the screen, and compares it with
the market's truth.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from levdesk.app.adapters import ADAPTERS
from levdesk.app.command_line import Options
from levdesk.app.desk import LiveDesk
from levdesk.app.engine import Engine
from levdesk.app.main import main
from levdesk.app.opened import open_everything
from levdesk.domain.errors import LevdeskError
from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, TokenQuote
from levdesk.domain.problems import Problem
from levdesk.io.clock import SystemClock
from levdesk.io.rate_limits import Turnstile
from levdesk.io.resources import read_resource
from levdesk.services.health import SourceHealth, SourceState, StreamState
from levdesk.services.registry import read_registry
from levdesk.services.sources import FRESH_MS
from levdesk.services.views import HoldingView
from levdesk.simulator.clock import ScaledClock
from levdesk.simulator.demo import demo_market
from levdesk.simulator.every_venue import every_dialect
from levdesk.simulator.faults import FaultPlan
from levdesk.simulator.market import Market
from levdesk.simulator.server import SimulatorServer
from levdesk.ui.models.freshness import ages_of, clock_at
from levdesk.ui.sources.words import skew_words
from tests.app.journey import patient_end
from tests.app.quick import SPEED, QuickDoor, hurry
from tests.real_window import put_together

LOOK_MS: Final = 25

HEDGES: Final = {"BTC3L": "gate", "ETH3L": "binance", "SOL3L": "okx", "XRP2L": "pionex"}
"""One token for each venue, all of them Gate's, each hedged at another one."""

TOLERANCE: Final = {"price": 0.04, "NAV": 0.04, "leverage": 0.05, "underlying": 0.01}
"""What a figure may be off: more than the market moves in a minute, far less than any fault makes it."""


@dataclass(slots=True)
class Watch:
    """What was noticed since the last `begin`.

    Attributes:
        wrong: figures shown as live that were not true.
        failures: what reached the person as a failure, or a guard.
        gap_s: the longest the event loop was away, by the clock on the wall.
        busy_s: the longest the window's thread computed without coming back to it.
        late_s: how much later than asked the event loop came back, all in all: what a busy machine has taken.
        looks: how often all figures were compared.
    """

    wrong: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    gap_s: float = 0.0
    busy_s: float = 0.0
    late_s: float = 0.0
    looks: int = 0


class Storm:
    """The program, its venues, and the watch; lives in the GUI thread."""

    def __init__(self, engine: Engine, desk: LiveDesk, market: Market, servers: Mapping[str, SimulatorServer]) -> None:
        self.desk = desk
        self.watch = Watch()
        self.servers = servers
        self._market = market
        self._engine = engine
        self._left_s = time.monotonic(), time.thread_time()
        self._timer = QTimer(engine)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        desk.signals.act_failed.connect(self._failed)

    def begin(self) -> None:
        """Notice from now on."""
        self.watch = Watch()
        self._left_s = time.monotonic(), time.thread_time()

    def faults(self, venue: str) -> FaultPlan:
        return self.servers[venue].faults

    def now_ms(self) -> int:
        return self.desk.now_ms()

    def move(self, venues: tuple[str, ...], address: str) -> None:
        """Have venues asked at another address; `{port}` stands for the port of each."""
        urls = {name: server.url for name, server in self.servers.items()}
        urls.update({name: address.format(port=self.servers[name].port) for name in venues})
        self.desk.change_settings(self.desk.settings._replace(venue_urls=tuple(urls.items())))

    # -- what is known -----------------------------------------------------------------------------------------

    def health(self, venue: str) -> SourceHealth:
        return next(source for source in self.desk.health if source.venue == venue)

    def quote(self, symbol: str) -> TokenQuote:
        key = TokenKey("gate", symbol)
        return self._engine.market.quotes.get(key) or TokenQuote(key=key)

    def said(self, venue: str) -> str:
        """What is complained of a venue, in all the places a person can read it."""
        health = self.health(venue)
        held = {str(TokenKey("gate", symbol)) for symbol in self.concerned(venue)} if venue == "gate" else set()
        names = {venue, health.title}
        view = self.desk.view
        problems = [] if view is None else [one for one in view.problems if _is_about(one, held | names, venue)]
        words = [health.error, health.stream.error, *(one.message for one in problems)]
        return " / ".join(word for word in dict.fromkeys(words) if word)

    def clock_words(self, venue: str) -> str:
        """How this computer's clock stands against a venue's."""
        return f"clock: {skew_words(self.health(venue))}"

    def is_well(self, venue: str) -> bool:
        """Answers, streams, and the figures that depend on it are all live again, and nothing is complained of."""
        health = self.health(venue)
        if health.state is not SourceState.LIVE or health.stream.state is not StreamState.LIVE:
            return False
        return not self.said(venue) and all(self._is_live(symbol) for symbol in self.concerned(venue))

    def concerned(self, venue: str) -> list[str]:
        """Tokens whose figures come from a venue."""
        return [symbol for symbol, hedge in HEDGES.items() if venue in {hedge, "gate"}]

    def shows(self, venue: str) -> set[str]:
        """How the figures that depend on a venue are shown now, besides live."""
        seen: set[str] = set()
        view, now_ms = self.desk.view, self.now_ms()
        for symbol in self.concerned(venue):
            quote = self.quote(symbol)
            if quote.underlying_source.split(":")[0] != HEDGES[symbol]:
                seen.add("stand-in")
        for holding in () if view is None else view.open_holdings:
            ages = ages_of(holding, clock_at(now_ms, self.desk.settings.poll_s))
            if holding.token.key.symbol in self.concerned(venue):
                seen |= {"est."} if holding.nav_source is NavSource.ESTIMATE else set()
                seen |= {"old"} if ages.price_stale or ages.nav_stale else set()
        return seen

    def _is_live(self, symbol: str) -> bool:
        quote, now_ms = self.quote(symbol), self.now_ms()
        times = (quote.price_ts_ms, quote.nav_ts_ms, quote.underlying_ts_ms)
        from_hedge = quote.underlying_source.split(":")[0] == HEDGES[symbol]
        fresh = all(ts_ms is not None and now_ms - ts_ms <= 2 * FRESH_MS for ts_ms in times)
        return fresh and from_hedge and quote.nav_source is NavSource.VENUE

    def due_in_s(self, venue: str) -> float:
        """Market seconds until it is tried again, as its health tells."""
        health = self.health(venue)
        waits = [ms - self.now_ms() for ms in (health.retry_ms, health.stream.retry_ms) if ms is not None]
        return max(0, *waits, 0) / 1000

    # -- the watch ---------------------------------------------------------------------------------------------

    def _failed(self, error: LevdeskError) -> None:
        self.watch.failures.append(str(error))

    def _look(self) -> None:
        wall_s, busy_s = self._left_s
        gap_s = time.monotonic() - wall_s
        self.watch.gap_s = max(self.watch.gap_s, gap_s)
        self.watch.late_s += max(0.0, gap_s - LOOK_MS / 1000)
        self.watch.busy_s = max(self.watch.busy_s, time.thread_time() - busy_s)
        view = self.desk.view
        for holding in () if view is None else view.open_holdings:
            self._judge(holding)
        self.watch.looks += 1
        self._left_s = time.monotonic(), time.thread_time()

    def _judge(self, holding: HoldingView) -> None:
        """Compare what is shown without the mark of age with what is true now."""
        now_ms, symbol = self.now_ms(), holding.token.key.symbol
        ages = ages_of(holding, clock_at(now_ms, self.desk.settings.poll_s))
        pair = self._market.pair(f"{symbol}_USDT")
        assert pair is not None
        assert pair.token is not None
        basket = pair.token.state_at(now_ms).basket
        mark = self._market.perpetual(f"{holding.token.underlying}_USDT")
        assert mark is not None
        quote = self.quote(symbol)
        old = quote.underlying_ts_ms is None or now_ms - quote.underlying_ts_ms > FRESH_MS
        self._compare(symbol, "price", holding.market_price, pair.quote(now_ms).last, old=ages.price_stale)
        self._compare(symbol, "NAV", holding.nav, basket.nav, old=ages.nav_stale)
        self._compare(symbol, "leverage", holding.effective_leverage, basket.leverage, old=ages.leverage_stale)
        self._compare(symbol, "underlying", quote.underlying_price, mark.mark.price_at(now_ms), old=old)

    def _compare(self, symbol: str, what: str, shown: Decimal | None, true: float, *, old: bool) -> None:
        if shown is not None and not old and not abs(float(shown) / true - 1.0) <= TOLERANCE[what]:
            self.watch.wrong.append(f"{symbol}: {what} {shown} is shown as live, {true:.6g} is true")


def _is_about(problem: Problem, sources: set[str], venue: str) -> bool:
    return problem.source in sources or re.match(rf"{venue}:", problem.source) is not None


@contextmanager
def storm(folder: Path) -> Iterator[Storm]:
    """Open everything, and close it again."""
    began_s = time.monotonic()

    def quick_s() -> float:
        return (time.monotonic() - began_s) * SPEED

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        stack.enter_context(patient_end())
        hurry(patch, quick_s)
        # Requests asks the environment for proxies each time, and pytest changes it between tests, while this goes on.
        patch.setattr("requests.sessions.get_environ_proxies", lambda *_, **__: {})
        clock = ScaledClock(SystemClock(), speed=SPEED)
        registry = read_registry(json.loads(read_resource("registry.json")))
        market = demo_market(registry.complete_token, anchor_ms=clock.now_ms())
        market.warm_up(clock.now_ms())
        servers = {
            dialect.venue: stack.enter_context(
                SimulatorServer((dialect,), clock, limits_clock_s=lambda: 100 * quick_s(), stream_pace=SPEED)
            )
            for dialect in every_dialect(market)
        }
        _fill(folder)
        options = Options(data_dir=folder)
        failures: list[LevdeskError] = []
        opened = open_everything(options, on_failure=failures.append, on_problem=lambda _problem: None, clock=clock)
        house = opened.house
        limits = {name: make().rate_limit for name, make in ADAPTERS.items()}
        house.turnstile = Turnstile(limits, monotonic_s=quick_s, sleep=lambda wait_s: time.sleep(wait_s / SPEED))
        door = QuickDoor(house)
        house.http = door
        settings = opened.settings._replace(
            venue_urls=tuple((name, server.url) for name, server in servers.items()),
            venues_off=tuple(name for name in ADAPTERS if name not in servers),
        )
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        opened = replace(opened, settings=settings)
        real = put_together(application, opened, state_path=folder / "window.ini", is_new=False)
        desk, engine = real.desk, real.engine
        for symbol, venue in HEDGES.items():
            token = engine.books.token(TokenKey("gate", symbol))
            perpetual = ADAPTERS[venue]().perpetual(token.underlying)
            desk.define_token(token._replace(hedge_venue=venue, hedge_instrument=perpetual))
        engine.start()
        try:
            yield Storm(engine, desk, market, servers)
        finally:
            real.window.close()
            real.end()
            door.close()
        assert not failures


def _fill(folder: Path) -> None:
    """A book with one token for each venue."""
    rows = [f"2026-05-03,buy,gate,{symbol},100,2" for symbol in HEDGES]
    csv = folder / "rows.csv"
    csv.write_text("\n".join(["time,type,venue,symbol,quantity,price", *rows]) + "\n", encoding="utf-8")
    assert main(["--data-dir", str(folder), "import", str(csv)]) == 0
