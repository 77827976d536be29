"""The health room: how each source is doing, what depends on it, and buttons that mend it.

Lives here: the Sources window, its table model, the words for a source's health, and the dialog that switches a hedge.
May import: PySide6, services' frozen values, levdesk.ui; imported only when somebody opens it, but for `words`.
Talks to: the desk; every button is one of its commands.
Ask first: before judging a source here; its state arrives decided in `SourceHealth`, this room only says it.
"""
