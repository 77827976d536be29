"""The parts a delegate draws: text already written, how it is meant, and a mark beside it."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from levdesk.domain.money import to_text
from levdesk.domain.severity import Severity
from levdesk.ui.format import UNKNOWN
from levdesk.ui.models.gauge import PLACE_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from levdesk.ui.models.gauge import Gauge

NAN: Final = math.nan
_CHIP_LETTERS: Final = 4
"""A notice's chip is about as wide as this many letters."""


class Tone(IntEnum):
    """How a figure is meant; the theme turns it into a colour."""

    PLAIN = 0
    MUTED = 1
    GAIN = 2
    LOSS = 3
    CRITICAL = 4
    STRONG = 5
    WARNING = 6


_NOTICE_WORDS: Final = {Severity.INFO: "notice", Severity.WARNING: "warning", Severity.ERROR: "critical"}


class Cell:
    """One cell of a table, never changed once it is in a model (not frozen: ten thousands are made at start).

    Attributes:
        text: the figure as it is shown.
        tone: how it is meant.
        sort: a float to order by; NaN for unknown.
        mark: a small tag beside it: "est.", "manual", or the age of a stale price.
        aside: muted text behind it, e.g. the venue.
        notice: severity of the worst notice, on the token's cell.
        gauge: the band, on the leverage cell.
    """

    __slots__ = ("aside", "gauge", "mark", "notice", "sort", "text", "tone")

    def __init__(
        self,
        text: str,
        tone: Tone = Tone.PLAIN,
        sort: float = NAN,
        mark: str = "",
        aside: str = "",
        notice: Severity | None = None,
        gauge: Gauge | None = None,
    ) -> None:
        self.text = text
        self.tone = tone
        self.sort = sort
        self.mark = mark
        self.aside = aside
        self.notice = notice
        self.gauge = gauge

    def looks_like(self, other: Cell) -> bool:
        """True when nobody could see the difference."""
        return (
            self.text == other.text
            and self.tone is other.tone
            and self.mark == other.mark
            and self.aside == other.aside
            and self.notice is other.notice
            and self.gauge == other.gauge
        )

    @property
    def spoken_text(self) -> str:
        """The cell in words, with what is otherwise said by a mark or a bar."""
        if self.text == UNKNOWN:
            return "unknown"
        parts = [self.shown_text]
        if self.gauge is not None and self.gauge.place in PLACE_WORDS:
            parts.append(PLACE_WORDS[self.gauge.place])
        if self.notice is not None:
            parts.append(_NOTICE_WORDS[self.notice])
        return ", ".join(parts)

    @property
    def shown_text(self) -> str:
        """Text, aside and mark in one line, for copies and screen readers."""
        return " ".join(part for part in (self.text, self.aside, self.mark) if part)


class GroupCell(NamedTuple):
    """A heading row.

    Attributes:
        title: name of the group.
        about: what it adds up to, e.g. "net exposure 21,904.11 USDT".
    """

    title: str
    about: str


def widest_cells(rows: Iterable[Sequence[Cell]]) -> list[Cell]:
    """For each column the cell with the longest text; empty when there are no rows."""
    longest: list[Cell] = []
    for row in rows:
        if not longest:
            longest = list(row)
            continue
        for column, cell in enumerate(row):
            if _length(cell) > _length(longest[column]):
                longest[column] = cell
    return longest


def _length(cell: Cell) -> int:
    return len(cell.text) + len(cell.mark) + len(cell.aside) + (_CHIP_LETTERS if cell.notice else 0)


UNKNOWN_CELL: Final = Cell(UNKNOWN, Tone.MUTED)


def sort_value(value: Decimal | None) -> float:
    """A Decimal as the float a table orders by; NaN for unknown. For ordering only."""
    return NAN if value is None else float(value)


def signed_tone(value: Decimal) -> Tone:
    """Gain, loss, or plain for nothing."""
    if not value:
        return Tone.PLAIN
    return Tone.GAIN if value > 0 else Tone.LOSS


def plain_number(value: Decimal | None) -> str:
    """Every digit with a point and a hyphen-minus, for spreadsheets; "" for unknown."""
    return "" if value is None else to_text(value)
