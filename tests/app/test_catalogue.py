"""Lists of tokens: once a day from each venue, also over restarts, and at once where none was ever fetched."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from levdesk.app.catalogue import FIRST_LIST_MS, LISTED, Catalogue
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services import sync
from levdesk.services.sync_state import SyncPlan, VenueWant
from levdesk.venues.contract import RequestKind

NOW = 1_790_000_000_000
HOUR = 3_600_000
BTC3L = LeveragedToken(key=TokenKey("gate", "BTC3L"), underlying="BTC", target_leverage=Decimal(3))
ETH3L = LeveragedToken(key=TokenKey("lbank", "ETH3L"), underlying="ETH", target_leverage=Decimal(3))


class Desk:
    """As much of the engine as the catalogue touches."""

    def __init__(self) -> None:
        self.saved: dict[str, Any] = {}
        self.told: list[tuple[LeveragedToken, ...]] = []
        stores = SimpleNamespace(
            market=SimpleNamespace(save_catalogue=lambda venue, tokens: self.saved.update({venue: tokens})),
            settings=SimpleNamespace(save_settings=self.saved.update),
        )
        self.house = SimpleNamespace(
            registry=SimpleNamespace(complete_token=lambda token: token),
            clock=SimpleNamespace(now_ms=lambda: NOW),
            stores=stores,
            forget_catalogue=lambda: None,
        )
        self.runner = SimpleNamespace(watch=lambda *_: None)
        self.books = SimpleNamespace(tokens={}, keys=lambda _portfolio_id: ())
        self.signals = SimpleNamespace(catalogue_changed=SimpleNamespace(emit=self.told.append))

    def fail(self, _error: object) -> None:
        raise AssertionError


def lists_due(listed_ms: dict[str, int], at_ms: int) -> set[str]:
    serves = frozenset({RequestKind.TOKENS})
    plan = SyncPlan(venues=tuple(VenueWant(name=name, title=name, serves=serves) for name in ("gate", "lbank")))
    return {task.key.venue for task in sync.due(at_ms, sync.begin(plan, listed_ms=listed_ms))}


def test_a_list_of_this_morning_is_asked_for_tomorrow_one_never_had_at_once() -> None:
    desk: Any = Desk()
    listed_ms = Catalogue(desk, [BTC3L], {"gate": NOW - HOUR}).listed_ms(["gate", "lbank"])
    assert lists_due(listed_ms, NOW) == set()
    assert lists_due(listed_ms, NOW + FIRST_LIST_MS) == {"lbank"}
    assert lists_due(listed_ms, NOW + 23 * HOUR) == {"gate", "lbank"}


def test_a_list_with_a_token_in_the_books_is_asked_for_an_hour_later_and_not_before_prices() -> None:
    desk: Any = Desk()
    desk.books.keys = lambda _portfolio_id: (BTC3L.key,)
    lately = Catalogue(desk, [BTC3L], {"gate": NOW - HOUR // 2}).listed_ms(["gate"])
    assert "gate" not in lists_due(lately, NOW + HOUR // 2 - 1)
    assert "gate" in lists_due(lately, NOW + HOUR // 2)
    long_ago = Catalogue(desk, [BTC3L], {"gate": NOW - 20 * HOUR}).listed_ms(["gate"])
    assert "gate" not in lists_due(long_ago, NOW)
    assert "gate" in lists_due(long_ago, NOW + FIRST_LIST_MS)


def test_a_list_whose_tokens_are_gone_from_the_file_is_asked_for_again() -> None:
    desk: Any = Desk()
    listed_ms = Catalogue(desk, [], {"gate": NOW - HOUR}).listed_ms(["gate"])
    assert lists_due(listed_ms, NOW + FIRST_LIST_MS) == {"gate", "lbank"}


def test_a_new_list_replaces_the_venues_old_one_and_its_time_is_kept() -> None:
    desk: Any = Desk()
    catalogue = Catalogue(desk, [BTC3L, ETH3L], {"gate": NOW - HOUR, "lbank": NOW - HOUR})
    other = LeveragedToken(key=TokenKey("gate", "SOL3L"), underlying="SOL", target_leverage=Decimal(3))
    catalogue.take("gate", (other,))
    assert catalogue.tokens() == (other, ETH3L)
    assert catalogue.listed(BTC3L.key) is None
    assert desk.saved == {"gate": (other,), LISTED: {"gate": NOW, "lbank": NOW - HOUR}}
    assert desk.told == [(other, ETH3L)]


def test_what_a_person_defined_stands_before_what_is_listed() -> None:
    desk: Any = Desk()
    own = LeveragedToken(key=BTC3L.key, underlying="BTC", target_leverage=Decimal(5))
    desk.books.tokens = {own.key: own}
    assert Catalogue(desk, [BTC3L], {}).tokens() == (own,)
