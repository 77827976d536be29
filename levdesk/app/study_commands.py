"""The study commands: what the person typed, turned into figures, printed as JSON or as a short table."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from levdesk.app.command_line import Options
from levdesk.app.files import read_import_file
from levdesk.app.main import DONE
from levdesk.app.study_line import StudyArguments
from levdesk.domain.basket import BasketRule
from levdesk.domain.errors import ImportRejected, SettingInvalid
from levdesk.services import study_inputs

Json = dict[str, Any]
_DAYS_MAX = 3_650.0


def run_study(options: Options) -> int:
    """Run one study command; nothing is read or written but the files it names. Returns the exit code."""
    assert options.study is not None
    compute, tell = _COMMANDS[options.command]
    try:
        found = compute(options.study)
    except OverflowError as error:
        message = "Those figures lead to values no number can hold."
        raise SettingInvalid(message, hint="Rates and volatility are ratios per day: 0.04 means 4 %.") from error
    except csv.Error as error:
        raise ImportRejected(f"A file is no CSV file: {error}.") from error
    print(json.dumps(found, indent=2, allow_nan=False) if options.as_json else "\n".join(tell(found)))
    return DONE


# -- the four ------------------------------------------------------------------------------------------------------


def _simulate(given: StudyArguments) -> Json:
    from levdesk.services.study import simulate  # numpy

    leverage = _leverage(given)
    if given.prices is None:
        prices = study_inputs.prices_from_moves(given.moves)
    else:
        prices = study_inputs.read_closes(_text_of(given.prices), given.prices.name)
    rule = _rule(given, leverage)
    return simulate(
        prices,
        rule,
        fee=study_inputs.parse_ratio(given.fee),
        funding=study_inputs.parse_ratio(given.funding or "0"),
        cost=study_inputs.parse_ratio(given.cost),
    ).to_json()


def _outlook(given: StudyArguments) -> Json:
    from levdesk.domain.horizon import Outlook
    from levdesk.services.study import outlook  # numpy

    days = study_inputs.parse_ratio(given.days)
    if not 0.0 < days <= _DAYS_MAX:
        raise SettingInvalid(f"A horizon of {given.days} days makes no sense.", hint="Use 1 to 3650 days.")
    assumed = Outlook(
        leverage=_leverage(given),
        volatility=study_inputs.parse_ratio(given.volatility),
        days=days,
        drift=study_inputs.parse_ratio(given.drift),
        fee=study_inputs.parse_ratio(given.fee),
        funding=study_inputs.parse_ratio(given.funding or "0"),
    )
    rule = _rule(given, assumed.leverage)
    return outlook(assumed, rule, paths=_whole(given.paths, "paths"), seed=_whole(given.seed, "seed", 0)).to_json()


def _trigger(given: StudyArguments) -> Json:
    from levdesk.services.study import trigger  # numpy

    start = _number(given.from_leverage, "leverage to start from") if given.from_leverage else None
    return trigger(_leverage(given), _number(given.to_leverage, "leverage to reach"), start).to_json()


def _study(given: StudyArguments) -> Json:
    from levdesk.services.study_history import StudyInput, study  # numpy

    assert given.underlying is not None
    assert given.token is not None
    financing = given.financing
    funding = Path(given.funding) if given.funding else None
    result = study(
        StudyInput(
            underlying=study_inputs.read_prices(_text_of(given.underlying), given.underlying.name),
            token=study_inputs.read_prices(_text_of(given.token), given.token.name),
            leverage=_leverage(given),
            fee_per_year=_fee_per_year(given.fee_per_year),
            financing=None if financing is None else study_inputs.read_financing(_text_of(financing), financing.name),
            spread=study_inputs.parse_ratio(given.spread),
            funding=None if funding is None else study_inputs.read_funding(_text_of(funding), funding.name),
        )
    )
    for problem in result.problems:
        print(f"{problem.severity.value}: {problem.message}", file=sys.stderr)
    return result.to_json()


# -- what was typed ------------------------------------------------------------------------------------------------


def _leverage(given: StudyArguments) -> float:
    leverage = _number(given.leverage, "leverage")
    if leverage == 0.0:
        raise SettingInvalid("A leverage of 0 makes no sense.", hint="Use 3 for 3x long, -3 for 3x short.")
    return leverage


def _rule(given: StudyArguments, leverage: float) -> BasketRule:
    rule = study_inputs.parse_rule(given.rule, leverage, _whole(given.every, "every"))
    if leverage == 1.0 and rule.band is not None:
        raise SettingInvalid("A basket at 1x stays at 1x, so a band never acts.", hint="Use another leverage.")
    return rule


def _number(text: str, name: str) -> float:
    """A finite number, "×" or "x" behind it allowed."""
    try:
        value = float(text.strip().replace("−", "-").rstrip("x×"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SettingInvalid(f"“{text}” is no {name}.", hint="Write a number such as 3 or -3.")
    return value


def _whole(text: str, name: str, lowest: int = 1) -> int:
    try:
        value = int(text)
    except ValueError:
        value = lowest - 1
    if value < lowest:
        raise SettingInvalid(f"“{text}” is no value for --{name}.", hint=f"Write a whole number, {lowest} or more.")
    return value


def _fee_per_year(text: str) -> float:
    fee = study_inputs.parse_ratio(text)
    if not 0.0 <= fee < 1.0:
        raise SettingInvalid(f"A fee of {text} a year makes no sense.", hint="0.0086 means 0.86 %.")
    return fee


def _text_of(path: Path) -> str:
    data = read_import_file(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRejected(f"{path.name} is not text in UTF-8.", hint="Save it as “CSV UTF-8”.") from error


# -- for people ----------------------------------------------------------------------------------------------------


def _tell_simulation(found: Mapping[str, Any]) -> Iterable[str]:
    yield f"NAV {found['nav']:.6f} from 1, after {found['resets']} resets"
    if found["log"]["total"] is None:
        yield "It was wiped out on the way, so its log return does not exist."
    else:
        yield from _table(found["log"], found["ratio"])
    yield f"Plain multiple, never reset: {found['plain_multiple']:.6f}"
    if found["compounding"] is None:
        yield "It would have been liquidated, so compounding over it does not exist."
    else:
        yield f"Compounding over it: {found['compounding']:+.6f} log points"


def _tell_outlook(found: Mapping[str, Any]) -> Iterable[str]:
    simulated = found["monte_carlo"]
    yield f"{'':22}{'formula':>12}{'simulated':>12}"
    for key, name in (("loss_probability", "chance of a loss"), ("median_ratio", "median"), ("mean_ratio", "mean")):
        yield f"{name:22}{found[key]:12.6f}{simulated[key]:12.6f}"
    yield f"{'break-even move':22}{found['breakeven_move_ratio']:+12.4%}"
    half_life = found["half_life_days"]
    yield f"{'flat half-life, days':22}{'—' if half_life is None else f'{half_life:.2f}':>12}"
    yield f"{'decay per day':22}{found['decay_per_day']:12.6f}"
    yield "Model output under the assumptions given, not a forecast."


def _tell_trigger(found: Mapping[str, Any]) -> Iterable[str]:
    yield f"Move of the underlying {found['move_ratio']:+.4%}, NAV times {found['nav_factor']:.6f} there"


def _tell_study(found: Mapping[str, Any]) -> Iterable[str]:
    names = list(found["total"]["log"])
    yield "  ".join([f"{'':6}", f"{'underlying':>11}", f"{'token':>11}", *(f"{_words(name):>16}" for name in names)])
    for row in (*found["years"], found["total"]):
        ratios = (f"{row[key]:+11.2%}" for key in ("underlying_ratio", "token_ratio"))
        logs = (f"{row['log'][name]:+16.4f}" for name in names)
        yield "  ".join([f"{row.get('year', 'total')!s:6}", *ratios, *logs])
    yield from (f"Units merged {merge['factor']:g}:1 on {merge['date']}" for merge in found["merges"])
    if found["tracking_error_daily"] is not None:
        yield f"Tracking error per row: {found['tracking_error_daily']:.4%}"


def _table(logs: Mapping[str, float], ratios: Mapping[str, float]) -> Iterable[str]:
    yield f"{'':18}{'log':>12}{'ratio':>12}"
    for name, value in logs.items():
        yield f"{_words(name):18}{value:+12.6f}{ratios[name]:+12.4%}"


def _words(name: str) -> str:
    return name.replace("_", " ")


_COMMANDS: Mapping[str, tuple[Callable[[StudyArguments], Json], Callable[[Json], Iterable[str]]]] = {
    "simulate": (_simulate, _tell_simulation),
    "outlook": (_outlook, _tell_outlook),
    "trigger": (_trigger, _tell_trigger),
    "study": (_study, _tell_study),
}
