from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.services.backup_policy import (
    ALL_OF_DAYS,
    DAILY,
    DAY_MS,
    MONTHLY,
    WEEKLY,
    Backup,
    BackupReason,
    is_bulk,
    is_daily_due,
    to_thin_out,
)

NOW_MS = round(datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp() * 1000)


def copy_at(made_ms: int, reason: BackupReason = BackupReason.DAILY, fault: str = "") -> Backup:
    return Backup(path=Path(f"{made_ms}-{reason}.db"), made_ms=made_ms, size_bytes=1, reason=reason, fault=fault)


ages_ms = st.integers(-2 * DAY_MS, 500 * DAY_MS)
shelves = st.lists(
    st.builds(
        lambda age, reason, fault: copy_at(NOW_MS - age, reason, fault),
        ages_ms,
        st.sampled_from(BackupReason),
        st.sampled_from(["", "", "", "damaged"]),
    ),
    max_size=120,
    unique_by=lambda copy: copy.path,
)


def left(copies: Sequence[Backup], now_ms: int = NOW_MS) -> list[Backup]:
    gone = set(to_thin_out(copies, now_ms))
    return [copy for copy in copies if copy not in gone]


@given(shelves)
def test_what_may_never_go_stays(copies: list[Backup]) -> None:
    gone = to_thin_out(copies, NOW_MS)
    assert all(copy.is_sound and copy.reason is not BackupReason.BY_HAND for copy in gone)
    assert all(copy.made_ms <= NOW_MS - ALL_OF_DAYS * DAY_MS for copy in gone)
    counted = [copy for copy in copies if copy.is_sound and copy.reason is not BackupReason.BY_HAND]
    if counted:
        assert max(copy.made_ms for copy in counted) in {copy.made_ms for copy in left(copies)}
    assert list(gone) == sorted(gone, key=lambda copy: (copy.made_ms, copy.path.name))


@given(shelves)
def test_thinning_twice_is_thinning_once(copies: list[Backup]) -> None:
    assert to_thin_out(left(copies), NOW_MS) == ()


@given(shelves)
def test_the_shelf_is_bounded(copies: list[Backup]) -> None:
    old = [
        copy
        for copy in left(copies)
        if copy.is_sound and copy.reason is not BackupReason.BY_HAND and copy.made_ms <= NOW_MS - ALL_OF_DAYS * DAY_MS
    ]
    assert len(old) <= DAILY + WEEKLY + MONTHLY + 1


@given(shelves, shelves)
def test_what_does_not_count_changes_nothing(copies: list[Backup], others: list[Backup]) -> None:
    bystanders = [copy_at(copy.made_ms, BackupReason.BY_HAND) for copy in others]
    broken = [copy_at(copy.made_ms, BackupReason.IMPORT, "damaged") for copy in others]
    assert to_thin_out([*copies, *bystanders, *broken], NOW_MS) == to_thin_out(copies, NOW_MS)


def test_a_year_and_a_half_of_daily_copies_leaves_days_weeks_and_months() -> None:
    shelf: list[Backup] = []
    for day in range(550):
        now_ms = NOW_MS + day * DAY_MS
        shelf = left([*shelf, copy_at(now_ms)], now_ms)
    ages = sorted((NOW_MS + 549 * DAY_MS - copy.made_ms) // DAY_MS for copy in shelf)
    assert ages[:14] == list(range(14)), "two days in full and twelve of one each"
    assert len(ages) == ALL_OF_DAYS + DAILY + WEEKLY + MONTHLY
    weeks, months = ages[14:24], ages[24:]
    assert all(1 <= later - earlier <= 13 for earlier, later in zip(ages[13:23], weeks, strict=True))
    assert all(20 <= later - earlier <= 40 for earlier, later in pairwise(months))
    assert ages[-1] > 300


def test_all_copies_of_two_days_stay_however_many() -> None:
    many = [copy_at(NOW_MS - number * 60_000) for number in range(2_000)]
    assert to_thin_out(many, NOW_MS) == ()


@pytest.mark.parametrize(
    ("made_ms", "has_changed", "due"),
    [
        ([], True, True),
        ([], False, False),
        ([NOW_MS - 60_000], True, False),
        ([NOW_MS - DAY_MS], True, True),
        ([NOW_MS - DAY_MS], False, False),
        ([NOW_MS - 3 * DAY_MS, NOW_MS - 1], True, False),
    ],
)
def test_a_daily_copy_is_due_once_a_day_and_only_after_a_change(
    made_ms: list[int], has_changed: bool, due: bool
) -> None:
    assert is_daily_due(made_ms, has_changed=has_changed, now_ms=NOW_MS) is due


def test_a_deletion_of_many_rows_is_worth_a_copy() -> None:
    assert not is_bulk(9)
    assert is_bulk(10)
