"""Costs: paid so far, per day as things stand, what it takes to earn that back, and leaving now by either door."""

from __future__ import annotations

from decimal import Decimal

from levdesk.domain.instruments import FeeSchedule, fees_at
from levdesk.services.explained import CostsView, ExplainedHolding, MarketReading
from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.explain.lines import Heading, Line, LineList
from levdesk.ui.explain.page import ExplainPage, Told
from levdesk.ui.explain.sentence import KeyFigure, Sentence
from levdesk.ui.explain.term_words import percent_words, provenance_words
from levdesk.ui.format import Figures, as_decimal
from levdesk.ui.labels import label, sign_kind
from levdesk.ui.models.titles import venue_title

_NO_PAST = "Unknown: the past of this holding cannot be explained yet."
_NO_RATES = "Unknown: today's rates or the volatility are not known yet."
LONG_DAYS = 3650.0


class CostsPage(ExplainPage[CostsView]):
    """Sentence, then four short tables and the fees in force."""

    def __init__(self) -> None:
        super().__init__("What holding the chosen token costs", "Working out what {token} costs…")
        self.summary = Sentence()
        self.paid_heading, self.paid = Heading("Paid so far"), LineList("Paid so far")
        self.daily_heading, self.daily = Heading("A day of holding"), LineList("A day of holding")
        self.even_heading, self.even = Heading("To earn it back"), LineList("To earn it back")
        self.leave_heading, self.leave = Heading("Leaving now, all units"), LineList("Leaving now")
        self.fees_heading, self.fees = Heading("Fees in force"), LineList("Fees in force")
        self.source = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.lay_out(
            self.summary,
            *(self.paid_heading, self.paid, self.daily_heading, self.daily, self.even_heading, self.even),
            *(self.leave_heading, self.leave, self.fees_heading, self.fees, self.source),
        )

    def part_of(self, explained: ExplainedHolding) -> CostsView | None:
        return explained.costs

    def missing(self, told: Told) -> str:
        return "There are no fees and prices yet to work costs out from."

    def write(self, told: Told, part: CostsView) -> None:
        assert told.holding is not None
        write, token = told.write, told.holding.token
        stressed = [KeyFigure(each) for each in (part.per_day, part.per_month) if each is not None]
        self.summary.tell(part.summary, stressed, hide_amounts=write.hide_amounts)
        self.paid_heading.tell("Paid so far", told.currency)
        self.paid.show_lines(paid_lines(part, write))
        self.daily_heading.tell("A day of holding", "at today's rates and volatility")
        self.daily.show_lines(daily_lines(part, told.explained.market if told.explained else None, write))
        self.even.show_lines(even_lines(part, told))
        self.leave.show_lines(leaving_lines(part, write))
        fees = fees_at(token, told.now_ms)
        self.fees_heading.tell("Fees in force", "assumed" if part.assumed else "")
        self.fees.show_lines(fee_lines(fees, write))
        self.source.setText(_source(fees, venue_title(token.key.venue)))


def paid_lines(view: CostsView, write: Figures) -> tuple[Line, ...]:
    """What went to fees and funding, and its parts; money that came in carries a plus."""
    parts = (
        ("Management fee", view.paid_management),
        ("Funding, inside the fee" if view.funding_inside and not view.paid_funding else "Funding", view.paid_funding),
        ("Rebalance cost", view.paid_rebalance),
        ("Trading fees", view.paid_trading),
    )
    total = _cost("Fees and funding", view.paid, write, why=_NO_PAST, is_total=True)
    return (*(_cost(name, money, write, why=_NO_PAST) for name, money in parts), total)


def daily_lines(view: CostsView, market: MarketReading | None, write: Figures) -> tuple[Line, ...]:
    """What a day costs as things stand, and thirty of them."""
    fee = "" if view.fee_per_day_ratio is None else percent_words(as_decimal(view.fee_per_day_ratio), write)
    rate = "inside the fee" if view.funding_inside else ""
    if view.funding_8h_ratio is not None:
        rate = f"{write.ratio(view.funding_8h_ratio, 4, signed=True)} per 8 h"
    sigma = (
        "" if market is None or market.volatility_day is None else f"σ {write.ratio(market.volatility_day, 1)} a day"
    )
    return (
        _cost("Management fee", view.per_day_fee, write, remark=fee, why=_NO_RATES),
        _cost("Funding", view.per_day_funding, write, remark=rate, why=_NO_RATES),
        _cost("Volatility decay, expected", view.per_day_decay, write, remark=sigma, why=_NO_RATES),
        _cost("A day", view.per_day, write, why=_NO_RATES, is_total=True),
        _cost("A month of such days", view.per_month, write, why=_NO_RATES),
    )


def even_lines(view: CostsView, told: Told) -> tuple[Line, ...]:
    """The move that pays for holding, and how long half of it lasts when nothing moves."""
    write = told.write
    half = view.half_life_days
    life = fmt.UNKNOWN if half is None else "over 10 years" if half > LONG_DAYS else f"{write.count(round(half))} days"
    return (
        Line(
            name=f"{told.underlying} must move in {write.count(view.horizon_days)} days",
            figure=write.ratio(view.breakeven_move_ratio, 1, signed=True),
            tooltip="The move that pays for fees, funding and expected decay. Model output, not a forecast.",
        ),
        Line(
            name=f"Half is gone if {told.underlying} ends where it is",
            figure=life,
            remark="" if half is None else "half-life",
            tooltip="Unknown, or holding costs nothing at today's rates."
            if half is None
            else "At today's rates and volatility.",
        ),
    )


def leaving_lines(view: CostsView, write: Figures) -> tuple[Line, ...]:
    """What either door pays now, after fees; the one that pays more says by how much."""
    sell, redeem = view.sell_money, view.redeem_money
    gap = None if sell is None or redeem is None else abs(sell - redeem)
    more = "" if gap is None else f"{write.money(gap, signed=True)} more"
    return (
        Line(
            name="Selling at market",
            figure=write.money(sell),
            remark=more if view.better == "sell" else "",
            tooltip="All units at the best bid, less the trading fee."
            if sell is not None
            else "Unknown: there is no bid.",
        ),
        Line(
            name="Redeeming at NAV",
            figure=write.money(redeem),
            remark=more if view.better == "redeem" else "",
            tooltip="All units at NAV, less the redemption fee."
            if redeem is not None
            else "Unknown: there is no NAV, or redeeming is not offered.",
        ),
    )


def fee_lines(fees: FeeSchedule | None, write: Figures) -> tuple[Line, ...]:
    """The schedule as stated."""
    if fees is None:
        return (Line(name="No fees are known for this token", figure=""),)
    taken = "" if fees.taken_utc_s is None else f"taken {fmt.utc_time(fees.taken_utc_s * 1000)}"
    return (
        Line(name="Management fee a day", figure=percent_words(fees.management_per_day_ratio, write), remark=taken),
        Line(name="Funding is inside that fee" if fees.funding_inside else "Funding comes on top", figure=""),
        Line(name="Subscribing", figure=percent_words(fees.subscribe_ratio, write)),
        Line(name="Redeeming", figure=percent_words(fees.redeem_ratio, write)),
        Line(name="Trading", figure=percent_words(fees.spot_ratio, write)),
    )


def _cost(
    name: str, cost: Decimal | None, write: Figures, *, remark: str = "", why: str = "", is_total: bool = False
) -> Line:
    """A cost as what it does to your money: paid is minus, received is plus."""
    money = None if cost is None else -cost
    return Line(
        name=name,
        figure=write.money(money, signed=True),
        remark=remark,
        kind=sign_kind(money),
        tooltip=why if money is None else "",
        is_total=is_total,
    )


def _source(fees: FeeSchedule | None, venue: str) -> str:
    if fees is None:
        return "Correct the token to give it a fee schedule."
    words = provenance_words(fees.provenance, fees.source, fees.as_of)
    return f"Source: {words.rstrip('.')}." if words else f"Source: not stated; {venue}'s fees are assumed."
