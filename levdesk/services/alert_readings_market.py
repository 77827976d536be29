"""Readings of what the market still takes and still lists: spreads, thin books, listings and announcements."""

from __future__ import annotations

from typing import Final

from levdesk.domain.alerts import AlertKind
from levdesk.domain.instruments import TokenStatus
from levdesk.services.alert_figures import AnyGauge, Figure, Gauge, Values, unknown
from levdesk.services.alert_listing import STAGES, stage_of
from levdesk.services.alert_subjects import SOLD_WITHIN, TokenSubject
from levdesk.services.alert_words import price
from levdesk.services.explain_words import day, size_percent

_MOST_SHARE: Final = 1000.0
"""Of a book with no or hardly any bids."""
_STATUS_WORDS: Final = {
    TokenStatus.TRADING: "is traded as usual",
    TokenStatus.REDEEM_ONLY: "can only be redeemed now",
    TokenStatus.DELISTED: "is delisted",
    TokenStatus.SETTLED: "is settled",
}


# -- spread and depth --------------------------------------------------------------------------------------------


def _spread(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
    quote = subject.quote
    if quote is None or quote.bid is None or quote.ask is None:
        return unknown(f"Bid and ask of {subject.symbol} are not known.")
    bid, ask = float(quote.bid), float(quote.ask)
    return Figure(2.0 * (ask - bid) / (ask + bid), quote.price_ts_ms, parts=(bid, ask))


def _spread_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    bid, ask = (float(part or 0.0) for part in known.parts)
    apart = size_percent(known.value or 0.0, 2)
    text = f"{subject.symbol} is bid at {price(bid)} and offered at {price(ask)}, {apart} apart."
    return text, {"spread_ratio": known.value, "bid": bid, "ask": ask}


def _thin(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
    """The holding over what bids take; where deeper bids are not shown, over those that are."""
    book, worth = subject.order_book, subject.holding.market_value
    if book is None:
        return unknown(f"The order book of {subject.symbol} is not known.")
    if worth is None:
        return unknown(f"The price of {subject.symbol} is not known.")
    found = subject.takes()
    share = min(float(worth) / float(found.money), _MOST_SHARE) if found.money else _MOST_SHARE
    return Figure(share, book.ts_ms, parts=(float(found.money), len(book.bids), int(found.is_all)))


def _thin_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    money, count, is_all = (float(part or 0.0) for part in known.parts)
    share = known.value or 0.0
    values: Values = {"thin_ratio": share, "amount_bids_take": money}
    within = f"bids within {size_percent(float(SOLD_WITHIN), 0)}"
    if not money:
        return f"Nobody bids for {subject.symbol} now.", values
    if not is_all:
        within = f"the best {int(count)} bids"
    if share >= 2.0:
        return f"The {subject.symbol} held is {share:,.1f} times what {within} can take.", values
    return f"The {subject.symbol} held is {size_percent(share, 0)} of what {within} can take.", values


# -- listings ----------------------------------------------------------------------------------------------------


def _stage(subject: TokenSubject, _horizon_s: int, now_ms: int) -> Figure:
    return Figure(float(stage_of(subject.token, subject.mark, now_ms)), now_ms)


def _stage_words(subject: TokenSubject, known: Figure, now_ms: int) -> tuple[str, Values]:
    token, mark, venue = subject.token, subject.mark, subject.token.key.venue
    status = token.status if mark is None else max(token.status, mark.status, key=STAGES.index)
    values: Values = {"status": status.value}
    listing = None if mark is None else mark.listing
    if mark is None or not known.value or status is not TokenStatus.TRADING:
        return f"{subject.symbol} {_STATUS_WORDS[status]} at {venue}.", values
    if listing is not None and listing.ends_ms is not None:
        ends_ms, ended = listing.ends_ms, listing.ends_ms <= now_ms
        text = f"{venue} {'ended' if ended else 'ends'} trading of {subject.symbol} on {day(ends_ms, now_ms)}."
        return text, {**values, "ends_ms": ends_ms}
    if mark.is_gone:
        since = "" if mark.missing_ms is None else f" since {day(mark.missing_ms, now_ms)}"
        return f"{subject.symbol} is missing from the list of {venue}{since}.", {**values, "gone_ms": mark.missing_ms}
    can_sell = listing is not None and listing.can_sell
    told = "can only be sold, not bought, now" if can_sell else "is suspended: it cannot be sold now"
    return f"{subject.symbol} {told} at {venue}.", values


def _announced(subject: TokenSubject, _horizon_s: int, now_ms: int) -> Figure:
    news = () if subject.mark is None else subject.mark.news(now_ms)
    return Figure(float(len(news)), now_ms)


def _announced_words(subject: TokenSubject, known: Figure, now_ms: int) -> tuple[str, Values]:
    news = () if subject.mark is None else subject.mark.news(now_ms)
    if not news:
        return f"No announcement about the end of {subject.symbol} is known.", {"announcements": known.value}
    newest = news[0]
    text = f"{newest.venue} announced on {day(newest.ts_ms, now_ms)}: “{newest.title}”"
    values: Values = {"announcements": known.value, "title": newest.title, "announced_ms": newest.ts_ms}
    if not newest.url:
        return f"{text}.", values
    return f"{text} ({newest.url}).", {**values, "url": newest.url}


MARKET_GAUGES: Final[dict[tuple[AlertKind, str], AnyGauge]] = {
    (AlertKind.SPREAD, "ratio"): Gauge(_spread, _spread_words),
    (AlertKind.SPREAD, "thin"): Gauge(_thin, _thin_words),
    (AlertKind.LISTING, "stage"): Gauge(_stage, _stage_words),
    (AlertKind.LISTING, "announced"): Gauge(_announced, _announced_words),
}
