"""What the actions of the window do: dialogs, acts on the books, help. Dialogs are imported when they are opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication

from levdesk.domain.errors import UserError
from levdesk.ui.safety_commands import SafetyCommands

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from levdesk.domain.instruments import TokenKey
    from levdesk.services.views import HoldingView
    from levdesk.ui.main_window import MainWindow
    from levdesk.ui.sources.sources_dialog import SourcesDialog


class Commands(SafetyCommands):
    """Slots named after the actions; the View and Alerts menus' are inherited."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._sources: SourcesDialog | None = None

    def _open(self, dialog: QDialog) -> None:
        """Open over the window without stopping the program behind it."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot()
    def add_transaction(self) -> None:
        """Add a transaction of the chosen token."""
        holding = self.window.inspector.holding
        self.add_transaction_of(None if holding is None else holding.token.key)

    @Slot(object)
    def add_transaction_of(self, key: TokenKey | None) -> None:
        """Add a transaction of a token, or of one yet to be named."""
        from levdesk.ui.dialogs.transaction_dialog import TransactionDialog

        self._open(TransactionDialog(self.desk, self.window, key=key))

    @Slot()
    def import_csv(self) -> None:
        """Read transactions from a file."""
        from levdesk.ui.dialogs.import_dialog import ImportDialog

        self._open(ImportDialog(self.desk, self.window))

    @Slot()
    def export_csv(self) -> None:
        """Write the transactions on screen to a file that import reads."""
        from PySide6.QtWidgets import QFileDialog

        chosen, _ = QFileDialog.getSaveFileName(self.window, "Export CSV", "transactions.csv", "CSV files (*.csv)")
        if chosen:
            self.desk.export_csv(Path(chosen), self.desk.selected_portfolio_id)

    @Slot()
    def back_up(self) -> None:
        """Make a verified copy of the books."""
        from PySide6.QtWidgets import QFileDialog

        chosen, _ = QFileDialog.getSaveFileName(self.window, "Back up", "levdesk-backup.db", "Databases (*.db)")
        if chosen:
            self.desk.back_up(Path(chosen))

    @Slot()
    def export_table(self) -> None:
        """Write the table the keyboard is in, or the holdings, to a file."""
        from levdesk.ui.views.exporting import export_table, focused_table

        try:
            done = export_table(focused_table(self.window.panel.table), self.window)
        except UserError as error:
            self.desk.signals.act_failed.emit(error)
        else:
            if done:
                self.window.status.tell(done)

    @Slot()
    def open_statement(self) -> None:
        """Write what a period came to."""
        from levdesk.ui.statement_dialog import StatementDialog

        self._open(StatementDialog(self.desk, self.window))

    @Slot()
    def open_demo(self) -> None:
        """Start the demo beside this window."""
        self.desk.open_demo()

    @Slot()
    def quit(self) -> None:
        """Close the window, and with it the program."""
        self.window.leave()

    @Slot()
    def undo(self) -> None:
        """Take the last act back."""
        self.window.acts.undo()

    @Slot()
    def redo(self) -> None:
        """Do it again."""
        self.desk.redo()

    @Slot()
    def copy_table(self) -> None:
        """Put the table on the clipboard."""
        self.window.panel.table.copy_as_csv()

    @Slot()
    def find(self) -> None:
        """Go to the filter field."""
        self.window.panel.focus_filter()

    @Slot()
    def open_settings(self) -> None:
        """Change preferences."""
        from levdesk.ui.settings_dialog import SettingsDialog

        self._open(SettingsDialog(self.desk, self.window, venues=self.window.known_venues()))

    @Slot()
    def manage_portfolios(self) -> None:
        """Add, rename or delete portfolios."""
        from levdesk.ui.dialogs.portfolio_dialog import PortfoliosDialog

        self._open(PortfoliosDialog(self.desk, self.window))

    @Slot()
    def refresh(self) -> None:
        """Fetch now."""
        self.desk.refresh()

    @Slot()
    def open_sources(self) -> None:
        """See how each source is doing, the one in the worst state first."""
        self.open_source("")

    @Slot(object)
    def open_source(self, venue: str) -> None:
        """See how one source is doing; the window behind goes on."""
        if self._sources is None:
            from levdesk.ui.sources.sources_dialog import SourcesDialog

            self._sources = SourcesDialog(self.desk, self.window)
        self._sources.open_at(venue)

    @Slot()
    def open_accounts(self) -> None:
        """See one's own accounts at the venues, and fetch from them."""
        from levdesk.ui.accounts.accounts_dialog import AccountsDialog

        self._open(AccountsDialog(self.desk, self.window))

    @Slot()
    def define_token(self) -> None:
        """Define a token by hand, or correct the chosen one."""
        from levdesk.ui.dialogs.token_dialog import TokenDialog

        self._open(TokenDialog(self.desk, self.window))

    @Slot(object)
    def correct_token(self, key: TokenKey) -> None:
        """Correct what is known of a token."""
        from levdesk.ui.dialogs.token_dialog import TokenDialog

        self._open(TokenDialog(self.desk, self.window, key=key))

    @Slot(object)
    def offer_rules(self, holding: HoldingView | None) -> None:
        """Rules and fees can be corrected while a holding is chosen."""
        self.window.actions_["correct_rules"].setEnabled(holding is not None)

    @Slot()
    def correct_rules(self) -> None:
        """See and correct every dated rule and fee of the chosen token."""
        holding = self.window.inspector.holding
        if holding is not None:
            self.correct_rules_of(holding.token.key)

    @Slot(object)
    def correct_rules_of(self, key: TokenKey) -> None:
        """See and correct every dated rule and fee of a token."""
        from levdesk.ui.dialogs.rules_dialog import RulesDialog

        self._open(RulesDialog(self.desk, self.window, key=key))

    @Slot(object)
    def value_by_hand(self, key: TokenKey) -> None:
        """Set price and NAV of a token by hand."""
        from levdesk.ui.dialogs.price_dialog import PriceDialog

        self._open(PriceDialog(self.desk, self.window, key=key))

    @Slot()
    def read_notices(self) -> None:
        """List what is wrong or missing."""
        from levdesk.ui.notices_dialog import NoticesDialog

        view = self.desk.view
        self._open(NoticesDialog(() if view is None else view.problems, self.window))

    @Slot()
    def copy_diagnostics(self) -> None:
        """Put versions, paths and health on the clipboard."""
        QGuiApplication.clipboard().setText(self.desk.diagnostics())
        self.window.status.tell("Diagnostics are on the clipboard")

    @Slot()
    def list_shortcuts(self) -> None:
        """Show every shortcut."""
        from levdesk.ui.about import ShortcutsDialog

        self._open(ShortcutsDialog(self.window.actions_, self.window))

    @Slot()
    def whats_new(self) -> None:
        """Show the change log."""
        from levdesk.ui.about import WhatsNewDialog

        self._open(WhatsNewDialog(self.window))

    @Slot()
    def about(self) -> None:
        """Say what this is."""
        from levdesk.ui.about import AboutDialog

        self._open(AboutDialog(self.window))
