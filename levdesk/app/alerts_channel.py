"""The ways out for warnings, set up and tried from the command line; a secret is never typed as an option."""

from __future__ import annotations

import getpass
import json
import sys
from dataclasses import asdict, replace
from typing import Any

from levdesk.app.alerts_house import AlertsHouse
from levdesk.app.alerts_line import AlertsArguments
from levdesk.app.alerts_typed import whole
from levdesk.app.main import DONE, FAILED, say
from levdesk.domain.errors import DeliveryFailed, SecretsUnavailable, SettingInvalid
from levdesk.services.alert_channels import OUTSIDE, SECRETS, AlertChannels, MailSecurity, faults_of
from levdesk.services.alert_ports import ChannelKind
from levdesk.services.outbox import TEST_MESSAGE
from levdesk.services.venue_urls import check_base_url


def set_up_channel(alerts: AlertsHouse, given: AlertsArguments) -> int:
    """Change what was named of a channel, keep its secret, and say what is still missing."""
    kind = channel_typed(given.channel)
    before = alerts.channels()
    channels = _changed(before, kind, given)
    secret = _secret_typed(kind, given)
    if secret is None:
        secret = alerts.vault.read(SECRETS[kind])
    elif not alerts.vault.keep(SECRETS[kind], secret):
        raise SecretsUnavailable(
            "This computer has no usable keyring, so the secret cannot be kept.",
            hint="Give it to each run: levdesk watch --secrets-stdin",
        )
    faults = faults_of(channels, kind, secret)
    if channels != before:
        alerts.save_channels(channels)
    if alerts.house.options.as_json:
        own = asdict(getattr(channels, kind.value))
        document = {"channel": kind.value, **own, "has_secret": secret is not None, "missing": list(faults)}
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        print(f"{kind.value} is {'on' if channels.is_on(kind) else 'off'}.")
        for fault in faults:
            print(f"  {fault}")
    return DONE


def send_test(alerts: AlertsHouse, given: AlertsArguments) -> int:
    """Send the test message the way warnings go; every channel is tried."""
    kinds = [channel_typed(name) for name in given.channels]
    door = alerts.door()
    outcomes: dict[str, str] = {}
    for kind in kinds:
        try:
            door.deliver(kind, TEST_MESSAGE)
        except (DeliveryFailed, SecretsUnavailable) as error:
            outcomes[kind.value] = error.message
            say(f"{kind.value}: {error.message}", error.hint)
        else:
            outcomes[kind.value] = "sent"
    if alerts.house.options.as_json:
        print(json.dumps({"sent": outcomes}, indent=2, ensure_ascii=False))
    else:
        for name in (name for name, outcome in outcomes.items() if outcome == "sent"):
            print(f"{name}: the test message was sent.")
    return DONE if all(outcome == "sent" for outcome in outcomes.values()) else FAILED


def channel_typed(text: str) -> ChannelKind:
    """A channel that leaves this computer.

    Raises:
        SettingInvalid: it is none.
    """
    for kind in OUTSIDE:
        if kind.value == text.strip().lower():
            return kind
    names = ", ".join(kind.value for kind in OUTSIDE)
    raise SettingInvalid(f"“{text}” is no channel that leaves this computer.", hint=f"There are: {names}.")


def _changed(channels: AlertChannels, kind: ChannelKind, given: AlertsArguments) -> AlertChannels:
    typed: dict[str, Any] = {"on": given.turn_on}
    match kind:
        case ChannelKind.TELEGRAM:
            typed |= {"chat_id": given.chat or None, "base_url": _base_url(given.url)}
        case ChannelKind.NTFY:
            typed |= {"topic": given.topic or None, "base_url": _base_url(given.url)}
        case ChannelKind.EMAIL:
            typed |= {
                "host": given.host or None,
                "port": whole(given.port, "--port", 65_535) if given.port else None,
                "security": _security(given.security),
                "user": given.user or None,
                "sender": given.sender or None,
                "recipients": given.recipients or None,
            }
    named = {name: value for name, value in typed.items() if value is not None}
    return replace(channels, **{kind.value: replace(getattr(channels, kind.value), **named)})


def _base_url(text: str) -> str | None:
    return check_base_url(text, hint="Write https://ntfy.example.org") if text else None


def _security(text: str) -> MailSecurity | None:
    try:
        return MailSecurity(text) if text else None
    except ValueError as error:
        raise SettingInvalid(f"“{text}” is no protection.", hint="Use starttls, ssl or none.") from error


def _secret_typed(kind: ChannelKind, given: AlertsArguments) -> str | None:
    """The secret from standard input, or typed unseen when the channel is being switched on; None for none."""
    if given.secret_stdin:
        secret = sys.stdin.readline().strip()
        if not secret:
            raise SettingInvalid("There was no secret on standard input.")
        return secret
    if given.turn_on and sys.stdin.isatty():
        return getpass.getpass(f"{SECRETS[kind].replace('-', ' ')} (Enter keeps what is there): ").strip() or None
    return None


def take_secrets(alerts: AlertsHouse) -> None:
    """Read secrets for this run from standard input: they stand neither in the process list nor in a file of ours.

    Raises:
        SettingInvalid: it holds none.
    """
    hint = 'Write one JSON object, for example {"telegram": "123456:ABC"}.'
    names = {kind.value: SECRETS[kind] for kind in OUTSIDE}
    try:
        given = json.loads(sys.stdin.read())
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(value, str) and value for value in given.values()):
        raise SettingInvalid("The secrets on standard input cannot be read.", hint=hint)
    for channel, secret in given.items():
        if channel not in names:
            raise SettingInvalid(f"“{channel}” is no channel.", hint=f"There are: {', '.join(names)}.")
        alerts.vault.hold(names[channel], secret)
