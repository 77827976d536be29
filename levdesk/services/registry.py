"""Issuers' rebalance rules and fees as dated rows, and the completion of a token with them.

The rows come from `resources/registry.json`, read elsewhere and handed in as a parsed value. Each says its source and
whether the issuer stated it or we assume it; what a person has set on a token is never replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from decimal import Decimal
from typing import Final

from levdesk.domain.errors import Bug
from levdesk.domain.instruments import (
    BEGINNING_MS,
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    ScheduledCondition,
    UnitMerge,
)
from levdesk.domain.money import parse_decimal

_RULE_FIELDS: Final = frozenset({
    "from", "target", "scheduled_utc", "scheduled_condition", "scheduled_move", "band",
    "emergency_leverage", "emergency_move", "emergency_two_sided", "provenance", "source", "as_of",
})  # fmt: skip
_MERGE_FIELDS: Final = frozenset({"symbol", "on", "old_per_new", "source"})
_FEE_FIELDS: Final = frozenset({
    "from", "management_per_day", "taken_utc", "funding_inside", "subscribe", "redeem", "spot",
    "rebalance_cost", "provenance", "source", "as_of",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFamily:
    """Tokens of an issuer that share rules and fees.

    Attributes:
        targets: signed target leverages it holds for.
        suffixes: endings of the symbol it holds for; empty means any.
        rules: dated rows, oldest first, with the magnitude of the target; 0 stands for the token's own target.
        fees: dated rows, oldest first.
    """

    targets: frozenset[Decimal]
    suffixes: tuple[str, ...]
    rules: tuple[RebalanceRule, ...]
    fees: tuple[FeeSchedule, ...]

    def holds_for(self, token: LeveragedToken) -> bool:
        """Whether a token belongs to this family."""
        named = not self.suffixes or token.key.symbol.endswith(self.suffixes)
        return named and token.target_leverage in self.targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One issuer's custom.

    Attributes:
        venue, title: short name, and name for the screen.
        perpetual: spelling of the perpetual its baskets hold, with `{underlying}` in it, or "".
        perpetual_names: underlyings that are spelt differently there.
        relisted_ms: symbols that were given to another token, and since when.
        merges: announced unit merges by symbol, oldest first.
        families: the first that holds for a token counts.
    """

    venue: str
    title: str
    perpetual: str
    perpetual_names: Mapping[str, str]
    relisted_ms: Mapping[str, int]
    merges: Mapping[str, tuple[UnitMerge, ...]]
    families: tuple[TokenFamily, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """All issuers known, by venue."""

    issuers: Mapping[str, Issuer] = field(default_factory=dict)

    def complete_token(self, token: LeveragedToken) -> LeveragedToken:
        """The token with its issuer's rules, fees, hedge instrument and listing time where it has none of its own."""
        issuer = self.issuers.get(token.key.venue)
        if issuer is None:
            return token
        family = next((family for family in issuer.families if family.holds_for(token)), None)
        rules = tuple(_signed(rule, token.target_leverage) for rule in family.rules) if family else ()
        return replace(
            token,
            rules=token.rules or rules,
            fees=token.fees or (family.fees if family else ()),
            hedge_instrument=token.hedge_instrument or self.perpetual(token.key.venue, token.underlying),
            merges=issuer.merges.get(token.key.symbol, ()),
            listed_ms=token.listed_ms if token.listed_ms is not None else issuer.relisted_ms.get(token.key.symbol),
        )

    def perpetual(self, venue: str, underlying: str) -> str:
        """A venue's spelling of the perpetual of an underlying; "" when its custom is not known."""
        issuer = self.issuers.get(venue)
        if issuer is None or not underlying:
            return ""
        return issuer.perpetual.replace("{underlying}", issuer.perpetual_names.get(underlying, underlying))

    def title(self, venue: str) -> str:
        """The issuer's name for the screen; the short name when it is not known."""
        issuer = self.issuers.get(venue)
        return issuer.title if issuer else venue


def _signed(rule: RebalanceRule, target: Decimal) -> RebalanceRule:
    magnitude = rule.target_leverage or abs(target)
    return replace(rule, target_leverage=magnitude.copy_sign(target))


def read_registry(document: object) -> Registry:
    """The registry from its parsed JSON.

    Raises:
        Bug: a row of our own file makes no sense; the message names the venue.
    """
    issuers: dict[str, Issuer] = {}
    for row in _rows(_object(document).get("issuers")):
        venue = str(row.get("venue"))
        try:
            issuer = _issuer(venue, row)
            names = (venue, *(str(name) for name in _list(row.get("also", []))))
        except (KeyError, TypeError, ValueError) as error:
            raise Bug(f"The registry's rows of {venue} make no sense: {error!s}.") from error
        issuers.update(dict.fromkeys(names, issuer))
    return Registry(issuers)


def _issuer(venue: str, row: Mapping[str, object]) -> Issuer:
    return Issuer(
        venue=venue,
        title=str(row["title"]),
        perpetual=str(row["perpetual"]),
        perpetual_names={name: str(spelt) for name, spelt in _object(row.get("perpetual_names", {})).items()},
        relisted_ms={symbol: _moment(since) for symbol, since in _object(row.get("relisted", {})).items()},
        merges=_merges(_rows(row.get("merges", []))),
        families=tuple(_family(family) for family in _rows(row["families"])),
    )


def _merges(rows: list[Mapping[str, object]]) -> dict[str, tuple[UnitMerge, ...]]:
    found: dict[str, list[UnitMerge]] = {}
    for row in rows:
        _refuse_unknown(row, _MERGE_FIELDS)
        merge = UnitMerge(
            day_ms=_moment(row["on"]), old_per_new=parse_decimal(str(row["old_per_new"])), source=str(row["source"])
        )
        found.setdefault(str(row["symbol"]), []).append(merge)
    return {symbol: tuple(sorted(merges, key=lambda merge: merge.day_ms)) for symbol, merges in found.items()}


def _family(row: Mapping[str, object]) -> TokenFamily:
    rules = sorted(map(_rule, _rows(row["rules"])), key=lambda rule: rule.effective_from_ms)
    fees = sorted(map(_fee, _rows(row["fees"])), key=lambda fee: fee.effective_from_ms)
    return TokenFamily(
        targets=frozenset(parse_decimal(str(target)) for target in _list(row["targets"])),
        suffixes=tuple(str(suffix) for suffix in _list(row.get("suffixes", []))),
        rules=tuple(rules),
        fees=tuple(fees),
    )


def _rule(row: Mapping[str, object]) -> RebalanceRule:
    _refuse_unknown(row, _RULE_FIELDS)
    low, high = _list(row.get("band", [None, None]))
    return RebalanceRule(
        target_leverage=_decimal(row.get("target")) or Decimal(0),
        effective_from_ms=_moment(row.get("from")),
        scheduled_utc_s=_second_of_day(row.get("scheduled_utc")),
        scheduled_condition=ScheduledCondition(str(row.get("scheduled_condition", ScheduledCondition.ALWAYS))),
        scheduled_move_ratio=_decimal(row.get("scheduled_move")),
        band_low=_decimal(low),
        band_high=_decimal(high),
        emergency_leverage=_decimal(row.get("emergency_leverage")),
        emergency_move_ratio=_decimal(row.get("emergency_move")),
        emergency_two_sided=bool(row.get("emergency_two_sided", False)),
        provenance=Provenance(str(row["provenance"])),
        source=str(row["source"]),
        as_of=str(row["as_of"]),
    )


def _fee(row: Mapping[str, object]) -> FeeSchedule:
    _refuse_unknown(row, _FEE_FIELDS)
    return FeeSchedule(
        effective_from_ms=_moment(row.get("from")),
        management_per_day_ratio=_decimal(row.get("management_per_day")),
        taken_utc_s=_second_of_day(row.get("taken_utc")),
        funding_inside=bool(row.get("funding_inside", False)),
        subscribe_ratio=_decimal(row.get("subscribe")),
        redeem_ratio=_decimal(row.get("redeem")),
        spot_ratio=_decimal(row.get("spot")),
        rebalance_cost_ratio=_decimal(row.get("rebalance_cost")),
        provenance=Provenance(str(row["provenance"])),
        source=str(row["source"]),
        as_of=str(row["as_of"]),
    )


def _refuse_unknown(row: Mapping[str, object], known: frozenset[str]) -> None:
    unknown = sorted(row.keys() - known)
    if unknown:
        raise ValueError(f"unknown field {', '.join(unknown)}")


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is not an object")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value


def _rows(value: object) -> list[Mapping[str, object]]:
    return [_object(row) for row in _list(value)]


def _decimal(value: object) -> Decimal | None:
    return None if value is None else parse_decimal(str(value))


def _moment(value: object) -> int:
    if value is None:
        return BEGINNING_MS
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no zone")
    return round(moment.timestamp() * 1000)


def _second_of_day(value: object) -> int | None:
    if value is None:
        return None
    clock = time.fromisoformat(str(value))
    return clock.hour * 3600 + clock.minute * 60 + clock.second
