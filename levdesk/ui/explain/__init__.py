"""The reading room: the inspector's pages that say why, when, at what cost, and what may come.

Lives here: the pages Why, Rebalance, Outlook and Costs, and the lists of lines they are made of.
May import: PySide6, services' explained views, levdesk.ui; never numpy or pyqtgraph.
Talks to: the desk, through `Explanations`, which asks for the chosen holding while one of its pages is open.
Ask first: before computing a figure here; views arrive worked out, pages only write them down.
"""
