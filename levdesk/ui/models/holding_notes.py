"""Says in words what a cell of the holdings table means: formula, source and age. Written when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from levdesk.domain.market import NavSource, QuoteSource, TokenQuote
from levdesk.services.views import HoldingView
from levdesk.ui import format as eye
from levdesk.ui.format import Figures
from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.models.freshness import Ages
from levdesk.ui.models.gauge import PLACE_WORDS, gauge_of
from levdesk.ui.models.titles import gap_words, token_words, underlying_words, venue_title

_NO_PRICE: Final = "No price is known yet. Press F5 to ask again, or set one by hand."
_NO_NAV: Final = "No NAV is known yet. Press F5 to ask again, or set one by hand."
_NO_COST: Final = "Unknown: some units came in without a cost. Edit that transfer and give its price."


@dataclass(frozen=True, slots=True)
class Subject:
    """What a note is about.

    Attributes:
        holding: the row.
        ages: its ages now.
        quote: the figures behind its price, None when they are not at hand.
        figures: writes numbers.
        gap_ratio: how far the NAV estimate was from the venue's last figure, None when never compared.
        now_ms: the moment ages are counted from.
    """

    holding: HoldingView
    ages: Ages
    quote: TokenQuote | None
    figures: Figures
    gap_ratio: float | None = None
    now_ms: int = 0

    @property
    def currency(self) -> str:
        """Currency of the amounts."""
        return self.holding.token.quote_currency

    @property
    def venue(self) -> str:
        """Name of the venue on the screen."""
        return venue_title(self.holding.token.key.venue)

    def digits(self, value: Decimal | None) -> str:
        """Every digit of a market figure."""
        return self.figures.exact(value)

    def amount(self, value: Decimal | None, *, signed: bool = False) -> str:
        """The person's money, dots when hidden."""
        return self.figures.money(value, signed=signed)


def note_for(subject: Subject, column: HoldingColumn) -> str:
    """The tooltip of a cell; lines separated by newlines."""
    return _NOTES[column](subject)


def _token(s: Subject) -> str:
    token = s.holding.token
    lines = [f"{token.key.symbol} · {token_words(token, s.figures)}"]
    if token.name:
        lines.append(token.name)
    if not s.holding.quantity:
        lines.append("You hold no units any more; its realised result still counts.")
    return "\n".join([*lines, *(problem.message for problem in s.holding.notices)])


def _units(s: Subject) -> str:
    rows = s.holding.transaction_count
    count = f"{s.figures.count(rows)} transaction{'' if rows == 1 else 's'}"
    units = eye.DOTS if s.figures.hide_amounts else s.digits(s.holding.quantity)
    return f"{units} {s.holding.token.key.symbol} from {count}"


def _average_cost(s: Subject) -> str:
    if s.holding.average_cost is None:
        return "You hold no units." if not s.holding.quantity else _NO_COST
    cost, units = s.amount(s.holding.cost_basis), s.figures.quantity(s.holding.quantity)
    return f"Cost {cost} / {units} units = {s.figures.price(s.holding.average_cost)} {s.currency}"


def _price(s: Subject) -> str:
    if s.holding.market_price is None:
        return _NO_PRICE
    if s.holding.market_price_source is QuoteSource.MANUAL:
        return f"{s.digits(s.holding.market_price)} {s.currency}, set by hand {s.ages.price}"
    return _sourced(s, _trade(s), s.ages.price, s.holding.market_price_ts_ms, stale=s.ages.price_stale)


def _trade(s: Subject) -> str:
    quote, price = s.quote, s.holding.market_price
    if quote is None or quote.last is None:
        return f"Last trade {s.digits(price)} {s.currency}"
    if quote.bid is None or quote.ask is None:
        return f"Last trade {s.digits(quote.last)} {s.currency}; bid and ask are not known"
    span = f"{s.digits(quote.bid)}–{s.digits(quote.ask)}"
    if quote.last == price:
        return f"Last trade {s.digits(quote.last)} {s.currency}; bid and ask {span}"
    return f"Last trade {s.digits(quote.last)} clamped into {span} = {s.digits(price)} {s.currency}"


def _nav(s: Subject) -> str:
    holding = s.holding
    if holding.nav is None:
        return _NO_NAV
    figure = f"{s.digits(holding.nav)} {s.currency}"
    if holding.nav_source is NavSource.MANUAL:
        return f"{figure}, set by hand {s.ages.nav}"
    if holding.nav_source is NavSource.ESTIMATE:
        return _estimate(s)
    return _sourced(s, f"NAV {figure}", s.ages.nav, holding.nav_ts_ms, stale=s.ages.nav_stale)


def _estimate(s: Subject) -> str:
    """An estimate, what it is made from, and how good it was when the venue last spoke."""
    text = f"About {s.figures.price(s.holding.nav)} {s.currency}, est."
    error = gap_words(s.gap_ratio, s.figures)
    lines = [f"{text}, {error}" if error else text]
    source = underlying_words(s.holding.token, s.quote, s.now_ms, s.figures)
    lines.append(f"Estimated from {source}" if source else "Estimated from the underlying")
    when = f"{s.ages.nav} · {eye.moment_with_zone(s.holding.nav_ts_ms)}" if s.holding.nav_ts_ms else "age unknown"
    return "\n".join([*lines, _clocked(when, stale=s.ages.nav_stale)])


def _premium(s: Subject) -> str:
    holding = s.holding
    if holding.premium_ratio is None:
        return "Unknown: it needs a price and a NAV."
    formula = f"Price {s.digits(holding.market_price)} / NAV {s.digits(holding.nav)} − 1"
    text = f"{formula} = {s.figures.percent(holding.premium_ratio, signed=True)}"
    ages = f"price {s.ages.price}, NAV {s.ages.nav}"
    return f"{text}\n{'Last known: ' if s.ages.price_stale or s.ages.nav_stale else ''}{ages}"


def _leverage(s: Subject) -> str:
    holding = s.holding
    target = f"target {s.figures.multiple(holding.token.target_leverage)}"
    band = "its band is not known"
    if holding.band_low is not None and holding.band_high is not None:
        band = f"band {s.digits(holding.band_low)} to {s.digits(holding.band_high)}"
        band += ", assumed" if holding.rule_assumed else ""
    if holding.effective_leverage is None:
        return f"Effective leverage is not known; {target}, {band}"
    gauge = gauge_of(holding)
    place = PLACE_WORDS.get(gauge.place, "") if gauge else ""
    words = (
        f"Effective leverage {s.digits(holding.effective_leverage)}{', ' + place if place else ''}; {target}, {band}"
    )
    return _sourced(s, words, s.ages.leverage, holding.leverage_ts_ms, stale=s.ages.leverage_stale)


def _value(s: Subject) -> str:
    holding = s.holding
    if holding.market_value is None:
        return _NO_PRICE
    units, price = s.figures.quantity(holding.quantity), s.digits(holding.market_price)
    text = f"{units} units × {price} = {s.amount(holding.market_value)} {s.currency}"
    return f"{text}\n{_clocked(f'price {s.ages.price}', stale=s.ages.price_stale)}" if holding.quantity else text


def _today(s: Subject) -> str:
    if s.holding.change_today is None:
        return "Unknown: the price at midnight is not known."
    change = s.amount(s.holding.change_today, signed=True)
    return f"Change of value since midnight, for today’s units: {change} {s.currency}"


def _pnl(s: Subject) -> str:
    holding = s.holding
    if holding.unrealised_pnl is None:
        return _NO_PRICE if holding.market_value is None else _NO_COST
    sum_text = f"Value {s.amount(holding.market_value)} − cost {s.amount(holding.cost_basis)}"
    realised = s.amount(holding.realised_pnl, signed=True)
    result = f"{s.amount(holding.unrealised_pnl, signed=True)} {s.currency}"
    share = holding.unrealised_ratio
    ratio = "" if share is None else f" ({s.figures.percent(share, signed=True)})"
    return f"{sum_text} = {result}{ratio}\nRealised before: {realised}"


def _pnl_ratio(s: Subject) -> str:
    holding = s.holding
    ratio = holding.unrealised_ratio
    if ratio is None:
        return _pnl(s) if holding.unrealised_pnl is None else "There is no cost to compare with."
    sum_text = f"P&L {s.amount(holding.unrealised_pnl, signed=True)} / cost {s.amount(holding.cost_basis)}"
    return f"{sum_text} = {s.figures.percent(ratio, signed=True)}"


def _cost(s: Subject) -> str:
    if s.holding.cost_basis is None:
        return _NO_COST
    return f"{s.amount(s.holding.cost_basis)} {s.currency} for the units you hold, buying fees included"


def _realised(s: Subject) -> str:
    return f"{s.amount(s.holding.realised_pnl, signed=True)} {s.currency} from what you sold, redeemed or settled"


def _fees(s: Subject) -> str:
    return f"You paid {s.amount(s.holding.fees_paid)} {s.currency} in trading fees; they are part of cost and results"


def _target(s: Subject) -> str:
    token = s.holding.token
    return f"Aims at {s.figures.multiple(token.target_leverage)} the move of {token.underlying}"


def _bought(s: Subject) -> str:
    if s.holding.first_bought_ms is None:
        return "You hold no units."
    return f"Oldest units you hold: {eye.moment_with_zone(s.holding.first_bought_ms)}"


def _price_age(s: Subject) -> str:
    return _aged("Price", s.holding.market_price_ts_ms, s)


def _nav_age(s: Subject) -> str:
    return _aged("NAV", s.holding.nav_ts_ms, s)


def _aged(what: str, ts_ms: int | None, s: Subject) -> str:
    return f"{what} from {s.venue}: " + ("not known" if ts_ms is None else eye.moment_with_zone(ts_ms))


def _sourced(s: Subject, text: str, age: str, ts_ms: int | None, *, stale: bool) -> str:
    """The figure, then where it comes from, how old it is and its moment."""
    if ts_ms is None:
        return f"{text}\n{s.venue} · age unknown"
    return f"{text}\n{_clocked(f'{s.venue} · {age} · {eye.moment_with_zone(ts_ms)}', stale=stale)}"


def _clocked(text: str, *, stale: bool) -> str:
    return f"Last known · {text}" if stale else text


_C = HoldingColumn
_NOTES: Final[dict[HoldingColumn, Callable[[Subject], str]]] = {
    _C.TOKEN: _token,
    _C.UNITS: _units,
    _C.AVERAGE_COST: _average_cost,
    _C.PRICE: _price,
    _C.NAV: _nav,
    _C.PREMIUM: _premium,
    _C.LEVERAGE: _leverage,
    _C.VALUE: _value,
    _C.TODAY: _today,
    _C.PNL: _pnl,
    _C.PNL_RATIO: _pnl_ratio,
    _C.COST: _cost,
    _C.REALISED: _realised,
    _C.FEES: _fees,
    _C.TARGET: _target,
    _C.BOUGHT: _bought,
    _C.PRICE_AGE: _price_age,
    _C.NAV_AGE: _nav_age,
}
