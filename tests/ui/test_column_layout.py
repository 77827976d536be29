from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from levdesk.ui.views.column_layout import share_out

widths = st.dictionaries(st.integers(0, 9), st.integers(40, 200), min_size=1)


@given(needed=widths, available=st.integers(0, 4000), share=st.floats(0, 1), data=st.data())
def test_room_is_shared_out_without_taking_from_anyone(
    qapp: object, needed: dict[int, int], available: int, share: float, data: st.DataObject
) -> None:
    filler = data.draw(st.sampled_from(sorted(needed)))
    fixed = frozenset(data.draw(st.sets(st.sampled_from(sorted(needed)))))
    shared = share_out(needed, fixed, filler, share, available)
    assert set(shared) == set(needed)
    assert all(shared[column] >= needed[column] for column in needed)
    assert all(shared[column] == needed[column] for column in fixed - {filler})
    assert sum(shared.values()) == max(available, sum(needed.values()))


def test_everything_goes_to_the_filler_when_it_is_its_own(qapp: object) -> None:
    assert share_out({0: 100, 1: 50, 2: 50}, frozenset(), 2, 1.0, 300) == {0: 100, 1: 50, 2: 150}


def test_the_others_get_an_equal_bonus_up_to_a_comfortable_width(qapp: object) -> None:
    assert share_out({0: 100, 1: 50, 2: 60}, frozenset(), 0, 0.5, 250) == {0: 120, 1: 60, 2: 70}
    assert share_out({0: 100, 1: 50, 2: 60}, frozenset(), 0, 0.0, 1000) == {0: 794, 1: 98, 2: 108}


def test_without_the_filler_on_screen_nothing_grows(qapp: object) -> None:
    assert share_out({1: 50, 2: 60}, frozenset(), 0, 0.5, 500) == {1: 50, 2: 60}
