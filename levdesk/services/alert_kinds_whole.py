"""What can be watched of the whole: odds, concentration, exposure, books, sources and listings."""

from __future__ import annotations

from typing import Final

from levdesk.domain.alerts import AlertKind, AlertSide
from levdesk.services.alert_terms import ANY_SIDE, DAY_S, AlertUnit, KindInfo, MeasureInfo, WatchLevel

_ONE_TOKEN: Final = "It needs all holdings together; a trial follows one token at a time."

WHOLE_KINDS: Final = (
    KindInfo(
        kind=AlertKind.LOSS_PROBABILITY,
        title="Chance of loss",
        about="The chance that the token is worth less after a horizon than today. Model output, not a forecast.",
        advice="The odds rest on the assumptions shown with the outlook: see what changes with a shorter horizon.",
        measures=(
            MeasureInfo(
                name="chance",
                title="chance of being below today's value",
                phrase="chance of loss within {over} at {at} or more",
                unit=AlertUnit.CHANCE,
                threshold=0.75,
                hysteresis=0.03,
                horizon_s=30 * DAY_S,
                sides=(AlertSide.ABOVE,),
                most_age_s=DAY_S,
            ),
        ),
        not_tried="The odds of past days are not stored.",
    ),
    KindInfo(
        kind=AlertKind.CONCENTRATION,
        title="Concentration",
        about="One underlying is a large part of the value.",
        advice="One move decides over most of the value: see the look-through exposure in the summary.",
        measures=(
            MeasureInfo(
                name="share",
                title="share of the value that follows one underlying",
                phrase="{at} or more of the value follows one underlying",
                unit=AlertUnit.RATIO,
                threshold=0.8,
                hysteresis=0.05,
                sides=(AlertSide.ABOVE,),
                level=WatchLevel.UNDERLYING,
            ),
        ),
        not_tried=_ONE_TOKEN,
    ),
    KindInfo(
        kind=AlertKind.NET_EXPOSURE,
        title="Net exposure",
        about="Long and short tokens of one underlying netted, as a multiple of the whole value.",
        advice="A move of one percent of that underlying moves the whole by so many: see whether you mean it.",
        measures=(
            MeasureInfo(
                name="multiple",
                title="net exposure over the whole value",
                phrase="net exposure of {at} the value or more",
                unit=AlertUnit.MULTIPLE,
                threshold=4.0,
                side=AlertSide.EITHER,
                hysteresis=0.25,
                sides=ANY_SIDE,
                level=WatchLevel.UNDERLYING,
            ),
        ),
        not_tried=_ONE_TOKEN,
    ),
    KindInfo(
        kind=AlertKind.SPREAD,
        title="Wide spread or thin book",
        about="The best bid and ask are far apart, or bids take little of what is held.",
        advice="An order at market pays for it: see on the costs page what selling and redeeming would bring.",
        measures=(
            MeasureInfo(
                name="ratio",
                title="ask minus bid over their middle",
                phrase="spread of {at} or more",
                unit=AlertUnit.RATIO,
                threshold=0.02,
                hysteresis=0.005,
                sides=(AlertSide.ABOVE,),
            ),
            MeasureInfo(
                name="thin",
                title="value held over what bids within 1 % take",
                phrase="holding {at} or more of what bids within 1 % take",
                unit=AlertUnit.RATIO,
                threshold=1.0,
                hysteresis=0.25,
                sides=(AlertSide.ABOVE,),
                most_age_s=1800,
            ),
        ),
        not_tried="No bids and asks of the past are stored.",
    ),
    KindInfo(
        kind=AlertKind.STALE_DATA,
        title="Old or contradictory figures",
        about="A price or NAV is old, figures contradict each other, or a venue does not answer.",
        advice="Do not act on these figures: look at the venue itself, and at the state of the sources.",
        measures=(
            MeasureInfo(
                name="age",
                title="age of the older of price and NAV",
                phrase="figures older than {at}",
                unit=AlertUnit.SECONDS,
                threshold=1800.0,
                sides=(AlertSide.ABOVE,),
                timed=True,
            ),
            MeasureInfo(
                name="down",
                title="time a venue has not answered",
                phrase="venue not answering for {at}",
                unit=AlertUnit.SECONDS,
                threshold=600.0,
                sides=(AlertSide.ABOVE,),
                level=WatchLevel.VENUE,
                timed=True,
            ),
            MeasureInfo(
                name="contradiction",
                title="figures held back or contradictory",
                phrase="contradictory figures",
                unit=AlertUnit.COUNT,
                threshold=1.0,
                sides=(AlertSide.ABOVE,),
            ),
        ),
        not_tried="How the sources did in the past is not stored.",
    ),
    KindInfo(
        kind=AlertKind.LISTING,
        title="Delisted, suspended or redeem-only",
        about="What can be done with the token has changed at its venue, or is announced to.",
        advice="Read the venue's announcement for the last day to sell or redeem, and note the settlement.",
        measures=(
            MeasureInfo(
                name="stage",
                title="1 suspended, redeem-only or to be delisted, 2 delisted, 3 settled",
                phrase="no longer trading",
                unit=AlertUnit.COUNT,
                threshold=1.0,
                sides=(AlertSide.ABOVE,),
                most_age_s=7 * DAY_S,
            ),
            MeasureInfo(
                name="announced",
                title="announcements of an end, of the last 14 days",
                phrase="an end is announced",
                unit=AlertUnit.COUNT,
                threshold=1.0,
                sides=(AlertSide.ABOVE,),
                most_age_s=7 * DAY_S,
            ),
        ),
        not_tried="How a token was listed in the past is not stored.",
    ),
    KindInfo(
        kind=AlertKind.BOTH_SIDES,
        title="Long and short both losing",
        about="Long and short tokens of one underlying are held, and both are below what they cost.",
        advice="Holding both sides pays decay and fees twice: see what each of them costs per day.",
        measures=(
            MeasureInfo(
                name="loss",
                title="loss of the side that lost less",
                phrase="long and short each {at} or more below what they cost",
                unit=AlertUnit.RATIO,
                threshold=0.03,
                hysteresis=0.01,
                sides=(AlertSide.ABOVE,),
                level=WatchLevel.UNDERLYING,
            ),
        ),
        not_tried=_ONE_TOKEN,
    ),
)
