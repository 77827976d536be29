"""One way out of this computer in fields, with its secret and a test button."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
)

from levdesk.services.alert_channels import AlertChannels, MailSecurity, faults_of
from levdesk.services.alert_ports import ChannelKind
from levdesk.ui import theme
from levdesk.ui.dialogs.form import FormGrid
from levdesk.ui.labels import label, recolour

if TYPE_CHECKING:
    from levdesk.services.alert_view import ChannelTest

KEPT: Final = "kept; type to replace it"
_TITLES: Final = {
    ChannelKind.WEBHOOK: "Webhook",
    ChannelKind.TELEGRAM: "Telegram",
    ChannelKind.NTFY: "ntfy",
    ChannelKind.EMAIL: "E-mail",
}
_ABOUT: Final = {
    ChannelKind.WEBHOOK: "A JSON message is posted to an address of yours.",
    ChannelKind.TELEGRAM: "A bot of yours writes to a chat; @BotFather makes one.",
    ChannelKind.NTFY: "A push message to phones that follow a topic, through ntfy.sh or a server of yours.",
    ChannelKind.EMAIL: "Through your mail server, over TLS.",
}
_SECRETS: Final = {
    ChannelKind.WEBHOOK: ("Address", "https://…"),
    ChannelKind.TELEGRAM: ("Bot token", "123456:ABC…"),
    ChannelKind.NTFY: ("Access token", "only where the server wants one"),
    ChannelKind.EMAIL: ("Password", ""),
}
_FIELDS: Final[dict[ChannelKind, tuple[tuple[str, str, str], ...]]] = {
    ChannelKind.WEBHOOK: (),
    ChannelKind.TELEGRAM: (("chat_id", "Chat", "a number, or @name"), ("base_url", "Server", "")),
    ChannelKind.NTFY: (("topic", "Topic", "a name nobody guesses"), ("base_url", "Server", "")),
    ChannelKind.EMAIL: (
        ("host", "Server", "smtp.example.org"),
        ("port", "Port", "587"),
        ("user", "User", ""),
        ("sender", "From", "you@example.org"),
        ("recipients", "To", "you@example.org, …"),
    ),
}
_SECURITY: Final = (
    (MailSecurity.STARTTLS, "STARTTLS (port 587)"),
    (MailSecurity.SSL, "SSL (port 465)"),
    (MailSecurity.NONE, "none (this computer only)"),
)


class ChannelForm(QFrame):
    """Edits a channel; a secret that is kept is never shown again.

    Attributes:
        changed: something else stands there.
        test_wanted: send a test message with what stands there (`ChannelKind`).
    """

    changed = Signal()
    test_wanted = Signal(object)

    def __init__(self, kind: ChannelKind) -> None:
        super().__init__()
        self.kind = kind
        self._is_kept = False
        title = _TITLES[kind]
        self.on = QCheckBox(title)
        self.on.setFont(theme.active().font(strong=True))
        self.every = QCheckBox("Whatever is shown on the desktop goes here too, besides rules that name it")
        self.every.setAccessibleName(f"{title}: everything that is shown on the desktop")
        self.test_button = QPushButton("Send a test")
        self.test_button.setAccessibleName(f"Send a test message by {title}")
        self.test_button.setAutoDefault(False)
        self.edits = {name: QLineEdit() for name, _, _ in _FIELDS[kind]}
        self.security = QComboBox() if kind is ChannelKind.EMAIL else None
        self.secret = QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.forget = QPushButton("Forget")
        self.forget.setProperty("kind", "quiet")
        self.forget.setAutoDefault(False)
        self.forget.setAccessibleName(f"Forget the secret of {title}")
        self.outcome = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.outcome.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.is_forgotten = False
        self.outcome.hide()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        px = theme.active().px
        head = QHBoxLayout()
        head.setSpacing(px(12))
        head.addWidget(self.on)
        head.addWidget(label(_ABOUT[self.kind], kind="muted", size_px=theme.LABEL_PX), 1)
        head.addWidget(self.test_button)
        grid = FormGrid()
        name, hint = _SECRETS[self.kind]
        title = _TITLES[self.kind]
        for field, words, placeholder in _FIELDS[self.kind]:
            self.edits[field].setPlaceholderText(placeholder)
            grid.add(words, self.edits[field])
            self.edits[field].setAccessibleName(f"{title}: {words}")
        if self.security is not None:
            for value, words in _SECURITY:
                self.security.addItem(words, value.value)
            grid.add("Protection", self.security)
        grid.add(name, self.secret, self.forget)
        self.secret.setAccessibleName(f"{title}: {name}")
        self._hint = hint
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(4), 0, px(8))
        column.setSpacing(px(4))
        column.addLayout(head)
        column.addLayout(grid)
        column.addWidget(self.every)
        column.addWidget(self.outcome)

    def _connect(self) -> None:
        self.on.toggled.connect(self.changed)
        self.every.toggled.connect(self.changed)
        for edit in (*self.edits.values(), self.secret):
            edit.textChanged.connect(self._on_typed)
        if self.security is not None:
            self.security.currentIndexChanged.connect(self._on_typed)
        self.forget.clicked.connect(self._forget)
        self.test_button.clicked.connect(self._ask_test)

    # -- value -----------------------------------------------------------------------------------------------------

    def show_channel(self, channels: AlertChannels, *, is_kept: bool) -> None:
        """Show what is saved."""
        channel = getattr(channels, self.kind.value)
        self._is_kept, self.is_forgotten = is_kept, False
        self.on.setChecked(channel.on)
        self.every.setChecked(channel.every)
        for name, edit in self.edits.items():
            value = getattr(channel, name)
            edit.setText(", ".join(value) if isinstance(value, tuple) else str(value))
        if self.security is not None:
            self.security.setCurrentIndex(self.security.findData(channel.security.value))
        self.secret.clear()
        self._name_secret()

    def written_into(self, channels: AlertChannels) -> AlertChannels:
        """The settings with this channel as it stands here."""
        before: Any = getattr(channels, self.kind.value)
        known = {part.name for part in fields(before)}
        values: dict[str, Any] = {name: edit.text().strip() for name, edit in self.edits.items() if name in known}
        if "port" in values:
            values["port"] = int(values["port"]) if values["port"].isdigit() else 0
        if "recipients" in values:
            values["recipients"] = tuple(part.strip() for part in values["recipients"].split(",") if part.strip())
        if self.security is not None:
            values["security"] = MailSecurity(self.security.currentData())
        after = replace(before, on=self.on.isChecked(), every=self.every.isChecked(), **values)
        return replace(channels, **{self.kind.value: after})

    @property
    def typed_secret(self) -> str | None:
        """A secret to keep, "" to forget the one that is kept, None to leave things as they are."""
        typed = self.secret.text().strip()
        return typed or ("" if self.is_forgotten else None)

    def faults(self, channels: AlertChannels) -> tuple[str, ...]:
        """What keeps it from working, in sentences."""
        typed = self.typed_secret
        kept = _plausible(self.kind) if self._is_kept and typed is None else typed
        return faults_of(channels, self.kind, kept)

    def tell(self, test: ChannelTest) -> None:
        """Say how a test went."""
        self.test_button.setEnabled(True)
        self.say(test.words, "gain" if test.is_sent else "critical")

    def say(self, words: str, kind: str = "muted") -> None:
        """Say something under the fields."""
        self.outcome.setText(words)
        self.outcome.setVisible(bool(words))
        recolour(self.outcome, kind)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _name_secret(self) -> None:
        is_kept = self._is_kept and not self.is_forgotten
        self.secret.setPlaceholderText(KEPT if is_kept else self._hint)
        self.forget.setVisible(is_kept)

    @Slot()
    def _on_typed(self) -> None:
        self.say("")
        self.changed.emit()

    @Slot()
    def _forget(self) -> None:
        self.is_forgotten = True
        self.secret.clear()
        self._name_secret()
        self.changed.emit()

    @Slot()
    def _ask_test(self) -> None:
        self.test_button.setEnabled(False)
        self.say("Sending…")
        self.test_wanted.emit(self.kind)


def _plausible(kind: ChannelKind) -> str:
    """Stands for a secret that is kept and was checked when it was typed."""
    return {
        ChannelKind.WEBHOOK: "https://example.org/",
        ChannelKind.TELEGRAM: f"1:{'A' * 35}",
    }.get(kind, "kept")
