"""What a person may type after `watch` and `alerts`; every figure stays text until the command reads it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

ALERT_COMMANDS: Final = ("watch", "alerts")
_KINDS_HINT = "e.g. premium, rebalance_near, drawdown; `levdesk alerts list --kinds` names all"
_SCOPE_HINT = "everything (default), portfolio:1, underlying:BTC, venue:gate or token:gate:BTC3L"

_SECRETS = "read a JSON object of secrets by channel from standard input, for this run"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsArguments:
    """Arguments of `watch` and `alerts` as typed; "" and None where one was not given.

    Attributes:
        act: list, add, remove, test, history or channel; "" for `watch`.
        once, interval, secrets_stdin: of `watch`.
        rule: number of a rule, or a JSON file.
        kind, scope, threshold, side, measure, hysteresis, horizon: of a condition, or to filter by.
        severity, cooldown, debounce, channels, name, expires, hours, one_shot: of a rule.
        days: how far back a rule is tried.
        kinds: list the kinds of conditions instead of the rules.
        since, state, search, limit: of the history.
        channel: the one to set up.
        turn_on: True, False, or None for neither.
        chat, url, topic, host, port, security, user, sender, recipients, secret_stdin: of a channel.
    """

    act: str = ""
    once: bool = False
    interval: str = "60"
    secrets_stdin: bool = False
    rule: str = ""
    kind: str = ""
    scope: str = ""
    threshold: str = ""
    side: str = ""
    measure: str = ""
    hysteresis: str = ""
    horizon: str = ""
    severity: str = ""
    cooldown: str = ""
    debounce: str = ""
    channels: tuple[str, ...] = ()
    name: str = ""
    expires: str = ""
    hours: str = ""
    one_shot: bool = False
    days: str = "90"
    kinds: bool = False
    since: str = ""
    state: str = ""
    search: str = ""
    limit: str = "100"
    channel: str = ""
    turn_on: bool | None = None
    chat: str = ""
    url: str = ""
    topic: str = ""
    host: str = ""
    port: str = ""
    security: str = ""
    user: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    secret_stdin: bool = False

    @property
    def has_condition(self) -> bool:
        """Whether a condition was typed."""
        return bool(self.kind)

    @property
    def file(self) -> Path:
        """The rule's JSON file."""
        return Path(self.rule)


def take_alerts_arguments(given: dict[str, Any]) -> AlertsArguments | None:
    """Move what belongs to the alerts' commands out of parsed arguments; None for any other command."""
    if given.get("command") not in ALERT_COMMANDS:
        return None
    names = [part.name for part in fields(AlertsArguments)]
    taken: dict[str, Any] = {name: given.pop(name) for name in names if name in given}
    for name, value in taken.items():
        taken[name] = tuple(value) if isinstance(value, list) else value
    return AlertsArguments(**taken)


def add_alert_commands(command: Callable[[str, str], argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Teach a parser the alerts' commands.

    Args:
        command: makes a sub-parser from a name and a help text.
        common: options every command takes.
    """
    _add_watch(command("watch", "watch the alert rules without a window, and deliver warnings"))
    alerts = command("alerts", "list, add, try and look back at alerts")
    acts = alerts.add_subparsers(dest="act", metavar="WHAT", required=True)

    def act(name: str, text: str) -> argparse.ArgumentParser:
        return acts.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[common])

    listed = act("list", "print the rules and where they stand")
    _add_flag(listed, "--kinds", "print what can be watched instead")
    _add_json(listed)
    added = act("add", "add a rule, from options or from a JSON file")
    _add_rule(added, "a JSON file with a rule or a list of rules, - for standard input")
    _add_json(added)
    removed = act("remove", "delete a rule; its history stays")
    removed.add_argument("rule", metavar="ID", help="number of the rule, as `alerts list` prints it")
    _add_json(removed)
    tested = act("test", "try a rule on stored history, or send a test message to a channel")
    _add_rule(tested, "number of a rule, or a JSON file with one")
    _add_text(tested, "--days", "N", "how far back to try the rule (default 90)")
    _add_flag(tested, "--secrets-stdin", _SECRETS)
    _add_json(tested)
    _add_history(act("history", "print the alerts there were, newest first"))
    _add_channel(act("channel", "set up a way out for warnings; its secret is asked for, never typed as an option"))


def _add_watch(parser: argparse.ArgumentParser) -> None:
    _add_flag(parser, "--once", "look once: exit code 0 when calm, 3 when something is firing")
    _add_text(parser, "--interval", "S", "seconds between two looks (default 60)")
    _add_flag(parser, "--secrets-stdin", _SECRETS)
    _add_json(parser, "print one JSON line an event")


def _add_rule(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("rule", nargs="?", default=argparse.SUPPRESS, metavar="RULE", help=what)
    _add_text(parser, "--kind", "KIND", _KINDS_HINT)
    _add_text(parser, "--scope", "SCOPE", _SCOPE_HINT)
    _add_text(parser, "--threshold", "X", "where it begins to hold; ratios as 0.02 or 2%% (default: the usual one)")
    _add_text(parser, "--side", "SIDE", "above, below or either")
    _add_text(parser, "--measure", "NAME", "which of several measures of the kind")
    _add_text(parser, "--hysteresis", "X", "how far it has to go back before it is over")
    _add_text(parser, "--horizon", "TIME", "stretch of time it looks over, e.g. 1h")
    _add_text(parser, "--severity", "S", "info, warning (default) or critical")
    _add_text(parser, "--cooldown", "TIME", "pause after it fired, e.g. 1h (default)")
    _add_text(parser, "--debounce", "TIME", "it has to hold so long before it fires")
    parser.add_argument(
        "--channel",
        action="append",
        dest="channels",
        default=argparse.SUPPRESS,
        metavar="NAME",
        help="desktop (default), sound, webhook, telegram, ntfy or email; may be repeated",
    )
    _add_text(parser, "--name", "NAME", "what it is called")
    _add_text(parser, "--expires", "TIME", "when it runs out, e.g. 2026-12-31 or 7d")
    _add_text(parser, "--hours", "HH:MM-HH:MM", "when it may fire, local time")
    _add_flag(parser, "--one-shot", "it fires once and then sleeps")


def _add_history(parser: argparse.ArgumentParser) -> None:
    _add_text(parser, "--since", "TIME", "not older, e.g. 7d or 2026-05-01")
    _add_text(parser, "--kind", "KIND", "only this kind")
    _add_text(parser, "--scope", "SCOPE", "only at this target, e.g. token:gate:BTC3L")
    _add_text(parser, "--severity", "S", "only this severity")
    _add_text(parser, "--state", "STATE", "only fired or cleared")
    _add_text(parser, "--search", "TEXT", "only with this text in the rule or the message")
    _add_text(parser, "--limit", "N", "at most so many (default 100)")
    _add_json(parser, "print one JSON line an event")


def _add_channel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("channel", metavar="NAME", help="webhook, telegram, ntfy or email")
    switch = parser.add_mutually_exclusive_group()
    switch.add_argument("--on", action="store_true", dest="turn_on", default=argparse.SUPPRESS, help="use it")
    switch.add_argument("--off", action="store_false", dest="turn_on", default=argparse.SUPPRESS, help="stop using it")
    _add_text(parser, "--chat", "ID", "Telegram: number of the chat, or @name of the channel")
    _add_text(parser, "--url", "URL", "Telegram, ntfy: scheme and host of another server")
    _add_text(parser, "--topic", "NAME", "ntfy: the topic")
    _add_text(parser, "--host", "NAME", "e-mail: the server")
    _add_text(parser, "--port", "N", "e-mail: its port (default 587)")
    _add_text(parser, "--security", "HOW", "e-mail: starttls (default), ssl, or none on this computer")
    _add_text(parser, "--user", "NAME", "e-mail: to log in with")
    _add_text(parser, "--from", "ADDRESS", "e-mail: the sender", dest="sender")
    _add_text(parser, "--to", "ADDRESS", "e-mail: a recipient; may be repeated", dest="recipients", action="append")
    _add_flag(parser, "--secret-stdin", "read the secret from standard input")
    _add_json(parser)


def _add_flag(parser: argparse.ArgumentParser, flag: str, text: str) -> None:
    parser.add_argument(flag, action="store_true", default=argparse.SUPPRESS, help=text)


def _add_json(parser: argparse.ArgumentParser, text: str = "print JSON") -> None:
    parser.add_argument("--json", dest="as_json", action="store_true", help=text)


def _add_text(parser: argparse.ArgumentParser, flag: str, metavar: str, text: str, **more: Any) -> None:
    parser.add_argument(flag, metavar=metavar, help=text, default=argparse.SUPPRESS, **more)
