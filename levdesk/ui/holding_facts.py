"""The figures of one holding as facts: value, formula, source and age of each, in the order a holder asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from levdesk.domain.sources import NavSource, QuoteSource
from levdesk.ui import format as fmt
from levdesk.ui.facts import Fact
from levdesk.ui.labels import sign_kind
from levdesk.ui.models.titles import gap_words, underlying_words, venue_title

if TYPE_CHECKING:
    from levdesk.domain.market import TokenQuote
    from levdesk.services.views import HoldingView
    from levdesk.ui.format import Figures

_NAV_SOURCES = {NavSource.VENUE: "", NavSource.ESTIMATE: "est.", NavSource.MANUAL: "by hand"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What stands behind a holding's figures.

    Attributes:
        quote: last known figures, None when there are none.
        gap_ratio: how far the NAV estimate was from the venue's last figure, None when never compared.
    """

    quote: TokenQuote | None = None
    gap_ratio: float | None = None


NOTHING_BEHIND: Final = Behind()


def holding_facts(
    holding: HoldingView, write: Figures, now_ms: int, behind: Behind = NOTHING_BEHIND
) -> tuple[Fact, ...]:
    """All facts of a holding, market first, then the person's own."""
    return (*_market_facts(holding, write, now_ms, behind), *_own_facts(holding, write))


def _market_facts(holding: HoldingView, write: Figures, now_ms: int, behind: Behind) -> tuple[Fact, ...]:
    token = holding.token
    venue = venue_title(token.key.venue)
    price_from = "set by hand" if holding.market_price_source is QuoteSource.MANUAL else f"from {venue}"
    nav_mark = "" if holding.nav_source is None else _NAV_SOURCES[holding.nav_source]
    nav_from = {"": f"stated by {venue}", "est.": "estimated between the venue's updates", "by hand": "set by hand"}
    is_estimate = holding.nav_source is NavSource.ESTIMATE
    gap = behind.gap_ratio if is_estimate else None
    error = gap_words(gap, write)
    source = underlying_words(token, behind.quote, now_ms, write) if is_estimate else ""
    price_age = fmt.age(holding.market_price_ts_ms, now_ms)
    nav_age = fmt.age(holding.nav_ts_ms, now_ms)
    return (
        Fact(
            name="Market price",
            figure=write.price(holding.market_price),
            remark=price_age,
            tooltip=_tip(
                f"{write.exact(holding.market_price)} {token.quote_currency} per unit, {price_from}: last trade, kept "
                "inside bid and ask.",
                holding.market_price_ts_ms,
                now_ms,
            ),
        ),
        Fact(
            name="NAV",
            figure=write.price(holding.nav),
            remark=f"{nav_mark} {nav_age}".strip() if gap is None else f"est., was {write.ratio(abs(gap))} off",
            tooltip=_tip(
                f"{write.exact(holding.nav)} {token.quote_currency} per unit, {nav_from[nav_mark]}"
                + (f", from {source}." if source else ".")
                + (f"\nThe estimate {error}." if error else ""),
                holding.nav_ts_ms,
                now_ms,
            ),
        ),
        Fact(
            name="Premium",
            figure=write.percent(holding.premium_ratio, signed=True),
            remark="over NAV" if holding.premium_ratio is not None and holding.premium_ratio > 0 else "",
            tooltip=_tip("Market price / NAV − 1.", holding.nav_ts_ms, now_ms),
        ),
        Fact(
            name="Effective leverage",
            figure=write.leverage(holding.effective_leverage),
            remark=_band(holding, write),
            tooltip=_tip(
                f"Target {write.multiple(token.target_leverage)}, as stated by {venue}. {_band_words(holding, write)}",
                holding.leverage_ts_ms,
                now_ms,
            ),
        ),
    )


def _own_facts(holding: HoldingView, write: Figures) -> tuple[Fact, ...]:
    currency = holding.token.quote_currency
    value_tip = f"Units × market price, in {currency}. Price of {fmt.moment_with_zone(holding.market_price_ts_ms)}."
    book_tip = f"From your {holding.transaction_count} transactions, in {currency}."
    cost_tip = f"{book_tip} Fees of purchases are part of cost."
    unrealised = holding.unrealised_pnl
    return (
        Fact(
            name="Units",
            figure=write.quantity(holding.quantity),
            tooltip=f"Units of {holding.token.key.symbol} held. {book_tip}",
        ),
        Fact(
            name="Average cost",
            figure=write.price(holding.average_cost),
            remark="per unit",
            tooltip=f"Cost basis / units. {cost_tip}",
        ),
        Fact(name="Cost basis", figure=write.money(holding.cost_basis), remark=currency, tooltip=cost_tip),
        Fact(name="Value", figure=write.money(holding.market_value), remark=currency, tooltip=value_tip),
        Fact(
            name="Unrealised",
            figure=write.money(unrealised, signed=True),
            remark=_share(holding, write),
            kind=sign_kind(unrealised),
            tooltip=f"Value − cost basis, in {currency}. Price of {fmt.moment_with_zone(holding.market_price_ts_ms)}.",
        ),
        Fact(
            name="Realised",
            figure=write.money(holding.realised_pnl, signed=True),
            remark=currency,
            kind=sign_kind(holding.realised_pnl),
            tooltip=f"Proceeds less fees and the cost of what left. {book_tip}",
        ),
        Fact(
            name="Fees paid",
            figure=write.money(holding.fees_paid),
            remark=currency,
            tooltip=f"Trading fees; those paid in the token at that trade's price. {book_tip}",
        ),
    )


def _tip(text: str, ts_ms: int | None, now_ms: int) -> str:
    when = "Not known yet." if ts_ms is None else f"{fmt.moment_with_zone(ts_ms)}, {fmt.age(ts_ms, now_ms)}."
    return f"{text}\n{when}"


def _share(holding: HoldingView, write: Figures) -> str:
    ratio = holding.unrealised_ratio
    return "" if ratio is None else write.percent(ratio, signed=True)


def _band(holding: HoldingView, write: Figures) -> str:
    if holding.band_low is None or holding.band_high is None:
        return "band unknown"
    text = f"band {write.exact(holding.band_low)}–{write.exact(holding.band_high)}"
    return f"{text} assumed" if holding.rule_assumed else text


def _band_words(holding: HoldingView, write: Figures) -> str:
    if holding.band_low is None or holding.band_high is None:
        return "The band of its rule is not known."
    sure = "This rule is assumed, not confirmed for today." if holding.rule_assumed else "This rule is confirmed."
    low, high = write.exact(holding.band_low), write.exact(holding.band_high)
    return f"It rebalances outside {low} to {high} times. {sure}"
