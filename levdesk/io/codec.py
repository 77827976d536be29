"""Frozen values to JSON and back, driven by their own annotations; decimals stay text, enums their words.

Reads what today's classes can hold: a field that is missing takes its default, an unknown one is ignored, so that a
file written by the version before or after still reads as far as it can.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from levdesk.domain.money import to_text

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def to_json_value(value: object) -> object:
    """A frozen dataclass, or what its fields may hold, as something `json.dumps` takes without loss.

    Raises:
        TypeError: for a type no field of ours has.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return to_text(value)
    if isinstance(value, tuple):
        return [to_json_value(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json_value(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in a file")


def from_json_value(kind: type[T], value: object) -> T:
    """The dataclass `kind` from what `json.loads` gave.

    Raises:
        ValueError: the value does not fit, with the reason.
    """
    decode: Callable[[object], T] = _dataclass_decoder(kind)  # type: ignore[arg-type]  # a class is hashable
    try:
        return decode(value)
    except (TypeError, KeyError, InvalidOperation) as error:
        raise ValueError(f"this does not read as {kind.__name__}: {error!r}") from error


@cache
def _dataclass_decoder(kind: type[Any]) -> Decoder:
    hints = get_type_hints(kind)
    plan: list[tuple[str, Decoder, bool]] = [
        (field.name, _decoder(hints[field.name]), _has_default(field)) for field in fields(kind) if field.init
    ]

    def decode(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise TypeError(f"{kind.__name__} is written as an object")
        arguments = {name: read(value[name]) for name, read, optional in plan if name in value or not optional}
        return kind(**arguments)

    return decode


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _decoder(hint: Any) -> Decoder:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (_decoder(option) for option in get_args(hint) if option is not types.NoneType)
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        return _tuple_decoder(get_args(hint))
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass_decoder(hint)
    if hint is Decimal:
        return _decimal
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return _plain(hint)


def _tuple_decoder(items: tuple[Any, ...]) -> Decoder:
    if len(items) == 2 and items[1] is Ellipsis:
        item = _decoder(items[0])
        return lambda value: tuple(item(entry) for entry in _sequence(value))
    each = [_decoder(kind) for kind in items]
    return lambda value: tuple(read(entry) for read, entry in zip(each, _sequence(value), strict=True))


def _sequence(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list is written as a list")
    return value


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, str):
        raise TypeError("a decimal is written as text")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{value} is not a finite number")
    return number


def _plain(hint: type[Any]) -> Decoder:
    accepted = (int, float) if hint is float else (hint,)

    def decode(value: Any) -> Any:
        if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool):
            raise TypeError(f"{value!r} is no {hint.__name__}")
        return hint(value)

    return decode
