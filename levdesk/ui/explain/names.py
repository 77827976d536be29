"""Names of the pages that explain, in the order of their tabs."""

from __future__ import annotations

from typing import Final

NAMES: Final = ("Why", "Rebalance", "Outlook", "Costs")
