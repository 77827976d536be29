"""Finding transactions by words of what the table shows: type, time, note and portfolio. Writes no cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from levdesk.domain.transactions import Transaction, TransactionType
from levdesk.ui import format as eye
from levdesk.ui.models.transaction_words import TYPE_WORDS

_MINUTE_MS: Final = 60_000
_QUARTER_MS: Final = 15 * _MINUTE_MS
"""Zones differ by quarters of an hour: within one quarter the local clock runs on evenly."""
_CLOCKS: Final = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(1_440))


def row_matcher(words: Iterable[str], portfolios: Mapping[int, str]) -> Callable[[Transaction], bool]:
    """Whether a row holds every one of these casefolded words, each in one of its texts.

    A word holds no blank, so it lies within one of them; what a type, a portfolio or a quarter of an hour says is
    worked out once.
    """
    tests = [_word_test(word, portfolios) for word in words]
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def _word_test(word: str, portfolios: Mapping[int, str]) -> Callable[[Transaction], bool]:
    types = frozenset(kind for kind in TransactionType if word in TYPE_WORDS[kind].name.casefold())
    named = frozenset(each for each, name in portfolios.items() if word in name.casefold())
    is_then = _time_test(word)

    def holds(row: Transaction) -> bool:
        draft = row.draft
        return (
            draft.type in types
            or row.portfolio_id in named
            or (bool(draft.note) and word in draft.note.casefold())
            or is_then(draft.time_ms)
        )

    return holds


def _time_test(word: str) -> Callable[[int], bool]:
    """Whether the local day or time of day of a moment holds the word."""
    minutes = frozenset(minute for minute, text in enumerate(_CLOCKS) if word in text)
    quarters: dict[int, tuple[bool, int]] = {}
    days: dict[int, bool] = {}

    def look_up(quarter: int) -> tuple[bool, int]:
        start_ms = quarter * _QUARTER_MS
        local = datetime.fromtimestamp(start_ms / 1000, tz=UTC).astimezone()
        day = local.toordinal()
        if day not in days:
            days[day] = word in eye.day(start_ms).casefold()
        known = quarters[quarter] = (days[day], local.hour * 60 + local.minute)
        return known

    def holds(time_ms: int) -> bool:
        quarter = time_ms // _QUARTER_MS
        is_day, first = quarters.get(quarter) or look_up(quarter)
        return is_day or (bool(minutes) and first + time_ms % _QUARTER_MS // _MINUTE_MS in minutes)

    return holds
