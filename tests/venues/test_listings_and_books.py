"""Order books, listings and announcements, read exactly; and what of an announcement is not believed."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from levdesk.domain.instruments import TokenKey
from levdesk.domain.listings import TokenListing, VenueNotice
from levdesk.domain.order_book import OrderBook, OrderLevel, Sellable, sellable
from levdesk.venues.contract import RequestKind
from levdesk.venues.gate import Gate
from levdesk.venues.kucoin import Kucoin
from levdesk.venues.lbank import Lbank
from levdesk.venues.mexc import Mexc
from levdesk.venues.pionex import Pionex
from tests.venues.contract_suite import NOW_MS, reply
from tests.venues.samples import gate, kucoin, mexc, pionex


def level(price: str, size: str) -> OrderLevel:
    return OrderLevel(Decimal(price), Decimal(size))


# -- order books -------------------------------------------------------------------------------------------------


def test_a_book_has_its_moment_and_the_best_price_first() -> None:
    assert Gate().parse_token_depth(reply(gate.ORDER_BOOK)).values == (
        OrderBook(
            ts_ms=1_623_898_993_123,
            bids=(level("1.17", "201.863"), level("1.16", "725.464")),
            asks=(level("1.52", "1.151"), level("1.53", "1.218")),
        ),
    )
    moments = {
        1_729_176_273_859: Kucoin().parse_token_depth(reply(kucoin.ORDER_BOOK)),
        1_704_908_526_228: Mexc().parse_token_depth(reply(mexc.ORDER_BOOK)),
        1_566_691_672_300: Pionex().parse_token_depth(reply(pionex.DEPTH)),
    }
    assert [parsed.values[0].ts_ms for parsed in moments.values()] == list(moments)


def test_a_side_as_long_as_was_asked_for_may_go_on() -> None:
    bids = [[str(100 - number / 1000), "1"] for number in range(100)]
    body = json.dumps({"current": NOW_MS, "bids": bids, "asks": []}).encode()
    (book,) = Gate().parse_token_depth(reply(body)).values
    assert (book.is_cut, book.asks) == (True, ())


def test_an_offer_without_a_size_is_left_out_and_named() -> None:
    body = b'{"current":1623898993123,"asks":[],"bids":[["1.17","0"],["1.16","7"]]}'
    parsed = Gate().parse_token_depth(reply(body))
    assert parsed.values[0].bids == (level("1.16", "7"),)
    assert [problem.code for problem in parsed.problems] == ["offer_rejected"]


@pytest.mark.parametrize(
    ("bids", "is_cut", "told"),
    [
        ((level("100", "1"), level("99.5", "2"), level("98.9", "50")), False, Sellable(Decimal(299), True)),
        ((level("100", "1"), level("99", "1")), True, Sellable(Decimal(199), False)),
        ((level("100", "1"), level("98", "1")), True, Sellable(Decimal(100), True)),
        ((), False, Sellable(Decimal(0), True)),
        ((), True, Sellable(Decimal(0), False)),
    ],
)
def test_what_bids_take_within_a_percent(bids: tuple[OrderLevel, ...], is_cut: bool, told: Sellable) -> None:
    book = OrderBook(ts_ms=1, bids=bids, asks=(), is_cut=is_cut)
    assert sellable(book, Decimal("0.01")) == told


# -- listings ----------------------------------------------------------------------------------------------------


def test_a_pair_tells_what_may_be_done_and_until_when() -> None:
    parsed = Gate().parse_token_listings(reply(gate.PAIRS))
    assert parsed.values == (
        TokenListing(key=TokenKey("gate", "ETH")),
        TokenListing(key=TokenKey("gate", "BTC3L"), can_buy=False, ends_ms=1_790_100_000_000),
    )


def test_a_state_nobody_knows_is_a_problem_and_no_state() -> None:
    body = gate.PAIRS.replace(b"sellable", b"resting")
    parsed = Gate().parse_token_listings(reply(body))
    assert [listing.key.symbol for listing in parsed.values] == ["ETH"]
    assert [problem.code for problem in parsed.problems] == ["listing_rejected"]


# -- announcements -----------------------------------------------------------------------------------------------


def test_an_announcement_has_title_address_and_day() -> None:
    first, second = Gate().parse_notices(reply(gate.ARTICLES)).values
    assert first == VenueNotice(
        venue="gate",
        title="Gate Will Delist 3 Leveraged ETF Tokens, Including BTC3L",
        url="https://www.gate.com/announcements/article/51001",
        ts_ms=1_785_744_000_000,
    )
    assert second.ts_ms == 1_785_740_000_000
    assert [notice.ts_ms for notice in Kucoin().parse_notices(reply(kucoin.ANNOUNCED)).values] == [1_729_594_043_000]
    assert [notice.url for notice in Mexc().parse_notices(reply(mexc.ANNOUNCED)).values] == [
        "https://www.mexc.com/help/1"
    ]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://x.com/", "//x.com/y", "https://x.com/a b", "file:///etc/passwd", "https://"]
)
def test_an_address_that_is_none_for_a_browser_is_left_out(url: str) -> None:
    body = mexc.ANNOUNCED.replace(b"https://www.mexc.com/help/1", url.encode())
    assert [notice.url for notice in Mexc().parse_notices(reply(body)).values] == [""]


def test_a_title_on_several_lines_is_one_line() -> None:
    body = mexc.ANNOUNCED.replace(b"Delisting of BTC3L", b"Delisting\\nof\\u0007 BTC3L")
    assert [notice.title for notice in Mexc().parse_notices(reply(body)).values] == ["Delisting of BTC3L"]


def test_no_announcement_at_all_is_an_answer() -> None:
    assert Gate().parse_notices(reply(b'{"code":0,"data":{"list":[]}}')).values == ()


def test_gate_is_asked_for_announcements_with_a_body_and_without_a_key() -> None:
    request = Gate().notices()
    assert (request.method, json.loads(request.body)) == ("POST", {"page": "1", "size": "50", "lang": "en"})
    assert dict(request.headers) == {"Accept": "application/json", "Content-Type": "application/json"}


def test_who_lists_tokens_and_publishes_no_books_is_not_asked_for_any() -> None:
    new = {RequestKind.TOKEN_DEPTH, RequestKind.TOKEN_LISTINGS, RequestKind.NOTICES}
    assert not Lbank().serves & new
    assert Pionex().serves & new == {RequestKind.TOKEN_DEPTH}
