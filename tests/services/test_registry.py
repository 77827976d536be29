"""Issuers' rules and fees: what ships with the program, and how a token is completed with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from levdesk.domain.basket import basket_rule
from levdesk.domain.errors import Bug
from levdesk.domain.instruments import (
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    ScheduledCondition,
    TokenKey,
    TokenStatus,
    fees_at,
    rule_at,
)
from levdesk.io.resources import read_resource
from levdesk.services.naming import guess_token
from levdesk.services.registry import Registry, read_registry
from levdesk.venues.binance import Binance
from levdesk.venues.bitrue import Bitrue
from levdesk.venues.bybit import Bybit
from levdesk.venues.contract import RequestKind, Venue
from levdesk.venues.gate import Gate
from levdesk.venues.htx import Htx
from levdesk.venues.kucoin import Kucoin
from levdesk.venues.lbank import Lbank
from levdesk.venues.mexc import Mexc
from levdesk.venues.okx import Okx
from levdesk.venues.pionex import Pionex


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry(json.loads(read_resource("registry.json")))


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def token(name: str, registry: Registry) -> LeveragedToken:
    venue, symbol = name.split(":")
    guessed = guess_token(TokenKey(venue, symbol))
    assert guessed is not None
    return registry.complete_token(guessed)


def rule_of(name: str, moment: str, registry: Registry) -> RebalanceRule:
    rule = rule_at(token(name, registry), ms(moment))
    assert rule is not None
    return rule


def test_every_row_that_ships_names_its_source_and_works_in_the_model(registry: Registry) -> None:
    rows = 0
    for issuer in registry.issuers.values():
        for family in issuer.families:
            for target in family.targets:
                example = LeveragedToken(
                    key=TokenKey(issuer.venue, f"BTC{(*family.suffixes, '')[0]}"),
                    underlying="BTC",
                    target_leverage=target,
                )
                complete = registry.complete_token(example)
                for rule in complete.rules:
                    rows += 1
                    assert basket_rule(rule).sign == (1 if target > 0 else -1)
                said = [(rule.source, rule.as_of) for rule in complete.rules]
                for source, as_of in [*said, *((fee.source, fee.as_of) for fee in complete.fees)]:
                    assert source
                    datetime.fromisoformat(as_of)
                starts = [row.effective_from_ms for row in complete.rules]
                assert starts == sorted(set(starts))
    assert rows > 40


@pytest.mark.parametrize("name", ["gate:BTC3L", "gate:BTC3S"])
def test_gates_3x_aimed_at_two_point_three_until_april_2025(name: str, registry: Registry) -> None:
    sign = -1 if name.endswith("S") else 1
    before = rule_of(name, "2025-04-01T07:59:59", registry)
    after = rule_of(name, "2025-04-01T08:00:00", registry)
    assert before.target_leverage == Decimal("2.3") * sign
    assert (before.band_low, before.band_high) == (Decimal("1.8"), Decimal(3))
    assert after.target_leverage == 3 * sign
    assert (after.band_low, after.band_high, after.emergency_leverage) == (Decimal(2), Decimal(4), Decimal(4))
    assert after.scheduled_condition is ScheduledCondition.OUTSIDE_BAND_OR_MOVED
    assert (after.scheduled_utc_s, after.scheduled_move_ratio) == (16 * 3600, Decimal("0.01"))
    assert (after.emergency_move_ratio, after.emergency_two_sided) == (Decimal("0.2"), True)
    assert after.provenance is Provenance.STATED


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("gate:BTC3L", "2.25", "4.125"),
        ("gate:BTC3S", "1.5", "5.25"),
        ("gate:BTC5L", "3.5", "7"),
        ("gate:BTC5S", "3.5", "7"),
    ],
)
def test_gates_floating_band_is_marked_as_assumed(name: str, low: str, high: str, registry: Registry) -> None:
    rule = rule_of(name, "2026-09-01T00:00:00", registry)
    assert (rule.band_low, rule.band_high) == (Decimal(low), Decimal(high))
    assert rule.provenance is Provenance.ASSUMED
    assert "not confirmed" in rule.source


@pytest.mark.parametrize("name", ["gate:CSOPSKHYNIX2L", "gate:BTC2S"])
def test_gates_2x_says_that_nothing_is_published(name: str, registry: Registry) -> None:
    rule = rule_of(name, "2026-09-01T00:00:00", registry)
    assert rule.provenance is Provenance.ASSUMED
    assert "No rule for 2x is published" in rule.source
    assert abs(rule.target_leverage) == 2


def test_gates_fee_covers_funding_and_is_taken_at_the_daily_check(registry: Registry) -> None:
    fees = fees_at(token("gate:ETH5S", registry), ms("2026-09-01T00:00:00"))
    assert fees is not None
    assert (fees.management_per_day_ratio, fees.funding_inside, fees.taken_utc_s) == (Decimal("0.001"), True, 57_600)


@pytest.mark.parametrize(
    ("name", "perpetual"),
    [("gate:BTC3L", "BTC_USDT"), ("kucoin:BTC3L", "XBTUSDTM"), ("kucoin:ETHUP", "ETHUSDTM"), ("pizza:BTC3L", "")],
)
def test_the_hedge_is_spelt_as_the_venue_spells_it(name: str, perpetual: str, registry: Registry) -> None:
    assert token(name, registry).hedge_instrument == perpetual


@pytest.mark.parametrize(
    ("name", "hedge"),
    [
        ("gate:BTC3L", ("gate", "BTC_USDT")),
        ("kucoin:BTC3L", ("kucoin", "XBTUSDTM")),
        ("pionex:BTC3S", ("pionex", "BTC_USDT_PERP")),
        ("htx:BTC3L", ("htx", "BTC-USDT")),
        ("lbank:BTC3L", ("binance", "BTCUSDT")),
        ("bitrue:XRP3S", ("binance", "XRPUSDT")),
        ("pizza:BTC3L", ("pizza", "")),
    ],
)
def test_an_issuer_without_perpetuals_is_hedged_elsewhere(
    name: str, hedge: tuple[str, str], registry: Registry
) -> None:
    assert token(name, registry).hedge == hedge


def test_a_hedge_a_person_chose_is_kept_and_a_venue_alone_is_completed(registry: Registry) -> None:
    plain = LeveragedToken(key=TokenKey("lbank", "BTC3L"), underlying="BTC", target_leverage=Decimal(3))
    assert registry.complete_token(plain._replace(hedge_venue="okx")).hedge == ("okx", "BTC-USDT-SWAP")
    own = plain._replace(hedge_instrument="btc_usdt")
    assert registry.complete_token(own).hedge == ("lbank", "btc_usdt")
    chosen = plain._replace(hedge_venue="gate", hedge_instrument="BTC_USD")
    assert registry.complete_token(chosen).hedge == ("gate", "BTC_USD")


def test_a_perpetual_is_looked_for_elsewhere_in_one_order(registry: Registry) -> None:
    found = registry.fallbacks("BTC")
    assert found[:4] == (
        ("binance", "BTCUSDT"),
        ("bybit", "BTCUSDT"),
        ("okx", "BTC-USDT-SWAP"),
        ("gate", "BTC_USDT"),
    )
    assert ("kucoin", "XBTUSDTM") in found
    assert len(dict(found)) == len(found) == 8
    assert registry.fallbacks("") == ()


@pytest.mark.parametrize(
    "venue", [Binance(), Bitrue(), Bybit(), Gate(), Htx(), Kucoin(), Lbank(), Mexc(), Okx(), Pionex()]
)
@pytest.mark.parametrize("coin", ["BTC", "ETH", "SHIB"])
def test_registry_and_adapters_spell_perpetuals_alike(venue: Venue, coin: str, registry: Registry) -> None:
    readable = RequestKind.UNDERLYING_QUOTES in venue.serves
    assert dict(registry.fallbacks(coin)).get(venue.name, "") == (venue.perpetual(coin) if readable else "")


@pytest.mark.parametrize(
    ("name", "ended"),
    [
        ("binance:BTCUP", "2024-02-28T06:00:00"),
        ("bybit:BTC3L", "2025-07-04T00:00:00"),
        ("htx:BTC3S", "2022-11-21T06:00:00"),
    ],
)
def test_tokens_of_a_programme_that_ended_are_delisted(name: str, ended: str, registry: Registry) -> None:
    complete = token(name, registry)
    assert registry.issuers[complete.key.venue].ended_ms == ms(ended)
    assert complete.status is TokenStatus.DELISTED
    assert registry.complete_token(complete._replace(status=TokenStatus.SETTLED)).status is TokenStatus.SETTLED
    by_hand = complete._replace(status=TokenStatus.TRADING, provenance=Provenance.USER)
    assert registry.complete_token(by_hand).status is TokenStatus.TRADING


@pytest.mark.parametrize(
    "name", ["gate:BTC3L", "mexc:BTC3L", "kucoin:BTC3L", "pionex:BTC3L", "lbank:BTC3L", "bitrue:XRP3L"]
)
def test_tokens_of_a_living_programme_trade(name: str, registry: Registry) -> None:
    complete = token(name, registry)
    assert complete.status is TokenStatus.TRADING
    assert complete.rules


@pytest.mark.parametrize(
    "name", ["lbank:BTC3L", "lbank:BTC5S", "bitrue:XRP3L", "bitrue:XRP3S", "bitrue:XRP1S", "pionex:BTC3S"]
)
def test_rules_nobody_published_are_marked_as_assumed(name: str, registry: Registry) -> None:
    assert rule_of(name, "2026-09-01T00:00:00", registry).provenance is Provenance.ASSUMED


def test_binances_up_and_down_float_between_its_published_bounds(registry: Registry) -> None:
    rule = rule_of("binance:BTCDOWN", "2023-01-01T00:00:00", registry)
    assert (rule.band_low, rule.band_high, rule.scheduled_utc_s) == (Decimal("1.25"), Decimal(4), None)
    described = LeveragedToken(key=TokenKey("binance", "BTCDOWN"), underlying="BTC", target_leverage=Decimal(-3))
    assert registry.complete_token(described).rules[0].target_leverage == -3


def test_fees_that_changed_are_dated(registry: Registry) -> None:
    htx, bybit = token("htx:BTC3L", registry), token("bybit:BTC3L", registry)
    days = [(htx, "2021-01-04T00:00:00", None), (htx, "2021-01-06T00:00:00", "0.001")]
    days += [(bybit, "2022-01-01T00:00:00", "0.0002"), (bybit, "2024-01-01T00:00:00", "0.00005")]
    for one, day, ratio in days:
        fees = fees_at(one, ms(day))
        assert fees is not None
        assert fees.management_per_day_ratio == (None if ratio is None else Decimal(ratio))


@pytest.mark.parametrize(
    ("name", "day", "ratio"),
    [
        ("mexc:APT3S", "2023-03-20", 10_000),
        ("kucoin:LUNA3L", "2022-05-11", 100_000),
        ("kucoin:DOT3L", "2024-04-18", 100_000),
        ("htx:UNI2S", "2021-04-15", 5_000),
    ],
)
def test_merges_of_other_issuers_come_with_their_tokens(name: str, day: str, ratio: int, registry: Registry) -> None:
    assert [(merge.day_ms, merge.old_per_new) for merge in token(name, registry).merges] == [
        (ms(f"{day}T00:00:00"), Decimal(ratio))
    ]


def test_up_and_down_follow_another_rule_than_3l_and_3s(registry: Registry) -> None:
    floating = rule_of("kucoin:BTCDOWN", "2023-01-01T00:00:00", registry)
    daily = rule_of("kucoin:BTC3S", "2023-01-01T00:00:00", registry)
    assert (floating.scheduled_utc_s, floating.band_high) == (None, Decimal(4))
    assert (daily.scheduled_utc_s, daily.emergency_move_ratio) == (85_500, Decimal("0.15"))


def test_a_symbol_given_to_another_token_starts_a_new_life(registry: Registry) -> None:
    assert token("gate:PUMP3L", registry).listed_ms == ms("2025-07-18T00:00:00")
    assert token("gate:BTC3L", registry).listed_ms is None


def test_announced_merges_come_with_the_token_oldest_first(registry: Registry) -> None:
    merges = token("gate:XRP5S", registry).merges
    assert [(merge.day_ms, merge.old_per_new) for merge in merges] == [
        (ms("2024-11-19T00:00:00"), Decimal(100)),
        (ms("2024-12-13T00:00:00"), Decimal(10_000)),
    ]
    assert all(merge.source for merge in merges)
    assert token("gate:BTC3L", registry).merges == ()


def test_what_a_person_set_is_kept(registry: Registry) -> None:
    mine = LeveragedToken(
        key=TokenKey("gate", "BTC3L"),
        underlying="BTC",
        target_leverage=Decimal(3),
        hedge_instrument="BTC_USD",
        rules=(RebalanceRule(target_leverage=Decimal(3), provenance=Provenance.USER),),
        fees=(FeeSchedule(provenance=Provenance.USER),),
        listed_ms=5,
        provenance=Provenance.USER,
    )
    assert registry.complete_token(mine) == mine


def test_completing_twice_changes_nothing(registry: Registry) -> None:
    complete = token("gate:BTC3L", registry)
    assert registry.complete_token(complete) == complete


def test_an_unknown_issuer_or_multiple_adds_no_rule(registry: Registry) -> None:
    stranger = LeveragedToken(key=TokenKey("elsewhere", "BTC3L"), underlying="BTC", target_leverage=Decimal(3))
    assert registry.complete_token(stranger) == stranger
    seven = stranger._replace(key=TokenKey("gate", "BTC7L"), target_leverage=Decimal(7))
    assert registry.complete_token(seven).rules == ()
    assert registry.complete_token(seven).hedge_instrument == "BTC_USDT"


def test_an_issuers_tokens_traded_elsewhere_keep_its_rules(registry: Registry) -> None:
    assert token("poloniex:BULL", registry).rules == token("ftx:BULL", registry).rules != ()
    assert registry.title("kucoin") == "KuCoin"
    assert registry.title("elsewhere") == "elsewhere"


@pytest.mark.parametrize(
    "change",
    [
        {"targets": ["x"]},
        {"rules": [{"band": ["1"], "provenance": "stated", "source": "s", "as_of": "d"}]},
        {"rules": [{"bnad": ["1", "2"], "provenance": "stated", "source": "s", "as_of": "d"}]},
        {"rules": [{"from": "2025-04-01", "provenance": "stated", "source": "s", "as_of": "d"}]},
        {"fees": [{"provenance": "heard", "source": "s", "as_of": "d"}]},
        {"fees": [{"source": "s", "as_of": "d"}]},
    ],
)
def test_a_row_of_ours_that_makes_no_sense_names_its_venue(change: dict[str, object]) -> None:
    family: dict[str, object] = {"targets": ["3"], "rules": [], "fees": []}
    issuer = {"venue": "odd", "title": "Odd", "perpetual": "", "families": [family | change]}
    with pytest.raises(Bug, match="odd"):
        read_registry({"issuers": [issuer]})


@pytest.mark.parametrize(
    "change",
    [
        {"ended": "2024-02-28T06:00:00Z"},
        {"ended": "2024-02-28", "ended_source": "s"},
        {"hedge_venue": "binance"},
        {"hegde_venue": "binance", "hedge_source": "s"},
    ],
)
def test_an_issuer_of_ours_that_makes_no_sense_names_itself(change: dict[str, object]) -> None:
    issuer: dict[str, object] = {"venue": "odd", "title": "Odd", "families": []}
    assert read_registry({"issuers": [issuer]}).title("odd") == "Odd"
    with pytest.raises(Bug, match="odd"):
        read_registry({"issuers": [issuer | change]})


@pytest.mark.parametrize("change", [{"spelling": "BTCUSDT"}, {"source": ""}, {"weight": 1}])
def test_a_perpetual_of_ours_that_makes_no_sense_names_its_venue(change: dict[str, object]) -> None:
    row: dict[str, object] = {"venue": "odd", "spelling": "{underlying}USDT", "source": "s"}
    assert read_registry({"issuers": [], "perpetuals": [row]}).fallbacks("BTC") == (("odd", "BTCUSDT"),)
    with pytest.raises(Bug, match="odd"):
        read_registry({"issuers": [], "perpetuals": [row | change]})


def test_a_missing_resource_says_so() -> None:
    with pytest.raises(Bug, match=r"nothing\.json"):
        read_resource("nothing.json")
