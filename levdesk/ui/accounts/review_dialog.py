"""The review of a visit: trades to accept one by one or all at once, and balances against the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QDialogButtonBox, QHBoxLayout, QPushButton, QWidget

from levdesk.services.accounts_proposals import Standing
from levdesk.ui import format as eye
from levdesk.ui import theme
from levdesk.ui.accounts.cells import BALANCE_COLUMNS, PROPOSAL_COLUMNS, balance_row, proposal_row
from levdesk.ui.alerts.listing import Listing
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.format import Figures
from levdesk.ui.labels import label
from levdesk.ui.models.columns import KEY_ROLE

if TYPE_CHECKING:
    from levdesk.domain.errors import LevdeskError
    from levdesk.services.accounts_proposals import Proposal
    from levdesk.services.accounts_view import AccountReview
    from levdesk.ui.desk import Desk

SIZE_PX: Final = (960, 640)
_EMPTY: Final = ("No trades of leveraged tokens", "None were told for the stretch that was asked for")
_NOTHING: Final = ("No leveraged tokens", "Neither your books nor the account hold any of this venue")


class ReviewDialog(PlainDialog):
    """Shows a visit against the books; what is accepted is one act, and undone as one."""

    def __init__(self, desk: Desk, parent: QWidget | None, review: AccountReview) -> None:
        super().__init__(f"Account at {review.news.title}", parent)
        self._desk = desk
        self._venue = review.news.venue
        self._review = review
        self._write = Figures()
        self.balances = Listing("Balances", BALANCE_COLUMNS, filler=len(BALANCE_COLUMNS) - 1, parent=self)
        self.trades = Listing("Trades of the account", PROPOSAL_COLUMNS, filler=len(PROPOSAL_COLUMNS) - 1, parent=self)
        self.trades.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.balances.empty_text, self.trades.empty_text = _NOTHING, _EMPTY
        self.summary = label(strong=True, wrap=True)
        self.about = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.why = label(wrap=True)
        self.why.setMinimumHeight(2 * self.why.fontMetrics().lineSpacing())  # room, so that nothing jumps
        self.failure = label(kind="critical", wrap=True)
        self.portfolio = QComboBox()
        self.portfolio.setAccessibleName("Portfolio to record in")
        self.all_button, self.chosen_button = QPushButton(), QPushButton()
        self._lay_out()
        self._connect()
        self._show(review)
        self.trades.clearSelection()  # what is chosen is what a person chose
        self.trades.setFocus()
        self._explain_balance()

    def _lay_out(self) -> None:
        px = theme.active().px
        top = QHBoxLayout()
        top.addWidget(self.summary, 1)
        into = label("&Into", kind="muted")
        into.setBuddy(self.portfolio)
        top.addWidget(into)
        top.addWidget(self.portfolio)
        self.column.addLayout(top)
        self.column.addWidget(self.about)
        self.column.addWidget(self.trades, 3)
        self.column.addWidget(label("Units in your books and in the account", strong=True))
        self.column.addWidget(self.balances, 2)
        self.column.addWidget(self.why)
        self.column.addWidget(self.failure)
        self.failure.hide()
        self.all_button.setProperty("kind", "primary")
        for button in (self.chosen_button, self.all_button):
            self.buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
            button.setAutoDefault(False)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.resize(px(SIZE_PX[0]), px(SIZE_PX[1]))
        for each in self._desk.portfolios:
            self.portfolio.addItem(each.name, each.id)
        self.portfolio.setCurrentIndex(max(0, self.portfolio.findData(self._desk.selected_portfolio_id)))

    def _connect(self) -> None:
        self.all_button.clicked.connect(self.accept_new)
        self.chosen_button.clicked.connect(self.accept_chosen)
        self.trades.selectionModel().selectionChanged.connect(self._offer)
        self.trades.selectionModel().currentRowChanged.connect(self._explain_trade)
        self.balances.selectionModel().currentRowChanged.connect(self._explain_balance)
        self._desk.accounts.signals.reviewed.connect(self._show)
        self._desk.signals.act_failed.connect(self._on_failed)

    # -- acts ------------------------------------------------------------------------------------------------------

    @property
    def new(self) -> tuple[Proposal, ...]:
        """Trades that can be recorded without a question."""
        return tuple(each for each in self._review.proposals if each.standing is Standing.NEW)

    @property
    def chosen(self) -> tuple[Proposal, ...]:
        """Chosen trades that are not in the books yet."""
        keys = {index.data(KEY_ROLE) for index in self.trades.selectionModel().selectedRows()}
        return tuple(
            each
            for each in self._review.proposals
            if (each.draft.key.symbol, each.fill.trade_id) in keys and each.standing is not Standing.THERE
        )

    @Slot()
    def accept_new(self) -> None:
        """Record all that is new, as one act."""
        self._accept(self.new)

    @Slot()
    def accept_chosen(self) -> None:
        """Record the chosen ones, questions among them included."""
        self._accept(self.chosen)

    def _accept(self, proposals: tuple[Proposal, ...]) -> None:
        portfolio_id = self.portfolio.currentData()
        if proposals and portfolio_id is not None:
            self.failure.hide()
            self._desk.accounts.accept(proposals, int(portfolio_id))

    # -- what comes back -------------------------------------------------------------------------------------------

    @Slot(object)
    def _show(self, review: AccountReview) -> None:
        if review.news.venue != self._venue:
            return
        self._review = review
        newest_first = sorted(review.proposals, key=lambda each: each.fill.time_ms, reverse=True)
        self.trades.tell([proposal_row(each, self._write) for each in newest_first])
        self.balances.tell([balance_row(each, self._write) for each in review.reconciled])
        self.summary.setText(_summary(review, self._write))
        self.about.setText(_about(review))
        self._offer()
        self._explain_balance()

    @Slot(object)
    def _on_failed(self, error: LevdeskError) -> None:
        problems = getattr(error, "problems", ())
        first = f" {problems[0].message}" if problems else ""
        self.failure.setText(f"{error.message}{first} {error.hint if not problems else ''}".strip())
        self.failure.show()

    @Slot()
    def _offer(self) -> None:
        write, new, chosen = self._write, len(self.new), len(self.chosen)
        self.all_button.setText(_offer_words(new, write))
        self.all_button.setEnabled(bool(new))
        self.chosen_button.setText(f"Accept {write.count(chosen)} chosen" if chosen else "Accept chosen")
        self.chosen_button.setEnabled(bool(chosen))

    @Slot()
    def _explain_balance(self) -> None:
        symbol = self.balances.chosen
        row = next((each for each in self._review.reconciled if each.key.symbol == symbol), None)
        self.why.setText("" if row is None else f"{symbol}: {row.words}")

    @Slot()
    def _explain_trade(self) -> None:
        key = self.trades.chosen
        found = next(
            (each for each in self._review.proposals if (each.draft.key.symbol, each.fill.trade_id) == key), None
        )
        if found is not None:
            self.why.setText(f"{found.draft.note}. {found.words}".strip())


def _offer_words(new: int, write: Figures) -> str:
    if not new:
        return "Nothing new"
    return "Accept the new one" if new == 1 else f"Accept all {write.count(new)} new"


def _summary(review: AccountReview, write: Figures) -> str:
    new, there = review.counted(Standing.NEW), review.counted(Standing.THERE)
    questions = review.counted(Standing.QUESTION)
    if not review.proposals:
        return "No trades of leveraged tokens"
    parts = [f"{write.count(new)} new", f"{write.count(there)} already there"]
    if questions:
        parts.append("1 with a question" if questions == 1 else f"{write.count(questions)} with questions")
    total = len(review.proposals)
    return f"{write.count(total)} {'trade' if total == 1 else 'trades'}: {', '.join(parts)}"


def _about(review: AccountReview) -> str:
    news = review.news
    parts = [f"Fetched {eye.moment(news.fetched_ms)}, trades since {eye.day(news.since_ms)}."]
    if review.others:
        coins = "1 other coin" if review.others == 1 else f"{review.others} other coins"
        parts.append(f"{coins} in the account left out.")
    parts += [problem.message for problem in news.problems[:2]]
    return " ".join(parts)
