"""The plan of deliveries as tables and laws, and the courier that carries it out."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.alerts import AlertEvent, AlertKind, AlertSeverity, LocalMoment
from levdesk.domain.errors import DeliveryFailed, SecretsUnavailable
from levdesk.services.alert_channels import (
    AlertChannels,
    MailChannel,
    MailSecurity,
    NtfyChannel,
    TelegramChannel,
    WebhookChannel,
    faults_of,
)
from levdesk.services.alert_channels_codec import decode_channels, encode_channels
from levdesk.services.alert_kinds import KINDS
from levdesk.services.alert_ports import ChannelKind, Message
from levdesk.services.courier import Courier, OutboxStore
from levdesk.services.outbox import (
    GIVE_UP_MS,
    OutboxRules,
    Parcel,
    QuietHours,
    Sending,
    after_failure,
    compose,
    due,
    is_muted,
    next_try_ms,
    sendings,
    too_old,
)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOON_MS = 20_000 * DAY_MS + 12 * HOUR_MS
NTFY, MAIL, HOOK = ChannelKind.NTFY, ChannelKind.EMAIL, ChannelKind.WEBHOOK
ON = OutboxRules(on=frozenset({NTFY, MAIL}))
NIGHT = QuietHours(from_minute=22 * 60, until_minute=7 * 60)


def utc(ms: int) -> LocalMoment:
    return LocalMoment(minute=ms // 60_000 % 1440, weekday=0)


def event(
    severity: AlertSeverity = AlertSeverity.WARNING, *, ts_ms: int = NOON_MS, fired: bool = True, target: str = "t"
) -> AlertEvent:
    return AlertEvent(
        ts_ms=ts_ms,
        rule_id=1,
        rule="dear",
        kind=AlertKind.PREMIUM,
        severity=severity,
        target=target,
        fired=fired,
        message="BTC3L costs 2.10 % more than its NAV.",
        advice="Wait.",
        values={"premium_ratio": 0.021, "amount_worth": 1234.5, "amount_result": None, "amount_currency": "USDT"},
    )


def parcel(
    event_id: int, channel: ChannelKind = NTFY, *, next_ms: int = 0, severity: AlertSeverity = AlertSeverity.WARNING
) -> Parcel:
    return Parcel(event_id=event_id, channel=channel, event=event(severity), queued_ms=NOON_MS, next_ms=next_ms)


def ids(parcels: tuple[Parcel, ...]) -> list[tuple[int, ChannelKind]]:
    return [(one.event_id, one.channel) for one in parcels]


# ----------------------------------------------------------------------------------------------------- what goes out


def test_an_event_goes_where_its_rule_says_and_the_person_allows() -> None:
    events = [event(), event(fired=False)]
    ways = {1: [HOOK, NTFY, ChannelKind.DESKTOP]}
    assert sendings(events, ways.__getitem__, ON) == (Sending(0, NTFY, NOON_MS),)
    told = replace(ON, tell_cleared=True)
    assert sendings(events, ways.__getitem__, told) == (Sending(0, NTFY, NOON_MS), Sending(1, NTFY, NOON_MS))


def test_a_muted_target_is_silent_until_its_moment() -> None:
    muted: dict[str, int | None] = {"t": NOON_MS + 1, "u": None}
    assert [is_muted(muted, "t", NOON_MS + late) for late in (0, 1)] == [True, False]
    assert is_muted(muted, "u", 10 * NOON_MS)
    events = [event(target="t"), event(target="u"), event(target="v")]
    found = sendings(events, lambda _rule: [NTFY], replace(ON, muted=muted))
    assert [one.place for one in found] == [2]


def test_a_snoozed_alert_waits_for_its_moment() -> None:
    until_ms = NOON_MS + HOUR_MS
    (sending,) = sendings([event()], lambda _rule: [NTFY], ON, lambda _event: until_ms)
    assert sending.not_before_ms == until_ms


@pytest.mark.parametrize(
    ("names", "hook", "ntfy", "expected"),
    [
        (("ntfy",), {}, {"on": True}, {NTFY}),
        (("ntfy",), {"on": True}, {}, set()),
        (("desktop",), {"on": True}, {"on": True, "every": False}, {HOOK}),
        (("desktop", "ntfy"), {}, {"on": True, "every": False}, {NTFY}),
        ((), {"on": True}, {"on": True}, set()),
        (("sound", "pigeon"), {"on": True}, {"on": True}, set()),
    ],
)
def test_a_channel_takes_what_is_shown_on_the_desktop_unless_told_otherwise(
    names: tuple[str, ...], hook: dict[str, bool], ntfy: dict[str, bool], expected: set[ChannelKind]
) -> None:
    channels = AlertChannels(webhook=WebhookChannel(**hook), ntfy=NtfyChannel(**ntfy))  # type: ignore[arg-type]
    assert channels.ways(names) == expected


def test_amounts_of_money_go_out_only_when_asked_for() -> None:
    happened = event(target="token:gate:BTC3L")
    plain, full = compose(7, happened), compose(7, happened, with_amounts=True)
    assert plain.body == "BTC3L costs 2.10 % more than its NAV.\nWait."
    assert full.body == f"{plain.body}\nWorth 1,234.50 USDT."
    assert (plain.title, plain.severity, plain.event_id) == ("Warning: dear (BTC3L)", "warning", 7)
    assert compose(7, replace(happened, severity=AlertSeverity.CRITICAL)).title == "Critical: dear (BTC3L)"
    assert compose(7, replace(happened, fired=False)).title == "Over: dear (BTC3L)"
    unnamed = replace(happened, rule="premium")
    assert compose(7, replace(happened, rule="BTC3L too dear")).title == "Warning: BTC3L too dear"
    assert compose(7, unnamed).title == f"Warning: {KINDS[AlertKind.PREMIUM].title} (BTC3L)"


# ------------------------------------------------------------------------------------------------------------ when


def test_each_channel_is_a_queue_of_its_own() -> None:
    waiting = [parcel(3), parcel(1), parcel(2, MAIL), parcel(4, MAIL), parcel(5, HOOK)]
    assert ids(due(waiting, ON, NOON_MS, utc)) == [(1, NTFY), (2, MAIL)]


def test_nothing_passes_a_message_that_waits_for_its_next_try() -> None:
    waiting = [parcel(1, next_ms=NOON_MS + 5000), parcel(2)]
    assert due(waiting, ON, NOON_MS, utc) == ()
    assert next_try_ms(waiting, ON, NOON_MS, utc) == NOON_MS + 5000
    assert ids(due(waiting, ON, NOON_MS + 5000, utc)) == [(1, NTFY)]


@pytest.mark.parametrize(
    ("quiet", "minute", "covered"),
    [
        (NIGHT, 22 * 60, True),
        (NIGHT, 0, True),
        (NIGHT, 7 * 60 - 1, True),
        (NIGHT, 7 * 60, False),
        (NIGHT, 12 * 60, False),
        (QuietHours(from_minute=60, until_minute=120), 60, True),
        (QuietHours(from_minute=60, until_minute=120), 120, False),
        (QuietHours(from_minute=0, until_minute=1440), 1439, True),
        (QuietHours(from_minute=60, until_minute=60), 60, False),
    ],
)
def test_quiet_hours_may_pass_midnight(quiet: QuietHours, minute: int, covered: bool) -> None:
    assert quiet.covers(minute) is covered


@pytest.mark.parametrize("minutes", [(-1, 60), (0, 1441)])
def test_quiet_hours_are_minutes_of_a_day(minutes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="1440"):
        QuietHours(from_minute=minutes[0], until_minute=minutes[1])


def test_at_night_only_what_is_critical_goes_out_if_wished() -> None:
    night_ms = NOON_MS + 11 * HOUR_MS + 90_000
    waiting = [parcel(1), parcel(2, severity=AlertSeverity.CRITICAL)]
    rules = replace(ON, quiet=NIGHT)
    assert ids(due(waiting, rules, night_ms, utc)) == [(2, NTFY)]
    strict = replace(ON, quiet=replace(NIGHT, critical_passes=False))
    assert due(waiting, strict, night_ms, utc) == ()
    morning_ms = NOON_MS + 19 * HOUR_MS
    assert next_try_ms(waiting, strict, night_ms, utc) == morning_ms
    assert ids(due(waiting, strict, morning_ms, utc)) == [(1, NTFY)]


def test_nothing_to_do_is_no_moment() -> None:
    assert next_try_ms([], ON, NOON_MS, utc) is None
    assert next_try_ms([parcel(1, HOOK)], ON, NOON_MS, utc) is None


BUSY = DeliveryFailed("ntfy asks to send less often.", again=True)


def test_pauses_double_up_to_an_hour() -> None:
    waiting, pauses = parcel(1), []
    for _ in range(12):
        again = after_failure(waiting, BUSY, NOON_MS, 0.5)
        assert again is not None
        pauses.append((again.next_ms - NOON_MS) / 1000)
        waiting = again
    assert pauses == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert waiting.attempts == 12


@given(st.integers(0, 50), st.floats(0, 1), st.none() | st.floats(0, 200_000), st.integers(0, 2 * GIVE_UP_MS))
def test_a_try_is_never_sooner_than_asked_nor_after_a_day(
    attempts: int, chance: float, wait_s: float | None, age_ms: int
) -> None:
    now_ms = NOON_MS + age_ms
    failure = DeliveryFailed("no", again=True, retry_after_s=wait_s)
    again = after_failure(replace(parcel(1), attempts=attempts), failure, now_ms, chance)
    if again is None:
        assert age_ms + max(wait_s or 0.0, 3600 * 1.25) * 1000 >= GIVE_UP_MS
    else:
        assert again.next_ms - now_ms >= max((wait_s or 0.0) * 1000 - 1, 15_000 * 0.75)
        assert again.next_ms < NOON_MS + GIVE_UP_MS
        assert again.attempts == attempts + 1


def test_what_is_refused_for_good_is_not_tried_again() -> None:
    assert after_failure(parcel(1), DeliveryFailed("no", again=False, retry_after_s=1), NOON_MS, 0.5) is None


def test_after_a_day_it_is_too_late() -> None:
    waiting = [parcel(1), replace(parcel(2), queued_ms=NOON_MS + 1)]
    assert ids(too_old(waiting, NOON_MS + GIVE_UP_MS)) == [(1, NTFY)]


# ----------------------------------------------------------------------------------------------------- the courier


@dataclass
class Shelf:
    """An outbox in memory."""

    waiting: dict[tuple[int, ChannelKind], Parcel] = field(default_factory=dict)
    outcomes: list[tuple[int, str, str]] = field(default_factory=list)

    def put(self, *parcels: Parcel) -> None:
        self.waiting |= {(one.event_id, one.channel): one for one in parcels}

    def read_waiting(self) -> tuple[Parcel, ...]:
        return tuple(self.waiting.values())

    def postpone(self, parcel: Parcel) -> Future[None]:
        self.put(parcel)
        return _done()

    def note_delivery(self, event_id: int, channel: str, outcome: str) -> Future[None]:
        del self.waiting[event_id, ChannelKind(channel)]
        self.outcomes.append((event_id, channel, outcome))
        return _done()


def _done() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future


@dataclass
class Door:
    """Fails as told, by channel."""

    failing: dict[ChannelKind, Exception] = field(default_factory=dict)
    out: list[tuple[int, ChannelKind]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def deliver(self, channel: ChannelKind, message: Message) -> None:
        if channel in self.failing:
            raise self.failing[channel]
        self.out.append((message.event_id, channel))
        self.messages.append(message)


@dataclass
class StoppedClock:
    ms: int = NOON_MS

    def now_ms(self) -> int:
        return self.ms


@dataclass
class Post:
    shelf: Shelf = field(default_factory=Shelf)
    door: Door = field(default_factory=Door)
    clock: StoppedClock = field(default_factory=StoppedClock)

    @property
    def courier(self) -> Courier:
        store: OutboxStore = self.shelf
        return Courier(store, self.door, self.clock, local=utc, chance=lambda: 0.5)


@pytest.fixture
def post() -> Post:
    return Post()


def test_all_that_waits_goes_out_in_order(post: Post) -> None:
    post.shelf.put(parcel(2), parcel(1), parcel(3, MAIL), parcel(4))
    done = post.courier.deliver(ON)
    assert [one.event_id for one in done if one.channel is NTFY] == [1, 2, 4]
    assert sorted(post.shelf.outcomes) == [
        (1, "ntfy", "sent"),
        (2, "ntfy", "sent"),
        (3, "email", "sent"),
        (4, "ntfy", "sent"),
    ]
    assert post.courier.next_ms(ON) is None


def test_many_at_once_are_one_message(post: Post) -> None:
    post.shelf.put(*(parcel(number) for number in range(1, 5)), parcel(9, MAIL))
    post.shelf.put(replace(parcel(5), event=event(AlertSeverity.CRITICAL, target="token:gate:BTC3L")))
    done = post.courier.deliver(ON)
    assert post.door.out == [(1, NTFY), (9, MAIL)]
    assert [one.event_id for one in done if one.channel is NTFY] == [1, 2, 3, 4, 5]
    assert {outcome for _, _, outcome in post.shelf.outcomes} == {"sent"}
    message = post.door.messages[0]
    assert (message.title, message.severity) == ("LevDesk: 1 critical, 4 to be warned of", "critical")
    assert message.body.count("BTC3L costs 2.10 % more than its NAV.") == 5
    assert "amount" not in message.body


def test_many_that_fail_together_wait_together(post: Post) -> None:
    post.shelf.put(*(parcel(number) for number in range(1, 6)))
    post.door.failing[NTFY] = BUSY
    (delivery,) = post.courier.deliver(ON)
    assert delivery.event_id == 1
    assert len(post.shelf.waiting) == 5
    post.door.failing.clear()
    post.clock.ms += 15_000
    assert len(post.courier.deliver(ON)) == 5
    assert post.door.out == [(1, NTFY)]


def test_at_night_a_critical_one_does_not_take_the_others_along(post: Post) -> None:
    post.clock.ms += 11 * HOUR_MS
    post.shelf.put(*(parcel(number) for number in range(1, 6)), parcel(7, severity=AlertSeverity.CRITICAL))
    assert [one.event_id for one in post.courier.deliver(replace(ON, quiet=NIGHT))] == [7]


def test_a_channel_that_fails_waits_and_does_not_hold_up_the_others(post: Post) -> None:
    post.shelf.put(parcel(1), parcel(2), parcel(3, MAIL))
    post.door.failing[NTFY] = BUSY
    outcomes = {one.event_id: one.outcome for one in post.courier.deliver(ON)}
    assert outcomes == {1: "waiting: ntfy asks to send less often.", 3: "sent"}
    assert post.courier.next_ms(ON) == NOON_MS + 15_000
    assert post.courier.deliver(ON) == ()
    post.door.failing.clear()
    post.clock.ms += 15_000
    assert [one.event_id for one in post.courier.deliver(ON)] == [1, 2]
    assert post.door.out == [(3, MAIL), (1, NTFY), (2, NTFY)]


def test_a_message_refused_for_good_makes_room_for_the_next(post: Post) -> None:
    post.shelf.put(parcel(1), parcel(2))
    post.door.failing[NTFY] = DeliveryFailed("ntfy refused the message (HTTP 400).", again=False)
    post.courier.deliver(ON)
    reason = "failed: ntfy refused the message (HTTP 400)."
    assert post.shelf.outcomes == [(1, "ntfy", reason), (2, "ntfy", reason)]


def test_a_locked_keyring_is_tried_again(post: Post) -> None:
    post.shelf.put(parcel(1))
    post.door.failing[NTFY] = SecretsUnavailable("The keyring of this computer does not answer.")
    (delivery,) = post.courier.deliver(ON)
    assert delivery.outcome.startswith("waiting: The keyring")


def test_what_waited_a_day_is_given_up_and_said_so(post: Post) -> None:
    post.shelf.put(replace(parcel(1), attempts=30), parcel(2, MAIL))
    post.clock.ms += GIVE_UP_MS
    post.courier.deliver(ON)
    assert post.shelf.outcomes == [
        (1, "ntfy", "failed: given up after a day, tried 30 times"),
        (2, "email", "failed: given up after a day, tried 0 times"),
    ]
    assert post.door.out == []


def test_asked_to_stop_it_leaves_the_rest_waiting(post: Post) -> None:
    post.shelf.put(parcel(1), parcel(2))
    post.courier.deliver(ON, lambda: not post.door.out)
    assert post.door.out == [(1, NTFY)]
    assert list(post.shelf.waiting) == [(2, NTFY)]


# ---------------------------------------------------------------------------------------------- settings of channels

words = st.text(max_size=12)
channel_settings = st.builds(
    AlertChannels,
    quiet=st.none()
    | st.builds(
        QuietHours, from_minute=st.integers(0, 1440), until_minute=st.integers(0, 1440), critical_passes=st.booleans()
    ),
    with_amounts=st.booleans(),
    tell_cleared=st.booleans(),
    webhook=st.builds(WebhookChannel, on=st.booleans(), every=st.booleans()),
    telegram=st.builds(TelegramChannel, on=st.booleans(), chat_id=words, base_url=words),
    ntfy=st.builds(NtfyChannel, on=st.booleans(), topic=words, base_url=words),
    email=st.builds(
        MailChannel,
        on=st.booleans(),
        host=words,
        port=st.integers(0, 70_000),
        security=st.sampled_from(MailSecurity),
        recipients=st.lists(words, max_size=3).map(tuple),
    ),
)


@given(channel_settings)
def test_settings_of_channels_are_read_as_they_were_saved(channels: AlertChannels) -> None:
    saved = encode_channels(channels)
    assert decode_channels(saved) == (channels, ())


def test_nothing_set_is_nothing_saved() -> None:
    assert encode_channels(AlertChannels()) == {"alert_channels": None}
    assert decode_channels({}) == (AlertChannels(), ())


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        ("text", "all"),
        ({"quiet": {"from_minute": -5, "until_minute": 3}}, "quiet"),
        ({"quiet": {"from_minute": 5}}, "quiet"),
        ({"with_amounts": 1}, "with_amounts"),
        ({"ntfy": []}, "ntfy"),
        ({"ntfy": {"topic": 5}}, "ntfy"),
        ({"email": {"port": "25"}}, "email"),
        ({"email": {"security": "none at all"}}, "email"),
        ({"email": {"recipients": "me@example.org"}}, "email"),
    ],
)
def test_a_part_that_cannot_be_read_is_named_and_the_others_stay(stored: object, named: str) -> None:
    if isinstance(stored, dict):
        stored = {**stored, "telegram": {"on": True, "chat_id": "1", "later": "unknown"}}
    channels, (problem,) = decode_channels({"alert_channels": stored})
    assert f"({named})" in problem.message
    assert channels.telegram.on is isinstance(stored, dict)


TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("channels", "kind", "secret", "fault"),
    [
        (AlertChannels(), HOOK, None, "missing"),
        (AlertChannels(), HOOK, "ftp://a", "https://host"),
        (AlertChannels(), HOOK, "http://hooks.example.org/x", "must begin with https"),
        (AlertChannels(), HOOK, "https://me:pw@hooks.example.org/x", "https://host"),
        (AlertChannels(), HOOK, "https://[::1", "cannot be read"),
        (AlertChannels(), HOOK, "http://127.0.0.1:9/x", ""),
        (AlertChannels(), HOOK, "http://192.168.1.5/x", ""),
        (AlertChannels(), HOOK, "http://nas.local/x", ""),
        (AlertChannels(), HOOK, "https://hooks.example.org/x?y=z", ""),
        (AlertChannels(telegram=TelegramChannel(chat_id="12")), ChannelKind.TELEGRAM, None, "BotFather"),
        (AlertChannels(telegram=TelegramChannel(chat_id="12")), ChannelKind.TELEGRAM, "../getUpdates", "no token"),
        (AlertChannels(telegram=TelegramChannel(chat_id="me")), ChannelKind.TELEGRAM, TOKEN, "chat is a number"),
        (AlertChannels(telegram=TelegramChannel(chat_id="-12")), ChannelKind.TELEGRAM, TOKEN, ""),
        (AlertChannels(ntfy=NtfyChannel(topic="a b")), NTFY, None, "topic"),
        (AlertChannels(ntfy=NtfyChannel(topic="ab")), NTFY, "tk\r\nX: 1", "no access token"),
        (AlertChannels(ntfy=NtfyChannel(topic="ab", base_url="http://ntfy.sh")), NTFY, None, "must begin with https"),
        (AlertChannels(ntfy=NtfyChannel(topic="ab")), NTFY, None, ""),
    ],
)
def test_what_keeps_a_channel_from_working_is_said_without_its_secret(
    channels: AlertChannels, kind: ChannelKind, secret: str | None, fault: str
) -> None:
    faults = " ".join(faults_of(channels, kind, secret))
    assert (fault in faults) if fault else not faults
    assert not secret or secret not in faults


GOOD_MAIL = MailChannel(host="mail.example.org", sender="a@b.example", recipients=("c@d.example",), user="a")


@pytest.mark.parametrize(
    ("mail", "fault"),
    [
        (GOOD_MAIL, ""),
        (replace(GOOD_MAIL, host=""), "name of the mail server"),
        (replace(GOOD_MAIL, security=MailSecurity.NONE), "with TLS only"),
        (replace(GOOD_MAIL, security=MailSecurity.NONE, host="127.0.0.1"), ""),
        (replace(GOOD_MAIL, port=0), "port"),
        (replace(GOOD_MAIL, sender="me"), "sender"),
        (replace(GOOD_MAIL, sender="a@b.example\nBcc: x@y.example"), "sender"),
        (replace(GOOD_MAIL, recipients=()), "recipients"),
        (replace(GOOD_MAIL, recipients=("a@b.example, c@d.example",)), "recipients"),
    ],
)
def test_what_keeps_mail_from_working_is_said(mail: MailChannel, fault: str) -> None:
    faults = " ".join(faults_of(AlertChannels(email=mail), ChannelKind.EMAIL, "pw"))
    assert (fault in faults) if fault else not faults
    assert "password" in " ".join(faults_of(AlertChannels(email=GOOD_MAIL), ChannelKind.EMAIL, None))
