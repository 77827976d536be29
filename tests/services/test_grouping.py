from __future__ import annotations

from decimal import Decimal

import pytest

from levdesk.services.grouping import group_holdings
from levdesk.services.views import HoldingView, PortfolioView
from tests.ui.fake_books import NOW_MS, portfolio_view, quotes, tokens, transactions

D = Decimal


@pytest.fixture
def view() -> PortfolioView:
    return portfolio_view(tokens(), transactions(), quotes(), 1, NOW_MS)


def changed(view: PortfolioView, symbol: str, **fields: object) -> PortfolioView:
    rows = tuple(
        row._replace(**fields) if row.token.key.symbol == symbol else row  # type: ignore[arg-type]
        for row in view.holdings
    )
    return view._replace(holdings=rows)


def names(rows: tuple[HoldingView, ...]) -> list[str]:
    return [row.token.key.symbol for row in rows]


def test_groups_come_by_name_and_keep_the_order_of_the_view(view: PortfolioView) -> None:
    groups = group_holdings(view, "underlying", show_closed=False)
    assert [group.name for group in groups] == ["BTC", "DOGE", "ETH", "LINK", "SOL"]
    assert sorted(names(groups[0].holdings)) == ["BTC2L", "BTC3L", "BTC5L"]


def test_nothing_grouped_is_one_nameless_group(view: PortfolioView) -> None:
    (group,) = group_holdings(view, "", show_closed=True)
    assert (group.name, len(group.holdings)) == ("", 9)


def test_closed_holdings_are_left_out_unless_wanted_and_never_weigh(view: PortfolioView) -> None:
    shut = group_holdings(view, "underlying", show_closed=False)
    shown = group_holdings(view, "underlying", show_closed=True)
    (closed,) = (group for group in shown if group.name == "ADA")
    assert "ADA" not in {group.name for group in shut}
    assert (closed.market_value, closed.net_exposure, closed.complete) == (D(0), None, True)


def test_net_exposure_is_signed_and_exact(view: PortfolioView) -> None:
    groups = {group.name: group for group in group_holdings(view, "underlying", show_closed=False)}
    assert groups["ETH"].net_exposure == D("1521.68") * D("2.88") + D("1146.80") * D("-6.62")
    assert groups["DOGE"].net_exposure == D("1417.329") * D("-2.74")
    assert sum(group.market_value for group in groups.values()) == view.totals.market_value
    assert sum(group.net_exposure or 0 for group in groups.values()) == view.totals.net_exposure


@pytest.mark.parametrize(
    "fields", [{"market_value": None}, {"effective_leverage": None}], ids=["no value", "no leverage"]
)
def test_what_is_missing_is_left_out_and_said(view: PortfolioView, fields: dict[str, object]) -> None:
    groups = {g.name: g for g in group_holdings(changed(view, "ETH5S", **fields), "underlying", show_closed=False)}
    assert groups["ETH"].net_exposure == D("1521.68") * D("2.88")
    assert not groups["ETH"].complete
    assert groups["BTC"].complete


def test_a_holding_in_another_currency_does_not_enter_the_sums(view: PortfolioView) -> None:
    token = next(row.token for row in view.holdings if row.token.key.symbol == "SOL3L")._replace(quote_currency="EUR")
    groups = {g.name: g for g in group_holdings(changed(view, "SOL3L", token=token), "underlying", show_closed=False)}
    assert (groups["SOL"].market_value, groups["SOL"].net_exposure, groups["SOL"].complete) == (D(0), None, False)


def test_pnl_as_a_share_of_cost_is_unknown_where_either_is(view: PortfolioView) -> None:
    row = view.holdings[0]
    assert row._replace(unrealised_pnl=D(-5), cost_basis=D(20)).unrealised_ratio == D("-0.25")
    assert row._replace(unrealised_pnl=None).unrealised_ratio is None
    assert row._replace(cost_basis=None).unrealised_ratio is None
    assert row._replace(cost_basis=D(0)).unrealised_ratio is None
