"""One source in full: what is wrong in plain words, what hangs on it, and the buttons that mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.explain.lines import Line, LineList
from levdesk.ui.labels import label, recolour
from levdesk.ui.sources.address_field import AddressField
from levdesk.ui.sources.words import KINDS, MARKS, depends_words, skew_words, state_words, stream_tone, stream_words

if TYPE_CHECKING:
    from levdesk.domain.instruments import LeveragedToken
    from levdesk.services.health import SourceHealth
    from levdesk.ui.desk import Desk
    from levdesk.ui.format import Figures


class SourceDetail(QFrame):
    """The chosen source and what one can do about it."""

    def __init__(self, desk: Desk, figures: Figures) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self._desk = desk
        self._figures = figures
        self.health: SourceHealth | None = None
        self.title = label(size_px=theme.FIGURE_PX, strong=True)
        self.state = label()
        self.error = label(wrap=True)
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.lines = LineList("This source in full")
        self.address = AddressField(desk)
        self.retry = QPushButton("Retry now")
        self.switch = QPushButton("Switch source…")
        self.toggle = QPushButton("Switch off")
        for button in (self.retry, self.switch, self.toggle):
            button.setAutoDefault(False)
        self.retry.clicked.connect(self._retry)
        self.switch.clicked.connect(self._switch)
        self.toggle.clicked.connect(self._toggle)
        self._lay_out()

    def tell(self, health: SourceHealth | None, now_ms: int) -> None:
        """Show a source at a moment; None hides everything."""
        self.health = health
        self.setVisible(health is not None)
        if health is None:
            return
        self.title.setText(health.title)
        self.state.setText(f"{MARKS[health.state.value]} {state_words(health, now_ms)}")
        recolour(self.state, KINDS[health.state.value])
        words = " ".join(part for part in (health.error, _stream_error(health)) if part)
        self.error.setText(words)
        self.error.setVisible(bool(words))
        self.lines.show_lines(detail_lines(health, now_ms, self._figures))
        self.address.show_source(health)
        self._offer(health)

    def followers(self) -> tuple[LeveragedToken, ...]:
        """Tokens you hold whose underlying's price comes from this source."""
        view, health = self._desk.view, self.health
        if view is None or health is None:
            return ()
        return tuple(row.token for row in view.open_holdings if row.token.hedge[0] == health.venue)

    def _offer(self, health: SourceHealth) -> None:
        is_off = health.state.value == "off"
        self.toggle.setText("Switch on" if is_off else "Switch off")
        self.toggle.setToolTip(
            "Ask this venue again." if is_off else "Ask this venue no more; last known figures stay, marked as old."
        )
        can_ask = not is_off and health.state.value != "offline"
        self.retry.setEnabled(can_ask)
        self.retry.setToolTip("Ask, and connect its stream, at once." if can_ask else "It is not asked at all now.")
        followers = self.followers()
        self.switch.setEnabled(bool(followers))
        self.switch.setToolTip(
            "Take the underlyings of your tokens from another venue."
            if followers
            else "Nothing you hold takes its underlying from here."
        )

    @Slot()
    def _retry(self) -> None:
        if self.health is not None:
            self._desk.retry_source(self.health.venue)

    @Slot()
    def _switch(self) -> None:
        from levdesk.ui.sources.switch_dialog import SwitchDialog  # late: rarely needed

        if self.health is not None and self.followers():
            SwitchDialog(self._desk, self, tokens=self.followers(), venue=self.health.venue).begin()

    @Slot()
    def _toggle(self) -> None:
        if self.health is None:
            return
        settings, venue = self._desk.settings, self.health.venue
        off = set(settings.venues_off) ^ {venue}
        self._desk.change_settings(settings._replace(venues_off=tuple(sorted(off))))

    def _lay_out(self) -> None:
        px = theme.active().px
        head = QHBoxLayout()
        head.setSpacing(px(10))
        head.addWidget(self.title, 0, Qt.AlignmentFlag.AlignBaseline)
        head.addWidget(self.state, 1, Qt.AlignmentFlag.AlignBaseline)
        for button in (self.retry, self.switch, self.toggle):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(10))
        column.addLayout(head)
        column.addWidget(self.error)
        column.addWidget(self.lines)
        column.addWidget(self.address)


def detail_lines(health: SourceHealth, now_ms: int, write: Figures) -> tuple[Line, ...]:
    """Everything that is known of a source beyond its row."""
    stream = health.stream
    lines = [
        Line(
            name="Last good answer",
            figure=fmt.age(health.last_ok_ms, now_ms),
            remark="" if health.latency_ms is None else f"took {write.count(health.latency_ms)}{fmt.NARROW}ms",
            tooltip=fmt.moment_with_zone(health.last_ok_ms) if health.last_ok_ms is not None else "None so far.",
        )
    ]
    if stream.state.value != "none":
        lines.append(
            Line(
                name="Stream",
                figure=stream_words(stream, now_ms),
                kind=stream_tone(stream),
                tooltip=f"Last message {fmt.age(stream.last_message_ms, now_ms)}.",
            )
        )
        lines.append(
            Line(
                name="Messages since the start",
                figure=write.count(stream.messages),
                remark=f"{write.count(stream.reconnects)} reconnect{'' if stream.reconnects == 1 else 's'}",
                tooltip=f"{write.count(stream.replaced)} quotes were overtaken by newer ones before they were shown.",
            )
        )
    if health.skew_ms is not None:
        skew = f"{health.skew_ms:+d}".replace("-", fmt.MINUS)
        lines.append(
            Line(
                name="Your clock against its",
                figure=skew_words(health),
                tooltip=f"Measured {skew} ms; ages of its figures are counted with that taken off.",
            )
        )
    lines.append(Line(name=f"Used by: {depends_words(health, 24)}", figure=""))
    lines += [Line(name=f"Not asked any more: {reason}", figure="") for reason in health.switched_off]
    return tuple(lines)


def _stream_error(health: SourceHealth) -> str:
    error = health.stream.error
    return "" if not error or error == health.error else f"Stream: {error}"
