"""Judges figures before they count: what cannot be right is held back and said so; what stays is believed in the end.

Measured against the own past, against what the underlying explains, and against other sources. Works in floats: it
only decides, the figures themselves pass through untouched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem, Severity
from levdesk.services.suspicions import changed_places, is_outdated, of_another_size
from levdesk.services.underlying_book import Perpetual

TOKEN_JUMP: Final = 0.25
"""A token's figure further than this from where its underlying has carried it is held back. Premiums of listed tokens
stay within some percent, and a rebalance costs less than one; a quarter is another unit, another token or an error."""

UNDERLYING_JUMP: Final = 0.10
"""A mark moves a tenth within a minute only in a crash, and then it stays there, or other venues show it too."""

DRIFT_PER_MINUTE: Final = 0.005
"""What a minute without news adds to either limit."""

MEMORY_MS: Final = 30 * 60_000
"""A figure older than this measures no jump any more; only a change of unit is still seen."""

LEVERAGE_APART: Final = 4.0
"""Effective leverage beyond this many times the target, or below this part of it: no rule lets a basket get there."""

AGREE: Final = 0.02
"""Sources this near each other agree; perpetuals of one coin differ by tenths of a percent."""

STAYS_MS: Final = 60_000
STAYS_UPDATES: Final = 3
"""A figure held back counts once this many updates over a minute stayed near it."""

FORGOTTEN_MS: Final = 5 * 60_000

AHEAD_MS: Final = 10_000
"""A time further ahead of ours than this is not true; its figure counts as of now."""

_LARGEST: Final = 1e12


@dataclass(slots=True)
class _Seen:
    """A figure that counted, with the price of the underlying then."""

    figure: float
    underlying: float
    ts_ms: int


@dataclass(slots=True)
class _Doubt:
    """A figure that is held back: its first moment, how often it came, and what is said of it."""

    figure: float
    since_ms: int
    last_ms: int
    updates: int
    problem: Problem


class QuoteChecks:
    """Remembers what counted, and what is held back; owned by one thread, without a clock of its own."""

    def __init__(self) -> None:
        """Doubt nothing yet."""
        self._seen: dict[tuple[object, str], _Seen] = {}
        self._doubts: dict[tuple[object, str], _Doubt] = {}

    def problems(self, now_ms: int) -> tuple[Problem, ...]:
        """What is held back just now, in words; what did not come again for a while is forgotten."""
        for what in [what for what, doubt in self._doubts.items() if now_ms - doubt.last_ms > FORGOTTEN_MS]:
            del self._doubts[what]
        return tuple(doubt.problem for doubt in self._doubts.values())

    def doubted(self) -> frozenset[Perpetual]:
        """Perpetuals of which some price is held back: another source would settle it."""
        return frozenset(whose for whose, _ in self._doubts if isinstance(whose, tuple) and len(whose) == 2)

    # -- perpetuals --------------------------------------------------------------------------------------------

    def underlying(
        self, quote: UnderlyingQuote, *, now_ms: int, others: Iterable[Decimal] = ()
    ) -> UnderlyingQuote | None:
        """The quote without prices that are held back; None when nothing is left.

        Args:
            quote: what came; its time already made up for the clocks' difference.
            now_ms: the time.
            others: prices of the same coin at other venues that are live.
        """
        whose: Perpetual = (quote.venue, quote.instrument)
        good = quote if quote.ts_ms <= now_ms + AHEAD_MS else replace(quote, ts_ms=now_ms)
        words = f"{whose[1]} at {whose[0]}: the price"
        self._note_age((whose, "age"), quote.ts_ms, now_ms, words, ":".join(whose))
        witnesses = [float(price) for price in others]
        for name in ("mark", "index", "last"):
            figure: Decimal | None = getattr(quote, name)
            if figure is not None and not self._passes_underlying(whose, name, figure, now_ms, witnesses):
                good = _without(good, name)
        if good.mark is None and good.index is None and good.last is None and good.funding_rate is None:
            return None
        return good

    def _passes_underlying(
        self, whose: Perpetual, name: str, figure: Decimal, now_ms: int, witnesses: list[float]
    ) -> bool:
        value = _usable(figure)
        words = f"{whose[1]} at {whose[0]}: {_WORDS[name]} {figure}"
        if value is None:
            return self._hold((whose, name), 0.0, now_ms, f"{words} is not usable", ":".join(whose), final=True)
        if of_another_size(value, [*witnesses, *self._beside(whose, name, now_ms)]):
            return self._hold((whose, name), 0.0, now_ms, f"{words} is of another size", ":".join(whose), final=True)
        seen = self._seen.get((whose, name))
        if seen is not None:
            allowed = _allowed(UNDERLYING_JUMP, now_ms - seen.ts_ms)
            agreed = any(abs(value / other - 1.0) <= AGREE for other in witnesses if other > 0.0)
            if allowed is not None and abs(value / seen.figure - 1.0) > allowed and not agreed:
                jumped = f"{words} is a jump from {seen.figure:g}"
                if not self._hold((whose, name), value, now_ms, jumped, ":".join(whose)):
                    return False
        self._count((whose, name), value, 0.0, now_ms)
        return True

    def _beside(self, whose: Perpetual, name: str, now_ms: int) -> list[float]:
        """The other prices of a perpetual that counted just now."""
        others = (self._seen.get((whose, other)) for other in ("mark", "index", "last") if other != name)
        return [seen.figure for seen in others if seen is not None and now_ms - seen.ts_ms <= STAYS_MS]

    # -- tokens ------------------------------------------------------------------------------------------------

    def token(
        self,
        quote: TokenQuote,
        *,
        now_ms: int,
        token: LeveragedToken | None = None,
        known: TokenQuote | None = None,
        underlying: Decimal | None = None,
    ) -> TokenQuote:
        """The quote without parts that are held back.

        Args:
            quote: what came; its times already made up for the clocks' difference.
            now_ms: the time.
            token: what it is, where known.
            known: the last good figures.
            underlying: price of its underlying now, where live.
        """
        good = _not_ahead(quote, now_ms)
        words = f"{quote.key.symbol}: the NAV"
        self._note_age((quote.key, "age"), quote.nav_ts_ms, now_ms, words, str(quote.key))
        if changed_places(quote, known):
            mixed = f"{quote.key.symbol}: NAV {quote.nav} and leverage {quote.effective_leverage} have changed places"
            self._hold((quote.key, "nav"), 0.0, now_ms, mixed, str(quote.key), final=True)
            nothing = replace(quote, nav=None, nav_source=None, nav_ts_ms=None)
            quote = replace(nothing, effective_leverage=None, leverage_ts_ms=None)
            good = _not_ahead(quote, now_ms)
        target = 0.0 if token is None else float(token.target_leverage)
        mark = 0.0 if underlying is None else float(underlying)
        if quote.last is not None:
            before = None if known is None else known.last
            if not self._passes_token(quote.key, "last", quote.last, before, now_ms, target, mark):
                good = replace(good, last=None, bid=None, ask=None, price_ts_ms=None)
        if quote.nav is not None:
            before = None if known is None else known.nav
            if not self._passes_token(quote.key, "nav", quote.nav, before, now_ms, target, mark):
                good = replace(good, nav=None, nav_source=None, nav_ts_ms=None)
        leverage = quote.effective_leverage
        if leverage is not None and target and not self._passes_leverage(quote.key, leverage, target, now_ms):
            good = replace(good, effective_leverage=None, leverage_ts_ms=None)
        return good

    def _passes_token(
        self, key: TokenKey, name: str, figure: Decimal, known: Decimal | None, now_ms: int, target: float, mark: float
    ) -> bool:
        value = _usable(figure)
        words = f"{key.symbol}: {_WORDS[name]} {figure}"
        if value is None:
            return self._hold((key, name), 0.0, now_ms, f"{words} is not usable", str(key), final=True)
        seen = self._seen.get((key, name))
        allowed = None if seen is None else _allowed(TOKEN_JUMP, now_ms - seen.ts_ms)
        strange = ""
        if seen is not None and allowed is not None:
            moved = mark / seen.underlying - 1.0 if mark > 0.0 and seen.underlying > 0.0 else 0.0
            expected = seen.figure * max(1.0 + target * moved, 0.05)
            if abs(value / expected - 1.0) > allowed:
                strange = f"{words} is far from {expected:.6g}, where its underlying has carried it"
        elif known is not None and of_another_size(value, [_usable(known) or 0.0]):
            strange = f"{words} is of another size than the last one, {known:f}"
        if strange and not self._hold((key, name), value, now_ms, strange, str(key)):
            return False
        self._count((key, name), value, mark, now_ms)
        return True

    def _passes_leverage(self, key: TokenKey, leverage: Decimal, target: float, now_ms: int) -> bool:
        size = abs(float(leverage)) if leverage.is_finite() else 0.0
        if abs(target) / LEVERAGE_APART <= size <= abs(target) * LEVERAGE_APART:
            self._doubts.pop((key, "leverage"), None)
            return True
        words = f"{key.symbol}: effective leverage {leverage} of a token of {target:g}× cannot be"
        return self._hold((key, "leverage"), 0.0, now_ms, words, str(key), final=True)

    # -- both --------------------------------------------------------------------------------------------------

    def _note_age(self, what: tuple[object, str], ts_ms: int | None, now_ms: int, words: str, source: str) -> None:
        """Say that what comes is old news, though it may be all there is; or that it is not any more."""
        if ts_ms is not None and is_outdated(ts_ms, now_ms):
            message = f"{words} that comes now is {(now_ms - ts_ms) // 60_000} minutes old."
            problem = Problem(severity=Severity.WARNING, code="figure_outdated", message=message, source=source)
            self._doubts[what] = _Doubt(0.0, now_ms, now_ms, 1, problem)
        elif ts_ms is not None and self._doubts:
            self._doubts.pop(what, None)

    def _count(self, what: tuple[object, str], value: float, mark: float, now_ms: int) -> None:
        self._seen[what] = _Seen(value, mark, now_ms)
        if self._doubts:
            self._doubts.pop(what, None)

    def _hold(
        self, what: tuple[object, str], value: float, now_ms: int, words: str, source: str, *, final: bool = False
    ) -> bool:
        """Hold a figure back, or let it pass once it has stayed long enough; `final` never passes."""
        doubt = self._doubts.get(what)
        outlook = "the last good figure stays." if final else "it is held back until it stays or is confirmed."
        problem = Problem(
            severity=Severity.WARNING, code="figure_held_back", message=f"{words}; {outlook}", source=source
        )
        if final or doubt is None or not doubt.figure or abs(value / doubt.figure - 1.0) > UNDERLYING_JUMP:
            self._doubts[what] = _Doubt(value, now_ms, now_ms, 1, problem)
            return False
        doubt.updates += 1
        doubt.last_ms = now_ms
        if doubt.updates >= STAYS_UPDATES and now_ms - doubt.since_ms >= STAYS_MS:
            return True
        doubt.problem = problem
        return False


_WORDS: Final = {"mark": "mark price", "index": "index", "last": "price", "nav": "NAV"}


def corrected(ts_ms: int | None, *, received_ms: int, skew_ms: int | None) -> int | None:
    """A venue's time in this computer's time, never later than the receipt.

    A time nearer to the receipt than half of the difference is ours already: the venue told none.
    """
    if ts_ms is None or skew_ms is None or 2 * abs(received_ms - ts_ms) < abs(skew_ms):
        return ts_ms
    return min(ts_ms + skew_ms, received_ms)


def _without(quote: UnderlyingQuote, name: str) -> UnderlyingQuote:
    match name:
        case "mark":
            return replace(quote, mark=None)
        case "index":
            return replace(quote, index=None)
    return replace(quote, last=None)


def _usable(figure: Decimal) -> float | None:
    value = float(figure) if figure.is_finite() else 0.0
    return value if 0.0 < value <= _LARGEST else None


def _allowed(jump: float, age_ms: int) -> float | None:
    """The change within an age that is believed at once; None when the last figure is too old to tell."""
    return jump + DRIFT_PER_MINUTE * max(age_ms, 0) / 60_000 if age_ms <= MEMORY_MS else None


def _not_ahead(quote: TokenQuote, now_ms: int) -> TokenQuote:
    """The quote with times that lie ahead of ours taken for now."""
    latest_ms = now_ms + AHEAD_MS
    if not any(ms is not None and ms > latest_ms for ms in (quote.price_ts_ms, quote.nav_ts_ms, quote.leverage_ts_ms)):
        return quote

    def tamed(ts_ms: int | None) -> int | None:
        return now_ms if ts_ms is not None and ts_ms > latest_ms else ts_ms

    return replace(
        quote,
        price_ts_ms=tamed(quote.price_ts_ms),
        nav_ts_ms=tamed(quote.nav_ts_ms),
        leverage_ts_ms=tamed(quote.leverage_ts_ms),
    )
