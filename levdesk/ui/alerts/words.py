"""How the watch names things: severities, targets, moments, and the page that explains a kind of alert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from levdesk.domain.alerts import AlertKind, AlertSeverity
from levdesk.domain.problems import Severity
from levdesk.services.alert_ports import ChannelKind
from levdesk.ui import format as fmt
from levdesk.ui.models.cells import Tone
from levdesk.ui.models.titles import venue_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from levdesk.services.alert_view import AlertsView, FiringAlert

MARKS: Final = {AlertSeverity.INFO: "●", AlertSeverity.WARNING: "■", AlertSeverity.CRITICAL: "▲"}
"""A shape for each severity, so that colour is never alone."""

SEVERITY_WORDS: Final = {
    AlertSeverity.INFO: "note",
    AlertSeverity.WARNING: "warning",
    AlertSeverity.CRITICAL: "critical",
}
TONES: Final = {
    AlertSeverity.INFO: Tone.MUTED,
    AlertSeverity.WARNING: Tone.WARNING,
    AlertSeverity.CRITICAL: Tone.CRITICAL,
}
LABEL_KINDS: Final = {
    AlertSeverity.INFO: "muted",
    AlertSeverity.WARNING: "warning",
    AlertSeverity.CRITICAL: "critical",
}
NOTICES: Final = {
    AlertSeverity.INFO: Severity.INFO,
    AlertSeverity.WARNING: Severity.WARNING,
    AlertSeverity.CRITICAL: Severity.ERROR,
}

CHANNEL_WORDS: Final = {
    ChannelKind.DESKTOP.value: "desktop",
    ChannelKind.SOUND.value: "sound",
    ChannelKind.WEBHOOK.value: "webhook",
    ChannelKind.TELEGRAM.value: "Telegram",
    ChannelKind.NTFY.value: "ntfy",
    ChannelKind.EMAIL.value: "e-mail",
}

MANY: Final = 3
"""So many others begin together only at a first look, or on a bad day: they are counted, not read out."""

SUM, SOURCES = "sum", "sources"
"""Pages beyond the inspector's tabs: several holdings together, and the Sources window."""

_K: Final = AlertKind
PAGES: Final[Mapping[AlertKind, str]] = {
    _K.REBALANCE_NEAR: "Rebalance",
    _K.REBALANCE_SCHEDULED: "Rebalance",
    _K.LEVERAGE_OUT_OF_BAND: "Rebalance",
    _K.CHOPPY_DECAY: "Why",
    _K.HELD_TOO_LONG: "Why",
    _K.COST_DRAG: "Costs",
    _K.FUNDING_SPIKE: "Costs",
    _K.PREMIUM: "Costs",
    _K.MERGE_NEAR: "Overview",
    _K.MERGE_SEEN: "Transactions",
    _K.DRAWDOWN: "Overview",
    _K.ENTRY_LOSS: "Why",
    _K.TAKE_PROFIT: "Why",
    _K.LEVEL_CROSS: "Overview",
    _K.EXTREME_MOVE: "Rebalance",
    _K.LOSS_PROBABILITY: "Outlook",
    _K.CONCENTRATION: SUM,
    _K.NET_EXPOSURE: SUM,
    _K.SPREAD: "Costs",
    _K.STALE_DATA: SOURCES,
    _K.LISTING: "Overview",
    _K.BOTH_SIDES: SUM,
}
"""Where an alert of a kind is explained."""


def target_words(target: str, portfolios: Mapping[int, str] | None = None) -> str:
    """A target as a person calls it: "BTC3L", "BTC", "Gate", "Main", "all holdings"."""
    kind, _, rest = target.partition(":")
    match kind:
        case "token":
            return rest.partition(":")[2] or rest
        case "underlying":
            return rest
        case "venue":
            return venue_title(rest)
        case "portfolio":
            return (portfolios or {}).get(int(rest) if rest.isdigit() else -1, f"portfolio {rest}")
        case _:
            return "all holdings"


def target_aside(target: str) -> str:
    """The venue of a token, "" for anything wider."""
    kind, _, rest = target.partition(":")
    return venue_title(rest.partition(":")[0]) if kind == "token" and ":" in rest else ""


def count_words(number: int, one: str, many: str = "") -> str:
    """A number of things: "1 rule", "14 rules"."""
    return f"{number}{fmt.NARROW}{one if number == 1 else many or f'{one}s'}"


def headline(alert: FiringAlert) -> str:
    """The reason, with what it is about in front where it does not say so itself."""
    name = target_words(alert.key.target)
    return alert.message if name in alert.message.split(" ", 4)[:4] else f"{name}: {alert.message}"


def digest(words: str, more: int) -> str:
    """One line for everything that began at once: the gravest in its words, the others by their number."""
    if more >= MANY:
        return f"{more + 1} warnings at once, all in the list. The gravest: {words}"
    return f"{words} (and {more} more)" if more else words


def state_words(alert: FiringAlert, now_ms: int) -> str:
    """What the person has done about an alert, or why it cannot be told any more; "" when nothing."""
    if alert.is_muted:
        return "muted"
    if alert.is_snoozed(now_ms):
        return f"snoozed until {fmt.lately(alert.snoozed_until_ms, now_ms)}"
    if alert.acknowledged:
        return "seen"
    return "cannot tell now" if alert.why_not else ""


def summary_words(view: AlertsView | None) -> str:
    """How the alerts stand, in one line."""
    if view is None:
        return "Reading the rules…"
    rules = count_words(view.watching_count, "rule")
    are = "is" if view.watching_count == 1 else "are"
    if not view.watching_count:
        return "No rule is watching."
    if not view.firing:
        blind = f"; {count_words(view.blind_count, 'of them', 'of them')} cannot tell now" if view.blind_count else ""
        return f"Nothing to warn of; {rules} {are} watching{blind}."
    return f"{len(view.firing)} active · {rules} {'watches' if view.watching_count == 1 else 'watch'}"


def whole_words(alert: FiringAlert, now_ms: int) -> str:
    """Everything about an alert, for tooltips and screen readers; lines separated by newlines."""
    lines = [
        f"{SEVERITY_WORDS[alert.severity].capitalize()}: {target_words(alert.key.target)} · {alert.rule}",
        alert.message,
        alert.advice,
        alert.why_not and f"It cannot be told now whether this still holds: {alert.why_not}",
        f"Since {fmt.moment_with_zone(alert.since_ms)}, {fmt.duration(now_ms - alert.since_ms)}",
    ]
    return "\n".join(line for line in lines if line)
