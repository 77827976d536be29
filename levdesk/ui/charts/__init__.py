"""The drawing room: token and portfolio charts.

Lives here: chart panels (light), and the plots inside them (pyqtgraph and numpy, imported after the first paint).
May import: PySide6, services' chart series; pyqtgraph and numpy only in `style` and the `*_plot` modules.
Talks to: the desk, by asking for series and drawing what comes.
Ask first: before computing a figure here; series arrive rebased, merged and explained.
"""
