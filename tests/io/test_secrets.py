from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.errors import InitError, KeyringLocked

from levdesk.domain.errors import SecretsUnavailable
from levdesk.io.logs import HIDDEN, redact
from levdesk.io.secrets import Vault, keyring_state


class SafeKeyring(keyring.backend.KeyringBackend):
    """Stands for the keyring of a desktop."""

    priority = 5
    name = "Safe of this desktop"

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("nobody may ask for a secret to describe a keyring")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError

    def delete_password(self, service: str, username: str) -> None:
        raise AssertionError


class PlaintextKeyring(SafeKeyring):
    """Stands for one that writes keys to a file as they are."""

    priority = 9


def new(kind: Any) -> object:
    return kind()  # keyring's own constructor has no types


def in_use(monkeypatch: pytest.MonkeyPatch, backend: object) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)


def test_a_machine_without_a_keyring_keeps_keys_for_the_session() -> None:
    """The tests run with keyring's own stand-in for that."""
    state = keyring_state()
    assert not state.usable
    assert state.words == "none usable (keyring.backends.fail.Keyring); keys would be kept for the session only"


def test_the_keyring_of_a_desktop_is_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    in_use(monkeypatch, new(SafeKeyring))
    state = keyring_state()
    assert state.usable
    assert state.words == f"Safe of this desktop ({state.backend})"
    assert state.backend.endswith(".SafeKeyring")


def test_a_keyring_that_forgets_is_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    in_use(monkeypatch, new(keyring.backends.null.Keyring))
    assert not keyring_state().usable


def test_a_keyring_in_plain_text_is_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    in_use(monkeypatch, new(PlaintextKeyring))
    assert not keyring_state().usable


@pytest.mark.parametrize(("links", "usable"), [([PlaintextKeyring, SafeKeyring], True), ([], False)])
def test_of_a_chain_the_first_usable_link_counts(
    monkeypatch: pytest.MonkeyPatch, links: list[type[SafeKeyring]], usable: bool
) -> None:
    chain: Any = keyring.backends.chainer.ChainerBackend
    monkeypatch.setattr(chain, "backends", [new(link) for link in links])
    in_use(monkeypatch, chain())
    state = keyring_state()
    assert state.usable is usable
    assert "PlaintextKeyring" not in state.backend


@pytest.mark.parametrize("error", [InitError("broken"), ModuleNotFoundError("no such back end"), RuntimeError("?")])
def test_a_keyring_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(keyring, "get_keyring", fail)
    state = keyring_state()
    assert (state.usable, state.backend) == (False, "")
    assert str(error) in state.words


# ---------------------------------------------------------------------------------------------------------- the vault


class MemoryKeyring(SafeKeyring):
    """A keyring that works."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class LockedKeyring(SafeKeyring):
    """A keyring whose owner says no; what it raises holds what it was given."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"{CANARY} is locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"{password} is refused")

    def delete_password(self, service: str, username: str) -> None:
        raise KeyringLocked


CANARY = "canary-of-the-vault"


def test_a_secret_is_kept_in_the_keyring_and_there_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = MemoryKeyring()
    in_use(monkeypatch, backend)
    assert Vault(tmp_path).keep("telegram-token", CANARY) is True
    assert Vault(tmp_path).read("telegram-token") == CANARY
    assert Vault(tmp_path / "other").read("telegram-token") is None
    Vault(tmp_path).forget("telegram-token")
    Vault(tmp_path).forget("telegram-token")
    assert Vault(tmp_path).read("telegram-token") is None
    assert backend.kept == {}


def test_without_a_keyring_a_secret_lives_for_the_session_and_that_is_told(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    assert vault.keep("telegram-token", CANARY) is False
    assert vault.read("telegram-token") == CANARY
    assert Vault(tmp_path).read("telegram-token") is None
    assert list(tmp_path.iterdir()) == []
    vault.forget("telegram-token")
    assert vault.read("telegram-token") is None


def test_a_secret_goes_past_a_keyring_in_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a chain, keyring itself would write to the link with the highest priority."""
    safe = MemoryKeyring()
    chain: Any = keyring.backends.chainer.ChainerBackend
    monkeypatch.setattr(chain, "backends", [new(PlaintextKeyring), safe])
    in_use(monkeypatch, chain())
    assert Vault(tmp_path).keep("ntfy-token", CANARY)
    assert list(safe.kept.values()) == [CANARY]


def test_a_secret_of_the_session_comes_before_the_keyrings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = MemoryKeyring()
    in_use(monkeypatch, backend)
    vault = Vault(tmp_path)
    vault.keep("ntfy-token", "old-secret")
    vault.hold("ntfy-token", CANARY)
    assert vault.read("ntfy-token") == CANARY
    assert CANARY not in backend.kept.values()
    vault.keep("ntfy-token", "new-secret")
    assert vault.read("ntfy-token") == "new-secret"


def test_a_locked_keyring_is_told_and_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    in_use(monkeypatch, new(LockedKeyring))
    vault = Vault(tmp_path)
    for call in (vault.read, vault.forget):
        with pytest.raises(SecretsUnavailable, match="does not answer") as caught:
            call("webhook-url")
        assert CANARY not in "".join(traceback.format_exception(caught.value))
    with caplog.at_level("WARNING"):
        assert vault.keep("webhook-url", CANARY) is False
    assert CANARY not in caplog.text
    assert vault.read("webhook-url") == CANARY


@pytest.mark.parametrize(
    ("secret", "line"),
    [
        ("pass word+1/2", "login me, pass word+1/2 refused"),
        ("pass word+1/2", "?p=pass%20word%2B1%2F2 and p=pass+word%2B1%2F2"),
        ('quo"ted-canary', r'{"x": "quo\"ted-canary"}'),
        ("https://hooks.example.org/T00/c4n4ry?k=v", "Max retries exceeded with url: /T00/c4n4ry?k=v (refused)"),
    ],
)
def test_a_secret_in_use_never_gets_into_the_log(tmp_path: Path, secret: str, line: str) -> None:
    Vault(tmp_path).keep("webhook-url", secret)
    told = redact(line)
    assert HIDDEN in told
    assert not [part for part in ("word", "ted-canary", "c4n4ry") if part in told]
