"""Specifications of the room `venues`."""

from __future__ import annotations

import pytest

# So that a failed comparison in the shared suite shows both sides, as in a test module.
pytest.register_assert_rewrite(
    "tests.venues.contract_cases", "tests.venues.contract_suite", "tests.venues.stream_suite"
)
