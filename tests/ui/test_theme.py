from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)
from pytestqt.qtbot import QtBot

from levdesk.services.settings import GainLossColours, RowDensity, Settings, ThemeChoice
from levdesk.ui import theme
from levdesk.ui.stylesheet import stylesheet
from levdesk.ui.theme import Colours

TEXTS = ("text", "muted", "accent", "gain", "loss", "warning", "critical")
GROUNDS = ("window", "surface", "selection")
TABLES = [
    pytest.param(theme.colours_for(dark=dark, pair=pair), id=f"{'dark' if dark else 'light'}-{pair.value}")
    for dark in (False, True)
    for pair in GainLossColours
]


def luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(one: QColor, other: QColor) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", TABLES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_every_text_can_be_read_on_every_ground(colours: Colours, text: str, ground: str) -> None:
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", TABLES)
def test_text_on_the_accent_and_the_lines_of_charts_stand_out(colours: Colours) -> None:
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.multiple, colours.surface) >= 3.0
    assert contrast(colours.accent, colours.surface) >= 3.0


def test_the_design_s_colours_are_the_ones_in_force() -> None:
    assert [theme.LIGHT.window.name(), theme.DARK.window.name()] == ["#f4f5f7", "#12161b"]
    assert [theme.LIGHT.accent.name(), theme.DARK.accent.name()] == ["#2459d6", "#7fa6ff"]


@pytest.mark.parametrize("colours", TABLES)
def test_a_palette_leaves_no_role_to_chance(colours: Colours) -> None:
    palette = theme.palette_of(colours)
    groups = (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled)
    known = set(QPalette.ColorRole) - {QPalette.ColorRole.NoRole, QPalette.ColorRole.NColorRoles}
    unset = {(group, role) for group in groups for role in known if not palette.isBrushSet(group, role)}
    assert unset == set()
    text = QPalette.ColorRole.Text
    assert palette.color(QPalette.ColorGroup.Disabled, text) != palette.color(QPalette.ColorGroup.Active, text)


def test_a_chosen_theme_dresses_the_application_and_says_so(house_looks: theme.Theme, qtbot: QtBot) -> None:
    with qtbot.waitSignal(house_looks.changed) as caught:
        house_looks.apply(Settings(theme=ThemeChoice.DARK))
    assert caught.args == [theme.DARK]
    assert QApplication.palette().color(QPalette.ColorRole.Window) == theme.DARK.window
    house_looks.apply(Settings(theme=ThemeChoice.LIGHT))
    assert QApplication.palette().color(QPalette.ColorRole.Window) == theme.LIGHT.window


def test_the_system_s_wish_counts_only_when_followed(house_looks: theme.Theme) -> None:
    hints = QGuiApplication.styleHints()
    house_looks.apply(Settings(theme=ThemeChoice.DARK))
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert house_looks.colours.is_dark
    house_looks.apply(Settings(theme=ThemeChoice.SYSTEM))
    assert not house_looks.colours.is_dark  # the test platform knows no scheme: light


def test_the_same_settings_again_change_nothing(house_looks: theme.Theme, qtbot: QtBot) -> None:
    house_looks.apply(Settings(theme=ThemeChoice.DARK))
    with qtbot.assertNotEmitted(house_looks.changed):
        house_looks.apply(Settings(theme=ThemeChoice.DARK, hide_amounts=True))


def test_density_changes_the_rows_and_is_announced(house_looks: theme.Theme, qtbot: QtBot) -> None:
    assert house_looks.row_height == house_looks.px(34)
    with qtbot.waitSignal(house_looks.changed):
        house_looks.apply(Settings(density=RowDensity.COMPACT))
    assert house_looks.row_height == house_looks.px(28)


def test_the_second_pair_of_colours_replaces_only_gain_and_loss() -> None:
    one = theme.colours_for(dark=True, pair=GainLossColours.GREEN_RED)
    other = theme.colours_for(dark=True, pair=GainLossColours.BLUE_ORANGE)
    assert other.gain != one.gain
    assert other.loss != one.loss
    assert other._replace(gain=one.gain, loss=one.loss) == one


def test_fonts_keep_to_the_scale_and_to_two_weights(house_looks: theme.Theme) -> None:
    sizes = [
        house_looks.font(size).pixelSize() for size in (theme.LABEL_PX, theme.BODY_PX, theme.FIGURE_PX, theme.HERO_PX)
    ]
    assert sizes == [house_looks.px(size) for size in (12, 13, 20, 26)]
    assert {house_looks.font(strong=strong).weight() for strong in (False, True)} == {400, 600}
    assert house_looks.font().featureTags()[0].toString() == b"tnum"


@pytest.mark.parametrize("colours", TABLES)
def test_the_stylesheet_is_complete(colours: Colours) -> None:
    sheet = stylesheet(colours, round)
    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}")


class _WithIcons(QProxyStyle):
    """A style of a desktop that puts icons on the buttons of dialogs."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,
    ) -> int:
        if hint == QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons:
            return 1
        return super().styleHint(hint, option, widget, returnData)


def test_no_button_of_a_dialog_has_an_icon_others_lack(qtbot: QtBot) -> None:
    sheet = stylesheet(theme.colours_for(dark=False, pair=next(iter(GainLossColours))), round)
    style = _WithIcons("Fusion")
    for more, has_none in (("QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 1; }", False), ("", True)):
        box = QDialogButtonBox()
        qtbot.addWidget(box)
        box.setStyle(style)
        box.setStyleSheet(sheet + more)
        box.ensurePolished()
        wants = box.style().styleHint(QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons, None, box)
        assert (wants == 0) is has_none
