"""The furniture: panels and pages of the window that show models, and the delegates that draw their cells.

Lives here: tables, their delegates, column choosers, copying, and the pages built around them.
May import: QtWidgets, ui.models, ui.theme, ui.format, the desk; dialogs only when one is opened.
Talks to: the desk for commands, the window by signals.
Ask first: before adding an import that costs the first paint, or a figure that services could decide.
"""
