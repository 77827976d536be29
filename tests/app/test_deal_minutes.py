"""The minutes around a person's trades are fetched once, and make the explanation sharper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from levdesk.app.command_line import parse_command_line
from levdesk.app.deal_minutes import fetch_new_minutes
from levdesk.app.demo import open_house
from levdesk.app.explain_report import sources_of
from levdesk.app.house import House
from levdesk.domain.instruments import LeveragedToken
from levdesk.services.explain_input import MINUTE_S, deal_windows
from levdesk.simulator.faults import Fault, FaultKind, FaultPlan


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[House, FaultPlan]]:
    house, served = open_house(parse_command_line(["--data-dir", str(tmp_path), "--demo"]))
    assert served is not None
    try:
        yield house, served.server.faults
    finally:
        house.close()
        served.stop()


def fetch(house: House) -> int:
    settings, _ = house.read_settings()
    sources = sources_of(house)

    def underlying_of(token: LeveragedToken) -> tuple[str, str] | None:
        return sources(token).underlying

    return fetch_new_minutes(house, house.read_books(), house.asked_venues(settings), underlying_of)


def test_the_hours_around_deals_are_fetched_by_the_minute_and_never_twice(demo: tuple[House, FaultPlan]) -> None:
    house, _faults = demo
    assert fetch(house) > 0
    books = house.read_books()
    key = books.keys(None)[0]
    underlying = sources_of(house)(books.token(key)).underlying
    drafts = [row.draft for row in books.transactions(key, None)]
    window = deal_windows(drafts, house.clock.now_ms())[0]
    bars = house.stores.market.read_candles(*underlying, MINUTE_S, window.first_ms, window.last_ms)
    assert len(bars) == 60
    assert fetch(house) == 0


def test_a_venue_that_fails_leaves_what_is_stored(demo: tuple[House, FaultPlan]) -> None:
    house, faults = demo
    faults.add(Fault(kind=FaultKind.SERVER_ERROR, path="*candlesticks"))
    assert fetch(house) == 0
    faults.clear()
    assert fetch(house) > 0
