"""The explained part of the report: promised names, decimals as strings, ratios that add up, unknown null."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import TokenKey
from levdesk.domain.money import ZERO, divide
from levdesk.services.explain import explain_holding
from levdesk.services.explain_input import ExplainInput
from levdesk.services.explained import ExplainedHolding
from levdesk.services.explained_outlook import OutlookAssumptions
from levdesk.services.portfolio import build_view
from levdesk.services.report import report_document, report_json, report_text
from levdesk.services.report_explained import exact_ratios, explained_json
from tests.domain.strategies import BTC3L, amounts, buy
from tests.domain.strategies import token as held_token
from tests.services.explaining import BAND, DAILY, deal, token, world
from tests.services.memory_writer import NOW_MS, books_of

PARTS = [
    *("leveraged_move", "leverage_drift", "volatility_decay", "funding", "management_fee", "rebalance_cost"),
    *("premium_change", "trading_fees", "residual", "total"),
]
PLAIN = re.compile(r"-?\d+(\.\d*[1-9])?")


def sample(**more: Any) -> ExplainInput:
    made = world(token(BAND), hours=24 * 40)
    bought = deal("buy", 30, "123.456789012345678", made.nav(30), fee="1.23456789")
    return made.given(bought, outlook=OutlookAssumptions(paths=300), **more)


def test_the_four_parts_have_the_promised_names() -> None:
    found: Any = json.loads(json.dumps(explained_json(explain_holding(sample())), allow_nan=False))
    assert list(found) == ["attribution", "rebalance", "costs", "outlook"]
    assert list(found["attribution"]) == PARTS
    assert all(list(part) == ["money", "ratio"] for part in found["attribution"].values())
    assert list(found["rebalance"]) == [
        *("lower_price", "lower_move_ratio", "upper_price", "upper_move_ratio"),
        *("next_scheduled_ms", "rule", "assumed"),
    ]
    assert list(found["costs"]) == ["paid", "per_day", "breakeven_move_ratio", "half_life_days"]
    assert list(found["outlook"]) == ["horizon_days", "loss_probability", "median_ratio", "mean_ratio"]


def test_every_figure_is_a_plain_decimal_and_moments_and_days_are_whole_numbers() -> None:
    found: Any = explained_json(explain_holding(sample()))
    figures = [part[name] for part in found["attribution"].values() for name in ("money", "ratio")]
    figures += [found["rebalance"][name] for name in ("lower_price", "lower_move_ratio", "upper_price")]
    figures += list(found["costs"].values())
    figures += [found["outlook"][name] for name in ("loss_probability", "median_ratio", "mean_ratio")]
    assert all(isinstance(figure, str) and PLAIN.fullmatch(figure) for figure in figures), figures
    assert found["outlook"]["horizon_days"] == 30
    assert found["rebalance"]["next_scheduled_ms"] is None
    assert found["rebalance"]["assumed"] is False
    daily = explain_holding(sample(token=token(DAILY)))
    written: Any = explained_json(daily)["rebalance"]
    assert isinstance(written["next_scheduled_ms"], int)


def test_money_and_ratios_add_up_to_their_totals() -> None:
    explained = explain_holding(sample())
    found: Any = explained_json(explained)["attribution"]
    for name in ("money", "ratio"):
        parts = [Decimal(found[part][name]) for part in PARTS[:-1]]
        assert sum(parts, ZERO) == Decimal(found["total"][name])
    assert explained.attribution is not None
    assert Decimal(found["total"]["money"]) == explained.attribution.total


def test_median_and_mean_are_values_over_the_value_now_as_the_command_gives_them() -> None:
    explained = explain_holding(sample())
    assert explained.outlook is not None
    found: Any = explained_json(explained)["outlook"]
    assert float(found["median_ratio"]) == pytest.approx(1 + explained.outlook.median_ratio, abs=1e-11)
    assert float(found["mean_ratio"]) == pytest.approx(1 + explained.outlook.mean_ratio, abs=1e-11)


def test_what_cannot_be_told_is_null() -> None:
    assert explained_json(None) == dict.fromkeys(["attribution", "rebalance", "costs", "outlook"])
    bare: Any = explained_json(explain_holding(sample(underlying=(), quote=None)))
    assert bare["attribution"] is None
    assert bare["outlook"] is None
    assert bare["rebalance"]["lower_price"] is None
    assert bare["rebalance"]["rule"]
    assert bare["costs"]["paid"] is None


def test_the_report_carries_them_per_holding_and_tells_a_sentence_each() -> None:
    explained = explain_holding(sample())
    books = books_of(buy("1", "2"), tokens=(held_token(),))
    view = build_view(books, {}, NOW_MS)
    by_key: dict[TokenKey, ExplainedHolding] = {BTC3L: explained}
    (row,) = json.loads(report_json(view, explained=by_key))["holdings"]
    assert row["attribution"]["total"]["money"]
    assert explained.attribution is not None
    assert explained.attribution.sentence in report_text(view, explained=by_key)
    document: Any = report_document(view)
    assert [document["holdings"][0][name] for name in ("attribution", "rebalance", "costs", "outlook")] == [None] * 4
    assert "Your" not in report_text(view)


@given(
    money=st.lists(amounts("0", "1000000") | amounts("0", "1").map(lambda value: -value), min_size=1, max_size=9),
    put_in=amounts("0.000001", "1000000"),
)
def test_ratios_as_decimals_add_up_whatever_is_divided(money: list[Decimal], put_in: Decimal) -> None:
    found = exact_ratios(money, put_in)
    assert found is not None
    total = sum(money, ZERO)
    assert sum(found, ZERO) == divide(total, put_in).quantize(Decimal("1e-12"))
    assert exact_ratios(money, ZERO) is None
