"""Where the money went: parts that add up to the result to the last digit, whatever is known and whatever was done."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from levdesk.domain.instruments import LeveragedToken, Provenance, TokenKey
from levdesk.domain.ledger import replay
from levdesk.domain.market import Candle, TokenQuote
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import CostMethod, TransactionDraft
from levdesk.services.explain import explain, explain_holding, explain_lots
from levdesk.services.explain_input import CandleSeries, ExplainInput, PortfolioRows
from levdesk.services.explain_sums import explain_portfolio, sum_attributions
from levdesk.services.explained_split import AttributionView, Term
from tests.domain.strategies import START_MS as LEDGER_START_MS
from tests.domain.strategies import amounts, ledgers, methods
from tests.services.explaining import (
    BAND,
    DAILY,
    DAY,
    FEES,
    GATE,
    HOUR,
    KEY,
    START,
    World,
    bars,
    deal,
    token,
    world,
    world_of,
)


def attribution(given: ExplainInput) -> AttributionView:
    found = explain(given, outlook=False).view.attribution
    assert found is not None
    return found


def parts_of(view: AttributionView) -> dict[str, float]:
    return {part.term.value: float(part.money) for part in view.terms}


def assert_whole(view: AttributionView) -> None:
    """What holds of every split."""
    assert [part.term for part in view.terms] == list(Term)
    assert sum((part.money for part in view.terms), ZERO) == view.total == view.worth - view.paid
    assert all(part.money.is_finite() for part in view.terms)
    if view.total_ratio is not None:
        assert sum(part.ratio or 0.0 for part in view.terms) == pytest.approx(view.total_ratio, rel=1e-9, abs=1e-9)


def at_nav(made: World, kind: str, hour: int, units: str, **more: Any) -> TransactionDraft:
    return deal(kind, hour, units, made.nav(hour), **more)


# -- a token that follows the model ------------------------------------------------------------------------------


@given(
    rule=st.sampled_from([DAILY, BAND, GATE]),
    seed=st.integers(0, 200),
    hours=st.lists(st.integers(0, 239), min_size=1, max_size=4, unique=True),
    method=st.sampled_from(list(CostMethod)),
)
@settings(max_examples=20)
def test_a_token_that_keeps_to_its_rule_leaves_nothing_unexplained(
    rule: Any, seed: int, hours: list[int], method: CostMethod
) -> None:
    """Bought and sold at NAV on the hour; the price goes straight between marks, so only triggers fall elsewhere."""
    made = world(token(rule), seed=seed, volatility=0.003)
    rows = [at_nav(made, "subscribe", hour, "100") for hour in sorted(hours)]
    rows.append(at_nav(made, "redeem", 239, "50"))
    view = attribution(made.given(*rows, method=method))
    assert_whole(view)
    quiet = rule is DAILY
    assert abs(float(view.money(Term.RESIDUAL))) < (1e-5 if quiet else 0.02) * float(view.put_in)
    assert view.money(Term.TRADING_FEES) == 0
    assert view.money(Term.PREMIUM_CHANGE) == pytest.approx(0, abs=1e-6)
    # Taken at 16 UTC each day, last at hour 232.
    assert (view.money(Term.MANAGEMENT_FEE) < 0) is (min(hours) < 232)


def test_the_parts_of_one_lot_are_the_identity_s_terms_times_the_logarithmic_mean() -> None:
    made = world(token(DAILY))
    view = attribution(made.given(at_nav(made, "subscribe", 0, "1000")))
    start, end = 1000 * made.navs[0], 1000 * made.navs[-1]
    mean = (end - start) / math.log(end / start)
    move = 3 * math.log(made.prices[-1] / made.prices[0])
    assert float(view.money(Term.LEVERAGED_MOVE)) == pytest.approx(mean * move, rel=1e-7)
    assert float(view.money(Term.MANAGEMENT_FEE)) == pytest.approx(mean * 10 * math.log(0.999), rel=1e-3)
    assert view.underlying_ratio == pytest.approx(made.prices[-1] / made.prices[0] - 1)
    assert view.plain_ratio == pytest.approx(3 * (made.prices[-1] / made.prices[0] - 1))
    assert view.rebalances == 10
    assert view.compounding is not None
    assert view.decay is not None
    assert view.reset_helped_ratio == pytest.approx(math.expm1(view.compounding + view.decay))
    assert (view.since_ms, view.assumed) == (START, False)


def test_premium_and_dealing_fees_are_parts_of_their_own() -> None:
    made = world(token(DAILY))
    dear = made.nav(10) * Decimal("1.02")
    navs = [(START + 10 * HOUR - 60_000, made.navs[10])]
    given = made.given(
        deal("buy", 10, "1000", dear, fee="3"),
        deal("sell", 100, "400", made.nav(100) * Decimal("1.01"), fee="0.002", fee_currency="BTC3L"),
        nav_history=[*navs, (START + 100 * HOUR, made.navs[100])],
        quote=made.quote(premium="-0.005"),
    )
    view = attribution(given)
    assert_whole(view)
    assert view.money(Term.TRADING_FEES) == -(3 + Decimal("0.002") * made.nav(100) * Decimal("1.01"))
    sold = 400 * made.navs[100] * math.log(1.01 / 1.02)
    kept = 600 * made.navs[-1] * math.log(0.995 / 1.02)
    assert float(view.money(Term.PREMIUM_CHANGE)) == pytest.approx(sold + kept, rel=0.06)
    assert abs(float(view.money(Term.RESIDUAL))) < 1e-3 * float(view.put_in)


def test_a_premium_known_at_one_end_only_stays_unexplained() -> None:
    made = world(token(DAILY))
    view = attribution(made.given(deal("buy", 10, "1000", made.nav(10) * Decimal("1.02"))))
    assert view.money(Term.PREMIUM_CHANGE) == 0
    assert float(view.money(Term.RESIDUAL)) == pytest.approx(-1000 * made.navs[-1] * math.log(1.02), rel=0.05)


def test_a_nav_from_before_a_merge_tells_nothing_of_a_deal_after_it() -> None:
    made = world(token(DAILY))
    rows = (
        deal("buy", 5, "1000", made.nav(5)),
        deal("merge", 10, "10"),
        deal("buy", 10.05, "10", made.nav(10) * 10),
    )
    near = [(START + 10 * HOUR - 60_000, made.navs[10])]
    view = attribution(
        made.given(*rows, nav_history=near, quote=replace(made.quote(), last=made.nav(-1) * 10, bid=None))
    )
    assert_whole(view)
    assert view.money(Term.PREMIUM_CHANGE) == 0


def test_a_merge_is_nobody_s_result() -> None:
    made = world(token(DAILY))
    bought = at_nav(made, "subscribe", 20, "1000")
    plain = attribution(made.given(bought))
    quote = made.quote()
    tenfold = {name: getattr(quote, name) * 10 for name in ("last", "bid", "ask", "nav") if getattr(quote, name)}
    merged = attribution(made.given(bought, deal("merge", 90, "10"), quote=replace(quote, **tenfold)))
    assert parts_of(merged) == pytest.approx(parts_of(plain), abs=1e-6)
    assert merged.total == plain.total


def test_units_brought_along_carry_what_they_made_elsewhere_apart() -> None:
    made = world(token(DAILY))
    moved = deal("transfer_in", 50, "1000", made.nav(50) * Decimal("0.8"))
    view = attribution(made.given(moved, token_candles=(made.traded(),)))
    assert_whole(view)
    brought = float(1000 * made.nav(50) * Decimal("0.2"))
    assert float(view.money(Term.RESIDUAL)) == pytest.approx(brought, rel=1e-4)
    here = attribution(made.given(at_nav(made, "subscribe", 50, "1000")))
    assert float(view.money(Term.LEVERAGED_MOVE)) == pytest.approx(float(here.money(Term.LEVERAGED_MOVE)), rel=1e-6)
    assert "was there before you brought units here" in view.sentence
    unpriced = attribution(made.given(moved))
    assert unpriced.total == view.total


def test_a_settlement_at_nothing_is_lost_to_the_move_and_never_an_error() -> None:
    made = world_of(token(DAILY), [100.0] * 20 + [99, 98, 60, 50, 50])
    view = attribution(made.given(at_nav(made, "subscribe", 0, "100"), deal("settle", 23.5, None, "0"), quote=None))
    assert_whole(view)
    assert view.total == -view.put_in
    assert view.worth == 0
    assert "brought a loss" in view.sentence


# -- any ledger ---------------------------------------------------------------------------------------------------


@given(rows=ledgers(), method=methods, price=amounts("0.000000000001", "1000", places=12), seed=st.integers(0, 20))
@settings(max_examples=40)
def test_any_possible_rows_are_split_to_the_last_digit(
    rows: tuple[TransactionDraft, ...], method: CostMethod, price: Decimal, seed: int
) -> None:
    assume(rows)
    made = shifted(world(token(GATE), hours=120, seed=seed), rows)
    quote = TokenQuote(key=KEY, last=price, price_ts_ms=made.now_ms)
    view = attribution(
        replace(made.given(), rows=(PortfolioRows(method=method, drafts=rows),), quote=quote, now_ms=made.now_ms)
    )
    position = replay(rows, method).position()
    assert position.cost_basis is not None
    assert view.total == position.realised_pnl + position.quantity * price - position.cost_basis
    assert_whole(view)


def shifted(made: World, rows: tuple[TransactionDraft, ...]) -> World:
    """The world moved in time so that it covers the rows."""
    offset = LEDGER_START_MS - START - HOUR
    late = max(made.now_ms + offset, rows[-1].time_ms + HOUR)
    ts_ms = made.ts_ms + offset
    ts_ms[-1] = late
    return replace(made, ts_ms=ts_ms)


@given(rows=ledgers(unknown_costs=True), method=methods)
@settings(max_examples=30)
def test_an_unknown_cost_leaves_the_result_unknown_or_counts_only_what_is_known(
    rows: tuple[TransactionDraft, ...], method: CostMethod
) -> None:
    assume(rows)
    made = shifted(world(token(DAILY), hours=120), rows)
    quote = TokenQuote(key=KEY, last=Decimal(2), price_ts_ms=made.now_ms)
    given = replace(made.given(), rows=(PortfolioRows(method=method, drafts=rows),), quote=quote, now_ms=made.now_ms)
    found = explain(given, outlook=False).view
    position = replay(rows, method).position()
    if position.cost_basis is None:
        assert found.attribution is None
        assert any("cost of BTC3L is not known" in problem for problem in found.problems)
    else:
        assert found.attribution is not None
        total = position.realised_pnl + position.quantity * 2 - position.cost_basis
        assert sum((part.money for part in found.attribution.terms), ZERO) == total


# -- lots and sums -----------------------------------------------------------------------------------------------


def test_lots_add_up_to_the_holding_and_holdings_to_the_portfolio() -> None:
    made = world(token(DAILY))
    rows = (
        at_nav(made, "buy", 10, "100", fee="1"),
        at_nav(made, "buy", 60, "300", fee="2"),
        at_nav(made, "sell", 120, "150", fee="1.5"),
    )
    found = explain(made.given(*rows), outlook=False)
    lots = found.lots()
    assert [(lot.acquired_ms - START) // HOUR for lot in lots] == [10, 60, 60]
    assert [lot.ended_ms for lot in lots] == [START + 120 * HOUR, START + 120 * HOUR, None]
    assert [float(lot.units) for lot in lots] == [100, 50, 250]
    view = found.view.attribution
    assert view is not None
    for place, part in enumerate(view.terms):
        assert sum((lot.terms[place].money for lot in lots), ZERO) == part.money
    assert lots[0].rebalances < lots[2].rebalances
    assert explain_lots(made.given(*rows)) == lots
    assert explain_lots(made.given()) == ()


def test_a_portfolio_is_the_sum_of_what_can_be_told() -> None:
    made = world(token(DAILY))
    held = explain(made.given(at_nav(made, "buy", 10, "100", fee="1")), outlook=False)
    more = explain(made.given(at_nav(made, "buy", 50, "10", fee="2")), outlook=False)
    other = replace(
        more, token=more.token._replace(underlying="ETH"), view=replace(more.view, key=TokenKey(KEY.venue, "ETH3L"))
    )
    unknown = explain(made.given(at_nav(made, "buy", 50, "10"), underlying=()), outlook=False)
    foreign = replace(held, token=held.token._replace(quote_currency="EUR"))
    found = explain_portfolio([held, other, unknown, foreign], 1, made.now_ms)
    assert (found.explained, found.held) == (2, 4)
    views = [one.view.attribution for one in (held, other)]
    assert all(view is not None for view in views)
    assert found.attribution is not None
    assert_whole(found.attribution)
    known = [view for view in views if view is not None]
    assert found.attribution.total == known[0].total + known[1].total
    assert found.decay == known[0].money(Term.VOLATILITY_DECAY) + known[1].money(Term.VOLATILITY_DECAY)
    assert [name for name, _ in found.underlyings] == ["BTC", "ETH"]
    assert sum((view.total for _, view in found.underlyings), ZERO) == found.attribution.total
    assert found.fees_and_funding is not None
    assert found.fees_and_funding > 3
    assert found.attribution.sentence.startswith("Your holdings are ")
    assert found.performance is not None


def test_an_empty_portfolio_has_no_sums() -> None:
    found = explain_portfolio([], None, START)
    assert (found.attribution, found.decay, found.cost_per_day, found.performance) == (None, None, None, None)
    assert sum_attributions([]) is None


def test_several_portfolios_of_one_token_are_explained_together() -> None:
    made = world(token(DAILY))
    one, two = at_nav(made, "buy", 10, "100"), at_nav(made, "buy", 30, "50")
    rows = (PortfolioRows(method=CostMethod.FIFO, drafts=[one]), PortfolioRows(method=CostMethod.AVERAGE, drafts=[two]))
    together = attribution(replace(made.given(), rows=rows))
    apart = [attribution(made.given(row)) for row in (one, two)]
    assert together.total == apart[0].total + apart[1].total
    assert together.since_ms == START + 10 * HOUR


# -- what is missing -----------------------------------------------------------------------------------------------


def test_without_any_history_nothing_is_claimed_and_it_is_said() -> None:
    made = world(token(DAILY))
    found = explain_holding(made.given(at_nav(made, "buy", 10, "100"), underlying=()))
    assert (found.attribution, found.outlook, found.market) == (None, None, None)
    assert found.rebalance is not None
    assert found.costs is not None
    assert found.costs.paid is None
    assert any("no price history of BTC" in problem for problem in found.problems)


def test_a_history_that_begins_late_explains_what_it_can() -> None:
    made = world(token(DAILY))
    late = made.given(at_nav(made, "subscribe", 10, "1000"), underlying=(made.marks(100),))
    found = explain_holding(late)
    view = attribution(late)
    assert_whole(view)
    assert view.money(Term.RESIDUAL) != 0
    assert view.money(Term.VOLATILITY_DECAY) < 0
    assert (view.underlying_ratio, view.plain_ratio, view.compounding) == (None, None, None)
    assert any("for 4 days" in problem and "unexplained" in problem for problem in found.problems)


def test_without_a_price_or_rows_there_is_nothing_to_split() -> None:
    made = world(token(DAILY))
    unpriced = explain_holding(made.given(at_nav(made, "buy", 10, "100"), quote=None))
    assert unpriced.attribution is None
    assert any("price of BTC3L is not known" in problem for problem in unpriced.problems)
    assert explain_holding(made.given()).attribution is None
    # What is sold needs no price of today.
    closed = made.given(at_nav(made, "buy", 10, "100"), at_nav(made, "sell", 50, "100"), quote=None)
    assert_whole(attribution(closed))
    assert explain_holding(closed).rebalance is None
    assert explain_holding(closed).outlook is None


def test_a_token_without_a_usable_target_is_not_explained() -> None:
    made = world(token(DAILY))
    odd = made.token._replace(target_leverage=Decimal(0))
    found = explain(replace(made.given(at_nav(made, "buy", 10, "100")), token=odd))
    assert found.view.attribution is None
    assert found.view.problems
    assert found.lots() == ()


@pytest.mark.parametrize("rules", [(), (replace(BAND, band_low=Decimal(9)),)])
def test_a_token_without_a_usable_rule_is_explained_under_an_assumption(rules: tuple[Any, ...]) -> None:
    made = world(token(DAILY))
    unruled: LeveragedToken = made.token._replace(rules=rules)
    found = explain_holding(replace(made.given(at_nav(made, "buy", 10, "100")), token=unruled))
    assert found.attribution is not None
    assert found.attribution.assumed
    assert any("No usable rebalance rule" in problem for problem in found.problems)


def test_bad_bars_never_raise_and_never_show() -> None:
    made = world(token(DAILY))
    spoilt = [
        replace(bar, high=math.nan) if place % 7 == 0 else replace(bar, low=-1.0) if place % 11 == 0 else bar
        for place, bar in enumerate(made.marks().candles)
    ]
    spoilt.append(Candle(START - DAY, math.inf, 1, 1, 1, math.nan))
    view = attribution(
        made.given(at_nav(made, "buy", 10, "100"), underlying=(CandleSeries(interval_s=3600, candles=spoilt[::-1]),))
    )
    assert_whole(view)
    assert abs(float(view.money(Term.RESIDUAL))) < 0.05 * float(view.put_in)


def test_a_rule_too_narrow_to_follow_is_said_and_nothing_raised() -> None:
    narrow = replace(BAND, band_low=Decimal("2.99999"), band_high=Decimal("3.00001"))
    made = world(token(DAILY))
    found = explain_holding(replace(made.given(at_nav(made, "buy", 10, "100")), token=token(narrow)))
    assert found.attribution is None
    assert any("cannot be rebuilt" in problem for problem in found.problems)


def test_an_assumed_rule_or_fee_marks_the_split() -> None:
    made = world(token(DAILY))
    assumed = token(DAILY, fees=(replace(FEES, provenance=Provenance.ASSUMED),))
    bought = at_nav(made, "buy", 10, "100")
    assert attribution(replace(made.given(bought), token=assumed)).assumed
    assert not attribution(made.given(bought)).assumed


# -- the sentence --------------------------------------------------------------------------------------------------


def test_the_sentence_is_made_of_the_figures() -> None:
    made = world(token(DAILY), seed=5)
    view = attribution(made.given(at_nav(made, "buy", 0, "1000", fee="12.5")))
    text = view.sentence
    assert text.startswith("Your BTC3L is ")
    assert f"{abs(view.total):,.2f} USDT {'above' if view.total > 0 else 'below'} what you paid since 1 January" in text
    assert f"{abs(view.money(Term.LEVERAGED_MOVE)):,.2f}" in text
    assert f"{abs(view.money(Term.VOLATILITY_DECAY)):,.2f}" in text
    costs = sum(
        (view.money(t) for t in (Term.FUNDING, Term.MANAGEMENT_FEE, Term.REBALANCE_COST, Term.TRADING_FEES)), ZERO
    )
    assert f"{abs(costs):,.2f}" in text
    assert text.endswith(".")
    assert "!" not in text
    assert "-" not in text.replace("−", "")


def test_a_liquidated_multiple_is_not_compared_with() -> None:
    made = world_of(token(DAILY), [100.0] * 10 + [100 - 0.3 * n for n in range(120)])
    view = attribution(made.given(at_nav(made, "buy", 1, "1000")))
    assert view.underlying_ratio is not None
    assert view.underlying_ratio < -1 / 3
    assert (view.plain_ratio, view.compounding, view.reset_helped_ratio) == (None, None, None)
    assert_whole(view)


def test_bars_of_the_token_find_the_premium_of_nothing() -> None:
    """A price bar is no NAV: it must not be taken for one."""
    made = world(token(DAILY))
    dear = CandleSeries(interval_s=3600, candles=bars(made.ts_ms, [nav * 1.5 for nav in made.navs]))
    bought = deal("buy", 10, "1000", made.nav(10) * Decimal("1.5"))
    view = attribution(made.given(bought, token_candles=(dear,)))
    assert view.money(Term.PREMIUM_CHANGE) == 0
