"""What the project needs from the package index, read from pyproject.toml and compared with what is installed.

A small, strict reader: it understands names, `>=` and `<` bounds and a `python_version` marker, and refuses the rest.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    Version = tuple[int, ...]

_NEED = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*"
    r"(?P<bounds>(?:(?:>=|<)\s*[0-9][0-9.]*\s*,?\s*)*)"
    r"(?:;\s*python_version\s*(?P<op>>=|<)\s*['\"](?P<python>[0-9.]+)['\"]\s*)?$"
)
_BOUND = re.compile(r"(>=|<)\s*([0-9][0-9.]*)")
_RELEASE = re.compile(r"^[vV]?(?:\d+!)?(\d+(?:\.\d+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One package with the versions that will do.

    Attributes:
        name: as the index spells it.
        bounds: pairs of ">=" or "<" and a version; all must hold.
    """

    name: str
    bounds: tuple[tuple[str, Version], ...]

    def allows(self, version_str: str) -> bool:
        """Whether an installed version lies within the bounds; an unreadable version does not."""
        match = _RELEASE.match(version_str)
        return match is not None and all(holds(_numbers(match[1]), op, bound) for op, bound in self.bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The project's needs on one Python version.

    Attributes:
        base: to run.
        extras: what each extra adds, by its name.
        fingerprint: changes whenever any dependency list changes, for any Python version.
    """

    base: tuple[Need, ...]
    extras: Mapping[str, tuple[Need, ...]]
    fingerprint: str

    def with_extras(self, names: Iterable[str]) -> tuple[Need, ...]:
        """Everything needed when these extras are wanted too."""
        return self.base + tuple(need for name in names for need in self.extras[name])


def holds(version: Version, op: str, bound: Version) -> bool:
    """Compare two release numbers; missing places count as zero."""
    width = max(len(version), len(bound))
    left = version + (0,) * (width - len(version))
    right = bound + (0,) * (width - len(bound))
    return left >= right if op == ">=" else left < right


def parse(text: str, python: Version) -> Need | None:
    """Read one requirement; None when its marker excludes this Python version.

    Raises:
        ValueError: a form that this reader does not know.
    """
    match = _NEED.match(text.strip())
    if match is None:
        raise ValueError(f"cannot read the requirement {text!r}")
    if match["op"] and not holds(python, match["op"], _numbers(match["python"])):
        return None
    bounds = tuple((op, _numbers(version)) for op, version in _BOUND.findall(match["bounds"]))
    return Need(name=match["name"], bounds=bounds)


def read_wanted(pyproject: Path, python: Version) -> Wanted:
    """Read the dependency lists of a project for one Python version, e.g. (3, 11).

    Raises:
        OSError: there is no such file.
        ValueError: it is not TOML, or holds a requirement in a form that `parse` does not know.
    """
    import tomllib

    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    base: list[str] = project["dependencies"]
    extras: dict[str, list[str]] = project.get("optional-dependencies", {})
    content = json.dumps([sorted(base), {name: sorted(texts) for name, texts in extras.items()}], sort_keys=True)
    return Wanted(
        base=_parse_all(base, python),
        extras={name: _parse_all(texts, python) for name, texts in extras.items()},
        fingerprint=hashlib.sha256(content.encode()).hexdigest()[:16],
    )


def unmet(needs: Iterable[Need], installed: Callable[[str], str | None]) -> tuple[str, ...]:
    """Names of the packages that are absent or of a version that will not do."""
    found = ((need, installed(need.name)) for need in needs)
    return tuple(need.name for need, version in found if version is None or not need.allows(version))


def installed_version(name: str) -> str | None:
    """The version of a package in the running interpreter, None when it is absent."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _parse_all(texts: Sequence[str], python: Version) -> tuple[Need, ...]:
    return tuple(need for need in (parse(text, python) for text in texts) if need is not None)


def _numbers(text: str) -> Version:
    return tuple(int(part) for part in text.strip(".").split("."))
