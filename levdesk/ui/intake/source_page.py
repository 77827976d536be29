"""What the import wizard shows while it has no rows to show: an invitation, progress, a refusal, the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from levdesk.ui import theme
from levdesk.ui.dialogs.form import link
from levdesk.ui.labels import label

if TYPE_CHECKING:
    from levdesk.services.health import JobView

_HEADER: Final = "time,type,venue,symbol,quantity,price,fee,fee_currency,note"
_STEPS: Final = 1000


class SourcePage(QWidget):
    """A sentence, what to know about it, and the progress of reading.

    Attributes:
        words, hint: the sentence and what stands under it.
        stop: ends the reading.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.active().px
        self.words = label(strong=True, wrap=True)
        self.hint = label(kind="muted", wrap=True)
        self.hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for line in (self.words, self.hint):
            line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress of reading")
        self.progress.setTextVisible(False)
        self.progress.setMinimumWidth(px(320))
        self.stop = link("Stop reading")
        middle = QVBoxLayout(self)
        middle.setSpacing(px(8))
        middle.addStretch(1)
        middle.addWidget(self.words)
        middle.addWidget(self.hint)
        for widget in (self.progress, self.stop):
            middle.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
            widget.hide()
        middle.addStretch(2)
        self.invite()

    def invite(self) -> None:
        """Say what can be dropped here."""
        self.say(
            "Drop a file of trades here, or paste rows",
            "Trade histories of Gate, MEXC, KuCoin, Pionex, Bybit, Bitrue, LBank and Binance are recognised,\n"
            "as .csv or .xlsx; other tables once you say what their columns mean.\n\n"
            f"LevDesk's own columns are\n{_HEADER}",
        )

    def say(self, words: str, hint: str) -> None:
        """Say something else."""
        self.words.setText(words)
        self.hint.setText(hint)

    def follow(self, job: JobView | None) -> None:
        """Show how far a reading is; None when there is none."""
        for widget in (self.progress, self.stop):
            widget.setVisible(job is not None)
        if job is not None:
            self.progress.setRange(0, 0 if job.done_ratio is None else _STEPS)
            self.progress.setValue(int(_STEPS * (job.done_ratio or 0)))
