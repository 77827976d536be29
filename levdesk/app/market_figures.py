"""The last good figures of everything: checked as they come, put together, estimated where a venue tells none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from levdesk.app.live_navs import LiveNavs
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.services.clock_skew import ClockSkew
from levdesk.services.quote_book import QuoteBook
from levdesk.services.quote_checks import QuoteChecks, corrected
from levdesk.services.sources import FRESH_MS, choose_source
from levdesk.services.stream_mail import StreamMail, VenueTime
from levdesk.services.underlying_book import Perpetual, UnderlyingBook, underlying_part


class MarketFigures:
    """Takes what polls and streams bring; owned by one thread, without a clock of its own.

    Attributes:
        quotes: last known figures by token, with estimates; changed in place.
        skew: how far the clocks are apart.
        underlyings: of every perpetual that was heard of.
        checks: what is held back.
    """

    def __init__(self, stored: Iterable[TokenQuote]) -> None:
        """Begin with what was known last time."""
        self._book = QuoteBook(stored)
        self.quotes: dict[TokenKey, TokenQuote] = self._book.quotes()
        self.navs = LiveNavs()
        self.skew = ClockSkew()
        self.checks = QuoteChecks()
        self.underlyings = UnderlyingBook()
        self._fresh_ms = FRESH_MS
        self._tokens: dict[TokenKey, LeveragedToken] = {}
        self._stand_ins: dict[TokenKey, tuple[Perpetual, ...]] = {}
        self._told_by: dict[Perpetual, list[LeveragedToken]] = {}
        self._rejected: dict[str, tuple[Problem, ...]] = {}

    def watch(
        self,
        tokens: Iterable[LeveragedToken],
        stand_ins: Callable[[LeveragedToken], Sequence[Perpetual]],
        *,
        now_ms: int,
        fresh_ms: int = FRESH_MS,
    ) -> None:
        """Follow these tokens' underlyings, and estimate their NAV, from now on.

        Args:
            tokens: held ones and those defined by hand.
            stand_ins: perpetuals of a token's coin at other venues, in the order to try them.
            now_ms: the time.
            fresh_ms: age up to which an underlying's price is live.
        """
        self._fresh_ms = fresh_ms
        self._tokens = {token.key: token for token in tokens}
        self._stand_ins = {key: tuple(stand_ins(token)) for key, token in self._tokens.items()}
        self._told_by = {}
        for key, token in self._tokens.items():
            for perpetual in dict.fromkeys([token.hedge, *self._stand_ins[key]]):
                if perpetual[1]:
                    self._told_by.setdefault(perpetual, []).append(token)
        self._show(self._tokens, now_ms)

    def watches(self, key: TokenKey) -> bool:
        """Whether a token is followed."""
        return key in self._tokens

    def estimate_again(self, keys: Iterable[TokenKey], now_ms: int) -> frozenset[TokenKey]:
        """Show estimates anew, because a basket became known; the tokens meant."""
        again = frozenset(keys)
        self._show(again, now_ms)
        return again

    def known(self, key: TokenKey) -> TokenQuote | None:
        """Figures as the venues said them, without estimates: what is stored."""
        return self._book.quote(key)

    def problems(self, now_ms: int) -> tuple[Problem, ...]:
        """What is held back, and what could not be used."""
        rejected = (problem for problems in self._rejected.values() for problem in problems)
        return (*self.checks.problems(now_ms), *rejected)

    # -- what comes ----------------------------------------------------------------------------------------------

    def hear(self, mail: Iterable[StreamMail], now_ms: int) -> frozenset[TokenKey]:
        """Take what the mailbox held; the tokens whose figures changed."""
        tokens: list[TokenQuote] = []
        underlyings: list[UnderlyingQuote] = []
        for piece in mail:
            if isinstance(piece, TokenQuote):
                tokens.append(piece)
            elif isinstance(piece, UnderlyingQuote):
                underlyings.append(piece)
            elif isinstance(piece, VenueTime):
                self.skew.note_message(piece.venue, sent_ms=piece.sent_ms, received_ms=piece.received_ms)
        return self.take(tokens, underlyings, now_ms=now_ms)

    def take(
        self, quotes: Iterable[TokenQuote], underlyings: Iterable[UnderlyingQuote], *, now_ms: int
    ) -> frozenset[TokenKey]:
        """Take figures of tokens and of perpetuals; the tokens whose figures changed."""
        good = [found for quote in underlyings if (found := self._checked_underlying(quote, now_ms)) is not None]
        parts = self._underlying_parts(self.underlyings.take(good, now_ms=now_ms), now_ms)
        told = [self._checked_token(quote, now_ms) for quote in quotes]
        return self._merge([*parts, *told], now_ms)

    def take_by_hand(self, quote: TokenQuote, *, now_ms: int) -> frozenset[TokenKey]:
        """Take what a person typed in; it is not doubted."""
        return self._merge([quote], now_ms)

    def _merge(self, quotes: Sequence[TokenQuote], now_ms: int) -> frozenset[TokenKey]:
        change = self._book.take(quotes, now_ms=now_ms)
        for quote in quotes:
            self._rejected.pop(str(quote.key), None)
        for problem in change.problems:
            self._rejected[problem.source] = (*self._rejected.get(problem.source, ()), problem)
        changed = frozenset(quote.key for quote in change.quotes)
        self._show(changed, now_ms)
        return changed

    def _show(self, keys: Iterable[TokenKey], now_ms: int) -> None:
        for key in keys:
            quote = self._book.quote(key)
            token = self._tokens.get(key)
            if quote is not None:
                self.quotes[key] = quote if token is None else self.navs.estimated_quote(token, quote, now_ms)

    def _checked_underlying(self, quote: UnderlyingQuote, now_ms: int) -> UnderlyingQuote | None:
        ts_ms = corrected(quote.ts_ms, received_ms=now_ms, skew_ms=self.skew.notable_ms(quote.venue))
        dated = quote if ts_ms is None or ts_ms == quote.ts_ms else replace(quote, ts_ms=ts_ms)
        return self.checks.underlying(dated, now_ms=now_ms, others=self._witnesses(quote, now_ms))

    def _witnesses(self, quote: UnderlyingQuote, now_ms: int) -> Iterable[Decimal]:
        """Live prices of the same coin at other venues."""
        perpetual = (quote.venue, quote.instrument)
        for token in self._told_by.get(perpetual, ())[:1]:
            for other in (token.hedge, *self._stand_ins[token.key]):
                priced = self.underlyings.price(other) if other[0] != quote.venue else None
                if priced is not None and now_ms - priced[1] <= self._fresh_ms:
                    yield priced[0]

    def _underlying_parts(self, changed: Iterable[Perpetual], now_ms: int) -> Iterable[TokenQuote]:
        tokens = {token.key: token for perpetual in changed for token in self._told_by.get(perpetual, ())}
        for key, token in tokens.items():
            known = self._book.quote(key)
            source = choose_source(
                token,
                self._stand_ins[key],
                self.underlyings,
                now_ms=now_ms,
                reference=None if known is None else known.underlying_price,
                fresh_ms=self._fresh_ms,
            )
            if source is not None:
                yield underlying_part(key, source.perpetual, source.price, source.ts_ms)

    def _checked_token(self, quote: TokenQuote, now_ms: int) -> TokenQuote:
        token = self._tokens.get(quote.key)
        return self.checks.token(
            _dated(quote, now_ms, self.skew.notable_ms(quote.key.venue)),
            now_ms=now_ms,
            token=token,
            known=self._book.quote(quote.key),
            underlying=None if token is None else self._live_underlying(token, now_ms),
        )

    def _live_underlying(self, token: LeveragedToken, now_ms: int) -> Decimal | None:
        for perpetual in (token.hedge, *self._stand_ins[token.key]):
            priced = self.underlyings.price(perpetual)
            if priced is not None and now_ms - priced[1] <= self._fresh_ms:
                return priced[0]
        return None

    def perpetuals(self) -> Mapping[Perpetual, UnderlyingQuote]:
        """Mark, index and funding of every perpetual heard of, as a copy for other threads."""
        return self.underlyings.quotes()


def _dated(quote: TokenQuote, now_ms: int, skew_ms: int | None) -> TokenQuote:
    """The quote with its venue's times in ours."""
    if skew_ms is None:
        return quote

    def ours(ts_ms: int | None) -> int | None:
        return corrected(ts_ms, received_ms=now_ms, skew_ms=skew_ms)

    return replace(
        quote,
        price_ts_ms=ours(quote.price_ts_ms),
        nav_ts_ms=ours(quote.nav_ts_ms),
        leverage_ts_ms=ours(quote.leverage_ts_ms),
    )
