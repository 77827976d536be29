"""A venue that is not simulated, with set answers by path: so that faults can be played on it all the same."""

from __future__ import annotations

from collections.abc import Mapping

from levdesk.simulator.dialect import JSON_TYPE, Allowance, Answer, Call, Doors, FieldRoles, Toll, json_answer
from levdesk.simulator.talk import Moment, Talk


class CannedDialect:
    """Answers that are always the same; no streams, no limits, and refusals in nobody's words.

    Args:
        venue: its short name.
        answers: bodies by path.
        roles: which fields of them mean what.
    """

    doors = Doors(most_open=0)

    def __init__(self, venue: str, answers: Mapping[str, bytes], roles: FieldRoles) -> None:
        self.venue = venue
        self.roles = roles
        self._answers = dict(answers)

    def serves(self, path: str) -> bool:
        """Exactly the paths it has an answer for; put it before dialects that serve all below a path."""
        return path in self._answers

    def toll(self, call: Call) -> Toll:
        """No limit anybody would reach."""
        return Toll(counter=self.venue, limit=1_000_000, period_s=1.0)

    def answer(self, call: Call) -> Answer:
        """The set answer."""
        return Answer(status=200, body=self._answers[call.path], headers=(JSON_TYPE,))

    def too_many(self, call: Call) -> Answer:
        """An empty object, as the others: only the status says what is meant."""
        return json_answer(429, {})

    def banned(self, call: Call) -> Answer:
        """Only the status says what is meant."""
        return json_answer(403, {})

    def broken(self, call: Call) -> Answer:
        """Only the status says what is meant."""
        return json_answer(500, {})

    def dressed(self, answer: Answer, call: Call, allowance: Allowance) -> Answer:
        """As it is."""
        return answer

    def streams_at(self, path: str) -> bool:
        """Nowhere."""
        return False

    def talk(self, call: Call, moment: Moment) -> Talk:
        """Never asked for, since there is no stream."""
        raise NotImplementedError(call.path)
