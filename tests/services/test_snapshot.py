from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import NavSource, QuoteSource
from levdesk.services.snapshot import decode_view, encode_view
from levdesk.services.views import HoldingView, PortfolioView, TotalsView

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=18)
maybe = st.none() | decimals
times = st.none() | st.integers(0, 2**50)


@st.composite
def holdings(draw: st.DrawFn) -> HoldingView:
    return HoldingView(
        token=LeveragedToken(
            key=TokenKey("gate", draw(st.text(min_size=1, max_size=8))),
            underlying="BTC",
            target_leverage=draw(st.sampled_from([Decimal(3), Decimal(-5)])),
        ),
        portfolio_id=draw(st.none() | st.integers(1, 9)),
        quantity=draw(decimals),
        cost_basis=draw(maybe),
        average_cost=draw(maybe),
        market_price=draw(maybe),
        market_price_ts_ms=draw(times),
        market_price_source=draw(st.none() | st.sampled_from(QuoteSource)),
        nav=draw(maybe),
        nav_source=draw(st.none() | st.sampled_from(NavSource)),
        nav_ts_ms=draw(times),
        premium_ratio=draw(maybe),
        effective_leverage=draw(maybe),
        leverage_ts_ms=draw(times),
        band_low=draw(maybe),
        band_high=draw(maybe),
        rule_assumed=draw(st.booleans()),
        market_value=draw(maybe),
        unrealised_pnl=draw(maybe),
        realised_pnl=draw(decimals),
        fees_paid=draw(decimals),
        change_today=draw(maybe),
        first_bought_ms=draw(times),
        transaction_count=draw(st.integers(0, 99)),
    )


@st.composite
def views(draw: st.DrawFn) -> PortfolioView:
    five = [draw(decimals) for _ in range(5)]
    return PortfolioView(
        as_of_ms=draw(st.integers(0, 2**50)),
        currency="USDT",
        complete=draw(st.booleans()),
        totals=TotalsView(
            market_value=five[0],
            cost_basis=five[1],
            unrealised_pnl=five[2],
            realised_pnl=five[3],
            fees_paid=five[4],
            net_exposure=draw(maybe),
            change_today=draw(maybe),
        ),
        holdings=tuple(draw(st.lists(holdings(), max_size=3))),
    )


@given(views())
def test_a_view_comes_back_digit_for_digit(view: PortfolioView) -> None:
    assert decode_view(encode_view(view)) == view


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(repr))
def test_a_damaged_snapshot_is_as_if_there_were_none(text: str) -> None:
    assert decode_view(text) is None


@given(views(), st.data())
def test_a_cut_snapshot_is_as_if_there_were_none(view: PortfolioView, data: st.DataObject) -> None:
    text = encode_view(view)
    assert decode_view(text[: data.draw(st.integers(0, len(text) - 1))]) is None


@pytest.mark.parametrize("broken", ['{"format":2}', "{}", "[]", "null", '{"format":1,"as_of_ms":"x"}'])
def test_a_snapshot_of_another_shape_is_as_if_there_were_none(broken: str) -> None:
    assert decode_view(broken) is None


def test_every_field_of_a_holding_is_either_kept_or_left_out_on_purpose() -> None:
    from levdesk.services import snapshot

    kept = {*snapshot._DECIMALS, *snapshot._PLAIN, "token", "market_price_source", "nav_source"}
    assert set(HoldingView._fields) - kept == {"notices"}
