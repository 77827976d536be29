"""What a venue dialect is to the server: a pure function from a call to an answer.

A dialect holds a market and no state. It never looks at a clock: the call carries the time it is asked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

JSON_TYPE = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One GET request.

    Attributes:
        path: without the query, decoded.
        query: last value of each parameter, decoded.
        headers: lower-case names.
        now_ms: market time it is asked at, UTC.
    """

    path: str
    now_ms: int
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back: status, headers in order, body bytes."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    def with_headers(self, *headers: tuple[str, str]) -> Answer:
        """The same answer with more headers."""
        return replace(self, headers=(*self.headers, *headers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much of a documented limit is left after a request.

    Attributes:
        granted: False when the request is one too many.
        limit, remaining: requests per window, and those left in this one.
        reset_in_s: seconds until the next window.
    """

    granted: bool
    limit: int
    remaining: int
    reset_in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRoles:
    """Which fields of a venue's rows mean what, for faults that spoil them.

    Attributes:
        names: fields that name the row's symbol.
        figures: prices and NAVs, the most telling one first.
        swapped: pairs of fields a lying source confuses.
    """

    names: tuple[str, ...]
    figures: tuple[str, ...]
    swapped: tuple[tuple[str, str], ...]


class Dialect(Protocol):
    """One venue's REST protocol."""

    @property
    def roles(self) -> FieldRoles:
        """Which fields mean what."""

    @property
    def window(self) -> tuple[int, float]:
        """Documented public limit: requests per seconds, for each endpoint and client."""

    def serves(self, path: str) -> bool:
        """Whether a path is this dialect's."""

    def endpoint(self, path: str) -> str:
        """The path as limits count it: without the parts that vary."""

    def answer(self, call: Call) -> Answer:
        """The documented answer; documented refusals are answers too."""

    def too_many(self, call: Call) -> Answer:
        """The answer beyond the limit."""

    def dressed(self, answer: Answer, call: Call, allowance: Allowance) -> Answer:
        """An answer with the headers the venue sends along."""


def json_answer(status: int, value: Json) -> Answer:
    """An answer with a JSON body, written without spaces as venues do."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return Answer(status=status, body=body, headers=(JSON_TYPE,))
