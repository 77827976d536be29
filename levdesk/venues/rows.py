"""Replies and stream messages read row by row, the same for every venue that sends lists of objects."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from levdesk.domain.errors import VenueGarbled
from levdesk.domain.market import FundingPoint
from levdesk.domain.problems import Problem, Severity
from levdesk.venues.bars import EARLIEST_S
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import (
    JsonRow,
    JsonValue,
    RowReader,
    garbled,
    is_absent,
    number,
    printable,
    read_json,
    whole,
)

T = TypeVar("T")

MOST_FUNDING: Final = Decimal(1)
"""A rate beyond this, all that a position is worth, is absurd."""

_DAY_MS: Final = 86_400_000
_FAR_MS: Final = 10**14
"""About the year 5000: later than any moment a venue means; `read_bar` draws the close line."""


@dataclass(frozen=True, slots=True)
class VenueRows:
    """Reads rows in a venue's name, so that problems and errors say whose data they are about.

    Attributes:
        venue, title: short name, and name for the screen.
    """

    venue: str
    title: str

    def problem(self, code: str, message: str, *, row: str = "") -> Problem:
        """A warning about the venue's data; `row` names the token or perpetual it is about."""
        source = f"{self.venue}:{row}" if row else self.venue
        return Problem(severity=Severity.WARNING, code=code, message=message, source=source)

    def wrong_shape(self, reply: Reply, wanted: str) -> VenueGarbled:
        """The error for JSON that is not what was asked for."""
        return garbled(reply, f"{self.title} sent something that is not {wanted}.", venue=self.venue)

    def each(
        self, reply: Reply, rows: JsonValue, read_row: Callable[[JsonValue], T], code: str, thing: str
    ) -> tuple[list[T], list[Problem]]:
        """Read a list row by row.

        Raises:
            VenueGarbled: it is no list, or a list of nothing but bad rows.
        """
        if not isinstance(rows, list):
            raise self.wrong_shape(reply, "a list")
        values: list[T] = []
        problems: list[Problem] = []
        for row in rows:
            try:
                values.append(read_row(row))
            except ValueError as error:
                problems.append(self.problem(code, f"{self.title}: {thing} {error}; it is left out."))
        if rows and not values:
            raise self.wrong_shape(reply, f"a list with {thing} in it")
        return values, problems

    def reader(self, name: str, row: JsonRow, problems: list[Problem]) -> RowReader:
        """Reads the figures of the row of a token or perpetual; what is wrong with them is added to `problems`."""
        return RowReader(row=row, label=name, source=f"{self.venue}:{name}", problems=problems)

    def not_listed(self, wanted: frozenset[str] | None, listed: Collection[str]) -> list[Problem]:
        """A problem for each perpetual that was asked for by its name (None when none was) and is not there."""
        labels = [printable(name, 40) for name in sorted((wanted or frozenset()).difference(listed))]
        return [
            self.problem("instrument_not_listed", f"{self.title} lists no perpetual {label}.", row=label)
            for label in labels
        ]

    def settlements(self, reply: Reply, rows: JsonValue, *rates: str, time: str) -> Parsed[FundingPoint]:
        """Settlements of funding, oldest first.

        Args:
            reply: what came.
            rows: the list in it.
            rates: fields of the rate, the one that counts first.
            time: field of the moment, ms.

        Raises:
            VenueGarbled: as `each`.
        """

        def point(value: JsonValue) -> FundingPoint:
            row = as_object(value)
            rate = next((row.get(name) for name in rates[:-1] if not is_absent(row.get(name))), row.get(rates[-1]))
            ratio = funding_ratio(rate)
            return FundingPoint(past_ms(row.get(time), reply.received_ms), ratio)

        points, problems = self.each(reply, rows, point, "funding_rejected", "a funding settlement")
        return Parsed(settlements_in_order(points), tuple(problems))

    def clock_ms(self, reply: Reply, stamp: JsonValue) -> int:
        """The venue's clock, ms UTC, however far it is from ours.

        Raises:
            VenueGarbled: the reply held no moment.
        """
        try:
            return whole(stamp, low=EARLIEST_S * 1000, high=EARLIEST_S * 10_000)
        except ValueError:
            raise self.wrong_shape(reply, "a server time") from None

    def message(self, text: str | bytes, received_ms: int) -> dict[str, JsonValue]:
        """A stream's message as the object it holds.

        Raises:
            VenueGarbled: it is not JSON, or not an object.
        """
        body = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
        reply = Reply(status=200, body=body, received_ms=received_ms)
        value = read_json(reply, venue=self.venue, title=self.title)
        if not isinstance(value, dict):
            raise self.wrong_shape(reply, "a message")
        return value


def as_object(value: JsonValue) -> dict[str, JsonValue]:
    """The value, which must be an object.

    Raises:
        ValueError: with a plain reason.
    """
    if not isinstance(value, dict):
        raise ValueError("is not an object")
    return value


def named_row(value: JsonValue, *fields: str) -> tuple[str, JsonRow]:
    """A row with the name it carries in the first of `fields` that holds text.

    Raises:
        ValueError: with a plain reason.
    """
    row = as_object(value)
    name = next((name for field in fields if isinstance(name := row.get(field), str)), "")
    if not name or not name.isprintable() or " " in name:
        raise ValueError("has no readable name")
    return name, row


def moment_ms(value: JsonValue, received_ms: int) -> int:
    """When the venue says figures were true; when the reply came, where it says nothing or nothing believable.

    A moment in the past is believed whatever its age: an old figure must look old. One more than a day ahead is not.
    """
    if value is None:
        return received_ms
    try:
        return past_ms(value, received_ms)
    except ValueError:
        return received_ms


def past_ms(value: JsonValue, received_ms: int) -> int:
    """A moment in ms between the beginning of this field and tomorrow.

    Raises:
        ValueError: with a plain reason.
    """
    earliest_ms = EARLIEST_S * 1000
    return whole(value, low=earliest_ms, high=max(received_ms + _DAY_MS, earliest_ms))


def seconds_of_ms(value: JsonValue) -> JsonValue:
    """A moment in ms as seconds, for `RawBar.time_s`.

    Raises:
        ValueError: with a plain reason; a moment that is no whole second starts no bar.
    """
    moment = whole(value, low=0, high=_FAR_MS)
    if moment % 1000:
        raise ValueError("starts within a second")
    return str(moment // 1000)


def funding_ratio(value: JsonValue) -> float:
    """A rate that was settled, of either sign.

    Raises:
        ValueError: with a plain reason.
    """
    rate = number(value)
    if abs(rate) > MOST_FUNDING:
        raise ValueError("has an absurd rate")
    return float(rate)


def settlements_in_order(points: list[FundingPoint]) -> tuple[FundingPoint, ...]:
    """Settlements oldest first, the later of two with one time."""
    by_time = {point.ts_ms: point for point in points}
    return tuple(by_time[ts_ms] for ts_ms in sorted(by_time))
