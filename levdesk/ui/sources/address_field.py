"""The address a source is asked at: shown, edited, checked while typing, saved as a preference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from levdesk.domain.errors import SettingInvalid
from levdesk.services.venue_urls import check_base_url
from levdesk.ui import theme
from levdesk.ui.labels import label

if TYPE_CHECKING:
    from levdesk.services.health import SourceHealth
    from levdesk.ui.desk import Desk


class AddressField(QWidget):
    """One source's address with a button to save it, and one to go back to its own."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._venue = ""
        self.edit = QLineEdit()
        self.edit.setAccessibleName("Address of this source")
        self.save = QPushButton("Save address")
        self.own = QPushButton("Use its own")
        self.problem = label(kind="critical", size_px=theme.LABEL_PX, wrap=True)
        for button in (self.save, self.own):
            button.setAutoDefault(False)
        self.edit.textChanged.connect(self.check)
        self.edit.returnPressed.connect(self.send)
        self.save.clicked.connect(self.send)
        self.own.clicked.connect(self.go_back)
        self._lay_out()

    def show_source(self, health: SourceHealth) -> None:
        """Turn to a source; what is being typed for the same one stays."""
        self.edit.setPlaceholderText(health.address or "its own address")
        if health.venue != self._venue:
            self._venue = health.venue
            self.edit.setText(self._in_force)
        self.check()

    @Slot()
    def check(self) -> None:
        """Say what is wrong; there is something to save only when it is right and another one than before."""
        text, wrong = self.edit.text().strip(), ""
        try:
            text = check_base_url(text) if text else ""
        except SettingInvalid as error:
            wrong = error.message
        theme.set_kind(self.edit, "wrong" if wrong else "")
        self.problem.setText(wrong)
        self.problem.setVisible(bool(wrong))
        self.save.setEnabled(not wrong and text != self._in_force)
        self.own.setEnabled(bool(self._in_force))

    @Slot()
    def send(self) -> None:
        """Save what stands there; an empty field is the venue's own address."""
        self.check()
        if self.save.isEnabled():
            text = self.edit.text().strip()
            self._use(check_base_url(text) if text else "")

    @Slot()
    def go_back(self) -> None:
        """Ask the venue at its own address again."""
        self.edit.clear()
        self._use("")

    @property
    def _in_force(self) -> str:
        return dict(self._desk.settings.venue_urls).get(self._venue, "")

    def _use(self, url: str) -> None:
        settings = self._desk.settings
        others = tuple(pair for pair in settings.venue_urls if pair[0] != self._venue)
        mine = ((self._venue, url),) if url else ()
        if url != self._in_force:
            self._desk.change_settings(settings._replace(venue_urls=tuple(sorted(others + mine))))
        self.check()

    def _lay_out(self) -> None:
        px = theme.active().px
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(label("Address", kind="muted"))
        row.addWidget(self.edit, 1)
        row.addWidget(self.save)
        row.addWidget(self.own)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(row)
        column.addWidget(self.problem)
