"""The care of the books: backups and restoring, the bin, the audit trail, and what to do about a damaged ledger.

Lives here: the dialogs behind File > Backups, Edit > Bin and Edit > History, and the one that opens by itself.
May import: PySide6 widgets, the parlour's shared parts, services' backup and audit values, domain.
Talks to: the `SafetyDesk` protocol in `safety.desk`.
Ask first: whether a rule is judged here; if so it belongs into services.
"""
