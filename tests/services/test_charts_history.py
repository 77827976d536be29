"""Chart series from candles, NAVs, rows and merges: the lines, the markers and the sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from math import isnan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType
from levdesk.services.charts import ChartRange, MarkerKind, OverviewSeries, ValueSeries
from levdesk.services.history import INTERVALS_S, MOST_POINTS, ChartSpan, chart_span, needed_candles
from levdesk.services.overview_chart import OverviewInput, build_overview
from levdesk.services.price_line import PriceHistory, distinct_merges, price_line
from levdesk.services.sync_state import HistoryWant, LineKey
from levdesk.services.value_chart import HeldToken, build_value, held_rows
from levdesk.venues.contract import RequestKind

HOUR = 3_600_000
DAY = 24 * HOUR
START = int(datetime(2026, 5, 3, tzinfo=UTC).timestamp() * 1000)
KEY = TokenKey("gate", "BTC3L")
BTC3L = LeveragedToken(key=KEY, underlying="BTC", target_leverage=Decimal(3), hedge_instrument="BTC_USDT")
BTC3S = BTC3L._replace(key=TokenKey("gate", "BTC3S"), target_leverage=Decimal(-3))


def span(hours: int) -> ChartSpan:
    return ChartSpan(start_ms=START, end_ms=START + hours * HOUR, interval_s=3600, step_ms=HOUR)


def bars(closes: Sequence[float], *, first_ms: int = START - HOUR, low: float = 1.0, high: float = 1.0) -> PriceHistory:
    """Hourly bars whose closes become known at `first_ms` + 1 h, + 2 h …; extremes as factors of the close."""
    candles = [
        Candle(first_ms + i * HOUR, close, close * high, close * low, close, 1.0) for i, close in enumerate(closes)
    ]
    return PriceHistory(candles=candles, interval_s=3600)


def row(hours: float, kind: TransactionType, quantity: str | None, price: str | None = None) -> TransactionDraft:
    return TransactionDraft(
        time_ms=START + round(hours * HOUR),
        type=kind,
        key=KEY,
        quantity=None if quantity is None else Decimal(quantity),
        price=None if price is None else Decimal(price),
    )


def overview(
    price: PriceHistory,
    underlying: PriceHistory,
    *,
    hours: int,
    token: LeveragedToken = BTC3L,
    drafts: Sequence[TransactionDraft] = (),
    chart_range: ChartRange = ChartRange.ENTRY,
    rebalances_ms: Sequence[int] = (),
) -> OverviewSeries:
    return build_overview(
        OverviewInput(
            token=token,
            portfolio_id=1,
            chart_range=chart_range,
            span=span(hours),
            price=price,
            underlying=underlying,
            drafts=drafts,
            rebalances_ms=rebalances_ms,
        )
    )


def value(held: Sequence[HeldToken], *, hours: int) -> ValueSeries:
    return build_value(portfolio_id=1, chart_range=ChartRange.ALL, span=span(hours), currency="USDT", held=held)


def held(price: PriceHistory, *drafts: TransactionDraft) -> HeldToken:
    return HeldToken(token=BTC3L, rows=[held_rows(CostMethod.FIFO, drafts)], price=price)


# -- ranges ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chart_range", "days_held", "interval_s", "days"),
    [
        (ChartRange.DAY, 400, 300, 1),
        (ChartRange.WEEK, 400, 900, 7),
        (ChartRange.MONTH, 400, 3600, 30),
        (ChartRange.ENTRY, 2, 300, 2),
        (ChartRange.ENTRY, 100, 14_400, 100),
        (ChartRange.ALL, 400, 86_400, 400),
    ],
)
def test_a_range_chooses_the_finest_bars_that_stay_readable(
    chart_range: ChartRange, days_held: int, interval_s: int, days: int
) -> None:
    shown = chart_span(chart_range, first_ms=START - days_held * DAY, now_ms=START)
    assert shown.interval_s == interval_s
    assert (shown.start_ms, shown.end_ms) == (START - days * DAY, START)
    assert shown.step_ms == interval_s * 1000


def test_without_an_entry_a_month_is_shown_and_a_new_entry_gets_an_hour() -> None:
    assert chart_span(ChartRange.ENTRY, first_ms=None, now_ms=START).start_ms == START - 30 * DAY
    assert chart_span(ChartRange.ENTRY, first_ms=START, now_ms=START).start_ms == START - HOUR


@given(st.sampled_from(ChartRange), st.none() | st.integers(min_value=0, max_value=START))
def test_any_stretch_has_a_bounded_number_of_points(chart_range: ChartRange, first_ms: int | None) -> None:
    shown = chart_span(chart_range, first_ms=first_ms, now_ms=START)
    assert shown.interval_s in INTERVALS_S
    assert 1 <= (shown.end_ms - shown.start_ms) / shown.step_ms <= MOST_POINTS
    assert shown.step_ms % (shown.interval_s * 1000) == 0


def test_a_chart_needs_the_tokens_bars_and_its_hedges() -> None:
    shown = span(10)
    assert needed_candles(BTC3L, shown, pair="BTC3L_USDT") == (
        HistoryWant(LineKey("gate", RequestKind.TOKEN_CANDLES, "BTC3L_USDT", 3600), START - 2 * HOUR),
        HistoryWant(LineKey("gate", RequestKind.UNDERLYING_CANDLES, "BTC_USDT", 3600), START - 2 * HOUR),
    )


def test_a_token_of_a_venue_without_candles_can_borrow_its_underlying_from_another() -> None:
    stranger = BTC3L._replace(key=TokenKey("kucoin", "BTCUP"), hedge_instrument="XBTUSDTM")
    assert needed_candles(stranger, span(10)) == ()
    (want,) = needed_candles(stranger, span(10), underlying=("gate", "BTC_USDT"))
    assert (want.key.venue, want.key.instrument) == ("gate", "BTC_USDT")


def test_bars_of_an_earlier_token_of_the_same_name_are_not_wanted() -> None:
    relisted = BTC3L._replace(listed_ms=START + 5 * HOUR)
    token_bars, hedge_bars = needed_candles(relisted, span(10), pair="BTC3L_USDT")
    assert (token_bars.start_ms, hedge_bars.start_ms) == (START + 5 * HOUR, START - 2 * HOUR)


# -- price lines -------------------------------------------------------------------------------------------------


def test_a_bars_close_is_known_at_its_end() -> None:
    line = price_line(bars([10, 20]))
    assert line.at(np.array([START - 1, START, START + HOUR - 1, START + HOUR])).tolist()[1:] == [10, 10, 20]
    assert isnan(line.at(np.array([START - 1]))[0])


def test_a_price_older_than_the_longest_gap_is_no_price() -> None:
    line = price_line(bars([10]))
    known = line.at(np.array([START + HOUR, START + 2 * HOUR]), longest_gap_ms=HOUR)
    assert known[0] == 10
    assert isnan(known[1])


def test_the_last_quote_ends_the_line_and_growing_or_broken_bars_are_left_out() -> None:
    candles = [*bars([10.0]).candles, Candle(START, 11, 11, 11, 11, 1.0, closed=False), Candle(START, 1, 1, 1, -1, 1.0)]
    line = price_line(PriceHistory(candles=candles, interval_s=3600, latest=(START + 5, 12.0)))
    assert line.prices.tolist() == [10.0, 12.0]
    late = price_line(PriceHistory(candles=candles, interval_s=3600, latest=(START - 5, 12.0)))
    assert late.prices.tolist() == [10.0]


def test_recorded_navs_fill_where_no_bar_is_near() -> None:
    history = replace(bars([10, 11]), nav=[(START - 9 * HOUR, 7.0), (START + 60_000, 99.0), (START + 9 * HOUR, 12.0)])
    assert price_line(history).prices.tolist() == [7.0, 10.0, 11.0, 12.0]
    assert price_line(PriceHistory(nav=[(START, 5.0)])).prices.tolist() == [5.0]


def test_prices_before_a_merge_count_times_its_ratio() -> None:
    line = price_line(bars([0.01, 0.02, 2.0, 3.0]), [(START + HOUR, Decimal(100))])
    assert line.prices.tolist() == pytest.approx([1, 2, 2, 3])


@pytest.mark.parametrize("written", [-30, 0, 1.5, 40])
def test_a_merge_written_down_hours_off_is_found_by_its_jump(written: float) -> None:
    closes = [0.02] * 50 + [2.1] * 50
    line = price_line(bars(closes), [(START + round((50 + written) * HOUR), Decimal(100))])
    assert line.prices.tolist() == pytest.approx([2.0] * 50 + [2.1] * 50)


def test_a_merge_without_a_jump_counts_from_the_moment_written_down() -> None:
    line = price_line(bars([2.0] * 10), [(START + 4 * HOUR, Decimal(100))])
    assert line.prices.tolist() == pytest.approx([200.0] * 5 + [2.0] * 5)


def test_the_same_merge_in_two_portfolios_counts_once() -> None:
    merges = [
        (START, Decimal(100)),
        (START + HOUR, Decimal(100)),
        (START + 9 * DAY, Decimal(100)),
        (START, Decimal(10)),
    ]
    assert distinct_merges(merges) == (
        (START, Decimal(10)),
        (START, Decimal(100)),
        (START + 9 * DAY, Decimal(100)),
    )


# -- overview ----------------------------------------------------------------------------------------------------


def test_lines_start_at_a_hundred_and_say_what_happened() -> None:
    series = overview(bars([2.0, 1.9, 1.752]), bars([100.0, 101.0, 100.4]), hours=2)
    assert series.times_s.tolist() == [START / 1000, START / 1000 + 3600, START / 1000 + 7200]
    assert series.token.tolist() == pytest.approx([100, 95, 87.6])
    assert series.underlying.tolist() == pytest.approx([100, 101, 100.4])
    assert series.plain_multiple.tolist() == pytest.approx([100, 103, 101.2])
    assert series.drawdown.tolist() == pytest.approx([0, -0.05, -0.124])
    assert series.base_ms == START
    assert series.summary == "BTC3L is down 12.4 % since 3 May while 3× BTC would be up 1.2 %."
    assert (series.token_label, series.multiple_label, series.underlying_label) == ("BTC3L", "3× BTC", "BTC")
    assert series.problem == ""


def test_a_short_goes_the_other_way() -> None:
    series = overview(bars([2.0, 2.2]), bars([100.0, 96.0]), hours=1, token=BTC3S)
    assert series.plain_multiple.tolist() == pytest.approx([100, 112])
    assert series.multiple_label == "−3× BTC"
    assert series.summary == "BTC3S is up 10.0 % since 3 May while −3× BTC would be up 12.0 %."


@pytest.mark.parametrize(
    ("token", "closes"), [(BTC3L, [100.0, 80.0, 66.0, 90.0, 120.0]), (BTC3S, [100.0, 120.0, 134.0, 90.0, 80.0])]
)
def test_the_plain_multiple_ends_where_it_would_have_been_liquidated(
    token: LeveragedToken, closes: list[float]
) -> None:
    series = overview(bars([2.0] * 5), bars(closes), hours=4, token=token)
    assert [isnan(point) for point in series.plain_multiple] == [False, False, True, True, True]
    assert "would have been liquidated on 3 May" in series.summary


def test_a_low_inside_a_bar_liquidates_even_when_the_close_recovered() -> None:
    deep = [Candle(START, 90, 100, 60, 95, 1.0)]
    history = PriceHistory(candles=[*bars([100.0]).candles, *deep], interval_s=3600)
    series = overview(bars([2.0, 2.0]), history, hours=1)
    assert isnan(series.plain_multiple[-1])
    assert not isnan(series.underlying[-1])


def test_a_merge_leaves_no_trace_in_the_line_but_a_marker() -> None:
    merge = row(2, TransactionType.MERGE, "100")
    series = overview(bars([0.02, 0.02, 0.021, 2.1, 2.2]), bars([100.0] * 5), hours=4, drafts=[merge])
    assert series.token.tolist() == pytest.approx([100, 100, 105, 105, 110])
    (marker,) = series.markers
    assert (marker.kind, marker.label) == (MarkerKind.MERGE, "Merged 100 to 1")
    assert marker.value == pytest.approx(105)


def test_markers_tell_the_trades_of_the_stretch() -> None:
    drafts = [
        row(-5, TransactionType.BUY, "1", "2"),
        row(0, TransactionType.BUY, "1000.50", "2.4614"),
        row(1, TransactionType.REDEEM, "3", "2.0"),
        row(1, TransactionType.TRANSFER_IN, "7"),
        row(2, TransactionType.SETTLE, None, "0.12"),
    ]
    series = overview(
        bars([2.0, 1.0, 4.0]), bars([100.0] * 3), hours=2, drafts=drafts, rebalances_ms=[START + HOUR, START + 9 * HOUR]
    )
    assert [(marker.kind, marker.label) for marker in series.markers] == [
        (MarkerKind.BUY, "Bought 1,000.5 at 2.4614"),
        (MarkerKind.SELL, "Redeemed 3 at 2"),
        (MarkerKind.TRANSFER, "Moved in 7"),
        (MarkerKind.REBALANCE, "Rebalanced"),
        (MarkerKind.SETTLE, "Settled everything at 0.12"),
    ]
    assert [marker.value for marker in series.markers] == pytest.approx([100, 50, 50, 50, 200])


def test_lines_are_rebased_where_both_are_known() -> None:
    series = overview(bars([2.0, 3.0], first_ms=START), bars([100.0, 100.0, 110.0]), hours=2)
    assert series.base_ms == START + HOUR
    assert isnan(series.token[0])
    assert series.token.tolist()[1:] == pytest.approx([100, 150])
    assert series.underlying.tolist() == pytest.approx([100, 100, 110])


def test_without_an_underlying_the_token_stands_alone() -> None:
    series = overview(bars([2.0, 3.0]), PriceHistory(), hours=1)
    assert series.token.tolist() == pytest.approx([100, 150])
    assert np.isnan(series.plain_multiple).all()
    assert series.summary == "BTC3L is up 50.0 % since 3 May."
    assert "BTC" in series.problem


def test_without_prices_there_is_a_reason_and_no_line() -> None:
    series = overview(PriceHistory(), PriceHistory(), hours=1, drafts=[row(0, TransactionType.BUY, "1", "2")])
    assert np.isnan(series.token).all()
    assert np.isnan(series.drawdown).all()
    assert (series.summary, series.markers) == ("", ())
    assert "no price history of BTC3L" in series.problem


@pytest.mark.parametrize(
    ("chart_range", "words"),
    [
        (ChartRange.DAY, "unchanged in the last 24 hours"),
        (ChartRange.WEEK, "unchanged in the last 7 days"),
        (ChartRange.MONTH, "unchanged in the last 30 days"),
        (ChartRange.ALL, "unchanged since 3 May"),
    ],
)
def test_a_sentence_names_its_stretch(chart_range: ChartRange, words: str) -> None:
    assert words in overview(bars([2.0, 2.0]), PriceHistory(), hours=1, chart_range=chart_range).summary


def test_a_line_that_begins_late_names_its_first_day_with_the_year_when_it_is_another() -> None:
    year = 366 * 24
    late = bars([2.0] * (year - 40), first_ms=START + 40 * HOUR)
    series = overview(late, PriceHistory(), hours=year, chart_range=ChartRange.WEEK)
    assert "since 4 May 2026" in series.summary


prices = st.floats(min_value=1e-6, max_value=1e6)


@given(
    closes=st.lists(st.tuples(prices, prices), min_size=2, max_size=20),
    leverage=st.sampled_from([-5, -3, -1, 1, 2, 3, 5]),
    ratio=st.integers(min_value=2, max_value=10_000),
    merged=st.integers(min_value=0, max_value=19),
)
def test_any_prices_give_sane_lines(closes: list[tuple[float, float]], leverage: int, ratio: int, merged: int) -> None:
    token = BTC3L._replace(target_leverage=Decimal(leverage))
    merge = row(merged, TransactionType.MERGE, str(ratio))
    series = overview(
        bars([t for t, _ in closes]), bars([s for _, s in closes]), hours=len(closes) - 1, token=token, drafts=[merge]
    )
    assert len(series.times_s) == len(series.token) == len(series.plain_multiple) == len(series.drawdown)
    assert (np.diff(series.times_s) > 0).all()
    assert series.token[0] == pytest.approx(100)
    drawdown = series.drawdown[np.isfinite(series.drawdown)]
    assert ((drawdown <= 0) & (drawdown > -1)).all()
    ended = np.isnan(series.plain_multiple)
    assert (np.diff(ended.astype(int)) >= 0).all()  # once liquidated, always liquidated
    assert (series.plain_multiple[~ended] > 0).all()


# -- value -------------------------------------------------------------------------------------------------------


def test_value_is_units_times_price_and_invested_what_was_put_in() -> None:
    series = value(
        [
            held(
                bars([2.0, 3.0, 4.0, 5.0]),
                row(0, TransactionType.BUY, "10", "2"),
                row(2, TransactionType.SELL, "4", "4"),
            )
        ],
        hours=3,
    )
    assert series.value.tolist() == pytest.approx([20, 30, 24, 30])
    assert series.invested.tolist() == pytest.approx([20, 20, 4, 4])
    assert not series.partial
    assert series.summary == "Your holdings are worth 30.00 USDT, 26.00 more than the 4.00 USDT you put in."
    assert series.problem == ""


def test_the_chart_begins_with_the_first_row() -> None:
    series = value([held(bars([2.0] * 9), row(4, TransactionType.BUY, "10", "2"))], hours=6)
    assert series.times_s[0] == START / 1000 + 4 * 3600


def test_a_merge_changes_no_value() -> None:
    with_merge = held(
        bars([0.02, 0.02, 2.0, 2.2]),
        row(0, TransactionType.BUY, "1000", "0.02"),
        row(1.5, TransactionType.MERGE, "100"),
        row(2.5, TransactionType.BUY, "5", "2.2"),
    )
    series = value([with_merge], hours=3)
    assert series.value.tolist() == pytest.approx([20, 20, 20, 33])
    assert series.invested.tolist() == pytest.approx([20, 20, 20, 31])


def test_a_merge_written_down_late_makes_no_spike() -> None:
    late = held(
        bars([0.02] * 10 + [2.0] * 10),
        row(0, TransactionType.BUY, "1000", "0.02"),
        row(15, TransactionType.MERGE, "100"),
    )
    assert value([late], hours=19).value.tolist() == pytest.approx([20.0] * 20)


def test_the_same_token_in_two_portfolios_is_added_up() -> None:
    both = HeldToken(
        token=BTC3L,
        rows=[
            held_rows(
                CostMethod.FIFO, [row(0, TransactionType.BUY, "100", "0.02"), row(1.5, TransactionType.MERGE, "100")]
            ),
            held_rows(
                CostMethod.AVERAGE, [row(0, TransactionType.BUY, "300", "0.02"), row(1.6, TransactionType.MERGE, "100")]
            ),
        ],
        price=bars([0.02, 0.02, 2.0]),
    )
    series = value([both], hours=2)
    assert series.value.tolist() == pytest.approx([8, 8, 8])
    assert series.invested.tolist() == pytest.approx([8, 8, 8])


def test_where_no_market_price_is_known_the_own_deal_stands_in_and_is_marked() -> None:
    series = value([held(bars([3.0], first_ms=START + HOUR), row(0, TransactionType.BUY, "10", "2"))], hours=3)
    assert series.value.tolist() == pytest.approx([20, 20, 30, 30])
    assert series.partial
    assert series.summary.startswith("Your holdings are worth 30.00 USDT")


def test_units_without_any_price_are_unknown_and_not_nothing() -> None:
    gift = held(PriceHistory(), row(0, TransactionType.TRANSFER_IN, "10"))
    alone = value([gift], hours=2)
    assert np.isnan(alone.value).all()
    assert alone.summary == ""
    assert alone.problem
    beside = value([gift, held(bars([2.0] * 3), row(0, TransactionType.BUY, "1", "2"))], hours=2)
    assert beside.value.tolist() == pytest.approx([2, 2, 2])
    assert beside.partial
    assert beside.summary.startswith("What is priced is worth 2.00 USDT")


def test_after_everything_is_sold_the_value_is_nothing() -> None:
    series = value(
        [held(bars([2.0] * 4), row(0, TransactionType.BUY, "10", "2"), row(1, TransactionType.SELL, "10", "3"))],
        hours=3,
    )
    assert series.value.tolist() == pytest.approx([20, 0, 0, 0])
    assert series.invested.tolist() == pytest.approx([20, -10, -10, -10])
    assert "taken out 10.00 USDT more than you put in" in series.summary


def test_without_rows_there_is_a_reason() -> None:
    series = value([], hours=3)
    assert len(series.times_s) == 0
    assert "no transactions" in series.problem


@given(
    trades=st.lists(
        st.tuples(
            st.integers(min_value=0, max_value=20),
            st.decimals(min_value="0.01", max_value=100, places=2),
            st.decimals(min_value="0.01", max_value=100, places=2),
        ),
        min_size=1,
        max_size=8,
    ),
    merge_at=st.integers(min_value=0, max_value=19),
    ratio=st.sampled_from([10, 100, 1000]),
)
def test_a_merge_that_really_happened_never_shows_in_value(
    trades: list[tuple[int, Decimal, Decimal]], merge_at: int, ratio: int
) -> None:
    """The same trades with and without a merge (prices and quantities of the later ones in new units) look alike."""
    ordered = sorted(trades, key=lambda trade: trade[0])
    closes = [2.0 + 0.1 * hour for hour in range(21)]
    plain = [row(hour, TransactionType.BUY, str(units), str(price)) for hour, units, price in ordered]
    without = value([held(bars(closes), *plain)], hours=20)
    assume(merge_at >= ordered[0][0])
    merged_closes = [close / (ratio if hour <= merge_at else 1) for hour, close in enumerate(closes)]
    moment = merge_at + 0.5
    rows = [
        row(hour, TransactionType.BUY, str(units * ratio), str(price / ratio))
        if hour < moment
        else row(hour, TransactionType.BUY, str(units), str(price))
        for hour, units, price in ordered
    ]
    rows.append(row(moment, TransactionType.MERGE, str(ratio)))
    rows.sort(key=lambda draft: draft.time_ms)
    merged = value([held(bars(merged_closes), *rows)], hours=20)
    assert merged.value == pytest.approx(without.value)
    assert merged.invested == pytest.approx(without.invested)
