"""The watch: what is firing, the rules behind it, its history, and how the person is told.

Lives here: the warnings dock, the rule list and editor, the history, the delivery settings, banner and notifier.
May import: PySide6 widgets, the parlour's shared parts, services' alert values, domain. Made after the first paint.
Talks to: the `AlertDesk` protocol in `alerts.desk`; the main window knows only `alerts.room`.
Ask first: whether a rule is judged here; if so it belongs into services.
"""
