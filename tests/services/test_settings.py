from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.services.settings import (
    POLL_RANGE_S,
    GainLossColours,
    RowDensity,
    Settings,
    ThemeChoice,
    decode_settings,
    encode_settings,
)

settings_values = st.builds(
    Settings,
    theme=st.sampled_from(ThemeChoice),
    gain_loss=st.sampled_from(GainLossColours),
    density=st.sampled_from(RowDensity),
    hide_amounts=st.booleans(),
    group_by=st.sampled_from(["underlying", "venue", ""]),
    show_closed=st.booleans(),
    poll_s=st.floats(*POLL_RANGE_S),
    venue_urls=st.lists(st.tuples(st.text(), st.text())).map(tuple),
)

json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists)


@given(settings_values)
def test_preferences_survive_the_way_through_json(settings: Settings) -> None:
    stored = json.loads(json.dumps(encode_settings(settings)))
    assert decode_settings(stored) == (settings, ())


def test_a_preference_at_its_default_is_not_stored() -> None:
    assert set(encode_settings(Settings()).values()) == {None}


@given(st.dictionaries(st.sampled_from(Settings._fields), json_values))
def test_any_stored_value_gives_usable_preferences_and_names_what_was_broken(values: dict[str, object]) -> None:
    settings, problems = decode_settings(values)
    assert POLL_RANGE_S[0] <= settings.poll_s <= POLL_RANGE_S[1]
    kept = {name for name, value in encode_settings(settings).items() if value is not None}
    assert len(kept) + len(problems) <= len(values)


@pytest.mark.parametrize(
    ("name", "value"),
    [("theme", "pink"), ("poll_s", 0.01), ("poll_s", True), ("poll_s", float("nan")), ("venue_urls", [["gate"]])],
)
def test_a_broken_preference_falls_back_and_is_named(name: str, value: object) -> None:
    settings, (problem,) = decode_settings({name: value})
    assert settings == Settings()
    assert name in problem.message


def test_names_of_a_later_version_are_left_alone() -> None:
    assert decode_settings({"holograms": True}) == (Settings(), ())
