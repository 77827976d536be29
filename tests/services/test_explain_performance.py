"""How a holding did: time-weighted, money-weighted, and its deepest fall."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from levdesk.domain.market import TokenQuote
from levdesk.domain.transactions import CostMethod, TransactionDraft
from levdesk.services.explain_input import CandleSeries, ExplainInput, PortfolioRows
from levdesk.services.explain_lots import match_lots
from levdesk.services.explain_performance import (
    HeldPrices,
    held_prices,
    holding_performance,
    portfolio_performance,
)
from levdesk.services.explained import PerformanceView
from tests.services.explaining import BAND, DAY, HOUR, KEY, START, bars, deal, token

YEAR = 365 * 24


def held(*drafts: TransactionDraft, price: str | None = "2", now: float = YEAR, **more: object) -> HeldPrices:
    given = ExplainInput(
        token=token(BAND),
        portfolio_id=1,
        rows=(PortfolioRows(method=CostMethod.FIFO, drafts=drafts),),
        now_ms=START + round(now * HOUR),
        quote=None
        if price is None
        else TokenQuote(key=KEY, last=Decimal(price), price_ts_ms=START + round(now * HOUR)),
    )
    given = replace(given, **more)  # type: ignore[arg-type]
    return held_prices(given, match_lots(given.rows, None if price is None else Decimal(price)))


def done(*drafts: TransactionDraft, price: str | None = "2", now: float = YEAR) -> PerformanceView:
    return holding_performance(held(*drafts, price=price, now=now))


def test_one_purchase_has_the_return_of_its_price() -> None:
    found = done(deal("buy", 0, "10", "1"))
    assert found.twr_ratio == pytest.approx(1.0)
    assert found.irr_year == pytest.approx(1.0, abs=1e-6)


def test_more_money_at_a_bad_moment_hurts_the_holder_and_not_the_token() -> None:
    found = done(deal("buy", 0, "10", "1"), deal("buy", YEAR / 2, "1000", "4"))
    assert found.twr_ratio == pytest.approx(1.0)
    assert found.irr_year is not None
    assert found.irr_year < -0.5


def test_dealing_fees_cost_return_on_both_ways() -> None:
    bought = done(deal("buy", 0, "100", "1", fee="25"))
    assert bought.twr_ratio == pytest.approx(200 / 125 - 1)
    sold = done(deal("buy", 0, "100", "1"), deal("sell", 10, "100", "2", fee="50"))
    assert sold.twr_ratio == pytest.approx(0.5)


def test_time_without_units_is_no_return() -> None:
    found = done(deal("buy", 0, "10", "1"), deal("sell", 10, "10", "2"), deal("buy", 100, "10", "5"), price="10")
    assert found.twr_ratio == pytest.approx(3.0)


def test_a_merge_changes_no_return() -> None:
    plain = done(deal("buy", 0, "100", "0.02"), deal("buy", 50, "100", "0.03"), price="0.01")
    merged = done(deal("buy", 0, "100", "0.02"), deal("merge", 20, "100"), deal("buy", 50, "1", "3"), price="1")
    assert merged.twr_ratio == pytest.approx(plain.twr_ratio)
    assert merged.irr_year == pytest.approx(plain.irr_year)
    assert merged.max_drawdown_ratio == pytest.approx(plain.max_drawdown_ratio)


def test_the_deepest_fall_is_looked_for_in_the_bars_and_only_while_it_was_held() -> None:
    prices = [5.0, 1, 1, 4, 2, 3, 3, 3, 9, 1, 2, 2]
    candles = CandleSeries(interval_s=3600, candles=bars([START + n * HOUR for n in range(12)], prices))
    rows = (deal("buy", 2.5, "10", "1"), deal("sell", 7.2, "10", "3"))
    found = holding_performance(held(*rows, now=12, token_candles=(candles,)))
    assert found.max_drawdown_ratio == pytest.approx(-0.5)
    again = holding_performance(held(*rows, deal("buy", 8, "1", "9"), now=12, token_candles=(candles,)))
    assert again.max_drawdown_ratio == pytest.approx(-8 / 9)


def test_what_is_not_known_is_none() -> None:
    unpriced = done(deal("buy", 0, "10", "1"), price=None)
    assert (unpriced.twr_ratio, unpriced.irr_year) == (None, None)
    carried = done(deal("buy", 0, "10", "1"), deal("transfer_out", 5, "3"))
    assert carried.twr_ratio is None
    today = done(deal("buy", 0, "10", "1"), now=1)
    assert today.irr_year is None
    empty = done()
    assert (empty.twr_ratio, empty.irr_year, empty.max_drawdown_ratio) == (None, None, None)


def test_a_portfolio_is_valued_at_every_row_of_any_of_its_tokens() -> None:
    """One doubles, the other halves; the second joins when the first has doubled: 2 × (2 + 0.5) / 2 of 100 each."""
    prices = [1.0] * 10 + [2.0] * 10
    candles = CandleSeries(interval_s=3600, candles=bars([START + n * HOUR for n in range(20)], prices))
    one = held(deal("buy", 1, "100", "1"), price="2", now=30, token_candles=(candles,))
    two = held(deal("buy", 15, "200", "1"), price="0.5", now=30)
    found = portfolio_performance([one, two])
    assert found.twr_ratio == pytest.approx(2.0 * (200 + 100) / (200 + 200) - 1)
    assert found.max_drawdown_ratio == pytest.approx((200 + 100) / (200 + 200) - 1)
    assert portfolio_performance([]) == PerformanceView(twr_ratio=None, irr_year=None, max_drawdown_ratio=None)
    assert portfolio_performance([one, held(deal("buy", 1, "1", "1"), price=None)]).twr_ratio is None


def test_a_portfolio_of_one_is_that_one() -> None:
    rows = (deal("buy", 0, "10", "1", fee="0.1"), deal("buy", 200, "10", "3"), deal("sell", 400, "5", "2", fee="0.2"))
    alone = held(*rows)
    joint = portfolio_performance([alone])
    assert joint.twr_ratio == pytest.approx(holding_performance(alone).twr_ratio)
    assert joint.irr_year == holding_performance(alone).irr_year


def test_two_portfolios_that_both_wrote_a_merge_down_are_one_holding() -> None:
    merged = (deal("buy", 0, "1000", "0.01"), deal("merge", 48, "100"))
    later = (deal("buy", 1, "1000", "0.01"), deal("merge", 49, "100"))
    given = ExplainInput(
        token=token(BAND),
        portfolio_id=None,
        rows=[PortfolioRows(method=CostMethod.FIFO, drafts=rows) for rows in (merged, later)],
        now_ms=START + 30 * DAY,
        quote=TokenQuote(key=KEY, last=Decimal(2), price_ts_ms=START + 30 * DAY),
    )
    found = held_prices(given, match_lots(given.rows, Decimal(2)))
    assert [round(step.after) for step in found.steps] == [10, 20, 20, 20]
    assert holding_performance(found).twr_ratio == pytest.approx(1.0)
