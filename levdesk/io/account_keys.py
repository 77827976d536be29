"""Keys of accounts in the vault, one entry per venue; which venues have one is known without asking the keyring."""

from __future__ import annotations

import json

from levdesk.io.logs import hide
from levdesk.io.secrets import Vault
from levdesk.venues.private import ApiKey


class AccountKeys:
    """Keeps and finds the keys of accounts. Any thread but the GUI's: a keyring may ask the person."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def read(self, venue: str) -> ApiKey | None:
        """The key, None when there is none or it cannot be read.

        Raises:
            SecretsUnavailable: the keyring does not answer.
        """
        text = self._vault.read(_name(venue))
        if text is None:
            return None
        try:
            parts = json.loads(text)
            key = ApiKey(key=parts["key"], secret=parts["secret"], passphrase=parts["passphrase"])
        except (ValueError, KeyError, TypeError):
            return None
        _hide(key)
        return key

    def keep(self, venue: str, key: ApiKey) -> bool:
        """Keep a key in the keyring; False when it is kept for this session only."""
        _hide(key)
        parts = {"key": key.key, "secret": key.secret, "passphrase": key.passphrase}
        return self._vault.keep(_name(venue), json.dumps(parts))

    def forget(self, venue: str) -> None:
        """Remove a key.

        Raises:
            SecretsUnavailable: the keyring did not let go of it.
        """
        self._vault.forget(_name(venue))


def _name(venue: str) -> str:
    return f"account.{venue}"


def _hide(key: ApiKey) -> None:
    for part in (key.key, key.secret, key.passphrase):
        hide(part)
