"""The window of one's own accounts: which have a key, what it may do, and a visit to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QHBoxLayout, QPushButton, QWidget

from levdesk.services.accounts_view import KeyPlace
from levdesk.ui import theme
from levdesk.ui.accounts.cells import ACCOUNT_COLUMNS, account_row, state_words
from levdesk.ui.accounts.key_dialog import KeyDialog
from levdesk.ui.accounts.review_dialog import ReviewDialog
from levdesk.ui.alerts.listing import Listing
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.labels import label, recolour

if TYPE_CHECKING:
    from levdesk.domain.errors import LevdeskError
    from levdesk.services.accounts_view import AccountReview, AccountState, AccountsView
    from levdesk.ui.desk import Desk

SIZE_PX: Final = (680, 560)
_ABOUT: Final = (
    "With a key that only reads, LevDesk fetches your balances and trades from a venue and proposes them as "
    "transactions. Nothing is recorded without you, and nothing at the venue can be changed from here."
)
_SPANS: Final = (
    (30, "The last 30 days"),
    (90, "The last 90 days"),
    (365, "The last year"),
    (730, "The last two years"),
)


class AccountsDialog(PlainDialog):
    """Lists the accounts; does not stop the program behind it."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__("Accounts at the venues", parent)
        self._desk = desk
        self._visiting = ""
        self.table = Listing("Accounts", ACCOUNT_COLUMNS, filler=len(ACCOUNT_COLUMNS) - 1, parent=self)
        self.words = label(wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setMinimumHeight(3 * self.words.fontMetrics().lineSpacing())  # room, so that nothing jumps
        self.safe = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.span = QComboBox()
        self.span.setAccessibleName("How far back trades are fetched")
        for days, text in _SPANS:
            self.span.addItem(text, days)
        self.span.setCurrentIndex(1)
        self.key_button = QPushButton("Enter &key…")
        self.forget_button = QPushButton("&Forget key")
        self.visit_button = QPushButton("&Fetch trades and balances")
        self._lay_out()
        self._connect()
        self._show(desk.accounts.view)

    def _lay_out(self) -> None:
        px = theme.active().px
        self.column.addWidget(label(_ABOUT, kind="muted", wrap=True))
        self.column.addWidget(self.table, 1)
        self.column.addWidget(self.words)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.key_button)
        row.addWidget(self.forget_button)
        row.addStretch(1)
        row.addWidget(self.span)
        row.addWidget(self.visit_button)
        self.column.addLayout(row)
        self.column.addWidget(self.safe)
        for button in (self.key_button, self.forget_button, self.visit_button):
            button.setAutoDefault(False)
        self.visit_button.setProperty("kind", "primary")
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.resize(px(SIZE_PX[0]), px(SIZE_PX[1]))

    def _connect(self) -> None:
        self.key_button.clicked.connect(self.enter_key)
        self.forget_button.clicked.connect(self.forget)
        self.visit_button.clicked.connect(self.visit)
        self.table.selectionModel().currentRowChanged.connect(self._offer)
        signals = self._desk.accounts.signals
        signals.changed.connect(self._show)
        signals.reviewed.connect(self._on_reviewed)
        signals.visit_failed.connect(self._on_failed)

    @property
    def chosen(self) -> AccountState | None:
        """The account of the current row."""
        view = self._desk.accounts.view
        return None if view is None else view.of(self.table.chosen)

    # -- acts ------------------------------------------------------------------------------------------------------

    @Slot()
    def enter_key(self) -> None:
        """Take a key of the chosen venue."""
        state, view = self.chosen, self._desk.accounts.view
        if state is not None and view is not None:
            KeyDialog(self._desk, self, state=state, view=view).begin()

    @Slot()
    def forget(self) -> None:
        """Remove the key of the chosen venue."""
        if self.chosen is not None:
            self._desk.accounts.forget_key(self.chosen.venue)

    @Slot()
    def visit(self) -> None:
        """Fetch from the chosen venue."""
        state = self.chosen
        if state is not None and not self._visiting:
            self._visiting = state.venue
            self._say(f"Fetching trades and balances from {state.title}…", "muted")
            self._offer_buttons()
            self._desk.accounts.visit(state.venue, int(self.span.currentData()))

    # -- what comes back -------------------------------------------------------------------------------------------

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._desk.accounts.read()

    @Slot(object)
    def _show(self, view: AccountsView | None) -> None:
        if view is None:
            self.safe.setText("Looking for a keyring…")
            self._offer_buttons()
            return
        self.table.tell([account_row(state) for state in view.accounts])
        self.safe.setText(view.safe_words)
        recolour(self.safe, "muted" if view.outlives else "warning")
        self._offer()

    @Slot(object)
    def _on_reviewed(self, review: AccountReview) -> None:
        if review.news.venue != self._visiting:
            return  # the books changed, and an open review shows it by itself
        self._visiting = ""
        self._offer()
        dialog = ReviewDialog(self._desk, self, review)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot(object)
    def _on_failed(self, error: LevdeskError) -> None:
        self._visiting = ""
        self._offer()
        self._say(f"{error.message} {error.hint}".strip(), "critical")

    @Slot()
    def _offer(self) -> None:
        state, view = self.chosen, self._desk.accounts.view
        closed = "" if view is None else view.closed_words
        if closed:
            self._say(closed, "muted")
        elif state is not None and not self._visiting:
            self._say(state_words(state), "critical" if state.trouble else "")
        self._offer_buttons()

    def _offer_buttons(self) -> None:
        state, view = self.chosen, self._desk.accounts.view
        is_open = view is not None and not view.closed_words and state is not None
        has_key = state is not None and state.place is not KeyPlace.NOWHERE
        self.key_button.setText("Replace &key…" if has_key else "Enter &key…")
        self.key_button.setEnabled(is_open)
        self.forget_button.setEnabled(has_key)
        self.visit_button.setEnabled(is_open and has_key and not self._visiting)
        self.span.setEnabled(is_open and has_key and not self._visiting)

    def _say(self, words: str, kind: str) -> None:
        self.words.setText(words)
        recolour(self.words, kind)
