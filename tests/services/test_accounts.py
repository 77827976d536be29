"""Keys judged, accounts fetched page by page, trades matched against the books, balances explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import UserError, VenueBusy, VenueRefused, VenueUnreachable
from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import Portfolio, Transaction, TransactionDraft, TransactionType
from levdesk.services.accounts import (
    DAY_MS,
    AccountNews,
    Verdict,
    WantedToken,
    check_key,
    clock_words,
    fetch_balances,
    fetch_fills,
    in_words,
    judge,
)
from levdesk.services.accounts_proposals import Proposal, Standing, draft_of, preview_of, propose, trade_note
from levdesk.services.accounts_reconciling import Reconciled, net_units, reconcile, tokens_of
from levdesk.services.books import Books
from levdesk.services.importing import confirm_import
from levdesk.services.ports import StoredBooks
from levdesk.venues.contract import Reply
from levdesk.venues.gate.account import GateAccount
from levdesk.venues.kucoin.account import KucoinAccount
from levdesk.venues.mexc.account import MexcAccount
from levdesk.venues.okx.account import OkxAccount
from levdesk.venues.private import READ_ONLY, UNVERIFIED, Account, ApiKey, Fill, KeyRights, PrivateRequest, Right
from tests.venues.samples import accounts as samples

NOW_MS = 1_760_000_000_000
KEY = ApiKey(key="k" * 12, secret="s" * 12, passphrase="p" * 12)
BTC3L = TokenKey("gate", "BTC3L")


class Door:
    """Answers by path, one answer after the other; the last one stays."""

    def __init__(self, **answers: Sequence[tuple[int, bytes]]) -> None:
        self.answers = {name: list(each) for name, each in answers.items()}
        self.asked: list[PrivateRequest] = []

    def ask(self, request: PrivateRequest) -> Reply:
        self.asked.append(request)
        waiting = self.answers[request.path.rsplit("/", 1)[1].replace("-", "_")]
        status, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return Reply(status=status, body=body, received_ms=NOW_MS)


# --------------------------------------------------------------------------------------------------------------- keys


def test_a_key_that_may_withdraw_is_refused_whatever_else_it_may_do() -> None:
    for trade in Right:
        check = judge("OKX", KeyRights(withdraw=Right.YES, trade=trade, named=("withdraw",)))
        assert check.verdict is Verdict.REFUSED
        assert "(withdraw)" in check.words


def test_a_key_that_may_trade_is_warned_about_and_one_that_reads_is_fine() -> None:
    assert judge("OKX", KeyRights(withdraw=Right.NO, trade=Right.YES)).verdict is Verdict.WARNED
    assert judge("OKX", READ_ONLY).verdict is Verdict.FINE


def test_what_a_venue_does_not_tell_is_said_to_be_unverified() -> None:
    check = judge("MEXC", UNVERIFIED, tells=False)
    assert check.verdict is Verdict.UNVERIFIED
    assert "MEXC does not tell what a key may do, so it cannot be verified" in check.words


def test_where_rights_are_not_told_the_key_is_tried_on_the_balances() -> None:
    door = Door(account=[(200, samples.MEXC_BALANCES)])
    assert check_key(MexcAccount(), door, KEY).verdict is Verdict.UNVERIFIED
    assert [request.path for request in door.asked] == ["/api/v3/account"]


def test_a_gate_key_that_may_not_ask_for_its_rights_still_reads() -> None:
    forbidden = b'{"label":"FORBIDDEN","message":"Request API key does not have account permission"}'
    door = Door(main_keys=[(403, forbidden)], accounts=[(200, samples.GATE_BALANCES)])
    assert check_key(GateAccount(), door, KEY).verdict is Verdict.UNVERIFIED


def test_a_kucoin_key_that_may_transfer_is_refused() -> None:
    door = Door(api_key=[(200, samples.KUCOIN_KEY)])
    assert check_key(KucoinAccount(), door, KEY).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("account", "label", "said", "hint"),
    [
        (GateAccount(), "REQUEST_EXPIRED", "this computer’s clock is wrong", "It is 3 min ahead."),
        (GateAccount(), "IP_FORBIDDEN", "from other internet addresses only", "public address"),
        (KucoinAccount(), "400004", "the passphrase is wrong", "not the password of the account"),
        (OkxAccount(), "50119", "does not know this key", "Copy it again"),
        (MexcAccount(), "700007", "does not let this key read", "no other"),
        (OkxAccount(), "unheard_of", "turned the request away (HTTP 403)", "shut this internet address out"),
    ],
)
def test_a_refusal_is_told_in_words(account: Account, label: str, said: str, hint: str) -> None:
    error = in_words(account, VenueRefused("no", venue=account.name, status=403, label=label), 180_000)
    assert isinstance(error, UserError)
    assert said in error.message
    assert hint in error.hint


def test_a_ban_says_when_it_ends_and_other_failures_stay_as_they_are() -> None:
    busy = in_words(MexcAccount(), VenueBusy("shut out", venue="mexc", retry_after_s=7200.0), None)
    assert "It may be asked again in 2 h." in busy.hint
    lost = VenueUnreachable("lost", venue="mexc")
    assert in_words(MexcAccount(), lost, None) is lost


def test_a_clock_that_is_right_is_not_called_wrong_by_a_figure() -> None:
    assert clock_words(None) == clock_words(400)
    assert clock_words(-4_000).startswith("It is 4 s behind.")


# ------------------------------------------------------------------------------------------------------------ fetching


def test_balances_of_all_wallets_are_added_up() -> None:
    door = Door(balance=[(200, samples.OKX_TRADING)], balances=[(200, samples.OKX_FUNDING.replace(b"ETH", b"BTC"))])
    units, problems = fetch_balances(OkxAccount(), door)
    assert units == {"BTC": Decimal("38.17953723222")}
    assert problems == ()


def test_trades_come_in_order_each_once_and_every_stretch_is_asked() -> None:
    door = Door(my_trades=[(200, samples.GATE_FILLS)])
    tokens = (WantedToken(key=BTC3L, quote_currency="USDT"),)
    fills, _ = fetch_fills(GateAccount(), door, tokens, NOW_MS - 90 * DAY_MS, NOW_MS)
    assert len(door.asked) == 4
    assert [fill.trade_id for fill in fills] == ["7342180137"]


def test_no_more_is_asked_than_the_venue_keeps_and_a_visit_can_be_ended() -> None:
    door = Door(myTrades=[(200, b"[]")])
    token = WantedToken(key=TokenKey("mexc", "BTC3L"), quote_currency="USDT")
    fetch_fills(MexcAccount(), door, (token,), 0, NOW_MS)
    assert min(int(dict(request.query)["startTime"]) for request in door.asked) == NOW_MS - 30 * DAY_MS
    door.asked.clear()
    fetch_fills(MexcAccount(), door, (token,), 0, NOW_MS, goes_on=lambda _done: False)
    assert door.asked == []


def test_a_venue_whose_pages_never_end_is_left_after_so_many() -> None:
    full = b"[" + b",".join(samples.MEXC_FILLS[1:-1].replace(b"dd44", b"%d" % n) for n in range(100)) + b"]"
    door = Door(myTrades=[(200, full)])
    token = WantedToken(key=TokenKey("mexc", "BTC3L"), quote_currency="USDT")
    fills, problems = fetch_fills(MexcAccount(), door, (token,), NOW_MS - 30 * DAY_MS, NOW_MS)
    assert len(fills) == 100
    assert "fills_cut" in {problem.code for problem in problems}
    assert len(door.asked) <= 600


# ------------------------------------------------------------------------------------------------------------ matching


def fill(
    number: int, units: str, price: str, *, at_ms: int = NOW_MS - DAY_MS, fee: str = "0", coin: str = "USDT"
) -> Fill:
    return Fill(
        key=BTC3L,
        quote_currency="USDT",
        trade_id=str(number),
        time_ms=at_ms,
        is_buy=not units.startswith("-"),
        quantity=Decimal(units.lstrip("-")),
        price=Decimal(price),
        fee=Decimal(fee),
        fee_currency=coin if Decimal(fee) else "",
    )


def books(*drafts: TransactionDraft) -> Books:
    rows = tuple(Transaction(id=number, portfolio_id=1, draft=draft) for number, draft in enumerate(drafts, 1))
    return Books.read(StoredBooks(portfolios=(Portfolio(id=1, name="Main"),), transactions=rows, tokens=()))


def standings(fills: Sequence[Fill], held: Books) -> list[Standing]:
    return [proposal.standing for proposal in propose(fills, held)]


def test_a_trade_becomes_a_transaction_to_the_last_digit() -> None:
    draft, question = draft_of(fill(7, "0.1234567890123456789", "2.10", fee="0.00123"))
    assert question == ""
    assert (str(draft.quantity), str(draft.price), str(draft.fee)) == ("0.1234567890123456789", "2.10", "0.00123")
    assert (draft.fee_currency, draft.type, draft.note) == ("USDT", TransactionType.BUY, "gate trade 7")


@pytest.mark.parametrize(
    ("fee", "coin", "note", "words"),
    [
        ("0.0013", "GT", "gate trade 7; fee of 0.0013 GT not booked", "paid in another coin"),
        ("-0.2", "USDT", "gate trade 7; rebate of 0.2 USDT not booked", "rebate of 0.2 USDT"),
        ("0.5", "", "gate trade 7; fee of 0.5 in an unknown coin not booked", "does not tell in which coin"),
    ],
)
def test_a_fee_that_cannot_be_booked_is_a_note_and_a_question(fee: str, coin: str, note: str, words: str) -> None:
    draft, question = draft_of(fill(7, "10", "2", fee=fee, coin=coin))
    assert (draft.fee, draft.fee_currency, draft.note) == (Decimal(0), "", note)
    assert words in question
    assert standings([fill(7, "10", "2", fee=fee, coin=coin)], books()) == [Standing.QUESTION]


def test_a_trade_is_known_again_by_the_number_in_a_note_even_when_the_row_was_changed() -> None:
    kept = replace(draft_of(fill(7, "10", "2"))[0], price=Decimal("2.5"), time_ms=NOW_MS - 30 * DAY_MS)
    assert standings([fill(7, "10", "2"), fill(71, "10", "2")], books(kept)) == [Standing.THERE, Standing.NEW]


def test_a_trade_is_known_again_by_second_units_and_price_and_each_row_counts_once() -> None:
    typed = replace(draft_of(fill(1, "10", "2"))[0], note="", time_ms=(NOW_MS - DAY_MS) // 1000 * 1000)
    twins = [fill(1, "10", "2.0", at_ms=typed.time_ms + 341), fill(2, "10.00", "2", at_ms=typed.time_ms + 900)]
    found = propose(twins, books(typed))
    assert [each.standing for each in found] == [Standing.THERE, Standing.NEW]
    assert found[0].words == "Already in “Main”."


def test_parts_of_one_order_fit_the_row_that_sums_them_up() -> None:
    typed = replace(draft_of(fill(1, "30", "2"))[0], note="")
    parts = [fill(1, "10", "1.99"), fill(2, "15", "2.00"), fill(3, "5", "2.02")]
    assert standings(parts, books(typed)) == [Standing.THERE] * 3
    assert standings(parts[:2], books(typed)) == [Standing.NEW] * 2


def test_the_same_trade_in_another_time_zone_is_a_question() -> None:
    typed = replace(draft_of(fill(1, "10", "2"))[0], note="", time_ms=NOW_MS - DAY_MS + 3_600_000)
    (found,) = propose([fill(1, "10", "2")], books(typed))
    assert (found.standing, found.is_doubtful) == (Standing.QUESTION, True)


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**7)), max_size=12))
def test_what_was_accepted_once_is_there_at_the_next_visit(trades: list[tuple[int, int, int]]) -> None:
    fills = [fill(n, str(units), str(price), at_ms=NOW_MS - DAY_MS - at) for n, (units, price, at) in enumerate(trades)]
    accepted = books(*(proposal.draft for proposal in propose(fills, books())))
    assert all(standing is Standing.THERE for standing in standings(fills, accepted))


def test_accepted_trades_are_one_batch_in_order_with_the_tokens_they_are_the_first_to_use() -> None:
    proposals = propose([fill(2, "-4", "3", at_ms=NOW_MS - 5), fill(1, "10", "2", at_ms=NOW_MS - 9)], books())
    preview = preview_of(proposals, 1, title="Gate", books=books())
    assert [draft.note for draft in preview.drafts] == ["gate trade 1", "gate trade 2"]
    assert [token.key for token in preview.new_tokens] == [BTC3L]
    assert confirm_import(books(), preview, allow_duplicates=True).rows == preview.rows


# --------------------------------------------------------------------------------------------------------- reconciling


def explained(units: str, fills: Sequence[Fill], *drafts: TransactionDraft) -> Reconciled:
    held = books(*drafts)
    news = AccountNews(
        venue="gate",
        title="Gate",
        balances=(("BTC3L", Decimal(units)),),
        fills=tuple(fills),
        since_ms=0,
        fetched_ms=NOW_MS,
    )
    (row,) = reconcile(news, tokens_of(held, "gate", ["BTC3L"]), propose(fills, held), held)
    return row


HUNDRED = replace(draft_of(fill(1, "100", "2", at_ms=NOW_MS - 9 * DAY_MS))[0], note="")


def test_what_agrees_is_said_to_agree() -> None:
    row = explained("100", [], HUNDRED)
    assert (row.difference, row.words, row.is_settled) == (Decimal(0), "Agrees.", True)


def test_trades_that_are_missing_explain_a_difference_with_their_fees_in_units() -> None:
    row = explained("149.95", [fill(2, "50", "3", fee="0.05", coin="BTC3L")], HUNDRED)
    assert (row.pending, row.is_settled) == (Decimal("49.95"), True)
    assert row.words == "Explained by 1 trade that is not in your books yet."


@pytest.mark.parametrize(
    ("units", "fills", "words"),
    [
        ("0.1", [], "−99.9 fits a merge of 1,000 : 1 that is not in your books."),
        ("10000", [], "+9,900 fits a merge of 100 : 1 in your books that the venue has not done."),
        ("0", [], "−100 has left the account: a sale before the stretch asked for, a redemption, or a transfer out."),
        ("93", [], "−7 may be a transfer out, a redemption, or a sale before the stretch asked for."),
        ("107", [], "+7 may be a transfer in, a subscription, or a purchase before the stretch asked for."),
        (
            "153",
            [fill(2, "50", "3")],
            (
                "1 trade that is not in your books explains +50; the remaining +3 may be a transfer in, a "
                "subscription, or a purchase before the stretch asked for."
            ),
        ),
        (
            "100",
            [fill(2, "50", "3")],
            "Agrees without the 1 trade that is not in your books: look at those again before you accept them.",
        ),
    ],
)
def test_a_difference_is_explained(units: str, fills: list[Fill], words: str) -> None:
    row = explained(units, fills, HUNDRED)
    assert row.words == words
    assert not row.is_settled


def test_fees_taken_in_units_are_told_by_their_size() -> None:
    there = fill(1, "100", "2", at_ms=NOW_MS - 9 * DAY_MS)
    assert "fees taken in units" in explained("99.8", [there], HUNDRED).words


def test_only_leveraged_tokens_are_asked_about() -> None:
    wanted = tokens_of(books(HUNDRED), "gate", ["USDT", "JUP", "ETH3S", "BTC", "SYRUP"])
    assert [token.key.symbol for token in wanted] == ["BTC3L", "ETH3S"]
    assert tokens_of(books(HUNDRED), "mexc", []) == ()


@given(units=st.integers(1, 10**6), fee=st.integers(0, 99), is_buy=st.booleans())
def test_accepting_what_is_missing_makes_the_difference_vanish(units: int, fee: int, is_buy: bool) -> None:
    traded = str(units + 100) if is_buy else f"-{units + 100}"
    missing = fill(2, traded, "3", fee=str(fee), coin="BTC3L")
    start = replace(HUNDRED, quantity=Decimal(2_000_000))
    (proposal,) = propose([missing], books(start))
    after = books(start, proposal.draft).position(BTC3L, None).quantity
    assert after == Decimal(2_000_000) + net_units(proposal)


def test_a_note_names_its_trade() -> None:
    assert trade_note(fill(12, "1", "1")) == "gate trade 12"
    assert isinstance(propose([fill(12, "1", "1")], books())[0], Proposal)
