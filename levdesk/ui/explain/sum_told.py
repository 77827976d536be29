"""What is known of several holdings together: an underlying looked through, a venue, or the whole portfolio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from levdesk.services.grouping import HoldingGroup, group_holdings
from levdesk.ui.models.titles import venue_title

if TYPE_CHECKING:
    from levdesk.services.explained import ExplainedHolding, ExplainedPortfolio, PerformanceView
    from levdesk.services.explained_split import AttributionView
    from levdesk.services.views import PortfolioView
    from levdesk.ui.format import Figures


@dataclass(frozen=True, slots=True)
class SumOf:
    """Which holdings: all of an underlying, of a venue, or of the portfolio on screen.

    Attributes:
        kind: "underlying", "venue" or "portfolio".
        name: the underlying ("BTC") or the venue ("gate"); "" for the portfolio.
    """

    kind: str
    name: str = ""

    @property
    def title(self) -> str:
        """What the screen calls it."""
        if self.kind == "venue":
            return venue_title(self.name)
        return self.name or "All holdings"


WHOLE = SumOf("portfolio")


@dataclass(frozen=True, slots=True, kw_only=True)
class SumTold:
    """What a page of sums is told.

    Attributes:
        of: which holdings.
        group: the holdings with their value and net exposure, None when nothing of it is listed any more.
        parts: for the portfolio its underlyings as groups; empty otherwise.
        split: where the money went, None while it is not worked out.
        part_splits: the splits of `parts`, or of the holdings, by what they are called.
        explained, held: how many of how many holdings are in the split.
        performance: of the portfolio, None for a part of it.
        as_of_ms: when it was worked out.
        write: how numbers are written.
        now_ms: the desk's clock.
    """

    of: SumOf
    group: HoldingGroup | None
    parts: tuple[HoldingGroup, ...]
    split: AttributionView | None
    part_splits: tuple[tuple[str, AttributionView], ...]
    explained: int
    held: int
    performance: PerformanceView | None
    as_of_ms: int | None
    write: Figures
    now_ms: int


def sum_told(
    of: SumOf, view: PortfolioView | None, explained: ExplainedPortfolio | None, write: Figures, now_ms: int
) -> SumTold:
    """Put together what the view and the portfolio's explanation say of some holdings."""
    is_whole = of.kind == "portfolio"
    groups = () if view is None else group_holdings(view, "" if is_whole else of.kind, show_closed=True)
    group = next((each for each in groups if is_whole or each.name == of.name), None)
    parts = group_holdings(view, "underlying", show_closed=True) if is_whole and view is not None else ()
    members = () if group is None or explained is None else _members(group, explained)
    return SumTold(
        of=of,
        group=group,
        parts=parts,
        split=None if explained is None else _split(of, explained),
        part_splits=explained.underlyings if is_whole and explained is not None else _own_splits(members),
        explained=sum(1 for each in members if each.attribution is not None),
        held=0 if group is None else len(group.holdings),
        performance=explained.performance if is_whole and explained is not None else None,
        as_of_ms=None if explained is None else explained.as_of_ms,
        write=write,
        now_ms=now_ms,
    )


def _split(of: SumOf, explained: ExplainedPortfolio) -> AttributionView | None:
    if of.kind == "portfolio":
        return explained.attribution
    splits = explained.underlyings if of.kind == "underlying" else explained.venues
    return next((split for name, split in splits if name == of.name), None)


def _members(group: HoldingGroup, explained: ExplainedPortfolio) -> tuple[ExplainedHolding, ...]:
    keys = {holding.token.key for holding in group.holdings if holding.token.quote_currency == group.currency}
    return tuple(each for each in explained.holdings if each.key in keys)


def _own_splits(members: tuple[ExplainedHolding, ...]) -> tuple[tuple[str, AttributionView], ...]:
    found = ((f"{each.key.symbol} · {venue_title(each.key.venue)}", each.attribution) for each in members)
    return tuple((name, split) for name, split in found if split is not None)
