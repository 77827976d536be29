"""Faults as data: what goes wrong, where, when and how often.

A test or a person adds `Fault`s to a `FaultPlan`; the server asks the plan before each answer.
"""

from __future__ import annotations

import fnmatch
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from levdesk.simulator.dialect import JSON_TYPE, Answer, FieldRoles, Json, json_answer


class FaultKind(StrEnum):
    """What goes wrong."""

    TIMEOUT = "timeout"
    RESET = "reset"
    CUT_SHORT = "cut_short"
    BUSY = "busy"
    BANNED = "banned"
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


WIRE_FAULTS: Final = frozenset({FaultKind.TIMEOUT, FaultKind.RESET, FaultKind.CUT_SHORT})
"""Those in which no whole answer arrives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: what.
        path: which requests, as a shell pattern over the path, e.g. "*/spot/tickers".
        skip: so many matching requests pass first.
        times: so many requests are hit, or all when None.
        from_ms, until_ms: market time in which it can happen, end excluded; None = open.
        symbol: only rows that are named so; "" for all rows.
        retry_after_s: seconds a BUSY answer names, or None when it names none.
        stale_s: age of a STALE answer.
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

    def concerns(self, path: str, now_ms: int) -> bool:
        """Whether a request can be hit at all."""
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

    def strike(self, path: str, now_ms: int) -> Fault | None:
        """The fault that hits this request, if any; counts the request."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if not fault.concerns(path, now_ms):
                    continue
                met = self._met[place]
                self._met[place] += 1
                if met >= fault.skip and (fault.times is None or met < fault.skip + fault.times):
                    return fault
        return None


_PAGE = b"<html>\r\n<head><title>%s</title></head>\r\n<body><center><h1>%s</h1></center></body>\r\n</html>\r\n"
_HTML_TYPE = ("Content-Type", "text/html; charset=utf-8")

_SPOILT: Final[dict[FaultKind, Json]] = {
    FaultKind.NOT_A_NUMBER: "NaN",
    FaultKind.BARE_NAN: float("nan"),
    FaultKind.ZERO: "0",
    FaultKind.NEGATIVE: "-1.25",
    FaultKind.ABSURD: "1e300",
}


def spoil(fault: Fault, answer: Answer, roles: FieldRoles) -> Answer:
    """The answer as it looks with the fault; wire faults and STALE are the server's to play."""
    whole = _WHOLE.get(fault.kind)
    if whole is not None:
        return whole(fault, answer)
    if fault.kind in _SPOILT or fault.kind in _ROWS:
        value = json.loads(answer.body)
        body = json.dumps(_over_rows(value, fault, roles), separators=(",", ":")).encode()
        return Answer(status=answer.status, body=body, headers=answer.headers)
    return answer


def _busy(fault: Fault, _answer: Answer) -> Answer:
    refused = json_answer(429, {"label": "TOO_MANY_REQUESTS", "message": "Request Rate limit Exceeded"})
    if fault.retry_after_s is None:
        return refused
    return refused.with_headers(("Retry-After", str(fault.retry_after_s)))


def _page(status: int, title: bytes) -> Callable[[Fault, Answer], Answer]:
    def answer(_fault: Fault, _answer: Answer) -> Answer:
        return Answer(status=status, body=_PAGE % (title, title), headers=(_HTML_TYPE,))

    return answer


def _empty(_fault: Fault, answer: Answer) -> Answer:
    return Answer(status=answer.status, body=b"", headers=(JSON_TYPE,))


def _half(_fault: Fault, answer: Answer) -> Answer:
    return Answer(status=answer.status, body=answer.body[: len(answer.body) // 2], headers=answer.headers)


def _server_error(_fault: Fault, _answer: Answer) -> Answer:
    return json_answer(500, {"label": "SERVER_ERROR", "message": "Internal server error"})


def _banned(_fault: Fault, _answer: Answer) -> Answer:
    return json_answer(403, {"label": "FORBIDDEN", "message": "IP address is forbidden"})


_WHOLE: Final[dict[FaultKind, Callable[[Fault, Answer], Answer]]] = {
    FaultKind.BUSY: _busy,
    FaultKind.BANNED: _banned,
    FaultKind.SERVER_ERROR: _server_error,
    FaultKind.BAD_GATEWAY: _page(502, b"502 Bad Gateway"),
    FaultKind.EMPTY: _empty,
    FaultKind.HALF_JSON: _half,
    FaultKind.HTML: _page(200, b"Just a moment..."),
}


def _over_rows(value: Json, fault: Fault, roles: FieldRoles) -> Json:
    """The fault played on every row it concerns; a single object counts as one row."""
    if not isinstance(value, list):
        return _row(value, fault, roles)
    concerned = [row for row in value if _is_named(row, fault.symbol, roles)]
    if fault.kind is FaultKind.DELISTED:
        return [row for row in value if row not in concerned]
    return [_row(row, fault, roles) if row in concerned else row for row in value]


def _is_named(row: Json, symbol: str, roles: FieldRoles) -> bool:
    if not symbol:
        return True
    return isinstance(row, dict) and any(row.get(name) == symbol for name in roles.names)


def _row(row: Json, fault: Fault, roles: FieldRoles) -> Json:
    playing = _ROWS.get(fault.kind)
    if playing is not None:
        return playing(row, roles)
    spoilt = _SPOILT[fault.kind]
    if isinstance(row, list):
        return [row[0], *([spoilt] * (len(row) - 1))]
    if isinstance(row, dict):
        field = next((name for name in roles.figures if name in row), None)
        return row if field is None else row | {field: spoilt}
    return spoilt


def _swapped(row: Json, roles: FieldRoles) -> Json:
    if isinstance(row, list):
        return row[::-1]
    if not isinstance(row, dict):
        return row
    mixed = dict(row)
    for one, other in roles.swapped:
        if one in row and other in row:
            mixed[one], mixed[other] = row[other], row[one]
    return mixed


def _wrong_types(row: Json, roles: FieldRoles) -> Json:
    if isinstance(row, list):
        return [row[0], *({"value": cell} for cell in row[1:])]
    if not isinstance(row, dict):
        return [row]
    return {name: value if name in roles.names else [value] for name, value in row.items()}


def _gone(row: Json, _roles: FieldRoles) -> Json:
    return row


_ROWS: Final[dict[FaultKind, Callable[[Json, FieldRoles], Json]]] = {
    FaultKind.SWAPPED_FIELDS: _swapped,
    FaultKind.WRONG_TYPES: _wrong_types,
    FaultKind.DELISTED: _gone,
}
