from __future__ import annotations

from typing import Any

import keyring
import keyring.backend
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.errors import InitError

from levdesk.io.secrets import keyring_state


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
