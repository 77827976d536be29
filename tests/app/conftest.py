"""What every journey through the program shares: it looks more often than the program does, and waits for less."""

from __future__ import annotations

import pytest

from levdesk.app import account_desk, alert_desk, books_watch


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for the next second in which alerts, other programs' imports or kept keys are looked at."""
    monkeypatch.setattr(alert_desk, "LOOK_EVERY_MS", 50)
    monkeypatch.setattr(books_watch, "LOOK_EVERY_MS", 50)
    monkeypatch.setattr(account_desk, "FIRST_CHECK_MS", 10)
