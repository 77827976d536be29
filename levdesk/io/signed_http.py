"""The only door that can sign: one GET at a time, from a list, to the venue's own address, with one person's key.

What it refuses never reaches the network. A failure on the way is told without its cause, for the cause may quote the
address with the signature in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from levdesk.domain.errors import Bug, UserError, VenueError
from levdesk.io.logs import hide
from levdesk.services.ports import Clock
from levdesk.venues.contract import Outgoing, Reply
from levdesk.venues.private import Account, ApiKey, PrivateRequest

TIMEOUT_S: Final = 15.0
Carry = Callable[[Outgoing], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """What goes out; made nowhere but here, and never with another method."""

    venue: str
    url: str
    query: tuple[tuple[str, str], ...] = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    weight: int
    timeout_s: float = TIMEOUT_S
    method: str = field(default="GET", init=False)


class SignedDoor:
    """Asks one account with one key. A `services.account_ports.AccountDoor`; any thread.

    Args:
        account: whose list of paths counts, and who signs.
        key: what it signs with.
        carry: takes a request out and brings the reply; certificates are its business.
        clock: this computer's.
        address: scheme and host in place of the venue's own, "" for that.
        skew_ms: how far this computer's clock is ahead of the venue's.
    """

    def __init__(
        self, account: Account, key: ApiKey, carry: Carry, clock: Clock, *, address: str = "", skew_ms: int = 0
    ) -> None:
        for part in (key.key, key.secret, key.passphrase):
            hide(part)
        self._account = account
        self._key = key
        self._carry = carry
        self._clock = clock
        self._skew_ms = skew_ms
        self._address = own_address(account, address)

    def ask(self, request: PrivateRequest) -> Reply:
        """Sign and fetch; any HTTP status is a Reply.

        Raises:
            Bug: it is not on the account's list; nothing was sent.
            VenueUnreachable, VenueBusy, VenueGarbled: as with any other request.
        """
        account = self._account
        if request.venue != account.name or request.path not in account.paths:
            raise Bug(f"“{request.path[:80]}” at {request.venue} is not on the list of what may be signed.")
        signature = account.sign(request, self._key, self._clock.now_ms() - self._skew_ms)
        signed = _Signed(
            venue=account.name,
            url=f"{self._address}{request.path}",
            query=request.query + signature.query,
            headers=signature.headers,
            weight=request.weight,
        )
        failure: VenueError | None = None
        try:
            return self._carry(signed)
        except VenueError as error:
            failure = error
        failure.__context__ = None
        raise failure.with_traceback(None) from None


def own_address(account: Account, address: str) -> str:
    """Where a key may be shown: the venue's own hosts over TLS, or this very computer (a test).

    Raises:
        UserError: any other address, such as a mirror.
    """
    if not address:
        return f"https://{account.hosts[0]}"
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    is_own = parts.scheme == "https" and host in account.hosts and parts.port in {None, 443}
    if is_own or (parts.scheme in {"http", "https"} and _is_this_computer(host)):
        return f"{parts.scheme}://{parts.netloc}"
    raise UserError(
        f"A key is shown to {account.title} itself only, and {host or 'this address'} is not {account.title}’s own.",
        hint=f"Take the replaced address of {account.title} out of the settings to use a key.",
    )


def _is_this_computer(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
