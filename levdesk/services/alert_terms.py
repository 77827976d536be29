"""The words for what can be watched: units, levels, and the form of a row in the table of kinds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from levdesk.domain.alerts import AlertKind, AlertSide

ANY_SIDE: Final = (AlertSide.EITHER, AlertSide.ABOVE, AlertSide.BELOW)
DAY_S: Final = 86_400


class AlertUnit(StrEnum):
    """What a threshold is in; ratios and chances are fractions, shown as percentages."""

    RATIO = "ratio"
    CHANCE = "chance"
    SIGMAS = "sigmas"
    MULTIPLE = "multiple"
    DAYS = "days"
    SECONDS = "seconds"
    PRICE = "price"
    COUNT = "count"


class WatchLevel(IntEnum):
    """What a measure is measured at: each token held, each underlying of them, each venue of them."""

    VENUE = 0
    UNDERLYING = 1
    TOKEN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureInfo:
    """One way to measure a kind.

    Attributes:
        name: as in `Condition.measure`.
        title: for the screen.
        phrase: the condition in words with its usual side; {at} is the threshold, {over} the horizon.
        unit: of the threshold.
        level: what it is measured at.
        threshold, side, hysteresis, horizon_s: to begin with; `horizon_s` None = it cannot be chosen.
        sides: those that make sense.
        most_age_s: a figure older than this cannot tell, unless the condition says otherwise.
        timed: its figure changes as time passes, without any news.
    """

    name: str
    title: str
    phrase: str
    unit: AlertUnit
    threshold: float
    level: WatchLevel = WatchLevel.TOKEN
    side: AlertSide = AlertSide.ABOVE
    hysteresis: float = 0.0
    horizon_s: int | None = None
    sides: tuple[AlertSide, ...] = (AlertSide.ABOVE, AlertSide.BELOW)
    most_age_s: int = 900
    timed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KindInfo:
    """One kind of condition.

    Attributes:
        kind: which.
        title: for the screen.
        about: what it watches, in a sentence.
        advice: what a holder can do; it never says what to trade.
        measures: the usual one first.
        not_tried: why it cannot be tried on history, "" when it can.
    """

    kind: AlertKind
    title: str
    about: str
    advice: str
    measures: tuple[MeasureInfo, ...]
    not_tried: str = ""

    def measure(self, name: str) -> MeasureInfo | None:
        """The measure of that name, the usual one for ""; None when there is none."""
        return self.measures[0] if not name else next((one for one in self.measures if one.name == name), None)
