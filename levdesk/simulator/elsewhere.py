"""The same market as another venue sees it: every price a little off, by a set and slowly wandering basis.

All venues agree on a coin to a few hundredths of a percent, as they do; who asks which venue first changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from levdesk.simulator.market import Market, Perpetual, SpotPair
from levdesk.simulator.noise import Stream, Swell
from levdesk.simulator.series import Series, Sway, SwayingSeries

_PERIODS_S: Final = (310.0, 1_300.0, 5_900.0, 31_000.0)
_SEED: Final = 91
_MEAN_REACH: Final = 0.00012
_WANDER: Final = 0.00008
_INDEX_WANDER: Final = 0.00002


def seen_from(market: Market, venue: str) -> Market:
    """The market with a venue's basis on it: marks, last prices and pairs; an index is an average and hardly differs.

    Funding and NAV are the same everywhere.
    """
    return Market(
        anchor_ms=market.anchor_ms,
        pairs=[_pair(pair, venue, market.anchor_ms) for pair in market.pairs],
        perpetuals=[_perpetual(perpetual, venue) for perpetual in market.perpetuals],
    )


def _perpetual(perpetual: Perpetual, venue: str) -> Perpetual:
    # Mark and last move together, so that neither stands further from the other than at home.
    basis = _basis(f"{venue}/{perpetual.name}")
    wander = Sway(swell=Swell(Stream(_SEED, f"{venue}/{perpetual.name}/index"), _PERIODS_S), reach_ratio=_INDEX_WANDER)
    return replace(
        perpetual,
        mark=SwayingSeries(perpetual.mark, basis),
        last=SwayingSeries(perpetual.last, basis),
        index=SwayingSeries(perpetual.index, wander),
    )


def _pair(pair: SpotPair, venue: str, anchor_ms: int) -> SpotPair:
    series: Series = SwayingSeries(pair.series, _basis(f"{venue}/{pair.name}"))
    return SpotPair(pair.spec, series, token=pair.token, anchor_ms=anchor_ms, seed=_SEED + len(venue))


def _basis(name: str) -> Sway:
    stream = Stream(_SEED, name)
    return Sway(
        swell=Swell(stream, _PERIODS_S),
        mean_ratio=_MEAN_REACH * (2.0 * stream.uniform_at(1_000) - 1.0),
        reach_ratio=_WANDER,
    )
