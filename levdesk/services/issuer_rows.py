"""Reads issuers and venues of perpetuals out of the registry's parsed JSON.

Every row is our own writing, so whatever makes no sense in it raises ValueError, TypeError or KeyError with a plain
reason; `registry.read_registry` says whose row it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import (
    BEGINNING_MS,
    FeeSchedule,
    Provenance,
    RebalanceRule,
    ScheduledCondition,
    UnitMerge,
)
from levdesk.domain.money import parse_decimal
from levdesk.services.issuers import Issuer, PerpetualVenue, TokenFamily

_ISSUER_FIELDS: Final = frozenset({
    "venue", "also", "title", "hedge_venue", "hedge_source", "perpetual", "ended", "ended_source", "relisted", "merges",
    "families",
})  # fmt: skip
_PERPETUAL_FIELDS: Final = frozenset({"venue", "spelling", "names", "source"})
_RULE_FIELDS: Final = frozenset({
    "from", "target", "scheduled_utc", "scheduled_condition", "scheduled_move", "band",
    "emergency_leverage", "emergency_move", "emergency_two_sided", "provenance", "source", "as_of",
})  # fmt: skip
_MERGE_FIELDS: Final = frozenset({"symbol", "on", "old_per_new", "source"})
_FEE_FIELDS: Final = frozenset({
    "from", "management_per_day", "taken_utc", "funding_inside", "subscribe", "redeem", "spot",
    "rebalance_cost", "provenance", "source", "as_of",
})  # fmt: skip


def read_issuer(venue: str, row: Mapping[str, object]) -> Issuer:
    """One issuer with its families."""
    _refuse_unknown(row, _ISSUER_FIELDS)
    for field in ("ended", "hedge_venue"):
        source = f"{field.removesuffix('_venue')}_source"
        if (field in row) != (source in row):
            raise ValueError(f"{field} and {source} go together")
    return Issuer(
        venue=venue,
        title=str(row["title"]),
        hedge_venue=str(row.get("hedge_venue", "")),
        perpetual=str(row.get("perpetual", "")),
        ended_ms=_moment(row["ended"]) if "ended" in row else None,
        relisted_ms={symbol: _moment(since) for symbol, since in read_object(row.get("relisted", {})).items()},
        merges=_merges(read_rows(row.get("merges", []))),
        families=tuple(_family(family) for family in read_rows(row["families"])),
    )


def read_perpetual_venue(row: Mapping[str, object]) -> PerpetualVenue:
    """One venue that perpetuals are read from."""
    _refuse_unknown(row, _PERPETUAL_FIELDS)
    spelling = str(row["spelling"])
    if "{underlying}" not in spelling or not row["source"]:
        raise ValueError("a spelling needs {underlying} in it, and a source beside it")
    names = {name: str(spelt) for name, spelt in read_object(row.get("names", {})).items()}
    return PerpetualVenue(venue=str(row["venue"]), spelling=spelling, names=names)


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
    rules = sorted(map(_rule, read_rows(row["rules"])), key=lambda rule: rule.effective_from_ms)
    fees = sorted(map(_fee, read_rows(row["fees"])), key=lambda fee: fee.effective_from_ms)
    return TokenFamily(
        targets=frozenset(parse_decimal(str(target)) for target in read_list(row["targets"])),
        suffixes=tuple(str(suffix) for suffix in read_list(row.get("suffixes", []))),
        rules=tuple(rules),
        fees=tuple(fees),
    )


def _rule(row: Mapping[str, object]) -> RebalanceRule:
    _refuse_unknown(row, _RULE_FIELDS)
    low, high = read_list(row.get("band", [None, None]))
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


def read_object(value: object) -> Mapping[str, object]:
    """An object of the JSON."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is not an object")
    return value


def read_list(value: object) -> list[object]:
    """A list of the JSON."""
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value


def read_rows(value: object) -> list[Mapping[str, object]]:
    """A list of objects."""
    return [read_object(row) for row in read_list(value)]


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
