"""What is listed on the simulated venue, and the markets built from it.

Rules and fees are not written here: they come from whoever knows the issuer (`Registry.complete_token`), so that the
simulated tokens obey the very rows the program shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import LeveragedToken, TokenKey, fees_at, rule_at
from levdesk.simulator.funding import Funding, TrendFunding
from levdesk.simulator.market import Market, PairSpec, Perpetual, SpotPair
from levdesk.simulator.noise import Stream, Swell
from levdesk.simulator.paths import DAY_MS, Paths, SeededPaths
from levdesk.simulator.scenario import HALF_A_YEAR, Scenario
from levdesk.simulator.series import MarkSeries, PowerSeries, Sway, SwayingSeries
from levdesk.simulator.tokens import NavPath, TokenSpec, UnitMerge

VENUE = "gate"

CompleteToken = Callable[[LeveragedToken], LeveragedToken]
"""Adds the issuer's rules and fees to a token."""

_NEAR_S = (420.0, 1_700.0, 6_100.0, 23_000.0, 97_000.0)
_WIDE_S = (430.0, 1_490.0, 5_300.0, 16_700.0, 47_000.0, 131_000.0, 418_000.0, 1_270_000.0)
_INDEX_REACH = 0.0004
_LAST_REACH = 0.00015


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedToken:
    """One leveraged token of the listing.

    Attributes:
        underlying: what it follows.
        leverage: signed whole multiple.
        opening_nav: NAV at its listing, in the units of that time.
        premium_ratio: mean of price over NAV, minus one.
        merges: by day of the history.
        listed_day, delisted_day: days of the history at whose start it began and stopped trading; None = never.
    """

    underlying: str
    leverage: int
    opening_nav: float
    premium_ratio: float = 0.0
    merges: tuple[UnitMerge, ...] = ()
    listed_day: int = 0
    delisted_day: int | None = None

    @property
    def symbol(self) -> str:
        """E.g. "BTC3L"."""
        return f"{self.underlying}{abs(self.leverage)}{'L' if self.leverage > 0 else 'S'}"

    @property
    def token(self) -> LeveragedToken:
        """The instrument as its name tells it, without rules."""
        return LeveragedToken(
            key=TokenKey(VENUE, self.symbol), underlying=self.underlying, target_leverage=Decimal(self.leverage)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCoin:
    """An ordinary coin or tokenised stock that moves with an underlying but is no leveraged token.

    Attributes:
        spec: what is published about it.
        follows, exponent: the underlying and how strongly.
        price: at the start of the history.
    """

    spec: PairSpec
    follows: str
    exponent: float
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everything a simulated venue lists besides the perpetuals and spot pairs of the underlyings."""

    tokens: tuple[ListedToken, ...]
    coins: tuple[ListedCoin, ...] = field(default=())


FALSE_FRIENDS = (
    ListedCoin(
        spec=PairSpec(base="JUP", name="Jupiter", price_decimals=4, amount_decimals=1, trade_every_s=4),
        follows="SOL", exponent=0.9, price=0.412,
    ),
    ListedCoin(
        spec=PairSpec(base="SYRUP", name="Maple Finance", price_decimals=5, amount_decimals=1, trade_every_s=6,
                      shows_empty_etf=True),
        follows="ETH", exponent=0.7, price=0.3581,
    ),
    ListedCoin(
        spec=PairSpec(base="SOXLG", name="SOXL tokenized stock", price_decimals=2, amount_decimals=4,
                      spread_ratio=0.002, trade_every_s=25),
        follows="BTC", exponent=0.25, price=44.2,
    ),
)  # fmt: skip
"""Pairs whose names look like leveraged tokens, and are none."""

STANDARD = Listing(
    tokens=(
        ListedToken(underlying="BTC", leverage=2, opening_nav=2.1),
        ListedToken(underlying="BTC", leverage=-2, opening_nav=0.61),
        ListedToken(underlying="BTC", leverage=3, opening_nav=2.46),
        ListedToken(underlying="BTC", leverage=-3, opening_nav=0.084),
        ListedToken(underlying="BTC", leverage=5, opening_nav=1.92),
        ListedToken(underlying="BTC", leverage=-5, opening_nav=0.47),
        ListedToken(underlying="ETH", leverage=2, opening_nav=1.35),
        ListedToken(underlying="ETH", leverage=3, opening_nav=0.92),
        ListedToken(underlying="ETH", leverage=-3, opening_nav=0.21),
        ListedToken(underlying="ETH", leverage=5, opening_nav=0.34),
        ListedToken(underlying="ETH", leverage=-5, opening_nav=0.6),
        ListedToken(underlying="SOL", leverage=-2, opening_nav=0.73),
        ListedToken(underlying="SOL", leverage=3, opening_nav=0.55, premium_ratio=0.021),
        ListedToken(underlying="SOL", leverage=-3, opening_nav=0.0091, merges=(UnitMerge(day=112, old_per_new=100),)),
        ListedToken(underlying="SOL", leverage=5, opening_nav=0.28),
        ListedToken(underlying="XRP", leverage=2, opening_nav=1.1),
        ListedToken(underlying="XRP", leverage=3, opening_nav=0.87),
        ListedToken(underlying="XRP", leverage=-3, opening_nav=0.34),
        ListedToken(underlying="DOGE", leverage=3, opening_nav=0.19),
        ListedToken(underlying="DOGE", leverage=-3, opening_nav=0.12),
        ListedToken(underlying="DOGE", leverage=-5, opening_nav=2.0, listed_day=148),
        ListedToken(underlying="ADA", leverage=3, opening_nav=0.41),
        ListedToken(underlying="ADA", leverage=-3, opening_nav=0.15),
        ListedToken(underlying="ADA", leverage=5, opening_nav=0.9, delisted_day=138),
    ),
    coins=FALSE_FRIENDS,
)
"""Twenty-four tokens: one merged its units, one runs at a premium, one was delisted."""


def seeded_market(
    complete: CompleteToken,
    *,
    seed: int,
    anchor_ms: int,
    scenario: Scenario = HALF_A_YEAR,
    listing: Listing = STANDARD,
) -> Market:
    """An invented market: a pure function of its arguments and of the time it is asked for."""
    paths = SeededPaths(scenario, seed=seed, anchor_ms=anchor_ms)
    return market_on(paths, complete, listing, seed=seed, anchor_ms=anchor_ms)


def market_on(
    paths: Paths,
    complete: CompleteToken,
    listing: Listing = STANDARD,
    *,
    seed: int,
    anchor_ms: int,
    recorded_funding: Mapping[str, Funding] | None = None,
) -> Market:
    """A market on any paths; listed tokens and coins of other underlyings are left out.

    Args:
        paths: prices of the underlyings.
        complete: adds an issuer's rules and fees to a token.
        listing: what there is besides the underlyings themselves.
        seed: of premiums, spreads, order books, and of funding that was not recorded.
        anchor_ms: the moment the digits of prices are fixed at.
        recorded_funding: by underlying.
    """
    funding: dict[str, Funding] = {
        spec.name: TrendFunding(paths, spec.name, seed=seed) for spec in paths.underlyings
    } | dict(recorded_funding or {})
    perpetuals = [_perpetual(paths, name, funding[name], seed) for name in funding]
    pairs = [_coin_pair(perpetual, seed, anchor_ms) for perpetual in perpetuals]
    # Two days more than the history, so that one run of each basket serves the whole of the first days.
    days = (anchor_ms - paths.start_ms) // DAY_MS + 2
    for listed in listing.tokens:
        if listed.underlying in funding:
            spec = token_spec(listed, complete, anchor_ms)
            nav = NavPath(spec, paths, funding[listed.underlying], history_days=days)
            pairs.append(_token_pair(nav, seed, anchor_ms))
    pairs += [_follower(coin, paths, seed, anchor_ms) for coin in listing.coins if coin.follows in funding]
    return Market(anchor_ms=anchor_ms, pairs=pairs, perpetuals=perpetuals)


def token_spec(listed: ListedToken, complete: CompleteToken, anchor_ms: int) -> TokenSpec:
    """A listed token with the rule and fees in force at the anchor.

    Raises:
        SettingInvalid: nobody knows its rule.
    """
    token = complete(listed.token)
    rule, fees = rule_at(token, anchor_ms), fees_at(token, anchor_ms)
    if rule is None or fees is None:
        raise SettingInvalid(f"No rule or fee is known for {token.key}.", hint="Add its family to the registry.")
    return TokenSpec(
        symbol=listed.symbol,
        underlying=listed.underlying,
        rule=rule,
        fees=fees,
        opening_nav=listed.opening_nav,
        premium_ratio=listed.premium_ratio,
        merges=listed.merges,
        listed_day=listed.listed_day,
        delisted_day=listed.delisted_day,
    )


def _perpetual(paths: Paths, name: str, funding: Funding, seed: int) -> Perpetual:
    spec = next(spec for spec in paths.underlyings if spec.name == name)
    mark = MarkSeries(paths, name)
    index = Swell(Stream(seed, f"{name}/index"), _NEAR_S)
    last = Swell(Stream(seed, f"{name}/last"), _NEAR_S)
    return Perpetual(
        name=f"{name}_USDT",
        spec=spec,
        mark=mark,
        index=SwayingSeries(mark, Sway(swell=index, reach_ratio=_INDEX_REACH)),
        last=SwayingSeries(mark, Sway(swell=last, reach_ratio=_LAST_REACH)),
        funding=funding,
    )


def _coin_pair(perpetual: Perpetual, seed: int, anchor_ms: int) -> SpotPair:
    """The spot pair of an underlying, which trades at its index."""
    spec = PairSpec(
        base=perpetual.spec.name,
        price_decimals=perpetual.spec.price_decimals,
        amount_decimals=6 if perpetual.spec.start_price > 1000.0 else 2,
    )
    return SpotPair(spec, perpetual.index, anchor_ms=anchor_ms, seed=seed)


def _token_pair(nav: NavPath, seed: int, anchor_ms: int) -> SpotPair:
    token = nav.spec
    sway = Sway(
        swell=Swell(Stream(seed, f"{token.symbol}/premium"), _WIDE_S),
        mean_ratio=token.premium_ratio,
        reach_ratio=token.premium_reach_ratio,
    )
    spec = PairSpec(
        base=token.symbol,
        name=f"{abs(token.target_leverage)}x{'Long' if token.target_leverage > 0 else 'Short'} {token.underlying}",
        amount_decimals=2,
        spread_ratio=token.spread_ratio,
        trade_every_s=3,
    )
    price = SwayingSeries(nav, sway, turnover_share=token.turnover_share)
    return SpotPair(spec, price, token=nav, anchor_ms=anchor_ms, seed=seed)


def _follower(coin: ListedCoin, paths: Paths, seed: int, anchor_ms: int) -> SpotPair:
    series = PowerSeries(MarkSeries(paths, coin.follows), price=coin.price, exponent=coin.exponent, turnover_share=0.02)
    return SpotPair(coin.spec, series, anchor_ms=anchor_ms, seed=seed)
