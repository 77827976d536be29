"""Which histories an explanation needs, and how a report fetches them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar

from levdesk.domain.errors import VenueUnreachable
from levdesk.domain.market import NavSource, TokenQuote
from levdesk.domain.observed import ObservedRebalance
from levdesk.services.explain_fetching import Fetcher, fetch_histories, fetch_minutes
from levdesk.services.explain_input import deal_windows, explain_needs, observed_in
from levdesk.services.fetching import Harvest
from levdesk.services.sync_state import HistoryWant, LineKey, Span
from levdesk.venues.contract import Reply, Request, RequestKind, Venue
from levdesk.venues.gate import Gate
from tests.services.explaining import DAILY, DAY, FEES, HOUR, KEY, START, deal, token

BTC3L = token(DAILY)
NOW = START + 500 * DAY + 5 * HOUR
MARK = LineKey("gate", RequestKind.UNDERLYING_CANDLES, "BTC_USDT", 3600)


def wanted(first_ms: int | None, **more: Any) -> dict[tuple[RequestKind, int], HistoryWant]:
    wants = explain_needs(more.pop("token", BTC3L), first_ms, NOW, **{"pair": "BTC3L_USDT", **more})
    return {(want.key.kind, want.key.interval_s): want for want in wants}


# -- needs -------------------------------------------------------------------------------------------------------


def test_hours_reach_back_before_the_first_row_but_not_for_ever() -> None:
    recent = wanted(NOW - 250 * DAY)[RequestKind.UNDERLYING_CANDLES, 3600]
    assert recent == HistoryWant(MARK, NOW - 280 * DAY)
    fresh = wanted(NOW - DAY)[RequestKind.UNDERLYING_CANDLES, 3600]
    assert NOW - fresh.start_ms >= 200 * DAY
    old = wanted(START)
    assert NOW - 401 * DAY < old[RequestKind.UNDERLYING_CANDLES, 3600].start_ms <= NOW - 400 * DAY
    assert old[RequestKind.UNDERLYING_CANDLES, 86_400].start_ms == START - 30 * DAY
    assert (RequestKind.UNDERLYING_CANDLES, 86_400) not in wanted(NOW - 250 * DAY)


def test_a_want_stays_the_same_all_day_long() -> None:
    first, second = (explain_needs(BTC3L, NOW - 10 * DAY, now_ms, pair="P") for now_ms in (NOW, NOW + 7 * HOUR))
    assert first == second


def test_funding_is_wanted_only_where_the_fee_does_not_cover_it() -> None:
    funding = (RequestKind.FUNDING_HISTORY, 0)
    assert funding in wanted(START)
    inside = BTC3L._replace(fees=(replace(FEES, funding_inside=True),))
    assert funding not in wanted(START, token=inside)
    changed = BTC3L._replace(fees=(FEES, replace(FEES, funding_inside=True, effective_from_ms=NOW - DAY)))
    assert funding in wanted(START, token=changed)
    assert funding in wanted(START, token=BTC3L._replace(fees=()))


def test_the_token_s_own_bars_begin_a_week_before_the_first_row_and_not_before_it_was_listed() -> None:
    own = (RequestKind.TOKEN_CANDLES, 3600)
    assert wanted(NOW - 20 * DAY)[own].start_ms == NOW - 27 * DAY
    assert wanted(NOW - 20 * DAY, token=BTC3L._replace(listed_ms=NOW - 21 * DAY))[own].start_ms == NOW - 21 * DAY
    assert own not in wanted(None)


def test_a_venue_that_serves_no_bars_needs_an_underlying_named() -> None:
    assert wanted(START, pair="") == {}
    elsewhere = wanted(START, pair="", underlying=("okx", "BTC-USDT-SWAP"))
    assert {want.key.venue for want in elsewhere.values()} == {"okx"}


def test_the_hours_around_deals_are_whole_past_and_newest_first() -> None:
    rows = [deal("buy", hours, "1", "1") for hours in (5.5, 5.9, 80.0, 4.999)]
    now_ms = START + 80 * HOUR + 1000
    found = deal_windows([*rows, deal("merge", 20, "10")], now_ms)
    assert found == tuple(Span(START + h * HOUR, START + (h + 1) * HOUR - 60_000) for h in (5, 4))
    assert deal_windows(rows, now_ms, most=1) == found[:1]


def test_a_quote_tells_of_one_rebalance_and_how_long_it_was_the_last() -> None:
    quote = TokenQuote(key=KEY, rebalance_ms=START, nav=Decimal(1), nav_ts_ms=START + HOUR, leverage_ts_ms=START + DAY)
    assert observed_in(quote) == (ObservedRebalance(ts_ms=START, until_ms=START + DAY),)
    estimated = replace(quote, nav_ts_ms=START + 9 * DAY, nav_source=NavSource.ESTIMATE)
    assert observed_in(estimated)[0].until_ms == START + DAY
    assert observed_in(replace(quote, nav_ts_ms=None, leverage_ts_ms=None))[0].until_ms == START
    assert observed_in(None) == observed_in(TokenQuote(key=KEY)) == ()


# -- fetching ----------------------------------------------------------------------------------------------------


@dataclass
class Clockwork:
    """A clock that moves at each look."""

    ms: int = NOW
    step_ms: int = 0

    def now_ms(self) -> int:
        self.ms += self.step_ms
        return self.ms


@dataclass
class Door:
    """Answers Gate's perpetual candles with a bar for every step of the stretch asked for."""

    asked: list[Span] = field(default_factory=list)
    fails: bool = False

    def send(self, request: Request) -> Reply:
        query = dict(request.query)
        first_s, last_s = int(query["from"]), int(query["to"])
        self.asked.append(Span(first_s * 1000, last_s * 1000))
        if self.fails:
            raise VenueUnreachable("No answer", venue="gate")
        step_s = {"1m": 60, "1h": 3600}[query["interval"]]
        bar = {"o": "1", "h": "1", "l": "1", "c": "1"}
        rows = [{"t": second, **bar} for second in range(first_s, last_s + 1, step_s)]
        return Reply(status=200, body=json.dumps(rows).encode(), received_ms=NOW)


def fetcher(door: Door, kept: list[Harvest], clock: Clockwork | None = None, **venues: Venue) -> Fetcher:
    return Fetcher(
        venues=venues or {"gate": Gate()},
        http=door,
        clock=clock or Clockwork(),
        keep=kept.append,
        until_ms=NOW + 10_000,
    )


def stretches(door: Door) -> list[int]:
    return [(span.last_ms - span.first_ms) // HOUR + 1 for span in door.asked]


class HoursOnly(Gate):
    """A venue without minutes."""

    candle_intervals_s: ClassVar[tuple[int, ...]] = (3600,)


def test_a_history_is_fetched_in_pieces_newest_first_and_what_is_there_is_not_asked_again() -> None:
    door, kept = Door(), list[Harvest]()
    want = HistoryWant(MARK, NOW - 100 * DAY)
    assert fetch_histories(fetcher(door, kept), [want], {}) == ()
    assert stretches(door) == [1000, 1000, 399]
    assert sum(len(harvest.candles) for harvest in kept) == 2399
    newest = door.asked[0].last_ms
    door.asked.clear()
    covered = {MARK: Span(NOW - 40 * DAY, newest)}
    fetch_histories(fetcher(door, kept), [want], covered)
    assert stretches(door) == [1000, 440]


def test_a_venue_that_does_not_answer_is_a_problem_and_is_not_asked_again() -> None:
    door, kept = Door(fails=True), list[Harvest]()
    other = HistoryWant(replace(MARK, instrument="ETH_USDT"), NOW - 10 * DAY)
    problems = fetch_histories(fetcher(door, kept), [HistoryWant(MARK, NOW - 10 * DAY), other], {})
    assert [problem.code for problem in problems] == ["venue_unreachable"]
    assert len(door.asked) == 1
    assert fetch_histories(fetcher(door, kept), [HistoryWant(replace(MARK, venue="okx"), NOW - DAY)], {}) == ()


def test_time_runs_out_and_it_is_said() -> None:
    door, kept = Door(), list[Harvest]()
    clock = Clockwork(step_ms=6_000)
    problems = fetch_histories(fetcher(door, kept, clock), [HistoryWant(MARK, NOW - 400 * DAY)], {})
    assert [problem.code for problem in problems] == ["history_unfinished"]
    assert len(door.asked) == 1
    (late,) = fetch_minutes(fetcher(door, kept, clock), "gate", "BTC_USDT", [Span(START, START + HOUR)])
    assert late.code == "history_unfinished"


def test_minutes_are_fetched_where_a_venue_has_them() -> None:
    door, kept = Door(), list[Harvest]()
    window = Span(START, START + HOUR - 60_000)
    assert fetch_minutes(fetcher(door, kept), "gate", "BTC_USDT", [window]) == ()
    assert len(kept[0].candles) == 60
    coarse = Door()
    assert fetch_minutes(fetcher(coarse, kept, gate=HoursOnly()), "gate", "BTC_USDT", [window]) == ()
    assert coarse.asked == []
    failing = Door(fails=True)
    assert [p.code for p in fetch_minutes(fetcher(failing, kept), "gate", "BTC_USDT", [window])] == [
        "venue_unreachable"
    ]
