"""Gate's endpoints as its page describes them: names, JSON types, units, order, limits, refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from levdesk.simulator.gate import GateDialect
from levdesk.simulator.market import Market
from tests.simulator.moments import ANCHOR_MS, DAY_MS
from tests.venues.samples import gate as samples

Ask = Callable[..., Any]

NOW_S = ANCHOR_MS // 1000
FIGURE = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def same_kind(sample: Any, served: Any) -> bool:
    """Whether a served value has the JSON type of the sample, and is a figure where the sample is one."""
    if isinstance(sample, str) and FIGURE.fullmatch(sample):
        return isinstance(served, str) and FIGURE.fullmatch(served) is not None
    return type(sample) is type(served)


def assert_shaped_like(sample: bytes, served: Any) -> None:
    """Every field of the sample is served, with its type; rows of a list are compared with its first one."""
    wanted = json.loads(sample)
    if isinstance(wanted, list):
        wanted = wanted[0]
        served = served[0] if isinstance(served, list) else served
    if isinstance(wanted, list):
        assert len(served) == len(wanted)
        assert all(same_kind(one, other) for one, other in zip(wanted, served, strict=True))
        return
    assert {name for name in wanted if not same_kind(wanted[name], served.get(name))} == set()


# -- spot ----------------------------------------------------------------------------------------------------------


def test_a_token_s_ticker_has_every_field_of_the_documented_sample(ask: Ask) -> None:
    rows = ask("/spot/tickers", currency_pair="BTC3L_USDT", timezone="all")
    assert len(rows) == 1
    assert_shaped_like(samples.BTC3L_TICKER, rows[0])


def test_changes_by_zone_come_only_when_asked_for(ask: Ask) -> None:
    def zones(**query: str) -> set[str]:
        return {name for name in ask("/spot/tickers", currency_pair="BTC_USDT", **query)[0] if "utc" in name}

    assert zones() == set()
    assert zones(timezone="utc8") == {"change_utc8"}
    assert ask("/spot/tickers", timezone="cet")[0] == 400


def test_only_tokens_carry_nav_and_one_coin_carries_empty_fields(ask: Ask) -> None:
    rows = {row["currency_pair"]: row for row in ask("/spot/tickers")}
    assert_shaped_like(samples.BTC_TICKER, rows["BTC_USDT"])
    with_nav = {name for name, row in rows.items() if row.get("etf_net_value")}
    assert with_nav == {name for name in rows if re.fullmatch(r"[A-Z]+[235][LS]_USDT", name)}
    assert not any(name.startswith("etf_") for name in rows["JUP_USDT"])
    assert rows["SYRUP_USDT"]["etf_net_value"] is None
    assert "ADA5L_USDT" not in rows


def test_the_leverage_of_shorts_comes_without_a_sign_and_times_are_seconds(ask: Ask) -> None:
    row = ask("/spot/tickers", currency_pair="BTC3S_USDT")[0]
    assert 1.5 <= float(row["etf_leverage"]) <= 5.25
    assert NOW_S - 200 * 86_400 < row["etf_pre_timestamp"] <= NOW_S


def test_sizes_come_only_for_a_single_pair(ask: Ask) -> None:
    assert "lowest_size" in ask("/spot/tickers", currency_pair="BTC3L_USDT")[0]
    assert not any("lowest_size" in row for row in ask("/spot/tickers"))


@pytest.mark.parametrize("pair", ["NOPE3L_USDT", "ADA5L_USDT"])
def test_an_unknown_or_delisted_pair_is_refused(ask: Ask, pair: str) -> None:
    status, body = ask("/spot/tickers", currency_pair=pair)
    assert (status, body["label"]) == (400, "INVALID_CURRENCY_PAIR")
    assert pair in body["message"]


def test_pairs_have_the_documented_fields(ask: Ask) -> None:
    sample = b"""{"id":"ETH_USDT","base":"ETH","quote":"USDT","fee":"0.2","min_base_amount":"0.001",
    "min_quote_amount":"1.0","max_quote_amount":"10000000","amount_precision":3,"precision":6,
    "trade_status":"tradable","sell_start":1516378650,"buy_start":1516378650}"""
    rows = {row["id"]: row for row in ask("/spot/currency_pairs")}
    assert_shaped_like(sample, rows["ETH_USDT"])
    assert ask("/spot/currency_pairs/ETH_USDT") == rows["ETH_USDT"]
    assert rows["ADA5L_USDT"]["trade_status"] == "untradable"
    assert 0 < rows["ADA5L_USDT"]["delisting_time"] < NOW_S
    assert rows["BTC3L_USDT"]["base_name"] == "3xLong BTC"
    assert ask("/spot/currency_pairs/NOPE_USDT")[0] == 400


def test_prices_have_the_digits_the_pair_promises(ask: Ask) -> None:
    promised = {row["id"]: row["precision"] for row in ask("/spot/currency_pairs")}
    for row in ask("/spot/tickers"):
        for name in ("last", "lowest_ask", "highest_bid", "high_24h", "low_24h"):
            assert len(row[name].partition(".")[2]) == promised[row["currency_pair"]]
        assert float(row["low_24h"]) <= float(row["last"]) <= float(row["high_24h"])


def test_spot_candles_are_rows_of_text_oldest_first(ask: Ask) -> None:
    rows = ask("/spot/candlesticks", currency_pair="ETH3S_USDT", interval="1h", limit="30")
    for sample, row in zip(samples.SPOT_CANDLES, (rows[-1], rows[0]), strict=True):
        assert_shaped_like(sample, [row])
    times = [int(row[0]) for row in rows]
    assert times == list(range(times[0], times[0] + 30 * 3600, 3600))
    assert times[-1] <= NOW_S < times[-1] + 3600
    assert [row[7] for row in rows] == ["true"] * 29 + ["false"]
    for _, quote, close, high, low, opened, base, _ in rows:
        assert float(low) <= min(float(opened), float(close)) <= max(float(opened), float(close)) <= float(high)
        assert float(quote) == pytest.approx(float(base) * float(close), rel=0.01)


def test_the_last_candle_is_the_live_price(ask: Ask) -> None:
    row = ask("/spot/candlesticks", currency_pair="BTC_USDT", interval="1m", limit="1")[0]
    assert float(row[2]) == pytest.approx(float(ask("/spot/tickers", currency_pair="BTC_USDT")[0]["last"]), rel=5e-4)


@pytest.mark.parametrize("interval", ["1s", "10s", "1m", "5m", "15m", "30m", "1h", "4h", "8h", "1d", "7d", "30d"])
def test_every_documented_interval_is_served(ask: Ask, interval: str) -> None:
    assert ask("/spot/candlesticks", currency_pair="BTC3L_USDT", interval=interval, limit="3")


def test_candles_of_a_stretch_hold_both_ends(ask: Ask) -> None:
    first_s = NOW_S // 3600 * 3600 - 50 * 3600
    rows = ask(
        "/spot/candlesticks", currency_pair="BTC3L_USDT", interval="1h", from_=str(first_s), to=str(first_s + 7200)
    )
    assert [int(row[0]) for row in rows] == [first_s, first_s + 3600, first_s + 7200]
    until = ask("/spot/candlesticks", currency_pair="BTC3L_USDT", interval="1h", to=str(first_s), limit="2")
    assert [int(row[0]) for row in until] == [first_s - 3600, first_s]


def test_a_delisted_pair_keeps_its_candles(ask: Ask, market: Market) -> None:
    pair = market.pair("ADA5L_USDT")
    assert pair is not None
    assert pair.delisted_ms is not None
    rows = ask("/spot/candlesticks", currency_pair="ADA5L_USDT", interval="1d", limit="1000")
    assert int(rows[-1][0]) * 1000 == pair.delisted_ms - DAY_MS


HOUR = {"currency_pair": "BTC3L_USDT", "interval": "1h"}
REFUSED_CANDLES: tuple[tuple[dict[str, str], str, str], ...] = (
    ({}, "MISSING_REQUIRED_PARAM", "currency_pair"),
    ({"currency_pair": "NOPE_USDT"}, "INVALID_CURRENCY_PAIR", "NOPE_USDT"),
    (HOUR | {"interval": "2h"}, "INVALID_PARAM_VALUE", "`interval` with value: 2h"),
    (HOUR | {"limit": "1001"}, "INVALID_PARAM_VALUE", "`limit` with value: 1001"),
    (HOUR | {"limit": "many"}, "INVALID_PARAM_VALUE", "many"),
    (HOUR | {"from_": str(NOW_S - 7200), "limit": "5"}, "INVALID_PARAM_VALUE", "cannot be used together"),
    (HOUR | {"from_": str(NOW_S - 1001 * 3600)}, "INVALID_PARAM_VALUE", "too broad"),
    (HOUR | {"from_": str(NOW_S), "to": str(NOW_S - 7200)}, "INVALID_PARAM_VALUE", "`to`"),
    (
        {"currency_pair": "BTC3L_USDT", "interval": "1m", "from_": str(NOW_S - 601_000), "to": str(NOW_S - 600_000)},
        "INVALID_PARAM_VALUE",
        "Candlestick too long ago. Maximum 10000 points ago are allowed",
    ),
)


@pytest.mark.parametrize(("query", "label", "words"), REFUSED_CANDLES)
def test_candles_are_refused_as_documented(ask: Ask, query: dict[str, str], label: str, words: str) -> None:
    status, body = ask("/spot/candlesticks", **query)
    assert (status, body["label"]) == (400, label)
    assert words in body["message"]


def test_the_look_back_ends_at_ten_thousand_bars(ask: Ask) -> None:
    first_s = NOW_S // 60 * 60 - 9_999 * 60
    rows = ask(
        "/spot/candlesticks",
        currency_pair="BTC3L_USDT",
        interval="1m",
        from_=str(first_s),
        to=str(first_s + 59_940),
    )
    assert len(rows) == 1000


def test_the_order_book_is_in_milliseconds_and_best_first(ask: Ask) -> None:
    sample = b"""{"id":123456,"current":1623898993123,"update":1623898993121,
    "asks":[["1.52","1.151"]],"bids":[["1.17","201.863"]]}"""
    book = ask("/spot/order_book", currency_pair="BTC3L_USDT", limit="7", with_id="true")
    assert_shaped_like(sample, book)
    assert book["current"] == ANCHOR_MS
    bids, asks = ([float(price) for price, _ in book[side]] for side in ("bids", "asks"))
    assert len(asks) == 7
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    assert "id" not in ask("/spot/order_book", currency_pair="BTC3L_USDT")
    assert ask("/spot/order_book", currency_pair="BTC3L_USDT", limit="101")[0] == 400
    assert ask("/spot/order_book", currency_pair="BTC3L_USDT", interval="0.1")[0] == 400


def test_the_clock_is_in_milliseconds(ask: Ask) -> None:
    assert ask("/spot/time") == {"server_time": ANCHOR_MS}


# -- perpetuals ----------------------------------------------------------------------------------------------------


def test_perpetual_tickers_are_like_the_recorded_one(ask: Ask) -> None:
    assert_shaped_like(samples.PERPETUAL_TICKERS, ask("/futures/usdt/tickers"))
    assert len(ask("/futures/usdt/tickers")) == 6
    (row,) = ask("/futures/usdt/tickers", contract="SOL_USDT")
    assert row["contract"] == "SOL_USDT"
    assert abs(float(row["mark_price"]) / float(row["index_price"]) - 1.0) < 0.001
    assert ask("/futures/usdt/tickers", contract="NOPE_USDT")[1]["label"] == "CONTRACT_NOT_FOUND"


def test_contracts_are_like_the_documented_one(ask: Ask) -> None:
    assert_shaped_like(samples.CONTRACTS, ask("/futures/usdt/contracts"))
    row = ask("/futures/usdt/contracts/BTC_USDT")
    assert row["name"] == "BTC_USDT"
    assert NOW_S < row["funding_next_apply"] <= NOW_S + row["funding_interval"]
    assert row["funding_next_apply"] % row["funding_interval"] == 0
    assert ask("/futures/usdt/contracts/NOPE_USDT")[0] == 400


def test_perpetual_candles_are_objects_and_only_trades_have_volume(ask: Ask) -> None:
    with_volume, without = samples.PERPETUAL_CANDLES
    rows = ask("/futures/usdt/candlesticks", contract="BTC_USDT", interval="1h", limit="20")
    assert_shaped_like(with_volume, rows)
    assert [row["t"] for row in rows] == sorted(row["t"] for row in rows)
    for prefix in ("mark", "index"):
        priced = ask("/futures/usdt/candlesticks", contract=f"{prefix}_BTC_USDT", interval="1h", limit="20")
        assert_shaped_like(without, priced)
        assert not {"v", "sum"} & priced[0].keys()
    sized = ask("/futures/usdt/candlesticks", contract="BTC_USDT", limit="2", headers={"x-gate-size-decimal": "1"})
    assert isinstance(sized[0]["v"], str)


def test_two_thousand_perpetual_candles_and_no_more(ask: Ask) -> None:
    assert len(ask("/futures/usdt/candlesticks", contract="mark_ETH_USDT", interval="1h", limit="2000")) == 2000
    assert ask("/futures/usdt/candlesticks", contract="mark_ETH_USDT", limit="2001")[0] == 400
    assert ask("/futures/usdt/candlesticks", contract="mark_NOPE_USDT")[0] == 400
    assert ask("/futures/usdt/candlesticks")[1]["label"] == "MISSING_REQUIRED_PARAM"


def test_funding_is_newest_first_and_ends_before_now(ask: Ask) -> None:
    rows = ask("/futures/usdt/funding_rate", contract="BTC_USDT")
    assert_shaped_like(samples.FUNDING, rows)
    times = [row["t"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert NOW_S - 28_800 < times[0] <= NOW_S
    assert NOW_S - 30 * 86_400 <= times[-1] < NOW_S - 29 * 86_400


def test_funding_keeps_the_limits_of_the_page(ask: Ask) -> None:
    def funding(**query: str) -> Any:
        return ask("/futures/usdt/funding_rate", contract="ETH_USDT", **query)

    assert len(funding(limit="5")) == 5
    assert funding(limit="1001")[1]["label"] == "INVALID_PARAM_VALUE"
    long_ago = str(NOW_S - 180 * 86_400 - 1)
    assert "180-day" in funding(from_=long_ago)[1]["message"]
    whole = funding(from_=str(NOW_S - 180 * 86_400 + 60), to=str(NOW_S), limit="1000")
    assert len(whole) == 3 * 180
    clamped = funding(from_=str(NOW_S - 100 * 86_400))
    assert clamped[0]["t"] <= NOW_S - 70 * 86_400
    assert len({row["t"] for row in whole}) == len(whole)
    assert {row["t"]: row["r"] for row in clamped}.items() <= {row["t"]: row["r"] for row in whole}.items()


def test_the_premium_index_is_a_ratio(ask: Ask) -> None:
    rows = ask("/futures/usdt/premium_index", contract="BTC_USDT", interval="1h", limit="10")
    assert_shaped_like(b'[{"t":1539852480,"c":"0.1","h":"0.00023","l":"0.1","o":"0.1"}]', rows)
    assert all(float(row["l"]) <= float(row["c"]) <= float(row["h"]) for row in rows)
    assert all(abs(float(row["c"])) < 0.001 for row in rows)
    assert ask("/futures/usdt/premium_index", contract="BTC_USDT", limit="1001")[0] == 400


# -- the dialect as a whole ----------------------------------------------------------------------------------------


def test_an_unknown_path_is_not_found(ask: Ask) -> None:
    assert ask("/spot/nothing")[0] == 404
    assert ask("/spot/currency_pairs/")[0] == 404


def test_before_its_history_the_market_is_not_open(ask: Ask, market: Market) -> None:
    assert ask("/spot/tickers", now_ms=market.start_ms - 1)[0] == 500


def test_limits_count_paths_without_names(dialect: GateDialect) -> None:
    assert dialect.endpoint("/api/v4/futures/usdt/contracts/BTC_USDT") == "/api/v4/futures/usdt/contracts"
    assert dialect.endpoint("/api/v4/spot/tickers") == "/api/v4/spot/tickers"


def test_the_same_question_at_the_same_time_has_the_same_answer(ask: Ask) -> None:
    assert ask("/spot/tickers") == ask("/spot/tickers")
    assert ask("/spot/tickers") != ask("/spot/tickers", now_ms=ANCHOR_MS + 5_000)
