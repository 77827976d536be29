"""Much history is fetched as one job a person sees, ends, and takes up again; nothing stored is asked twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from levdesk.app.main import main
from levdesk.services.health import JobView
from levdesk.ui.main_window import MainWindow
from tests.app.gate_desk import GateDesk, gate_desk
from tests.app.journey import Condition, with_window

ROWS = "time,type,venue,symbol,quantity,price\n2025-11-03,buy,gate,BTC3L,1240,2\n2025-12-03,buy,gate,ETH3S,10,3\n"
pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def gate() -> Iterator[GateDesk]:
    with gate_desk() as desk:
        yield desk


@pytest.fixture
def arguments(tmp_path: Path, gate: GateDesk) -> list[str]:
    csv = tmp_path / "t.csv"
    csv.write_text(ROWS, encoding="utf-8")
    common = ["--data-dir", str(tmp_path / "books"), *gate.arguments]
    assert main([*common, "import", str(csv)]) == 0
    return common


def candles_asked(gate: GateDesk) -> list[tuple[str, str, str]]:
    found = []
    for path in gate.asked:
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        if parts.path.endswith("/candlesticks"):
            pair = (query.get("currency_pair") or query["contract"])[0]
            found.append((pair, query["interval"][0], query["from"][0]))
    return found


def test_the_job_counts_up_and_goes(tmp_path: Path) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        titles: list[str] = []

        def listen(jobs: tuple[JobView, ...]) -> None:
            titles.extend(job.title for job in jobs if job.title.startswith("Fetching history"))

        window.desk.signals.jobs_changed.connect(listen)
        yield lambda: bool(titles)
        done, total = (int(word) for word in titles[0].split(":")[1].split(" of "))
        assert done < total
        assert total >= 5
        yield lambda: int(titles[-1].split(":")[1].split(" of ")[0]) > done + 3

    assert with_window(["--data-dir", str(tmp_path), "--demo"], script) == 0


def test_a_person_ends_it_and_a_refresh_takes_it_up_again(arguments: list[str]) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        shown: list[tuple[JobView, ...]] = []
        window.desk.signals.jobs_changed.connect(shown.append)

        def job() -> JobView | None:
            views = shown[-1] if shown else ()
            return next((view for view in views if view.title.startswith("Fetching history")), None)

        yield lambda: job() is not None
        running = job()
        assert running is not None
        window.desk.cancel_job(running.id)
        assert job() is None
        window.desk.refresh()
        yield lambda: job() is not None

    assert with_window(arguments, script) == 0


def test_no_stretch_is_asked_for_twice(arguments: list[str], gate: GateDesk) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: len(candles_asked(gate)) >= 6

    assert with_window(arguments, script) == 0
    asked = candles_asked(gate)
    assert len(asked) == len(set(asked))
