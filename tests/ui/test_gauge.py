from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from levdesk.services.settings import Settings, ThemeChoice
from levdesk.services.views import HoldingView
from levdesk.ui import theme
from levdesk.ui.models.cells import Cell, Tone
from levdesk.ui.models.gauge import BandPlace, Gauge, gauge_of
from levdesk.ui.views.leverage_delegate import LeverageDelegate
from levdesk.ui.views.paints import Paints
from tests.ui.fake_desk import FakeDesk


def holding(target: str, leverage: str | None, low: str | None = "2.25", high: str | None = "4.125") -> HoldingView:
    view = FakeDesk().view
    assert view is not None
    row = view.holdings[0]
    return row._replace(
        token=row.token._replace(target_leverage=Decimal(target)),
        effective_leverage=None if leverage is None else Decimal(leverage),
        band_low=None if low is None else Decimal(low),
        band_high=None if high is None else Decimal(high),
    )


@pytest.mark.parametrize(
    ("target", "leverage", "dot", "place"),
    [
        ("3", "3", 0.4, BandPlace.INSIDE),
        ("-3", "-3", 0.4, BandPlace.INSIDE),
        ("3", "2.30", 0.025, BandPlace.NEAR),
        ("3", "4.10", 0.985, BandPlace.NEAR),
        ("3", "4.125", 1.0, BandPlace.OUTSIDE),
        ("3", "9", 1.0, BandPlace.OUTSIDE),
        ("3", "1", 0.0, BandPlace.OUTSIDE),
        ("-3", "-9", 1.0, BandPlace.OUTSIDE),
        ("-3", "3", 0.0, BandPlace.OUTSIDE),  # a short token cannot be long
        ("3", "-3", 0.0, BandPlace.OUTSIDE),
    ],
)
def test_the_dot_stands_by_size_in_the_band_of_the_tokens_own_side(
    target: str, leverage: str, dot: float, place: BandPlace
) -> None:
    gauge = gauge_of(holding(target, leverage))
    assert gauge is not None
    assert gauge.dot == pytest.approx(dot, abs=0.005)
    assert gauge.tick == pytest.approx(0.4, abs=0.005)
    assert gauge.place is place
    assert gauge.is_alarming is (place in {BandPlace.NEAR, BandPlace.OUTSIDE})


@pytest.mark.parametrize(("low", "high"), [(None, None), ("2", None), (None, "4"), ("4", "4"), ("5", "4")])
def test_without_a_band_there_is_no_gauge(low: str | None, high: str | None) -> None:
    assert gauge_of(holding("3", "3", low, high)) is None


def test_without_a_leverage_the_band_stands_without_a_dot() -> None:
    gauge = gauge_of(holding("3", None))
    assert gauge is not None
    assert (gauge.dot, gauge.place) == (None, BandPlace.UNKNOWN)


# -- what is drawn -----------------------------------------------------------------------------------------------------


def drawn(parent: QWidget, cell: Cell, scale: float = 1.0) -> QImage:
    paints = Paints(parent)
    image = QImage(round(162 * scale), round(34 * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(theme.active().colours.surface)
    painter = QPainter(image)
    LeverageDelegate(paints, parent).draw(painter, QRect(6, 0, 150, 34), cell)
    painter.end()
    return image


def columns_with(image: QImage, colour: QColor, row: int) -> list[int]:
    return [x for x in range(image.width()) if image.pixelColor(x, row) == colour]


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_dot_moves_right_with_leverage_and_has_the_accent_of_the_theme(
    parent: QWidget, house_looks: theme.Theme, choice: ThemeChoice, scale: float
) -> None:
    house_looks.apply(Settings(theme=choice))
    accent = house_looks.colours.accent
    middle = round(17 * scale)
    low = columns_with(drawn(parent, Cell("2.60", gauge=Gauge(0.2, 0.4, BandPlace.INSIDE)), scale), accent, middle)
    high = columns_with(drawn(parent, Cell("3.90", gauge=Gauge(0.8, 0.4, BandPlace.INSIDE)), scale), accent, middle)
    assert low
    assert high
    assert min(high) > max(low)


def test_near_an_edge_the_dot_is_red_and_a_triangle_stands_before_the_number(parent: QWidget) -> None:
    colours = theme.active().colours
    image = drawn(parent, Cell("4.10", Tone.CRITICAL, gauge=Gauge(0.98, 0.4, BandPlace.NEAR)))
    plain = drawn(parent, Cell("4.10", gauge=Gauge(0.98, 0.4, BandPlace.NEAR)))
    red = columns_with(image, colours.critical, 17)
    assert max(red) > 140
    assert not columns_with(image, colours.accent, 17)
    first_ink = min(x for x in range(image.width()) if image.pixelColor(x, 18) != colours.surface)
    first_of_number = min(x for x in range(plain.width()) if plain.pixelColor(x, 18) != colours.surface)
    assert first_ink < first_of_number - 6


def test_without_a_gauge_only_the_number_is_drawn(parent: QWidget) -> None:
    colours = theme.active().colours
    image = drawn(parent, Cell("3.06"))
    assert not columns_with(image, colours.track, 17)
    assert not columns_with(image, colours.accent, 17)


def test_in_a_narrow_column_the_number_goes_before_the_bar(parent: QWidget) -> None:
    colours = theme.active().colours
    paints = Paints(parent)
    image = QImage(70, 34, QImage.Format.Format_RGB32)
    image.fill(colours.surface)
    painter = QPainter(image)
    LeverageDelegate(paints, parent).draw(
        painter, QRect(6, 0, 58, 34), Cell("3.06", gauge=Gauge(0.5, 0.4, BandPlace.INSIDE))
    )
    painter.end()
    assert not columns_with(image, colours.accent, 17)
    assert any(image.pixelColor(x, y) != colours.surface for x in range(70) for y in range(34))
