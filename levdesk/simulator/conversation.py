"""One stream connection over its socket: frames in and out, the beat of its `Talk`, faults, and a bound on waiting.

It runs in the thread the HTTP door gave the connection. The WebSocket protocol itself is `websockets`' sans-IO part.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from levdesk.simulator.dialect import FieldRoles
from levdesk.simulator.faults import MESSAGE_FAULTS, PONG_FAULTS, Fault, FaultKind, FaultPlan
from levdesk.simulator.loopback_http import reset
from levdesk.simulator.spoiling import spoil_text
from levdesk.simulator.stream_counts import StreamLedger
from levdesk.simulator.talk import Hangup, Line, LineKind, Moment, PingFrame, Said, Talk

_MOST_WAITING = 262_144
"""Bytes kept for a client that does not read; what comes then is left out."""

_KERNEL_BYTES = 262_144
_STUCK_S = 10.0
_GOODBYE_S = 0.5
_FLOOD_STEP_S = 0.01
_MOST_AT_ONCE = 2_000
_READ_BYTES = 65_536
_LONGEST_WAIT_S = 3_600.0


_LIBRARY_LOG = logging.getLogger("websockets.server")
_LIBRARY_LOG.setLevel(logging.WARNING)  # that a stream opened is no news for the log of the program


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a conversation needs to know of the server.

    Attributes:
        path: of the stream.
        roles: of its messages' fields.
        plan: what goes wrong.
        moment: the time as the stream knows it.
        pace: stream seconds per real second.
        ledger: where it is counted.
        heard: is told every message of the client.
        closing: set when the server stops.
    """

    path: str
    roles: FieldRoles
    plan: FaultPlan
    moment: Callable[[], Moment]
    pace: float
    ledger: StreamLedger
    heard: Callable[[str], None]
    closing: threading.Event


class Conversation:
    """One connection from its upgrade to its end."""

    def __init__(self, connection: socket.socket, talk: Talk, setting: Setting) -> None:
        self._socket = connection
        self._talk = talk
        self._of = setting
        self._protocol = ServerProtocol(max_size=_READ_BYTES, logger=_LIBRARY_LOG)
        self._waiting = bytearray()
        self._moved_s = time.monotonic()
        self._flooded_s: float | None = None
        self._flood_turn = 0
        self._ends_s: float | None = None
        self._over = False

    def run(self, target: str, headers: list[tuple[str, str]]) -> None:
        """Shake hands and talk until either side ends it.

        Args:
            target: path and query as asked for.
            headers: of the request.
        """
        self._shake_hands(target, headers)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)
        self._socket.setblocking(False)
        with selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
            ready.register(self._socket, selectors.EVENT_READ)
            while self._goes_on():
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._waiting else 0)
                ready.modify(self._socket, wanted)
                for _, events in ready.select(self._wait_s()):
                    if events & selectors.EVENT_READ:
                        self._read()

    def _goes_on(self) -> bool:
        """Say and send what there is; False at the end."""
        if not self._over:
            self._speak()
            self._write()
        return not self._over

    def _shake_hands(self, target: str, headers: list[tuple[str, str]]) -> None:
        self._protocol.receive_data(Request(target, Headers(headers)).serialize())
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
        self._collect()
        granted = self._protocol.state is State.OPEN
        self._of.ledger.add(opened=int(granted), refused=int(not granted))

    # -- speaking ----------------------------------------------------------------------------------------------------

    def _speak(self) -> None:
        if self._protocol.state is not State.OPEN:
            return
        if self._of.closing.is_set():
            self._hang_up(Hangup(1001, "going away"))
            return
        moment = self._of.moment()
        for said in self._talk.speak(moment):
            self._say(said, moment)
        self._flood(moment)

    def _say(self, said: Said, moment: Moment) -> None:
        if self._over or self._ends_s is not None or self._protocol.state is not State.OPEN:
            return
        if isinstance(said, PingFrame):
            self._protocol.send_ping(b"levdesk")
        elif isinstance(said, Hangup):
            self._hang_up(said)
        elif said.kind is LineKind.DATA:
            self._tell(said, moment)
        elif said.kind is not LineKind.PONG or not self._struck(PONG_FAULTS, moment):
            self._protocol.send_text(said.text.encode())
        self._collect()

    def _tell(self, line: Line, moment: Moment) -> None:
        """Send a message with data, or what becomes of it."""
        if len(self._waiting) > _MOST_WAITING:
            self._of.ledger.add(dropped=1)
            return
        fault = self._struck(MESSAGE_FAULTS, moment, line.name)
        if fault is None:
            self._protocol.send_text(line.text.encode())
        elif fault.kind is FaultKind.SILENT:
            return
        elif fault.kind is FaultKind.DROP:
            self._over = True
            return
        elif fault.kind is FaultKind.HALF_FRAME:
            frame = Frame(Opcode.TEXT, line.text.encode()).serialize(mask=False)
            self._collect()
            self._waiting += frame[: len(frame) // 2]
            self._ends_s = time.monotonic()
            return
        elif fault.kind is FaultKind.GARBLED:
            self._protocol.send_text(b"\xff\xfe" + line.text.encode("utf-16-le"))
        elif fault.kind is FaultKind.STALE:
            self._protocol.send_text(self._talk.line(line.topic, moment.earlier(fault.stale_s * 1000)).text.encode())
        else:
            self._protocol.send_text(spoil_text(fault, line.text, self._of.roles).encode())
        self._of.ledger.add(sent=1)

    def _flood(self, moment: Moment) -> None:
        """Send as many more messages as a flood asks for since the last look."""
        fault, topics = self._of.plan.standing(FaultKind.FLOOD, self._of.path, moment.now_ms), self._talk.topics
        if fault is None or not topics:
            self._flooded_s = None
            return
        now_s = time.monotonic()
        since_s = now_s if self._flooded_s is None else self._flooded_s
        count = int((now_s - since_s) * fault.per_s)
        self._flooded_s = since_s + count / fault.per_s if count < _MOST_AT_ONCE else now_s
        lines: dict[str, Line] = {}
        for _ in range(min(count, _MOST_AT_ONCE)):
            key = topics[self._flood_turn % len(topics)]
            line = lines.get(key)
            if line is None:
                line = lines[key] = self._talk.line(key, moment)
            if fault.symbols:
                line = renamed(line, fault.symbols[self._flood_turn // len(topics) % len(fault.symbols)])
            self._flood_turn += 1
            self._say(line, moment)

    def _struck(self, kinds: frozenset[FaultKind], moment: Moment, name: str = "") -> Fault | None:
        return self._of.plan.strike(self._of.path, moment.now_ms, kinds, name=name)

    def _hang_up(self, said: Hangup) -> None:
        self._protocol.send_close(said.code, said.reason)
        self._ends_s = time.monotonic() + _GOODBYE_S
        self._collect()

    # -- the socket --------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        data = self._socket.recv(_READ_BYTES)
        if not data:
            # Either the client left, or the server shut the reading side and there is a goodbye to say.
            self._speak()
            self._write()
            self._over = True
            return
        self._protocol.receive_data(data)
        moment, events, writes = self._of.moment(), self._protocol.events_received(), self._protocol.data_to_send()
        for event in events:
            if isinstance(event, Frame) and event.opcode is Opcode.PING and self._struck(PONG_FAULTS, moment):
                writes.remove(Frame(Opcode.PONG, event.data).serialize(mask=False))
        self._queue(writes)
        for event in events:
            if not isinstance(event, Frame):
                continue
            if event.opcode is Opcode.PONG:
                self._talk.ponged(moment)
            elif event.opcode in (Opcode.TEXT, Opcode.BINARY):
                text = bytes(event.data).decode(errors="replace")
                self._of.heard(text)
                for said in self._talk.hear(text, moment):
                    self._say(said, moment)

    def _collect(self) -> None:
        """Take what the protocol wants sent."""
        self._queue(self._protocol.data_to_send())

    def _queue(self, writes: list[bytes]) -> None:
        for data in writes:
            if data:
                self._waiting += data
            else:
                # Its own word for the end of the stream.
                self._ends_s = time.monotonic()

    def _write(self) -> None:
        now_s = time.monotonic()
        if self._waiting:
            with contextlib.suppress(BlockingIOError):
                sent = self._socket.send(self._waiting)
                del self._waiting[:sent]
                self._moved_s = now_s
        else:
            self._moved_s = now_s
        if self._waiting and now_s - self._moved_s > _STUCK_S:
            self._of.ledger.add(stuck=1)
            reset(self._socket)
            self._over = True
        elif self._ends_s is not None and now_s >= self._ends_s and not self._waiting:
            self._over = True

    def _wait_s(self) -> float:
        """Real seconds until something is to be done without being asked."""
        now_s = time.monotonic()
        if self._ends_s is not None:
            return max(self._ends_s - now_s, 0.001)
        if self._flooded_s is not None:
            return _FLOOD_STEP_S
        due_s = (self._talk.next_s() - self._of.moment().real_s) / self._of.pace
        stuck_s = self._moved_s + _STUCK_S - now_s if self._waiting else _LONGEST_WAIT_S
        return min(max(min(due_s, stuck_s), 0.0), _LONGEST_WAIT_S)


def renamed(line: Line, name: str) -> Line:
    """The line told of another instrument."""
    text = line.text.replace(line.name, name).replace(line.name.lower(), name.lower())
    return Line(text=text, kind=line.kind, topic=line.topic, name=name)
