"""How long what venues send wrongly is complained of."""

from __future__ import annotations

from levdesk.domain.problems import Problem, Severity
from levdesk.services.complaints import HEARD_MS, Complaints


def problem(message: str) -> Problem:
    return Problem(severity=Severity.WARNING, code="stream_garbled", message=message, source="Gate")


def test_an_answer_takes_the_place_of_the_one_before() -> None:
    complaints = Complaints()
    complaints.answered("tickers", (problem("one"), problem("two")))
    complaints.answered("contracts", (problem("three"),))
    assert [one.message for one in complaints.problems(0)] == ["one", "two", "three"]
    complaints.answered("tickers", ())
    assert [one.message for one in complaints.problems(0)] == ["three"]


def test_a_stream_that_is_fine_again_is_not_blamed_for_ever() -> None:
    complaints = Complaints()
    complaints.heard("garbled", problem("a web page"), 1_000)
    assert [one.message for one in complaints.problems(1_000 + HEARD_MS)] == ["a web page"]
    assert list(complaints.problems(1_001 + HEARD_MS)) == []
    assert list(complaints.problems(1_000)) == [], "gone is gone"


def test_a_stream_that_goes_on_is_blamed_with_its_last_words() -> None:
    complaints = Complaints()
    complaints.heard("garbled", problem("a web page"), 0)
    complaints.heard("garbled", problem("half an object"), HEARD_MS)
    assert [one.message for one in complaints.problems(2 * HEARD_MS)] == ["half an object"]
