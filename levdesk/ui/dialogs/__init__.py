"""The desks to write at: dialogs that ask, check as one types, and send one command.

Lives here: entering transactions, tokens, portfolios, prices by hand, and imports.
May import: QtWidgets, ui.models, ui.theme, ui.format, the desk. Imported when opened, never at start.
Talks to: the desk: queries while one types, one command when the person agrees.
Ask first: before a dialog blocks, judges what the ledger should judge, or lets a number pass through a float.
"""
