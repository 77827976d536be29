"""Dated rows set by hand: what makes no sense is refused in words, what does is kept digit for digit."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import (
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    ScheduledCondition,
    TokenKey,
)
from levdesk.io.resources import read_resource
from levdesk.io.rows import token_from_row, token_row
from levdesk.services.bookkeeping import Bookkeeper
from levdesk.services.books import Books
from levdesk.services.registry import Registry, read_registry
from levdesk.services.token_checks import check_token
from tests.domain.strategies import buy, token
from tests.services.memory_writer import FixedClock, MemoryWriter, rows_of

D = Decimal
RULE = RebalanceRule(target_leverage=D(3), band_low=D(2), band_high=D(4), scheduled_utc_s=57_600)
OUTSIDE, MOVED = ScheduledCondition.OUTSIDE_BAND, ScheduledCondition.OUTSIDE_BAND_OR_MOVED
MINE = replace(
    RULE,
    effective_from_ms=1_764_547_200_123,
    target_leverage=D("3.0"),
    band_low=D("2.250000000000000000000000000000001"),
    emergency_move_ratio=D("0.150"),
    provenance=Provenance.USER,
    source="you",
    as_of="2026-11-21",
)
MY_FEES = FeeSchedule(
    management_per_day_ratio=D("0.00030"),
    taken_utc_s=85_500,
    redeem_ratio=D("0.001"),
    provenance=Provenance.USER,
    source="a mail of theirs",
    as_of="2026-11-20",
)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry(json.loads(read_resource("registry.json")))


@pytest.fixture
def books() -> Books:
    return Books.read(MemoryWriter(*rows_of([buy("1", "1")])).read())


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (replace(RULE, target_leverage=D(-3)), "from the beginning: The token is long: its targets are above 0"),
        (replace(RULE, target_leverage=D(0)), "other than 0"),
        (replace(RULE, target_leverage=D("NaN")), "other than 0"),
        (replace(RULE, band_low=D(3)), "low edge lies above 0 and below the target of 3"),
        (replace(RULE, band_low=D(0)), "low edge lies above 0"),
        (replace(RULE, band_high=D("2.9")), "high edge lies above the target of 3"),
        (replace(RULE, band_high=D("Infinity")), "high edge"),
        (replace(RULE, emergency_leverage=D(3)), "emergency leverage lies above the target of 3"),
        (replace(RULE, emergency_move_ratio=D(1)), "emergency move is above 0 and below 100 %"),
        (replace(RULE, scheduled_utc_s=86_400), "time of the day"),
        (replace(RULE, band_low=None, band_high=None, scheduled_condition=OUTSIDE), "needs a band"),
        (replace(RULE, scheduled_condition=MOVED), "needs the move after which it acts"),
        (replace(RULE, scheduled_move_ratio=D(0)), "move is above 0"),
        (replace(RULE, as_of="last week"), "“last week” is not a day"),
        (replace(RULE, effective_from_ms=-1), "before 1970"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_words(books: Books, rule: RebalanceRule, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        check_token(books, token()._replace(rules=(rule,)))
    assert caught.value.message.startswith("The rebalance rule of BTC3L from ")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("fees", "words"),
    [
        (FeeSchedule(management_per_day_ratio=D(1)), "fee per day is not below 0, and below 100 %"),
        (FeeSchedule(subscribe_ratio=D("-0.001")), "fee to subscribe"),
        (FeeSchedule(redeem_ratio=D("NaN")), "fee to redeem"),
        (FeeSchedule(spot_ratio=D(2)), "spot fee"),
        (FeeSchedule(rebalance_cost_ratio=D(1)), "cost of a rebalance"),
        (FeeSchedule(taken_utc_s=-1), "time of the day"),
    ],
)
def test_fees_that_make_no_sense_are_refused_in_words(books: Books, fees: FeeSchedule, words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_token(books, token()._replace(fees=(fees,)))


def test_two_rows_from_the_same_moment_are_refused(books: Books) -> None:
    later = replace(RULE, effective_from_ms=1_764_547_200_000)
    check_token(books, token()._replace(rules=(RULE, later)))
    with pytest.raises(UserError, match="two rebalance rules from the same moment, 2025-12-01 00:00 UTC"):
        check_token(books, token()._replace(rules=(RULE, later, replace(later, band_low=None))))
    with pytest.raises(UserError, match="two rows of fees from the same moment, the beginning"):
        check_token(books, token()._replace(fees=(FeeSchedule(), MY_FEES)))


def test_the_bookkeeper_asks_before_anything_is_written() -> None:
    writer = MemoryWriter(*rows_of([buy("1", "1")]))
    keeper, books = Bookkeeper(writer, FixedClock()), Books.read(writer.read())
    with pytest.raises(UserError, match="its targets are above 0"):
        keeper.define_token(books, token()._replace(rules=(replace(RULE, target_leverage=D(-3)),)))
    assert writer.acts == []


def test_a_short_tokens_rows_are_below_zero(books: Books) -> None:
    short = replace(RULE, target_leverage=D(-3))
    check_token(books, token(target="-3")._replace(rules=(short,)))
    with pytest.raises(UserError, match="The token is short"):
        check_token(books, token(target="-3")._replace(rules=(RULE,)))


def test_every_row_that_ships_could_be_saved_by_hand(registry: Registry, books: Books) -> None:
    checked = 0
    for issuer in registry.issuers.values():
        for family in issuer.families:
            for target in family.targets:
                name = TokenKey(issuer.venue, f"BTC{(*family.suffixes, '')[0]}")
                example = LeveragedToken(key=name, underlying="BTC", target_leverage=target)
                check_token(books, registry.complete_token(example))
                checked += 1
    assert checked > 30


def test_own_rows_outlive_the_store_and_the_registry_digit_for_digit(registry: Registry) -> None:
    own = token()._replace(rules=(RULE, MINE), fees=(MY_FEES,), provenance=Provenance.USER)
    read_back = token_from_row(token_row(own))
    assert repr(read_back) == repr(own)
    complete = registry.complete_token(read_back)
    assert repr((complete.rules, complete.fees)) == repr((own.rules, own.fees))


def test_without_rows_of_ones_own_the_issuers_return(registry: Registry) -> None:
    own = token()._replace(rules=(RULE, MINE), fees=(MY_FEES,))
    again = registry.complete_token(own._replace(rules=(), fees=()))
    assert len(again.rules) == 3
    assert Provenance.USER not in {rule.provenance for rule in again.rules}
    assert Provenance.USER not in {fees.provenance for fees in again.fees}
