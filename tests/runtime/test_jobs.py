from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import Bug, LevdeskError, UserError
from levdesk.runtime.jobs import JobControl, JobRunner
from levdesk.runtime.landing import Landing
from tests.patience import PATIENCE_MS, PATIENCE_S


class Outcome:
    def __init__(self) -> None:
        self.done: list[object] = []
        self.failed: list[LevdeskError] = []
        self.threads: list[threading.Thread] = []

    def on_done(self, result: object) -> None:
        self.threads.append(threading.current_thread())
        self.done.append(result)

    def on_failed(self, error: LevdeskError) -> None:
        self.threads.append(threading.current_thread())
        self.failed.append(error)


@pytest.fixture
def runner(qtbot: QtBot) -> object:
    made = JobRunner(lambda: 5_000)
    yield made
    assert made.close(PATIENCE_MS)


def test_a_result_arrives_in_the_gui_thread(qtbot: QtBot, runner: JobRunner) -> None:
    outcome = Outcome()
    worked_in: list[threading.Thread] = []

    def work(control: JobControl) -> int:
        worked_in.append(threading.current_thread())
        return 42

    runner.run("Counting", work, outcome.on_done, outcome.on_failed)
    qtbot.waitUntil(lambda: bool(outcome.done))

    assert outcome.done == [42]
    assert outcome.threads == [threading.current_thread()]
    assert worked_in[0] is not threading.current_thread()


def test_a_failure_reaches_the_caller_with_its_own_words(qtbot: QtBot, runner: JobRunner) -> None:
    outcome = Outcome()

    def work(control: JobControl) -> None:
        raise UserError("There is no such file.", hint="Choose another.")

    runner.run("Reading", work, outcome.on_done, outcome.on_failed)
    qtbot.waitUntil(lambda: bool(outcome.failed))

    assert (str(outcome.failed[0]), outcome.failed[0].hint) == ("There is no such file.", "Choose another.")
    assert outcome.done == []


def test_an_unexpected_failure_is_logged_and_arrives_as_a_bug(
    qtbot: QtBot, runner: JobRunner, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = Outcome()

    with caplog.at_level("ERROR", logger="levdesk.runtime"):
        runner.run("Dividing", lambda control: 1 // 0, outcome.on_done, outcome.on_failed)
        qtbot.waitUntil(lambda: bool(outcome.failed))

    assert isinstance(outcome.failed[0], Bug)
    assert "ZeroDivisionError" in caplog.text


def test_a_cancelled_job_is_unlisted_at_once_and_its_result_dropped(qtbot: QtBot, runner: JobRunner) -> None:
    outcome = Outcome()
    started, go_on, ended = threading.Event(), threading.Event(), threading.Event()
    seen_cancelled: list[bool] = []

    def work(control: JobControl) -> str:
        started.set()
        go_on.wait(PATIENCE_S)
        seen_cancelled.append(control.cancelled)
        ended.set()
        return "late"

    job_id = runner.run("Slow work", work, outcome.on_done, outcome.on_failed)
    assert started.wait(PATIENCE_S)
    assert [view.title for view in runner.views()] == ["Slow work"]
    runner.cancel(job_id)
    assert runner.views() == ()
    go_on.set()
    assert ended.wait(PATIENCE_S)
    runner.run("Next", lambda control: "next", outcome.on_done, outcome.on_failed)
    qtbot.waitUntil(lambda: bool(outcome.done))

    assert seen_cancelled == [True]
    assert outcome.done == ["next"]


def test_progress_is_listed_while_the_job_runs(qtbot: QtBot, runner: JobRunner) -> None:
    outcome = Outcome()
    told, go_on = threading.Event(), threading.Event()

    def work(control: JobControl) -> None:
        control.progress(0.25)
        told.set()
        go_on.wait(PATIENCE_S)

    with qtbot.waitSignal(runner.jobs_changed):
        runner.run("Half way", work, outcome.on_done, outcome.on_failed)
        assert told.wait(PATIENCE_S)
    (view,) = runner.views()
    assert (view.done_ratio, view.started_ms) == (0.25, 5_000)
    go_on.set()
    qtbot.waitUntil(lambda: outcome.done == [None])
    assert runner.views() == ()


def test_a_quiet_job_is_never_listed(qtbot: QtBot, runner: JobRunner) -> None:
    outcome = Outcome()
    runner.run("Poll", lambda control: 1, outcome.on_done, outcome.on_failed, quiet=True)
    assert runner.views() == ()
    qtbot.waitUntil(lambda: outcome.done == [1])


def test_a_quiet_job_can_be_given_up_too(qtbot: QtBot, runner: JobRunner) -> None:
    outcome = Outcome()
    started, go_on = threading.Event(), threading.Event()

    def work(control: JobControl) -> str:
        started.set()
        go_on.wait(PATIENCE_S)
        return "overtaken"

    job_id = runner.run("Poll", work, outcome.on_done, outcome.on_failed, quiet=True)
    assert started.wait(PATIENCE_S)
    runner.cancel(job_id)
    go_on.set()
    runner.run("Next", lambda control: "next", outcome.on_done, outcome.on_failed, quiet=True)
    qtbot.waitUntil(lambda: bool(outcome.done))
    assert outcome.done == ["next"]


def test_after_closing_no_work_is_taken_and_nothing_calls_back(qtbot: QtBot) -> None:
    runner = JobRunner(lambda: 0)
    outcome = Outcome()
    assert runner.close(PATIENCE_MS)
    assert runner.run("Too late", lambda control: 1, outcome.on_done, outcome.on_failed) == 0
    runner.watch(_finished(1), outcome.on_done, outcome.on_failed)
    qtbot.wait(1)
    assert outcome.done == []


def test_a_future_that_was_already_finished_still_lands_later_not_inside_the_call(qtbot: QtBot) -> None:
    landing = Landing()
    outcome = Outcome()
    landing.watch(_finished("x"), outcome.on_done, outcome.on_failed)
    assert outcome.done == []
    qtbot.waitUntil(lambda: outcome.done == ["x"])
    assert landing.waiting == 0


def _finished(value: object) -> Future[object]:
    future: Future[object] = Future()
    future.set_result(value)
    return future


def test_something_that_goes_on_elsewhere_is_listed_until_it_ends(qtbot: QtBot, runner: JobRunner) -> None:
    stopped: list[str] = []
    job_id = runner.show("Fetching history: 0 of 4", lambda: stopped.append("yes"))
    runner.update(job_id, "Fetching history: 1 of 4", 0.25)
    (shown,) = runner.views()
    assert (shown.title, shown.done_ratio, shown.cancellable) == ("Fetching history: 1 of 4", 0.25, True)
    runner.cancel(job_id)
    assert stopped == ["yes"]
    assert runner.views() == ()
    runner.end(job_id)
    runner.update(job_id, "too late", 1.0)
    assert runner.views() == ()


def test_whoever_stops_a_job_is_answered_at_once_and_only_so(qtbot: QtBot, runner: JobRunner) -> None:
    outcome, stopped, go_on = Outcome(), [], threading.Event()

    def work(_control: JobControl) -> int:
        assert go_on.wait(PATIENCE_S)
        return 42

    job_id = runner.run("Counting", work, outcome.on_done, outcome.on_failed, stopped=lambda: stopped.append(job_id))
    runner.cancel(job_id)
    assert stopped == [job_id]
    go_on.set()
    qtbot.waitUntil(lambda: not runner._jobs)
    assert (outcome.done, outcome.failed, len(stopped)) == ([], [], 1)


def test_work_a_person_waits_for_does_not_queue_behind_work_nobody_asked_for(qtbot: QtBot, runner: JobRunner) -> None:
    outcome, go_on = Outcome(), threading.Event()
    for _ in range(8):  # more than the pool has threads
        runner.run("Busy", lambda _control: go_on.wait(PATIENCE_S), lambda _done: None, outcome.on_failed)
    runner.run("Asked for", lambda _control: 42, outcome.on_done, outcome.on_failed, is_awaited=True)
    qtbot.waitUntil(lambda: outcome.done == [42])
    go_on.set()
