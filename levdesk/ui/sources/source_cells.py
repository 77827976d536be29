"""Columns of the sources table, and the cells of one source."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from levdesk.ui import format as fmt
from levdesk.ui.models.cells import NAN, Cell, Tone
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.sources.words import (
    KINDS,
    MARKS,
    depends_words,
    latency_words,
    left_words,
    skew_words,
    state_words,
    stream_tone,
    stream_words,
)

if TYPE_CHECKING:
    from levdesk.services.health import SourceHealth
    from levdesk.ui.format import Figures

FEW_LEFT_RATIO: Final = 0.1
"""Below this share of its limit the requests left are a warning."""


class SourceColumn(IntEnum):
    """Columns of the sources table."""

    SOURCE = 0
    STATE = 1
    LATENCY = 2
    STREAM = 3
    REQUESTS = 4
    CLOCK = 5
    DEPENDS = 6


SOURCE_COLUMNS: Final = (
    ColumnSpec(name="source", title="Source", about="Venue that prices and NAVs come from", width=96, is_number=False),
    ColumnSpec(
        name="state", title="State", about="How it is doing, and how old its figures are", width=168, is_number=False
    ),
    ColumnSpec(name="latency_ms", title="Latency", about="How long its last good answer took", width=72),
    ColumnSpec(
        name="stream", title="Stream", about="Its stream of live prices, where it has one", width=132, is_number=False
    ),
    ColumnSpec(
        name="requests_left", title="Requests left", about="Of the tightest limit that is in force now", width=104
    ),
    ColumnSpec(
        name="clock", title="Your clock", about="This computer's clock against the venue's", width=112, is_number=False
    ),
    ColumnSpec(
        name="depends", title="Used by", about="Tokens whose figures come from here now", width=180, is_number=False
    ),
)
_TONES: Final = {
    "gain": Tone.GAIN,
    "warning": Tone.WARNING,
    "critical": Tone.CRITICAL,
    "muted": Tone.MUTED,
}


def source_cells(health: SourceHealth, now_ms: int, write: Figures) -> list[Cell]:
    """All cells of one source at a moment."""
    state = health.state.value
    skew = skew_words(health)
    is_asked = state not in {"off", "offline"}
    return [
        Cell(health.title, Tone.STRONG if is_asked else Tone.MUTED),
        Cell(f"{MARKS[state]} {state_words(health, now_ms)}", _TONES[KINDS[state]]),
        Cell(latency_words(health), Tone.PLAIN if health.latency_ms is not None else Tone.MUTED, _sort(health)),
        Cell(stream_words(health.stream, now_ms), _TONES[stream_tone(health.stream)]),
        Cell(left_words(health, write), _left_tone(health)),
        Cell(skew, Tone.MUTED if skew in {"right", fmt.UNKNOWN} else Tone.WARNING),
        Cell(depends_words(health), Tone.PLAIN if health.depends else Tone.MUTED),
    ]


def exported_source(health: SourceHealth, column: SourceColumn, cell: Cell) -> str:
    """A cell for a spreadsheet: numbers bare, unknown empty."""
    if cell.text == fmt.UNKNOWN:
        return ""
    if column is SourceColumn.LATENCY:
        return str(health.latency_ms)
    if column is SourceColumn.REQUESTS:
        return str(health.requests_left)
    return cell.text


def _sort(health: SourceHealth) -> float:
    return NAN if health.latency_ms is None else float(health.latency_ms)


def _left_tone(health: SourceHealth) -> Tone:
    left, limit = health.requests_left, health.requests_limit
    if left is None:
        return Tone.MUTED
    return Tone.WARNING if limit and left < FEW_LEFT_RATIO * limit else Tone.PLAIN
