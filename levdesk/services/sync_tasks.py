"""What a task of the planner asks for: snapshots of what is wanted, and order books one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from levdesk.services.sync_state import LineKey, SyncState, Task, VenueWant
from levdesk.venues.contract import RequestKind

BOOK_GAP_MS: Final = 2_000
"""Least time between two order books of a venue, however many tokens of it are held."""


def snapshot_task(want: VenueWant, key: LineKey) -> Task:
    """The task of a line that is asked again and again: of what is wanted, as far as the venue can be told that."""
    kind = key.kind
    of_tokens = kind in {RequestKind.TOKEN_QUOTES, RequestKind.TOKEN_NAVS} and not want.takes_all
    tokens = frozenset(want.tokens) if of_tokens else frozenset()
    return Task(
        key,
        tokens=want.listings if kind is RequestKind.TOKEN_LISTINGS else tokens,
        perpetuals=frozenset(want.perpetuals) if kind is RequestKind.UNDERLYING_QUOTES else frozenset(),
        expected=frozenset(want.tokens) if kind is RequestKind.TOKEN_QUOTES else frozenset(),
    )


def book_due(want: VenueWant, now_ms: int, state: SyncState) -> Iterator[Task]:
    """The order book that has waited longest, if one is due and the last one is a while ago."""
    kind = RequestKind.TOKEN_DEPTH
    if 0 <= now_ms - state.line(LineKey(want.name, kind)).started_ms < BOOK_GAP_MS:
        return
    lines = ((LineKey(want.name, kind, pair), token) for token, pair in want.books)
    key, token = min(lines, key=lambda each: state.line(each[0]).next_ms)
    if now_ms >= state.line(key).next_ms:
        yield Task(key, tokens=frozenset({token}))
