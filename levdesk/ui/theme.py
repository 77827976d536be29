"""Looks of the window: two complete palettes, the type scale and the 4 px grid, applied to the running application.

Everybody asks `active()`: it owns the colours in force, follows the system when told to, and says `changed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from levdesk.services.settings import GainLossColours, RowDensity, Settings, ThemeChoice
from levdesk.ui.stylesheet import stylesheet

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractSpinBox, QWidget

BODY_PX: Final = 13
LABEL_PX: Final = 12
FIGURE_PX: Final = 20
HERO_PX: Final = 26
FUSION: Final = ("-style", "Fusion")
"""Arguments for a new application; asking it for a style later makes Python learn all of QStyle's names, 5 ms."""

ROW_PX: Final = {RowDensity.NORMAL: 34, RowDensity.COMPACT: 28}


class Colours(NamedTuple):
    """One theme's colours by what they are for.

    Attributes:
        window, surface: grounds behind bars and behind content.
        line, track: hairlines, and the empty part of gauges.
        text, muted: what is read first, and what explains it.
        accent, on_accent: the one colour that says "here", and text on it.
        selection: ground of what is selected.
        gain, loss, warning, critical: colours that always stand beside a sign, an arrow or a word.
        multiple: the plain-multiple line of charts (a line, never text).
        is_dark: which of the two this is.
    """

    window: QColor
    surface: QColor
    line: QColor
    track: QColor
    text: QColor
    muted: QColor
    accent: QColor
    on_accent: QColor
    selection: QColor
    gain: QColor
    loss: QColor
    warning: QColor
    critical: QColor
    multiple: QColor
    is_dark: bool

    @classmethod
    def of(cls, names: str, *, is_dark: bool) -> Self:
        """Colours from hex names in the order of the fields."""
        roles = cls._fields[:-1]
        return cls(**dict(zip(roles, map(QColor, names.split()), strict=True)), is_dark=is_dark)


LIGHT: Final = Colours.of(
    "#F4F5F7 #FFFFFF #D8DDE4 #D3DAE3 #16202B #5A6675 #2459D6 #FFFFFF #E4ECFD #0A7550 #BC2F29 #8F5D00 #B0102E #B8730B",
    is_dark=False,
)
DARK: Final = Colours.of(
    "#12161B #191F26 #2E3843 #36424F #E7EBF1 #98A4B3 #7FA6FF #12161B #1F2D4A #4CC38A #FF7D73 #F2B84B #FF6B84 #E3A247",
    is_dark=True,
)
BLUE_ORANGE: Final = {False: (QColor("#0B5CAD"), QColor("#A34A00")), True: (QColor("#63B3FF"), QColor("#F5A04C"))}


def colours_for(*, dark: bool, pair: GainLossColours) -> Colours:
    """The table of one theme with the chosen pair for gain and loss."""
    base = DARK if dark else LIGHT
    if pair is GainLossColours.GREEN_RED:
        return base
    gain, loss = BLUE_ORANGE[dark]
    return base._replace(gain=gain, loss=loss)


def blend(front: QColor, back: QColor, share: float) -> QColor:
    """The opaque colour that `front` makes at `share` (0..1) over `back`."""
    rest = 1.0 - share
    return QColor.fromRgbF(
        front.redF() * share + back.redF() * rest,
        front.greenF() * share + back.greenF() * rest,
        front.blueF() * share + back.blueF() * rest,
    )


def palette_of(colours: Colours) -> QPalette:
    """A palette with every role set for the active, inactive and disabled groups."""
    role = QPalette.ColorRole
    shade = blend(colours.text, colours.line, 0.25)
    table = {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.window,
        role.Text: colours.text,
        role.Button: colours.surface,
        role.ButtonText: colours.text,
        role.BrightText: colours.critical,
        role.Highlight: colours.selection,
        role.HighlightedText: colours.text,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.ToolTipBase: colours.surface,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.muted,
        role.Light: colours.surface,
        role.Midlight: colours.window,
        role.Mid: colours.line,
        role.Dark: colours.track,
        role.Shadow: shade,
    }
    faded = blend(colours.text, colours.surface, 0.45)
    palette = QPalette()
    for each, colour in table.items():
        palette.setColor(each, colour)
    for each in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText, role.PlaceholderText, role.Link):
        palette.setColor(QPalette.ColorGroup.Disabled, each, faded)
    return palette


class Theme(QObject):
    """The looks in force; one per application.

    Attributes:
        changed: `Signal(object)` with the new `Colours` after colours, density or the gain/loss pair changed.
        is_bare: the stylesheet is still to come (`put_on`).
    """

    changed = Signal(object)  # Colours

    def __init__(self, app: QApplication, settings: Settings, *, is_new: bool = False) -> None:
        super().__init__(app)
        self._app = app
        self.is_bare = is_new
        self._choice = settings.theme
        self._pair = settings.gain_loss
        self._density = settings.density
        system = app.font() if is_new else _system_font()
        self._family = system.families()
        self._scale = max(1.0, QFontInfo(system).pixelSize() / BODY_PX)
        self._colours = self._wanted()
        if not is_new:
            app.setStyle("Fusion")
        app.setFont(self.font(BODY_PX))
        self._dress()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def colours(self) -> Colours:
        """Colours in force."""
        return self._colours

    @property
    def choice(self) -> ThemeChoice:
        """What the person chose."""
        return self._choice

    @property
    def row_height(self) -> int:
        """Height of a table row in device-independent pixels."""
        return self.px(ROW_PX[self._density])

    def px(self, size: float) -> int:
        """A drawn size on the grid, grown with the system's font."""
        return round(size * self._scale)

    def font(self, size_px: int = BODY_PX, *, strong: bool = False) -> QFont:
        """The system's UI font with digits of equal width, in one of the four sizes and one of the two weights."""
        font = QFont(self._family)
        font.setPixelSize(self.px(size_px))
        font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def put_on(self) -> None:
        """Finish dressing a new application, once its window is made.

        While a stylesheet is in force, a widget that finds its parent is dressed again, with everything inside it; a
        window is put together from the inside out, so that costs 45 ms where dressing it once costs 5.
        """
        if self.is_bare:
            self.is_bare = False
            self._app.setStyleSheet(stylesheet(self._colours, self.px))

    def apply(self, settings: Settings) -> None:
        """Take over the preferences that concern looks."""
        wished = (settings.theme, settings.gain_loss, settings.density)
        if wished == (self._choice, self._pair, self._density):
            return
        self._choice, self._pair, self._density = wished
        self._tell_system()
        self._refresh(force=True)

    def _wanted(self) -> Colours:
        dark = self._choice is ThemeChoice.DARK or (
            self._choice is ThemeChoice.SYSTEM and QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        )
        return colours_for(dark=dark, pair=self._pair)

    def _tell_system(self) -> None:
        """Let title bars and native dialogs follow; has no effect where the platform draws none."""
        hints = QGuiApplication.styleHints()
        if self._choice is ThemeChoice.SYSTEM:
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark if self._choice is ThemeChoice.DARK else Qt.ColorScheme.Light)

    @Slot(Qt.ColorScheme)
    def _follow_system(self, _scheme: Qt.ColorScheme) -> None:
        self._refresh(force=False)

    def _refresh(self, *, force: bool) -> None:
        wanted = self._wanted()
        if wanted == self._colours and not force:
            return
        if wanted != self._colours:
            self._colours = wanted
            self._dress()
        self.changed.emit(self._colours)

    def _dress(self) -> None:
        self._app.setPalette(palette_of(self._colours))
        if not self.is_bare:
            self._app.setStyleSheet(stylesheet(self._colours, self.px))


def _system_font() -> QFont:
    """The system's UI font, when the application's has been another one since its start."""
    from PySide6.QtGui import QFontDatabase  # late: a new application has that font, and all its names take a while

    return QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)


_active: list[Theme] = []


def install(app: QApplication, settings: Settings, *, is_new: bool = False) -> Theme:
    """Dress the application; called once at start, and again by tests.

    Args:
        app: the application.
        settings: preferences in force.
        is_new: it was made with the arguments `FUSION` and has no window yet; its maker calls `put_on` then.
    """
    if _active and _active[0].parent() is app:
        _active[0].apply(settings)
    else:
        _active[:] = [Theme(app, settings, is_new=is_new)]
    return _active[0]


def active() -> Theme:
    """The looks in force; a widget made before `install` (a test) gets the default ones."""
    if not _active:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        install(app, Settings())
    return _active[0]


def set_kind(widget: QWidget, kind: str) -> None:
    """Give a widget one of the few roles the application's stylesheet knows, e.g. "primary"."""
    widget.setProperty("kind", kind)
    if not active().is_bare and widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):  # else it will be anyway
        QApplication.sendEvent(widget, QEvent(QEvent.Type.Polish))  # asking for its style costs 6 ms, see FUSION


def pad_spin_box(box: QAbstractSpinBox) -> None:
    """Give a spin box or date field the left margin of other fields; its editor takes none from a stylesheet."""
    box.lineEdit().setTextMargins(active().px(6), 0, 0, 0)
