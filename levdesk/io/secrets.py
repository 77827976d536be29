"""Which keyring this machine offers. Without a usable one keys live for the session: no file is fallen back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SESSION_ONLY: Final = "keys would be kept for the session only"
_PLAIN_WORDS: Final = ("plaintext", "keyrings.alt")


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


def keyring_state() -> KeyringState:
    """Look at the keyring in use without asking it for anything."""
    import keyring  # late: 0.1 s, and it looks around the system
    from keyring.errors import KeyringError

    try:
        backends = _backends(keyring.get_keyring())
        usable = [backend for backend in backends if backend.priority > 0 and not _is_plain(backend)]
    except (KeyringError, ImportError, AttributeError, TypeError, RuntimeError, OSError) as error:
        # what a wrong name in keyring's own configuration, or a broken back end, raises
        words = f"none: the configured keyring does not start ({error}); {_SESSION_ONLY}"
        return KeyringState(backend="", usable=False, words=words)
    if usable:
        name = _name(usable[0])
        return KeyringState(backend=name, usable=True, words=f"{usable[0].name} ({name})")
    names = ", ".join(_name(backend) for backend in backends)
    return KeyringState(backend=names, usable=False, words=f"none usable ({names}); {_SESSION_ONLY}")


def _backends(backend: KeyringBackend) -> list[KeyringBackend]:
    """A chain of keyrings as its links."""
    links: list[KeyringBackend] | None = getattr(backend, "backends", None)
    return [backend] if links is None else list(links)


def _is_plain(backend: KeyringBackend) -> bool:
    """Whether it writes keys to a file that anybody with the file can read."""
    return any(word in _name(backend).lower() for word in _PLAIN_WORDS)


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
