from __future__ import annotations

from decimal import Decimal

from levdesk.app.live_navs import LiveNavs
from levdesk.domain.instruments import LeveragedToken, RebalanceRule, TokenKey
from levdesk.domain.market import NavSource, TokenQuote

KEY = TokenKey("gate", "BTC3L")
RULE = RebalanceRule(target_leverage=Decimal(3), band_low=Decimal("2.25"), band_high=Decimal("4.125"))
TOKEN = LeveragedToken(key=KEY, underlying="BTC", target_leverage=Decimal(3), rules=(RULE,))
NOW_MS = 1_800_000_000_000
FIVE_MINUTES_MS = 300_000


def told(at_ms: int, nav: str, underlying: str, underlying_ms: int) -> TokenQuote:
    return TokenQuote(
        key=KEY,
        nav=Decimal(nav),
        nav_source=NavSource.VENUE,
        nav_ts_ms=at_ms,
        effective_leverage=Decimal(3),
        leverage_ts_ms=at_ms,
        underlying_price=Decimal(underlying),
        underlying_ts_ms=underlying_ms,
    )


def test_a_fresh_nav_of_the_venue_is_shown_as_it_is() -> None:
    quote = told(NOW_MS, "2.4", "100", NOW_MS)
    assert LiveNavs().estimated([TOKEN], {KEY: quote}, NOW_MS) == {KEY: quote}


def test_an_old_nav_follows_the_underlying_and_says_that_it_is_an_estimate() -> None:
    navs = LiveNavs()
    navs.estimated([TOKEN], {KEY: told(NOW_MS, "2.4", "100", NOW_MS)}, NOW_MS)
    later_ms = NOW_MS + FIVE_MINUTES_MS
    found = navs.estimated([TOKEN], {KEY: told(NOW_MS, "2.4", "102", later_ms)}, later_ms)[KEY]
    assert found.nav_source is NavSource.ESTIMATE
    assert found.nav_ts_ms == later_ms
    assert found.nav is not None
    assert abs(found.nav - Decimal("2.4") * Decimal("1.06")) < Decimal("1e-9")


def test_the_venue_s_next_figure_tells_how_far_off_the_estimate_was() -> None:
    navs = LiveNavs()
    navs.estimated([TOKEN], {KEY: told(NOW_MS, "2.4", "100", NOW_MS)}, NOW_MS)
    assert navs.gap_ratio(KEY) is None
    later_ms = NOW_MS + FIVE_MINUTES_MS
    fresh = told(later_ms, "2.54", "102", later_ms)
    assert navs.estimated([TOKEN], {KEY: fresh}, later_ms) == {KEY: fresh}
    gap = navs.gap_ratio(KEY)
    assert gap is not None
    assert abs(gap - (2.4 * 1.06 / 2.54 - 1)) < 1e-9


def test_without_any_basket_nothing_is_made_up() -> None:
    bare = TokenQuote(key=KEY, underlying_price=Decimal(100), underlying_ts_ms=NOW_MS)
    assert LiveNavs().estimated([TOKEN], {KEY: bare}, NOW_MS) == {KEY: bare}
    assert LiveNavs().estimated([TOKEN], {}, NOW_MS) == {}
