"""What the columns of a file mean: a known mapping, or one meaning per column; mappings are saved and handed on."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from levdesk.domain.transactions import TransactionType
from levdesk.services.intake.cells import word_key
from levdesk.services.intake.choices import ColumnMapping, Field, IntakeChoices, Reading
from levdesk.services.intake.detecting import header_key
from levdesk.ui import theme
from levdesk.ui.dialogs.form import link
from levdesk.ui.intake.shape_form import ShapeForm
from levdesk.ui.intake.words import FIELD_WORDS, missing_words, sample_words
from levdesk.ui.labels import hairline, label
from levdesk.ui.models.transaction_words import TYPE_WORDS

MOST_COLUMNS = 80
_IGNORED = "—"


class ColumnsPage(QWidget):
    """Shows a reading and lets a person correct it.

    Attributes:
        changed: the file is to be read again as `choices` says, and this page stays.
        save_asked: the mapping is to be kept under the title in `title`.
        hand_on_asked, load_asked: a mapping is to be written to a file, or read from one.
    """

    changed = Signal()
    save_asked = Signal()
    hand_on_asked = Signal()
    load_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shape = ShapeForm()
        self.mappings = QComboBox()
        self.mappings.setAccessibleName("Kind of file")
        self.venue = QLineEdit()
        self.venue.setPlaceholderText("gate, mexc, …")
        self.venue.setAccessibleName("Venue of all rows")
        self.venue.setMaximumWidth(theme.active().px(140))
        self.title = QLineEdit()
        self.title.setPlaceholderText("Name of the mapping")
        self.title.setAccessibleName("Name of the mapping")
        self.save, self.hand_on, self.load = link("Keep"), link("Save to a file…"), link("Load from a file…")
        self.missing = label(kind="warning", wrap=True)
        self.origin = label(kind="muted", wrap=True, size_px=theme.LABEL_PX)
        self.meanings: list[QComboBox] = []
        self.words: list[tuple[str, QComboBox]] = []
        self._base = ColumnMapping()
        self._is_chosen = False
        self._headers: tuple[str, ...] = ()
        self._lay_out()
        self.shape.changed.connect(self.changed)
        self.mappings.activated.connect(self._on_mapping)
        for button, asked in (
            (self.save, self.save_asked),
            (self.hand_on, self.hand_on_asked),
            (self.load, self.load_asked),
        ):
            button.clicked.connect(asked)

    @property
    def choices(self) -> IntakeChoices:
        """What the person chose; a mapping that was only detected is left to be detected again."""
        mapping = self.mapping()
        is_detected = mapping is self._base and not self._is_chosen
        return replace(self.shape.choices, mapping=None if is_detected else mapping)

    def forget(self) -> None:
        """Another file: nothing is chosen."""
        self.shape.forget()
        self._is_chosen = False

    def show_reading(self, reading: Reading) -> None:
        """Show how a file was understood."""
        self.shape.show_reading(reading)
        self._base, self._headers = reading.mapping, reading.headers[:MOST_COLUMNS]
        with QSignalBlocker(self.mappings):
            self.mappings.clear()
            known = list(reading.candidates)
            if reading.mapping not in known:
                known.insert(0, reading.mapping)
            for each in known:
                self.mappings.addItem(_mapping_title(each), each)
            self.mappings.setCurrentIndex(known.index(reading.mapping))
        self.venue.setText(reading.mapping.venue)
        if not self.title.text() and not reading.mapping.name:
            self.title.setText(reading.mapping.title if reading.mapping.source else "")
        self.missing.setText(missing_words(reading.missing) if reading.missing else "")
        self.missing.setVisible(bool(reading.missing))
        self.origin.setText(_origin(reading.mapping))
        self.origin.setVisible(bool(self.origin.text()))
        self._fill(reading)

    def mapping(self) -> ColumnMapping:
        """What the columns mean as the page stands."""
        columns = tuple(
            (Field(combo.currentData()), header)
            for combo, header in zip(self.meanings, self._headers, strict=False)
            if combo.currentData()
        )
        said = tuple((word, str(combo.currentData())) for word, combo in self.words if combo.currentData())
        fresh = {word_key(word) for word, _ in said}
        words = (*(pair for pair in self._base.words if word_key(pair[0]) not in fresh), *said)
        venue = self.venue.text().strip().lower()
        if _same_columns(columns, self._base.columns) and venue == self._base.venue and words == self._base.words:
            return self._base
        title = self._base.title if not self._base.name else f"{self._base.title}, changed"
        return replace(self._base, name="", title=title, columns=columns, words=words, venue=venue, headers=())

    def own_mapping(self) -> ColumnMapping:
        """The mapping to be kept or handed on, under the person's title."""
        title = self.title.text().strip() or "My mapping"
        return replace(
            self.mapping(), name="", title=title, headers=self._headers, assumed=False, source="made by hand"
        )

    def _lay_out(self) -> None:
        px = theme.active().px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(8), 0, 0)
        column.setSpacing(px(8))
        column.addWidget(self.shape)
        column.addWidget(hairline())
        kind = QHBoxLayout()
        kind.setSpacing(px(8))
        for words, field, stretch in (("&Kind of file", self.mappings, 1), ("&Venue", self.venue, 0)):
            title = label(words, kind="muted")
            title.setBuddy(field)
            kind.addWidget(title)
            kind.addWidget(field, stretch)
        column.addLayout(kind)
        column.addWidget(self.origin)
        column.addWidget(self.missing)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setAccessibleName("Columns and what they mean")
        column.addWidget(self._area, 1)
        keep = QHBoxLayout()
        keep.setSpacing(px(10))
        keep.addWidget(self.title, 1)
        for button in (self.save, self.hand_on, self.load):
            keep.addWidget(button)
        column.addLayout(keep)

    def _fill(self, reading: Reading) -> None:
        """Make the rows anew; the old ones go with the widget they stood in."""
        px = theme.active().px
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, px(8), 0)
        grid.setHorizontalSpacing(px(14))
        grid.setVerticalSpacing(px(4))
        grid.setColumnStretch(1, 1)
        self.meanings, self.words = [], []
        meant = {header_key(header): said for said, header in reading.mapping.columns}
        for row, header in enumerate(self._headers):
            combo = _choice([(_IGNORED, ""), *((words, said.value) for said, words in FIELD_WORDS.items())])
            said = meant.pop(header_key(header), None)
            combo.setCurrentIndex(max(0, combo.findData("" if said is None else said.value)))
            self.meanings.append(combo)
            self._add(grid, row, header or f"Column {row + 1}", sample_words(reading.samples, row), combo)
        first = len(self._headers)
        for row, word in enumerate(reading.unknown_words, first):
            combo = _choice([("is not known", ""), *((TYPE_WORDS[kind].name, kind.value) for kind in TransactionType)])
            self.words.append((word, combo))
            self._add(grid, row, f"The word “{word}”", "in the type column means", combo)
        grid.setRowStretch(first + len(reading.unknown_words), 1)
        self._area.setWidget(inside)

    def _add(self, grid: QGridLayout, row: int, name: str, sample: str, combo: QComboBox) -> None:
        title, shown = label(name, strong=True), label(sample, kind="muted")
        title.setBuddy(combo)
        combo.setAccessibleName(f"{name} means")
        grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(shown, row, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(combo, row, 2)

    @Slot()
    def _on_mapping(self) -> None:
        """Another kind of file: its columns replace what stands on the page."""
        chosen = self.mappings.currentData()
        if isinstance(chosen, ColumnMapping):
            self._take(chosen)

    def take(self, mapping: ColumnMapping) -> None:
        """Use a mapping that was loaded."""
        self.title.setText(mapping.title)
        self._take(mapping)

    def _take(self, mapping: ColumnMapping) -> None:
        self._base, self._is_chosen = mapping, True
        self.venue.setText(mapping.venue)
        meant = {header_key(header): said.value for said, header in mapping.columns}
        for combo, header in zip(self.meanings, self._headers, strict=False):
            combo.setCurrentIndex(max(0, combo.findData(meant.pop(header_key(header), ""))))
        self.words = []
        self.changed.emit()


def _choice(entries: list[tuple[str, str]]) -> QComboBox:
    combo = QComboBox()
    for words, value in entries:
        combo.addItem(words, value)
    return combo


def _mapping_title(mapping: ColumnMapping) -> str:
    return f"{mapping.title} (assumed)" if mapping.assumed else mapping.title or "By the names of the columns"


def _origin(mapping: ColumnMapping) -> str:
    if not mapping.source or not mapping.name:
        return ""
    return f"{'Assumed: ' if mapping.assumed else ''}{mapping.source}."


def _same_columns(one: tuple[tuple[Field, str], ...], other: tuple[tuple[Field, str], ...]) -> bool:
    return {(said, header_key(header)) for said, header in one} == {
        (said, header_key(header)) for said, header in other
    }
