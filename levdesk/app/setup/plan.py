"""What to do before the program can start: facts in, steps out, nothing touched."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Environment(Enum):
    """What stands at `.venv` beside main.py."""

    ABSENT = auto()
    UNFINISHED = auto()  # a set-up began here and was interrupted
    BROKEN = auto()  # ours or an environment all right, but its Python is gone or of another version
    OUTDATED = auto()  # finished, for another pyproject.toml or with fewer extras
    UNKNOWN = auto()  # a working environment without our note
    FOREIGN = auto()  # something that is not a Python environment
    READY = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the plan depends on.

    Attributes:
        environment: the state of `.venv`.
        is_inside: the running interpreter is the one of `.venv`.
        is_satisfied: the running interpreter has every package the project needs.
        can_make: Python's parts for making environments are installed.
        is_writable: `.venv` can be made or changed.
        lacking: system packages that a window would lack; empty when no window will open.
        venv_package: the system package to install when `can_make` is false.
        can_install: root on a distribution with apt-get: system packages may be installed without asking.
    """

    environment: Environment
    is_inside: bool
    is_satisfied: bool
    can_make: bool
    is_writable: bool
    lacking: tuple[str, ...]
    venv_package: str
    can_install: bool


@dataclass(frozen=True, slots=True)
class InstallSystem:
    """Install system packages."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskForSystem:
    """Stop and print the one command that installs these system packages."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Make:
    """Make the environment, from scratch; `because` says why in words."""

    because: str


@dataclass(frozen=True, slots=True)
class Condemn:
    """Mark the environment as one to be made anew, from outside."""


@dataclass(frozen=True, slots=True)
class Install:
    """Download and install the project's packages into the environment."""


@dataclass(frozen=True, slots=True)
class Note:
    """Write down that the environment is finished."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Stop with a sentence and a hint."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Go:
    """Start: in this interpreter, in the environment's, or in the one the environment was made from."""

    where: str  # "here", "inside", "outside"


Step = InstallSystem | AskForSystem | Make | Condemn | Install | Note | Refuse | Go

_MAKE_REASONS = {
    Environment.ABSENT: "LevDesk has no environment of its own yet",
    Environment.UNFINISHED: "an earlier set-up was interrupted",
    Environment.BROKEN: "the Python it was made with has changed",
}


def decide(facts: Facts) -> tuple[Step, ...]:
    """The steps for these facts, in order; the last one is always Go, Refuse or AskForSystem."""
    uses_this_python = facts.environment is Environment.ABSENT and facts.is_satisfied
    must_make = facts.environment in _MAKE_REASONS and not uses_this_python
    refusal = _refusal(facts, must_make=must_make)
    if refusal:
        return (refusal,)
    if must_make and facts.is_inside:
        return (Condemn(), Go("outside"))

    wanted = facts.lacking if facts.can_make or not must_make else (facts.venv_package, *facts.lacking)
    if wanted and not facts.can_install:
        return (AskForSystem(wanted),)
    steps: list[Step] = [InstallSystem(wanted)] if wanted else []
    if must_make:
        steps += [Make(_MAKE_REASONS[facts.environment]), Install(), Note(), Go("inside")]
    elif uses_this_python:
        steps.append(Go("here"))
    else:
        steps += _finish(facts)
    return tuple(steps)


def _refusal(facts: Facts, *, must_make: bool) -> Refuse | None:
    if facts.environment is Environment.FOREIGN:
        return Refuse(
            "The folder .venv beside main.py is not a Python environment, and LevDesk will not delete it.",
            "Rename or remove it and start again.",
        )
    must_install = facts.is_inside and facts.environment is not Environment.READY and not facts.is_satisfied
    if (must_make or must_install) and not facts.is_writable:
        return Refuse(
            "LevDesk cannot put its environment (.venv) beside main.py: this folder cannot be written to.",
            "Copy the folder to a place of your own, or type in it:  pipx install .",
        )
    return None


def _finish(facts: Facts) -> tuple[Step, ...]:
    """The steps for an environment that works; only from inside can its packages be counted and completed."""
    if not facts.is_inside:
        return (Go("inside"),)
    if facts.environment is Environment.READY:
        return (Go("here"),)
    return (Note(), Go("here")) if facts.is_satisfied else (Install(), Note(), Go("inside"))
