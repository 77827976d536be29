from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QObject
from pytestqt.qtbot import QtBot

from levdesk.services.charts import ChartRange
from levdesk.ui.main_window import MainWindow
from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.window_state import STATE_VERSION, WindowState
from tests.ui.conftest import WindowMaker
from tests.ui.fake_desk import FakeDesk


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "window.ini"


def test_the_window_comes_back_as_it_was_left(open_window: WindowMaker, ini: Path, qtbot: QtBot) -> None:
    first = open_window(FakeDesk(), state_path=ini)
    first.splitter.setSizes([200, 300])
    first.state.save()
    sizes = first.splitter.sizes()
    first.panel.table.setColumnHidden(HoldingColumn.NAV, True)
    first.commands.show_chart(False)
    first.chart.ranges.choose(ChartRange.WEEK)
    first.close()
    second = open_window(FakeDesk(), state_path=ini)
    assert second.panel.table.isColumnHidden(HoldingColumn.NAV)
    assert not second.actions_["show_chart"].isChecked()
    assert second.chart.ranges.chosen is ChartRange.WEEK
    second.commands.show_chart(True)
    qtbot.waitUntil(lambda: second.splitter.sizes() == pytest.approx(sizes, abs=40))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff garbage \x80",
        b"[v1]\ngeometry=@ByteArray(nonsense)\nwindow=@ByteArray(\\x1\\x2)\ncolumns=7\nparts=???\nranges=\nsplitter=x\n",
        b"[v1]\ncolumns=@ByteArray([[[[)\nranges=1D\nparts=inspector=2\n",
    ],
)
def test_a_damaged_file_gives_the_default_window(open_window: WindowMaker, ini: Path, content: bytes) -> None:
    ini.write_bytes(content)
    window = open_window(FakeDesk(), state_path=ini)
    assert window.inspector.isVisible()
    assert window.chart.isVisible()
    assert window.chart.ranges.chosen is ChartRange.ENTRY


def test_a_hidden_inspector_stays_hidden_and_reset_brings_everything_back(open_window: WindowMaker, ini: Path) -> None:
    first = open_window(FakeDesk(), state_path=ini)
    first.actions_["show_inspector"].trigger()
    assert not first.inspector.isVisible()
    first.close()
    second = open_window(FakeDesk(), state_path=ini)
    assert not second.inspector.isVisible()
    second.actions_["reset_layout"].trigger()
    assert second.inspector.isVisible()
    assert second.actions_["show_inspector"].isChecked()


def test_a_crash_loses_little_because_it_saves_on_a_timer(qtbot: QtBot, ini: Path) -> None:
    owner = QObject()
    state = WindowState(ini, owner)
    state.keep("parts", str, lambda: "as it is now", lambda _text: True)
    state._soon.setInterval(0)
    state._soon.start()
    qtbot.waitUntil(lambda: ini.exists() and b"as it is now" in ini.read_bytes())
    state.start()
    assert state._often.isActive()


def test_what_is_of_another_kind_or_refused_counts_as_absent(ini: Path) -> None:
    owner = QObject()
    writer = WindowState(ini, owner)
    writer.keep("text", str, lambda: "words", lambda _text: True)
    writer.keep("bytes", QByteArray, lambda: QByteArray(b"\x01\x02"), lambda _bytes: True)
    writer.save()
    reader = WindowState(ini, owner)
    taken: list[object] = []
    assert not reader.keep("text", QByteArray, lambda: QByteArray(b""), taken.append)
    assert not reader.keep("bytes", QByteArray, lambda: QByteArray(b""), lambda _bytes: False)
    assert reader.keep("bytes", QByteArray, lambda: QByteArray(b""), taken.append)
    assert taken == [QByteArray(b"\x01\x02")]
    assert f"[v{STATE_VERSION}]" in ini.read_text()


def test_without_a_path_nothing_is_kept(window: MainWindow, tmp_path: Path) -> None:
    window.state.save()
    window.state.forget()
    assert list(tmp_path.iterdir()) == []
