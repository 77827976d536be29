"""Preferences: looks, privacy, and how the venues are asked. Checked while typing, applied on OK."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QWidget,
)

from levdesk.domain.errors import SettingInvalid
from levdesk.services.settings import GainLossColours, RowDensity, Settings, ThemeChoice
from levdesk.services.venue_urls import check_base_url
from levdesk.ui import theme
from levdesk.ui.desk import Desk
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.labels import label
from levdesk.ui.tray import has_tray

MIN_POLL_S: Final = 1.0
MAX_POLL_S: Final = 3_600.0

_THEMES: Final = (
    (ThemeChoice.SYSTEM, "Like the system"),
    (ThemeChoice.LIGHT, "Light"),
    (ThemeChoice.DARK, "Dark"),
)
_PAIRS: Final = (
    (GainLossColours.GREEN_RED, "Green and red"),
    (GainLossColours.BLUE_ORANGE, "Blue and orange"),
)
_NO_TRAY: Final = "This desktop has no tray; warnings show in the window."
_DENSITIES: Final = ((RowDensity.NORMAL, "Normal"), (RowDensity.COMPACT, "Compact"))


class SettingsDialog(PlainDialog):
    """Shows the settings in force and hands the changed ones to the desk.

    Args:
        venues: (short name, title) of the venues whose address can be replaced.
    """

    def __init__(self, desk: Desk, parent: QWidget | None, *, venues: tuple[tuple[str, str], ...]) -> None:
        super().__init__("Settings", parent)
        self._desk = desk
        self._before = desk.settings
        self.theme_box = _box("Theme", _THEMES, self._before.theme)
        self.pair_box = _box("Colours of gain and loss", _PAIRS, self._before.gain_loss)
        self.density_box = _box("Height of table rows", _DENSITIES, self._before.density)
        self.hide_box = QCheckBox("Show dots instead of amounts")
        self.hide_box.setChecked(self._before.hide_amounts)
        self.login_box = _tick("Open LevDesk when you log in", self._before.start_at_login)
        self.close_box = _tick("Closing leaves it watching in the tray", self._before.close_to_tray)
        self.minimise_box = _tick("Minimising puts it into the tray", self._before.minimise_to_tray)
        self.login_box.setEnabled(not desk.is_demo)  # the demo is no program to begin a day with
        self.has_tray = has_tray()
        for box in (self.close_box, self.minimise_box):
            box.setVisible(self.has_tray)
        self.poll_box = _seconds(self._before.poll_s)
        urls = dict(self._before.venue_urls)
        self.url_fields = {name: _url_field(title, urls.get(name, "")) for name, title in venues}
        self.problem = label(kind="critical", size_px=theme.LABEL_PX, wrap=True)
        self.problem.setMinimumHeight(2 * self.problem.fontMetrics().lineSpacing())  # room, so that nothing jumps
        self._lay_out(venues)
        for field in self.url_fields.values():
            field.textChanged.connect(self._check)
        self._check()

    def _lay_out(self, venues: tuple[tuple[str, str], ...]) -> None:
        px = theme.active().px
        form = QFormLayout()
        form.setHorizontalSpacing(px(16))
        form.setVerticalSpacing(px(10))
        form.addRow(label("Looks", strong=True))
        form.addRow("&Theme", self.theme_box)
        form.addRow("&Gain and loss", self.pair_box)
        form.addRow("&Rows", self.density_box)
        form.addRow("Privacy", self.hide_box)
        form.addRow(label("While you do something else", strong=True))
        form.addRow("Start", self.login_box)
        form.addRow("Tray", self.close_box if self.has_tray else label(_NO_TRAY, kind="muted", size_px=theme.LABEL_PX))
        if self.has_tray:
            form.addRow("", self.minimise_box)
        form.addRow(label("Venues", strong=True))
        form.addRow("Ask for prices &every", self.poll_box)
        for name, title in venues:
            form.addRow(f"Address of {title}", self.url_fields[name])
        about = "Only behind a proxy or a mirror: http(s)://host:port.\nTakes effect at the next start."
        form.addRow("", label(about, kind="muted", size_px=theme.LABEL_PX))
        form.addRow("", self.problem)
        self.column.addLayout(form)
        self.buttons.setStandardButtons(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.setMinimumWidth(px(480))

    def chosen(self) -> Settings:
        """The settings as they stand in the dialog.

        Raises:
            SettingInvalid: an address that is not one.
        """
        others = tuple(pair for pair in self._before.venue_urls if pair[0] not in self.url_fields)
        typed = {name: field.text().strip() for name, field in self.url_fields.items()}
        urls = tuple((name, check_base_url(url)) for name, url in typed.items() if url)
        return self._before._replace(
            theme=ThemeChoice(self.theme_box.currentData()),
            gain_loss=GainLossColours(self.pair_box.currentData()),
            density=RowDensity(self.density_box.currentData()),
            hide_amounts=self.hide_box.isChecked(),
            poll_s=self.poll_box.value(),
            start_at_login=self.login_box.isChecked(),
            close_to_tray=self.close_box.isChecked(),
            minimise_to_tray=self.minimise_box.isChecked(),
            venue_urls=tuple(sorted(others + urls)),
        )

    def accept(self) -> None:
        try:
            wanted = self.chosen()
        except SettingInvalid:
            self._check()
            return
        if wanted != self._before:
            self._desk.change_settings(wanted)
        super().accept()

    @Slot()
    def _check(self) -> None:
        problem = ""
        for field in self.url_fields.values():
            wrong = ""
            if field.text().strip():
                try:
                    check_base_url(field.text())
                except SettingInvalid as error:
                    wrong = error.message
            theme.set_kind(field, "wrong" if wrong else "")
            problem = problem or wrong
        self.problem.setText(problem)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not problem)


def _box(name: str, choices: tuple[tuple[str, str], ...], chosen: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, text in choices:
        box.addItem(text, value)
    box.setCurrentIndex(box.findData(chosen))
    return box


def _tick(words: str, on: bool) -> QCheckBox:
    box = QCheckBox(words)
    box.setChecked(on)
    return box


def _seconds(value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setAccessibleName("Seconds between two price requests")
    box.setDecimals(0)
    box.setRange(MIN_POLL_S, MAX_POLL_S)
    box.setSuffix(" s")
    box.setValue(value)
    theme.pad_spin_box(box)
    return box


def _url_field(title: str, url: str) -> QLineEdit:
    field = QLineEdit(url)
    field.setAccessibleName(f"Address of {title}")
    field.setPlaceholderText("its own")
    return field
