"""Issuers' rebalance rules and fees as dated rows, the completion of a token with them, and where else a perpetual is.

The rows come from `resources/registry.json`, read elsewhere and handed in as a parsed value. Each says its source and
whether the issuer stated it or we assume it; what a person has set on a token is never replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from levdesk.domain.errors import Bug
from levdesk.domain.instruments import LeveragedToken, Provenance, RebalanceRule, TokenStatus
from levdesk.services.issuer_rows import read_issuer, read_list, read_object, read_perpetual_venue, read_rows
from levdesk.services.issuers import Issuer, PerpetualVenue


@dataclass(frozen=True, slots=True)
class Registry:
    """All issuers known, by venue; and the venues perpetuals are read from, the one to ask first at the beginning."""

    issuers: Mapping[str, Issuer] = field(default_factory=dict)
    perpetual_venues: tuple[PerpetualVenue, ...] = ()

    def complete_token(self, token: LeveragedToken) -> LeveragedToken:
        """The token with its issuer's rules, fees, hedge, merges and end where it has none of its own."""
        issuer = self.issuers.get(token.key.venue)
        if issuer is None:
            return token
        family = issuer.family_of(token)
        rules = tuple(_signed(rule, token.target_leverage) for rule in family.rules) if family else ()
        hedge_venue, hedge_instrument = self._hedge(token, issuer)
        return token._replace(
            rules=token.rules or rules,
            fees=token.fees or (family.fees if family else ()),
            hedge_venue=hedge_venue,
            hedge_instrument=hedge_instrument,
            status=_status(token, issuer),
            merges=issuer.merges.get(token.key.symbol, ()),
            listed_ms=token.listed_ms if token.listed_ms is not None else issuer.relisted_ms.get(token.key.symbol),
        )

    def _hedge(self, token: LeveragedToken, issuer: Issuer) -> tuple[str, str]:
        """Venue ("" for the token's own) and perpetual: the token's, or its issuer's custom."""
        if token.hedge_instrument:
            return token.hedge_venue, token.hedge_instrument
        venue = token.hedge_venue or issuer.hedge_venue
        return venue, self.perpetual(venue or token.key.venue, token.underlying)

    def perpetual(self, venue: str, underlying: str) -> str:
        """A venue's spelling of the perpetual of an underlying; "" when its custom is not known."""
        if not underlying:
            return ""
        for known in self.perpetual_venues:
            if known.venue == venue:
                return known.perpetual(underlying)
        issuer = self.issuers.get(venue)
        return issuer.perpetual.replace("{underlying}", underlying) if issuer else ""

    def fallbacks(self, underlying: str) -> tuple[tuple[str, str], ...]:
        """Where a coin's perpetual may be read, as (venue, instrument), the one to ask first at the beginning.

        A venue is named whether or not it lists the coin; one that spells it at another scale (1000SHIB) simply does
        not list the plain name, so no price of another size comes from there.
        """
        if not underlying:
            return ()
        return tuple((known.venue, known.perpetual(underlying)) for known in self.perpetual_venues)

    def title(self, venue: str) -> str:
        """The issuer's name for the screen; the short name when it is not known."""
        issuer = self.issuers.get(venue)
        return issuer.title if issuer else venue


def _signed(rule: RebalanceRule, target: Decimal) -> RebalanceRule:
    magnitude = rule.target_leverage or abs(target)
    return replace(rule, target_leverage=magnitude.copy_sign(target))


def _status(token: LeveragedToken, issuer: Issuer) -> TokenStatus:
    """A token whose issuer ended its programme is delisted, unless it is settled or a person said otherwise."""
    if issuer.ended_ms is None or token.status is not TokenStatus.TRADING or token.provenance is Provenance.USER:
        return token.status
    return TokenStatus.DELISTED


def read_registry(document: object) -> Registry:
    """The registry from its parsed JSON.

    Raises:
        Bug: a row of our own file makes no sense; the message names the venue.
    """
    found = read_object(document)
    issuers: dict[str, Issuer] = {}
    perpetual_venues: list[PerpetualVenue] = []
    for row in read_rows(found.get("issuers")):
        venue = str(row.get("venue"))
        try:
            issuer = read_issuer(venue, row)
            names = (venue, *(str(name) for name in read_list(row.get("also", []))))
        except (KeyError, TypeError, ValueError) as error:
            raise _senseless(venue, error) from error
        issuers.update(dict.fromkeys(names, issuer))
    for row in read_rows(found.get("perpetuals", [])):
        try:
            perpetual_venues.append(read_perpetual_venue(row))
        except (KeyError, TypeError, ValueError) as error:
            raise _senseless(str(row.get("venue")), error) from error
    return Registry(issuers, tuple(perpetual_venues))


def _senseless(venue: str, error: Exception) -> Bug:
    return Bug(f"The registry's rows of {venue} make no sense: {error!s}.")
