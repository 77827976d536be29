"""Adding and editing a transaction: completes and checks while one types, and says what it would come to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.money import ZERO
from levdesk.domain.problems import Problem
from levdesk.domain.transactions import Portfolio, Transaction, TransactionDraft
from levdesk.services.trial import Trial
from levdesk.ui.desk import Desk
from levdesk.ui.dialogs.form import FormDialog
from levdesk.ui.dialogs.outcome_panel import OutcomePanel
from levdesk.ui.dialogs.suggestion import suggested_price
from levdesk.ui.dialogs.transaction_form import FIELDS, TransactionForm
from levdesk.ui.dialogs.transaction_hints import FIELD_OF, local_time_words, quantity_hint, token_hint, unlisted
from levdesk.ui.format import Figures
from levdesk.ui.models.transaction_words import TYPE_WORDS

CHECK_AFTER_MS: Final = 120


class TransactionDialog(FormDialog):
    """Records a new transaction, or amends one.

    Args:
        key: token to begin with.
        transaction: the row to edit; None for a new one.
    """

    def __init__(
        self,
        desk: Desk,
        parent: QWidget | None = None,
        *,
        key: TokenKey | None = None,
        transaction: Transaction | None = None,
    ) -> None:
        super().__init__(desk, parent, "Add transaction" if transaction is None else "Edit transaction", "Save")
        self._edited = transaction
        self._figures = Figures(hide_amounts=desk.settings.hide_amounts)
        self._suggested = ("", "")
        self._trial: tuple[tuple[TokenKey, int], Trial] | None = None
        self._draft: TransactionDraft | None = None
        self.form = TransactionForm(desk)
        self.outcome = OutcomePanel(self._figures)
        self.column.addWidget(self.form)
        self.column.addWidget(self.outcome)
        self.column.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.check)
        self._begin_with(key)
        self._connect()
        self.check()
        (self.form.quantity if self.form.token.token else self.form.token).setFocus()

    # -- what a person does ----------------------------------------------------------------------------------------

    @Slot()
    def check(self) -> None:
        """Look at everything that stands in the fields now."""
        self._timer.stop()
        self._suggest()
        reading = self.form.read()
        errors = dict(reading.errors)
        missing = [] if self.form.token.token else ["token"]
        loose: list[str] = []
        draft, portfolio_id = reading.draft, self.form.portfolio_id
        if portfolio_id is None:
            loose.append("Your books are still being read.")
        elif draft is not None:
            replacing = self._edited.id if self._edited else None
            self._sort_problems(self.desk.check_draft(draft, portfolio_id, replacing), errors, missing, loose)
        is_sound = draft is not None and not errors and not missing and not loose
        self._draft = draft if is_sound else None
        self._tell_fields(errors)
        self._tell_outcome(() if errors else tuple(missing))
        self.tell_failure(" ".join(loose))
        self.ok.setText(TYPE_WORDS[self.form.type].act if self._edited is None else "Save")
        self.ok.setEnabled(is_sound)

    @Slot()
    def send(self) -> None:
        self.check()
        draft, edited, portfolio_id = self._draft, self._edited, self.form.portfolio_id
        if draft is not None and edited is not None:
            self.wait_for(lambda: self.desk.amend(edited.id, draft))
        elif draft is not None and portfolio_id is not None:
            self.wait_for(lambda: self.desk.record(draft, portfolio_id))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.check()  # the last keystrokes may still wait for theirs
        super().keyPressEvent(event)

    @Slot()
    def define_token(self) -> None:
        """Say by hand what the typed symbol is."""
        from levdesk.ui.dialogs.token_dialog import TokenDialog  # late: few transactions need it

        venue, _, symbol = self.form.token.text().strip().rpartition(":")
        dialog = TokenDialog(self.desk, self, symbol=symbol, venue=venue)
        dialog.defined.connect(self._on_defined)
        dialog.begin()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _begin_with(self, key: TokenKey | None) -> None:
        form, edited = self.form, self._edited
        portfolio_id = self.desk.selected_portfolio_id if edited is None else edited.portfolio_id
        form.choose_portfolio(self._portfolio(portfolio_id))
        self._offer_tokens()
        wanted = key if edited is None else edited.draft.key
        token = next((each for each in self.desk.catalogue() if each.key == wanted), None)
        if edited is not None:
            form.portfolio.setEnabled(False)
            form.fill(edited.draft, token or unlisted(edited.draft.key))
        elif token is not None:
            form.token.set_token(token)
            form.show_token(token)

    def _connect(self) -> None:
        form, signals = self.form, self.desk.signals
        form.changed.connect(self._check_soon)
        form.token.named.connect(form.show_token)
        form.token.editingFinished.connect(self._check_soon)
        form.define.clicked.connect(self.define_token)
        signals.catalogue_changed.connect(self._offer_tokens)
        signals.books_changed.connect(self._on_books)

    @Slot()
    def _check_soon(self) -> None:
        self._timer.start(CHECK_AFTER_MS)

    @Slot()
    def _on_books(self) -> None:
        self._trial = None
        if self.form.portfolio_id is None:
            self.form.offer_portfolios(self.desk.portfolios)
            self._check_soon()

    @Slot()
    def _offer_tokens(self) -> None:
        view = self.desk.view
        held = () if view is None else tuple(row.token.key for row in view.holdings if row.quantity)
        self.form.token.set_tokens(self.desk.catalogue(), held)

    @Slot(object)
    def _on_defined(self, token: LeveragedToken) -> None:
        self._offer_tokens()
        self.form.token.set_token(token)
        self.form.quantity.setFocus()
        self.check()

    def _portfolio(self, portfolio_id: int | None) -> Portfolio | None:
        return next((each for each in self.desk.portfolios if each.id == portfolio_id), None)

    def _sort_problems(
        self, problems: Sequence[Problem], errors: dict[str, str], missing: list[str], loose: list[str]
    ) -> None:
        """Each problem to its field; an empty field nobody has been in is only still needed."""
        edits = {"quantity": self.form.quantity, "price": self.form.price}
        for problem in problems:
            field = FIELD_OF.get(problem.code)
            if field is None:
                loose.append(problem.message)
                continue
            edit = edits.get(field)
            if edit is not None and not edit.is_touched and not edit.text():
                missing.append(self.form.rows[field].title.lower())
            else:
                errors[field] = " ".join(part for part in (errors.get(field), problem.message) if part)

    def _suggest(self) -> None:
        """Fill the price in while it is nobody's own, and take it away when it no longer fits."""
        form, token = self.form, self.form.token.token
        if self._edited is not None or form.price.text() != self._suggested[0]:
            return
        found = None
        if token is not None:
            found = suggested_price(self.desk.quote(token.key), form.type, form.time.ms(), self.desk.now_ms())
        with QSignalBlocker(form.price):
            form.price.set_amount(found.price if found else None)
        self._suggested = (form.price.text(), found.words if found else "")

    def _tell_fields(self, errors: dict[str, str]) -> None:
        field = self.form.token
        typed = bool(field.text().strip())
        for name in FIELDS:
            is_lost = name == "token" and typed and field.token is None and not field.hasFocus()
            if name in errors:
                self.form.rows[name].tell(errors[name], "critical")
            else:
                self.form.rows[name].tell(self._hint(name), "critical" if is_lost else "muted")
        self.form.define.setVisible(typed and field.token is None and not field.candidates)

    def _hint(self, name: str) -> str:
        form = self.form
        token = form.token.token
        if name == "token":
            return token_hint(form.token, self.desk.catalogue(), self._figures)
        if name == "time":
            return local_time_words(form.time.ms())
        if name == "price":
            return self._suggested[1] if form.price.text() == self._suggested[0] else ""
        if name == "quantity" and token is not None:
            trial = self._trial_of(token.key)
            held = ZERO if trial is None else trial.units_before(form.time.ms())
            return quantity_hint(form.type, held, self._ratio(), token.key.symbol, self._figures)
        return ""

    def _ratio(self) -> Decimal | None:
        return self._draft.quantity if self._draft else None

    def _tell_outcome(self, missing: tuple[str, ...]) -> None:
        draft, token = self._draft, self.form.token.token
        trial = None if draft is None else self._trial_of(draft.key)
        outcome = None if trial is None or draft is None else trial.outcome(draft)
        if outcome is None or draft is None or token is None:
            self.outcome.tell_missing(missing)
        else:
            self.outcome.tell(outcome, draft.type, token)

    def _trial_of(self, key: TokenKey) -> Trial | None:
        """The rows of a holding, kept while the dialog stays with it and the books stay as they are."""
        portfolio_id = self.form.portfolio_id
        portfolio = self._portfolio(portfolio_id)
        if portfolio_id is None or portfolio is None:
            return None
        if self._trial is None or self._trial[0] != (key, portfolio_id):
            rows = self.desk.transactions(key, portfolio_id)
            trial = Trial(rows, portfolio.cost_method, self._edited.id if self._edited else None)
            self._trial = ((key, portfolio_id), trial)
        return self._trial[1]
