"""Keeps the system's entry for starting at login as the preferences say."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from levdesk.io.autostart import NAME, Autostart, LoginEntry

if TYPE_CHECKING:
    from levdesk.app.command_line import Options
    from levdesk.app.engine import Engine
    from levdesk.runtime.jobs import JobControl
    from levdesk.services.settings import Settings


class LoginItem(QObject):
    """Writes or removes the entry in a job when the preference changes; lives in the GUI thread."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine
        self._on = engine.settings.start_at_login
        self._autostart = Autostart(login_entry(engine.house.options))
        engine.signals.settings_changed.connect(self._follow)

    @Slot(object)
    def _follow(self, settings: Settings) -> None:
        on = settings.start_at_login
        if on == self._on or self._engine.house.options.demo:
            return
        self._on = on
        autostart = self._autostart

        def work(_control: JobControl) -> None:
            autostart.switch(on=on)

        self._engine.runner.run("Setting start at login", work, lambda _nothing: None, self._engine.fail, quiet=True)


def login_entry(options: Options) -> LoginEntry:
    """How to start this program with the data directory it has now."""
    root = Path(__file__).resolve().parents[2]
    started = [str(root / "main.py")] if (root / "main.py").is_file() else ["-m", "levdesk"]
    arguments = [sys.executable, *started]
    if options.data_dir is None:
        return LoginEntry(arguments=arguments)
    folder = str(options.data_dir.expanduser().absolute())
    digest = hashlib.sha256(folder.encode()).hexdigest()[:8]
    return LoginEntry(arguments=[*arguments, "--data-dir", folder], name=f"{NAME}-{digest}")
