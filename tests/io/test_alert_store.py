from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levdesk.domain.alerts import (
    AlertEvent,
    AlertKind,
    AlertPhase,
    AlertRule,
    AlertSeverity,
    AlertState,
    Condition,
)
from levdesk.domain.errors import StoreUnavailable, UserError
from levdesk.io.alert_store import AlertFile
from levdesk.io.backup import make_backup
from levdesk.io.checking import check
from levdesk.io.paths import Paths
from levdesk.io.writer import Writer
from levdesk.services.alert_ports import AlertStore, ChannelKind, StoredAlerts, WatchKey
from levdesk.services.alert_rules import standard_rules
from levdesk.services.courier import OutboxStore
from levdesk.services.outbox import Parcel, Sending
from tests.io.ledgers import NOON_MS, StoppedClock

WAIT_S = 20
TARGET = "token:gate:BTC3L"
PREMIUM = AlertRule(conditions=(Condition(kind=AlertKind.PREMIUM, threshold=0.02),), channels=("desktop", "ntfy"))
FIRING = AlertState(phase=AlertPhase.FIRING, since_ms=NOON_MS, holding=(True,), fired_ms=NOON_MS)

Sql = Callable[[str], list[tuple[object, ...]]]


def event(rule_id: int = 1, *, ts_ms: int = NOON_MS, fired: bool = True, target: str = TARGET) -> AlertEvent:
    return AlertEvent(
        ts_ms=ts_ms,
        rule_id=rule_id,
        rule="premium",
        kind=AlertKind.PREMIUM,
        severity=AlertSeverity.WARNING,
        target=target,
        fired=fired,
        message="BTC3L costs 2.10 % more than its NAV.",
        advice="Wait.",
        values={"premium_ratio": 0.021},
    )


@pytest.fixture
def alerts(paths: Paths, clock: StoppedClock, writer: Writer) -> AlertFile:
    return AlertFile(paths, clock, writer)


@pytest.fixture
def again(paths: Paths, clock: StoppedClock, make_writer: Callable[[], Writer]) -> Callable[[], AlertFile]:
    """The store as the next start of the program sees it."""
    return lambda: AlertFile(paths, clock, make_writer())


def test_it_is_what_the_office_asks_for(alerts: AlertFile) -> None:
    store: AlertStore = alerts
    outbox: OutboxStore = alerts
    assert store.read_alerts() == StoredAlerts()
    assert outbox.read_waiting() == ()


def test_before_the_first_file_there_is_nothing(bare_paths: Paths, clock: StoppedClock) -> None:
    with Writer(bare_paths, clock) as writer:
        alerts = AlertFile(bare_paths, clock, writer)
        assert (alerts.read_alerts(), alerts.read_events(), alerts.read_waiting()) == (StoredAlerts(), (), ())
    assert not bare_paths.levdesk_db.exists()


def test_every_standard_rule_is_the_same_after_a_restart(alerts: AlertFile, again: Callable[[], AlertFile]) -> None:
    saved = [alerts.save_rule(rule).result(WAIT_S) for rule in standard_rules()]
    assert [rule.id for rule in saved] == list(range(1, len(saved) + 1))
    assert [replace(rule, id=0) for rule in saved] == list(standard_rules())
    assert again().read_alerts().rules == tuple(saved)


def test_a_rule_that_changed_starts_calm_and_one_that_did_not_stays_where_it_was(alerts: AlertFile) -> None:
    rule = alerts.save_rule(PREMIUM).result(WAIT_S)
    alerts.save_turn({WatchKey(rule.id, TARGET): FIRING}, []).result(WAIT_S)
    alerts.save_rule(rule).result(WAIT_S)
    assert alerts.read_alerts().states == {WatchKey(rule.id, TARGET): FIRING}
    renamed = replace(rule, name="Dear", channels=("desktop", "email"), enabled=False)
    alerts.save_rule(renamed).result(WAIT_S)
    assert alerts.read_alerts() == StoredAlerts(rules=(renamed,), states={WatchKey(rule.id, TARGET): FIRING})
    changed = replace(rule, cooldown_s=60)
    alerts.save_rule(changed).result(WAIT_S)
    assert alerts.read_alerts() == StoredAlerts(rules=(changed,))


def test_a_removed_rule_takes_its_states_along_and_leaves_its_history(alerts: AlertFile) -> None:
    rule = alerts.save_rule(PREMIUM).result(WAIT_S)
    alerts.save_turn({WatchKey(rule.id, TARGET): FIRING}, [event(rule.id)]).result(WAIT_S)
    alerts.remove_rule(rule.id).result(WAIT_S)
    assert alerts.read_alerts() == StoredAlerts()
    assert [stored.event for stored in alerts.read_events()] == [event(rule.id)]
    with pytest.raises(UserError, match="not there any more"):
        alerts.save_rule(rule).result(WAIT_S)


def test_a_turn_that_ends_after_its_rule_was_removed_keeps_no_state_of_it(alerts: AlertFile) -> None:
    """The turn was measured in a job while the person deleted the rule."""
    alerts.save_turn({WatchKey(7, TARGET): FIRING}, [event(7)]).result(WAIT_S)
    assert alerts.read_alerts().states == {}
    assert len(alerts.read_events()) == 1


def test_states_and_events_of_a_turn_are_kept_together_or_not_at_all(
    alerts: AlertFile, run_sql: Sql, told: object
) -> None:
    rule = alerts.save_rule(PREMIUM).result(WAIT_S)
    run_sql("CREATE TRIGGER full BEFORE INSERT ON alert_deliveries BEGIN SELECT RAISE(ABORT, 'full'); END")
    turn = {WatchKey(rule.id, TARGET): FIRING}
    failed = alerts.save_turn(turn, [event()], [Sending(0, ChannelKind.NTFY, NOON_MS)])
    assert failed.exception(WAIT_S) is not None
    assert (alerts.read_alerts().states, alerts.read_events()) == ({}, ())
    run_sql("DROP TRIGGER full")
    assert alerts.save_turn(turn, [event()], [Sending(0, ChannelKind.NTFY, NOON_MS)]).result(WAIT_S) == (1,)
    assert alerts.read_alerts().states == turn


phases = st.sampled_from(AlertPhase)
moments = st.none() | st.integers(0, 4_102_444_800_000)
states = st.builds(
    AlertState,
    phase=phases,
    since_ms=st.integers(0, 4_102_444_800_000),
    holding=st.lists(st.booleans(), max_size=8).map(tuple),
    fired_ms=moments,
    snoozed_until_ms=moments,
    acknowledged=st.booleans(),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
figures = st.dictionaries(texts, st.none() | texts | st.floats(allow_nan=False, allow_infinity=False), max_size=4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(states, texts, figures)
def test_whatever_a_turn_brings_is_read_as_it_was(
    alerts: AlertFile, state: AlertState, text: str, values: dict[str, float | str | None]
) -> None:
    rule = alerts.save_rule(PREMIUM).result(WAIT_S)
    happened = replace(event(rule.id), message=text, advice=text, rule=text, values=values)
    alerts.save_turn({WatchKey(rule.id, TARGET): state}, [happened]).result(WAIT_S)
    assert alerts.read_alerts().states[WatchKey(rule.id, TARGET)] == state
    assert alerts.read_events(limit=1)[0].event == happened


def test_what_is_no_number_is_kept_as_unknown(alerts: AlertFile) -> None:
    odd = replace(event(), values={"a": float("nan"), "b": float("inf")})
    alerts.save_turn({}, [odd]).result(WAIT_S)
    assert alerts.read_events()[0].event.values == {"a": None, "b": None}


def test_history_is_read_page_by_page_newest_first(alerts: AlertFile) -> None:
    ids = alerts.save_turn({}, [event(ts_ms=NOON_MS + number) for number in range(5)]).result(WAIT_S)
    assert [stored.id for stored in alerts.read_events(limit=2)] == [ids[4], ids[3]]
    assert [stored.id for stored in alerts.read_events(before_id=ids[3], limit=2)] == [ids[2], ids[1]]
    assert alerts.read_events(before_id=ids[0]) == ()


def test_a_person_takes_note_once(alerts: AlertFile) -> None:
    ids = alerts.save_turn({}, [event(), event()]).result(WAIT_S)
    alerts.acknowledge(ids[:1], NOON_MS + 5).result(WAIT_S)
    alerts.acknowledge(ids[:1], NOON_MS + 9).result(WAIT_S)
    assert [stored.acknowledged_ms for stored in alerts.read_events()] == [None, NOON_MS + 5]


def test_a_silent_target_speaks_again_when_told(alerts: AlertFile) -> None:
    alerts.mute(TARGET, NOON_MS, on=True).result(WAIT_S)
    alerts.mute(TARGET, None, on=True).result(WAIT_S)
    assert alerts.read_alerts().muted == {TARGET: None}
    alerts.mute(TARGET, None, on=False).result(WAIT_S)
    assert alerts.read_alerts().muted == {}


def test_what_waits_to_go_out_survives_a_restart(alerts: AlertFile, again: Callable[[], AlertFile]) -> None:
    later_ms = NOON_MS + 90_000
    ways = [Sending(1, ChannelKind.NTFY, NOON_MS), Sending(0, ChannelKind.NTFY, later_ms)]
    ids = alerts.save_turn({}, [event(), event(fired=False)], ways).result(WAIT_S)
    first, second = alerts.read_waiting()
    assert (first.event_id, first.queued_ms, first.next_ms, first.event.fired) == (ids[0], later_ms, later_ms, True)
    alerts.postpone(replace(second, attempts=3, next_ms=NOON_MS + 60_000)).result(WAIT_S)
    expected = Parcel(
        event_id=ids[1],
        channel=ChannelKind.NTFY,
        event=event(fired=False),
        queued_ms=NOON_MS,
        attempts=3,
        next_ms=NOON_MS + 60_000,
    )
    restarted = again()
    assert restarted.read_waiting() == (first, expected)
    restarted.note_delivery(ids[0], "ntfy", "failed: ntfy refused the message (HTTP 403).").result(WAIT_S)
    restarted.note_delivery(ids[1], "ntfy", "sent").result(WAIT_S)
    restarted.note_delivery(ids[1], "desktop", "sent").result(WAIT_S)
    restarted.note_delivery(99, "ntfy", "sent").result(WAIT_S)
    assert restarted.read_waiting() == ()
    newest, oldest = restarted.read_events()
    assert newest.deliveries == (("desktop", "sent"), ("ntfy", "sent"))
    assert oldest.deliveries == (("ntfy", "failed: ntfy refused the message (HTTP 403)."),)


def test_one_unreadable_rule_does_not_silence_the_others(
    alerts: AlertFile, run_sql: Sql, caplog: pytest.LogCaptureFixture
) -> None:
    good = alerts.save_rule(PREMIUM).result(WAIT_S)
    alerts.save_turn({WatchKey(good.id, TARGET): FIRING}, []).result(WAIT_S)
    run_sql("""INSERT INTO alert_rules (rule) VALUES ('{"conditions": [{"kind": "weather"}]}'), ('{broken}')""")
    run_sql("INSERT INTO alert_states SELECT id, 'everything', '{\"phase\": \"odd\"}' FROM alert_rules")
    with caplog.at_level("WARNING"):
        stored = alerts.read_alerts()
    assert stored == StoredAlerts(rules=(good,), states={WatchKey(good.id, TARGET): FIRING})
    assert len(caplog.records) == 5


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO alert_rules (rule) VALUES ('rule')",
        "INSERT INTO alert_states VALUES (99, 'everything', '{}')",
        "INSERT INTO alert_events VALUES (1, 1, 1, 'r', 'premium', 'loud', 't', 1, '', '', '{}', NULL)",
        "INSERT INTO alert_events VALUES (1, 1, 1, 'r', 'premium', 'info', 't', 2, '', '', '{}', NULL)",
        "INSERT INTO alert_deliveries VALUES (99, 'ntfy', 'waiting', 0, 0, 0)",
    ],
)
def test_the_tables_take_no_nonsense(paths: Paths, statement: str) -> None:
    with closing(sqlite3.connect(paths.levdesk_db)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)


def test_alerts_are_in_backups_and_in_order(alerts: AlertFile, paths: Paths) -> None:
    rule = alerts.save_rule(PREMIUM).result(WAIT_S)
    alerts.save_turn({WatchKey(rule.id, TARGET): FIRING}, [event()], [Sending(0, ChannelKind.NTFY, 1)]).result(WAIT_S)
    rows = dict(make_backup(paths.levdesk_db, paths.data_dir / "copy.db").row_counts)
    tables = ("alert_rules", "alert_states", "alert_events", "alert_deliveries", "alert_mutes")
    assert [rows[table] for table in tables] == [1, 1, 1, 1, 0]
    assert check(paths) == ()


def test_after_the_end_nothing_is_saved_silently(alerts: AlertFile, writer: Writer) -> None:
    assert writer.close(WAIT_S)
    with pytest.raises(StoreUnavailable):
        alerts.save_turn({}, [event()]).result(WAIT_S)
