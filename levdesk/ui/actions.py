"""Every action of the window in one table: where it lives, what it is called, its shortcut, and whether it is a switch.

`Actions` makes the `QAction`s and the menu bar from the table; what an action does is connected by name to `Commands`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QMenu, QMenuBar

Key = QKeySequence.StandardKey
Shortcut = QKeySequence.StandardKey | str | None


class ActionSpec(NamedTuple):
    """One action.

    Attributes:
        name: stable name, also the name of the slot in `Commands`.
        text: menu text with its mnemonic.
        shortcut: standard key, portable text, or None.
        group: switches of one group exclude each other; "" for a plain action, "on/off" for a single switch.
        break_before: a separator stands before it.
    """

    name: str
    text: str
    shortcut: Shortcut = None
    group: str = ""
    break_before: bool = False


Menu = tuple[str, tuple["ActionSpec | Menu", ...]]

MENUS: Final[tuple[Menu, ...]] = (
    (
        "&File",
        (
            ActionSpec("add_transaction", "&Add transaction…", Key.New),
            ActionSpec("import_csv", "&Import…", "Ctrl+I"),
            ActionSpec("export_csv", "&Export CSV…", "Ctrl+E"),
            ActionSpec("export_table", "Export tab&le as CSV…", "Ctrl+Shift+E"),
            ActionSpec("open_statement", "Period state&ment…"),
            ActionSpec("back_up", "&Back up…", "Ctrl+B", break_before=True),
            ActionSpec("open_backups", "Back&ups and restoring…", "Ctrl+Shift+B"),
            ActionSpec("export_portable", "Export e&verything…", break_before=True),
            ActionSpec("import_portable", "&Take in everything…"),
            ActionSpec("open_demo", "Open the &demo", break_before=True),
            ActionSpec("quit", "&Quit", "Ctrl+Q", break_before=True),
        ),
    ),
    (
        "&Edit",
        (
            ActionSpec("undo", "&Undo", Key.Undo),
            ActionSpec("redo", "&Redo", "Ctrl+Shift+Z"),
            ActionSpec("open_bin", "&Bin…", "Ctrl+Shift+X", break_before=True),
            ActionSpec("open_acts", "&History of your books…", "Ctrl+Shift+Y"),
            ActionSpec("copy_table", "&Copy table as CSV", "Ctrl+Shift+C", break_before=True),
            ActionSpec("find", "&Filter holdings", Key.Find),
            ActionSpec("open_settings", "&Settings…", "Ctrl+,", break_before=True),
        ),
    ),
    (
        "&View",
        (
            ActionSpec("open_palette", "Co&mmands…", "Ctrl+K"),
            ActionSpec("hide_amounts", "&Hide amounts", "Ctrl+H", "on/off", break_before=True),
            ActionSpec("show_closed", "Show &closed holdings", None, "on/off"),
            ActionSpec("compact_rows", "Compact &rows", None, "on/off"),
            (
                "&Group by",
                (
                    ActionSpec("group_by_underlying", "&Underlying", None, "group_by"),
                    ActionSpec("group_by_venue", "&Venue", None, "group_by"),
                    ActionSpec("group_by_nothing", "&Nothing", None, "group_by"),
                ),
            ),
            (
                "&Theme",
                (
                    ActionSpec("theme_system", "&Like the system", None, "theme"),
                    ActionSpec("theme_light", "L&ight", None, "theme"),
                    ActionSpec("theme_dark", "&Dark", None, "theme"),
                    ActionSpec("toggle_theme", "&Switch light and dark", "Ctrl+Shift+D", break_before=True),
                ),
            ),
            ActionSpec("show_inspector", "&Inspector", "F9", "on/off", break_before=True),
            ActionSpec("show_chart", "&Portfolio chart", "F8", "on/off"),
            ActionSpec("show_warnings", "War&nings", "F7", "on/off"),
            ActionSpec("open_sum", "Wh&y all of it is worth that", "Alt+0"),
            ActionSpec("open_overview", "&Overview of the token", "Alt+1"),
            ActionSpec("open_why", "&Why the token is worth that", "Alt+2"),
            ActionSpec("open_rebalance", "R&ebalance of the token", "Alt+3"),
            ActionSpec("open_outlook", "Outloo&k of the token", "Alt+4"),
            ActionSpec("open_costs", "Co&sts of the token", "Alt+5"),
            ActionSpec("open_transactions", "Tr&ansactions of the token", "Alt+6"),
            ActionSpec("full_screen", "F&ull screen", "F11", "on/off", break_before=True),
            ActionSpec("reset_layout", "Reset window &layout"),
        ),
    ),
    (
        "&Portfolio",
        (ActionSpec("manage_portfolios", "&Manage portfolios…"),),
    ),
    (
        "&Alerts",
        (
            ActionSpec("alerts_go", "&Go to the warnings", "Ctrl+Shift+W"),
            ActionSpec("alerts_seen", "Mark all as &seen"),
            ActionSpec("alerts_snooze", "S&nooze all for an hour"),
            ActionSpec("alert_rules", "&Rules…", "Ctrl+R", break_before=True),
            ActionSpec("alert_add", "&Add a rule for the token…", "Ctrl+Shift+R"),
            ActionSpec("alert_history", "&History…", "Ctrl+Shift+H"),
            ActionSpec("alert_delivery", "&Delivery…", break_before=True),
        ),
    ),
    (
        "&Tools",
        (
            ActionSpec("refresh", "&Refresh prices", "F5"),
            ActionSpec("open_sources", "&Sources…", "Ctrl+Shift+S"),
            ActionSpec("open_accounts", "&Accounts at the venues…", "Ctrl+Shift+A"),
            ActionSpec("define_token", "&Define or correct a token…", "Ctrl+T"),
            ActionSpec("correct_rules", "R&ules and fees of the token…"),
            ActionSpec("read_notices", "Read the &notices"),
            ActionSpec("copy_diagnostics", "&Copy diagnostics", break_before=True),
        ),
    ),
    (
        "&Help",
        (
            ActionSpec("list_shortcuts", "&Keyboard shortcuts", "F1"),
            ActionSpec("whats_new", "&What's new"),
            ActionSpec("about", "&About LevDesk", break_before=True),
        ),
    ),
)


class Actions(QObject):
    """The actions by name, and the menus they hang in.

    Args:
        owner: the window; its slots are found on `commands` by the actions' names.
        commands: an object with one slot per action.
    """

    def __init__(self, owner: QObject, commands: QObject) -> None:
        super().__init__(owner)
        self._by_name: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._paths: dict[str, str] = {}
        self._commands = commands
        for title, entries in MENUS:
            self._make(title, entries)

    def __getitem__(self, name: str) -> QAction:
        """The action of that name."""
        return self._by_name[name]

    def __iter__(self) -> Iterator[QAction]:
        """All actions in the order of the menus."""
        return iter(self._by_name.values())

    def path(self, action: QAction) -> str:
        """Where an action lives, for the palette: "View"."""
        return self._paths.get(action.objectName(), "")

    def hang(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Fill a menu bar; the menus by title without mnemonic."""
        menus: dict[str, QMenu] = {}
        for title, entries in MENUS:
            menu = bar.addMenu(title)
            menus[plain(title)] = menu
            self._hang(menu, entries)
        return menus

    def tick(self, name: str, on: bool) -> None:
        """Set a switch without running its command."""
        action = self._by_name[name]
        if action.isChecked() != on:
            blocked = action.blockSignals(True)
            action.setChecked(on)
            action.blockSignals(blocked)

    def _make(self, title: str, entries: tuple[ActionSpec | Menu, ...]) -> None:
        for entry in entries:
            if isinstance(entry, ActionSpec):
                self._by_name[entry.name] = self._action(entry)
                self._paths[entry.name] = plain(title)
            else:
                self._make(f"{title} › {entry[0]}", entry[1])

    def _action(self, spec: ActionSpec) -> QAction:
        action = QAction(self)  # a constructor that could take an icon makes Python learn all icons' names, 2 ms
        action.setText(spec.text)
        action.setObjectName(spec.name)
        if spec.shortcut is not None:
            action.setShortcut(QKeySequence(spec.shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if spec.group:
            action.setCheckable(True)
        if spec.group and spec.group != "on/off":
            self._groups.setdefault(spec.group, QActionGroup(self)).addAction(action)
        if spec.name == "quit":
            action.setMenuRole(QAction.MenuRole.QuitRole)
        elif spec.name == "about":
            action.setMenuRole(QAction.MenuRole.AboutRole)
        elif spec.name == "open_settings":
            action.setMenuRole(QAction.MenuRole.PreferencesRole)
        action.triggered.connect(getattr(self._commands, spec.name))
        return action

    def _hang(self, menu: QMenu, entries: tuple[ActionSpec | Menu, ...]) -> None:
        for entry in entries:
            if not isinstance(entry, ActionSpec):
                self._hang(menu.addMenu(entry[0]), entry[1])
                continue
            if entry.break_before:
                menu.addSeparator()
            menu.addAction(self._by_name[entry.name])


def plain(text: str) -> str:
    """A menu text without its mnemonic."""
    return text.replace("&", "")
