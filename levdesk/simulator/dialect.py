"""What a venue dialect is to the server: a pure function from a call to an answer, and talks for its streams.

A dialect holds a market and no state. It never looks at a clock: the call carries the time it is asked at. What is
said on a stream is in `talk`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from levdesk.simulator.talk import Moment, Talk

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
        skew_ms: how far the venue's own clock is off; figures are true, times are not.
    """

    path: str
    now_ms: int
    skew_ms: int = 0
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def clock_ms(self) -> int:
        """What the venue's clock shows."""
        return self.now_ms + self.skew_ms


@runtime_checkable
class TakesPosts(Protocol):
    """A dialect with questions that are asked by POST.

    Attributes:
        posted: their paths.
    """

    posted: ClassVar[frozenset[str]]


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
class Toll:
    """What a request costs of which documented limit.

    Attributes:
        counter: requests with the same counter share a limit; each client has its own.
        limit, period_s: so much weight per so many seconds.
        weight: of this request.
        ban_s: who goes beyond the limit is kept out so long, or until the next window when 0.
        ban_more_s: what every further request adds to that.
    """

    counter: str
    limit: int
    period_s: float
    weight: int = 1
    ban_s: float = 0.0
    ban_more_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """How many streams one client may open.

    Attributes:
        most_open: at the same time.
        most_opened: so many in so many real seconds.
    """

    most_open: int = 1_000_000
    most_opened: tuple[int, float] = (1_000_000, 1.0)


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
        within: fields of an envelope that hold the rows, at any depth.
    """

    names: tuple[str, ...]
    figures: tuple[str, ...]
    swapped: tuple[tuple[str, str], ...]
    within: tuple[str, ...] = ()


class Dialect(Protocol):
    """One venue's protocol: REST, and the streams it has."""

    @property
    def venue(self) -> str:
        """Short name of the venue, as the program's adapters are called."""

    @property
    def roles(self) -> FieldRoles:
        """Which fields mean what, in answers and in messages."""

    def serves(self, path: str) -> bool:
        """Whether a path is this dialect's."""

    def toll(self, call: Call) -> Toll:
        """What the call costs of the documented public limit."""

    def answer(self, call: Call) -> Answer:
        """The documented answer; documented refusals are answers too."""

    def too_many(self, call: Call) -> Answer:
        """The answer beyond the limit."""

    def banned(self, call: Call) -> Answer:
        """The answer to a client that is kept out."""

    def broken(self, call: Call) -> Answer:
        """The answer when something is wrong at the venue."""

    def dressed(self, answer: Answer, call: Call, allowance: Allowance) -> Answer:
        """An answer with the headers the venue sends along."""

    @property
    def doors(self) -> Doors:
        """How many streams one client may open."""

    def streams_at(self, path: str) -> bool:
        """Whether a stream is served at a path."""

    def talk(self, call: Call, moment: Moment) -> Talk:
        """A new connection to a stream."""


def json_text(value: Json) -> str:
    """JSON without spaces, as venues write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def json_answer(status: int, value: Json) -> Answer:
    """An answer with a JSON body."""
    return Answer(status=status, body=json_text(value).encode(), headers=(JSON_TYPE,))
