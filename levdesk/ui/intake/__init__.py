"""The import wizard's pages: how a file is read, what its columns mean, which rows look familiar, what was imported.

Lives here: the columns page, the table of suspected duplicates, and the words of both.
May import: PySide6 widgets, the parlour's shared parts, services' intake values, domain. Made when somebody imports.
Talks to: `dialogs.import_dialog`, which owns the pages and asks the desk.
Ask first: whether a file is understood here; if so it belongs into `services.intake`.
"""
