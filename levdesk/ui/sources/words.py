"""A source's health in plain words, for the status bar and the Sources window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from levdesk.ui import format as fmt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from levdesk.services.health import SourceHealth, StreamHealth

MARKS: Final = {"idle": "○", "live": "●", "slow": "■", "down": "▲", "offline": "○", "off": "○"}
"""Shape by `SourceState`: colour is never the only carrier."""

KINDS: Final = {
    "idle": "muted",
    "live": "gain",
    "slow": "warning",
    "down": "critical",
    "offline": "muted",
    "off": "muted",
}
"""Colour role by `SourceState`."""

KIND_MARKS: Final = {"gain": "●", "warning": "■", "critical": "▲", "muted": "○"}
"""Shape by colour role."""

NOTED_SKEW_MS: Final = 2_000
"""A clock that is off by less is as good as right."""

_STATES: Final = {"idle": "not asked yet", "offline": "offline", "off": "switched off"}


def state_words(health: SourceHealth, now_ms: int) -> str:
    """How it is doing: "live", "slow, 38 s old", "down, retry in 20 s"."""
    state = health.state.value
    if state == "slow" and health.last_ok_ms is not None:
        return f"slow, {fmt.duration(now_ms - health.last_ok_ms)} old"
    if state == "down":
        if health.retry_ms is None:
            return "down"
        left_ms = health.retry_ms - now_ms
        return f"down, retry in {fmt.duration(left_ms)}" if left_ms >= 1000 else "down, being retried"
    return _STATES.get(state, state)


def stream_words(stream: StreamHealth, now_ms: int) -> str:
    """How its stream is doing: "live, 12 heard", "silent for 40 s"; "none" where it is only asked."""
    state = stream.state.value
    if state == "live":
        return f"live, {stream.topics} heard" if stream.topics else "live"
    if state == "silent":
        last_ms = stream.last_message_ms
        return "silent" if last_ms is None else f"silent for {fmt.duration(now_ms - last_ms)}"
    if state == "waiting":
        if stream.retry_ms is None or stream.retry_ms - now_ms < 1000:
            return "connects again"
        return f"connects again in {fmt.duration(stream.retry_ms - now_ms)}"
    return {"none": "none", "connecting": "connecting", "off": "refused"}[state]


def stream_tone(stream: StreamHealth) -> str:
    """Colour role of a stream's state."""
    return {"live": "gain", "silent": "warning", "waiting": "warning"}.get(stream.state.value, "muted")


def latency_words(health: SourceHealth) -> str:
    """How long the last good answer took."""
    if health.latency_ms is None:
        return fmt.UNKNOWN
    if health.latency_ms >= 10_000:
        return f"{health.latency_ms / 1000:.0f}{fmt.NARROW}s"
    return f"{health.latency_ms}{fmt.NARROW}ms"


def left_words(health: SourceHealth, write: fmt.Figures) -> str:
    """Requests left of the tightest limit; "—" where the venue names none."""
    if health.requests_left is None:
        return fmt.UNKNOWN
    left = write.count(health.requests_left)
    return left if health.requests_limit is None else f"{left} of {write.count(health.requests_limit)}"


def skew_words(health: SourceHealth) -> str:
    """This computer's clock against the venue's: "right", "3.2 s ahead"; "—" while nobody has measured it."""
    skew_ms = health.skew_ms
    if skew_ms is None:
        return fmt.UNKNOWN
    if abs(skew_ms) < NOTED_SKEW_MS:
        return "right"
    size = abs(skew_ms)
    length = f"{size / 1000:.1f}{fmt.NARROW}s" if size < 60_000 else fmt.duration(size)
    return f"{length} {'ahead' if skew_ms > 0 else 'behind'}"


def depends_words(health: SourceHealth, at_most: int = 8) -> str:
    """Tokens whose figures come from here now: "BTC3L, ETH3S and 4 more"; "nothing you hold"."""
    names = health.depends
    if not names:
        return "nothing you hold"
    more = len(names) - at_most
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:at_most])} and {more} more"


def bar_words(sources: Sequence[SourceHealth], now_ms: int, most_troubled: int = 3) -> tuple[tuple[str, str, str], ...]:
    """What the status bar says, as (venue to open, colour role, words): the live ones in one, then those in trouble.

    A source that was switched off is mentioned only while something you hold depends on it; one nobody needs yet is
    not, while another one is live.
    """
    live = [each for each in sources if each.state.value == "live"]
    troubled = [each for each in sources if each.state.value in {"down", "slow"} or _is_missed(each)]
    troubled.sort(key=lambda each: each.state.value)  # down, off, slow
    said: list[tuple[str, str, str]] = []
    if live:
        words = f"{live[0].title} live" if len(live) == 1 else f"{len(live)} sources live"
        said.append((live[0].venue, "gain", words))
    said += [(each.venue, _trouble_kind(each), _trouble_words(each, now_ms)) for each in troubled[:most_troubled]]
    more = len(troubled) - most_troubled
    if more > 0:
        said.append((troubled[most_troubled].venue, "warning", f"{more} more in trouble"))
    if said or not sources:
        return tuple(said)
    first = sources[0]
    if any(each.state.value == "offline" for each in sources):
        return ((first.venue, "muted", f"{first.title} offline" if len(sources) == 1 else "Sources offline"),)
    if all(each.state.value == "off" for each in sources):
        return ((first.venue, "warning", "All sources switched off"),)
    return ((first.venue, "muted", f"{first.title} idle" if len(sources) == 1 else "Sources not asked yet"),)


def _is_missed(health: SourceHealth) -> bool:
    return health.state.value == "off" and bool(health.depends)


def _trouble_kind(health: SourceHealth) -> str:
    return "warning" if _is_missed(health) else KINDS[health.state.value]


def _trouble_words(health: SourceHealth, now_ms: int) -> str:
    if health.state.value == "slow":
        last_ms = health.last_ok_ms
        return f"{health.title} slow" + ("" if last_ms is None else f" ({fmt.duration(now_ms - last_ms)})")
    if health.state.value == "off":
        return f"{health.title} off"
    left_ms = 0 if health.retry_ms is None else health.retry_ms - now_ms
    return f"{health.title} down" + (f", retry in {fmt.duration(left_ms)}" if left_ms >= 1000 else "")


def source_line(health: SourceHealth, now_ms: int) -> str:
    """One source in one line, for tooltips and copies."""
    parts = [f"{MARKS[health.state.value]} {health.title}: {state_words(health, now_ms)}"]
    if health.latency_ms is not None and health.state.value in {"live", "slow"}:
        parts.append(latency_words(health))
    if health.stream.state.value != "none":
        parts.append(f"stream {stream_words(health.stream, now_ms)}")
    if health.error:
        parts.append(health.error)
    return ", ".join(parts)
