"""The parameters of a call, read as every dialect reads them and refused in each venue's own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

_INTEGER: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


class Refusal(Exception):
    """A venue's way to say no; each dialect knows how its own goes over the wire.

    Attributes:
        usual_status: HTTP status of refusals that name none.
        code, message: the venue's own.
        status: HTTP status.
    """

    usual_status: ClassVar[int] = 400

    def __init__(self, code: str | int, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or self.usual_status


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Reads parameters.

    Attributes:
        missing: the refusal where one is not there, by its name.
        unreadable: the refusal where one is no whole number, by its name and value.
        beyond: the refusal where there may not be so many rows, by the parameter's name and value.
    """

    missing: Callable[[str], Refusal]
    unreadable: Callable[[str, str], Refusal]
    beyond: Callable[[str, str], Refusal]

    def required(self, query: Mapping[str, str], name: str) -> str:
        """A parameter that must be there.

        Raises:
            Refusal: it is not.
        """
        value = query.get(name, "")
        if not value:
            raise self.missing(name)
        return value

    def whole(self, query: Mapping[str, str], name: str) -> int | None:
        """A parameter that is a whole number, or None when it is not given.

        Raises:
            Refusal: it is none.
        """
        value = query.get(name, "")
        if not value:
            return None
        if not _INTEGER.fullmatch(value):
            raise self.unreadable(name, value)
        return int(value)

    def row_limit(self, query: Mapping[str, str], *, default: int, most: int) -> int:
        """The `limit` parameter.

        Raises:
            Refusal: it is no number, or none between 1 and `most`.
        """
        limit = self.whole(query, "limit")
        if limit is None:
            return default
        if not 1 <= limit <= most:
            raise self.beyond("limit", str(limit))
        return limit
