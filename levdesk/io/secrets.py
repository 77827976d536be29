"""Secrets live in this machine's keyring. Without a usable one they live for the session: no file is fallen back to."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from levdesk.domain.errors import SecretsUnavailable
from levdesk.io.logs import hide

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SESSION_ONLY: Final = "keys would be kept for the session only"
_PLAIN_WORDS: Final = ("plaintext", "keyrings.alt")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringState:
    """What keys can be kept in.

    Attributes:
        backend: name of the keyring in use, "" when none could be found out.
        usable: True when a key kept there is still there, and protected, after a restart.
        words: one line for `doctor`.
    """

    backend: str
    usable: bool
    words: str


class Vault:
    """The secrets of one data directory, by name. Any thread; a keyring may ask the person, so never the GUI thread.

    Args:
        data_dir: whose secrets; part of the name under which the keyring keeps them.
    """

    def __init__(self, data_dir: Path) -> None:
        self._service = f"LevDesk ({data_dir.absolute()})"
        self._session: dict[str, str] = {}
        self._lock = threading.Lock()

    def read(self, name: str) -> str | None:
        """The secret, None when there is none.

        Raises:
            SecretsUnavailable: there is a keyring, and it does not answer (locked, refused).
        """
        with self._lock:
            if name in self._session:
                return self._session[name]
        backend, _ = _look()
        if backend is None:
            return None
        failed = False
        secret: str | None = None
        try:
            secret = backend.get_password(self._service, name)
        except _failures():
            failed = True
        if failed:  # raised out here, so that no trace of the keyring's own failure hangs on it
            raise SecretsUnavailable("The keyring of this computer does not answer.", hint="Unlock it and try again.")
        if secret:
            hide(secret)
        return secret or None

    def keep(self, name: str, secret: str) -> bool:
        """Keep a secret in the keyring; False when it is kept for this session only, which the person must be told."""
        hide(secret)
        backend, _ = _look()
        kept = False
        if backend is not None:
            try:
                backend.set_password(self._service, name, secret)
                kept = True
            except _failures():
                _log.warning("The keyring of this computer did not take a secret; it is kept for the session only.")
        self._hold(name, None if kept else secret)
        return kept

    def hold(self, name: str, secret: str) -> None:
        """Keep a secret for this session only, in place of what the keyring has."""
        hide(secret)
        self._hold(name, secret)

    def forget(self, name: str) -> None:
        """Remove a secret from the session and from the keyring.

        Raises:
            SecretsUnavailable: the keyring did not let go of it.
        """
        self._hold(name, None)
        backend, _ = _look()
        if backend is None:
            return
        failed = False
        try:
            if backend.get_password(self._service, name) is not None:
                backend.delete_password(self._service, name)
        except _failures():
            failed = True
        if failed:
            raise SecretsUnavailable("The keyring of this computer does not answer.", hint="Unlock it and try again.")

    def _hold(self, name: str, secret: str | None) -> None:
        with self._lock:
            if secret is None:
                self._session.pop(name, None)
            else:
                self._session[name] = secret


def keyring_state() -> KeyringState:
    """Look at the keyring in use without asking it for anything."""
    return _look()[1]


def _look() -> tuple[KeyringBackend | None, KeyringState]:
    """The back end that may be used, if any, and what to say about it."""
    import keyring  # late: 0.1 s, and it looks around the system
    from keyring.errors import KeyringError

    try:
        backends = _backends(keyring.get_keyring())
        usable = [backend for backend in backends if backend.priority > 0 and not _is_plain(backend)]
    except (KeyringError, ImportError, AttributeError, TypeError, RuntimeError, OSError) as error:
        # what a wrong name in keyring's own configuration, or a broken back end, raises
        words = f"none: the configured keyring does not start ({error}); {_SESSION_ONLY}"
        return None, KeyringState(backend="", usable=False, words=words)
    if usable:
        name = _name(usable[0])
        return usable[0], KeyringState(backend=name, usable=True, words=f"{usable[0].name} ({name})")
    names = ", ".join(_name(backend) for backend in backends)
    return None, KeyringState(backend=names, usable=False, words=f"none usable ({names}); {_SESSION_ONLY}")


def _failures() -> tuple[type[Exception], ...]:
    """What back ends raise when they are locked, refused, or lost on the way (a session bus that went)."""
    from keyring.errors import KeyringError

    return (KeyringError, RuntimeError, OSError)


def _backends(backend: KeyringBackend) -> list[KeyringBackend]:
    """A chain of keyrings as its links."""
    links: list[KeyringBackend] | None = getattr(backend, "backends", None)
    return [backend] if links is None else list(links)


def _is_plain(backend: KeyringBackend) -> bool:
    """Whether it writes keys to a file that anybody with the file can read."""
    return any(word in _name(backend).lower() for word in _PLAIN_WORDS)


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
