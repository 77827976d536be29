"""Writes the cells of one holding, and knows which figures each cell depends on."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from levdesk.domain.severity import Severity
from levdesk.domain.sources import NavSource, QuoteSource
from levdesk.services.views import HoldingView
from levdesk.ui import format as eye
from levdesk.ui.format import UNKNOWN
from levdesk.ui.models.cells import NAN, UNKNOWN_CELL, Cell, Tone, plain_number, signed_tone, sort_value
from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.models.freshness import Ages
from levdesk.ui.models.gauge import gauge_of
from levdesk.ui.models.titles import venue_title

if TYPE_CHECKING:
    from levdesk.domain.problems import Problem
    from levdesk.ui.format import Figures

NOTABLE_PREMIUM: Final = Decimal("0.01")
"""From here on a premium is written in full colour; below it is background."""

_NAV_MARKS: Final = {NavSource.VENUE: "", NavSource.ESTIMATE: "est.", NavSource.MANUAL: "manual"}
_RANKS: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


class Pen(NamedTuple):
    """What writing a cell needs besides the holding.

    Attributes:
        figures: writes numbers.
        currency: the portfolio's; amounts in another one carry its name.
    """

    figures: Figures
    currency: str

    def money(self, value: Decimal, holding: HoldingView, *, signed: bool = False) -> str:
        """An amount, with its currency where that is not the portfolio's."""
        currency = holding.token.quote_currency
        if currency == self.currency:
            return self.figures.money(value, signed=signed)
        return self.figures.money_in(value, currency, signed=signed)


Writer = Callable[[HoldingView, Ages, Pen], Cell]


def worst_severity(notices: tuple[Problem, ...]) -> Severity | None:
    """The severity that decides the mark; None when nothing needs one."""
    worst = max((problem.severity for problem in notices), key=_RANKS.__getitem__, default=None)
    return None if worst is Severity.INFO else worst


def _token(holding: HoldingView, _ages: Ages, _pen: Pen) -> Cell:
    key = holding.token.key
    is_open = bool(holding.quantity)
    return Cell(
        key.symbol,
        Tone.STRONG if is_open else Tone.MUTED,
        aside=venue_title(key.venue) if is_open else f"{venue_title(key.venue)} · closed",
        notice=worst_severity(holding.notices),
    )


def _units(holding: HoldingView, _ages: Ages, pen: Pen) -> Cell:
    return Cell(pen.figures.quantity(holding.quantity), sort=sort_value(holding.quantity))


def _average_cost(holding: HoldingView, _ages: Ages, pen: Pen) -> Cell:
    if holding.average_cost is None:
        return UNKNOWN_CELL
    return Cell(pen.figures.price(holding.average_cost), sort=sort_value(holding.average_cost))


def _price(holding: HoldingView, ages: Ages, pen: Pen) -> Cell:
    if holding.market_price is None:
        return UNKNOWN_CELL
    mark = "manual" if holding.market_price_source is QuoteSource.MANUAL else ages.price_mark
    return Cell(
        pen.figures.price(holding.market_price),
        _muted_when(ages.price_stale),
        sort_value(holding.market_price),
        mark=mark,
    )


def _nav(holding: HoldingView, ages: Ages, pen: Pen) -> Cell:
    if holding.nav is None:
        return UNKNOWN_CELL
    mark = "" if holding.nav_source is None else _NAV_MARKS[holding.nav_source]
    text = pen.figures.price(holding.nav)
    return Cell(text, _muted_when(ages.nav_stale), sort_value(holding.nav), mark=mark or ages.nav_mark)


def _premium(holding: HoldingView, ages: Ages, pen: Pen) -> Cell:
    ratio = holding.premium_ratio
    if ratio is None:
        return UNKNOWN_CELL
    is_quiet = abs(ratio) < NOTABLE_PREMIUM or ages.price_stale or ages.nav_stale
    return Cell(pen.figures.percent(ratio, signed=True), _muted_when(is_quiet), sort_value(ratio))


def _leverage(holding: HoldingView, ages: Ages, pen: Pen) -> Cell:
    gauge = gauge_of(holding)
    leverage = holding.effective_leverage
    if leverage is None or not holding.quantity:
        return Cell(UNKNOWN, Tone.MUTED, gauge=gauge if holding.quantity else None)
    alarming = gauge is not None and gauge.is_alarming and not ages.leverage_stale
    tone = Tone.CRITICAL if alarming else _muted_when(ages.leverage_stale)
    return Cell(pen.figures.leverage(leverage), tone, sort_value(leverage), gauge=gauge)


def _value(holding: HoldingView, ages: Ages, pen: Pen) -> Cell:
    value = holding.market_value
    if value is None:
        return UNKNOWN_CELL
    return Cell(pen.money(value, holding), _muted_when(ages.price_stale), sort_value(value))


def _today(holding: HoldingView, ages: Ages, pen: Pen) -> Cell:
    return _result(holding.change_today, holding, pen, stale=ages.price_stale)


def _pnl(holding: HoldingView, ages: Ages, pen: Pen) -> Cell:
    return _result(holding.unrealised_pnl, holding, pen, stale=ages.price_stale)


def _pnl_ratio(holding: HoldingView, ages: Ages, pen: Pen) -> Cell:
    ratio = holding.unrealised_ratio
    if ratio is None:
        return UNKNOWN_CELL
    tone = Tone.MUTED if ages.price_stale else signed_tone(ratio)
    return Cell(pen.figures.percent(ratio, signed=True), tone, sort_value(ratio))


def _cost(holding: HoldingView, _ages: Ages, pen: Pen) -> Cell:
    if holding.cost_basis is None:
        return UNKNOWN_CELL
    return Cell(pen.money(holding.cost_basis, holding), sort=sort_value(holding.cost_basis))


def _realised(holding: HoldingView, _ages: Ages, pen: Pen) -> Cell:
    return _result(holding.realised_pnl, holding, pen, stale=False)


def _fees(holding: HoldingView, _ages: Ages, pen: Pen) -> Cell:
    return Cell(pen.money(holding.fees_paid, holding), sort=sort_value(holding.fees_paid))


def _target(holding: HoldingView, _ages: Ages, pen: Pen) -> Cell:
    target = holding.token.target_leverage
    return Cell(pen.figures.multiple(target), sort=sort_value(target))


def _bought(holding: HoldingView, _ages: Ages, _pen: Pen) -> Cell:
    if holding.first_bought_ms is None:
        return UNKNOWN_CELL
    return Cell(eye.day(holding.first_bought_ms), sort=float(holding.first_bought_ms))


def _price_age(holding: HoldingView, ages: Ages, _pen: Pen) -> Cell:
    return _age(ages.price, holding.market_price_ts_ms)


def _nav_age(holding: HoldingView, ages: Ages, _pen: Pen) -> Cell:
    return _age(ages.nav, holding.nav_ts_ms)


def _age(words: str, ts_ms: int | None) -> Cell:
    return Cell(words, Tone.MUTED, NAN if ts_ms is None else -float(ts_ms))


def _result(value: Decimal | None, holding: HoldingView, pen: Pen, *, stale: bool) -> Cell:
    if value is None:
        return UNKNOWN_CELL
    tone = Tone.MUTED if stale else signed_tone(value)
    return Cell(pen.money(value, holding, signed=True), tone, sort_value(value))


def _muted_when(quiet: bool) -> Tone:
    return Tone.MUTED if quiet else Tone.PLAIN


class _Recipe(NamedTuple):
    """How a cell is written, and the figures that make it necessary to write it again."""

    write: Writer
    holding_part: Callable[[HoldingView], Any]
    ages_part: Callable[[Ages], Any] | None
    plain: Callable[[HoldingView], Decimal | None] | None


def _recipe(write: Writer, fields: str, ages: str = "", plain: str = "") -> _Recipe:
    return _Recipe(
        write,
        attrgetter(*fields.split()),
        attrgetter(*ages.split()) if ages else None,
        attrgetter(plain) if plain else None,
    )


_C = HoldingColumn
_RECIPES: Final = {
    _C.TOKEN: _recipe(_token, "token quantity notices"),
    _C.UNITS: _recipe(_units, "quantity", plain="quantity"),
    _C.AVERAGE_COST: _recipe(_average_cost, "average_cost", plain="average_cost"),
    _C.PRICE: _recipe(_price, "market_price market_price_source", "price_stale price_mark", "market_price"),
    _C.NAV: _recipe(_nav, "nav nav_source", "nav_stale nav_mark", "nav"),
    _C.PREMIUM: _recipe(_premium, "premium_ratio", "price_stale nav_stale", "premium_ratio"),
    _C.LEVERAGE: _recipe(
        _leverage, "effective_leverage band_low band_high token quantity", "leverage_stale", "effective_leverage"
    ),
    _C.VALUE: _recipe(_value, "market_value token", "price_stale", "market_value"),
    _C.TODAY: _recipe(_today, "change_today token", "price_stale", "change_today"),
    _C.PNL: _recipe(_pnl, "unrealised_pnl token", "price_stale", "unrealised_pnl"),
    _C.PNL_RATIO: _recipe(_pnl_ratio, "unrealised_pnl cost_basis", "price_stale", "unrealised_ratio"),
    _C.COST: _recipe(_cost, "cost_basis token", plain="cost_basis"),
    _C.REALISED: _recipe(_realised, "realised_pnl token", plain="realised_pnl"),
    _C.FEES: _recipe(_fees, "fees_paid token", plain="fees_paid"),
    _C.TARGET: _recipe(_target, "token", plain="token.target_leverage"),
    _C.BOUGHT: _recipe(_bought, "first_bought_ms"),
    _C.PRICE_AGE: _recipe(_price_age, "market_price_ts_ms", "price"),
    _C.NAV_AGE: _recipe(_nav_age, "nav_ts_ms", "nav"),
}


def write_cells(holding: HoldingView, ages: Ages, pen: Pen) -> list[Cell]:
    """All cells of a holding, in the order of the columns; those that need an explanation are unknown."""
    return [
        _RECIPES[column].write(holding, ages, pen) if column in _RECIPES else UNKNOWN_CELL for column in HoldingColumn
    ]


def cell_of(holding: HoldingView, ages: Ages, pen: Pen, column: HoldingColumn) -> Cell:
    """One cell; unknown for what needs an explanation."""
    return _RECIPES[column].write(holding, ages, pen) if column in _RECIPES else UNKNOWN_CELL


def sort_value_of(holding: HoldingView, ages: Ages, pen: Pen, column: HoldingColumn) -> float:
    """What one cell is ordered by; NaN for unknown, and for what needs an explanation."""
    return cell_of(holding, ages, pen, column).sort


def rewritten(
    old: tuple[HoldingView, Ages], new: tuple[HoldingView, Ages], pen: Pen
) -> list[tuple[HoldingColumn, Cell]]:
    """The cells whose figures differ between two moments of one holding, written for the new one."""
    (before, ages_before), (now, ages_now) = old, new
    same_holding, same_ages = before is now or before == now, ages_before == ages_now
    if same_holding and same_ages:
        return []
    result = []
    for column, recipe in _RECIPES.items():
        of_ages = recipe.ages_part
        changed = (not same_holding and recipe.holding_part(before) != recipe.holding_part(now)) or (
            of_ages is not None and not same_ages and of_ages(ages_before) != of_ages(ages_now)
        )
        if changed:
            result.append((column, recipe.write(now, ages_now, pen)))
    return result


def exported_text(holding: HoldingView, column: HoldingColumn, cell: Cell) -> str:
    """A cell for a spreadsheet: every digit in plain notation, ratios as fractions; dots stay dots."""
    plain = _RECIPES[column].plain
    if plain is None or eye.DOTS in cell.text:
        return "" if cell.text == UNKNOWN else cell.shown_text
    return plain_number(plain(holding))
