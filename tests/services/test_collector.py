"""The garbage collector rests while any bulk work goes on, and works again when the last is done."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from levdesk.services import collector
from levdesk.services.collector import collector_at_rest


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was_enabled else gc.disable)()
    gc.unfreeze()


def test_it_works_again_when_the_last_of_overlapping_pieces_is_done() -> None:
    first, second = collector_at_rest(), collector_at_rest()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_it_stays_as_it_was_before() -> None:
    gc.disable()
    with collector_at_rest(), collector_at_rest():
        pass
    assert not gc.isenabled()


def test_very_many_new_objects_are_never_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MANY_YOUNG", 1_000)
    before = gc.get_freeze_count()
    with collector_at_rest():
        kept = [[number] for number in range(2_000)]
    assert gc.get_freeze_count() >= before + len(kept)
