"""What holdings were worth together: the same as added up holding by holding, at any moments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.services.explain_performance import HeldPrices, Step
from levdesk.services.explain_worth import worth_before
from levdesk.services.price_line import PriceLine

TIMES = st.integers(0, 12)


@st.composite
def helds(draw: st.DrawFn) -> HeldPrices:
    steps, held = [], 0.0
    for ts_ms in sorted(draw(st.lists(TIMES, min_size=1, max_size=6))):
        before, held = held, float(draw(st.integers(0, 3)))
        steps.append(Step(ts_ms=ts_ms, put_in=0.0, taken_out=0.0, fee=0.0, price=None, before=before, after=held))
    times = sorted(draw(st.lists(TIMES, max_size=6)))
    prices = [float(draw(st.integers(1, 9))) for _ in times]
    line = PriceLine(np.array(times, np.int64), np.array(prices))
    return HeldPrices(steps=tuple(steps), worth=None, line=line, now_ms=20)


def one_by_one(holdings: list[HeldPrices], moment: int) -> float:
    total = 0.0
    for held in holdings:
        units = next((step.after for step in reversed(held.steps) if step.ts_ms < moment), 0.0)
        if units:
            total += units * float(held.line.at(np.array([moment], np.int64))[0])
    return total


@given(holdings=st.lists(helds(), min_size=1, max_size=4), moments=st.sets(TIMES, min_size=1))
def test_it_is_the_sum_of_units_times_prices(holdings: list[HeldPrices], moments: set[int]) -> None:
    at = np.array(sorted(moments), np.int64)
    wanted = [one_by_one(holdings, int(moment)) for moment in at]
    found = worth_before(holdings, at)
    if np.isnan(wanted).any():
        assert found is None
    else:
        assert found is not None
        assert found.tolist() == pytest.approx(wanted, abs=1e-9)
        assert [value == 0.0 for value in found] == [value == 0.0 for value in wanted]
