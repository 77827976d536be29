from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from levdesk.services.health import JobView, SourceHealth, SourceState
from levdesk.ui.status_line import JOB_DELAY_MS, StatusLine
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk


@pytest.fixture
def status(qtbot: QtBot, desk: FakeDesk) -> StatusLine:
    made = StatusLine(desk.now_ms)
    qtbot.addWidget(made)
    made.show()
    return made


def words(status: StatusLine) -> list[str]:
    return [mark.words.text().replace("\u00a0", " ") for mark in status.marks()]


def health(venue: str, state: SourceState, **more: object) -> SourceHealth:
    return SourceHealth(venue=venue, title=venue.capitalize(), state=state, **more)  # type: ignore[arg-type]


def test_the_live_ones_are_counted_and_those_in_trouble_named(status: StatusLine) -> None:
    status.show_health(
        (
            health("gate", SourceState.LIVE, last_ok_ms=NOW_MS - 4_000),
            health("okx", SourceState.LIVE, last_ok_ms=NOW_MS - 1_000),
            health("pionex", SourceState.SLOW, last_ok_ms=NOW_MS - 38_000),
            health("mexc", SourceState.DOWN, error="No answer.", retry_ms=NOW_MS + 20_000),
            health("htx", SourceState.OFF),
            health("lbank", SourceState.IDLE),
        ),
        NOW_MS,
    )
    assert words(status) == ["2 sources live", "Mexc down, retry in 20 s", "Pionex slow (38 s)"]
    assert "No answer." in status.marks()[0].words.toolTip()
    assert "2 sources live" in status.marks()[0].words.accessibleName()


def test_many_in_trouble_are_counted_too(status: StatusLine) -> None:
    down = tuple(health(name, SourceState.DOWN) for name in ("a", "b", "c", "d", "e"))
    status.show_health(down, NOW_MS)
    assert words(status) == ["A down", "B down", "C down", "2 more in trouble"]


def test_ages_grow_and_sources_come_and_go(status: StatusLine) -> None:
    slow = health("pionex", SourceState.SLOW, last_ok_ms=NOW_MS - 38_000)
    status.show_health((slow, health("gate", SourceState.LIVE)), NOW_MS)
    status.tick(NOW_MS + 60_000)
    assert words(status) == ["Gate live", "Pionex slow (1 min)"]
    status.show_health((health("gate", SourceState.OFFLINE),), NOW_MS)
    assert words(status) == ["Gate offline"]
    status.show_health((health("gate", SourceState.OFF), health("okx", SourceState.OFF)), NOW_MS)
    assert words(status) == ["All sources switched off"]
    status.show_health((), NOW_MS)
    assert words(status) == []


def test_a_source_that_is_off_is_named_while_something_depends_on_it(status: StatusLine) -> None:
    sources = (health("gate", SourceState.OFF, depends=("BTC3L",)), health("okx", SourceState.LIVE))
    status.show_health(sources, NOW_MS)
    assert words(status) == ["Okx live", "Gate off"]


def test_a_click_asks_for_that_source(status: StatusLine, qtbot: QtBot) -> None:
    status.show_health((health("gate", SourceState.LIVE), health("mexc", SourceState.DOWN)), NOW_MS)
    with qtbot.waitSignal(status.source_pressed) as caught:
        status.marks()[1].words.click()
    assert caught.args == ["mexc"]


def test_messages_offer_undo_only_when_there_is_one_and_fall_silent(status: StatusLine, qtbot: QtBot) -> None:
    status.tell("Added buy of 10 BTC3L", can_undo=True)
    assert status.undo_button.isVisible()
    with qtbot.waitSignal(status.undo_pressed):
        status.undo_button.click()
    status.tell("Exported")
    assert not status.undo_button.isVisible()
    status._silence.timeout.emit()
    assert not status.message.isVisible()


def test_work_shows_only_after_half_a_second(status: StatusLine, desk: FakeDesk, qtbot: QtBot) -> None:
    job = JobView(id=7, title="Reading trades.csv", done_ratio=0.4, started_ms=NOW_MS)
    status.jobs.tell((job,))
    assert not status.jobs.isVisible()
    assert status.jobs._due.interval() == JOB_DELAY_MS
    desk.clock_ms = NOW_MS + JOB_DELAY_MS
    status.jobs.refresh()
    assert status.jobs.isVisible()
    assert status.jobs._bar.value() == 40
    with qtbot.waitSignal(status.jobs.cancelled) as caught:
        status.jobs._cancel.click()
    assert caught.args == [7]
    status.jobs.tell(())
    assert not status.jobs.isVisible()


def test_work_of_unknown_length_and_work_that_cannot_stop(status: StatusLine) -> None:
    jobs = tuple(
        JobView(id=number, title=f"Job {number}", done_ratio=None, started_ms=NOW_MS - 1_000, cancellable=False)
        for number in (1, 2)
    )
    status.jobs.tell(jobs)
    assert status.jobs._bar.maximum() == 0
    assert not status.jobs._cancel.isVisible()
    assert status.jobs._title.text() == "Job 1 and 1 more"


def test_the_demo_and_being_offline_are_said(qtbot: QtBot, desk: FakeDesk) -> None:
    status = StatusLine(desk.now_ms, is_demo=True, is_offline=True)
    qtbot.addWidget(status)
    said = {label.text() for label in status.findChildren(QLabel)}
    assert {"Demo: simulated market", "Offline: last known figures"} <= said


def test_the_update_time_and_the_notices_follow_the_view(status: StatusLine, desk: FakeDesk, qtbot: QtBot) -> None:
    status.show_view(desk.view)
    assert status.updated.text().startswith("Updated ")
    assert status.notices_button.text() == "2 notices"
    with qtbot.waitSignal(status.notices_pressed):
        status.notices_button.click()
    status.show_view(None)
    assert not status.notices_button.isVisible()
