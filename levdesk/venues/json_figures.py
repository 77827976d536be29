"""Figures out of JSON replies: every digit kept, "absent" told from "wrong", nothing but VenueGarbled raised.

Numbers stay the text they were on the wire (`2.10` is not `2.1`), so a figure reads the same quoted or bare.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias, TypeVar

from levdesk.domain.errors import VenueGarbled
from levdesk.domain.money import ZERO, parse_decimal
from levdesk.domain.problems import Problem, Severity
from levdesk.venues.contract import Reply

JsonValue: TypeAlias = "str | bool | list[JsonValue] | dict[str, JsonValue] | None"
"""What `read_json` returns; a JSON number is its own text."""

JsonRow: TypeAlias = Mapping[str, JsonValue]

T = TypeVar("T")

ABSENT_TEXTS: Final = frozenset({"", "--"})
ACCEPT_JSON: Final = (("Accept", "application/json"),)
"""The header that asks for JSON."""
LARGEST_FIGURE: Final = Decimal(10) ** 12
"""Prices and NAVs above this are absurd."""

_WIDEST_SHOWN: Final = 40
_DECODER: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def read_json(reply: Reply, *, venue: str, title: str) -> JsonValue:
    """The reply's body as JSON, its numbers as text.

    Raises:
        VenueGarbled: HTML, half a document, an empty body, a wrong encoding, or nesting nobody means.
    """
    try:
        text = reply.body.decode(json.detect_encoding(reply.body), "surrogatepass")
        value: JsonValue = _DECODER.decode(text)
    except (ValueError, RecursionError):
        pass
    else:
        return value
    kind = "a web page" if reply.body.lstrip()[:1] == b"<" else "an answer that is cut off or is not JSON"
    raise garbled(reply, f"{title} sent {kind}.", venue=venue) from None


def garbled(reply: Reply, message: str, *, venue: str) -> VenueGarbled:
    """The error for a reply nobody can read, with a printable sample of it for the log."""
    sample = reply.body[:400].decode("utf-8", "backslashreplace")
    hint = "It is asked again by itself; if it stays, look at the venue's status page or at a proxy in between."
    return VenueGarbled(message, venue=venue, sample=sample, hint=hint)


def shown(value: JsonValue) -> str:
    """A short printable form of what came, for a message."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f"“{printable(value, _WIDEST_SHOWN)}”"
        case list():
            return "a list"
        case dict():
            return "an object"


def printable(text: str, width: int) -> str:
    """The text without control characters and lone surrogates, cut to a width."""
    start = text[:width]
    kept = start if start.isprintable() else "".join(char if char.isprintable() else " " for char in start)
    return " ".join(kept.split())


def is_absent(value: JsonValue) -> bool:
    """Whether a field says nothing: missing, null, "" or "--"."""
    return value is None or (isinstance(value, str) and value.strip() in ABSENT_TEXTS)


def number(value: JsonValue) -> Decimal:
    """A finite number, bare or quoted.

    Raises:
        ValueError: with a plain reason.
    """
    if not isinstance(value, str):
        raise ValueError(f"is {shown(value)}, not a number")
    try:
        return parse_decimal(value)
    except ValueError as error:
        raise ValueError(printable(str(error), 80)) from None


def positive(value: JsonValue, limit: Decimal = LARGEST_FIGURE) -> Decimal:
    """A number above zero and not above `limit`.

    Raises:
        ValueError: with a plain reason.
    """
    figure = number(value)
    if figure <= ZERO:
        raise ValueError(f"{shown(value)} is not above zero")
    if figure > limit:
        raise ValueError(f"{shown(value)} is absurdly large")
    return figure


def whole(value: JsonValue, *, low: int, high: int) -> int:
    """A whole number within [low, high].

    Raises:
        ValueError: with a plain reason.
    """
    figure = number(value)
    if figure != figure.to_integral_value() or not low <= figure <= high:
        raise ValueError(f"{shown(value)} is not a whole number between {low} and {high}")
    return int(figure)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReader:
    """Reads the figures of one row: an absent one is None, a wrong one is None and a Problem.

    Attributes:
        row: the row as it came.
        label: what the row is about, for messages, e.g. "BTC3L".
        source: `Problem.source` of what is found wrong.
        problems: where problems are added.
    """

    row: JsonRow
    label: str
    source: str
    problems: list[Problem]

    def price(self, field: str, words: str, code: str = "price_rejected") -> Decimal | None:
        """A figure above zero, such as a price or a NAV."""
        return self._read(field, words, code, positive)

    def magnitude(self, field: str, words: str, code: str, limit: Decimal) -> Decimal | None:
        """The absolute value of a figure that is neither zero nor beyond `limit`."""

        def size(value: JsonValue) -> Decimal:
            figure = abs(number(value))
            if not ZERO < figure <= limit:
                raise ValueError(f"{shown(value)} is not between 0 and {limit}")
            return figure

        return self._read(field, words, code, size)

    def signed(self, field: str, words: str, code: str, limit: Decimal) -> Decimal | None:
        """A figure of either sign, or zero, not beyond `limit`."""

        def figure(value: JsonValue) -> Decimal:
            read = number(value)
            if abs(read) > limit:
                raise ValueError(f"{shown(value)} is absurdly large")
            return read

        return self._read(field, words, code, figure)

    def count(self, field: str, words: str, code: str, *, low: int, high: int) -> int | None:
        """A whole number within [low, high]; zero counts as absent where `low` is above it."""

        def figure(value: JsonValue) -> int | None:
            return None if low > 0 and value == "0" else whole(value, low=low, high=high)

        return self._read(field, words, code, figure)

    def _read(self, field: str, words: str, code: str, read: Callable[[JsonValue], T]) -> T | None:
        value = self.row.get(field)
        if is_absent(value):
            return None
        try:
            return read(value)
        except ValueError as error:
            message = f"{self.label}: {words} {error}; the last good figure stays."
        self.problems.append(Problem(severity=Severity.WARNING, code=code, message=message, source=self.source))
        return None
