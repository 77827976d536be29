"""Readings of token names shared by the venues: which underlying, which signed multiple.

A name is a hint, never proof: a venue's own fields or the person's own word come first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class NamedMultiple:
    """What a token's name says it follows.

    Attributes:
        underlying: upper case, e.g. "BTC".
        target_leverage: signed multiple, −3 for a 3× short.
    """

    underlying: str
    target_leverage: Decimal


_LONG_SHORT: Final = re.compile(r"(?P<underlying>.+?)(?P<multiple>[2345])(?P<side>[LS])", re.ASCII)
_ANY_LONG_SHORT: Final = re.compile(r"(?P<underlying>.+?)(?P<multiple>[1-9](?:\.[0-9])?)(?P<side>[LS])", re.ASCII)
_BULL_BEAR_TIMES: Final = re.compile(r"(?P<underlying>.+?)(?P<side>BULL|BEAR)(?P<multiple>[1-9])X", re.ASCII)
_SHORT_SIDES: Final = frozenset({"S", "BEAR"})


def long_short_multiple(name: str) -> NamedMultiple | None:
    """Read names like BTC3L and ETH5S: a base, one digit 2–5, and L or S."""
    return _read(_LONG_SHORT, name)


def any_long_short_multiple(name: str) -> NamedMultiple | None:
    """Read BTC3L as well as the wider spellings of other issuers: BTC1S, ETH2.5L."""
    return _read(_ANY_LONG_SHORT, name)


def bull_bear_times_multiple(name: str) -> NamedMultiple | None:
    """Read names like ETHBULL3X and BTCBEAR2X."""
    return _read(_BULL_BEAR_TIMES, name)


def tokens_among(symbols: Iterable[str], read_name: Callable[[str], NamedMultiple | None]) -> frozenset[str]:
    """The names that read like a multiple of a coin which stands among them as well."""
    known = frozenset(symbols)
    return frozenset(
        symbol for symbol in known if (named := read_name(symbol)) is not None and named.underlying in known
    )


def _read(pattern: re.Pattern[str], name: str) -> NamedMultiple | None:
    found = pattern.fullmatch(name)
    if found is None:
        return None
    multiple = Decimal(found["multiple"])
    return NamedMultiple(found["underlying"], -multiple if found["side"] in _SHORT_SIDES else multiple)
