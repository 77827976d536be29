"""What a person does about alerts: keeps rules, puts alerts off, silences targets, reads and writes the history."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from levdesk.domain.alerts import AlertRule
from levdesk.domain.errors import UserError
from levdesk.io.paths import reason_of
from levdesk.runtime.jobs import JobControl
from levdesk.services.alert_ports import StoredEvent, WatchKey
from levdesk.services.alert_view import HistoryPage

if TYPE_CHECKING:
    from levdesk.app.alert_desk import AlertDesk

PAGE: Final = 200
HEADER: Final = ("time", "rule", "kind", "severity", "scope", "state", "message", "advice", "seen", "sent")


class AlertActs:
    """Each act goes to the writer and takes effect when it is on disk."""

    def __init__(self, desk: AlertDesk) -> None:
        """Act for a desk."""
        self._desk = desk

    def save_rule(self, rule: AlertRule) -> None:
        """Add a rule, or replace one."""
        desk = self._desk

        def done(saved: AlertRule) -> None:
            desk.set_rules({**desk.rules, saved.id: saved})
            desk.signals.rule_saved.emit(saved)

        desk.engine.runner.watch(desk.house.store.save_rule(rule), done, desk.engine.fail)

    def remove_rule(self, rule_id: int) -> None:
        """Delete a rule."""
        desk = self._desk

        def done(_nothing: object) -> None:
            desk.set_rules({number: rule for number, rule in desk.rules.items() if number != rule_id})

        desk.engine.runner.watch(desk.house.store.remove_rule(rule_id), done, desk.engine.fail)

    def snooze(self, keys: Sequence[WatchKey], until_ms: int | None) -> None:
        """Keep alerts quiet until a moment."""
        self._desk.note(tuple(keys), snoozed_until_ms=until_ms)

    def acknowledge(self, keys: Sequence[WatchKey]) -> None:
        """The person has seen these."""
        desk = self._desk
        events = [desk.told[key].id for key in keys if key in desk.told]
        now_ms = desk.engine.house.clock.now_ms()
        desk.engine.runner.watch(desk.house.store.acknowledge(events, now_ms), _ignore, desk.engine.fail)
        desk.note(tuple(keys), acknowledged=True)

    def mute(self, target: str, until_ms: int | None, *, on: bool) -> None:
        """Silence a target, or let it speak again."""
        desk = self._desk

        def done(_nothing: object) -> None:
            desk.muted.pop(target, None)
            if on:
                desk.muted[target] = until_ms
            desk.look()

        desk.engine.runner.watch(desk.house.store.mute(target, until_ms, on=on), done, desk.engine.fail)

    # -- history -----------------------------------------------------------------------------------------------

    def read_history(self, before_id: int | None) -> None:
        """Read a stretch of the history."""
        desk = self._desk
        store = desk.house.store

        def work(_control: JobControl) -> HistoryPage:
            found = store.read_events(before_id=before_id, limit=PAGE + 1)
            return HistoryPage(events=found[:PAGE], before_id=before_id, is_last=len(found) <= PAGE)

        emit = desk.signals.history_read.emit
        desk.engine.runner.run("Reading the alerts’ history", work, emit, desk.engine.fail, quiet=True)

    def export_history(self, path: Path) -> None:
        """Write the whole history as CSV."""
        desk = self._desk
        store = desk.house.store

        def work(control: JobControl) -> int:
            return write_history(path, store.read_events, lambda: control.cancelled)

        def done(count: int) -> None:
            lines = "line" if count == 1 else "lines"
            desk.engine.signals.act_done.emit(f"Exported {count} {lines} to {path.name}")

        desk.engine.runner.run(f"Writing {path.name}", work, done, desk.engine.fail)


def write_history(
    path: Path,
    read: Callable[..., tuple[StoredEvent, ...]],
    is_cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Write every event, oldest first; how many there were.

    Raises:
        UserError: the file cannot be written.
        StoreError: the history cannot be read.
    """
    found: list[StoredEvent] = []
    before_id: int | None = None
    while not is_cancelled():
        stretch = read(before_id=before_id, limit=1_000)
        if not stretch:
            break
        found += stretch
        before_id = stretch[-1].id
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(HEADER)
            lines.writerows(map(_line, reversed(found)))
    except OSError as error:
        hint = "Choose another folder, or free some space."
        raise UserError(f"{path.name} was not written: {reason_of(error)}.", hint=hint) from error
    return len(found)


def _line(stored: StoredEvent) -> tuple[str, ...]:
    event = replace(stored.event, message=" ".join(stored.event.message.split()))
    return (
        _moment(event.ts_ms),
        _plain(event.rule),
        event.kind.value,
        event.severity.value,
        event.target,
        "fired" if event.fired else "cleared",
        _plain(event.message),
        _plain(event.advice),
        "" if stored.acknowledged_ms is None else _moment(stored.acknowledged_ms),
        "; ".join(f"{channel}: {outcome}" for channel, outcome in stored.deliveries),
    )


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


def _moment(ts_ms: int) -> str:
    return datetime.fromtimestamp(ts_ms / 1000, tz=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _ignore(_result: object) -> None:
    """Nothing to do: the future's failure is what matters."""
