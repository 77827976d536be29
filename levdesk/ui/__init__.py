"""The parlour: what the holder sees and touches.

Lives here: widgets, models, charts, dialogs, theme and the formatting of figures for the eye.
May import: PySide6 (no QtNetwork), pyqtgraph (late), services, venues' contract values, domain.
Talks to: the `Desk` protocol in `desk`, which app implements; never to a file, a socket or the database.
Ask first: whether a figure is decided here; if so it belongs into services.
"""
