"""The lecterns: Qt models that hold what tables and lists show, with the text of every cell already written.

Lives here: item models, their columns, the text, tooltip and sort value of each cell; no widgets.
May import: QtCore, ui.format, services, domain; never QtWidgets.
Talks to: frozen views given to it by views and dialogs; it asks nobody for data.
Ask first: before a model resets on an update; rows are compared and only what changed is announced.
"""
