from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levdesk.io.paths import Paths
from levdesk.io.settings_store import SettingsFile
from levdesk.io.writer import Writer
from levdesk.services.ports import SettingsStore
from tests.io.ledgers import StoppedClock

WAIT_S = 20


@pytest.fixture
def preferences(paths: Paths, clock: StoppedClock, writer: Writer) -> SettingsFile:
    return SettingsFile(paths, clock, writer)


def test_the_door_fits_its_port(preferences: SettingsFile) -> None:
    port: SettingsStore = preferences
    assert port.read_settings() == {}


def test_there_are_none_before_there_is_a_file(paths: Paths, preferences: SettingsFile) -> None:
    paths.levdesk_db.unlink()
    assert preferences.read_settings() == {}
    assert not paths.levdesk_db.exists()


json_values = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(values=st.dictionaries(st.text(max_size=8), json_values, max_size=4))
def test_any_json_value_comes_back(preferences: SettingsFile, values: dict[str, object]) -> None:
    before = preferences.read_settings()
    preferences.save_settings(dict.fromkeys(before) | values).result(WAIT_S)
    assert preferences.read_settings() == values


def test_some_are_set_and_some_removed(preferences: SettingsFile) -> None:
    preferences.save_settings({"theme": "dark", "poll_s": 5.0, "group_by": ""})
    preferences.save_settings({"theme": "light", "poll_s": None, "never_set": None}).result(WAIT_S)
    assert preferences.read_settings() == {"theme": "light", "group_by": ""}


def test_a_value_that_cannot_be_read_is_left_out_and_logged(
    preferences: SettingsFile, run_sql: Callable[[str], object], caplog: pytest.LogCaptureFixture
) -> None:
    preferences.save_settings({"theme": "dark"}).result(WAIT_S)
    run_sql("INSERT INTO settings VALUES ('poll_s', '{half')")
    with caplog.at_level(logging.WARNING):
        assert preferences.read_settings() == {"theme": "dark"}
    assert "poll_s" in caplog.text
