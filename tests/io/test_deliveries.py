"""Warnings leave through real sockets: what arrives, how failures read, and that no secret shows anywhere."""

from __future__ import annotations

import logging
import ssl
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from levdesk import __version__
from levdesk.domain.errors import DeliveryFailed
from levdesk.io.deliveries.door import Deliveries, OfflineDeliveries
from levdesk.io.deliveries.mail import Mailer
from levdesk.io.deliveries.posting import Answer, Poster
from levdesk.io.logs import open_log
from levdesk.io.secrets import Vault
from levdesk.services.alert_channels import (
    AlertChannels,
    MailChannel,
    MailSecurity,
    NtfyChannel,
    TelegramChannel,
    WebhookChannel,
)
from levdesk.services.alert_ports import ChannelKind, DeliveryDoor, Message
from levdesk.services.outbox import TEST_MESSAGE
from tests.io.mail_desk import MailDesk, mail_desk
from tests.io.post_desk import PostDesk, post_desk

CERTIFICATE = Path(__file__).parent / "data" / "localhost.pem"
TOKEN = "123456789:AAcanaryCanaryCanaryCanaryCanary12"
PASSWORD = "canary pass/word+ü".replace("ü", "u")
NTFY_TOKEN = "tk_canarycanarycanarycanary"
WARNING = Message(
    title="Critical: near a rebalance (token:gate:BTC3L)",
    body="BTC at 61,240.10 is 2.1 % from the rebalance.\nGünstig: wait.",
    severity="critical",
    event_id=17,
)


@pytest.fixture
def desk() -> Iterator[PostDesk]:
    with post_desk() as desk:
        yield desk


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


Send = Callable[..., None]


@pytest.fixture
def send(desk: PostDesk, vault: Vault) -> Send:
    """Delivers through the door with every channel pointing at the desk."""
    vault.keep("webhook-url", f"{desk.url}/hook/c4n4ryPath?key=canaryKey")
    vault.keep("telegram-token", TOKEN)
    vault.keep("ntfy-token", NTFY_TOKEN)
    channels = AlertChannels(
        webhook=WebhookChannel(on=True),
        telegram=TelegramChannel(on=True, chat_id="-100123", base_url=desk.url),
        ntfy=NtfyChannel(on=True, topic="my_alerts", base_url=f"{desk.url}/"),
    )

    def deliver(kind: ChannelKind, message: Message = WARNING, *, answer_s: float = 10.0) -> None:
        door: DeliveryDoor = Deliveries(lambda: channels, vault, poster=Poster(answer_s=answer_s))
        door.deliver(kind, message)

    return deliver


POSTED = [ChannelKind.WEBHOOK, ChannelKind.TELEGRAM, ChannelKind.NTFY]

# --------------------------------------------------------------------------------------------------- what arrives


def test_a_webhook_gets_one_json_post(send: Send, desk: PostDesk) -> None:
    send(ChannelKind.WEBHOOK)
    ((path, headers, document),) = desk.taken
    whole = f"{WARNING.title}\n{WARNING.body}"
    assert path == "/hook/c4n4ryPath?key=canaryKey"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == f"LevDesk/{__version__}"
    assert "authorization" not in headers
    assert document == {
        "title": WARNING.title,
        "body": WARNING.body,
        "severity": "critical",
        "event_id": 17,
        "sender": f"LevDesk {__version__}",
        "text": whole,
        "content": whole,
    }


def test_telegram_gets_what_its_bot_api_asks_for(send: Send, desk: PostDesk) -> None:
    send(ChannelKind.TELEGRAM)
    ((path, _, document),) = desk.taken
    assert path == f"/bot{TOKEN}/sendMessage"
    assert document == {
        "chat_id": "-100123",
        "text": f"{WARNING.title}\n{WARNING.body}",
        "disable_notification": False,
        "disable_web_page_preview": True,
    }


def test_telegram_refuses_long_texts_so_they_are_cut(send: Send, desk: PostDesk) -> None:
    send(ChannelKind.TELEGRAM, replace(WARNING, body="x" * 9000))
    assert len(desk.documents[0]["text"]) == 4096


def test_ntfy_gets_its_json_with_priority_and_token(send: Send, desk: PostDesk) -> None:
    send(ChannelKind.NTFY)
    ((path, headers, document),) = desk.taken
    assert path == "/"
    assert headers["authorization"] == f"Bearer {NTFY_TOKEN}"
    assert document == {
        "topic": "my_alerts",
        "title": WARNING.title,
        "message": WARNING.body,
        "priority": 5,
        "tags": ["rotating_light"],
    }


@pytest.mark.parametrize("kind", POSTED)
def test_a_test_message_goes_the_same_way(send: Send, desk: PostDesk, kind: ChannelKind) -> None:
    send(kind, TEST_MESSAGE)
    assert len(desk.taken) == 1
    assert "test message" in str(desk.documents[0])


# -------------------------------------------------------------------------------------------- answers that are a no


def refusal(call: Callable[[], None]) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        call()
    error = caught.value
    assert error.message.endswith(".")
    return error


@pytest.mark.parametrize("kind", POSTED)
@pytest.mark.parametrize(
    ("status", "again"),
    [
        *((status, True) for status in (408, 429, 500, 502, 503)),
        *((status, False) for status in (302, 400, 401, 403, 404)),
    ],
)
def test_a_refusal_says_whether_trying_again_may_help(
    send: Send, desk: PostDesk, kind: ChannelKind, status: int, again: bool
) -> None:
    desk.answers = [(status, {"Location": f"{desk.url}/elsewhere"} if status == 302 else {}, b"<html>no</html>")]
    error = refusal(lambda: send(kind))
    assert error.again is again
    assert error.retry_after_s is None
    assert len(desk.taken) == 1  # nothing followed, nothing repeated behind the plan's back


@pytest.mark.parametrize("kind", POSTED)
@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_a_server_names_is_kept(send: Send, desk: PostDesk, kind: ChannelKind, status: int) -> None:
    desk.answers = [(status, {"Retry-After": "37"}, b"")]
    assert refusal(lambda: send(kind)).retry_after_s == 37.0


def test_telegram_names_its_wait_in_its_own_way(send: Send, desk: PostDesk) -> None:
    body = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":21}}'
    desk.answers = [(429, {}, body)]
    assert refusal(lambda: send(ChannelKind.TELEGRAM)).retry_after_s == 21.0


@pytest.mark.parametrize("body", [b"", b"<html>welcome</html>", b"[]", b'{"ok":false}', b'{"ok":1}'])
def test_only_telegrams_own_yes_counts(send: Send, desk: PostDesk, body: bytes) -> None:
    desk.answers = [(200, {}, body)]
    assert refusal(lambda: send(ChannelKind.TELEGRAM)).again


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("120", 120.0),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        *((text, None) for text in ("", "soon", "-5", "1.5")),
    ],
)
def test_a_wait_is_seconds_or_a_date(text: str, wait_s: float | None) -> None:
    answer = Answer(status=429, headers={"retry-after": text}, body=b"")
    assert answer.retry_after_s(datetime(2026, 3, 1, 12, tzinfo=UTC)) == wait_s


# ------------------------------------------------------------------------------------------------ no answer at all


@pytest.mark.parametrize("kind", POSTED)
@pytest.mark.parametrize("mode", ["silence", "drops"])
def test_a_slow_answer_is_given_up(send: Send, desk: PostDesk, kind: ChannelKind, mode: str) -> None:
    desk.mode = mode
    error = refusal(lambda: send(kind, answer_s=0.3))
    assert error.again
    assert "within 0.3 s" in error.message


@pytest.mark.parametrize("kind", POSTED)
def test_a_server_that_hangs_up_is_tried_again_later(send: Send, desk: PostDesk, kind: ChannelKind) -> None:
    desk.mode = "hang_up"
    error = refusal(lambda: send(kind))
    assert error.again
    assert len(desk.taken) == 1


@pytest.mark.parametrize("kind", POSTED)
def test_a_server_that_is_not_there(send: Send, desk: PostDesk, kind: ChannelKind) -> None:
    desk.shutdown()
    desk.server_close()
    error = refusal(lambda: send(kind))
    assert error.again
    assert "refused the connection" in error.message


@pytest.mark.usefixtures("desk")
def test_a_certificate_nobody_vouches_for_is_refused_before_anything_is_sent(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    with post_desk(CERTIFICATE) as desk:
        vault.keep("webhook-url", f"https://localhost:{desk.port}/hook")
        door = Deliveries(AlertChannels, vault)
        error = refusal(lambda: door.deliver(ChannelKind.WEBHOOK, WARNING))
        assert "could not prove" in error.message
        assert desk.taken == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
        door.deliver(ChannelKind.WEBHOOK, WARNING)
        assert len(desk.taken) == 1


def test_what_is_not_set_up_is_told_and_nothing_is_asked(vault: Vault, desk: PostDesk) -> None:
    door = Deliveries(AlertChannels, vault)
    words = {kind: refusal(lambda kind=kind: door.deliver(kind, WARNING)).message for kind in POSTED}  # type: ignore[misc]
    assert "webhook is missing" in words[ChannelKind.WEBHOOK]
    assert "token of the Telegram bot is missing" in words[ChannelKind.TELEGRAM]
    assert "topic" in words[ChannelKind.NTFY]
    assert desk.taken == []


@pytest.mark.parametrize("kind", [ChannelKind.DESKTOP, ChannelKind.SOUND])
def test_the_windows_own_channels_do_not_go_through_this_door(vault: Vault, kind: ChannelKind) -> None:
    assert not refusal(lambda: Deliveries(AlertChannels, vault).deliver(kind, WARNING)).again


def test_offline_nothing_goes_out_and_everything_waits() -> None:
    assert refusal(lambda: OfflineDeliveries().deliver(ChannelKind.NTFY, WARNING)).again


def test_no_password_of_the_persons_files_is_sent(send: Send, desk: PostDesk, own_home: Path) -> None:
    own_home.mkdir(parents=True)
    netrc = own_home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    send(ChannelKind.WEBHOOK)
    assert "authorization" not in desk.taken[0][1]


# ----------------------------------------------------------------------------------------------------------- e-mail

MAIL = MailChannel(
    on=True,
    host="localhost",
    user="me@example.org",
    sender="me@example.org",
    recipients=("a@example.org", "b@c.example"),
)


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' certificate is one the system trusts."""
    real = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda: real(cafile=str(CERTIFICATE)))


def mail_to(desk: MailDesk, channel: MailChannel, message: Message = WARNING, *, mailer: Mailer | None = None) -> None:
    (mailer or Mailer(answer_s=10)).send(replace(channel, port=desk.port), PASSWORD, message)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("security", [MailSecurity.STARTTLS, MailSecurity.SSL])
def test_mail_goes_over_a_protected_way(security: MailSecurity) -> None:
    with mail_desk(CERTIFICATE, tls_at_once=security is MailSecurity.SSL) as desk:
        mail_to(desk, replace(MAIL, security=security))
    ((letter, recipients, protected),) = desk.letters
    assert protected
    assert desk.logins == [("me@example.org", PASSWORD, True)]
    assert recipients == ["a@example.org", "b@c.example"]
    assert letter["Subject"] == WARNING.title
    assert (letter["From"], letter["To"]) == ("me@example.org", "a@example.org, b@c.example")
    assert letter["Message-ID"].endswith("@example.org>")
    content = letter.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.decode().replace("\r\n", "\n") == f"{WARNING.body}\n"
    assert not any(line.startswith(("EHLO", "HELO")) and "127.0.0.1" not in line for line in desk.said)


@pytest.mark.usefixtures("trusted")
def test_a_server_without_tls_gets_neither_password_nor_mail() -> None:
    with mail_desk() as desk:
        error = refusal(lambda: mail_to(desk, MAIL))
    assert not error.again
    assert "does not offer a protected way" in error.message
    assert (desk.logins, desk.letters) == ([], [])


def test_a_certificate_nobody_vouches_for_gets_neither_password_nor_mail() -> None:
    for at_once in (False, True):
        with mail_desk(CERTIFICATE, tls_at_once=at_once) as desk:
            channel = replace(MAIL, security=MailSecurity.SSL if at_once else MailSecurity.STARTTLS)
            error = refusal(lambda desk=desk, channel=channel: mail_to(desk, channel))  # type: ignore[misc]
        assert "could not prove that it is localhost" in error.message
        assert (desk.logins, desk.letters) == ([], [])


def test_plain_mail_goes_to_this_computer_only() -> None:
    with mail_desk() as desk:
        mail_to(desk, replace(MAIL, security=MailSecurity.NONE, user=""))
        away = replace(MAIL, security=MailSecurity.NONE, host="mail.example.org")
        error = refusal(lambda: mail_to(desk, away))
    assert len(desk.letters) == 1
    assert not error.again
    assert "TLS only" in error.message


PLAIN = replace(MAIL, security=MailSecurity.NONE)


@pytest.mark.parametrize(
    ("command", "answer", "again"),
    [
        ("GREETING", "421 too busy", True),
        ("GREETING", "554 go away", False),
        ("AUTH", "535 5.7.8 bad credentials", False),
        ("AUTH", "454 4.7.0 later", True),
        ("MAIL", "550 not you", False),
        ("MAIL", "451 later", True),
        ("RCPT", "550 no such person", False),
        ("RCPT", "450 greylisted", True),
        ("DATA", "554 spam", False),
        ("DATA", "452 full", True),
    ],
)
def test_a_no_of_the_mail_server_says_whether_trying_again_may_help(command: str, answer: str, again: bool) -> None:
    with mail_desk() as desk:
        desk.says[command] = answer
        error = refusal(lambda: mail_to(desk, PLAIN))
    assert error.again is again
    assert desk.letters == []


def test_a_mail_server_that_fails_after_taking_the_mail_is_no_failure() -> None:
    with mail_desk() as desk:
        desk.says["QUIT"] = "500 what?"
        mail_to(desk, PLAIN)
    assert len(desk.letters) == 1


@pytest.mark.parametrize("mode", ["silence", "drops"])
def test_a_slow_mail_server_is_given_up(mode: str) -> None:
    with mail_desk() as desk:
        desk.mode = mode
        patient = 0.3 if mode == "silence" else 10
        error = refusal(lambda: mail_to(desk, PLAIN, mailer=Mailer(answer_s=patient, whole_s=0.5)))
        assert not desk.outlasted
    assert error.again


def test_a_mail_server_that_is_not_there() -> None:
    with mail_desk() as desk:
        pass
    error = refusal(lambda: mail_to(desk, PLAIN))
    assert (error.again, "refused the connection" in error.message) == (True, True)


def test_a_title_cannot_add_headers() -> None:
    with mail_desk() as desk:
        mail_to(desk, PLAIN, replace(WARNING, title="Hello\r\nBcc: thief@example.org"))
    ((letter, recipients, _),) = desk.letters
    assert letter["Bcc"] is None
    assert recipients == ["a@example.org", "b@c.example"]


# ------------------------------------------------------------------------------------------------------- the canary

CANARIES = (TOKEN, NTFY_TOKEN, "c4n4ryPath", "canaryKey", PASSWORD)


def shown_by(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("kind", POSTED)
@pytest.mark.parametrize("mode", ["answer", "silence", "hang_up", "gone"])
def test_no_failure_tells_a_secret(
    send: Send, desk: PostDesk, kind: ChannelKind, mode: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in its words, not in its trace, not in the log at its most talkative."""
    log_file = tmp_path / "log" / "all.log"
    handler = open_log(log_file)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        if mode == "gone":
            desk.shutdown()
            desk.server_close()
        desk.mode = mode
        desk.answers = [(403, {}, b'{"description":"' + TOKEN.encode() + b'"}')]
        with caplog.at_level(logging.DEBUG):
            error = refusal(lambda: send(kind, answer_s=0.3))
            root.critical("Unexpected failure", exc_info=error)
            root.info("asked %s", f"{desk.url}/hook/c4n4ryPath?key=canaryKey")
            root.info("asked %s %s", f"{desk.url}/bot{TOKEN}/sendMessage", {"Authorization": f"Bearer {NTFY_TOKEN}"})
    finally:
        root.removeHandler(handler)
        handler.close()
    told = shown_by(error) + repr(error) + error.hint + log_file.read_text()
    assert "Unexpected failure" in told
    assert not [canary for canary in CANARIES if canary in told]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("answer", ["535 no: {}", "454 later: {}"])
def test_a_mail_server_that_repeats_the_password_is_not_quoted(answer: str) -> None:
    with mail_desk(CERTIFICATE) as desk:
        desk.says["AUTH"] = answer.format(PASSWORD)
        error = refusal(lambda: mail_to(desk, MAIL))
    assert PASSWORD not in shown_by(error) + error.hint


def test_the_process_list_shows_no_secret(send: Send) -> None:
    send(ChannelKind.TELEGRAM)
    if not Path("/proc/self/cmdline").exists():
        listed = subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, check=True).stdout
    else:
        listed = Path("/proc/self/cmdline").read_bytes() + Path("/proc/self/environ").read_bytes()
    assert sys.executable.rpartition("/")[2].encode()[:6] in listed
    assert not [canary for canary in CANARIES if canary.encode() in listed]
