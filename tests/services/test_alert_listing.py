from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from levdesk.domain.instruments import LeveragedToken, Provenance, TokenKey, TokenStatus
from levdesk.services.alert_listing import as_listed
from levdesk.services.alert_seeding import rules_to_seed, seeded
from levdesk.services.alert_standard import standard_rules

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
    assert as_listed(replace(TOKEN, status=known), replace(TOKEN, status=listed)).status is told


def test_a_persons_own_word_stands() -> None:
    own = replace(TOKEN, provenance=Provenance.USER)
    assert as_listed(own, replace(TOKEN, status=GONE)) is own
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
