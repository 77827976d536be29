"""What is said on one stream connection: sans-IO, so that a venue's stream is tested without a socket or a wait.

A `Talk` is told what the client says and what time it is; it tells what to send and when to ask it again. Two times
matter: market time, which may run a thousand times faster and which the figures belong to, and stream seconds, in
which beats, heartbeats and limits count, so that a fast market is not a flood of messages.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import ClassVar, TypeAlias

from levdesk.simulator.dialect import Json, json_text

NEVER_S = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment as a stream knows it.

    Attributes:
        now_ms: market time the figures belong to.
        real_s: stream seconds, which never go back.
        skew_ms: how far the venue's clock is off.
    """

    now_ms: int
    real_s: float
    skew_ms: int = 0

    @property
    def clock_ms(self) -> int:
        """What the venue's clock shows."""
        return self.now_ms + self.skew_ms

    def earlier(self, by_ms: int) -> Moment:
        """The same with figures and clock of so much earlier."""
        return replace(self, now_ms=self.now_ms - by_ms)


class LineKind(Enum):
    """What a line is, for faults and for what may be left out when a client is slow."""

    DATA = auto()
    ANSWER = auto()
    PONG = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One text message.

    Attributes:
        text: the message.
        kind: data, or an answer.
        topic, name: of data: the key of its topic, and the instrument in the venue's spelling.
    """

    text: str
    kind: LineKind = LineKind.ANSWER
    topic: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class PingFrame:
    """A ping of the WebSocket protocol."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """The venue ends the connection."""

    code: int
    reason: str


Said: TypeAlias = Line | PingFrame | Hangup


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTopic:
    """One thing a client can hear of.

    Attributes:
        key: what tells it from others on the connection.
        name: the instrument in the venue's spelling.
        every_s: least stream seconds between two messages.
        figures: what is told at a market time, without the time of sending; it is sent when it has changed.
        at_least_s: sent so often even if it has not changed.
    """

    key: str
    name: str
    every_s: float
    figures: Callable[[int], Json]
    at_least_s: float = NEVER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a venue keeps its connections.

    Attributes:
        ping_every_s: it pings so often, or never.
        patience_s: it hangs up when it has had no sign of life for so long.
        lives_s: it ends every connection after so long.
        most_heard: messages a client may send per so many seconds.
        impatience: what it says when it hangs up for want of a sign of life.
    """

    ping_every_s: float = NEVER_S
    patience_s: float = NEVER_S
    lives_s: float = NEVER_S
    most_heard: tuple[int, float] = (1_000_000, 1.0)
    impatience: Hangup = Hangup(1008, "no pong in time")


@dataclass(slots=True)
class _Running:
    topic: StreamTopic
    due_s: float
    sent: Json = None
    sent_s: float = field(default=-NEVER_S)


class Talk(ABC):
    """One connection. Subclasses know the venue's words: `_reply`, `_message`, and `_ping` where that is a text.

    Args:
        moment: when it was opened.
    """

    habits: ClassVar[Habits]

    def __init__(self, moment: Moment) -> None:
        self._running: dict[str, _Running] = {}
        self._opened_s = moment.real_s
        self._alive_s = moment.real_s
        self._ping_s = moment.real_s + self.habits.ping_every_s
        self._heard_s: deque[float] = deque(maxlen=self.habits.most_heard[0])

    @property
    def topics(self) -> tuple[str, ...]:
        """Keys of what is being heard, in the order asked for."""
        return tuple(self._running)

    def start(self, topic: StreamTopic, moment: Moment) -> None:
        """Begin to tell of a topic, at once."""
        self._running[topic.key] = _Running(topic, moment.real_s)

    def end(self, key: str) -> bool:
        """Stop telling of a topic; False when it was not told of."""
        return self._running.pop(key, None) is not None

    def hear(self, text: str, moment: Moment) -> tuple[Said, ...]:
        """Take a message of the client."""
        most, period_s = self.habits.most_heard
        if len(self._heard_s) == most and moment.real_s - self._heard_s[0] < period_s:
            return (Hangup(1008, "too many messages"),)
        self._heard_s.append(moment.real_s)
        return tuple(self._reply(text, moment))

    def ponged(self, moment: Moment) -> None:
        """The client has answered a ping frame."""
        self._alive_s = moment.real_s

    def speak(self, moment: Moment) -> tuple[Said, ...]:
        """Everything that is due."""
        now_s, habits = moment.real_s, self.habits
        if now_s - self._opened_s >= habits.lives_s:
            return (Hangup(1001, "the connection has lived its time"),)
        if now_s - self._alive_s >= habits.patience_s:
            return (habits.impatience,)
        said: list[Said] = []
        if now_s >= self._ping_s:
            self._ping_s = now_s + habits.ping_every_s
            said.append(self._ping(moment))
        said += self._news(moment)
        return tuple(said)

    def next_s(self) -> float:
        """When to ask again, in stream seconds."""
        habits = self.habits
        dues = (running.due_s for running in self._running.values())
        return min(self._opened_s + habits.lives_s, self._alive_s + habits.patience_s, self._ping_s, *dues)

    def line(self, key: str, moment: Moment) -> Line:
        """What a topic says at a moment, changed or not."""
        topic = self._running[key].topic
        return self._line(topic, topic.figures(moment.now_ms), moment)

    # -- the venue's own ---------------------------------------------------------------------------------------------

    @abstractmethod
    def _reply(self, text: str, moment: Moment) -> Iterable[Said]:
        """What the venue says to a message of the client."""

    @abstractmethod
    def _message(self, topic: StreamTopic, figures: Json, moment: Moment) -> Json:
        """The message that tells a topic's figures."""

    def _ping(self, moment: Moment) -> Said:
        """How the venue pings."""
        return PingFrame()

    # -- beats -------------------------------------------------------------------------------------------------------

    def _news(self, moment: Moment) -> Iterator[Line]:
        now_s = moment.real_s
        for running in self._running.values():
            if now_s < running.due_s:
                continue
            topic = running.topic
            # The beat keeps its step; one that was missed by more than a step is not made up for.
            running.due_s += topic.every_s
            if running.due_s <= now_s:
                running.due_s = now_s + topic.every_s
            figures = topic.figures(moment.now_ms)
            if figures != running.sent or now_s - running.sent_s >= topic.at_least_s:
                running.sent, running.sent_s = figures, now_s
                yield self._line(topic, figures, moment)

    def _line(self, topic: StreamTopic, figures: Json, moment: Moment) -> Line:
        text = json_text(self._message(topic, figures, moment))
        return Line(text=text, kind=LineKind.DATA, topic=topic.key, name=topic.name)


def answered(value: Json) -> Line:
    """An answer as JSON."""
    return Line(text=json_text(value))
