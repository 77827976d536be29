"""The portfolio view: figures of each holding, totals over what is known, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import Provenance, RebalanceRule, TokenKey, UnitMerge
from levdesk.domain.market import NavSource, QuoteSource, TokenQuote
from levdesk.domain.money import ZERO
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.transactions import CostMethod, TransactionDraft
from levdesk.services import day_change
from levdesk.services.books import Books
from levdesk.services.day_change import Opening
from levdesk.services.portfolio import Valuation, build_view
from levdesk.services.views import HoldingView, PortfolioView
from tests.domain.strategies import BTC3L, ETH3S, START_MS, buy, draft, figures, ledgers, prices, token
from tests.services.memory_writer import NOW_MS, books_of

MINUTE_MS = 60_000
SOL2L = TokenKey("gate", "SOL2L")


def quote(key: TokenKey = BTC3L, **parts: object) -> TokenQuote:
    figures = {name: Decimal(value) if type(value) is str else value for name, value in parts.items()}
    return TokenQuote(key=key, **figures)  # type: ignore[arg-type]


def view_of(books: Books, *quotes: TokenQuote, portfolio_id: int | None = None) -> PortfolioView:
    return build_view(books, {each.key: each for each in quotes}, NOW_MS, portfolio_id=portfolio_id)


def only(view: PortfolioView) -> HoldingView:
    (holding,) = view.holdings
    return holding


def codes(view: PortfolioView) -> list[str]:
    return [problem.code for problem in view.problems]


# -- one holding -----------------------------------------------------------------------------------------------------


def test_a_holding_shows_what_it_is_worth_and_where_each_figure_comes_from() -> None:
    rows = buy("100", "2.4614", fee="0.49228"), draft("sell", "40", "3", at=1, fee="0.24")
    given_quote = quote(
        last="3.1",
        bid="3.05",
        ask="3.08",
        price_ts_ms=7,
        nav="2.8",
        nav_source=NavSource.VENUE,
        nav_ts_ms=8,
        effective_leverage="2.95",
        leverage_ts_ms=9,
    )
    view = view_of(books_of(*rows), given_quote)
    holding = only(view)
    assert holding.quantity == 60
    assert holding.cost_basis == Decimal("147.979368")
    assert holding.average_cost == Decimal("2.4663228")
    assert (holding.market_price, holding.market_price_ts_ms) == (Decimal("3.08"), 7), "clamped into bid and ask"
    assert holding.market_price_source is QuoteSource.VENUE
    assert (holding.nav, holding.nav_source, holding.nav_ts_ms) == (Decimal("2.8"), NavSource.VENUE, 8)
    assert holding.premium_ratio == Decimal("0.1")
    assert (holding.effective_leverage, holding.leverage_ts_ms) == (Decimal("2.95"), 9)
    assert holding.market_value == Decimal("184.8")
    assert holding.unrealised_pnl == Decimal("36.820632")
    assert holding.realised_pnl == Decimal("21.107088")
    assert holding.fees_paid == Decimal("0.73228")
    assert (holding.first_bought_ms, holding.transaction_count) == (START_MS, 2)
    assert (view.complete, view.problems, view.currency, view.as_of_ms) == (True, (), "USDT", NOW_MS)


def test_without_a_quote_figures_are_unknown_and_not_zero() -> None:
    view = view_of(books_of(buy("10", "2")))
    holding = only(view)
    assert figures(holding, "market_price market_price_ts_ms market_price_source market_value") == [None] * 4
    assert figures(holding, "nav nav_source nav_ts_ms premium_ratio unrealised_pnl") == [None] * 5
    assert figures(holding, "effective_leverage leverage_ts_ms") == [None] * 2
    assert holding.cost_basis == 20
    assert not view.complete
    assert codes(view) == ["price_missing", "nav_missing"]


def test_a_missing_nav_is_said_but_takes_nothing_from_the_totals() -> None:
    view = view_of(books_of(buy("10", "2")), quote(last="3"))
    assert (view.complete, codes(view)) == (True, ["nav_missing"])
    assert view.totals.market_value == 30
    assert only(view).notices == view.problems


@pytest.mark.parametrize("reported", ["2.8", "-2.8"])
@pytest.mark.parametrize(("target", "sign"), [("3", 1), ("-3", -1)])
def test_effective_leverage_has_the_sign_of_the_token(reported: str, target: str, sign: int) -> None:
    books = books_of(buy("10", "2"), tokens=(token(target=target),))
    assert only(view_of(books, quote(effective_leverage=reported))).effective_leverage == sign * Decimal("2.8")


def test_the_band_is_that_of_the_rule_in_force() -> None:
    old = RebalanceRule(target_leverage=Decimal(3), band_high=Decimal(5))
    new = replace(old, effective_from_ms=NOW_MS, band_low=Decimal("2.25"), band_high=Decimal("4.125"))
    later = replace(old, effective_from_ms=NOW_MS + 1, provenance=Provenance.STATED)
    books = books_of(buy("10", "2"), tokens=(token()._replace(rules=(old, new, later)),))
    holding = only(view_of(books))
    assert (holding.band_low, holding.band_high, holding.rule_assumed) == (Decimal("2.25"), Decimal("4.125"), True)
    without_rules = only(view_of(books_of(buy("10", "2"))))
    assert (without_rules.band_low, without_rules.rule_assumed) == (None, False)
    stated = only(build_view(books, {}, NOW_MS + 1))
    assert (stated.band_high, stated.rule_assumed) == (Decimal(5), False)


def test_a_closed_holding_keeps_its_result_and_needs_no_price() -> None:
    view = view_of(books_of(buy("10.5", "2"), draft("sell", "10.5", "3", at=1, fee="0.5")))
    holding = only(view)
    assert (holding.quantity, holding.market_value, holding.unrealised_pnl) == (ZERO, ZERO, ZERO)
    assert (holding.cost_basis, holding.average_cost, holding.first_bought_ms) == (ZERO, None, None)
    assert figures(holding, "realised_pnl fees_paid") == [10, Decimal("0.5")]
    assert (view.complete, view.problems) == (True, ())


# -- what is wrong ---------------------------------------------------------------------------------------------------


def test_an_unknown_cost_is_unknown_in_the_holding_and_missing_in_the_totals() -> None:
    rows = draft("transfer_in", "10"), draft("buy", "1", "5", key=ETH3S)
    books = books_of(*rows, tokens=(token(), token(ETH3S, target="-3")))
    view = view_of(books, quote(last="3", nav="3"), quote(ETH3S, last="6", nav="6"))
    holding = view.holdings[0]
    assert (holding.cost_basis, holding.average_cost, holding.unrealised_pnl) == (None, None, None)
    assert holding.market_value == 30
    assert figures(view.totals, "market_value cost_basis unrealised_pnl") == [36, 5, 1]
    assert (view.complete, codes(view)) == (False, ["cost_unknown"])


def test_a_result_that_is_unknown_is_said_even_when_nothing_is_held() -> None:
    rows = draft("transfer_in", "10"), draft("sell", "10", "3", at=1, fee="1", fee_currency="USDT")
    view = view_of(books_of(*rows))
    assert (view.complete, codes(view)) == (False, ["result_unknown"])
    assert view.totals.fees_paid == 1


def test_a_fee_without_a_value_is_said() -> None:
    rows = buy("10", "2"), draft("transfer_in", "10", at=1, fee="1", fee_currency="BTC3L")
    view = view_of(books_of(*rows), quote(last="3", nav="3"))
    assert (view.complete, codes(view)) == (False, ["cost_unknown", "fee_unknown"])


def test_another_currency_is_left_out_of_the_totals() -> None:
    books = books_of(buy("10", "2", fee="1"), tokens=(token(quote_currency="USDC"),))
    view = view_of(books, quote(last="3", nav="3"))
    assert only(view).market_value == 30
    assert (view.totals.market_value, view.totals.cost_basis, view.totals.fees_paid) == (ZERO, ZERO, ZERO)
    assert (view.complete, codes(view)) == (False, ["currency_other"])


def test_a_stored_row_that_cannot_have_happened_comes_first() -> None:
    books = books_of(buy("10", "2"), draft("sell", "11", "3", at=1))
    view = view_of(books, quote(last="3"))
    assert codes(view) == ["row_impossible", "nav_missing"]
    assert (view.complete, view.problems[0].severity) == (False, Severity.ERROR)


def test_a_token_known_by_its_name_only_is_said_to_be_so() -> None:
    view = view_of(books_of(buy("10", "2"), tokens=()), quote(last="3", nav="3"))
    assert (view.complete, codes(view)) == (True, ["token_assumed"])
    assert view.problems[0].message == "BTC3L at gate is taken for 3× BTC by its name only."


MERGED = token()._replace(
    merges=(UnitMerge(day_ms=START_MS + 30 * 86_400_000, old_per_new=Decimal(100), source="Gate"),)
)
DAYS_30 = 30 * 24 * 60  # minutes


def test_a_merge_the_issuer_announced_and_nobody_recorded_is_said_and_changes_no_figure() -> None:
    view = view_of(books_of(buy("500", "2"), tokens=(MERGED,)), quote(last=Decimal(2), nav=Decimal(2)))
    (notice,) = [problem for problem in view.problems if problem.code == "merge_unrecorded"]
    assert "100 : 1" in notice.message
    assert only(view).quantity == 500
    assert view.complete


def test_a_merge_that_is_recorded_or_was_not_lived_through_is_not_mentioned() -> None:
    recorded = books_of(buy("500", "2"), draft("merge", "100", at=DAYS_30 + 600), tokens=(MERGED,))
    bought_later = books_of(buy("500", "2", at=2 * DAYS_30), tokens=(MERGED,))
    for books in (recorded, bought_later):
        assert "merge_unrecorded" not in codes(view_of(books, quote(last=Decimal(2), nav=Decimal(2))))


def test_problems_from_outside_come_before_those_of_holdings() -> None:
    outside = Problem(severity=Severity.WARNING, code="nav_rejected", message="A NAV was held back.")
    view = build_view(books_of(buy("10", "2")), {}, NOW_MS, problems=(outside,))
    assert codes(view) == ["nav_rejected", "price_missing", "nav_missing"]


# -- all holdings ----------------------------------------------------------------------------------------------------

MIXED = books_of(
    buy("10", "2"),
    draft("buy", "5", "4", key=ETH3S),
    draft("sell", "5", "6", key=ETH3S, at=1),
    draft("buy", "2", "1", key=SOL2L),
    tokens=(token(), token(ETH3S, target="-3"), token(SOL2L, target="2")),
    elsewhere=[buy("30", "1"), draft("buy", "4", "2", key=ETH3S)],
)


def test_open_holdings_come_first_each_part_by_venue_and_symbol() -> None:
    view = view_of(MIXED, portfolio_id=1)
    assert [row.token.key.symbol for row in view.holdings] == ["BTC3L", "SOL2L", "ETH3S"]
    assert [row.portfolio_id for row in view.holdings] == [1, 1, 1]


def test_all_portfolios_together_have_one_row_for_each_token() -> None:
    view = view_of(MIXED, quote(last="3"), quote(ETH3S, last="1"), quote(SOL2L, last="2"))
    assert [row.token.key.symbol for row in view.holdings] == ["BTC3L", "ETH3S", "SOL2L"]
    bitcoin, ether, _ = view.holdings
    assert (bitcoin.portfolio_id, bitcoin.quantity, bitcoin.cost_basis) == (None, Decimal(40), Decimal(50))
    assert bitcoin.average_cost == Decimal("1.25")
    assert (ether.quantity, ether.realised_pnl, ether.transaction_count) == (Decimal(4), Decimal(10), 3)
    assert view.totals.market_value == 120 + 4 + 4
    assert view.totals.realised_pnl == 10


def test_totals_are_over_what_is_known() -> None:
    view = view_of(MIXED, quote(last="3", effective_leverage="3.1"), quote(ETH3S, last="2"), portfolio_id=1)
    assert view.totals.market_value == 30
    assert view.totals.cost_basis == 22
    assert view.totals.unrealised_pnl == 10
    assert view.totals.realised_pnl == 10
    assert view.totals.net_exposure == 93
    assert not view.complete


def test_net_exposure_is_signed_and_unknown_when_no_leverage_is_known() -> None:
    quotes = quote(last="3", effective_leverage="3"), quote(ETH3S, last="10", effective_leverage="3")
    assert view_of(MIXED, *quotes).totals.net_exposure == 40 * 3 * 3 - 4 * 10 * 3
    assert view_of(MIXED, quote(last="3")).totals.net_exposure is None


def test_todays_change_counts_in_todays_units() -> None:
    books = books_of(buy("1000", "0.05"), draft("merge", "100", at=60))
    quotes = {BTC3L: quote(last="6")}
    opening = Opening(START_MS + 30 * MINUTE_MS, {BTC3L: Decimal("0.055")})
    valuation = Valuation(books, 1)
    assert only(valuation.view(quotes, NOW_MS, opening=opening)).change_today == 5
    after_merge = Opening(START_MS + 90 * MINUTE_MS, {BTC3L: Decimal("5.5")})
    view = valuation.view(quotes, NOW_MS, opening=after_merge)
    assert view.totals.change_today == only(view).change_today == 5
    assert only(valuation.view(quotes, NOW_MS)).change_today is None
    unknown = Opening(START_MS + 30 * MINUTE_MS, {})
    assert valuation.view(quotes, NOW_MS, opening=unknown).totals.change_today is None


def test_what_is_bought_and_sold_today_counts_from_what_was_paid() -> None:
    midnight = Opening(START_MS + 30 * MINUTE_MS, {BTC3L: Decimal(2)})
    kept = buy("10", "1.5")
    bought = draft("buy", "10", "4", at=60, fee="0.5")
    sold = draft("sell", "5", "6", at=90, fee="0.25")
    quotes = {BTC3L: quote(last="5")}
    only_bought = only(Valuation(books_of(bought), 1).view(quotes, NOW_MS, opening=midnight))
    assert only_bought.change_today == only_bought.unrealised_pnl == 10 * (5 - 4) - Decimal("0.5")
    both = only(Valuation(books_of(kept, bought), 1).view(quotes, NOW_MS, opening=midnight))
    assert both.change_today == 10 * (5 - 2) + 10 * (5 - 4) - Decimal("0.5")
    some_sold = only(Valuation(books_of(kept, bought, sold), None).view(quotes, NOW_MS, opening=midnight))
    assert some_sold.change_today == both.change_today + 5 * (6 - 5) - Decimal("0.25")
    carried = draft("transfer_in", "1", "4", at=95)
    assert only(Valuation(books_of(kept, carried), 1).view(quotes, NOW_MS, opening=midnight)).change_today is None


def test_a_token_with_very_many_rows_and_some_of_today_knows_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(day_change, "MOST_REPLAYED", 1)
    rows, quotes = (buy("10", "1.5"), draft("buy", "10", "4", at=60)), {BTC3L: quote(last="5")}
    valuation = Valuation(books_of(*rows), 1)
    today = Opening(START_MS + 30 * MINUTE_MS, {BTC3L: Decimal(2)})
    assert only(valuation.view(quotes, NOW_MS, opening=today)).change_today is None
    tomorrow = Opening(START_MS + 90 * MINUTE_MS, {BTC3L: Decimal(2)})
    assert only(valuation.view(quotes, NOW_MS, opening=tomorrow)).change_today == 20 * (5 - 2)


def test_nothing_held_is_an_empty_and_complete_view() -> None:
    view = view_of(books_of())
    assert (view.holdings, view.complete, view.totals.market_value) == ((), True, ZERO)


# -- following the market --------------------------------------------------------------------------------------------


@given(st.lists(prices, min_size=3, max_size=3), st.sets(st.sampled_from([BTC3L, ETH3S, SOL2L])))
def test_an_update_is_the_view_made_anew(new_prices: list[Decimal], changed: set[TokenKey]) -> None:
    before = {key: quote(key, last="2", nav="2", effective_leverage="2") for key in (BTC3L, ETH3S, SOL2L)}
    fresh = dict(zip(before, new_prices, strict=True))
    after = {key: replace(old, last=fresh[key]) if key in changed else old for key, old in before.items()}
    valuation = Valuation(MIXED, 1)
    opening = Opening(0, {BTC3L: Decimal(1)})
    view = valuation.view(before, NOW_MS, opening=opening)
    updated = valuation.update(view, after, changed, NOW_MS + 5, opening=opening)
    assert updated == valuation.view(after, NOW_MS + 5, opening=opening)
    for old, new in zip(view.holdings, updated.holdings, strict=True):
        assert (old is new) is (old.token.key not in changed), "what did not change is the very same value"


BEATS = st.lists(
    st.tuples(st.sampled_from([BTC3L, ETH3S, SOL2L]), st.none() | prices, st.none() | prices, st.booleans()),
    max_size=12,
)


@given(BEATS)
def test_sums_that_follow_many_changes_are_those_made_anew(
    beats: list[tuple[TokenKey, Decimal | None, Decimal | None, bool]],
) -> None:
    valuation, opening = Valuation(MIXED, 1), Opening(0, {BTC3L: Decimal(1), ETH3S: Decimal("2.5")})
    quotes: dict[TokenKey, TokenQuote] = {}
    view = older = valuation.view(quotes, NOW_MS, opening=opening)
    for key, last, leverage, goes_back in beats:
        quotes[key] = replace(quote(key), last=last, effective_leverage=leverage)
        if goes_back:  # a view that is not the last one is as good a beginning, with all that is different since
            view = valuation.update(older, quotes, quotes, NOW_MS, opening=opening)
        else:
            view = valuation.update(view, quotes, [key], NOW_MS, opening=opening)
        assert view == Valuation(MIXED, 1).view(quotes, NOW_MS, opening=opening)


def test_quotes_of_tokens_that_are_not_held_change_nothing() -> None:
    valuation = Valuation(MIXED, 1)
    view = valuation.view({}, NOW_MS)
    stranger = TokenKey("gate", "XRP5L")
    assert valuation.update(view, {stranger: quote(stranger, last="1")}, [stranger], NOW_MS) == view


@given(ledgers(), st.sampled_from(list(CostMethod)), prices)
def test_what_went_in_and_came_out_explains_the_whole_result(
    rows: tuple[TransactionDraft, ...], method: CostMethod, price: Decimal
) -> None:
    books = books_of(*rows, method=method)
    view = view_of(books, quote(last=str(price), nav="1"))
    totals, position = view.totals, books.position(BTC3L, 1)
    assert totals.unrealised_pnl + totals.realised_pnl == totals.market_value + position.money_out - position.money_in
