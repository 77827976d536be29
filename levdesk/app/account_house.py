"""The accounts of one data directory behind the window: keys, doors, clocks; everything here blocks, in the pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from levdesk.app.house import House
from levdesk.domain.errors import UserError, VenueError
from levdesk.io.account_keys import AccountKeys
from levdesk.io.http import RequestsDoor
from levdesk.io.secrets import Vault, keyring_state
from levdesk.io.signed_http import SignedDoor
from levdesk.services.accounts import (
    DAY_MS,
    AccountNews,
    KeyCheck,
    Verdict,
    check_key,
    fetch_balances,
    fetch_fills,
    in_words,
)
from levdesk.services.accounts_reconciling import tokens_of
from levdesk.services.accounts_view import AccountState, AccountsView, KeyPlace
from levdesk.services.books import Books
from levdesk.services.settings import Settings
from levdesk.venues.bybit.account import BybitAccount
from levdesk.venues.gate.account import GateAccount
from levdesk.venues.kucoin.account import KucoinAccount
from levdesk.venues.mexc.account import MexcAccount
from levdesk.venues.okx.account import OkxAccount
from levdesk.venues.pionex.account import PionexAccount
from levdesk.venues.private import Account, ApiKey

ACCOUNTS: Final[Mapping[str, Account]] = {
    account.name: account
    for account in (GateAccount(), MexcAccount(), KucoinAccount(), PionexAccount(), BybitAccount(), OkxAccount())
}
"""In the order they are shown."""
WITH_KEY: Final = "account_venues"
"""Name of the setting that lists venues with a key, so that a start without any asks no keyring."""
SAVE_TIMEOUT_S: Final = 60.0


class AccountHouse:
    """What the account desk has done for it.

    Args:
        house: files and clock.
        before: the one before the books were opened anew; keys of the session go over.
    """

    def __init__(self, house: House, before: AccountHouse | None = None) -> None:
        self.house = house
        self.keys: AccountKeys = before.keys if before is not None else AccountKeys(Vault(house.paths.data_dir))
        self.in_session: set[str] = before.in_session if before is not None else set()
        self._http = RequestsDoor(house.clock, house.turnstile)

    @property
    def closed_words(self) -> str:
        """Why no account can be asked."""
        if self.house.options.demo:
            return "The demo’s market is made up, and nobody has an account in it: no key is taken here."
        if self.house.options.offline:
            return "LevDesk was started offline, so no account is asked."
        return ""

    def known(self) -> tuple[str, ...]:
        """Venues with a key in the keyring, as noted."""
        noted = self.house.stores.settings.read_settings().get(WITH_KEY)
        return tuple(name for name in noted if name in ACCOUNTS) if isinstance(noted, list) else ()

    def view(self, before: AccountsView | None = None) -> AccountsView:
        """The accounts; what was found out about a key before stays."""
        known, safe = self.known(), keyring_state()
        states = []
        for name, account in ACCOUNTS.items():
            place = KeyPlace.KEYRING if name in known else KeyPlace.NOWHERE
            place = KeyPlace.SESSION if name in self.in_session else place
            old = before.of(name) if before is not None else None
            states.append(
                AccountState(
                    venue=name,
                    title=account.title,
                    place=place,
                    check=old.check if old is not None and place is not KeyPlace.NOWHERE else None,
                    trouble=old.trouble if old is not None else "",
                    has_passphrase=account.has_passphrase,
                    reach_words=account.reach_words,
                )
            )
        words = (
            f"Keys are kept in this computer’s keyring: {safe.backend.split('.')[-2] if safe.backend else ''}."
            if safe.usable
            else "This computer offers no keyring: a key is kept until LevDesk ends, and never written to a file."
        )
        return AccountsView(
            accounts=tuple(states), safe_words=words, outlives=safe.usable, closed_words=self.closed_words
        )

    # -- keys --------------------------------------------------------------------------------------------------

    def try_key(self, venue: str, key: ApiKey, settings: Settings) -> KeyCheck:
        """What a key may do."""
        account = self._open(venue)
        skew_ms = self._skew_ms(venue, settings)
        return check_key(account, self._door(account, key, settings, skew_ms), key, skew_ms=skew_ms)

    def keep(self, venue: str, key: ApiKey) -> None:
        """Keep a key where this computer keeps such things, or for the session."""
        if self.keys.keep(venue, key):
            self.in_session.discard(venue)
            self._note((*(name for name in self.known() if name != venue), venue))
        else:
            self.in_session.add(venue)
            self._note(tuple(name for name in self.known() if name != venue))

    def forget(self, venue: str) -> None:
        """Remove a key."""
        self.keys.forget(venue)
        self.in_session.discard(venue)
        self._note(tuple(name for name in self.known() if name != venue))

    def check_kept(self, venue: str, settings: Settings) -> KeyCheck:
        """What the kept key may do now; one that may take money out is thrown away at once."""
        check = self.try_key(venue, self._kept(venue), settings)
        if check.verdict is Verdict.REFUSED:
            self.forget(venue)
        return check

    def _kept(self, venue: str) -> ApiKey:
        key = self.keys.read(venue)
        if key is None:
            title = ACCOUNTS[venue].title
            raise UserError(f"The keyring has no key of {title} any more.", hint="Enter the key again.")
        return key

    def _note(self, venues: tuple[str, ...]) -> None:
        value = sorted(venues) or None
        self.house.stores.settings.save_settings({WITH_KEY: value}).result(SAVE_TIMEOUT_S)

    # -- visits ------------------------------------------------------------------------------------------------

    def visit(
        self, venue: str, days: int, books: Books, settings: Settings, goes_on: Callable[[float], bool]
    ) -> AccountNews:
        """What an account tells now.

        Raises:
            LevdeskError: the key, the venue or the way there did not do.
        """
        account = self._open(venue)
        key, now_ms = self._kept(venue), self.house.clock.now_ms()
        skew_ms = self._skew_ms(venue, settings)
        door = self._door(account, key, settings, skew_ms)
        check = check_key(account, door, key, skew_ms=skew_ms)
        if check.verdict is Verdict.REFUSED:
            self.forget(venue)
            raise UserError(check.words, hint="The key was thrown away.")
        try:
            balances, odd = fetch_balances(account, door)
            tokens = tokens_of(
                books, venue, (coin for coin, units in balances.items() if units), self.house.listed_token
            )
            since_ms = now_ms - days * DAY_MS
            fills, problems = fetch_fills(account, door, tokens, since_ms, now_ms, goes_on=goes_on)
        except VenueError as error:
            raise in_words(account, error, skew_ms) from None
        return AccountNews(
            venue=venue,
            title=account.title,
            balances=tuple(sorted(balances.items())),
            fills=fills,
            since_ms=max(since_ms, now_ms - account.reach_s * 1000) if account.reach_s else since_ms,
            fetched_ms=now_ms,
            problems=odd + problems,
        )

    def close(self) -> None:
        """Close connections; call when nothing is under way."""
        self._http.close()

    def _open(self, venue: str) -> Account:
        if self.closed_words:
            raise UserError(self.closed_words)
        return ACCOUNTS[venue]

    def _door(self, account: Account, key: ApiKey, settings: Settings, skew_ms: int | None) -> SignedDoor:
        addresses = {**dict(settings.venue_urls), **dict(self.house.options.venue_urls)}
        return SignedDoor(
            account,
            key,
            self._http.send,
            self.house.clock,
            address=addresses.get(account.name, ""),
            skew_ms=skew_ms or 0,
        )

    def _skew_ms(self, venue: str, settings: Settings) -> int | None:
        """This computer's clock minus the venue's, asked just now; None when it did not tell."""
        adapter = self.house.venues(settings).get(venue)
        if adapter is None:
            return None
        clock = self.house.clock
        begun_ms = clock.now_ms()
        try:
            reply = self.house.http.send(adapter.server_time())
            return (begun_ms + clock.now_ms()) // 2 - adapter.parse_server_time(reply)
        except VenueError:
            return None
