from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from levdesk.domain.instruments import LeveragedToken, Provenance, TokenKey, TokenStatus
from levdesk.domain.listings import TokenListing, VenueNotice
from levdesk.services.alert_harvests import after_harvests, with_known
from levdesk.services.alert_listing import (
    ListingMark,
    after_list,
    after_listings,
    after_notices,
    as_listed,
    concerns,
    only_held,
    stage_of,
)
from levdesk.services.alert_listing_codec import marks_from_json, marks_to_json
from levdesk.services.alert_needs import AlertNeeds, alert_needs
from levdesk.services.alert_seeding import rules_to_seed, seeded
from levdesk.services.alert_standard import standard_rules
from levdesk.services.fetching import Harvest
from levdesk.services.sync_state import LineKey, Task
from levdesk.venues.contract import RequestKind

TOKEN = LeveragedToken(key=TokenKey("mexc", "BTC3L"), underlying="BTC", target_leverage=Decimal(3))
TRADING, REDEEM, GONE, SETTLED = TokenStatus


@pytest.mark.parametrize(
    ("known", "listed", "told"),
    [
        (TRADING, GONE, GONE),
        (TRADING, REDEEM, REDEEM),
        (TRADING, TRADING, TRADING),
        (GONE, TRADING, GONE),
        (SETTLED, GONE, SETTLED),
    ],
)
def test_a_list_tells_only_of_later_stages(known: TokenStatus, listed: TokenStatus, told: TokenStatus) -> None:
    assert as_listed(TOKEN._replace(status=known), TOKEN._replace(status=listed)).status is told


def test_a_persons_own_word_stands() -> None:
    own = TOKEN._replace(provenance=Provenance.USER)
    assert as_listed(own, TOKEN._replace(status=GONE)) is own
    assert as_listed(TOKEN, None) is TOKEN


def test_standard_rules_come_with_the_first_holding_and_never_again() -> None:
    assert rules_to_seed((), {}, is_held=False) == ()
    first = rules_to_seed((), {}, is_held=True)
    assert first == standard_rules()
    kept = seeded({}, first)
    assert rules_to_seed((), kept, is_held=True) == ()


def test_a_standard_rule_of_a_later_program_comes_alone() -> None:
    new = standard_rules()[3]
    known = seeded({}, [rule for rule in standard_rules() if rule != new])
    assert rules_to_seed((), known, is_held=True) == (new,)
    assert rules_to_seed((replace(new, id=7),), known, is_held=True) == ()
    assert set(seeded(known, [new])["alert_standards"]) == {rule.standard for rule in standard_rules()}  # type: ignore[call-overload]


def test_seeding_after_a_crash_in_the_middle_saves_no_rule_twice() -> None:
    some = standard_rules()[:5]
    assert rules_to_seed(some, {}, is_held=True) == standard_rules()[5:]
    assert rules_to_seed(some, {"alert_standards": "broken"}, is_held=True) == standard_rules()[5:]


# -- lists over time ---------------------------------------------------------------------------------------------

KEY, OTHER = TOKEN.key, TokenKey("mexc", "ETH3S")
HOUR, DAY = 3_600_000, 86_400_000
NOW = 1_800_000_000_000


def lists(*with_it: bool, marks: dict[TokenKey, ListingMark] | None = None) -> dict[TokenKey, ListingMark]:
    """The marks after hourly lists that have the token, or lack it."""
    found = dict(marks or {})
    for number, has in enumerate(with_it):
        listed = [TOKEN] if has else [TOKEN._replace(key=OTHER)]
        found = after_list(found, "mexc", listed, [KEY], NOW + number * HOUR)
    return found


def test_a_token_that_was_listed_and_is_in_none_of_two_lists_is_gone() -> None:
    assert stage_of(TOKEN, lists(True, False)[KEY], NOW) == 0
    gone = lists(True, False, False)[KEY]
    assert (stage_of(TOKEN, gone, NOW), gone.missing_ms, gone.seen_ms) == (2, NOW + HOUR, NOW)
    assert lists(True, False, False, False)[KEY].missing_ms == NOW + HOUR


def test_a_token_that_comes_back_was_never_gone() -> None:
    assert lists(True, False, True, False)[KEY].misses == 1
    assert stage_of(TOKEN, lists(True, False, False, True)[KEY], NOW) == 0


def test_a_token_nobody_ever_saw_in_a_list_is_not_missed() -> None:
    assert lists(False, False, False) == {}
    assert stage_of(TOKEN, None, NOW) == 0


def test_a_restart_between_two_lists_forgets_nothing() -> None:
    before = lists(True, False)
    stored = marks_from_json(json.loads(json.dumps(marks_to_json(before))))
    assert stored == before
    assert lists(False, marks=stored)[KEY].is_gone


def test_lists_of_other_venues_say_nothing() -> None:
    marks = lists(True)
    assert after_list(marks, "gate", [], [KEY], NOW) == marks


def test_a_status_in_the_list_counts_and_a_person_s_own_token_is_left_alone() -> None:
    marks = after_list({}, "mexc", [TOKEN._replace(status=GONE)], [KEY], NOW)
    assert stage_of(TOKEN, marks[KEY], NOW) == 2
    assert stage_of(TOKEN._replace(provenance=Provenance.USER), marks[KEY], NOW) == 0


@pytest.mark.parametrize(
    ("told", "stage"),
    [
        ({}, 0),
        ({"can_buy": False}, 1),
        ({"can_sell": False}, 1),
        ({"ends_ms": NOW + DAY}, 1),
        ({"ends_ms": NOW - DAY}, 1),
        ({"ends_ms": NOW - DAY, "can_sell": False}, 2),
    ],
)
def test_how_a_token_is_traded_tells_its_stage(told: dict[str, Any], stage: int) -> None:
    marks = after_listings({}, "mexc", [TokenListing(key=KEY, **told)], [KEY])
    assert stage_of(TOKEN, marks[KEY], NOW) == stage


def test_what_is_not_held_any_more_is_forgotten() -> None:
    assert only_held(lists(True), [OTHER]) == {}


@pytest.mark.parametrize("document", [None, [], "x", {"mexc:BTC3L": 7}, {"mexc:BTC3L": {"seen_ms": "x"}}, {"": {}}])
def test_stored_marks_nobody_can_read_are_none(document: object) -> None:
    assert marks_from_json(document) == {}


# -- announcements -----------------------------------------------------------------------------------------------


def notice(title: str, *, days_ago: int = 1, venue: str = "mexc") -> VenueNotice:
    return VenueNotice(venue=venue, title=title, url="https://www.mexc.com/1", ts_ms=NOW - days_ago * DAY)


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("MEXC Will Delist BTC3L", True),
        ("Delisting of BTC3L/USDT and 12 others", True),
        ("Trading of BTC3LUSDT will cease on 3 May", True),
        ("BTC3L_USDT: suspension of trading", True),
        ("Notice on the removal of leveraged ETF tokens", True),
        ("All Leveraged Tokens to be terminated", True),
        ("关于下架 BTC3L 的公告", True),
        ("MEXC Will List BTC3L", False),
        ("MEXC Will Delist ETH3S", False),
        ("Leveraged tokens: ETH3S and SOL5L are delisted", False),
        ("Delisting of WBTC3L", False),
        ("Delisting of BTC3LX", False),
        ("Suspension of BTC deposits", False),
        ("Leveraged tokens: a guide", False),
    ],
)
def test_titles_that_mean_a_token(title: str, meant: bool) -> None:
    assert concerns(notice(title), KEY) is meant


def test_a_venue_speaks_of_its_own_tokens_only() -> None:
    assert not concerns(notice("Delisting of BTC3L", venue="gate"), KEY)


def test_announcements_are_kept_while_they_are_news_and_said_once() -> None:
    new, old = notice("Delisting of BTC3L"), notice("BTC3L will be delisted", days_ago=20)
    marks = after_notices({}, "mexc", [new, old, notice("Weekly review")], [KEY, OTHER], NOW)
    assert {key: mark.notices for key, mark in marks.items()} == {KEY: (new,)}
    again = after_notices(marks, "mexc", [new], [KEY, OTHER], NOW + HOUR)
    assert again[KEY] is marks[KEY]
    assert marks_from_json(json.loads(json.dumps(marks_to_json(marks)))) == marks
    assert again[KEY].news(NOW + 13 * DAY) == ()


# -- from what was fetched ---------------------------------------------------------------------------------------


def harvest(kind: RequestKind, **told: Any) -> Harvest:
    return Harvest(task=Task(LineKey("mexc", kind)), received_ms=NOW, **told)


def test_what_was_fetched_is_taken_in_order_and_nothing_new_is_the_same_object() -> None:
    lists = [
        harvest(RequestKind.TOKENS, tokens=(TOKEN,)),
        harvest(RequestKind.TOKENS),
        harvest(RequestKind.TOKENS),
        harvest(RequestKind.TOKEN_LISTINGS, listings=(TokenListing(key=KEY, can_buy=False),)),
        harvest(RequestKind.NOTICES, notices=(notice("Delisting of BTC3L"),)),
        harvest(RequestKind.TOKEN_QUOTES),
    ]
    marks = after_harvests({}, lists, [KEY], NOW)
    assert set(marks) == {KEY}
    assert marks[KEY].is_gone
    assert marks[KEY].listing == TokenListing(key=KEY, can_buy=False)
    assert len(marks[KEY].notices) == 1
    assert after_harvests(marks, [lists[-1]], [KEY], NOW) is marks
    assert after_harvests(marks, [], [], NOW) == {}, "what is sold is forgotten"


def test_a_token_of_the_stored_lists_was_seen() -> None:
    known = with_known({}, [TOKEN], 0)
    assert with_known(known, [TOKEN._replace(status=GONE)], NOW) == known
    gone = after_harvests(known, [harvest(RequestKind.TOKENS)] * 2, [KEY], NOW)
    assert gone[KEY].is_gone


def test_rules_say_what_has_to_be_fetched_for_them() -> None:
    rules = standard_rules()
    assert alert_needs(rules) == AlertNeeds(books=True, notices=True)
    assert alert_needs([replace(rule, enabled=False) for rule in rules]) == AlertNeeds()
    assert alert_needs([rule for rule in rules if rule.standard == "thin_book"]) == AlertNeeds(books=True)
    assert alert_needs([rule for rule in rules if rule.standard == "listing"]) == AlertNeeds()
