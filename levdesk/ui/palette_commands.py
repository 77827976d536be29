"""What the command palette lists: every action that can run now, every holding, every portfolio."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from levdesk.ui.actions import plain
from levdesk.ui.alerts.words import MARKS, headline
from levdesk.ui.command_palette import Command
from levdesk.ui.models.titles import token_words

if TYPE_CHECKING:
    from levdesk.ui.main_window import MainWindow


def palette_commands(window: MainWindow) -> Iterator[Command]:
    """Commands in the order in which an empty search lists them."""
    yield from _warnings(window)
    yield from _holdings(window)
    yield from _portfolios(window)
    yield from _actions(window)


def _actions(window: MainWindow) -> Iterator[Command]:
    actions = window.actions_
    for action in actions:
        if action.isEnabled() and action.objectName() != "open_palette":
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            place = actions.path(action)
            yield Command(plain(action.text()), f"{place}   {keys}" if keys else place, action.trigger)


def _warnings(window: MainWindow) -> Iterator[Command]:
    view = window.desk.alerts.view
    for alert in () if view is None else view.firing:
        if not alert.is_quiet(window.desk.now_ms()):
            act = partial(window.alert_room.open_alert, alert)
            yield Command(f"{MARKS[alert.severity]} {headline(alert)}", "Warning", act)


def _holdings(window: MainWindow) -> Iterator[Command]:
    view = window.desk.view
    for holding in view.holdings if view is not None else ():
        if holding.quantity:
            token = holding.token
            yield Command(
                f"{token.key.symbol}", token_words(token, window.figures), partial(window.panel.select, token.key)
            )


def _portfolios(window: MainWindow) -> Iterator[Command]:
    for name, portfolio_id in window.portfolio_menu.choices():
        if portfolio_id != window.desk.selected_portfolio_id:
            yield Command(f"Show {name}", "Portfolio", partial(window.desk.select_portfolio, portfolio_id))
