"""Takes a key that only reads: it is tried at its venue first, and kept only when it may not move money out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from levdesk.services.accounts import Verdict
from levdesk.ui import theme
from levdesk.ui.accounts.cells import VERDICT_KINDS
from levdesk.ui.dialogs.form import FormDialog, FormGrid
from levdesk.ui.labels import label, recolour
from levdesk.venues.private import ApiKey

if TYPE_CHECKING:
    from levdesk.services.accounts_view import AccountState, AccountsView, KeyOutcome
    from levdesk.ui.desk import Desk

_ABOUT: Final = (
    "Make a key at {title} that may read the spot account and nothing else: no trading, no withdrawals. LevDesk can "
    "only read with it, refuses a key that may withdraw, and never shows it again."
)
_NO_HISTORY: Final = Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText


class KeyDialog(FormDialog):
    """Asks for the parts of a key; the button first tries it, then keeps it.

    Args:
        state: whose key.
        view: where keys are kept.
    """

    def __init__(self, desk: Desk, parent: QWidget | None, *, state: AccountState, view: AccountsView) -> None:
        super().__init__(desk, parent, f"Key of {state.title}", "Check")
        self._state = state
        self._is_tried = False
        self.key, self.secret, self.phrase = _field(), _field(), _field()
        self.outcome = label(wrap=True)
        self.outcome.setMinimumHeight(3 * self.outcome.fontMetrics().lineSpacing())  # room, so that nothing jumps
        self.outcome.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.outcome.setAccessibleName("What the key may do")
        self._lay_out(view)
        for field in (self.key, self.secret, self.phrase):
            field.textChanged.connect(self._begin_anew)
        desk.accounts.signals.key_tried.connect(self._on_tried)
        self.finished.connect(self._wipe)
        self._enable()
        self.key.setFocus()

    def _lay_out(self, view: AccountsView) -> None:
        self.column.addWidget(label(_ABOUT.format(title=self._state.title), kind="muted", wrap=True))
        grid = FormGrid()
        grid.add("&Key", self.key)
        grid.add("&Secret", self.secret)
        row = grid.add("&Passphrase", self.phrase)
        row.set_shown(self._state.has_passphrase)
        self.column.addLayout(grid)
        self.column.addWidget(self.outcome)
        kind = "muted" if view.outlives else "warning"
        self.column.addWidget(label(view.safe_words, kind=kind, size_px=theme.LABEL_PX, wrap=True))

    @Slot()
    def send(self) -> None:
        if not self.ok.isEnabled():
            return
        accounts = self.desk.accounts
        if self._is_tried:
            accounts.keep_key(self._state.venue)
            self.accept()
            return
        self.ok.setEnabled(False)
        self._say(f"Asking {self._state.title} what this key may do…", "muted")
        parts = (self.key.text().strip(), self.secret.text().strip(), self.phrase.text().strip())
        accounts.try_key(self._state.venue, ApiKey(key=parts[0], secret=parts[1], passphrase=parts[2]))

    @Slot(object)
    def _on_tried(self, outcome: KeyOutcome) -> None:
        if outcome.venue != self._state.venue:
            return
        check = outcome.check
        if check is None:
            self._say(outcome.trouble, "critical")
        else:
            self._say(check.words, VERDICT_KINDS[check.verdict])
            self._is_tried = check.verdict is not Verdict.REFUSED
            if self._is_tried:
                self.ok.setText("Keep" if check.verdict is Verdict.FINE else "Keep it all the same")
        self._enable()

    @Slot()
    def _begin_anew(self) -> None:
        """Another key was typed: what was found out is about the one before."""
        if self._is_tried:
            self.desk.accounts.drop_key()
        self._is_tried = False
        self.ok.setText("Check")
        self._say("", "")
        self._enable()

    @Slot()
    def _wipe(self) -> None:
        for field in (self.key, self.secret, self.phrase):
            field.blockSignals(True)
            field.clear()
        if self.result() != KeyDialog.DialogCode.Accepted:
            self.desk.accounts.drop_key()

    def _enable(self) -> None:
        needed = (self.key, self.secret, self.phrase) if self._state.has_passphrase else (self.key, self.secret)
        self.ok.setEnabled(all(field.text().strip() for field in needed))

    def _say(self, words: str, kind: str) -> None:
        self.outcome.setText(words)
        recolour(self.outcome, kind)


def _field() -> QLineEdit:
    """A field nobody reads over a shoulder, and no input method learns from."""
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setInputMethodHints(_NO_HISTORY)
    field.setMaxLength(512)
    return field
