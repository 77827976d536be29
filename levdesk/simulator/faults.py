"""Faults as data: what goes wrong, where, when and how often, in answers and on streams.

A test or a person adds `Fault`s to a `FaultPlan`; the server asks the plan before each answer, each upgrade to a
stream and each message. How a spoilt answer looks is in `spoiling`.
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FaultKind(StrEnum):
    """What goes wrong.

    Of answers: TIMEOUT never comes, RESET breaks the connection, CUT_SHORT promises more than it sends; BUSY is 429,
    BANNED 403, TEAPOT 418. Of streams: DROP closes the connection without a goodbye, SILENT sends no data on an open
    connection, FLOOD sends far more than asked for, HALF_FRAME sends half a frame and then the end, GARBLED sends
    bytes that are no text, NO_PONG leaves pings unanswered. CLOCK_SKEW sets the venue's clock wrong, figures stay.
    """

    TIMEOUT = "timeout"
    RESET = "reset"
    CUT_SHORT = "cut_short"
    BUSY = "busy"
    BANNED = "banned"
    TEAPOT = "teapot"
    SERVER_ERROR = "server_error"
    BAD_GATEWAY = "bad_gateway"
    EMPTY = "empty"
    HALF_JSON = "half_json"
    HTML = "html"
    NOT_A_NUMBER = "not_a_number"
    BARE_NAN = "bare_nan"
    ZERO = "zero"
    NEGATIVE = "negative"
    ABSURD = "absurd"
    SWAPPED_FIELDS = "swapped_fields"
    WRONG_TYPES = "wrong_types"
    STALE = "stale"
    DELISTED = "delisted"
    CLOCK_SKEW = "clock_skew"
    DROP = "drop"
    SILENT = "silent"
    FLOOD = "flood"
    HALF_FRAME = "half_frame"
    GARBLED = "garbled"
    NO_PONG = "no_pong"


STANDING_FAULTS: Final = frozenset({FaultKind.CLOCK_SKEW, FaultKind.FLOOD})
"""Those that last while they are in the plan; they are not counted."""

STREAM_FAULTS: Final = frozenset(
    {FaultKind.DROP, FaultKind.SILENT, FaultKind.FLOOD, FaultKind.HALF_FRAME, FaultKind.GARBLED, FaultKind.NO_PONG}
)
"""Those only a stream can have."""

WIRE_FAULTS: Final = frozenset({FaultKind.TIMEOUT, FaultKind.RESET, FaultKind.CUT_SHORT})
"""Those in which no whole answer arrives."""

ANSWER_FAULTS: Final = frozenset(FaultKind) - STANDING_FAULTS - STREAM_FAULTS
"""What an HTTP answer can be hit by."""

UPGRADE_FAULTS: Final = frozenset(
    {
        FaultKind.TIMEOUT,
        FaultKind.RESET,
        FaultKind.BUSY,
        FaultKind.BANNED,
        FaultKind.TEAPOT,
        FaultKind.SERVER_ERROR,
        FaultKind.BAD_GATEWAY,
    }
)
"""How a stream can be refused before it opens."""

MESSAGE_FAULTS: Final = ANSWER_FAULTS - UPGRADE_FAULTS - {FaultKind.CUT_SHORT} | STREAM_FAULTS - {
    FaultKind.FLOOD,
    FaultKind.NO_PONG,
}
"""What a message with data can be hit by."""

PONG_FAULTS: Final = frozenset({FaultKind.NO_PONG})
"""What the answer to a ping can be hit by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: what.
        path: which requests or streams, as a shell pattern over the path, e.g. "*/spot/tickers" or "/ws/v4/".
        skip: so many of what it can hit (answers, upgrades, messages, pongs) pass first.
        times: so many are hit, or all when None.
        from_ms, until_ms: market time in which it can happen, end excluded; None = open.
        symbol: only rows and messages of that name; "" for all.
        retry_after_s: seconds a refusal names, or None when it names none.
        stale_s: age of a STALE answer or message.
        skew_s: by how much CLOCK_SKEW sets the venue's clock ahead; below zero behind.
        per_s: messages a FLOOD sends per real second.
        symbols: the instruments a FLOOD tells of, listed or not; those the client asked for when empty.
    """

    kind: FaultKind
    path: str = "*"
    skip: int = 0
    times: int | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    symbol: str = ""
    retry_after_s: int | None = None
    stale_s: int = 3600
    skew_s: int = 300
    per_s: int = 2000
    symbols: tuple[str, ...] = ()

    def concerns(self, path: str, now_ms: int) -> bool:
        """Whether a request or a stream can be hit at all."""
        begun = self.from_ms is None or now_ms >= self.from_ms
        over = self.until_ms is not None and now_ms >= self.until_ms
        return begun and not over and fnmatch.fnmatchcase(path, self.path)


class FaultPlan:
    """The faults in force and how often each was met; safe to use from several threads."""

    def __init__(self, *faults: Fault) -> None:
        self._lock = threading.Lock()
        self._faults = list(faults)
        self._met = [0] * len(faults)

    def add(self, *faults: Fault) -> None:
        """Put more faults in force; the one added first wins where several would hit."""
        with self._lock:
            self._faults += faults
            self._met += [0] * len(faults)

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._faults, self._met = [], []

    def strike(
        self, path: str, now_ms: int, kinds: Container[FaultKind] = ANSWER_FAULTS, *, name: str = ""
    ) -> Fault | None:
        """The fault that hits what is about to be sent, if any; counts it.

        Args:
            path: of the request or stream.
            now_ms: market time.
            kinds: what it can be hit by.
            name: the instrument a message is about, "" for an answer about many.
        """
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.kind not in kinds or not fault.concerns(path, now_ms):
                    continue
                if name and fault.symbol not in ("", name):
                    continue
                met = self._met[place]
                self._met[place] += 1
                if met >= fault.skip and (fault.times is None or met < fault.skip + fault.times):
                    return fault
        return None

    def standing(self, kind: FaultKind, path: str, now_ms: int) -> Fault | None:
        """A fault that lasts, if it is in force now."""
        with self._lock:
            for fault in self._faults:
                if fault.kind is kind and fault.concerns(path, now_ms):
                    return fault
        return None
