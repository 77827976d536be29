"""How an answer or a message looks with a fault on it; made from the dialect's `FieldRoles`, so one set serves all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from levdesk.simulator.dialect import JSON_TYPE, Answer, Call, Dialect, FieldRoles, Json
from levdesk.simulator.faults import Fault, FaultKind

_PAGE = b"<html>\r\n<head><title>%s</title></head>\r\n<body><center><h1>%s</h1></center></body>\r\n</html>\r\n"
_HTML_TYPE = ("Content-Type", "text/html; charset=utf-8")

_SPOILT: Final[dict[FaultKind, Json]] = {
    FaultKind.NOT_A_NUMBER: "NaN",
    FaultKind.BARE_NAN: float("nan"),
    FaultKind.ZERO: "0",
    FaultKind.NEGATIVE: "-1.25",
    FaultKind.ABSURD: "1e300",
}


def refusal(fault: Fault, dialect: Dialect, call: Call) -> Answer | None:
    """The venue's own way to refuse, for faults that are refusals; else None."""
    if fault.kind is FaultKind.BAD_GATEWAY:
        return _page(502, b"502 Bad Gateway")
    if fault.kind is FaultKind.SERVER_ERROR:
        return dialect.broken(call)
    if fault.kind is FaultKind.BUSY:
        refused = replace(dialect.too_many(call), status=429)
    elif fault.kind is FaultKind.BANNED:
        refused = replace(dialect.banned(call), status=403)
    elif fault.kind is FaultKind.TEAPOT:
        refused = replace(dialect.banned(call), status=418)
    else:
        return None
    if fault.retry_after_s is None:
        return refused
    return refused.with_headers(("Retry-After", str(fault.retry_after_s)))


def spoil(fault: Fault, answer: Answer, roles: FieldRoles) -> Answer:
    """The answer as it looks with the fault; refusals, wire faults and STALE are played elsewhere."""
    if fault.kind is FaultKind.EMPTY:
        return Answer(status=answer.status, body=b"", headers=(JSON_TYPE,))
    if fault.kind is FaultKind.HALF_JSON:
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    if fault.kind is FaultKind.HTML:
        return _page(200, b"Just a moment...")
    if fault.kind in _SPOILT or fault.kind in _ROWS:
        value = _over_rows(json.loads(answer.body), fault, roles, named=not fault.symbol)
        return replace(answer, body=json.dumps(value, separators=(",", ":")).encode())
    return answer


def spoil_text(fault: Fault, text: str, roles: FieldRoles) -> str:
    """A message as it looks with the fault."""
    return spoil(fault, Answer(status=200, body=text.encode()), roles).body.decode()


def _page(status: int, title: bytes) -> Answer:
    return Answer(status=status, body=_PAGE % (title, title), headers=(_HTML_TYPE,))


def _over_rows(value: Json, fault: Fault, roles: FieldRoles, *, named: bool) -> Json:
    """The fault played on every row it concerns, inside the envelope; a single object counts as one row."""
    if isinstance(value, dict):
        named = named or any(value.get(name) == fault.symbol for name in roles.names)
        inside = [key for key in roles.within if isinstance(value.get(key), (dict, list))]
        if inside:
            return value | {key: _over_rows(value[key], fault, roles, named=named) for key in inside}
        return _row(value, fault, roles) if named else value
    if not isinstance(value, list):
        return _row(value, fault, roles) if named else value
    concerned = [named or _is_named(row, fault.symbol, roles) for row in value]
    if fault.kind is FaultKind.DELISTED:
        return [row for row, gone in zip(value, concerned, strict=True) if not gone]
    return [_in_list(row, fault, roles) if hit else row for row, hit in zip(value, concerned, strict=True)]


def _in_list(row: Json, fault: Fault, roles: FieldRoles) -> Json:
    """A row of a list; where its figures are one level down, they are spoilt there."""
    if isinstance(row, dict) and any(isinstance(row.get(key), dict) for key in roles.within):
        return _over_rows(row, fault, roles, named=True)
    return _row(row, fault, roles)


def _is_named(row: Json, symbol: str, roles: FieldRoles) -> bool:
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
        return row if field is None else row | {field: _in_place_of(row[field], spoilt)}
    return spoilt


def _in_place_of(figure: Json, spoilt: Json) -> Json:
    """A spoilt figure; a side of an order book keeps its sizes."""
    if not isinstance(figure, list):
        return spoilt
    return [[spoilt, *level[1:]] if isinstance(level, list) else spoilt for level in figure]


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
