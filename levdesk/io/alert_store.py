"""Alerts in the precious file: rules, where each stands, their history, silent targets, and what waits to go out."""

from __future__ import annotations

import json
import logging
import math
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace

from levdesk.domain.alerts import AlertEvent, AlertKind, AlertRule, AlertSeverity, AlertState
from levdesk.domain.errors import StoreCorrupt, UserError
from levdesk.io.codec import from_object, to_object
from levdesk.io.ledger_db import read_ledger
from levdesk.io.paths import Paths
from levdesk.io.store_errors import RESTORE_HINT
from levdesk.io.writer import StoreFile, Writer
from levdesk.services.alert_ports import ChannelKind, StoredAlerts, StoredEvent, WatchKey
from levdesk.services.alert_rules import rule_from_json, rule_to_json
from levdesk.services.outbox import Parcel, Sending
from levdesk.services.ports import Clock

_log = logging.getLogger(__name__)

_EVENT_COLUMNS = "ts_ms, rule_id, rule, kind, severity, target, fired, message, advice, figures"
_INSERT_EVENT = f"INSERT INTO alert_events ({_EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_SELECT_EVENTS = f"SELECT id, acknowledged_ms, {_EVENT_COLUMNS} FROM alert_events"  # noqa: S608
_SELECT_DELIVERIES = (
    "SELECT event_id, channel, outcome FROM alert_deliveries WHERE event_id BETWEEN ? AND ? ORDER BY event_id, channel"
)
_PUT_STATE = (  # a rule removed meanwhile stays removed
    "INSERT OR REPLACE INTO alert_states (rule_id, target, state) SELECT id, ?, ? FROM alert_rules WHERE id = ?"
)
_QUEUE = (
    "INSERT OR IGNORE INTO alert_deliveries (event_id, channel, outcome, queued_ms, attempts, next_ms)"
    " VALUES (?, ?, 'waiting', ?, 0, ?)"
)
_NOTE = (
    "INSERT INTO alert_deliveries (event_id, channel, outcome, queued_ms, attempts, next_ms)"
    " SELECT id, ?, ?, ts_ms, 0, ts_ms FROM alert_events WHERE id = ?"
    " ON CONFLICT (event_id, channel) DO UPDATE SET outcome = excluded.outcome"
)

Row = tuple[object, ...]


class AlertFile:
    """An `AlertStore` and an `OutboxStore`: reads from any thread, writes through the writer."""

    def __init__(self, paths: Paths, clock: Clock, writer: Writer) -> None:
        self._paths = paths
        self._clock = clock
        self._writer = writer

    # -- reading -----------------------------------------------------------------------------------------------

    def read_alerts(self) -> StoredAlerts:
        """Rules, states and mutes at one moment; empty when there is no file yet. What is unreadable is left out.

        Raises:
            StoreError: unreadable, newer or damaged file.
        """
        return read_ledger(self._paths, self._clock, _read_alerts) or StoredAlerts()

    def read_events(self, *, before_id: int | None = None, limit: int = 500) -> tuple[StoredEvent, ...]:
        """The newest events, newest first, from below an id.

        Raises:
            StoreError: unreadable, newer or damaged file.
        """

        def read(connection: sqlite3.Connection) -> tuple[StoredEvent, ...]:
            return _read_events(connection, before_id, limit)

        return read_ledger(self._paths, self._clock, read) or ()

    def read_waiting(self) -> tuple[Parcel, ...]:
        """Every message that has neither gone out nor been given up, oldest first.

        Raises:
            StoreError: unreadable, newer or damaged file.
        """
        return read_ledger(self._paths, self._clock, _read_waiting) or ()

    # -- writing -----------------------------------------------------------------------------------------------

    def save_rule(self, rule: AlertRule) -> Future[AlertRule]:
        """Insert (id 0) or replace a rule; answers it with its id.

        One that watches for something else than before starts calm; a new name, other channels or being switched off
        and on change nothing of where it stands, so that nothing is told twice.
        """
        text = _rule_text(rule)

        def work(connection: sqlite3.Connection) -> AlertRule:
            if not rule.id:
                cursor = connection.execute("INSERT INTO alert_rules (rule) VALUES (?)", (text,))
                return replace(rule, id=cursor.lastrowid or 0)
            found = connection.execute("SELECT rule FROM alert_rules WHERE id = ?", (rule.id,)).fetchone()
            if found is None:
                raise UserError("That rule is not there any more.", hint="Save it as a new rule.")
            connection.execute("UPDATE alert_rules SET rule = ? WHERE id = ?", (text, rule.id))
            if _work(_rule(rule.id, found[0])) != _work(rule):
                connection.execute("DELETE FROM alert_states WHERE rule_id = ?", (rule.id,))
            return rule

        return self._writer.submit(StoreFile.LEDGER, work)

    def remove_rule(self, rule_id: int) -> Future[None]:
        """Delete a rule with its states; its history stays."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM alert_rules WHERE id = ?", (rule_id,))

        return self._writer.submit(StoreFile.LEDGER, work)

    def save_turn(
        self,
        states: Mapping[WatchKey, AlertState],
        events: Sequence[AlertEvent],
        sendings: Sequence[Sending] = (),
    ) -> Future[tuple[int, ...]]:
        """Keep what one turn changed and what goes out of it, in one transaction; answers the events' ids."""
        kept = [(key.target, _dump(to_object(state)), key.rule_id) for key, state in states.items()]
        rows = [_event_row(event) for event in events]

        def work(connection: sqlite3.Connection) -> tuple[int, ...]:
            connection.executemany(_PUT_STATE, kept)
            ids = tuple(connection.execute(_INSERT_EVENT, row).lastrowid or 0 for row in rows)
            queued = [(ids[one.place], one.channel.value, one.not_before_ms, one.not_before_ms) for one in sendings]
            connection.executemany(_QUEUE, queued)
            return ids

        return self._writer.submit(StoreFile.LEDGER, work)

    def acknowledge(self, event_ids: Sequence[int], now_ms: int) -> Future[None]:
        """The person has seen these; the first time counts."""
        rows = [(now_ms, event_id) for event_id in event_ids]

        def work(connection: sqlite3.Connection) -> None:
            statement = "UPDATE alert_events SET acknowledged_ms = ? WHERE id = ? AND acknowledged_ms IS NULL"
            connection.executemany(statement, rows)

        return self._writer.submit(StoreFile.LEDGER, work)

    def mute(self, target: str, until_ms: int | None, *, on: bool) -> Future[None]:
        """Silence a target, or let it speak again."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM alert_mutes WHERE target = ?", (target,))
            if on:
                connection.execute("INSERT INTO alert_mutes (target, until_ms) VALUES (?, ?)", (target, until_ms))

        return self._writer.submit(StoreFile.LEDGER, work)

    def note_delivery(self, event_id: int, channel: str, outcome: str) -> Future[None]:
        """What became of a message; an event that is not there any more is left alone."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_NOTE, (channel, outcome, event_id))

        return self._writer.submit(StoreFile.LEDGER, work)

    def postpone(self, parcel: Parcel) -> Future[None]:
        """Keep how often a message was tried and when it is tried next."""
        row = (parcel.attempts, parcel.next_ms, parcel.event_id, parcel.channel.value)

        def work(connection: sqlite3.Connection) -> None:
            statement = "UPDATE alert_deliveries SET attempts = ?, next_ms = ? WHERE event_id = ? AND channel = ?"
            connection.execute(statement, row)

        return self._writer.submit(StoreFile.LEDGER, work)


def _read_alerts(connection: sqlite3.Connection) -> StoredAlerts:
    rules = connection.execute("SELECT id, rule FROM alert_rules ORDER BY id").fetchall()
    states = connection.execute("SELECT rule_id, target, state FROM alert_states").fetchall()
    muted = connection.execute("SELECT target, until_ms FROM alert_mutes ORDER BY target").fetchall()
    return StoredAlerts(
        rules=tuple(rule for rule_id, text in rules if (rule := _rule(rule_id, text)) is not None),
        states={
            WatchKey(rule_id, target): state
            for rule_id, target, text in states
            if (state := _state(rule_id, text)) is not None
        },
        muted=dict(muted),
    )


def _read_events(connection: sqlite3.Connection, before_id: int | None, limit: int) -> tuple[StoredEvent, ...]:
    statement = f"{_SELECT_EVENTS} WHERE ? IS NULL OR id < ? ORDER BY id DESC LIMIT ?"
    rows = connection.execute(statement, (before_id, before_id, limit)).fetchall()
    delivered: dict[int, list[tuple[str, str]]] = {}
    if rows:
        for event_id, channel, outcome in connection.execute(_SELECT_DELIVERIES, (rows[-1][0], rows[0][0])):
            delivered.setdefault(event_id, []).append((channel, outcome))
    return tuple(
        StoredEvent(
            id=row[0], acknowledged_ms=row[1], event=_event(row[2:]), deliveries=tuple(delivered.get(row[0], ()))
        )
        for row in rows
    )


def _read_waiting(connection: sqlite3.Connection) -> tuple[Parcel, ...]:
    columns = ", ".join(f"e.{name}" for name in _EVENT_COLUMNS.split(", "))
    rows = connection.execute(
        f"SELECT d.event_id, d.channel, d.queued_ms, d.attempts, d.next_ms, {columns}"  # noqa: S608
        " FROM alert_deliveries d JOIN alert_events e ON e.id = d.event_id"
        " WHERE d.outcome = 'waiting' ORDER BY d.event_id, d.channel"
    ).fetchall()
    known = {kind.value: kind for kind in ChannelKind}
    return tuple(
        Parcel(
            event_id=event_id,
            channel=known[channel],
            event=_event(tuple(event)),
            queued_ms=queued_ms,
            attempts=attempts,
            next_ms=next_ms,
        )
        for event_id, channel, queued_ms, attempts, next_ms, *event in rows
        if channel in known  # a channel of a later program waits for that program
    )


# -- rows ----------------------------------------------------------------------------------------------------------


def _event_row(event: AlertEvent) -> Row:
    return (
        event.ts_ms,
        event.rule_id,
        event.rule,
        event.kind.value,
        event.severity.value,
        event.target,
        int(event.fired),
        event.message,
        event.advice,
        _dump({name: _finite(value) for name, value in event.values.items()}),
    )


def _finite(value: float | str | None) -> float | str | None:
    """JSON has no word for what is no finite number; it is unknown."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _event(row: Row) -> AlertEvent:
    ts_ms, rule_id, rule, kind, severity, target, fired, message, advice, figures = row
    try:
        return AlertEvent(
            ts_ms=int(str(ts_ms)),
            rule_id=int(str(rule_id)),
            rule=str(rule),
            kind=AlertKind(str(kind)),
            severity=AlertSeverity(str(severity)),
            target=str(target),
            fired=bool(fired),
            message=str(message),
            advice=str(advice),
            values=json.loads(str(figures)),
        )
    except ValueError as error:
        raise StoreCorrupt(f"A line of the alerts' history cannot be read: {error}.", hint=RESTORE_HINT) from error


def _rule_text(rule: AlertRule) -> str:
    return _dump(rule_to_json(replace(rule, id=0)))


def _rule(rule_id: int, text: str) -> AlertRule | None:
    try:
        return replace(rule_from_json(json.loads(text)), id=rule_id)
    except (ValueError, UserError) as error:
        _log.warning("Alert rule %s cannot be read and is not watched: %s", rule_id, error)
        return None


def _work(rule: AlertRule | None) -> AlertRule | None:
    """What a rule watches for, whatever it is called and wherever it is told."""
    return None if rule is None else replace(rule, name="", channels=(), enabled=True)


def _state(rule_id: int, text: str) -> AlertState | None:
    try:
        return from_object(AlertState, json.loads(text))
    except ValueError as error:
        _log.warning("Where alert rule %s stood cannot be read; it starts calm: %s", rule_id, error)
        return None


def _dump(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
