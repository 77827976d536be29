"""What the Alerts menu does; everything behind it is made after the first paint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot

from levdesk.ui.view_commands import ViewCommands

if TYPE_CHECKING:
    from levdesk.domain.instruments import TokenKey
    from levdesk.ui.alerts.room import AlertRoom

HOUR_MS: Final = 3_600_000


class AlertCommands(ViewCommands):
    """Slots named after the actions of the Alerts menu."""

    @property
    def _room(self) -> AlertRoom:
        return self.window.alert_room

    @Slot(bool)
    def show_warnings(self, on: bool) -> None:
        """Show or hide the warnings dock."""
        self.window.pages.show_warnings(on)

    @Slot()
    def alerts_go(self) -> None:
        """Put the keyboard into the list of warnings."""
        self._room.go_to_list()

    @Slot()
    def alerts_seen(self) -> None:
        """Everything that fires has been seen."""
        self._room.acknowledge_all()

    @Slot()
    def alerts_snooze(self) -> None:
        """Keep everything that fires quiet for an hour."""
        self._room.snooze_all(HOUR_MS)

    @Slot()
    def alert_rules(self) -> None:
        """See and change what is watched."""
        self._room.open_rules()

    @Slot()
    def alert_add(self) -> None:
        """Write a rule for the chosen token."""
        holding = self.window.inspector.holding
        self.alert_add_for(None if holding is None else holding.token.key)

    @Slot(object)
    def alert_add_for(self, key: TokenKey | None) -> None:
        """Write a rule for a token, or for everything."""
        self._room.add_rule(key)

    @Slot()
    def alert_history(self) -> None:
        """See everything that ever fired."""
        self._room.open_history()

    @Slot()
    def alert_delivery(self) -> None:
        """See and change where warnings go."""
        self._room.open_delivery()
