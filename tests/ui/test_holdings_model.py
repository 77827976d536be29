from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, QuoteSource, TokenQuote
from levdesk.domain.problems import Problem, Severity
from levdesk.services.views import HoldingView, PortfolioView
from levdesk.ui.format import DOTS, MINUS, NARROW, UNKNOWN, Figures
from levdesk.ui.models.cells import Cell, GroupCell, Tone
from levdesk.ui.models.columns import CELL_ROLE, EXPORT_ROLE, KEY_ROLE, SORT_ROLE, HoldingColumn
from levdesk.ui.models.freshness import Clock
from levdesk.ui.models.holdings_model import HoldingsModel
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import DeskState, FakeDesk

C = HoldingColumn
BTC3L = TokenKey("gate", "BTC3L")
ETH5S = TokenKey("gate", "ETH5S")
BTC2L = TokenKey("pionex", "BTC2L")


class Watch:
    """Counts what a model announces."""

    def __init__(self, model: HoldingsModel) -> None:
        self.cells: list[tuple[TokenKey | None, HoldingColumn]] = []
        self.resets = 0
        self.inserted = 0
        self.removed = 0
        model.dataChanged.connect(self._changed)
        model.modelReset.connect(self._reset)
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)

    def _changed(self, first: QModelIndex, last: QModelIndex, _roles: Any = None) -> None:
        for column in range(first.column(), last.column() + 1):
            self.cells.append((first.data(KEY_ROLE), HoldingColumn(column)))

    def _reset(self) -> None:
        self.resets += 1

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.inserted += last - first + 1

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.removed += last - first + 1


class Moment:
    """A clock the tests turn."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> Clock:
        return Clock(self.now_ms)


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def view(desk: FakeDesk) -> PortfolioView:
    assert desk.view is not None
    return desk.view


@pytest.fixture
def model(qapp: object, desk: FakeDesk, moment: Moment, view: PortfolioView) -> HoldingsModel:
    made = HoldingsModel(moment, desk.quote)
    made.set_layout("underlying", show_closed=False)
    made.set_view(view)
    return made


def text(model: HoldingsModel, key: TokenKey, column: HoldingColumn) -> str:
    return str(model.index_of(key, column).data())


def cell(model: HoldingsModel, key: TokenKey, column: HoldingColumn) -> Cell:
    found = model.index_of(key, column).data(CELL_ROLE)
    assert isinstance(found, Cell)
    return found


def note(model: HoldingsModel, key: TokenKey, column: HoldingColumn) -> str:
    return str(model.index_of(key, column).data(Qt.ItemDataRole.ToolTipRole))


def holding(view: PortfolioView, key: TokenKey) -> HoldingView:
    return next(row for row in view.holdings if row.token.key == key)


def changed(view: PortfolioView, key: TokenKey, **fields: object) -> PortfolioView:
    rows = tuple(row._replace(**fields) if row.token.key == key else row for row in view.holdings)  # type: ignore[arg-type]
    return view._replace(holdings=rows)


def without(view: PortfolioView, key: TokenKey) -> PortfolioView:
    return view._replace(holdings=tuple(row for row in view.holdings if row.token.key != key))


# -- shape -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group_by", ["underlying", "venue", ""])
@pytest.mark.parametrize("show_closed", [True, False])
def test_it_is_a_sound_model_in_every_shape_and_through_every_change(
    qtmodeltester: ModelTester, model: HoldingsModel, view: PortfolioView, group_by: str, show_closed: bool
) -> None:
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.set_layout(group_by, show_closed=show_closed)
    model.set_view(changed(view, BTC3L, market_price=Decimal(3)))
    model.set_view(without(view, BTC3L))
    model.set_view(view)
    model.set_layout("", show_closed=True)
    model.set_layout(group_by, show_closed=show_closed)
    model.set_view(None)
    model.set_view(view)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]


def test_holdings_stand_under_their_underlying_with_its_net_exposure(model: HoldingsModel) -> None:
    headings = [model.index(row, 0).data(CELL_ROLE) for row in range(model.rowCount())]

    assert [each.title for each in headings] == ["BTC", "DOGE", "ETH", "LINK", "SOL"]
    assert headings[0] == GroupCell("BTC", f"net exposure 22,413.27{NARROW}USDT")
    assert headings[2].about == f"net exposure {MINUS}3,209.38{NARROW}USDT"
    assert model.rowCount(model.index(0, 0)) == 3


def test_they_stand_under_their_venue_or_in_one_list_as_asked(model: HoldingsModel) -> None:
    model.set_layout("venue", show_closed=False)
    assert [model.index(row, 0).data(CELL_ROLE).title for row in range(model.rowCount())] == ["Gate", "MEXC", "Pionex"]

    model.set_layout("", show_closed=False)
    assert model.rowCount() == 8
    assert not model.hasChildren(model.index(0, 0))


def test_closed_holdings_come_only_when_asked_for_and_say_so(model: HoldingsModel) -> None:
    closed = TokenKey("gate", "ADA3L")
    assert not model.index_of(closed).isValid()

    model.set_layout("underlying", show_closed=True)

    assert cell(model, closed, C.TOKEN).aside == "Gate · closed"
    assert text(model, closed, C.AVERAGE_COST) == UNKNOWN


# -- updates -----------------------------------------------------------------------------------------------------------


def test_only_cells_whose_looks_changed_are_announced(model: HoldingsModel, view: PortfolioView) -> None:
    watch = Watch(model)
    before = holding(view, BTC3L)
    assert before.market_price is not None
    assert before.cost_basis is not None
    price = before.market_price + Decimal("0.01")
    value = price * before.quantity

    model.set_view(
        changed(view, BTC3L, market_price=price, market_value=value, unrealised_pnl=value - before.cost_basis)
    )

    announced = {column for key, column in watch.cells if key == BTC3L}
    assert announced == {C.PRICE, C.VALUE, C.PNL, C.PNL_RATIO}
    assert {key for key, _ in watch.cells} == {BTC3L, None}  # the heading's exposure moved too
    assert watch.resets == 0


def test_a_heading_that_changed_is_painted_over_its_whole_width(model: HoldingsModel, view: PortfolioView) -> None:
    spans: list[tuple[int, int]] = []
    model.dataChanged.connect(
        lambda first, last, _roles: (
            spans.append((first.column(), last.column())) if not first.parent().isValid() else None
        )
    )
    model.set_view(changed(view, BTC3L, market_value=Decimal(9999)))
    assert spans == [(0, len(C) - 1)]


def test_a_change_nobody_can_see_is_not_announced_but_is_there(model: HoldingsModel, view: PortfolioView) -> None:
    watch = Watch(model)
    before = holding(view, BTC3L)
    assert before.market_value is not None
    value = before.market_value + Decimal("0.000001")

    model.set_view(changed(view, BTC3L, market_value=value))

    assert watch.cells == []
    assert model.index_of(BTC3L, C.VALUE).data(EXPORT_ROLE) == f"{value:f}"


def test_the_same_view_again_announces_nothing(model: HoldingsModel, view: PortfolioView) -> None:
    watch = Watch(model)
    model.set_view(view)
    model.set_view(view._replace(as_of_ms=view.as_of_ms + 1))
    assert (watch.cells, watch.resets, watch.inserted, watch.removed) == ([], 0, 0, 0)


def test_persistent_indexes_stay_with_their_token_while_others_come_and_go(
    model: HoldingsModel, view: PortfolioView
) -> None:
    kept = QPersistentModelIndex(model.index_of(ETH5S, C.PRICE))
    watch = Watch(model)

    model.set_view(without(without(view, TokenKey("gate", "ETH3L")), BTC3L))
    assert kept.data(KEY_ROLE) == ETH5S
    model.set_view(without(view, TokenKey("mexc", "DOGE3S")))  # a heading in front of it goes
    assert kept.data(KEY_ROLE) == ETH5S
    model.set_view(view)

    assert kept.isValid()
    assert kept.data(KEY_ROLE) == ETH5S
    assert kept.parent().data(CELL_ROLE).title == "ETH"
    assert watch.resets == 0


def test_a_row_that_is_gone_takes_its_index_along(model: HoldingsModel, view: PortfolioView) -> None:
    gone = QPersistentModelIndex(model.index_of(BTC3L))
    model.set_view(without(view, BTC3L))
    assert not gone.isValid()


def test_a_corrected_underlying_moves_the_row_under_the_other_heading(
    model: HoldingsModel, view: PortfolioView
) -> None:
    token = holding(view, BTC3L).token._replace(underlying="ETH")
    model.set_view(changed(view, BTC3L, token=token))
    assert model.index_of(BTC3L).parent().data(CELL_ROLE).title == "ETH"


def test_every_change_is_told_to_views_in_whole_runs(model: HoldingsModel, view: PortfolioView) -> None:
    runs: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: runs.append((first.column(), last.column())))
    token = holding(view, BTC3L).token
    model.set_view(
        changed(view, BTC3L, premium_ratio=Decimal("0.5"), nav=Decimal(9), realised_pnl=Decimal(1), token=token)
    )
    assert runs == [(C.NAV, C.PREMIUM), (C.REALISED, C.REALISED)]


# -- figures -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (C.TOKEN, "BTC3L Gate"),
        (C.UNITS, "1,240"),
        (C.AVERAGE_COST, "2.8058"),
        (C.PRICE, "2.4614"),
        (C.NAV, "2.4632"),
        (C.PREMIUM, f"{MINUS}0.07{NARROW}%"),
        (C.LEVERAGE, "3.06"),
        (C.VALUE, "3,052.14"),
        (C.TODAY, f"{MINUS}54.94"),
        (C.PNL, f"{MINUS}427.06"),
        (C.PNL_RATIO, f"{MINUS}12.27{NARROW}%"),
        (C.COST, "3,479.19"),
        (C.REALISED, f"{MINUS}31.67"),
        (C.FEES, "4.34"),
        (C.TARGET, "3×"),
        (C.BOUGHT, "11 Oct 2026"),
        (C.PRICE_AGE, f"4{NARROW}s ago"),
        (C.NAV_AGE, f"4{NARROW}s ago"),
    ],
)
def test_each_figure_reads_as_the_screen_shows_it(model: HoldingsModel, column: HoldingColumn, shown: str) -> None:
    assert text(model, BTC3L, column) == shown


def test_a_nav_that_is_not_the_venues_is_marked(model: HoldingsModel, view: PortfolioView) -> None:
    assert cell(model, BTC2L, C.NAV).mark == "est."
    model.set_view(changed(view, BTC3L, nav_source=NavSource.MANUAL, market_price_source=QuoteSource.MANUAL))
    assert (cell(model, BTC3L, C.NAV).mark, cell(model, BTC3L, C.PRICE).mark) == ("manual", "manual")


def test_the_worst_notice_marks_the_token(model: HoldingsModel, view: PortfolioView) -> None:
    assert cell(model, ETH5S, C.TOKEN).notice is Severity.ERROR
    quiet = Problem(severity=Severity.INFO, code="x", message="Only to know.")
    model.set_view(changed(view, ETH5S, notices=(quiet,)))
    assert cell(model, ETH5S, C.TOKEN).notice is None
    assert "Only to know." in note(model, ETH5S, C.TOKEN)


@pytest.mark.parametrize(
    ("fields", "column", "reason"),
    [
        ({"market_price": None, "market_value": None, "unrealised_pnl": None}, C.PRICE, "No price is known yet"),
        ({"market_value": None}, C.VALUE, "No price is known yet"),
        ({"nav": None}, C.NAV, "No NAV is known yet"),
        ({"premium_ratio": None}, C.PREMIUM, "needs a price and a NAV"),
        ({"effective_leverage": None}, C.LEVERAGE, "not known"),
        ({"cost_basis": None, "unrealised_pnl": None}, C.COST, "came in without a cost"),
        ({"average_cost": None}, C.AVERAGE_COST, "came in without a cost"),
        ({"unrealised_pnl": None}, C.PNL, "came in without a cost"),
        ({"unrealised_pnl": None}, C.PNL_RATIO, "came in without a cost"),
        ({"change_today": None}, C.TODAY, "price at midnight"),
    ],
)
def test_unknown_is_a_dash_never_a_zero_and_the_tooltip_says_why(
    model: HoldingsModel, view: PortfolioView, fields: dict[str, object], column: HoldingColumn, reason: str
) -> None:
    model.set_view(changed(view, BTC3L, **fields))
    index = model.index_of(BTC3L, column)
    assert index.data() == UNKNOWN
    assert index.data(SORT_ROLE) != index.data(SORT_ROLE)  # NaN
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "unknown"
    assert index.data(EXPORT_ROLE) == ""
    assert reason in note(model, BTC3L, column)


def test_amounts_become_dots_and_nothing_gives_them_away(model: HoldingsModel) -> None:
    model.set_figures(Figures(hide_amounts=True))
    for column in (C.UNITS, C.VALUE, C.PNL, C.COST, C.REALISED, C.FEES, C.TODAY):
        assert text(model, BTC3L, column) == DOTS
        assert model.index_of(BTC3L, column).data(EXPORT_ROLE) == DOTS
        assert not any(
            secret in note(model, BTC3L, column) for secret in ("1240", "1,240", "3,052", "3052", "427", "3,479")
        )
    assert text(model, BTC3L, C.PRICE) == "2.4614"
    assert model.index_of(BTC3L).parent().data(CELL_ROLE).about == f"net exposure {DOTS}{NARROW}USDT"


def test_amounts_in_another_currency_name_it(model: HoldingsModel, view: PortfolioView) -> None:
    token = holding(view, BTC3L).token._replace(quote_currency="EUR")
    model.set_view(changed(view, BTC3L, token=token))
    assert text(model, BTC3L, C.VALUE) == f"3,052.14{NARROW}EUR"
    assert "incomplete" in model.index_of(BTC3L).parent().data(CELL_ROLE).about


def test_exported_figures_keep_every_digit_in_plain_notation(model: HoldingsModel, view: PortfolioView) -> None:
    tiny = Decimal("0.000000000000000001")
    model.set_view(changed(view, BTC3L, quantity=tiny, realised_pnl=-tiny))
    assert model.index_of(BTC3L, C.UNITS).data(EXPORT_ROLE) == "0.000000000000000001"
    assert model.index_of(BTC3L, C.REALISED).data(EXPORT_ROLE) == "-0.000000000000000001"


# -- source and age ----------------------------------------------------------------------------------------------------


def test_tooltips_name_formula_source_and_age(model: HoldingsModel) -> None:
    assert note(model, BTC3L, C.PRICE).startswith("Last trade 2.4614 USDT; bid and ask 2.4601693–2.4626307\nGate · 4")
    assert note(model, BTC3L, C.VALUE).startswith("1,240 units × 2.4614 = 3,052.14 USDT")
    assert note(model, BTC3L, C.PREMIUM).startswith(f"Price 2.4614 / NAV 2.4632 − 1 = {MINUS}0.07{NARROW}%")
    assert "band 2.25 to 4.125" in note(model, BTC3L, C.LEVERAGE)
    assert "assumed" in note(model, BTC2L, C.LEVERAGE)
    assert "Estimated from BTC 91,235 · Pionex BTC_USDT · 38" in note(model, BTC2L, C.NAV)


def test_a_clamped_price_says_what_it_was_clamped_into(moment: Moment, view: PortfolioView) -> None:
    quote = TokenQuote(
        key=BTC3L, last=Decimal("2.48"), bid=Decimal("2.4606"), ask=Decimal("2.4614"), price_ts_ms=NOW_MS - 4000
    )
    model = HoldingsModel(moment, lambda _key: quote)
    model.set_view(view)
    assert note(model, BTC3L, C.PRICE).startswith("Last trade 2.48 clamped into 2.4606–2.4614 = 2.4614 USDT")


def test_figures_grow_old_in_looks_and_words(model: HoldingsModel, moment: Moment) -> None:
    watch = Watch(model)
    moment.now_ms += 3 * 3_600_000
    model.refresh_ages()

    price = cell(model, BTC3L, C.PRICE)
    assert (price.tone, price.mark) == (Tone.MUTED, f"3{NARROW}h")
    assert cell(model, BTC3L, C.PNL).tone is Tone.MUTED
    assert cell(model, BTC3L, C.COST).tone is Tone.PLAIN
    assert "Last known · Gate · 3" in note(model, BTC3L, C.PRICE)
    assert (BTC3L, C.PRICE_AGE) in watch.cells
    assert (BTC3L, C.COST) not in watch.cells


def test_seconds_that_pass_repaint_nothing_but_the_ages(model: HoldingsModel, moment: Moment) -> None:
    watch = Watch(model)
    moment.now_ms += 2_000
    model.refresh_ages()
    assert {column for _, column in watch.cells} == {C.PRICE_AGE, C.NAV_AGE}


def test_what_was_typed_by_hand_has_an_age_but_is_never_stale(
    model: HoldingsModel, view: PortfolioView, moment: Moment
) -> None:
    model.set_view(changed(view, BTC3L, market_price_source=QuoteSource.MANUAL))
    moment.now_ms += 9 * 86_400_000
    model.refresh_ages()
    assert cell(model, BTC3L, C.PRICE).mark == "manual"
    assert "set by hand 9" in note(model, BTC3L, C.PRICE)


def test_every_column_has_a_note_in_every_state(model: HoldingsModel) -> None:
    model.set_layout("", show_closed=True)
    partial = FakeDesk(state=DeskState.PARTIAL).view
    for view in (partial, FakeDesk(state=DeskState.STALE).view):
        model.set_view(view)
        for key in model.listed_keys():
            for column in C:
                assert note(model, key, column)
