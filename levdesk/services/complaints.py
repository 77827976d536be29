"""What is wrong with what venues send, for as long as it is: an answer tells anew each time, a stream only when it is.

A complaint about an answer stands until the next answer to the same question. Streams never say that all is well, so
what they are blamed for is forgotten once it has not happened again for a while.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Final

from levdesk.domain.problems import Problem

HEARD_MS: Final = 60_000
"""As long as a figure may go without a newer one before it is marked old: what was left out shows by then."""


class Complaints:
    """Lives in one thread, without a clock of its own."""

    def __init__(self) -> None:
        """Nothing to complain of yet."""
        self._answered: dict[Hashable, tuple[Problem, ...]] = {}
        self._heard: dict[Hashable, tuple[Problem, int]] = {}

    def answered(self, question: Hashable, problems: tuple[Problem, ...]) -> None:
        """An answer came: these are its problems, in place of those of the answer before."""
        self._answered[question] = problems

    def heard(self, what: Hashable, problem: Problem, now_ms: int) -> None:
        """A stream brought something wrong; the last of its kind is told."""
        self._heard[what] = (problem, now_ms)

    def problems(self, now_ms: int) -> Iterator[Problem]:
        """All that stand, answers first."""
        for problems in self._answered.values():
            yield from problems
        self._heard = {what: said for what, said in self._heard.items() if now_ms - said[1] <= HEARD_MS}
        yield from (problem for problem, _ in self._heard.values())
