"""One's own accounts: what a key may do, judged and in words, and what an account tells, fetched page by page."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from levdesk.domain.errors import LevdeskError, UserError, VenueBusy, VenueError, VenueRefused
from levdesk.domain.instruments import TokenKey
from levdesk.domain.problems import Problem, Severity
from levdesk.services.clock_skew import NOTABLE_MS
from levdesk.venues.contract import Reply
from levdesk.venues.private import (
    UNVERIFIED,
    Account,
    ApiKey,
    Fill,
    KeyRights,
    PrivateRequest,
    Refusal,
    Right,
)

DAY_MS: Final = 86_400_000
MOST_REQUESTS: Final = 600
"""So many pages of trades are asked for at most; what is left out is told."""


class AccountDoor(Protocol):
    """The door that can sign, for one account with one key."""

    def ask(self, request: PrivateRequest) -> Reply:
        """Sign and fetch; any HTTP status is a Reply."""


class Verdict(StrEnum):
    """What becomes of a key."""

    FINE = "fine"
    WARNED = "warned"
    UNVERIFIED = "unverified"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """What a key may do, and what is made of that.

    Attributes:
        verdict: REFUSED keys are never kept or used.
        words: the same for the person.
    """

    verdict: Verdict
    words: str


def check_key(account: Account, door: AccountDoor, key: ApiKey, *, skew_ms: int | None = None) -> KeyCheck:
    """Ask a venue what a key may do; where it does not tell, whether the key reads at all.

    Raises:
        UserError: the venue does not take the key, with the reason in words.
        VenueError: it could not be asked.
    """
    rights = UNVERIFIED
    asked = account.permissions()
    try:
        if asked is not None:
            rights = _rights(account, door.ask(asked), key)
        if rights == UNVERIFIED:
            account.parse_balances(door.ask(account.balances()[0]))
    except VenueError as error:
        raise in_words(account, error, skew_ms) from None
    return judge(account.title, rights, tells=asked is not None)


def _rights(account: Account, reply: Reply, key: ApiKey) -> KeyRights:
    """What the venue tells; nothing where it does not let this key ask."""
    try:
        return account.parse_permissions(reply, key)
    except VenueRefused as error:
        if account.refusals.get(error.label) is Refusal.RIGHTS:
            return UNVERIFIED
        raise


def judge(title: str, rights: KeyRights, *, tells: bool = True) -> KeyCheck:
    """Whether a key may be kept."""
    named = f" ({', '.join(rights.named)})" if rights.named else ""
    if rights.withdraw is Right.YES:
        words = (
            f"This key may move money out of the account{named}. LevDesk does not take it: make one that only reads."
        )
        return KeyCheck(verdict=Verdict.REFUSED, words=words)
    if rights.trade is Right.YES:
        words = f"This key may do more than read{named}. LevDesk only reads, but a key that leaks could trade."
        return KeyCheck(verdict=Verdict.WARNED, words=words)
    if Right.UNKNOWN in {rights.withdraw, rights.trade}:
        why = "does not tell this key what it may do" if tells else "does not tell what a key may do"
        words = f"{title} {why}, so it cannot be verified that it only reads. Look at its rights there."
        return KeyCheck(verdict=Verdict.UNVERIFIED, words=words)
    return KeyCheck(verdict=Verdict.FINE, words="This key can only read.")


# ------------------------------------------------------------------------------------------------- refusals in words

_WORDS: Final[dict[Refusal, tuple[str, str]]] = {
    Refusal.KEY: ("{title} does not know this key.", "Copy it again; it may have been deleted there."),
    Refusal.SECRET: ("{title} says that the secret does not fit the key.", "Copy both again, without spaces."),
    Refusal.PASSPHRASE: (
        "{title} says that the passphrase is wrong.",
        "It is the one that was chosen when the key was made, not the password of the account.",
    ),
    Refusal.ADDRESS: (
        "{title} takes this key from other internet addresses only.",
        "Add this computer’s public address to the key’s list there; at home and behind a VPN it changes now and then.",
    ),
    Refusal.RIGHTS: (
        "{title} does not let this key read.",
        "Give the key the right to read the spot account, and no other.",
    ),
    Refusal.EXPIRED: ("This key has expired at {title}.", "Make a new one there that only reads."),
    Refusal.LOCKED: ("{title} has locked the account.", "See what {title} says about it in its own pages."),
}


def in_words(account: Account, error: VenueError, skew_ms: int | None) -> LevdeskError:
    """A failure as the person should read it; one that is not about the key stays as it is."""
    if isinstance(error, VenueBusy):
        wait = "" if error.retry_after_s is None else f" It may be asked again in {_wait_words(error.retry_after_s)}."
        hint = f"LevDesk asks nothing more of this account until you try again.{wait}"
        return VenueBusy(error.message, venue=error.venue, retry_after_s=error.retry_after_s, hint=hint)
    if not isinstance(error, VenueRefused):
        return error
    reason = account.refusals.get(error.label)
    if reason is Refusal.CLOCK:
        return UserError(f"{account.title} says that this computer’s clock is wrong.", hint=clock_words(skew_ms))
    if reason is not None:
        message, hint = _WORDS[reason]
        return UserError(message.format(title=account.title), hint=hint.format(title=account.title))
    if error.status in {401, 403}:
        hint = "It may have shut this internet address out, or not serve this country. Wait, or use another network."
        return UserError(f"{account.title} turned the request away (HTTP {error.status}).", hint=hint)
    return error


def clock_words(skew_ms: int | None) -> str:
    """How wrong the clock is, and what to do."""
    advice = "Let the system set its time by itself, and try again."
    if skew_ms is None or abs(skew_ms) < NOTABLE_MS:
        return advice
    way = "ahead" if skew_ms > 0 else "behind"
    return f"It is {_wait_words(abs(skew_ms) / 1000)} {way}. {advice}"


def _wait_words(seconds: float) -> str:
    if seconds < 120:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 7200 else f"{round(seconds / 3600)} h"


# ----------------------------------------------------------------------------------------------------------- fetching


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedToken:
    """A token whose trades are asked for, and what it is quoted in."""

    key: TokenKey
    quote_currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNews:
    """What an account told.

    Attributes:
        venue, title: short name, and name for the screen.
        balances: units per coin, everything there is.
        fills: trades of the tokens asked about, oldest first, each once.
        since_ms, fetched_ms: the stretch that was asked for.
        problems: what could not be read.
    """

    venue: str
    title: str
    balances: tuple[tuple[str, Decimal], ...]
    fills: tuple[Fill, ...]
    since_ms: int
    fetched_ms: int
    problems: tuple[Problem, ...] = ()

    def units(self, coin: str) -> Decimal:
        """Units of a coin; a venue leaves coins out of which there are none."""
        return next((units for name, units in self.balances if name == coin), Decimal(0))


def fetch_balances(account: Account, door: AccountDoor) -> tuple[dict[str, Decimal], tuple[Problem, ...]]:
    """Units of every coin, over all the wallets the venue tells of."""
    units: dict[str, Decimal] = {}
    problems: list[Problem] = []
    for request in account.balances():
        parsed = account.parse_balances(door.ask(request))
        problems += parsed.problems
        for balance in parsed.values:
            units[balance.coin] = units.get(balance.coin, Decimal(0)) + balance.units
    return units, tuple(problems)


def fetch_fills(
    account: Account,
    door: AccountDoor,
    tokens: Sequence[WantedToken],
    since_ms: int,
    now_ms: int,
    *,
    goes_on: Callable[[float], bool] = lambda _done_ratio: True,
) -> tuple[tuple[Fill, ...], tuple[Problem, ...]]:
    """Trades of some tokens, oldest first, each once.

    Args:
        account, door: whom to ask, and through what.
        tokens: what to ask about.
        since_ms, now_ms: the stretch; cut to what the venue serves.
        goes_on: told how much is done before each request; False ends it there.
    """
    start_ms = max(since_ms, now_ms - account.reach_s * 1000) if account.reach_s is not None else since_ms
    found: dict[tuple[TokenKey, str], Fill] = {}
    problems: list[Problem] = []
    asked = 0
    for number, token in enumerate(tokens):
        waiting = deque(account.fills(token.key, token.quote_currency, start_ms, now_ms))
        while waiting:
            if not goes_on(number / len(tokens)):
                return _in_order(found), tuple(problems)
            if asked >= MOST_REQUESTS:
                words = f"{account.title} has more trades than are asked for at a time; ask for a shorter stretch."
                problems.append(
                    Problem(severity=Severity.WARNING, code="fills_cut", message=words, source=account.name)
                )
                return _in_order(found), tuple(problems)
            request = waiting.popleft()
            page = account.parse_fills(door.ask(request), request, token.key, token.quote_currency)
            asked += 1
            waiting.extendleft(reversed(page.next))
            problems += page.problems
            found |= {(fill.key, fill.trade_id): fill for fill in page.fills}
    return _in_order(found), tuple(problems)


def _in_order(found: dict[tuple[TokenKey, str], Fill]) -> tuple[Fill, ...]:
    return tuple(sorted(found.values(), key=lambda fill: (fill.time_ms, fill.trade_id)))
