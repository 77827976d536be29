"""What a person may type after the study commands; every figure stays text until the command reads it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

STUDY_COMMANDS: Final = ("simulate", "outlook", "trigger", "study")
"""Commands that compute from their arguments alone and need no data directory."""

_RULES = "daily (default), band:LOW,HIGH or daily+emergency:X"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyArguments:
    """Arguments of a study command as typed; "" and None where one was not given.

    Attributes:
        leverage: signed target.
        prices, moves: what to simulate over.
        rule, every, fee, funding, cost: when it resets and what that costs; for `study`, `funding` is a file.
        volatility, days, drift, paths, seed: of an outlook.
        to_leverage, from_leverage: of a trigger.
        underlying, token, fee_per_year, financing, spread: of a study of real prices.
    """

    leverage: str = ""
    prices: Path | None = None
    moves: str = ""
    rule: str = "daily"
    every: str = "1"
    fee: str = "0"
    funding: str = ""
    cost: str = "0"
    volatility: str = ""
    days: str = ""
    drift: str = "0"
    paths: str = "10000"
    seed: str = "1"
    to_leverage: str = ""
    from_leverage: str = ""
    underlying: Path | None = None
    token: Path | None = None
    fee_per_year: str = "0"
    financing: Path | None = None
    spread: str = "0"


def take_study_arguments(given: dict[str, Any]) -> StudyArguments | None:
    """Move what belongs to a study command out of parsed arguments; None for any other command."""
    if given.get("command") not in STUDY_COMMANDS:
        return None
    names = [part.name for part in fields(StudyArguments)]
    return StudyArguments(**{name: given.pop(name) for name in names if name in given})


def add_study_commands(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Teach a parser the study commands; `command` makes a sub-parser from a name and a help text."""
    _add_simulate(command("simulate", "run a token's rule over prices and explain the result"))
    _add_outlook(command("outlook", "print the odds over a horizon, by formula and by simulation"))
    _add_trigger(command("trigger", "print the price move that takes effective leverage to a value"))
    _add_study(command("study", "explain a real token from two price files"))


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    _add_leverage(parser)
    over = parser.add_mutually_exclusive_group(required=True)
    over.add_argument("--prices", type=Path, metavar="FILE.csv", help="a CSV file with a column close")
    over.add_argument("--moves", metavar="M,M,…", help="moves from price 1 on, e.g. --moves=+10%%,-10%%")
    _add_text(parser, "--rule", "RULE", _RULES)
    _add_text(parser, "--every", "N", "rows from one daily reset to the next (default 1)")
    _add_text(parser, "--fee", "RATE", "ratio of NAV taken at each reset")
    _add_text(parser, "--funding", "RATE", "funding rate settled at each row")
    _add_text(parser, "--cost", "RATE", "cost per unit of notional traded")
    _add_json(parser)


def _add_outlook(parser: argparse.ArgumentParser) -> None:
    _add_leverage(parser)
    _add_text(parser, "--volatility", "SIGMA", "of the underlying per day, e.g. 0.04", required=True)
    _add_text(parser, "--days", "DAYS", "length of the horizon", required=True)
    _add_text(parser, "--drift", "RATE", "expected growth of the underlying per day (default 0)")
    _add_text(parser, "--fee", "RATE", "management fee per day")
    _add_text(parser, "--funding", "RATE", "funding rate per 8 hours")
    _add_text(parser, "--rule", "RULE", _RULES)
    _add_text(parser, "--paths", "N", "simulated futures (default 10000)")
    _add_text(parser, "--seed", "K", "the same seed gives the same futures (default 1)")
    _add_json(parser)


def _add_trigger(parser: argparse.ArgumentParser) -> None:
    _add_leverage(parser)
    _add_text(parser, "--to", "LEVERAGE", "signed effective leverage to reach", dest="to_leverage", required=True)
    _add_text(parser, "--from", "LEVERAGE", "signed effective leverage now (default: L)", dest="from_leverage")
    _add_json(parser)


def _add_study(parser: argparse.ArgumentParser) -> None:
    _add_leverage(parser)
    columns = "columns date and adj_close, or close"
    parser.add_argument("--underlying", type=Path, required=True, metavar="U.csv", help=f"its prices: {columns}")
    parser.add_argument("--token", type=Path, required=True, metavar="T.csv", help=f"the token's prices: {columns}")
    _add_text(parser, "--fee-per-year", "RATE", "management fee per year, 1/252 of it per row")
    parser.add_argument("--financing", type=Path, metavar="R.csv", help="interest: date and percent per year")
    _add_text(parser, "--spread", "RATE", "added to the interest, per year")
    parser.add_argument("--funding", default=argparse.SUPPRESS, metavar="G.csv", help="funding rates: date and rate")
    _add_json(parser)


def _add_leverage(parser: argparse.ArgumentParser) -> None:
    _add_text(parser, "--leverage", "L", "signed target leverage, e.g. 3 or -3", required=True)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", dest="as_json", action="store_true", help="print JSON")


def _add_text(parser: argparse.ArgumentParser, flag: str, metavar: str, text: str, **more: Any) -> None:
    parser.add_argument(flag, metavar=metavar, help=text, default=argparse.SUPPRESS, **more)
