from __future__ import annotations

import xml.etree.ElementTree as ET

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QTextBrowser
from pytestqt.qtbot import QtBot

from levdesk import __version__
from levdesk.domain.problems import Problem, Severity
from levdesk.ui.about import AboutDialog, ShortcutsDialog, WhatsNewDialog, icon_pixmap
from levdesk.ui.facts import FactList
from levdesk.ui.main_window import MainWindow
from levdesk.ui.notices_dialog import NoticesDialog
from levdesk.ui.resources import read_resource


def test_the_icon_is_drawn_at_any_size(qtbot: QtBot) -> None:
    ET.fromstring(read_resource("icon.svg"))
    for size in (16, 64):
        image = icon_pixmap(size, 2.0).toImage()
        assert image.width() == 2 * size
        assert image.pixelColor(size, size).alpha() == 255
        assert image.pixelColor(0, 0).alpha() == 0


def test_the_change_log_speaks_of_this_version(qtbot: QtBot) -> None:
    dialog = WhatsNewDialog(None)
    qtbot.addWidget(dialog)
    browser = dialog.findChild(QTextBrowser)
    assert browser is not None
    assert __version__ in browser.toPlainText()
    assert "#" not in browser.toPlainText()


def test_about_names_the_version_and_the_licence(qtbot: QtBot) -> None:
    dialog = AboutDialog(None)
    qtbot.addWidget(dialog)
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert f"Version {__version__}" in words
    assert "MIT" in words


def test_every_shortcut_is_listed(window: MainWindow, qtbot: QtBot) -> None:
    dialog = ShortcutsDialog(window.actions_, None)
    qtbot.addWidget(dialog)
    listed = {fact.figure for part in dialog.findChildren(FactList) for fact in part.facts}
    assert {action.shortcut().toString() for action in window.actions_ if not action.shortcut().isEmpty()} <= listed


def test_notices_come_worst_first_and_can_be_copied(qtbot: QtBot) -> None:
    problems = tuple(
        Problem(severity=severity, code="x", message=f"A matter of {severity.value}.") for severity in Severity
    )
    dialog = NoticesDialog(problems, None)
    qtbot.addWidget(dialog)
    dialog._copy()
    assert QGuiApplication.clipboard().text().splitlines() == [
        "error: A matter of error.",
        "warning: A matter of warning.",
        "info: A matter of info.",
    ]


def test_no_notices_is_good_news(qtbot: QtBot) -> None:
    dialog = NoticesDialog((), None)
    qtbot.addWidget(dialog)
    assert any("All is well" in label.text() for label in dialog.findChildren(QLabel))
