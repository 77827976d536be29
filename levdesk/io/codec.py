"""Flat frozen values to JSON objects and back, driven by their own annotations; decimals are text, enums their words.

Reads what today's classes can hold: a missing field takes its default and an unknown one is ignored, so that a file
written by the version before or after still reads as far as it can.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import MISSING, fields
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from levdesk.domain.money import to_text

T = TypeVar("T")


def to_object(value: Any) -> dict[str, object]:
    """A flat frozen dataclass as something `json.dumps` takes without loss.

    Raises:
        TypeError: a field holds what no flat class of ours has.
    """
    return {field.name: _to_plain(getattr(value, field.name)) for field in fields(value)}


def from_object(kind: type[T], value: object) -> T:
    """The flat dataclass `kind` from what `json.loads` gave.

    Raises:
        ValueError: the value does not fit, with the reason.
    """
    if not isinstance(value, dict):
        raise ValueError(f"a {kind.__name__} is written as an object")
    try:
        return kind(**{name: read(value[name]) for name, read, needed in _plan(kind) if needed or name in value})  # type: ignore[arg-type]  # a class is hashable
    except (TypeError, KeyError, InvalidOperation) as error:
        raise ValueError(f"it does not read as a {kind.__name__} ({error!r})") from error


def _to_plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple):
        return [_to_plain(entry) for entry in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return to_text(value)
    raise TypeError(f"{type(value).__name__} has no place in a file")


@cache
def _plan(kind: type[Any]) -> tuple[tuple[str, Callable[[Any], Any], bool], ...]:
    """(name, reader, whether it must be there) of each field."""
    hints = get_type_hints(kind)
    return tuple((field.name, _reader(hints[field.name]), field.default is MISSING) for field in fields(kind))


def _reader(hint: Any) -> Callable[[Any], Any]:
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = (_reader(option) for option in get_args(hint) if option is not types.NoneType)
        return lambda value: None if value is None else inner(value)
    if get_origin(hint) is tuple:  # of any length, all of one kind
        entry = _reader(get_args(hint)[0])
        return lambda value: tuple(entry(part) for part in _exactly(list, value))
    if hint is Decimal:
        return _decimal
    if issubclass(hint, Enum):
        return _enum_reader(hint)
    return lambda value: _exactly(hint, value)


def _enum_reader(kind: type[Enum]) -> Callable[[Any], Enum]:
    return kind


def _decimal(value: Any) -> Decimal:
    number = Decimal(_exactly(str, value))
    if not number.is_finite():
        raise ValueError(f"{value} is not a finite number")
    return number


def _exactly(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
