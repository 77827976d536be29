"""Asks dialects without a server, for the tests of every dialect but Gate's."""

from __future__ import annotations

import json
from typing import Any

from levdesk.simulator.dialect import Call, Dialect
from tests.simulator.moments import ANCHOR_MS


class Asker:
    """Calls to one dialect under a prefix; the parsed body of a 200, or (status, body).

    Args:
        dialect: what is asked.
        prefix: of its paths.
    """

    def __init__(self, dialect: Dialect, prefix: str) -> None:
        self.dialect = dialect
        self._prefix = prefix

    def call(self, path: str, **query: str) -> Call:
        return Call(path=f"{self._prefix}{path}", query=query, now_ms=ANCHOR_MS)

    def __call__(self, path: str, **query: str) -> Any:
        return self.answered(self.call(path, **query))

    def answered(self, call: Call) -> Any:
        answer = self.dialect.answer(call)
        body = json.loads(answer.body)
        return body if answer.status == 200 else (answer.status, body)
